"""Conflicts resolved in rounds, as `save(on_conflict=...)` asks."""

from typing import Any, cast

import pytest

from kinto_sdk import (
    AlreadyExistsError,
    ConflictError,
    DeletedError,
    MergeConflictError,
    ModelError,
    NotLoadedError,
    PermissionDeniedError,
    UsageError,
)
from kinto_sdk.flows import objects
from kinto_sdk.flows.conflicts import ROUNDS, saving
from tests.flows.driving import LOST, Answer, body, navigation, row, run
from tests.flows.records import GONE, conflict
from tests.flows.rivals import Todo, record


def test_merge_saves_both_sides() -> None:
    """Two edits of different fields end in one document, in two requests."""
    state = record(1, a=1, b=1)
    state.data["a"] = 2
    ran = run(saving(state, "merge"), conflict(5, a=1, b=2), Answer(200, body(6, a=2, b=2)))
    assert [(r.method, r.json, r.headers) for r in ran.requests] == [
        ("PATCH", {"data": {"a": 2}}, {"If-Match": '"1"'}),
        ("PATCH", {"data": {"a": 2}}, {"If-Match": '"5"'}),
    ]
    assert (state.data, state.last_modified, state.is_dirty) == ({"a": 2, "b": 2}, 6, False)


def test_merge_raises_for_an_overlap() -> None:
    """Both sides changed the same field: nothing was saved, and nothing was lost."""
    state = record(1, a=1)
    state.data["a"] = 2
    with pytest.raises(MergeConflictError) as caught:
        run(saving(state, "merge"), conflict(5, a=3))
    assert isinstance(caught.value.__cause__, ConflictError)
    assert caught.value.__cause__.theirs == {"a": 3}
    assert state.data == {"a": 2}


def test_merge_ends_when_nothing_is_left_to_save() -> None:
    """When the other side made the same edit no second request is sent."""
    state = record(1, a=1)
    state.data["a"] = 2
    run(saving(state, "merge"), conflict(5, a=2))
    assert (state.last_modified, state.is_dirty) == (5, False)


def test_mine_wins_where_both_changed() -> None:
    """My value holds in the overlap; what only they changed is kept, nested too."""
    state = record(1, a=1, o={"x": 1, "y": 1})
    state.data.update(a=2, o={"x": 2, "y": 1})
    ran = run(saving(state, "mine"), conflict(5, a=3, o={"x": 3, "y": 3}), Answer(200, body(6)))
    assert ran.requests[1].json == {"data": {"a": 2, "o": {"x": 2, "y": 3}}}


def test_theirs_drops_my_edits() -> None:
    """The object is what the server has, and nothing more is sent."""
    state = record(1, a=1, b=1)
    data = state.data
    data["b"] = 2
    run(saving(state, "theirs"), conflict(5, a=3, b=1))
    assert state.data is data
    assert (data, state.last_modified, state.is_dirty) == ({"a": 3, "b": 1}, 5, False)


def test_a_function_decides() -> None:
    """It gets the conflict and returns the whole document; fields it leaves out are removed."""
    state = record(1, n=1, old=1)
    data = state.data
    data["n"] = 2
    seen: list[ConflictError] = []

    def decide(conflict: ConflictError) -> dict[str, Any]:
        seen.append(conflict)
        return {"n": conflict.mine["n"] + conflict.theirs["n"], "id": "r"}

    ran = run(saving(state, decide), conflict(5, n=10, old=1), conflict(6, n=20, old=1), Answer(200, body(7, n=32)))
    assert [(c.mine, c.theirs) for c in seen] == [
        ({"n": 2, "old": 1}, {"n": 10, "old": 1}),
        ({"n": 12}, {"n": 20, "old": 1}),
    ]
    assert (ran.requests[2].method, ran.requests[2].json) == ("PUT", {"data": {"n": 32}})
    assert state.data is data


def test_a_decision_keeps_the_attachment_that_is_there() -> None:
    """As data that is assigned does."""
    state = record(1, n=1, attachment={"hash": "old"})
    state.data["n"] = 2
    now = {"attachment": {"hash": "new"}}
    ran = run(saving(state, lambda _: {"n": 3}), conflict(5, n=10, **now), Answer(200, body(6, n=3, **now)))
    assert ran.requests[1].json == {"data": {"n": 3}}
    assert state.data == {"n": 3, **now}


@pytest.mark.parametrize("decision", [Todo("both", done=True), {"title": "both", "done": True, "secret": 3}])
def test_a_function_may_return_the_model(decision: Any) -> None:
    """For a model the decision may be an instance; undeclared fields stay the server's, of a dict as well."""
    state = record(1, Todo, title="x", secret=1)
    state.data.title = "mine"
    ran = run(saving(state, lambda _: decision), conflict(5, title="theirs", secret=2), Answer(200, body(6)))
    assert ran.requests[1].json == {"data": {"title": "both", "done": True}}


