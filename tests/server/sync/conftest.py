# Generated from tests/server/aio/conftest.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Clients for the live tests in the sync colour."""

from collections.abc import Iterator, Callable

import pytest

from kinto_sdk import Client
from kinto_sdk.testing import KintoServer


@pytest.fixture
def connect(kinto_server: KintoServer) -> Iterator[Callable[..., Client]]:
    """Return a function that makes a client of the test's server: `connect("bob", timeout=1)`.

    The clients are closed after the test.
    """
    clients: list[Client] = []

    def make(user: str = "user", **options: object) -> Client:
        client = Client(kinto_server.url, auth=(user, "secret"), **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
