"""Requests that were sent again after a lost answer, and meet their own success."""

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    ConflictError,
    JSONPatch,
    MergePatch,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    TransportError,
)
from kinto_sdk._sync.record import Record
from kinto_sdk.flows import conflicts, objects
from kinto_sdk.flows.patches import patching
from kinto_sdk.objects.changes import Changes
from kinto_sdk.protocol.server import server_info_from
from tests.flows.driving import LOST, Answer, body, navigation, row, run
from tests.flows.records import FORBIDDEN, GONE, conflict, handle, new, seen

STAMPED = {"a": 2, "b": 1, "schema": "not the server's"}
LISTS = {"read": ["p:old"], "write": ["me"]}


def loaded(**fields: Any) -> Record[dict[str, Any]]:
    """A record that was loaded at version 1, with permissions."""
    state = navigation().bucket("b").collection("c").record("r")
    run(objects.load(state), Answer(200, {"data": row(1, **fields), "permissions": LISTS}))
    return state


def again(version: int, **fields: Any) -> Answer:
    """The refusal of a request that was sent again, with what the server has."""
    return conflict(version, retried=True, **fields)


def edit(state: Record[dict[str, Any]]) -> None:
    """Set one field."""
    state.data["a"] = 2


def remove(state: Record[dict[str, Any]]) -> None:
    """Remove one field."""
    del state.data["b"]


@pytest.mark.parametrize(("change", "after"), [(edit, {"a": 2, "b": 1}), (remove, {"a": 1})])
def test_what_was_sent_is_there(change: Callable[[Any], None], after: dict[str, Any]) -> None:
    """A PATCH is compared with snapshot and change, a PUT with the document: it is our own success."""
    state = loaded(a=1, b=1)
    change(state)
    run(objects.save(state), again(5, **after))
    assert (state.data, state.last_modified, state.is_dirty) == (after, 5, False)
    assert not state.permissions.known


def test_of_what_was_read_in_part_that_part_counts() -> None:
    """Fields that were never read are no difference; one that was, and is another now, is."""
    state = navigation().bucket("b").collection("c").record("r")
    for there, error in ({"a": 2, "b": 1, "c": 3}, None), ({"a": 2, "b": 9}, ConflictError):
        run(objects.load(state, fields=("a", "b")), Answer(200, {"data": row(1, a=1, b=1)}))
        edit(state)
        if error is None:
            run(objects.save(state), again(5, **there))
            assert (state.data, state.last_modified, state.is_dirty) == (there, 5, False)
        else:
            with pytest.raises(error):
                run(objects.save(state), again(5, **there))


def test_members_that_the_server_adds_are_no_difference() -> None:
    """A group that is put without any gets an empty list."""
    group = navigation().bucket("b").group("g")
    run(objects.load(group), Answer(200, body(1, "g", members=["x"])))
    run(objects.replace(group, {"a": 1}, {"a": 1}), again(5, a=1, members=[]))
    assert (group.data, group.last_modified, group.is_dirty) == ({"a": 1, "members": []}, 5, False)


def test_the_server_s_own_writing_of_numbers_is_no_difference() -> None:
    """PostgreSQL writes numbers in another form, every parser loses a digit, and a schema stamps the record."""
    state = loaded(a=1)
    state.data.update(n=1e300, z=-0.0, f=3.0, digits=[2.7715077941825975e-163, 4.026380313612261e293, 5e-324])
    digits = [2.7715077941825978e-163, 4.026380313612260e293, 5e-324]
    existing = row(5, a=1, n=10**300, z=0, f=3, schema=4, digits=digits)
    run(objects.save(state), Answer(412, json.dumps({"details": {"existing": existing}}).encode(), retried=True))
    assert not state.is_dirty


def test_a_number_that_differs_in_more_than_its_last_digits_is_another() -> None:
    """Somebody else wrote that."""
    state = loaded(a=1)
    state.data["a"] = 0.1
    with pytest.raises(ConflictError):
        run(objects.save(state), again(5, a=0.1000000000001))


@pytest.mark.parametrize(
    "existing", [{"a": 3, "b": 1}, {"a": 2}, {"a": 2, "b": 1, "c": 1}, {"a": True, "b": 1}, STAMPED]
)
def test_something_else_is_a_conflict(existing: dict[str, Any]) -> None:
    """Any other document means that somebody else was there."""
    state = loaded(a=1, b=1)
    state.data["a"] = 2
    with pytest.raises(ConflictError):
        run(objects.save(state), again(5, **existing))


