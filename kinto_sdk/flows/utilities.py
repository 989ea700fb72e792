"""What is asked of the server's utility views."""

from typing import TYPE_CHECKING, Any

from ..objects.context import Context
from ..protocol.errors import UnreadableResponseError, error_from
from ..protocol.messages import Flow, Request, Response
from .server import capability

if TYPE_CHECKING:
    from ..protocol.server import Heartbeat


def heartbeat() -> "Flow[Heartbeat]":
    """GET the heartbeat. A 503 that lists the parts is an answer too, so it is not sent again."""
    response = yield Request("GET", "/__heartbeat__")
    parts = _parts(response) if response.ok or response.status == 503 else None
    if parts is None:
        raise error_from(response)
    from ..protocol.server import Heartbeat

    return Heartbeat(parts)


def _parts(response: Response) -> dict[str, bool] | None:
    """What a heartbeat lists; None for the 503 of a proxy, or of a server that has come to its limits."""
    try:
        body = response.object()
    except UnreadableResponseError:
        if response.ok:
            raise
        return None
    return None if "errno" in body else {name: bool(up) for name, up in body.items()}


def version() -> Flow[dict[str, Any] | None]:
    """GET the version file. A server without one answers 500 (its documentation says 404)."""
    response = yield Request("GET", "/__version__", repeatable=True)
    if response.status in (404, 500):
        return None
    if not response.ok:
        raise error_from(response)
    return response.object()


def openapi() -> Flow[dict[str, Any]]:
    """GET the description of the API."""
    response = yield Request("GET", "/__api__", repeatable=True)
    if not response.ok:
        raise error_from(response)
    return response.object()


def flush(context: Context) -> Flow[None]:
    """POST to the flush endpoint. Never sent twice: something may have been written in between."""
    yield from capability(context, "flush_endpoint", "flush()")
    response = yield Request("POST", "/__flush__")
    if not response.ok:
        raise error_from(response)
