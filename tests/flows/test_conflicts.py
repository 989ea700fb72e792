"""Conflicts: told, and rebased in memory."""

import pickle
from time import monotonic_ns
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    ConflictError,
    MergeConflictError,
    NotFoundError,
    NotLoadedError,
    UsageError,
)
from kinto_sdk.flows import conflicts, objects
from kinto_sdk.flows.conflicts import saving
from tests.flows.driving import Answer, body, navigation, row, run
from tests.flows.records import GONE, conflict
from tests.flows.rivals import Note, Todo, conflict_of, record


def test_a_conflict_tells_all_three_versions() -> None:
    """The error has what was seen, what was to be saved and what is there, and survives pickling."""
    state = record(1, a=1, b=1)
    state.data["a"] = 2
    error = conflict_of(state, conflict(5, a=3, b=1))
    error = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert (error.base, error.mine, error.theirs) == ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 3, "b": 1})
    assert error.fields == ("a",)


@pytest.mark.parametrize("remove", [False, True])
def test_an_edit_of_a_deleted_object_is_a_conflict(remove: bool) -> None:
    """A PATCH meets a 404 and a PUT a bare 412: both are the same conflict, with nothing on the other side."""
    state = record(1, a=1, b=1)
    if remove:
        del state.data["a"]
    else:
        state.data["a"] = 2
    error = conflict_of(state, Answer(412, {"errno": 114}) if remove else GONE)
    assert error.theirs is None
    assert "deleted" in str(error)


def test_a_missing_parent_is_no_conflict() -> None:
    """When the collection is gone the error says so, whatever was edited."""
    state = record(1, a=1)
    state.data["a"] = 2
    with pytest.raises(NotFoundError):
        run(saving(state, "mine"), Answer(404, {"errno": 111}))


def test_deleting_what_was_edited_is_a_conflict() -> None:
    """A DELETE protects the version seen, and its conflict says how to delete nevertheless."""
    state = record(1, a=1)
    with pytest.raises(ConflictError, match=r"delete\(safe=False\)") as caught:
        run(objects.delete(state), conflict(2, a=2))
    assert caught.value.theirs == {"a": 2}
    assert run(
        objects.delete(state, safe=False), Answer(200, {"data": {"id": "r", "last_modified": 9, "deleted": True}})
    ).value


# ---- rebase --------------------------------------------------------------------------------------------------------


def test_a_rebase_merges_without_a_request() -> None:
    """Edits land on the server's version in the same dict, and the next save sends them alone, protecting it."""
    state = record(1, a=1, b=1, c=1)
    data = state.data
    data["a"] = 2
    del data["c"]
    error = conflict_of(state, conflict(5, a=1, b=7, c=1, d=1))
    ran = run(conflicts.rebase(state, error))
    assert ran.requests == []
    assert state.data is data
    assert data == {"a": 2, "b": 7, "d": 1}
    assert (state.last_modified, state.unsaved.set, state.unsaved.removed) == (5, {"a": 2}, ("c",))
    ran = run(objects.save(state), Answer(200, body(6, a=2, b=7, d=1)))
    assert ran.request.headers == {"If-Match": '"5"'}


def test_an_overlap_changes_nothing() -> None:
    """When both sides changed a field the fields are named, and the object is as it was."""
    state = record(1, a=1, o={"x": 1, "y": 1})
    state.data["o"]["x"] = 2
    error = conflict_of(state, conflict(5, a=2, o={"x": 3, "y": 1}))
    with pytest.raises(MergeConflictError, match=r"o\.x") as caught:
        run(conflicts.rebase(state, error))
    assert caught.value.fields == ("o.x",)
    assert caught.value.__cause__ is error
    assert not caught.value.deleted
    assert state.data == {"a": 1, "o": {"x": 2, "y": 1}}
    assert state.last_modified == 1


def test_the_server_s_stamp_is_no_overlap() -> None:
    """Data assigned without the version of the schema removes nothing that somebody else's change could overlap."""
    state = record(1, a=1, b=1, schema=10)
    state.data = {"a": 9, "b": 1}
    error = conflict_of(state, conflict(5, a=1, b=2, schema=20))
    run(conflicts.rebase(state, error))
    assert state.data == {"a": 9, "b": 2, "schema": 20}
    assert state.unsaved.set == {"a": 9}


def test_a_rebase_on_a_deletion_names_the_edits() -> None:
    """Edits of what is gone can't be merged; the error names them and the ways out."""
    state = record(1, a=1)
    state.data["a"] = 2
    error = conflict_of(state, GONE)
    with pytest.raises(MergeConflictError, match=r"deleted.*'mine'.*'theirs'") as caught:
        run(conflicts.rebase(state, error))
    assert (caught.value.fields, caught.value.deleted) == (("a",), True)


