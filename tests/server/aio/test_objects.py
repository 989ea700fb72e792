"""Objects on a real server, in the async colour. The sync one is generated from this folder."""

import attrs
import pytest

from kinto_sdk import AsyncClient, AsyncCollection


@attrs.define
class Todo:
    """Something to do."""

    title: str
    done: bool = False


@pytest.fixture
async def todos(async_kinto_client: AsyncClient) -> AsyncCollection[Todo]:
    """Return an empty collection of todos."""
    bucket = await async_kinto_client.create_bucket("blog")
    await bucket.create_collection("todos")
    return bucket.collection("todos", Todo)


async def test_a_record_is_created_edited_and_saved(todos: AsyncCollection[Todo]) -> None:
    """What was saved is what another reader gets, and the edited instance is the same one."""
    record = await todos.create_record(Todo("Buy milk"), id="milk")
    data = record.data
    data.done = True
    await record.save()
    assert record.data is data
    assert (await todos.get_record("milk")).data == Todo("Buy milk", done=True)
