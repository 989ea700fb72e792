"""`update()`: a change computed again on what is there."""

from typing import Any

import attrs
import pytest

from kinto_sdk import ConflictError, NotFoundError, UsageError
from kinto_sdk.flows import conflicts
from kinto_sdk.flows.conflicts import ROUNDS
from tests.flows.driving import Answer, body, navigation, run
from tests.flows.records import GONE, conflict
from tests.flows.rivals import Note, record


def count(data: dict[str, Any]) -> None:
    """Add one."""
    data["n"] = data.get("n", 0) + 1


def test_update_computes_again_on_what_is_there() -> None:
    """After a conflict the function runs on the version that the refusal shows: no GET more."""
    state = navigation().bucket("b").collection("c").record("r")
    ran = run(
        conflicts.update(state, count), Answer(200, body(1, n=1)), conflict(2, n=7, x=1), Answer(200, body(3, n=8, x=1))
    )
    assert [request.method for request in ran.requests] == ["GET", "PATCH", "PATCH"]
    assert ran.requests[2].json == {"data": {"n": 8}}
    assert ran.requests[2].headers == {"If-Match": '"2"'}
    assert state.data == {"n": 8, "x": 1}


def test_update_takes_a_new_value() -> None:
    """A function for a frozen model returns the new instance."""
    state = navigation().bucket("b").collection("c", Note).record("r")
    ran = run(
        conflicts.update(state, lambda note: attrs.evolve(note, stars=note.stars + 1)),
        Answer(200, body(1, text="x", stars=1)),
        conflict(2, text="y", stars=5),
        Answer(200, body(3, text="y", stars=6)),
    )
    assert ran.requests[2].json == {"data": {"stars": 6}}


def test_update_that_changes_nothing_sends_nothing() -> None:
    """Nothing but the GET is sent."""
    state = navigation().bucket("b").collection("c").record("r")
    run(conflicts.update(state, lambda data: data), Answer(200, body(1, n=1)))


def test_update_of_what_was_deleted_is_not_found() -> None:
    """A record that is deleted in between is read again: it may have been made anew."""
    state = navigation().bucket("b").collection("c").record("r")
    with pytest.raises(NotFoundError):
        run(conflicts.update(state, count), Answer(200, body(1, n=1)), GONE, GONE)
    ran = run(
        conflicts.update(state, count), Answer(200, body(1)), GONE, Answer(200, body(9)), Answer(200, body(10, n=1))
    )
    assert ran.requests[3].headers == {"If-Match": '"9"'}


def test_update_wants_a_function() -> None:
    """What can't be called is refused before the record is read."""
    nothing: Any = None
    with pytest.raises(UsageError, match="takes a plain function"):
        run(conflicts.update(record(), nothing))


def test_update_is_bounded() -> None:
    """A function that is never fast enough ends with the conflict."""
    state = navigation().bucket("b").collection("c").record("r")
    answers = [conflict(version, n=version) for version in range(2, ROUNDS + 2)]
    with pytest.raises(ConflictError):
        run(conflicts.update(state, count), Answer(200, body(1, n=1)), *answers)
