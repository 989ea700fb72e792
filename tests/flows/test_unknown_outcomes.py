"""Writes whose outcome is unknown, and the object until that is settled."""

from typing import Any

import pytest

from kinto_sdk import KintoError, ServerError, UnreadableResponseError
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.patches import patching
from tests.flows.driving import LOST, Answer, body, run
from tests.flows.records import seen


@pytest.mark.parametrize("how", ["lost", "500", "unreadable", "no object", "cancelled"])
def test_a_write_of_unknown_outcome_is_not_clean(how: str) -> None:
    """After a lost answer the object is dirty, also when it has no edits; `save()` then reads it."""
    record = seen(1, a=1)
    flow = patching(record, {"a": 2})
    if how == "cancelled":
        next(flow)
        flow.close()
    else:
        answers = {
            "lost": LOST,
            "500": Answer(500, {"errno": 999}),
            "unreadable": Answer(200, b"<html>"),
            "no object": Answer(200, {}),
        }
        with pytest.raises(KintoError):
            run(flow, answers[how])
    assert record.is_dirty
    assert "outcome" in repr(record)
    assert run(flows.save(record), Answer(200, body(2, a=2))).request.method == "GET"
    assert (record.is_dirty, record.data) == (False, {"a": 2})


def test_a_delete_whose_answer_is_unreadable_is_not_done() -> None:
    """A success without a tombstone says nothing."""
    record = seen(1)
    with pytest.raises(UnreadableResponseError):
        run(flows.delete(record), Answer(200, b"OK"))
    assert record.is_dirty
    assert "deleted" not in repr(record)


def test_a_flow_that_never_asked_leaves_no_doubt() -> None:
    """Nothing was sent when a flow ends before its request."""
    record = seen(1)
    patching(record, {"a": 2}).close()
    assert not record.is_dirty


def test_a_server_error_leaves_the_outcome_unknown() -> None:
    """A 500 may have happened after the change was made: the memory backend does that."""
    state = seen(1, a=1)
    state.data["a"] = 2
    with pytest.raises(ServerError):
        run(flows.save(state), Answer(500, {"errno": 999}))
    state.data["a"] = 1
    assert state.is_dirty
    ran = run(flows.save(state), Answer(200, body(5, a=2)))
    assert ran.request.method == "GET"


@pytest.mark.parametrize("send", [flows.save, flows.delete])
def test_an_abandoned_write_is_not_clean(send: Any) -> None:
    """A write that was cancelled may have reached the server."""
    state = seen(1, a=1)
    state.data["a"] = 2
    flow = send(state)
    next(flow)
    flow.close()
    assert state.is_dirty
