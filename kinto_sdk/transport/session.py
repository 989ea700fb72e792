"""What the sessions of both colours are made of: everything but the sending and the waiting."""

import time
from typing import TYPE_CHECKING, Generic, NoReturn, Self, TypeAlias, TypeVar

from ..protocol.errors import LoginError, TransportError, UsageError
from ..protocol.messages import Effects, Flow, Response
from .backoff import Gate
from .connection import Connection
from .options import Options
from .retry import Rules, retrying
from .teller import Teller
from .wire import Wire

if TYPE_CHECKING:
    from ..objects.dry_run import DryRun

P = TypeVar("P")
R = TypeVar("R")

CLOSED = (
    "the client is closed, or the client that it was cloned from (or the http_client given to it) is; make a new one"
)
NOT_PICKLED = (
    "connections and credentials are not pickled or copied; pickle buckets, collections and records, "
    "and go on with obj.using(client)"
)

Outcome: TypeAlias = Response | TransportError | LoginError | None
"""What came of a shared request; None when whoever sent it gave up without an answer."""
FAILURES = (TransportError, LoginError)
"""What all who wait for it fail with: to send it again would wait as long again, or open the browser again."""


class SessionBase(Generic[P]):
    """A session with its options, and with the connections that it shares with its clones."""

    def __init__(
        self, options: Options, *, pool: P | None = None, gate: Gate | None = None, dry_run: "DryRun | None" = None
    ) -> None:
        self.options: Options = options
        self.dry_run: DryRun | None = dry_run
        self._pool: P = pool or self._make_pool(options.connection)
        self._made_pool: bool = pool is None
        self._closed: bool = False
        self._wire: Wire = Wire(options)
        self._tell: Teller = Teller(options.on_event)
        self._rules: Rules = Rules(
            server_url=options.server_url,
            policy=options.retry,
            gate=gate or Gate(),
            now=time.monotonic,
            on_backoff=options.on_backoff,
            tell=self._tell,
        )

    def _make_pool(self, connection: Connection) -> P:
        """The connections that the settings ask for."""
        raise NotImplementedError

    def clone(self, options: Options, dry_run: "DryRun | None") -> Self:
        """A session with other options, on the same connections unless the options are about these."""
        same_server = options.server_url == self.options.server_url
        same_pool = options.connection == self.options.connection
        return type(self)(
            options,
            pool=self._pool if same_pool else None,
            gate=self._rules.gate if same_server else None,
            dry_run=dry_run,
        )

    def _effects(self, flow: Flow[R]) -> Effects[R]:
        """What has to be done for a flow."""
        if getattr(flow, "gi_frame", flow) is None:
            raise RuntimeError("this flow has already run")
        if self.dry_run is not None:
            from ..objects.dry_run import dry_running
            from .events import RequestRecorded

            flow = dry_running(flow, self.dry_run, lambda kept: self._tell(RequestRecorded(kept)))
        return retrying(flow, self._rules)

    def __reduce__(self) -> NoReturn:
        raise UsageError(NOT_PICKLED)
