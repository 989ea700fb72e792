"""Drives flows by hand: each request a flow yields is answered with the next answer given. No I/O."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import attrs

from kinto_sdk._sync.navigation import Navigation
from kinto_sdk._sync.port import Detached
from kinto_sdk.objects.context import Context
from kinto_sdk.protocol.errors import TransportError
from kinto_sdk.protocol.jsontypes import dumps
from kinto_sdk.protocol.messages import Flow, Request, Response

R = TypeVar("R")


@attrs.frozen
class Answer:
    """What the server says to one request."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    retried: bool = attrs.field(default=False, kw_only=True)

    def to(self, request: Request) -> Response:
        """The response to this request."""
        content = self.body if isinstance(self.body, bytes) else b"" if self.body is None else dumps(self.body)
        return Response(self.status, self.headers, content, request=request, retried=self.retried)


LOST = TransportError("no answer")
"""In place of an answer: none came."""


@attrs.frozen
class Ran(Generic[R]):
    """How a flow went."""

    requests: list[Request]
    value: R

    @property
    def request(self) -> Request:
        """The only request."""
        (request,) = self.requests
        return request


@attrs.define
class Script(Detached):
    """A port with the answers to come, for what asks several flows."""

    answers: list[Answer | TransportError]
    requests: list[Request] = attrs.field(factory=list)

    def ask(self, flow: Flow[R], /) -> R:
        """Run a flow with the next answers; what it raises comes through."""
        try:
            request = next(flow)
            while True:
                self.requests.append(request)
                if not self.answers:
                    raise AssertionError(f"one request too many: {request.method} {request.path}")
                given = self.answers.pop(0)
                request = flow.throw(given) if isinstance(given, TransportError) else flow.send(given.to(request))
        except StopIteration as stop:
            value: R = stop.value
            return value

    def ran(self, value: R) -> Ran[R]:
        """How it went, in the end: there must be no answer left."""
        assert not self.answers, f"{len(self.answers)} answers were not asked for"
        return Ran(self.requests, value)


def run(flow: Flow[R], *answers: Answer | TransportError) -> Ran[R]:
    """Run a flow to its end. It must ask for exactly as many answers as are given; what it raises comes through."""
    script = Script(list(answers))
    return script.ran(script.ask(flow))


def navigation(**context: Any) -> Navigation:
    """A root for objects without a client: `navigation().bucket("b").collection("c").record("r")`."""
    return Navigation(Detached(), Context(server_url="http://server/v1", **context))


def row(version: int, id: str = "r", /, **fields: Any) -> dict[str, Any]:  # noqa: A002  # the server's word
    """A record as the server shows it."""
    return {"id": id, "last_modified": version, **fields}


def body(version: int, id: str = "r", /, **fields: Any) -> dict[str, Any]:  # noqa: A002  # the server's word
    """The server's answer for an object whose writer asks."""
    return {"data": row(version, id, **fields), "permissions": {"write": ["basicauth:me"]}}