def test_a_rebase_is_for_the_error_s_own_object() -> None:
    """The conflict of another object is refused, since its data would be mixed in."""
    state = record(1, a=1)
    state.data["a"] = 2
    error = conflict_of(state, conflict(5, a=1))
    other = navigation().bucket("b").collection("c").record("other")
    with pytest.raises(UsageError, match="not about /buckets/b/collections/c/records/other"):
        run(conflicts.rebase(other, error))
    with pytest.raises(UsageError, match="takes the ConflictError"):
        run(conflicts.rebase(state, ValueError("x")))


def test_a_rebase_through_a_model_keeps_the_instance() -> None:
    """Edits of a model stay in the same instance, and fields it does not declare are the server's."""
    state = record(1, Todo, title="x", secret=[1], attachment={"hash": "h"})
    todo = state.data
    todo.tags.append("mine")
    error = conflict_of(state, conflict(5, title="y", secret=[2], attachment={"hash": "h"}, schema=4))
    run(conflicts.rebase(state, error))
    assert state.data is todo
    assert todo == Todo("y", tags=["mine"])
    assert state.unsaved.set == {"tags": ["mine"]}
    assert state.to_dict()["secret"] == [2]


def test_a_rebase_replaces_a_frozen_model() -> None:
    """A frozen instance is left alone; a new one holds both sides."""
    state = record(1, Note, text="x", stars=0)
    old = state.data
    state.data = attrs.evolve(old, stars=5)
    error = conflict_of(state, conflict(5, text="y", stars=0))
    run(conflicts.rebase(state, error))
    assert state.data == Note("y", 5)
    assert old == Note("x", 0)


def test_defaults_that_were_drawn_stay_drawn() -> None:
    """A model whose default differs at each reading is not made dirty by a rebase."""
    drawn = iter(range(100))

    @attrs.define
    class Numbered:
        text: str
        number: int = attrs.Factory(lambda: next(drawn))

    state = record(1, Numbered, text="x")
    number = state.data.number
    state.data.text = "mine"
    error = conflict_of(state, conflict(5, text="x", other=1))
    run(conflicts.rebase(state, error))
    assert state.data.number == number
    assert state.unsaved.set == {"text": "mine"}


def test_what_theirs_removed_is_no_default() -> None:
    """A rebase does not bring back what the other side took out, also where a default differs at each reading."""

    @attrs.define
    class Stamped:
        text: str
        tags: list[str] = attrs.Factory(list)
        extra: Any = attrs.Factory(lambda: {"at": monotonic_ns()})

    state = record(1, Stamped, text="x", tags=["a"])
    state.data.text = "mine"
    run(conflicts.rebase(state, conflict_of(state, conflict(5, text="x"))))
    assert state.data.tags == []
    assert state.unsaved.set == {"text": "mine"}
    state.data.extra["at"] = 0
    assert state.unsaved.set == {"text": "mine", "extra": {"at": 0}}


def test_permission_edits_are_rebased_with_one_get() -> None:
    """A conflict shows no permissions, so they are read; edits are carried over as additions and removals."""
    state = record(1, a=1)
    run(
        objects.load(state), Answer(200, {**body(1, a=1), "permissions": {"read": ["p:old", "p:out"], "write": ["me"]}})
    )
    state.data["a"] = 2
    state.permissions.read.add("p:new")
    state.permissions.read.discard("p:out")
    now = {"data": row(6, a=1, b=1), "permissions": {"read": ["p:old", "p:out", "p:theirs"], "write": ["me", "you"]}}
    ran = run(saving(state, "merge"), conflict(5, a=1, b=1), Answer(200, now), Answer(200, body(7, a=2, b=1)))
    assert [request.method for request in ran.requests] == ["PATCH", "GET", "PATCH"]
    assert ran.requests[2].json == {"data": {"a": 2}, "permissions": {"read": ["p:new", "p:old", "p:theirs"]}}
    assert ran.requests[2].headers == {"If-Match": '"6"'}


def test_permissions_are_unknown_after_a_rebase_without_a_get() -> None:
    """What became of the list meanwhile is not known, so editing the old one is refused."""
    state = record(1, a=1)
    run(objects.load(state), Answer(200, {**body(1, a=1), "permissions": {"read": ["p:old"], "write": ["me"]}}))
    state.data["a"] = 2
    run(conflicts.rebase(state, conflict_of(state, conflict(5, a=1))))
    with pytest.raises(NotLoadedError, match="not loaded"):
        state.permissions.read.add("p:new")


def test_permission_edits_of_a_list_now_hidden_are_not_sent() -> None:
    """Whoever is not in the write list any more is shown nothing, and the old list is not sent in its place."""
    state = record(1, a=1)
    run(objects.load(state), Answer(200, {**body(1, a=1), "permissions": {"read": ["p:old"], "write": ["me"]}}))
    state.permissions.read.add("p:new")
    hidden = Answer(200, {"data": row(6, a=1), "permissions": {}})
    with pytest.raises(NotLoadedError, match="edited and are now not visible"):
        run(saving(state, "merge"), conflict(5, a=1), hidden)
    assert state.is_dirty
