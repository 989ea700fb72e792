"""Replacing the whole document of an object."""

import pytest

from kinto_sdk import ConflictError
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.objects import replacing
from tests.flows.driving import Answer, body, navigation, row, run
from tests.flows.records import conflict, handle, seen


def test_replace_puts_the_document() -> None:
    """With the version seen when there is one, and without a precondition on a bare handle."""
    record = seen(7, a=1)
    ran = run(replacing(record, {"b": 2}), Answer(200, body(8, b=2)))
    assert (ran.request.method, dict(ran.request.headers)) == ("PUT", {"If-Match": '"7"'})
    assert ran.request.json == {"data": {"b": 2}}
    assert (record.data, record.is_dirty) == ({"b": 2}, False)
    assert dict(next(replacing(handle(), {})).headers) == {}
    assert dict(next(replacing(seen(7), {}, safe=False)).headers) == {}


def test_replace_keeps_the_attachment() -> None:
    """The server drops an attachment that a PUT does not carry, so the known one is carried, and no edit."""
    record = seen(7, a=1, attachment={"hash": "x"})
    ran = run(replacing(record, {"b": 2}), Answer(200, body(8, b=2, attachment={"hash": "x"})))
    assert ran.request.json == {"data": {"b": 2, "attachment": {"hash": "x"}}}
    assert (record.data, record.is_dirty) == ({"b": 2, "attachment": {"hash": "x"}}, False)
    assert next(replacing(record, {"attachment": None})).json == {"data": {"attachment": None}}


def test_only_records_have_attachments() -> None:
    """A bucket's own field of that name is dropped with the rest of the document."""
    bucket = navigation().bucket("b")
    run(flows.load(bucket), Answer(200, body(7, "b", a=1, attachment={"hash": "x"})))
    bucket.data = {"n": 1}
    assert next(flows.save(bucket)).json["data"] == {"n": 1}


def test_data_that_is_assigned_keeps_the_attachment() -> None:
    """As a replacement does; what is taken out on purpose goes."""
    record = seen(7, a=1, attachment={"hash": "x"})
    record.data = {"b": 2}
    assert next(flows.save(record)).json == {"data": {"b": 2, "attachment": {"hash": "x"}}}
    del record.data["attachment"]
    assert next(flows.save(record)).json == {"data": {"b": 2}}
    record.data = {"a": 1, "attachment": None}
    assert next(flows.save(record)).json == {"data": {"attachment": None}}
    record._forget({})
    record.data = {"b": 2}
    assert record.data == {"b": 2}


def test_replace_makes_a_deleted_object_anew() -> None:
    """Its file is gone, so its attachment is not carried, and there is no version to protect."""
    record = seen(7, a=1, attachment={"hash": "x"})
    run(flows.delete(record), Answer(200, {"data": row(8, deleted=True)}))
    ran = run(replacing(record, {"b": 2}), Answer(201, body(9, b=2)))
    assert (ran.request.json, ran.request.headers) == ({"data": {"b": 2}}, {})
    assert (record.created, record.data) == (True, {"b": 2})
    record.data["b"] = 3
    assert next(flows.save(record)).method == "PATCH"


def test_a_version_that_is_given_holds_for_a_deleted_object() -> None:
    """Somebody may have made it anew meanwhile."""
    record = seen(7, a=1)
    run(flows.delete(record), Answer(200, {"data": row(8, deleted=True)}))
    assert dict(next(replacing(record, {"b": 2}, if_match=8)).headers) == {"If-Match": '"8"'}


def test_replace_puts_permissions() -> None:
    """The list goes as a whole, in place of one that was edited; also when it takes a second request to get through."""
    for answer in (Answer(200, body(8, b=2)), conflict(8, retried=True, b=2)):
        record = seen(7, a=1)
        record.permissions.read.add("x")
        ran = run(replacing(record, {"b": 2}, {"read": ["y"]}), answer)
        assert ran.request.json == {"data": {"b": 2}, "permissions": {"read": ["y"]}}
        assert (record.data, record.is_dirty, record.permissions.known) == ({"b": 2}, False, answer.status == 200)


def test_a_refused_replace_changes_nothing() -> None:
    """Data and permissions are still the old ones, and nothing of it is left to be saved."""
    record = seen(7, a=1)
    with pytest.raises(ConflictError) as caught:
        run(replacing(record, {"b": 2}, {"read": ["y"]}), conflict(9, a=5))
    assert (record.data, record.is_dirty, caught.value.mine) == ({"a": 1}, False, {"b": 2})
    assert record.permissions == {"write": ["basicauth:me"]}
