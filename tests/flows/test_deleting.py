"""Deleting an object."""

import pytest

from kinto_sdk import ConflictError, DeletedError, NotFoundError, PermissionDeniedError
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.patches import patching
from tests.flows.driving import Answer, navigation, row, run
from tests.flows.records import FORBIDDEN, GONE, conflict, handle, seen


def test_delete_carries_the_version() -> None:
    """Afterwards the object is deleted: it can't be saved, patched or deleted again."""
    record = seen(7, a=1)
    ran = run(flows.delete(record), Answer(200, {"data": row(8, deleted=True)}))
    assert (ran.request.method, dict(ran.request.headers), ran.value) == ("DELETE", {"If-Match": '"7"'}, True)
    assert record.last_modified == 8
    assert "(deleted)" in repr(record)
    for flow in (flows.save(record), patching(record, {}), flows.delete(record)):
        with pytest.raises(DeletedError, match="replace"):
            next(flow)
    assert run(flows.delete(record, if_exists=True)).value is False
    assert dict(next(flows.delete(handle())).headers) == {}
    assert dict(next(flows.delete(seen(7), safe=False)).headers) == {}


def test_delete_of_what_is_not_there() -> None:
    """It is an error, or False when it was asked so."""
    with pytest.raises(NotFoundError, match=r"no record 'r'; delete\(if_exists=True\) takes that as done$"):
        run(flows.delete(handle()), GONE)
    record = handle()
    assert run(flows.delete(record, if_exists=True), GONE).value is False
    assert "(deleted)" in repr(record)


def test_delete_of_a_forbidden_bucket() -> None:
    """A missing bucket answers 403, so with `if_exists` it is not an error; elsewhere it is one."""
    assert run(flows.delete(navigation().bucket("b"), if_exists=True), FORBIDDEN).value is False
    with pytest.raises(PermissionDeniedError):
        run(flows.delete(handle(), if_exists=True), FORBIDDEN)


def test_delete_of_a_changed_object() -> None:
    """Nobody's change is deleted unseen."""
    record = seen(7, a=1)
    with pytest.raises(ConflictError) as caught:
        run(flows.delete(record), conflict(9, a=2))
    assert (caught.value.base, caught.value.mine, caught.value.theirs) == ({"a": 1}, None, {"a": 2})
