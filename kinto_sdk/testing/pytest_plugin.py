"""Pytest fixtures on a real Kinto. Installed with kinto_sdk; they cost nothing until a test asks for one.

- `kinto_server`: a running `KintoServer`, empty at the start of each test.
- `kinto_client`, `async_kinto_client`: a client of it, logged in as `user` (the second needs pytest-asyncio).
- `kinto_server_options`: override it in a conftest.py, to return the arguments of the `KintoServer`.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from kinto_sdk import AsyncClient, Client
    from kinto_sdk.testing import KintoServer

F = TypeVar("F", bound=Callable[..., object])
CREDENTIALS = ("user", "secret")


def async_fixture(function: F) -> F:
    """Make a fixture with the decorator of pytest-asyncio, which it asks for in its strict mode."""
    maker: Callable[[F], F] = import_module("pytest_asyncio" if find_spec("pytest_asyncio") else "pytest").fixture
    return maker(function)


@pytest.fixture(scope="session")
def kinto_server_options() -> Mapping[str, Any]:
    """Return the arguments of the server that tests share. Override it to change them."""
    return {}


@pytest.fixture(scope="session")
def kinto_shared_server(kinto_server_options: Mapping[str, Any]) -> Iterator["KintoServer"]:
    """Start the server that tests share, once in a session."""
    from kinto_sdk.testing import KintoServer

    with KintoServer(**kinto_server_options) as server:
        yield server


@pytest.fixture
def kinto_server(kinto_shared_server: "KintoServer") -> "KintoServer":
    """Return a running server that holds nothing."""
    kinto_shared_server.flush()
    return kinto_shared_server


@pytest.fixture
def kinto_client(kinto_server: "KintoServer") -> Iterator["Client"]:
    """Return a client of an empty server."""
    from kinto_sdk import Client

    with Client(kinto_server.url, auth=CREDENTIALS) as client:
        yield client


@async_fixture
async def async_kinto_client(kinto_server: "KintoServer") -> AsyncIterator["AsyncClient"]:
    """Return an asynchronous client of an empty server."""
    from kinto_sdk import AsyncClient

    async with AsyncClient(kinto_server.url, auth=CREDENTIALS) as client:
        yield client
