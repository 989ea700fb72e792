"""What is asked of the server as a whole."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ..objects.context import Context, require
from ..protocol.errors import KintoError, UnreadableResponseError, UsageError, error_from
from ..protocol.jsontypes import JSONObject, is_object
from ..protocol.messages import Flow, Once, Request, Response

if TYPE_CHECKING:
    from ..protocol.check import Check, Login
    from ..protocol.server import ServerInfo, User

R = TypeVar("R")


def server_info(context: Context, *, refresh: bool = False) -> "Flow[ServerInfo]":
    """GET the root view, once for a client and its clones for the same user."""
    memory = context.memory
    if memory.info is not None and not refresh:
        return memory.info
    response = yield Request("GET", "/", repeatable=True, once=None if refresh else memory.once)
    if not response.ok:
        raise error_from(response)
    if memory.info is not None and not refresh:
        return memory.info
    from ..protocol.server import server_info_from

    try:
        memory.info = memory.common.info = info = server_info_from(root_view(response))
    except UnreadableResponseError:
        memory.once = Once()
        raise
    return info


def common_info(context: Context) -> "Flow[ServerInfo]":
    """Settings and plugins, asked once for a client and its clones. Its `user` may be another one than the caller."""
    known = known_info(context)
    return (yield from server_info(context)) if known is None else known


def known_info(context: Context) -> "ServerInfo | None":
    """Settings and plugins where they are known already."""
    memory = context.memory
    return memory.common.info if memory.info is None else memory.info


def root_view(response: Response) -> JSONObject:
    """The body of the root view.

    Raises:
        UnreadableResponseError: it is another server's.
    """
    body = response.object()
    if not is_object(body.get("settings")) and not is_object(body.get("capabilities")):
        raise response.unreadable("has neither settings nor capabilities")
    return body


def requiring(context: Context, name: str, call: str, flow: Flow[R]) -> Flow[R]:
    """The flow, when the server has the plugin it needs."""
    yield from capability(context, name, call)
    return (yield from flow)


def whoami(context: Context) -> "Flow[User | None]":
    """Who the server takes the caller for, asked anew."""
    info = yield from server_info(context, refresh=True)
    return info.user


def check(context: Context, login: "Login") -> "Flow[Check]":
    """Ask the root view, and say on one value what came of it."""
    from ..protocol.check import Check, judged

    try:
        info = yield from server_info(context, refresh=True)
    except UsageError:
        raise
    except KintoError as error:
        return Check(context.server_url, str(error), None, "unknown")
    return Check(context.server_url, None, info, judged(info, login))


def capability(context: Context, name: str, call: str) -> Flow[Mapping[str, Any]]:
    """What the server tells of a plugin; CapabilityMissingError before anything else is asked."""
    info = yield from common_info(context)
    return require(info, name, call)
