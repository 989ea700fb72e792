"""What happens when somebody else was faster: rebasing, and saving in rounds."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar, cast

from ..objects import rebase as edits
from ..objects.documents import without_metadata
from ..objects.plan import plan_recreate
from ..objects.state import State
from ..protocol.arguments import check_function
from ..protocol.errors import (
    AlreadyExistsError,
    ConflictError,
    MergeConflictError,
    UsageError,
    error_from,
)
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, is_object
from ..protocol.messages import Flow, Request, named
from . import objects
from .answers import existing_in, object_in

D = TypeVar("D")
R = TypeVar("R")

ROUNDS = 1000
"""How often a save is tried. A round is lost to somebody else's success alone, and a wait would only make the version
that the refusal showed an old one, so rounds pass quickly; the bound is for what never comes to an end."""

OUTDATED = "it changed after the plan was made: make another plan"

OnConflict: TypeAlias = Literal["merge", "mine", "theirs"] | Callable[[ConflictError], D | Mapping[str, Any]]
"""How a conflict is resolved. A function gets the ConflictError and returns the whole document to save, as a dict or
as the model."""


def saving(
    state: State[D], on_conflict: OnConflict[D] | None, *, safe: bool = True, if_match: int | str | None = None
) -> Flow[None]:
    """The flow for `save()`, once its arguments are checked."""
    if on_conflict is None:
        return objects.save(state, safe=safe, if_match=if_match)
    if on_conflict not in ("merge", "mine", "theirs"):
        check_function(
            on_conflict, "on_conflict= is 'merge', 'mine', 'theirs' or a plain function (no coroutine) of the conflict"
        )
    if safe is False:
        raise UsageError("safe=False sends no precondition, so there is no conflict for on_conflict to resolve")
    return save(state, on_conflict, if_match=if_match)


def save(state: State[D], on_conflict: OnConflict[D], *, if_match: int | str | None = None) -> Flow[None]:
    """Save, and again after each conflict was resolved."""
    rounds = ROUNDS
    while True:
        rounds -= 1
        try:
            yield from objects.save(state, if_match=if_match)
        except ConflictError as error:
            if rounds == 0:
                raise
            conflict = error
        else:
            return
        done = yield from _resolve(state, conflict, on_conflict)
        if done:
            return
        if_match = None


def rebase(state: State[Any], conflict: ConflictError) -> Flow[None]:
    """Merge the unsaved edits into what the conflict found on the server. A GET only when permissions were edited."""
    if not isinstance(conflict, ConflictError):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not checked
        raise UsageError(f"rebase() takes the ConflictError of a save, not {conflict!r}")
    if conflict.request.path.split("?", 1)[0] != state.path:
        raise UsageError(f"this conflict is about {conflict.request.path}, not about {state.path}")
    body = yield from _theirs(state, conflict)
    if body is None:
        raise MergeConflictError(state.path, edits.edited_fields(state), deleted=True) from conflict
    _merge(state, body, conflict)


def planned(flow: Flow[R]) -> Flow[R]:
    """A write of a plan. What is in its way came after the plan was made, which no merging of this one mends."""
    return named(_planned(flow), getattr(flow, "__name__", ""))


def _planned(flow: Flow[R]) -> Flow[R]:
    try:
        return (yield from flow)
    except ConflictError as error:
        raise type(error)(
            error.response, advice=OUTDATED, base=error.base, mine=error.mine, theirs=error.theirs
        ) from None


def update(state: State[D], function: Callable[[D], D | None]) -> Flow[None]:
    """GET, let the function change the data, save; after a conflict again, on what the server has then."""
    check_function(function, "update() takes a plain function (no coroutine) of the data, such as lambda data: {...}")
    yield from objects.load(state)
    rounds = ROUNDS
    while True:
        rounds -= 1
        changed = function(state.data)
        if changed is not None:
            state.data = changed
        try:
            yield from objects.save(state)
        except ConflictError as error:
            if rounds == 0:
                raise
            existing = existing_in(error.response)
        else:
            return
        if existing is None:
            yield from objects.load(state)
        else:
            state._absorb({"data": existing}, expected=None)


def _resolve(state: State[D], conflict: ConflictError, on_conflict: OnConflict[D]) -> Flow[bool]:
    """Prepare the next round; True when there is nothing more to do."""
    body = yield from _theirs(state, conflict)
    if body is None:
        return (yield from _resolve_deleted(state, conflict, on_conflict))
    if isinstance(conflict, AlreadyExistsError):
        state._created = False
    if on_conflict == "theirs":
        state._absorb(body, expected=None)
        return True
    if on_conflict == "mine":
        edits.rebase(state, body, winner="mine")
    elif on_conflict == "merge":
        _merge(state, body, conflict)
    else:
        decided = _decided(state, on_conflict(conflict))
        theirs = body["data"].get("attachment")
        edits.install(state, body, {"attachment": theirs, **decided} if theirs else decided)
    return False


def _resolve_deleted(state: State[D], conflict: ConflictError, on_conflict: OnConflict[D]) -> Flow[bool]:
    if on_conflict == "theirs":
        state._forget({})
        return True
    if on_conflict == "merge":
        raise MergeConflictError(state.path, edits.edited_fields(state), deleted=True) from conflict
    if on_conflict != "mine":
        edits.put_in_place(state, _decided(state, on_conflict(conflict)))
    try:
        yield from objects.send(state, plan_recreate(state))
    except AlreadyExistsError:
        return False
    return True


def _merge(state: State[Any], body: Mapping[str, Any], conflict: ConflictError) -> None:
    try:
        edits.rebase(state, body)
    except MergeConflictError as error:
        raise error from conflict


def _decided(state: State[D], value: D | Mapping[str, Any]) -> JSONObject:
    if is_object(value):
        document: JSONObject = jsonable(without_metadata(value))
        return document
    return state._codec.unstructure(cast("D", value))


def _theirs(state: State[Any], conflict: ConflictError) -> Flow[JSONObject | None]:
    """What the server has now, None when it has nothing. A conflict shows no permissions, so they need a GET."""
    existing = existing_in(conflict.response)
    if existing is None:
        return None
    if state._edited_acl is None:
        return {"data": existing}
    response = yield Request("GET", state.path, repeatable=True)
    if response.status == 404:
        return None
    if not response.ok:
        raise error_from(response)
    return object_in(response)
