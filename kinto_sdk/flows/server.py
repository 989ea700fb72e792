"""What is asked of the server as a whole."""

from collections.abc import Mapping
from typing import Any, TypeVar

from ..objects.context import Context, require
from ..protocol.errors import error_from
from ..protocol.messages import Flow, Request
from ..protocol.server import ServerInfo, server_info_from

R = TypeVar("R")


def server_info(context: Context, *, refresh: bool = False) -> Flow[ServerInfo]:
    """GET the root view, once for a client and its clones."""
    known = context.memory.info
    if known is not None and not refresh:
        return known
    response = yield Request("GET", "/", repeatable=True)
    if not response.ok:
        raise error_from(response)
    context.memory.info = info = server_info_from(response.object())
    return info


def requiring(context: Context, name: str, call: str, flow: Flow[R]) -> Flow[R]:
    """The flow, when the server has the plugin it needs."""
    yield from capability(context, name, call)
    return (yield from flow)


def capability(context: Context, name: str, call: str) -> Flow[Mapping[str, Any]]:
    """What the server tells of a plugin; CapabilityMissingError before anything else is asked."""
    info = yield from server_info(context)
    return require(info, name, call)
