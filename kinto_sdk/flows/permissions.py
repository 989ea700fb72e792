"""Granting and revoking: principals added to and taken from one permission, whatever else changes meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..objects.rebase import absorb_beside
from ..objects.state import State
from ..protocol.errors import error_from
from ..protocol.messages import JSON_PATCH, Flow, Request, named, quote_etag
from ..protocol.patches import JSONPatch, guard
from ..protocol.principals import Principal, checked_change
from . import objects
from .answers import written
from .patches import look, some_writer, take_write_permission, writers_in

ROUNDS = 10
"""How often a change of permissions may be repeated because others change them too."""


def grant(state: State[Any], permission: str, who: Iterable[Principal]) -> Flow[None]:
    """Add principals to a permission with one JSON Patch, which is made possible first where it has to be."""
    return named(_change(state, *checked_change(state._kind, permission, who), granting=True), "grant")


def revoke(state: State[Any], permission: str, who: Iterable[Principal]) -> Flow[None]:
    """Take principals from a permission; those that are not in it are left out."""
    return named(_change(state, *checked_change(state._kind, permission, who), granting=False), "revoke")


def _change(state: State[Any], name: str, who: Sequence[str], *, granting: bool) -> Flow[None]:
    state._refuse_deleted()
    writer = yield from some_writer(state)
    request = _request(state.path, writer, _patch(name, who, granting=granting), {})
    rounds = ROUNDS
    while True:
        rounds -= 1
        response = yield from objects.write(state, request)
        if response.ok:
            absorb_beside(state, written(state, response))
            return
        if response.status not in (400, 412):
            raise error_from(response)
        # The guard failed, or the list is not as was thought: a permission that nobody has can't be added to, and
        # who is not in one can't be taken out.
        writers, body = yield from look(state)
        if not writers:
            body = yield from take_write_permission(state, {})
            writers = writers_in(body)
        lists: Mapping[str, list[str]] = body.get("permissions") or {}
        listed = lists.get(name)
        left = [one for one in who if (one not in (listed or ())) is granting]
        if not left:
            absorb_beside(state, body)
            return
        if not writers or rounds == 0:
            raise error_from(response)
        change, headers = _patch(name, left, granting=granting), {}
        if granting and listed is None and name not in ("read", "write"):
            headers = {"If-Match": quote_etag(body["data"]["last_modified"])}
            change = JSONPatch().add(JSONPatch.permission(name), left)
        request = _request(state.path, min(writers), change, headers)


def _patch(name: str, who: Iterable[str], *, granting: bool) -> JSONPatch:
    change = JSONPatch()
    for one in who:
        pointer = JSONPatch.permission(name, one)
        change = change.add(pointer) if granting else change.remove(pointer)
    return change


def _request(path: str, writer: str, change: JSONPatch, headers: Mapping[str, str]) -> Request:
    # Granting twice is granting once, and a second revoke meets a 400, which is looked into.
    return Request(
        "PATCH",
        path,
        json=[guard(writer), *change.operations],
        headers={**headers, "Content-Type": JSON_PATCH},
        repeatable=True,
    )