def test_without_a_lost_answer_it_is_a_conflict() -> None:
    """The same document by somebody else's hand is not taken for ours when nothing of ours was lost."""
    state = loaded(a=1)
    state.data["a"] = 2
    with pytest.raises(ConflictError):
        run(objects.save(state), Answer(412, {"details": {"existing": row(5, a=2)}}))


def test_a_create_that_was_sent_twice_created() -> None:
    """The object that is there is the one that was sent."""
    state = navigation().bucket("b").collection("c").new_record({"a": 1}, "r")
    run(objects.create(state), again(5, a=1))
    assert (state.created, state.last_modified) == (True, 5)
    with pytest.raises(AlreadyExistsError):
        run(objects.create(navigation().bucket("b").collection("c").new_record({"a": 1}, "r")), again(5, a=7))


def test_a_save_after_a_lost_one_knows_its_own() -> None:
    """The first save ended without an answer; the second one meets the first one's success."""
    state = loaded(a=1)
    state.data["a"] = 2
    with pytest.raises(TransportError):
        run(objects.save(state), LOST)
    assert state.is_dirty
    assert "unknown" in repr(state)
    run(objects.save(state), Answer(412, {"details": {"existing": row(5, a=2)}}))
    assert (state.last_modified, state.is_dirty) == (5, False)


# ---- permissions alone ---------------------------------------------------------------------------------------------


def test_permissions_alone_are_settled_by_one_get() -> None:
    """The refusal shows no permissions, so whether they were taken is read."""
    state = loaded(a=1)
    state.permissions.read.add("p:new")
    now = {"data": row(5, a=1), "permissions": {"read": ["p:new", "p:old"], "write": ["me"]}}
    ran = run(objects.save(state), again(5, a=1), Answer(200, now))
    assert [request.method for request in ran.requests] == ["PATCH", "GET"]
    assert (state.last_modified, state.is_dirty) == (5, False)


@pytest.mark.parametrize("lists", [LISTS, {}, {"read": ["p:new", "p:old", "p:more"]}])
def test_other_permissions_are_a_conflict(lists: dict[str, list[str]]) -> None:
    """Somebody else changed them, or they are hidden: then ours were not taken."""
    state = loaded(a=1)
    state.permissions.read.add("p:new")
    with pytest.raises(ConflictError):
        run(objects.save(state), again(5, a=1), Answer(200, {"data": row(5, a=1), "permissions": lists}))
    assert state.unsaved.permissions == {"read": ["p:new", "p:old"]}


@pytest.mark.parametrize(("lists", "settled"), [(LISTS, False), ({"read": ["p:new", "p:old"], "write": ["me"]}, True)])
def test_permissions_edited_after_a_lost_save_are_read(lists: dict[str, list[str]], settled: bool) -> None:
    """That its data is there does not tell that they are: they were not sent, or in the second attempt alone."""
    state = loaded(a=1)
    state.data["a"] = 2
    with pytest.raises(TransportError):
        run(objects.save(state), LOST)
    state.permissions.read.add("p:new")
    refused = Answer(412, {"errno": 114, "details": {"existing": row(5, a=2)}})
    answers = refused, Answer(200, {"data": row(5, a=2), "permissions": lists})
    if settled:
        run(objects.save(state), *answers)
        assert not state.is_dirty
    else:
        with pytest.raises(ConflictError) as caught:
            run(objects.save(state), *answers)
        run(conflicts.rebase(state, caught.value), answers[1])
        assert state.unsaved == Changes({}, (), {"read": ["p:new", "p:old"]})


def test_a_json_patch_after_a_lost_one_knows_its_own() -> None:
    """Of its data, that is; what became of permissions it can't tell."""
    for change, error in (
        (JSONPatch().add("/data/a", 2), None),
        (JSONPatch().add("/data/a", 2).add(JSONPatch.permission("read", "p:new")), ConflictError),
    ):
        state = loaded(a=1)
        state._context.memory.info = server_info_from({"user": {"id": "me"}})
        with pytest.raises(TransportError):
            run(patching(state, change), LOST)
        refused = Answer(412, {"errno": 114, "details": {"existing": row(5, a=2)}})
        if error is None:
            run(patching(state, change), refused)
            assert (state.data, state.last_modified, state.is_dirty) == ({"a": 2}, 5, False)
        else:
            with pytest.raises(error):
                run(patching(state, change), refused)


