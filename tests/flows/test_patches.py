"""Partial changes: fields, merge patches, guarded JSON Patches."""

from typing import Any

import pytest

from kinto_sdk import (
    EVERYONE,
    ConflictError,
    DeletedError,
    InvalidRequestError,
    JSONPatch,
    MergePatch,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    UsageError,
)
from kinto_sdk._sync.record import Record
from kinto_sdk.flows import objects
from kinto_sdk.flows.patches import Patch, patching
from kinto_sdk.protocol.messages import Request
from tests.flows.driving import LOST, Answer, body, navigation, row, run
from tests.flows.records import FAILED, GUARD, HELLO, ME, Todo, handle

SET_C = {"op": "replace", "path": "/data/a/c", "value": 9}


def seen(version: int = 1, /, *, write: list[str] | None = None, **fields: Any) -> Record[Any]:
    """A record that was loaded by somebody who is in its write list."""
    state = handle()
    lists = {"write": [ME] if write is None else write}
    run(objects.load(state), Answer(200, {"data": row(version, **fields), "permissions": lists}))
    return state


def test_a_dict_sets_its_fields() -> None:
    """A dict is a PATCH of these fields with the version seen; None is a value."""
    state = seen(1, a=1, b=1)
    ran = run(patching(state, {"a": 2, "n": None}), Answer(200, body(5, a=2, b=1, n=None)))
    assert (ran.request.method, ran.request.json) == ("PATCH", {"data": {"a": 2, "n": None}})
    assert ran.request.headers == {"If-Match": '"1"'}
    assert ran.request.repeatable
    assert (state.data, state.is_dirty) == ({"a": 2, "b": 1, "n": None}, False)


def test_a_bare_handle_is_patched_without_precondition() -> None:
    """Nothing was seen, so the patch acts on what is there; afterwards the handle is loaded."""
    state = handle()
    ran = run(patching(state, {"a": 2}), Answer(200, body(5, a=2, b=1)))
    assert ran.request.headers == {}
    assert (state.data, state.last_modified) == ({"a": 2, "b": 1}, 5)


def test_patch_sends_these_fields_and_keeps_edits() -> None:
    """Unsaved edits of fields and permissions are not sent, and stay; the patched field takes the answer."""
    record = seen(7, a=1, b=2)
    record.data["b"] = 5
    record.permissions.read.add("x")
    ran = run(patching(record, {"a": 3}), Answer(200, body(8, a=3, b=2)))
    assert (ran.request.method, ran.request.json) == ("PATCH", {"data": {"a": 3}})
    assert dict(ran.request.headers) == {"If-Match": '"7"'}
    assert (record.data, record.last_modified) == ({"a": 3, "b": 5}, 8)
    assert (dict(record.unsaved.set), record.unsaved.permissions) == ({"b": 5}, {"read": ["x"]})


def test_patch_of_a_handle() -> None:
    """Nothing needs to be read first, and what was edited on an unsaved object stays."""
    record = handle()
    ran = run(patching(record, {"a": 3}), Answer(200, body(8, a=3, b=2)))
    assert ran.request.headers == {}
    assert (record.data, record.is_dirty) == ({"a": 3, "b": 2}, False)


def test_patch_repairs_a_document_that_does_not_fit() -> None:
    """The old document need not fit the model."""
    record = Record(navigation().bucket("b").collection("c", Todo), "r", row(1, title=5))
    run(patching(record, {"title": "Milk"}), Answer(200, body(2, title="Milk")))
    assert record.data == Todo("Milk")


@pytest.mark.parametrize(
    ("options", "headers"),
    [({"safe": False}, {}), ({"if_match": 9}, {"If-Match": '"9"'}), ({"if_match": '"9"'}, {"If-Match": '"9"'})],
)
@pytest.mark.parametrize("change", [{"a": 2}, MergePatch({"a": 2}), JSONPatch().add("/data/a", 2)])
def test_preconditions_hold_for_every_kind(change: Patch, options: dict[str, Any], headers: dict[str, str]) -> None:
    """`safe=False` sends none, and `if_match` another version."""
    state = seen(1, a=1)
    ran = run(patching(state, change, **options), Answer(200, body(10, a=2)))
    assert {k: v for k, v in ran.request.headers.items() if k != "Content-Type"} == headers


