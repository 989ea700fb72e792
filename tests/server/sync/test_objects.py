# Generated from tests/server/aio/test_objects.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Objects on a real server, in the sync colour."""

import attrs
import pytest

from kinto_sdk import Client, Collection


@attrs.define
class Todo:
    """Something to do."""

    title: str
    done: bool = False


@pytest.fixture
def todos(kinto_client: Client) -> Collection[Todo]:
    """Return an empty collection of todos."""
    bucket = kinto_client.create_bucket("blog")
    bucket.create_collection("todos")
    return bucket.collection("todos", Todo)


def test_a_record_is_created_edited_and_saved(todos: Collection[Todo]) -> None:
    """What was saved is what another reader gets, and the edited instance is the same one."""
    record = todos.create_record(Todo("Buy milk"), id="milk")
    data = record.data
    data.done = True
    record.save()
    assert record.data is data
    assert (todos.get_record("milk")).data == Todo("Buy milk", done=True)