def test_permissions_that_can_not_be_read_are_a_conflict() -> None:
    """Nothing is claimed that was not seen."""
    state = loaded(a=1)
    state.permissions.read.add("p:new")
    with pytest.raises(ConflictError):
        run(objects.save(state), again(5, a=1), Answer(403, {"errno": 121}))


def test_permission_edits_beside_a_settled_patch_are_not_sent_blindly() -> None:
    """The lists may have changed since, so edits of the old ones are kept, and refused until they are loaded."""
    state = loaded(a=1)
    state.permissions.read.add("p:new")
    run(patching(state, {"a": 2}), again(5, a=2))
    assert state.unsaved.permissions == {"read": ["p:new"]}
    with pytest.raises(LookupError, match=r"load\(\) drops"):
        run(objects.save(state))


@pytest.mark.parametrize(
    "change", [MergePatch({}, permissions={"read": ["p:new"]}), JSONPatch().add(JSONPatch.permission("read", "p:new"))]
)
def test_a_patch_of_permissions_alone_stays_a_conflict(change: Any) -> None:
    """Data that nobody meant to change proves nothing."""
    state = loaded(a=1)
    state._context.memory.info = server_info_from({"user": {"id": "me"}})
    with pytest.raises(ConflictError):
        run(patching(state, change), again(5, a=1))
    assert state.permissions.known


@pytest.mark.parametrize("lists", [LISTS, {"read": ["p:new"], "write": ["me"]}])
def test_a_replacement_with_the_same_data_is_settled_by_its_permissions(lists: dict[str, list[str]]) -> None:
    """Only a GET tells whether it was taken."""
    state = loaded(a=1)
    state.permissions = {"read": ["p:new"]}
    answers = again(5, a=1), Answer(200, {"data": row(5, a=1), "permissions": lists})
    if lists is LISTS:
        with pytest.raises(ConflictError):
            run(objects.replace(state, {"a": 1}, {"a": 1}), *answers)
    else:
        run(objects.replace(state, {"a": 1}, {"a": 1}), *answers)
        assert state.last_modified == 5


def test_a_patch_that_changes_nothing_is_no_conflict() -> None:
    """The data is what was asked for, whoever made it so."""
    state = loaded(a=1)
    run(patching(state, {"a": 1}), again(5, a=1))
    assert state.last_modified == 5


# ---- deletes -------------------------------------------------------------------------------------------------------


def test_a_delete_that_was_sent_twice_deleted() -> None:
    """A 404 after a lost answer is our own deletion."""
    state = loaded(a=1)
    assert run(objects.delete(state), Answer(404, {"errno": 110}, retried=True)).value is True
    other = loaded(a=1)
    with pytest.raises(TransportError):
        run(objects.delete(other), LOST)
    assert run(objects.delete(other), Answer(404, {"errno": 110})).value is True
    with pytest.raises(NotFoundError):
        run(objects.delete(loaded(a=1)), Answer(404, {"errno": 110}))


def test_what_was_never_made_was_not_deleted() -> None:
    """After a creation whose answer was lost a 404 says that it did not happen."""
    new = navigation().bucket("b").collection("c").new_record({"a": 1}, "r")
    with pytest.raises(TransportError):
        run(objects.save(new), LOST)
    with pytest.raises(NotFoundError):
        run(objects.delete(new), Answer(404, {"errno": 110}))
    assert run(objects.delete(new, if_exists=True), Answer(404, {"errno": 110})).value is False
    handle = navigation().bucket("b").collection("c").record("r")
    with pytest.raises(TransportError):
        run(objects.delete(handle), LOST)
    assert run(objects.delete(handle), Answer(404, {"errno": 110})).value is True


REFUSED = Answer(403, {"errno": 121}, retried=True)


def test_a_bucket_that_is_out_of_sight_after_a_second_deletion_was_deleted() -> None:
    """Once it is gone its own deleter is refused; one that is still there was never deleted."""

    def known() -> Any:
        bucket = navigation().bucket("b")
        run(objects.load(bucket), Answer(200, {"data": row(1), "permissions": LISTS}))
        return bucket

    bucket = known()
    ran = run(objects.delete(bucket), REFUSED, Answer(403, b""))
    assert ran.value is True
    assert [request.method for request in ran.requests] == ["DELETE", "HEAD"]
    assert "(deleted)" in repr(bucket)
    with pytest.raises(PermissionDeniedError, match="may have been deleted"):
        run(objects.delete(known()), REFUSED, Answer(200, b""))
    with pytest.raises(PermissionDeniedError, match="may not exist"):
        run(objects.delete(known()), Answer(403, {"errno": 121}))


