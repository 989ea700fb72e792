"""Partial changes sent at once: fields, merge patches, JSON Patches."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ..objects.plan import precondition
from ..objects.plan_patches import check_patch, plan_fields, plan_json_patch, plan_merge
from ..objects.rebase import absorb_beside
from ..objects.state import State
from ..protocol.errors import InvalidRequestError, PermissionDeniedError, error_from
from ..protocol.jsontypes import JSONObject
from ..protocol.messages import Flow, Request, named, quote_etag
from ..protocol.patches import JSONPatch, MergePatch
from ..protocol.principals import EVERYONE
from . import objects
from .answers import conflict, read, written
from .server import server_info

Patch: TypeAlias = Mapping[str, Any] | MergePatch | JSONPatch | Sequence[Mapping[str, Any]]
"""Top-level fields to set, a MergePatch, a JSONPatch, or a list of RFC 6902 operations."""

_VERBS: Mapping[type[Any], str] = {JSONPatch: "json_patch", MergePatch: "merge_patch"}
"""What a batch calls those that the batch endpoint can't carry."""

HIDDEN = (
    "the caller's right to write is inherited, and the server would answer a JSON Patch by clearing the object's "
    "permissions; pass take_write=True to enter the caller into its write list first, or patch with a dict"
)


def patching(
    state: State[Any],
    change: Patch,
    *,
    safe: bool = True,
    if_match: int | str | None = None,
    take_write: bool = False,
) -> Flow[None]:
    """The flow for `patch()`, once the patch is checked."""
    checked = check_patch(state, change)
    flow = patch(state, checked, safe=safe, if_match=if_match, take_write=take_write)
    return named(flow, _VERBS.get(type(checked), "patch"))


def patch(
    state: State[Any],
    change: Mapping[str, Any] | MergePatch | JSONPatch,
    *,
    safe: bool = True,
    if_match: int | str | None = None,
    take_write: bool = False,
) -> Flow[None]:
    """PATCH the object, keeping unsaved edits unsaved."""
    state._refuse_deleted()
    if isinstance(change, JSONPatch):
        headers = precondition(state, safe=safe, if_match=if_match)
        yield from _json_patch(state, change, headers, take_write=take_write)
    elif isinstance(change, MergePatch):
        yield from objects.send(state, plan_merge(state, change, safe=safe, if_match=if_match))
    else:
        yield from objects.send(state, plan_fields(state, change, safe=safe, if_match=if_match))


def _json_patch(state: State[Any], change: JSONPatch, headers: Mapping[str, str], *, take_write: bool) -> Flow[None]:
    writer = yield from some_writer(state)
    taken = False
    while True:
        try:
            yield from objects.send(state, plan_json_patch(state, change, writer, headers))
        except InvalidRequestError as error:
            refusal = error
        else:
            return
        # Either an operation does not fit, or the guard stood in the way: what the caller is shown tells which.
        writers, body = yield from look(state)
        if writer in writers:
            raise refusal
        if not writers:
            if taken or not take_write:
                raise PermissionDeniedError(refusal.response, advice=HIDDEN) from refusal
            taken = True
            body = yield from take_write_permission(state, headers)
            writers = writers_in(body)
            if headers:
                headers = {"If-Match": quote_etag(body["data"]["last_modified"])}
        writer = min(writers, default=writer)


# ---- who is shown the permissions ----------------------------------------------------------------------------------


def some_writer(state: State[Any]) -> Flow[str]:
    """A principal likely to be in the write list that the caller is shown: a known one, else the caller."""
    writers = state.permissions._writers
    info = state._context.memory.info
    if writers and (info is None or info.user is None or info.user.id not in writers):
        return min(writers)
    if info is None:
        info = yield from server_info(state._context)
    return EVERYONE if info.user is None else info.user.id


def look(state: State[Any]) -> Flow[tuple[frozenset[str], JSONObject]]:
    """GET the object: the write list the caller is shown, empty when it is hidden, and the body."""
    body = yield from read(state.path)
    return writers_in(body), body


def take_write_permission(state: State[Any], headers: Mapping[str, str]) -> Flow[JSONObject]:
    """PATCH nothing, which makes the caller a direct writer and leaves everything else but the version as it is.

    Returns the body, which the object has taken: what comes after may fail.
    """
    response = yield from objects.write(
        state, Request("PATCH", state.path, json={"data": {}}, headers=headers, repeatable=True)
    )
    if not response.ok:
        raise conflict(state, response, mine=None) if response.status == 412 else error_from(response)
    body = written(state, response)
    absorb_beside(state, body)
    return body


def writers_in(body: JSONObject) -> frozenset[str]:
    """The write list in an answer."""
    lists: Mapping[str, list[str]] = body.get("permissions") or {}
    return frozenset(lists.get("write", ()))
