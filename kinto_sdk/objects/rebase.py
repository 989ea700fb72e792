"""Moves an object's unsaved edits onto what the server has now."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from ..protocol.errors import MergeConflictError, ModelError, UsageError
from ..protocol.jsontypes import JSONObject, copy
from .documents import is_stamp, with_drawn, without_metadata
from .merge import Merged, Path, merge
from .state import UNREAD, State

Winner: TypeAlias = Literal["mine"] | None
"""Whose value holds where both sides changed one: mine, or nobody's, which is an error."""


def rebase(state: State[Any], body: Mapping[str, Any], *, winner: Winner = None) -> None:
    """Merge the unsaved edits into the server's `{"data", "permissions"}`, which becomes what was seen.

    Without permissions in it the object's are not loaded afterwards: who knows what became of them.

    Raises:
        MergeConflictError: both sides changed a field, and nobody wins. The object is as it was.
    """
    if state._data is UNREAD:
        state._absorb(body, expected=None, keep_permissions=True)
        return
    merged = _merged(state, state._seen_document() or {}, without_metadata(body["data"]))
    if merged.overlaps and winner is None:
        raise MergeConflictError(state.path, tuple(".".join(path) for path in merged.overlaps))
    install(state, body, merged.document)


def absorb_beside(state: State[Any], body: Mapping[str, Any], own: tuple[Path, ...] = ()) -> None:
    """Take the answer to a write that did not protect the version seen, of the paths `own`, beside unsaved edits.

    Somebody else may have changed what is edited here. Then the version seen stays, so that saving the edits is the
    conflict it would have been, and of the answer the fields alone are taken that were written as a whole.
    """
    seen = state._seen_document()
    if state._data is UNREAD or seen is None:
        state._absorb(body, expected={}, keep_permissions=True)
        return
    theirs = without_metadata(body["data"])
    try:
        merged = _merged(state, seen, theirs)
    except (ModelError, UsageError):
        merged = None  # edited into what can't be sent, nor compared
    if merged is not None and all(any(path[: len(mine)] == mine for mine in own) for path in merged.overlaps):
        try:
            install(state, body, merged.document)
        except ModelError:  # edited into what does not fit the model
            state._absorb(body, expected=UNREAD, keep_permissions=True)
        return
    partial, written = state._partial, {path[0] for path in own if len(path) == 1}
    known = {key: value for key, value in seen.items() if key not in written}
    known |= {key: value for key, value in theirs.items() if key in written}
    state._absorb({**body, "data": state._with_metadata(known)}, expected=UNREAD, keep_permissions=True)
    state._partial = partial


def _merged(state: State[Any], seen: JSONObject, theirs: JSONObject) -> Merged:
    mine = state._document()
    if "schema" not in mine and is_stamp(theirs.get("schema")):
        # The server's own: who assigns a document need not write it into it.
        mine = {**mine, "schema": theirs["schema"]}
    # The order of members says nothing.
    return merge(seen, mine, theirs, sets=("members",) if state._kind == "group" else ())


def put_in_place(state: State[Any], document: JSONObject) -> None:
    """Make this document the unsaved data: in the same instance, but for a frozen model."""
    codec = state._codec
    state._data = codec.update(state.data, state._with_metadata(without_metadata(document)))


def edited_fields(state: State[Any]) -> tuple[str, ...]:
    """The top-level fields with unsaved edits, sorted."""
    changes = state._survey()[0]
    return tuple(sorted({*changes.set, *changes.removed}))


def install(state: State[Any], body: Mapping[str, Any], document: JSONObject) -> None:
    """Make this document the unsaved data, and the server's `{"data", "permissions"}` what was seen."""
    theirs = without_metadata(body["data"])
    codec = state._codec
    if codec.stable:
        expected = codec.unstructure(codec.structure(state._with_metadata(theirs)))
        put_in_place(state, copy(document))
    else:
        # Defaults that differ at each reading are drawn here, for what is taken beneath too.
        expected = state._drawn(theirs)
        put_in_place(state, copy(with_drawn(document, theirs, expected)))
        state._seen, state._base = theirs, expected
    state._absorb(body, expected=expected, keep_permissions=True)