def test_a_function_keeps_permission_edits() -> None:
    """Deciding about the data does not drop edits of the permissions."""
    state = record(1, a=1)
    run(objects.load(state), Answer(200, body(1, a=1)))
    state.data["a"] = 2
    state.permissions.read.add("p:new")
    ran = run(
        saving(state, lambda c: {**c.theirs, "a": 9}),
        conflict(5, a=3),
        Answer(200, body(5, a=3)),
        Answer(200, body(6, a=9)),
    )
    assert ran.requests[2].json == {"data": {"a": 9}, "permissions": {"read": ["p:new"]}}


def test_what_a_function_raises_comes_through() -> None:
    """A decision that fails ends the save with its own error."""
    state = record(1, a=1)
    state.data["a"] = 2
    with pytest.raises(ZeroDivisionError):
        run(saving(state, lambda _: 1 / 0), conflict(5, a=3))


@pytest.mark.parametrize("decision", [{"title": 5}, {"title": {1}}, Todo(title=cast("str", 5))])
def test_a_decision_that_cant_be_sent_loses_nothing(decision: Any) -> None:
    """The edits are there, and so is the version they are based on."""
    state = record(1, Todo, title="x")
    state.data.title = "mine"
    with pytest.raises((ModelError, UsageError), match="title"):
        run(saving(state, lambda _: decision), conflict(5, title="theirs"))
    assert (state.data.title, state.last_modified) == ("mine", 1)


def test_a_decision_is_held_as_json() -> None:
    """As a document that is assigned."""
    state = record(1, a=1)
    state.data["a"] = 2
    ran = run(saving(state, lambda _: {"a": (1, 2)}), conflict(5, a=3), Answer(200, body(6, a=[1, 2])))
    assert ran.requests[1].json == {"data": {"a": [1, 2]}}
    assert not state.is_dirty


def test_rounds_are_bounded() -> None:
    """A save that never gets through ends with the last conflict."""
    state = record(1, a=0)
    state.data["a"] = -1
    with pytest.raises(ConflictError) as caught:
        run(saving(state, "mine"), *[conflict(version, a=version) for version in range(2, ROUNDS + 2)])
    assert caught.value.theirs == {"a": ROUNDS + 1}


def test_an_abandoned_round_leaves_the_object_stale() -> None:
    """A save that is cancelled in a later round may have reached the server."""
    state = record(1, a=0)
    state.data["a"] = -1
    flow = saving(state, "mine")
    request = next(flow)
    flow.send(conflict(2, a=2).to(request))
    flow.close()
    assert state.is_dirty
    assert "unknown" in repr(state)


def test_mine_makes_a_deleted_object_anew() -> None:
    """The whole document goes out again with the known permissions, never over another object, without the file."""
    state = record(1, a=1)
    acl = {"read": ["p:x"], "write": ["me"]}
    run(objects.load(state), Answer(200, {"data": row(1, a=1, b=1, attachment={"hash": "h"}), "permissions": acl}))
    state.data["a"] = 2
    ran = run(saving(state, "mine"), GONE, Answer(201, body(6, a=2, b=1)))
    assert (ran.requests[1].method, ran.requests[1].headers) == ("PUT", {"If-None-Match": "*"})
    assert ran.requests[1].json == {"data": {"a": 2, "b": 1}, "permissions": acl}
    assert (state.created, state.data, state.is_dirty) == (True, {"a": 2, "b": 1}, False)


def test_a_collection_made_anew_keeps_what_it_says_of_files() -> None:
    """Its `attachment` is a setting, such as whether records need a file; and text in a record is no file either."""
    collection = navigation().bucket("b").collection("c")
    run(objects.load(collection), Answer(200, body(1, attachment={"required": True})))
    collection.data["sort"] = "title"
    ran = run(saving(collection, "mine"), GONE, Answer(201, body(6)))
    assert ran.requests[1].json["data"] == {"attachment": {"required": True}, "sort": "title"}
    state = record(1, a=1, attachment="a.pdf")
    state.data["a"] = 2
    ran = run(saving(state, "mine"), GONE, Answer(201, body(6)))
    assert ran.requests[1].json["data"] == {"a": 2, "attachment": "a.pdf"}


def test_undeclared_fields_survive_being_made_anew() -> None:
    """What a model does not declare is sent too when the object is made anew."""
    state = record(1, Todo, title="x", secret=1)
    state.data.title = "mine"
    ran = run(saving(state, "mine"), GONE, Answer(201, body(6, title="mine", secret=1)))
    assert ran.requests[1].json == {"data": {"title": "mine", "secret": 1}}


def test_making_anew_meets_somebody_else_s_new_object() -> None:
    """An object made by others in the meantime is the next conflict."""
    state = record(1, a=1, b=1)
    state.data["a"] = 2
    ran = run(saving(state, "mine"), GONE, conflict(8, c=1), conflict(8, c=1), Answer(200, body(9)))
    assert [request.method for request in ran.requests] == ["PATCH", "PUT", "PATCH", "PATCH"]
    assert ran.requests[3].headers == {"If-Match": '"8"'}


