"""What a session tells of its work: frozen values, for `on_event=`. The log is one of the listeners.

`str(event)` is the line of the log. No event holds the client's credentials, and none shows a body. Requests and
answers in them are what was sent and came: who reads their bodies and headers sees all of those.
"""

import logging
from typing import TypeAlias

import attrs

from ..protocol.errors import TransportError
from ..protocol.messages import Request, Response
from ..protocol.server import Alert


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
"""What `on_event=` is called with."""


LEVELS: dict[type, int] = {
    ResponseReceived: logging.DEBUG,
    RequestFailed: logging.DEBUG,
    RequestRecorded: logging.DEBUG,
    BackoffReceived: logging.INFO,
    RetryScheduled: logging.WARNING,
}
"""What is logged, and how loud. An alert becomes a DeprecationWarning instead."""
