"""One enlisted operation of a batch."""

from collections.abc import Callable
from typing import Any, Generic

import attrs

from ..objects.outcome import Outcome, S, Status
from ..protocol.errors import BackoffError, NotSentError, RolledBackError, TransportError, UsageError
from ..protocol.jsontypes import JSONObject, dumps
from ..protocol.messages import Flow, Request, Response

STUBBORN = 2
"""An operation that met so many collisions is sent by itself, so that it undoes nothing but itself."""


def _done() -> Flow[None]:
    yield from ()  # pragma: no cover  # it is never started


DONE = _done()
"""In place of a flow that has ended, so that what it held is freed."""


@attrs.define(eq=False)
class Job(Generic[S]):
    """One enlisted operation: its flow, the request that waits for an answer, and in the end what became of it."""

    target: S
    flow: Flow[Any]
    request: Request | None = None
    alone: bool = False
    """The batch endpoint can't carry the waiting request."""
    item: JSONObject | None = None
    encoded: bytes = b""
    status: Status | None = None
    error: Exception | None = None
    collisions: int = 0
    resent: bool = False
    verb: str = attrs.field(init=False)
    """What is done, as the flow is named."""

    def __attrs_post_init__(self) -> None:
        self.verb = getattr(self.flow, "__name__", "operation")

    @property
    def by_itself(self) -> bool:
        """Whether the waiting request has to go, or had better go, in no company."""
        return self.alone or self.collisions >= STUBBORN

    def start(self) -> None:
        """Plan the first request."""
        self._advance(next, self.flow)

    def answer(self, response: Response) -> None:
        """Give the flow the answer it waits for."""
        self._advance(self.flow.send, response)

    def fail(self, error: Exception) -> None:
        """Give the flow an error in place of the answer. It is this flow's own instance."""
        self._advance(self.flow.throw, error)
        if self.status is None:
            self.flow.close()
            self._end(error)

    def interrupt(self) -> None:
        """End while the request is under way: the flow is closed, which tells it that the outcome is unknown."""
        self.flow.close()
        self._end(TransportError(f"{self}: interrupted while under way, so it may have happened; load() the object"))

    def _advance(self, step: Callable[[Any], Request], value: Any) -> None:
        try:
            request = step(value)
        except StopIteration:
            self._end(None)
            return
        except Exception as error:  # noqa: BLE001  # whatever an operation raises is its own failure
            self._end(error)
            return
        self.request, self.resent, self.alone = request, False, request.goes_alone
        if not self.alone:
            self._encode(request)

    def _encode(self, request: Request) -> None:
        item: JSONObject = {"method": request.method, "path": request.path}
        if request.headers:
            item["headers"] = request.headers
        if request.json is not None:
            item["body"] = request.json
        try:
            self.encoded = dumps(item)
            self.item = item
        except (TypeError, ValueError) as error:
            self.fail(UsageError(f"{self}: its body is not JSON: {error}"))

    def _end(self, error: Exception | None) -> None:
        self.request, self.item, self.encoded = None, None, b""
        self.flow = DONE
        self.error = error
        if error is None:
            self.status = "succeeded"
        elif isinstance(error, (NotSentError, BackoffError)):
            self.status = "not_sent"
        else:
            self.status = "rolled_back" if isinstance(error, RolledBackError) else "failed"

    def outcome(self) -> Outcome[S]:
        """What became of it."""
        assert self.status is not None
        return Outcome(self.status, self.target, self.error, self.verb)

    def __str__(self) -> str:
        if self.request is not None:
            return f"{self.request.method} {self.request.path}"
        return f"{self.verb} {self.target.path}"