def test_theirs_accepts_a_deletion() -> None:
    """The object is deleted here too."""
    state = record(1, a=1)
    state.data["a"] = 2
    run(saving(state, "theirs"), GONE)
    with pytest.raises(DeletedError):
        run(objects.save(state))


def test_merge_refuses_a_deletion() -> None:
    """An edit and a deletion can't both hold."""
    state = record(1, a=1)
    state.data["a"] = 2
    with pytest.raises(MergeConflictError) as caught:
        run(saving(state, "merge"), GONE)
    assert caught.value.deleted


def test_a_function_decides_about_a_deletion() -> None:
    """It sees that nothing is there, and what it returns is made anew."""
    state = record(1, a=1)
    state.data["a"] = 2
    ran = run(saving(state, lambda c: {"a": 5, "was": c.theirs}), GONE, Answer(201, body(6, a=5, was=None)))
    assert ran.requests[1].json == {"data": {"a": 5, "was": None}}


def test_a_partial_read_is_not_made_anew() -> None:
    """Half a document must not stand for the whole."""
    state = record(1, a=1)
    state._partial = ("a",)
    state.data["a"] = 2
    with pytest.raises(NotLoadedError, match="partial"):
        run(saving(state, "mine"), GONE)


def test_an_object_deleted_before_its_permissions_are_read() -> None:
    """The GET for the permissions may find nothing: that is a deletion."""
    state = record(1, a=1)
    run(objects.load(state), Answer(200, body(1, a=1)))
    state.permissions.read.add("p:x")
    with pytest.raises(MergeConflictError, match="the permissions changed here"):
        run(saving(state, "merge"), conflict(5, a=1), GONE)


def test_a_refused_get_comes_through() -> None:
    """When the permissions can't be read the save ends with that."""
    state = record(1, a=1)
    run(objects.load(state), Answer(200, body(1, a=1)))
    state.permissions.read.add("p:x")
    with pytest.raises(PermissionDeniedError):
        run(saving(state, "merge"), conflict(5, a=1), Answer(403, {"errno": 121}))


@pytest.mark.parametrize("how", ["merge", "mine"])
def test_two_that_create_one_object_are_merged(how: Any) -> None:
    """A new object that exists already gets the new fields, and was not created."""
    state = navigation().bucket("b").collection("c").new_record({"a": 1, "b": 1}, "r")
    ran = run(saving(state, how), conflict(5, b=1, c=1), Answer(200, body(6, a=1, b=1, c=1)))
    assert ran.requests[0].headers == {"If-None-Match": "*"}
    assert (ran.requests[1].method, ran.requests[1].json) == ("PATCH", {"data": {"a": 1}})
    assert state.created is False


def test_theirs_takes_the_object_that_exists() -> None:
    """With "theirs" a save of a new object is "get or create"."""
    state = navigation().bucket("b").collection("c").new_record({"a": 1}, "r")
    run(saving(state, "theirs"), conflict(5, b=1))
    assert (state.data, state.created, state.last_modified) == ({"b": 1}, False, 5)


def test_if_match_is_for_the_first_round() -> None:
    """The version given protects the first attempt; later ones protect what was seen since."""
    state = record(1, a=1)
    state.data["a"] = 2
    ran = run(saving(state, "merge", if_match=3), conflict(5, a=1), Answer(200, body(6, a=2)))
    assert [request.headers["If-Match"] for request in ran.requests] == ['"3"', '"5"']


@pytest.mark.parametrize(
    ("how", "safe", "words"),
    [
        ("ours", True, "'merge', 'mine', 'theirs'"),
        (True, True, "or a plain function"),
        ("merge", False, "no precondition"),
    ],
)
def test_what_makes_no_sense_is_refused(how: Any, safe: bool, words: str) -> None:
    """A resolution that is not known, or that can't come to be used, fails before any request."""
    with pytest.raises(UsageError, match=words):
        saving(record(1, a=1), how, safe=safe)


def test_a_lost_answer_in_a_round_is_settled() -> None:
    """A round whose answer was lost is not taken for a conflict with oneself."""
    state = record(1, a=1, b=1)
    state.data["a"] = 2
    ours = Answer(412, {"details": {"existing": row(6, a=2, b=2)}}, retried=True)
    run(saving(state, "merge"), conflict(5, a=1, b=2), ours)
    assert (state.last_modified, state.is_dirty) == (6, False)
    state.data["a"] = 3
    with pytest.raises(type(LOST)):
        run(saving(state, "merge"), LOST)
    assert state.is_dirty


def test_an_existing_object_is_an_error_without_on_conflict() -> None:
    """Saving a new object never overwrites one."""
    state = navigation().bucket("b").collection("c").new_record({"a": 1}, "r")
    with pytest.raises(AlreadyExistsError) as caught:
        run(saving(state, None), conflict(5, b=1))
    assert caught.value.theirs == {"b": 1}
