"""Saving an object: what is sent of it, under which precondition, and what a refusal says."""

from typing import Any

import pytest

from kinto_sdk import (
    AlreadyExistsError,
    ConflictError,
    ContentionError,
    InvalidRequestError,
    KintoError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    UsageError,
)
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.patches import patching
from tests.flows.driving import Answer, body, row, run
from tests.flows.records import FORBIDDEN, GONE, NO_PARENT, PATH, conflict, handle, new, seen


def test_save_of_a_handle_has_nothing_to_save() -> None:
    """Nothing was read and nothing assigned."""
    with pytest.raises(NotLoadedError):
        next(flows.save(handle()))


def test_save_of_a_new_object_creates_it() -> None:
    """A first save never overwrites, unless it is told to."""
    assert dict(next(flows.save(new())).headers) == {"If-None-Match": "*"}
    assert dict(next(flows.save(new(), safe=False)).headers) == {}
    assert dict(next(flows.save(new(), if_match=5)).headers) == {"If-Match": '"5"'}
    record = new(a=1)
    run(flows.save(record), Answer(201, body(5, a=1)))
    assert record.created
    run(flows.save(again := new(), safe=False), Answer(200, body(6)))
    assert again.created is None


def test_save_of_nothing_sends_nothing() -> None:
    """An object without edits needs no request."""
    assert run(flows.save(seen(1, a=1))).requests == []


def test_save_sends_the_fields_that_changed() -> None:
    """A PATCH carries them alone, with the version seen."""
    record = seen(7, a=1, b=2)
    record.data.update(a=3, c=4)
    ran = run(flows.save(record), Answer(200, body(8, a=3, b=2, c=4)))
    assert (ran.request.method, ran.request.path, dict(ran.request.headers)) == ("PATCH", PATH, {"If-Match": '"7"'})
    assert ran.request.json == {"data": {"a": 3, "c": 4}}
    assert (record.is_dirty, record.last_modified, record.created) == (False, 8, None)


def test_save_after_a_removal_replaces() -> None:
    """A plain PATCH can't remove a field, so the whole document is PUT, with fields that nobody knows."""
    record = seen(7, a=1, b=2, schema=1)
    del record.data["a"]
    ran = run(flows.save(record), Answer(200, body(8, b=2, schema=1)))
    assert (ran.request.method, dict(ran.request.headers)) == ("PUT", {"If-Match": '"7"'})
    assert ran.request.json == {"data": {"b": 2, "schema": 1}}
    assert not record.is_dirty


def test_save_of_everything_removed_sends_an_empty_document() -> None:
    """A PUT without data would keep the old document."""
    record = seen(7, a=1)
    record.data.clear()
    assert next(flows.save(record)).json == {"data": {}}


def test_save_of_permissions_sends_the_edited_names() -> None:
    """A PATCH replaces the names it carries and keeps the others."""
    record = handle()
    run(flows.load(record), Answer(200, {"data": row(7), "permissions": {"write": ["me"], "read": ["x"]}}))
    record.permissions.read.add("account:bob")
    request = next(flows.save(record))
    assert (request.method, request.json) == ("PATCH", {"permissions": {"read": ["account:bob", "x"]}})


def test_a_put_carries_every_known_permission() -> None:
    """A PUT clears the names it does not carry, so it carries all or none."""
    answer = Answer(200, {"data": row(7, a=1), "permissions": {"write": ["me"], "read": ["x"]}})
    edited, untouched = handle(), handle()
    for record in (edited, untouched):
        run(flows.load(record), answer)
        del record.data["a"]
    edited.permissions.read.add("y")
    assert next(flows.save(edited)).json == {"data": {}, "permissions": {"write": ["me"], "read": ["x", "y"]}}
    assert next(flows.save(untouched)).json == {"data": {}}


def test_only_false_gives_up_the_protection() -> None:
    """None may come of a setting that is not there."""
    nothing: Any = None
    record = seen(5, a=1)
    record.data["a"] = 2
    assert dict(next(flows.save(record, safe=nothing)).headers) == {"If-Match": '"5"'}
    assert dict(next(flows.save(new(), safe=nothing)).headers) == {"If-None-Match": "*"}