@pytest.mark.parametrize("change", [{"a": 2}, MergePatch({"a": 2}), JSONPatch().add("/data/a", 2)])
def test_a_version_of_zero_protects_nothing(change: Patch) -> None:
    """The server ignores it, so it is refused before any request."""
    with pytest.raises(UsageError, match="safe=False"):
        run(patching(seen(0, a=1), change))


@pytest.mark.parametrize("change", [{"a": 2}, MergePatch({"a": 2}), JSONPatch().add("/data/a", 2)])
def test_unsaved_edits_stay_unsaved(change: Patch) -> None:
    """Edits of data and permissions that the patch is not about are neither sent nor lost."""
    state = seen(1, a=1, b=1, c=1)
    data = state.data
    data["b"] = 5
    state.permissions.read.add("p:x")
    ran = run(patching(state, change), Answer(200, {**body(5, a=2, b=1, c=1), "permissions": {"write": [ME]}}))
    assert "p:x" not in str(ran.request.json)
    assert state.data is data
    assert data == {"a": 2, "b": 5, "c": 1}
    assert state.unsaved.set == {"b": 5}
    assert state.unsaved.permissions == {"read": ["p:x"]}


@pytest.mark.parametrize("change", [{"a": {"b": 1, "c": 9}}, MergePatch({"a": {"c": 9}}), [SET_C]])
def test_an_edit_beside_what_is_patched_does_not_undo_it(change: Patch) -> None:
    """Of an object in which a key was edited, the other keys are the server's."""
    state = seen(1, a={"b": 1, "c": 1})
    state.data["a"]["b"] = 2
    run(patching(state, change), Answer(200, body(5, a={"b": 1, "c": 9})))
    assert state.unsaved.set == {"a": {"b": 2, "c": 9}}


def test_an_edit_of_the_patched_field_stays_on_top() -> None:
    """The user's own edit of that very field is still to be saved."""
    state = seen(1, a=1)
    state.data["a"] = 9
    run(patching(state, {"a": 2}, safe=False), Answer(200, body(5, a=2)))
    assert (state.data, state.unsaved.set, state.last_modified) == ({"a": 9}, {"a": 9}, 5)


@pytest.mark.parametrize("options", [{"safe": False}, {"if_match": 8}])
def test_a_patch_without_precondition_hides_no_conflict(options: dict[str, Any]) -> None:
    """When somebody else changed what is edited here the version seen stays, so that saving is the conflict it is."""
    state = seen(1, a=1, b=1)
    state.data["b"] = 5
    run(patching(state, {"a": 2}, **options), Answer(200, body(9, a=2, b=7)))
    assert (state.data["b"], state.last_modified) == (5, 1)
    with pytest.raises(ConflictError):
        run(objects.save(state), Answer(412, {"details": {"existing": row(9, a=2, b=7)}}))


def test_a_patch_without_precondition_takes_what_others_changed_elsewhere() -> None:
    """Changes by others in other fields come along, and the edit is saved on top of them."""
    state = seen(1, a=1, b=1, c=1)
    state.data["b"] = 5
    run(patching(state, {"a": 2}, safe=False), Answer(200, body(9, a=2, b=1, c=7)))
    assert (state.data, state.last_modified, state.unsaved.set) == ({"a": 2, "b": 5, "c": 7}, 9, {"b": 5})


