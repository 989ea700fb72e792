"""What a session tells of its work: frozen values, for `on_event=`. The log is one of the listeners.

`str(event)` is the line of the log. No event holds credentials, and none shows a body.
"""

import logging
from collections.abc import Callable
from typing import TypeAlias

import attrs

from ..protocol.errors import TransportError
from ..protocol.messages import Request, Response
from ..protocol.server import Alert

LOG = logging.getLogger("kinto_sdk")


@attrs.frozen
class RequestSent:
    """A request is about to go out."""

    request: Request

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.path} …"


@attrs.frozen
class ResponseReceived:
    """An answer came, whatever it says."""

    request: Request
    response: Response
    seconds: float
    """From sending the request to having the whole answer."""

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.path} … → {self.response.status} in {self.seconds * 1000:.0f} ms"


@attrs.frozen
class RequestFailed:
    """No answer came."""

    request: Request
    error: TransportError
    seconds: float

    def __str__(self) -> str:
        return f"{self.error} after {self.seconds * 1000:.0f} ms"


@attrs.frozen
class RetryScheduled:
    """A request will be sent again."""

    request: Request
    attempt: int
    """How many attempts there were."""
    seconds: float
    """The wait before the next one."""
    reason: str

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.path}: again in {self.seconds:.2f} s ({self.reason})"


@attrs.frozen
class BackoffReceived:
    """The server asked all its clients for calm; the following requests wait."""

    request: Request
    seconds: float

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.path}: the server asks for {self.seconds:g} s without requests"


@attrs.frozen
class RequestRecorded:
    """A dry run kept a request instead of sending it."""

    request: Request

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.path} … not sent (dry run)"


Event: TypeAlias = (
    RequestSent | ResponseReceived | RequestFailed | RetryScheduled | BackoffReceived | RequestRecorded | Alert
)
Listener: TypeAlias = Callable[[Event], object]


LEVELS: dict[type, int] = {
    ResponseReceived: logging.DEBUG,
    RequestFailed: logging.DEBUG,
    RequestRecorded: logging.DEBUG,
    BackoffReceived: logging.INFO,
    RetryScheduled: logging.WARNING,
}
"""What is logged, and how loud. An alert becomes a DeprecationWarning instead."""


def log(event: Event) -> None:
    """Write an event to the `kinto_sdk` logger."""
    level = LEVELS.get(type(event))
    if level is not None and LOG.isEnabledFor(level):
        LOG.log(level, "%s", event)


@attrs.define(eq=False)
class Teller:
    """Passes events on: to the log, and to the user's listener."""

    _listener: Listener | None = attrs.field(default=None, alias="listener")

    @property
    def heard(self) -> bool:
        """Whether anybody wants to know of every request."""
        return self._listener is not None or LOG.isEnabledFor(logging.DEBUG)

    def __call__(self, event: Event) -> None:
        """Tell of an event."""
        log(event)
        if self._listener is not None:
            try:
                self._listener(event)
            except Exception:
                # A request that was sent can't be taken back because somebody failed to take note of it.
                LOG.exception("on_event failed on %r", type(event).__name__)