def test_save_without_or_with_another_precondition() -> None:
    """`safe=False` sends none; `if_match` protects the version it names, in either form."""
    record = seen(7, a=1)
    record.data["a"] = 2
    assert dict(next(flows.save(record, safe=False)).headers) == {}
    for version in (5, '"5"', "5"):
        assert dict(next(flows.save(record, safe=False, if_match=version)).headers) == {"If-Match": '"5"'}


@pytest.mark.parametrize("version", [0, -5, "0", "*", "abc", "", 1.5, True, "٣"])
def test_a_version_that_can_not_protect_is_refused(version: Any) -> None:
    """The server would ignore it, and the write would be unprotected."""
    record = seen(7, a=1)
    record.data["a"] = 2
    with pytest.raises(UsageError, match="version"):
        next(flows.save(record, if_match=version))


def test_a_seen_version_that_can_not_protect_is_refused() -> None:
    """An imported object may have version 0, which the server ignores in a precondition."""
    record = seen(0, a=1)
    record.data["a"] = 2
    with pytest.raises(UsageError, match=rf"{PATH}: version 0 can't protect .*safe=False"):
        next(flows.save(record))
    assert dict(next(flows.save(record, safe=False)).headers) == {}


def test_save_to_a_changed_object() -> None:
    """A 412 shows what was seen, what was to be saved, and what the server has; none is the object's own memory."""
    record = seen(7, a=1, b=[1], c=1)
    record.data["a"] = 2
    with pytest.raises(ConflictError, match="rebase") as caught:
        run(flows.save(record), conflict(9, a=5, b=[1], c=True))
    error = caught.value
    assert not isinstance(error, AlreadyExistsError)
    assert error.base == {"a": 1, "b": [1], "c": 1}
    assert error.mine == {"a": 2, "b": [1], "c": 1}
    assert error.theirs == {"a": 5, "b": [1], "c": True}
    assert error.fields == ("a", "c")
    error.base["b"].append(2)
    error.mine["b"].append(2)
    assert dict(record.unsaved.set) == {"a": 2}
    assert record.last_modified == 7


@pytest.mark.parametrize("answer", [GONE, conflict()])
def test_save_to_a_deleted_object(answer: Answer) -> None:
    """PATCH answers 404 and PUT 412; both are the same conflict, with nothing on the other side."""
    record = seen(7, a=1)
    record.data["a"] = 2
    with pytest.raises(ConflictError, match="deleted meanwhile") as caught:
        run(flows.save(record), answer)
    assert (caught.value.theirs, caught.value.fields) == (None, ("a",))


@pytest.mark.parametrize("answer", [NO_PARENT, Answer(404, b"<html>"), Answer(404)])
def test_a_missing_parent_is_no_conflict(answer: Answer) -> None:
    """When the collection is gone, or nothing tells what is, the error is the 404 itself."""
    record = seen(7, a=1)
    record.data["a"] = 2
    with pytest.raises(NotFoundError):
        run(flows.save(record), answer)


def test_an_unprotected_write_to_a_deleted_object_is_a_404() -> None:
    """Without a precondition nothing is in conflict."""
    record = seen(7, a=1)
    with pytest.raises(NotFoundError):
        run(patching(record, {"a": 2}, safe=False), GONE)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (FORBIDDEN, PermissionDeniedError),
        (Answer(400, {"errno": 107, "details": []}), InvalidRequestError),
        (Answer(409, {"errno": 122}), ContentionError),
    ],
)
def test_a_refused_write_changes_nothing(answer: Answer, error: type[KintoError]) -> None:
    """The edits are still unsaved, and can be sent again."""
    record = seen(7, a=1)
    record.data["a"] = 2
    with pytest.raises(error):
        run(flows.save(record), answer)
    assert (dict(record.unsaved.set), record.last_modified, record._stale) == ({"a": 2}, 7, False)
