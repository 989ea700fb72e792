"""Members put into and taken out of a group, whatever else changes meanwhile."""

from typing import Any

from ..objects.members import changed, listed
from ..objects.rebase import absorb_beside
from ..objects.state import State
from ..protocol.errors import ConflictError, error_from
from ..protocol.messages import Flow, Request, quote_etag
from . import answers, objects
from .conflicts import ROUNDS


def add_member(state: State[Any], who: tuple[str, ...]) -> Flow[None]:
    """PATCH the list with `If-Match`, and after a conflict again on the list that the server has then."""
    yield from _change(state, who, ())


def remove_member(state: State[Any], who: tuple[str, ...]) -> Flow[None]:
    """As adding, without those who are members."""
    yield from _change(state, (), who)


def _change(state: State[Any], add: tuple[str, ...], remove: tuple[str, ...]) -> Flow[None]:
    state._refuse_deleted()
    seen = None if state._stale or state._partial else state._seen_document()
    version = state.last_modified
    conflict: ConflictError | None = None
    for _ in range(ROUNDS):
        if seen is None or version is None or version <= 0 or changed(listed(seen), add, remove) == listed(seen):
            # What was seen may be old, so that nothing is left to do is read from the server.
            current = yield from answers.read(state.path)
            seen, version = current["data"], current["data"]["last_modified"]
            if changed(listed(seen), add, remove) == listed(seen):
                absorb_beside(state, current)
                return
        request = Request(
            "PATCH",
            state.path,
            json={"data": {"members": changed(listed(seen), add, remove)}},
            headers={"If-Match": quote_etag(version or 0)},
            repeatable=True,
        )
        response = yield from objects.write(state, request)
        if response.ok:
            absorb_beside(state, answers.written(state, response), (("members",),))
            return
        existing = answers.existing_in(response)
        if response.status != 412 or existing is None:
            raise error_from(response)
        conflict = answers.conflict(state, response, mine=None)
        seen, version = existing, existing["last_modified"]
    assert conflict is not None
    raise conflict