def test_a_bucket_never_seen_may_have_been_deleted() -> None:
    """Nobody can tell that from one that is somebody else's, and the error says so."""
    with pytest.raises(PermissionDeniedError, match=r"may have been deleted.*look with a client that may see it"):
        run(objects.delete(navigation().bucket("b")), REFUSED)
    assert run(objects.delete(navigation().bucket("b"), if_exists=True), REFUSED).value is False


# ---- our own success, by operation ----------------------------------------------------------------------------------


@pytest.mark.parametrize("retried", [True, False])
def test_a_conflict_with_our_own_write_is_a_success(retried: object) -> None:
    """When an earlier attempt may have arrived, a 412 that shows what was to be written is the lost answer."""
    created, saved, replaced, patched = new(a=1.0), seen(7, a=1, b=2), seen(7, a=1), seen(7, a=1)
    saved.data["a"] = 5
    patched.data["b"] = 3
    cases: list[tuple[Record[Any], Any, dict[str, Any]]] = [
        (created, objects.create(created), {"a": 1, "schema": 99}),
        (saved, objects.save(saved), {"a": 5, "b": 2}),
        (replaced, objects.replacing(replaced, {"c": 1}), {"c": 1}),
        (patched, patching(patched, {"a": 2}), {"a": 2}),
    ]
    for record, flow, existing in cases:
        record._stale = not retried
        run(flow, conflict(9, retried=bool(retried), **existing))
        assert record.last_modified == 9
        assert not record._stale
    assert (created.created, saved.created) == (True, None)
    assert replaced.data == {"c": 1}
    assert dict(patched.unsaved.set) == {"b": 3}
    with pytest.raises(NotLoadedError, match="not loaded"):
        saved.permissions.read  # noqa: B018  # the access is what is tested


def test_a_conflict_with_another_write_is_one() -> None:
    """A retried request that meets somebody else's change is still a conflict; so is ours without a retry."""
    for answer in (conflict(9, a=6, retried=True), conflict(9, a=5), conflict(retried=True)):
        record = seen(7, a=1)
        record.data["a"] = 5
        with pytest.raises(ConflictError):
            run(objects.save(record), answer)
    with pytest.raises(AlreadyExistsError):
        run(objects.create(new(a=1)), conflict(9, a=2, retried=True))


@pytest.mark.parametrize(
    ("now", "ours"),
    [
        ({"read": ["bob"], "write": ["me", "other"]}, True),
        ({"read": ["bob", "eve"], "write": ["me"]}, False),
        ({"write": ["me"]}, False),
        ({}, False),
    ],
)
def test_a_lost_change_of_permissions_is_settled_by_reading_them(now: dict[str, list[str]], ours: object) -> None:
    """A 412 shows no permissions, so one GET tells whether they are as sent; the server adds writers by itself."""
    record = handle()
    run(objects.load(record), Answer(200, {"data": row(7, a=1), "permissions": {"write": ["me"]}}))
    record.permissions = {"read": ["bob"], "write": ["me"]}
    record.permissions.write.add("other")
    record.permissions.write.discard("other")
    flow = objects.save(record)
    answers = [conflict(9, a=1, retried=True), Answer(200, {"data": row(9, a=1), "permissions": now})]
    if ours:
        assert [each.method for each in run(flow, *answers).requests] == ["PATCH", "GET"]
        assert record.last_modified == 9
    else:
        with pytest.raises(ConflictError):
            run(flow, *answers)
        assert record.unsaved.permissions


def test_a_lost_change_of_permissions_that_can_not_be_read_is_a_conflict() -> None:
    """What can't be settled is not taken for a success."""
    record = seen(7, a=1)
    record.permissions.read.add("bob")
    with pytest.raises(ConflictError):
        run(objects.save(record), conflict(9, a=1, retried=True), FORBIDDEN)


@pytest.mark.parametrize("retried", [True, False])
def test_a_delete_that_meets_its_own_success(retried: object) -> None:
    """A 404 to a repeated DELETE is the answer that was lost."""
    record = seen(7)
    record._stale = not retried
    answer = attrs.evolve(GONE, retried=bool(retried))
    assert run(objects.delete(record), answer).value is True
    assert "(deleted)" in repr(record)