@pytest.mark.parametrize(
    "change",
    [
        {"a": 5},
        MergePatch({"o": {"x": 5, "e": {}}}),
        JSONPatch().replace("/data/o/x", 5),
        JSONPatch().test("/data/o/y", 7).move("/data/a", "/data/o/x"),
    ],
)
def test_what_a_patch_sets_is_told_from_what_is_beside_it(change: Patch) -> None:
    """A field with a dot in its name is no part of another, nor is a key the object it is in."""
    before: dict[str, Any] = {"a": 1, "a.b": 1, "o": {"x": 1, "y": 1}}
    state = seen(1, **before)
    state.data["a.b"] = state.data["o"]["y"] = 5
    theirs = before | {"a.b": 7, "o": {"x": 5, "y": 7}}
    run(patching(state, change, safe=False), Answer(200, body(9, **theirs)))
    with pytest.raises(ConflictError):
        run(objects.save(state), Answer(412, {}))
    assert state.last_modified == 1


@pytest.mark.parametrize("change", [MergePatch({"o": {"x": 5}}), JSONPatch().replace("/data/o/x", 5)])
def test_an_edit_of_what_is_patched_at_any_depth_stays_on_top(change: Patch) -> None:
    """The patch and the edit of the same value are both ours, and the edit is saved on top."""
    state = seen(1, o={"x": 1, "y": 1})
    state.data["o"]["x"] = 9
    run(patching(state, change, safe=False), Answer(200, body(5, o={"x": 5, "y": 7})))
    assert (state.unsaved.set, state.last_modified) == ({"o": {"x": 9, "y": 7}}, 5)


def test_a_model_is_patched_in_place() -> None:
    """The same instance holds the answer, and undeclared fields are kept."""
    state = handle(Todo)
    run(objects.load(state), Answer(200, body(1, title="x", secret=1)))
    todo = state.data
    run(patching(state, {"done": True}), Answer(200, body(2, title="x", done=True, secret=2)))
    assert state.data is todo
    assert (todo, state.to_dict()["secret"]) == (Todo("x", done=True), 2)


def test_metadata_is_not_sent() -> None:
    """The record's own id and version in a patch are left out; another id is a mistake."""
    state = seen(1, a=1)
    ran = run(patching(state, {"id": "r", "last_modified": 7, "a": 2}), Answer(200, body(2, a=2)))
    assert ran.request.json == {"data": {"a": 2}}
    for change in ({"id": "x"}, MergePatch({"id": "x"})):
        with pytest.raises(UsageError, match="id"):
            patching(state, change)


@pytest.mark.parametrize("change", ["a", 5, None, [5], [{"op": "add"}], [{"op": "add", "path": "/x", "value": 1}]])
def test_what_is_no_patch_is_refused(change: Any) -> None:
    """Anything else fails before any request."""
    with pytest.raises(UsageError):
        patching(handle(), change)


def test_a_merge_patch_holds_dicts() -> None:
    """Anything else in one fails before any request."""
    mistake: Any = [1]
    for change in (MergePatch(mistake), MergePatch({}, permissions=mistake)):
        with pytest.raises(UsageError, match="takes dicts"):
            patching(seen(1), change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a": {1}}, r"data\.a"),
        (MergePatch({"a": [float("nan")]}), r"data\.a\[0\]"),
        (JSONPatch().add("/data/a", {"b": 2**70}), r"patch\[0\]\.value\.b"),
    ],
)
def test_values_that_are_not_json_are_refused_with_their_path(change: Patch, words: str) -> None:
    """The message says where the value is."""
    with pytest.raises(UsageError, match=words):
        patching(handle(), change)


@pytest.mark.parametrize("change", [{"a": 2}, MergePatch({"a": 2}), JSONPatch().add("/data/a", 2)])
def test_a_deleted_object_is_not_patched(change: Patch) -> None:
    """The object was deleted through this very handle."""
    state = seen(1, a=1)
    run(objects.delete(state), Answer(200, {"data": {"id": "r", "last_modified": 2, "deleted": True}}))
    with pytest.raises(DeletedError):
        run(patching(state, change))


