"""Clients for the live tests in the async colour. The sync one is generated from this folder."""

from collections.abc import AsyncIterator, Callable

import pytest

from kinto_sdk import AsyncClient
from kinto_sdk.testing import KintoServer


@pytest.fixture
async def connect(kinto_server: KintoServer) -> AsyncIterator[Callable[..., AsyncClient]]:
    """Return a function that makes a client of the test's server: `connect("bob", timeout=1)`.

    The clients are closed after the test.
    """
    clients: list[AsyncClient] = []

    def make(user: str = "user", **options: object) -> AsyncClient:
        client = AsyncClient(kinto_server.url, auth=(user, "secret"), **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.close()
