"""The client: where a program begins."""

import os
import re
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, Unpack

import attrs

from ..flows import server as flows
from ..objects.context import Context, ServerMemory
from ..protocol.errors import UsageError
from ..protocol.ids import id_patterns as read_id_patterns
from ..transport.async_session import AsyncSession
from ..transport.options import Options
from ..transport.retry import OnBackoff, RetryPolicy
from ..transport.teller import Listener
from ..transport.types import (
    AsyncHttpClient,
    AsyncTransport,
    AuthInput,
    CertInput,
    DryRunMode,
    Limits,
    ProxyInput,
    TimeoutInput,
    VerifyInput,
)
from .server import AsyncServer
from .settings import AsyncSettings

if TYPE_CHECKING:
    from cattrs import Converter

    from ..objects.dry_run import DryRun, DryRunLog
    from ..objects.outcome import RaiseOnError
    from ..protocol.check import Check
    from .batch import AsyncBatch


class AsyncClient(AsyncServer):
    """A client of one Kinto server. Use it as a context manager, or call `close()` at the end.

    Making one sends nothing. One client serves many threads or tasks; the objects it gives are for one at a time.

    Args:
        server_url: the server's address, with or without `/v1`. Credentials in it are moved to `auth`.
        auth: `("user", "password")`, `"user:password"`, `"Bearer token"`, `"Basic base64"`, a `BasicAuth`,
            `BearerAuth` or `BrowserOAuth`, any `httpx.Auth`, or None. They go to the server's own origin alone.
        bucket: the bucket that `client.bucket()` means.
        collection: the collection that `bucket.collection()` means.
        timeout: seconds for each wait of a request, (connect, read), an `httpx.Timeout`, or None for ever.
        retry: how often a request that can be repeated is sent again, or a `RetryPolicy`.
        retry_after: seconds to wait before that, instead of what the server asks for.
        headers: sent with every request to the server. A `User-Agent` replaces ours.
        user_agent: the name of your program, put before ours in `User-Agent`: `"importer/1.2"`.
        dry_run: True sends nothing and needs no server; `"writes"` sends what reads and keeps what writes. The objects
            behave as if it had worked, and `dry_run_log` lists what was kept.
        on_event: called with each event (`RequestSent`, `ResponseReceived`, …), in the thread or task of the request.
        on_backoff: what to do while the server asks for calm: `"wait"`, or `"raise"` a BackoffError.
        verify: False, an SSL context, or the path of a file or folder of authorities.
        cert: the client's certificate: a path, (certificate, key) or (certificate, key, password of the key).
        proxy: the URL of a proxy. Without one, those of the environment are used.
        http2: whether to speak HTTP/2 (`pip install httpx[http2]`).
        limits: how many connections there may be, as `httpx.Limits`.
        transport: an httpx transport, for tests and special networks. It brings its own TLS, proxies and limits.
        http_client: an httpx client to use, with its headers and credentials, but not its timeout, cookies and
            parameters; closing it stays yours.
        id_patterns: regular expressions by kind of object, for a server whose operator changed its rules for ids.
        converter: the cattrs converter for models, from `kinto_sdk.models.converter()` and changed.

    Raises:
        UsageError: an argument that can't be right; the message says what to write.
    """

    def __init__(
        self,
        server_url: str,
        *,
        auth: AuthInput = None,
        bucket: str = "default",
        collection: str | None = None,
        timeout: TimeoutInput = 10.0,
        retry: RetryPolicy | int = 3,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        dry_run: DryRunMode = False,
        on_event: Listener | None = None,
        on_backoff: OnBackoff = "wait",
        verify: VerifyInput = True,
        cert: CertInput = None,
        proxy: ProxyInput = None,
        http2: bool = False,
        limits: Limits | None = None,
        transport: AsyncTransport | None = None,
        http_client: AsyncHttpClient | None = None,
        id_patterns: Mapping[str, str | re.Pattern[str]] | None = None,
        converter: "Converter | None" = None,
    ) -> None:
        options = Options().evolve(
            {
                "server_url": server_url,
                "auth": auth,
                "timeout": timeout,
                "retry": retry,
                "retry_after": retry_after,
                "headers": headers,
                "user_agent": user_agent,
                "dry_run": dry_run,
                "on_event": on_event,
                "on_backoff": on_backoff,
                "verify": verify,
                "cert": cert,
                "proxy": proxy,
                "http2": http2,
                "limits": limits,
                "transport": transport,
                "http_client": http_client,
            }
        )
        context = Context(
            server_url=options.server_url,
            bucket=bucket,
            collection=collection,
            id_patterns=read_id_patterns(id_patterns or {}),
            converter=converter,
            dry_run=dry_run_for(options),
        )
        self._session: AsyncSession = AsyncSession(options, dry_run=context.dry_run)
        super().__init__(self._session, context)

    @classmethod
    def from_env(cls, **overrides: Unpack[AsyncSettings]) -> Self:
        """A client with the settings of the environment, and those given in their place.

        Reads `KINTO_SERVER_URL` (needed), `KINTO_AUTH`, `KINTO_BUCKET`, `KINTO_COLLECTION`, `KINTO_TIMEOUT` (seconds,
        or `none`) and `KINTO_RETRY` (a number).

        Raises:
            UsageError: a variable can't be understood, or there is no server URL; the message names the variable.
                Or a setting that a client does not have.
        """
        from ..transport.environment import settings_from

        _refuse_unknown(cls, "from_env", overrides)
        settings: dict[str, Any] = settings_from(os.environ, read_id_patterns(overrides.get("id_patterns") or {}))
        settings.update(overrides)
        if "server_url" not in settings:
            raise UsageError("KINTO_SERVER_URL is not set; write the server's address: https://kinto.example.com/v1")
        return cls(**settings)

    def clone(self, **overrides: Unpack[AsyncSettings]) -> Self:
        """Another client with some settings changed and all others kept. Sends nothing.

        `headers` are added to those there are. The clone uses the connections of this client, unless the change is
        about these, and can't be used after this client is closed; closing the clone leaves this client as it is.

        Raises:
            UsageError: a setting that can't be right, or that a client does not have.
        """
        _refuse_unknown(type(self), "clone", overrides)
        given: dict[str, Any] = dict(overrides)
        options = self._session.options.evolve(given)
        changes: dict[str, Any] = {name: given[name] for name in ("bucket", "collection", "converter") if name in given}
        if "id_patterns" in given:
            changes["id_patterns"] = read_id_patterns(given["id_patterns"] or {})
        if given.keys() & {"server_url", "transport", "http_client", "dry_run"}:
            changes["memory"] = ServerMemory()
        elif given.keys() & {"auth", "headers"}:
            changes["memory"] = ServerMemory(common=self._context.memory.common)
        if "dry_run" in given:
            changes["dry_run"] = dry_run_for(options)
        context = attrs.evolve(self._context, server_url=options.server_url, **changes)
        twin = object.__new__(type(self))
        twin._session = self._session.clone(options, context.dry_run)
        AsyncServer.__init__(twin, twin._session, context)
        return twin

    @property
    def dry_run_log(self) -> "DryRunLog":
        """What a dry run kept instead of sending it: print it, iterate over its lines, or take `data()`."""
        from ..objects.dry_run import DryRunLog

        dry_run = self._context.dry_run
        return DryRunLog() if dry_run is None else dry_run.log

    async def check(self) -> "Check":
        """Whether the server is there and takes the credentials, and what it can do: one GET, in a value to print.

        Raises nothing for a server that is not there, does not answer as Kinto does, or lets nobody log in; `.error`
        says so. Where any user and password are accepted, what is no account's makes another user, which `.credentials`
        tells as `"doubtful"`.
        """
        from ..protocol.check import Login

        options = self._session.options
        login = Login(given=options.auth is not None, user=options.login)
        return await self._port.ask(flows.check(self._context, login))

    def batch(self, *, raise_on_error: "RaiseOnError" = True) -> "AsyncBatch":
        """A unit of work: `async with client.batch() as batch: …`. What is enlisted is sent when the block ends.

        `raise_on_error` says which failures raise a BatchError then: every one, with `"server"` all but those that the
        server refused (4xx), with False none. `batch.results()` tells of all of them.
        """
        from .batch import AsyncBatch

        return AsyncBatch(self._session, self._context, raise_on_error=raise_on_error)

    async def close(self) -> None:
        """Close the connections, and with them the clones. A clone only closes itself. Closing again does nothing."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __reduce__(self) -> NoReturn:
        raise UsageError("a client holds connections and credentials, and is not pickled; make one where it is needed")

    def __repr__(self) -> str:
        dry = self._session.options.dry_run
        return f"<{type(self).__name__} {self.server_url}{f' (dry_run={dry!r})' if dry else ''}>"


def dry_run_for(options: Options) -> "DryRun | None":
    """What keeps the requests of a client that does not send all of them; None for one that does."""
    if not options.dry_run:
        return None
    from ..objects.dry_run import DryRun

    return DryRun(options.login, reads_pass=options.dry_run == "writes")


def _refuse_unknown(client: type[Any], call: str, settings: Mapping[str, object]) -> None:
    unknown = settings.keys() - AsyncSettings.__annotations__.keys()
    if unknown:
        raise UsageError(f"{call}() does not know {', '.join(sorted(unknown))}; it takes what {client.__name__} takes")