@pytest.mark.parametrize("change", [{"a": 2}, MergePatch({"a": 2})])
def test_a_conflict_has_the_version_that_was_meant(change: Patch) -> None:
    """A refused patch tells what it would have made, and what is there."""
    state = seen(1, a=1)
    with pytest.raises(ConflictError) as caught:
        run(patching(state, change), Answer(412, {"details": {"existing": row(5, a=3)}}))
    assert (caught.value.mine, caught.value.theirs) == ({"a": 2}, {"a": 3})


def test_a_patch_of_nothing_there_is_not_found() -> None:
    """A bare handle on a missing record meets its 404, which tells how to make one."""
    with pytest.raises(NotFoundError, match=r"create_record\(\) makes it$"):
        run(patching(handle(), {"a": 1}), Answer(404, {"errno": 110}))


# ---- merge patches -------------------------------------------------------------------------------------------------


def test_a_merge_patch_has_its_exact_content_type() -> None:
    """With anything after the type the server would store the nulls."""
    state = seen(1, a={"b": 1, "c": 1})
    ran = run(patching(state, MergePatch({"a": {"b": None, "d": 2}})), Answer(200, body(2, a={"c": 1, "d": 2})))
    assert ran.request.headers == {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
    assert ran.request.json == {"data": {"a": {"b": None, "d": 2}}}
    assert ran.request.repeatable
    assert ran.request.goes_alone


def test_a_merge_patch_of_an_object_over_a_value_is_refused() -> None:
    """The server answers 500 to it, so it is told before, with the path."""
    with pytest.raises(UsageError, match=r"a\.b is not an object"):
        run(patching(seen(1, a={"b": [1]}), MergePatch({"a": {"b": {"c": 1}}})))
    run(patching(seen(1, a={"b": 1}), MergePatch({"a": {"b": 2, "n": {"m": 1}}, "z": {"y": 1}})), Answer(200, body(2)))


def test_a_merge_patch_of_a_handle_goes_as_it_is() -> None:
    """Nothing was seen, so nothing can be told of it before."""
    ran = run(patching(handle(), MergePatch({"a": {"b": 1}})), Answer(200, body(2, a={"b": 1})))
    assert ran.request.headers == {"Content-Type": "application/merge-patch+json"}


def test_a_merge_patch_of_permissions_needs_to_know_them() -> None:
    """For a caller who is not shown the list the server would clear it."""
    change = MergePatch(permissions={"read": [EVERYONE]})
    for state in (handle(), seen(1, write=[])):
        state._acl = None if state._seen is None else {}
        with pytest.raises(NotLoadedError, match="grant"):
            patching(state, change)
    ran = run(patching(seen(1), change), Answer(200, body(2)))
    assert ran.request.json == {"data": {}, "permissions": {"read": [EVERYONE]}}
    with pytest.raises(UsageError, match="record:create"):
        patching(seen(1), MergePatch(permissions={"record:create": []}))


# ---- JSON Patches --------------------------------------------------------------------------------------------------


def test_a_json_patch_is_guarded_by_a_writer_that_was_seen() -> None:
    """The guard goes first and names somebody in the write list, so that a hidden list makes the patch fail."""
    state = seen(1, a=1)
    ran = run(patching(state, JSONPatch().replace("/data/a", 2)), Answer(200, body(2, a=2)))
    assert ran.request.headers == {"If-Match": '"1"', "Content-Type": "application/json-patch+json"}
    assert ran.request.json == [GUARD, {"op": "replace", "path": "/data/a", "value": 2}]
    assert ran.request.repeatable
    assert ran.request.goes_alone
    assert state.data == {"a": 2}


def test_a_bare_handle_asks_who_the_caller_is_once() -> None:
    """The root view is read once for a client; then it is known."""
    state = handle()
    operations = [{"op": "add", "path": "/data/a", "value": 2}]
    ran = run(patching(state, operations), HELLO, Answer(200, body(2, a=2)))
    assert [request.path for request in ran.requests] == ["/", state.path]
    assert ran.requests[1].json == [GUARD, *operations]
    again = state.collection.record("other")
    assert run(patching(again, operations), Answer(200, body(2, "other"))).request.json[0] == GUARD


def test_the_caller_is_preferred_as_guard() -> None:
    """When it is known who the caller is and that they are a writer, they are asked for."""
    state = seen(1, write=["account:a", ME], a=1)
    state._context.memory.info = None
    assert run(patching(state, JSONPatch()), Answer(200, body(2))).request.json[0]["value"] == "account:a"
    run(patching(other := state.collection.record("x"), JSONPatch()), HELLO, Answer(200, body(2, "x")))
    assert other.is_dirty is False
    state.permissions  # noqa: B018  # it was read
    run(objects.load(state), Answer(200, {"data": row(3), "permissions": {"write": ["account:a", ME]}}))
    assert run(patching(state, JSONPatch()), Answer(200, body(4))).request.json[0] == GUARD


def test_an_anonymous_caller_guards_as_everyone() -> None:
    """Without credentials the caller is `system.Everyone`."""
    ran = run(patching(handle(), JSONPatch()), Answer(200, {"settings": {}}), Answer(200, body(2)))
    assert ran.requests[1].json == [{"op": "test", "path": f"/permissions/write/{EVERYONE}", "value": EVERYONE}]


def test_an_unconditional_json_patch_is_never_sent_again() -> None:
    """Without If-Match a second one would do its work twice."""
    ran = run(patching(handle(), JSONPatch().add("/data/l/-", 1)), HELLO, Answer(200, body(2)))
    assert not ran.requests[1].repeatable


def test_an_inherited_writer_is_told() -> None:
    """The guard failed and the list is hidden: nothing was changed, and the error says why and what to do."""
    hidden = Answer(200, {"data": row(1, a=1), "permissions": {}})
    with pytest.raises(PermissionDeniedError, match=r"inherited.*take_write=True") as caught:
        run(patching(handle(), JSONPatch().add("/data/a", 2)), HELLO, FAILED, hidden)
    assert isinstance(caught.value.__cause__, InvalidRequestError)


def test_an_operation_that_fails_is_told_from_the_guard() -> None:
    """The guard's principal is in the list that is shown, so the patch itself does not fit."""
    shown = Answer(200, body(1, a=1) | {"permissions": {"write": [ME]}})
    with pytest.raises(InvalidRequestError, match="operation failed"):
        run(patching(seen(1, a=1), JSONPatch().test("/data/a", 9)), FAILED, shown)


def test_a_writer_through_a_group_is_let_through() -> None:
    """Whoever is shown the list may patch: the guard is tried again with somebody who is in it."""
    group = "/buckets/b/groups/g"
    shown = Answer(200, {"data": row(1, a=1), "permissions": {"write": [group]}})
    ran = run(patching(handle(), JSONPatch().add("/data/a", 2)), HELLO, FAILED, shown, Answer(200, body(2, a=2)))
    place = "/permissions/write/~1buckets~1b~1groups~1g"
    assert ran.requests[3].json[0] == {"op": "copy", "from": place, "path": place}


def test_take_write_enters_the_caller_first() -> None:
    """An empty PATCH makes the caller a direct writer and clears nothing; the patch follows, on the new version."""
    state = handle()
    run(objects.load(state), Answer(200, {"data": row(1, a=1), "permissions": {}}))
    hidden = Answer(200, {"data": row(1, a=1), "permissions": {}})
    entered = Answer(200, {"data": row(2, a=1), "permissions": {"read": ["p:x"], "write": [ME, "p:owner"]}})
    done = Answer(200, body(3, a=2))
    change = JSONPatch().add("/data/a", 2)
    ran = run(patching(state, change, take_write=True), HELLO, FAILED, hidden, entered, done)
    sent = [(request.method, request.json, request.headers.get("If-Match")) for request in ran.requests[2:]]
    assert sent[0][0] == "GET"
    assert sent[1] == ("PATCH", {"data": {}}, '"1"')
    assert sent[2] == ("PATCH", [GUARD, *change.operations], '"2"')
    assert state.data == {"a": 2}


def test_take_write_is_no_conflict_when_the_patch_fails() -> None:
    """The version that entering the caller made is the object's own."""
    state = handle()
    run(objects.load(state), Answer(200, {"data": row(1, a=1), "permissions": {}}))
    state.data["b"] = 1
    hidden = Answer(200, {"data": row(1, a=1), "permissions": {}})
    entered = Answer(200, {"data": row(2, a=1), "permissions": {"write": [ME]}})
    change = JSONPatch().remove("/data/nothing")
    with pytest.raises(InvalidRequestError):
        run(patching(state, change, take_write=True), HELLO, FAILED, hidden, entered, FAILED, entered)
    assert (state.last_modified, state.unsaved.set) == (2, {"b": 1})


def test_take_write_where_writing_makes_no_writer() -> None:
    """On a server without explicit permissions the list stays hidden: the patch is refused after all."""
    hidden = Answer(200, {"data": row(1, a=1), "permissions": {}})
    with pytest.raises(PermissionDeniedError, match="inherited"):
        run(patching(handle(), JSONPatch(), take_write=True), HELLO, FAILED, hidden, hidden, FAILED, hidden)


def test_take_write_that_is_refused_comes_through() -> None:
    """Whoever may not write is refused the empty PATCH already; a version that moved is a conflict."""
    hidden = Answer(200, {"data": row(1, a=1), "permissions": {}})
    with pytest.raises(PermissionDeniedError):
        run(patching(handle(), JSONPatch(), take_write=True), HELLO, FAILED, hidden, Answer(403, {"errno": 121}))
    state = handle()
    run(objects.load(state), hidden)
    moved = Answer(412, {"details": {"existing": row(9)}})
    with pytest.raises(ConflictError):
        run(patching(state, JSONPatch(), take_write=True), HELLO, FAILED, hidden, moved)


def test_an_object_that_can_not_be_read_meanwhile() -> None:
    """When it can't be found out why a patch failed, the reason for that is the error."""
    with pytest.raises(NotFoundError):
        run(patching(handle(), JSONPatch().add("/data/a", 1)), HELLO, FAILED, Answer(404, {"errno": 110}))


def test_a_json_patch_whose_answer_was_lost_is_settled() -> None:
    """A conditional patch that was sent twice meets its own work, which is no conflict."""
    state = seen(1, n=1, l=[1])
    ours = Answer(412, {"details": {"existing": row(5, n=2, l=[1, 2])}}, retried=True)
    run(patching(state, JSONPatch().test("/data/n", 1).replace("/data/n", 2).add("/data/l/-", 2)), ours)
    assert (state.data, state.last_modified) == ({"n": 2, "l": [1, 2]}, 5)
    theirs = Answer(412, {"details": {"existing": row(6, n=9, l=[])}}, retried=True)
    with pytest.raises(ConflictError):
        run(patching(state, JSONPatch().replace("/data/n", 3)), HELLO, theirs)
    with pytest.raises(type(LOST)):
        run(patching(state, JSONPatch().replace("/data/n", 3)), LOST)
    assert state.is_dirty


def test_names_of_permissions_are_checked_by_kind() -> None:
    """A record has no `record:create`; the server would store it without effect."""
    with pytest.raises(UsageError, match="a record has no permission 'record:create'"):
        patching(handle(), JSONPatch().add(JSONPatch.permission("record:create"), ["p:x"]))
    collection = navigation().bucket("b").collection("c")
    flow = patching(collection, JSONPatch().add(JSONPatch.permission("record:create"), ["p:x"]))
    assert isinstance(next(flow), Request)
