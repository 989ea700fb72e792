"""Edits beside requests: those made while one is under way, and data that nobody was shown since it was given."""

from collections.abc import Callable
from typing import Any

import pytest

from kinto_sdk import Record
from kinto_sdk.flows import objects as flows
from tests.flows.driving import Answer, body, row, run
from tests.flows.records import new, seen

# ---- edits while a request is under way ----------------------------------------------------------------------------


def under_way(record: Record[Any], edit: Callable[[], object], answer: Answer, flow: Any) -> None:
    """Run a flow, with an edit between its request and the answer."""
    request = next(flow)
    sent = request.body
    edit()
    assert request.body == sent, "what is sent again is what was planned"
    with pytest.raises(StopIteration):
        flow.send(answer.to(request))


def test_edits_meanwhile_stay_unsaved() -> None:
    """What is edited while a save is under way is not lost, and goes with the next save."""
    record = seen(1, a=1, tags=["x"], c=1)
    record.data["a"] = 2
    record.data["tags"].append("y")

    def edit() -> None:
        record.data["tags"].append("z")
        record.data["b"] = 3

    under_way(record, edit, Answer(200, body(2, a=2, tags=["x", "y"], c=5)), flows.save(record))
    assert record.data == {"a": 2, "tags": ["x", "y", "z"], "b": 3, "c": 5}
    assert dict(record.unsaved.set) == {"tags": ["x", "y", "z"], "b": 3}


def test_edits_during_a_creation_stay_unsaved() -> None:
    """The document sent is the one that was there when the request was made."""
    record = new(tags=["x"])
    under_way(record, lambda: record.data["tags"].append("y"), Answer(201, body(2, tags=["x"])), flows.create(record))
    assert dict(record.unsaved.set) == {"tags": ["x", "y"]}


def test_permission_edits_meanwhile_stay_unsaved() -> None:
    """Principals added while a save of permissions is under way are added to what the server answers."""
    record = seen(1, a=1)
    record.permissions.read.add("a")
    answer = Answer(200, {"data": row(2, a=1), "permissions": {"write": ["basicauth:me"], "read": ["a", "other"]}})
    under_way(record, lambda: record.permissions.read.add("b"), answer, flows.save(record))
    assert record.unsaved.permissions == {"read": ["a", "b", "other"]}


def test_permissions_in_hand_stay_the_objects_own() -> None:
    """Like data, permissions are updated in place: edits made on them after a save count."""
    record = seen(1, a=1)
    permissions, readers = record.permissions, record.permissions.read
    readers.add("a")
    answer = {"data": row(2, a=1), "permissions": {"write": ["basicauth:me"], "read": ["a", "other"]}}
    run(flows.save(record), Answer(200, answer))
    assert record.permissions is permissions
    assert set(readers) == {"a", "other"}
    readers.add("b")
    assert record.unsaved.permissions == {"read": ["a", "b", "other"]}
    run(flows.load(record), Answer(200, {"data": row(3, a=1), "permissions": {}}))
    assert not permissions.known


def test_permission_edits_during_a_save_of_data_stay_unsaved() -> None:
    """A save that carries no permissions settles none."""
    record = seen(1, a=1)
    record.data["a"] = 2
    under_way(record, lambda: record.permissions.read.add("b"), Answer(200, body(2, a=2)), flows.save(record))
    assert record.unsaved.permissions == {"read": ["b"]}


# ---- data that nobody was shown since it was given -----------------------------------------------------------------


def test_data_read_while_it_is_sent_is_not_what_is_sent() -> None:
    """Editing it then changes no request that is under way, and the edit is not lost."""
    record = new(title="Buy milk", tags=["home"])
    flow = flows.save(record)
    request = next(flow)
    record.data["tags"].append("shop")
    assert request.json == {"data": {"title": "Buy milk", "tags": ["home"]}}
    with pytest.raises(StopIteration):
        flow.send(Answer(201, body(1, title="Buy milk", tags=["home"])).to(request))
    assert record.unsaved.set == {"tags": ["home", "shop"]}


def test_data_given_while_other_data_is_sent_is_not_lost() -> None:
    """What is assigned between a request and its answer is an edit of what the server has then."""
    record = new(title="Buy milk", done=False)
    flow = flows.save(record)
    request = next(flow)
    record.data = {"title": "Buy bread", "done": False}
    with pytest.raises(StopIteration):
        flow.send(Answer(201, body(1, title="Buy milk", done=False)).to(request))
    assert record.data == {"title": "Buy bread", "done": False}
    assert record.unsaved.set == {"title": "Buy bread"}


def test_what_is_unsaved_is_told_and_not_given_away() -> None:
    """Changing what `unsaved` shows changes neither the data nor what is sent."""
    record = new(title="Buy milk", tags=["home"])
    record.unsaved.set["tags"].append("shop")
    assert record.data["tags"] == ["home"]
    sent = run(flows.save(record), Answer(201, body(1, title="Buy milk", tags=["home"])))
    assert sent.request.json == {"data": {"title": "Buy milk", "tags": ["home"]}}


def test_data_that_nobody_read_becomes_what_the_server_has() -> None:
    """A default that the server adds is in it, and saving again sends nothing."""
    record = new(title="Buy milk")
    run(flows.save(record), Answer(201, body(1, title="Buy milk", votes=0)))
    assert not record.is_dirty
    assert record.data == {"title": "Buy milk", "votes": 0}
    record.data = {"title": "Buy bread", "votes": 0}
    sent = run(flows.save(record), Answer(200, body(2, title="Buy bread", votes=0)))
    assert sent.request.json == {"data": {"title": "Buy bread"}}
    run(flows.load(record), Answer(200, body(3, title="Buy oats")))
    assert record.data == {"title": "Buy oats"}


def test_reading_drops_data_that_was_given_and_not_saved() -> None:
    """As it drops every edit."""
    record = seen(title="Buy milk")
    record.data = {"title": "Buy bread"}
    run(flows.load(record), Answer(200, body(2, title="Buy oats")))
    assert record.data == {"title": "Buy oats"}
    assert not record.is_dirty
