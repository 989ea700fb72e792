"""Servers for the live tests: each test runs on the memory backend and on PostgreSQL.

`@pytest.mark.backends("postgresql")` says which it is meant for, and `--backend memory` leaves the other out.

`kinto_server`, `kinto_client` and `async_kinto_client` (from the plugin that users have) use a plain server;
`make_server(paginate_by=2)` gives one with other settings.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kinto_sdk.testing import Backend, KintoServer

BACKENDS: tuple[Backend, ...] = ("memory", "postgresql")
MOST_SERVERS = 8  # each takes about 100 MB


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each backend that it is meant for."""
    if "backend" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("backends")
        chosen = metafunc.config.getoption("backend") or BACKENDS
        names = [name for name in (marker.args if marker else BACKENDS) if name in chosen]
        metafunc.parametrize("backend", names, scope="session")


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> Backend:
    """The storage backend of this test's server."""
    return request.param


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the two colours of a test follow each other, since they want the same servers, after all that want none."""
    items.sort(key=lambda item: item.path.name if "server" in item.path.parts else "")


class Servers:
    """The running servers, by their options.

    The one that was used the longest ago makes room for a new one.
    """

    def __init__(self) -> None:
        self._running: OrderedDict[str, KintoServer] = OrderedDict()

    def get(self, options: dict[str, Any]) -> KintoServer:
        """Return a running server with these options, started if there is none yet."""
        key = repr(sorted(options.items()))
        if key not in self._running:
            if len(self._running) == MOST_SERVERS:
                self._running.popitem(last=False)[1].stop()
            self._running[key] = KintoServer(**options).start()
        self._running.move_to_end(key)
        return self._running[key]

    def stop(self) -> None:
        """Stop them all."""
        for server in self._running.values():
            server.stop()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Keep servers for the session."""
    servers = Servers()
    yield servers
    servers.stop()


@pytest.fixture
def make_server(servers: Servers, backend: Backend) -> Callable[..., KintoServer]:
    """Return a function that gives a running, empty server with the settings it is called with."""

    def make(**options: Any) -> KintoServer:
        plugins = ("cheap_hashes", *options.pop("plugins", ()))
        server = servers.get({"backend": backend, "plugins": plugins, **options})
        # These two refuse to be flushed, and can't hold anything.
        if not (options.get("readonly") or options.get("eos")):
            server.flush()
        return server

    return make


@pytest.fixture
def kinto_server(make_server: Callable[..., KintoServer]) -> KintoServer:
    """Return an empty server with the usual settings."""
    return make_server()
