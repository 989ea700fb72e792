"""History on a real server, in the async colour. The sync one is generated from this folder."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from kinto_sdk import (
    AsyncClient,
    AsyncCollection,
    AsyncRecord,
    CapabilityMissingError,
    ConflictError,
    F,
    NotLoadedError,
    PermissionDeniedError,
    UsageError,
)
from kinto_sdk.testing import KintoServer


@attrs.define
class Todo:
    """Something to do."""

    title: str
    due: datetime | None = None


@pytest.fixture
async def todos(async_kinto_client: AsyncClient) -> AsyncCollection[Todo]:
    """Return an empty collection of todos, whose ids hold nothing back."""
    bucket = await async_kinto_client.create_bucket("blog")
    await bucket.create_collection("todos")
    return bucket.collection("todos", Todo)


async def edited(todos: AsyncCollection[Todo]) -> AsyncRecord[Todo]:
    """Return a record that was created, edited, and shared."""
    record = await todos.create_record(Todo("a"), id="7")
    record.data.title = "b"
    record.data.due = datetime(2026, 1, 2, tzinfo=UTC)
    await record.save()
    record.permissions["read"].add("account:bob")
    await record.save()
    return record


async def test_a_records_history_is_typed(todos: AsyncCollection[Todo], async_kinto_client: AsyncClient) -> None:
    """Each entry tells who, when and what, with the data of the time as the model."""
    record = await edited(todos)
    await todos.create_record(Todo("other"))
    shared, changed, created = await record.history().all()
    assert [entry.action for entry in (shared, changed, created)] == ["update", "update", "create"]
    assert created.data == Todo("a")
    assert changed.data == Todo("b", datetime(2026, 1, 2, tzinfo=UTC))
    assert shared.permissions["read"] == ["account:bob"]
    assert shared.version == record.last_modified
    assert shared.resource_name == "record"
    assert shared.resource == record
    assert (await shared.resource.load()).data == record.data
    assert shared.user_id == (await async_kinto_client.server_info()).user.id
    assert abs(datetime.now(UTC) - shared.date) < timedelta(minutes=1)


async def test_diffs(todos: AsyncCollection[Todo]) -> None:
    """diffs() tells what each change did, newest first, in pages of any size."""
    record = await edited(todos)
    await record.delete()
    found = [diff async for _, diff in record.history().page_size(1).diffs()]
    deleted, shared, changed, created = found
    assert deleted.removed == {"title": "b", "due": "2026-01-02T00:00:00.000000+00:00"}
    assert shared.granted == {"read": {"account:bob"}}
    assert not any((shared.added, shared.changed, shared.removed, shared.revoked))
    assert deleted.revoked["read"] == {"account:bob"}
    assert changed.changed == {
        "title": ("a", "b"),
        "due": (None, "2026-01-02T00:00:00.000000+00:00"),
    }
    assert created.added == {"title": "a", "due": None}
    [(entry, diff)] = [pair async for pair in record.history().limit(2).diffs()]
    assert entry.action == "delete"
    assert diff == deleted
    with pytest.raises(UsageError, match="own"):
        _ = [pair async for pair in todos.history().diffs()]


async def test_history_at_and_below(todos: AsyncCollection[Todo], async_kinto_client: AsyncClient) -> None:
    """A bucket's and a collection's history hold what is below them; own() does not."""
    await edited(todos)
    bucket = todos.bucket
    group = await bucket.create_group("admins", ["account:bob"])
    await todos.patch({"label": "x"})

    async def named(history: object) -> list[str]:
        return [f"{entry.action} {entry.resource_name}" async for entry in history]

    assert await named(todos.history()) == [
        "update collection",
        "update record",
        "update record",
        "create record",
        "create collection",
    ]
    assert await named(todos.history().own()) == ["update collection", "create collection"]
    assert await named(group.history()) == ["create group"]
    assert await named(bucket.history().own()) == ["create bucket"]
    assert len(await named(bucket.history())) == 7
    assert await named(todos.history().where(resource_name="record", action="create")) == ["create record"]
    [(_, diff), _] = [pair async for pair in todos.history().own().diffs()]
    assert diff.added == {"label": "x"}
    kinds = [type(entry.data) async for entry in todos.history()]
    assert kinds == [dict, Todo, Todo, Todo, dict]
    [entry] = await group.history().all()
    assert entry.data == {"members": ["account:bob"]}
    assert entry.resource == group


async def test_filters_of_history(todos: AsyncCollection[Todo], async_kinto_client: AsyncClient) -> None:
    """A history is filtered by who, what, when, and by what was written."""
    record = await edited(todos)
    history = record.history()
    created = (await history.all())[-1]
    assert [entry.action async for entry in history.where(F.target.data.title == "a")] == ["create"]
    assert len(await history.where(user_id=created.user_id).all()) == 3
    assert await history.where(user_id="account:nobody").all() == []
    assert len(await history.since(created.last_modified).all()) == 2
    assert len(await history.where(F.date > created.date).all()) == 2
    assert await history.before(datetime.now(UTC) - timedelta(hours=1)).all() == []
    assert await history.where(action="create").exists()
    [partial] = await history.where(action="create").only("user_id").all()
    assert partial.user_id == created.user_id
    assert partial.resource == record
    [own] = await todos.history().own().only("target").all()
    assert own.data == {}
    with pytest.raises(NotLoadedError, match="target"):
        _ = partial.data
    with pytest.raises(UsageError, match="title"):
        history.where(title="a")
    with pytest.raises(UsageError, match="count"):
        await history.count()
    assert await history.timestamp() >= created.last_modified


async def test_purging(todos: AsyncCollection[Todo]) -> None:
    """delete() removes the entries selected; the part of an object alone is no condition."""
    record = await edited(todos)
    with pytest.raises(UsageError, match="everything"):
        await record.history().delete()
    assert await record.history().where(action="update").page_size(1).delete() == 2
    assert [entry.action async for entry in record.history()] == ["create"]
    assert await record.history().delete(everything=True) == 1
    assert [entry.resource_name async for entry in todos.history()] == ["collection"]


async def test_restoring(todos: AsyncCollection[Todo]) -> None:
    """A version comes back, and so does a deleted record; fields that the model does not know come along."""
    untyped = todos.bucket.collection("todos")
    await untyped.create_record({"title": "a", "extra": [1]}, id="r")
    record = await todos.get_record("r")
    record.data.title = "b"
    await record.save()
    first = (await record.history().all())[-1]
    assert (await record.restore(first)) is record
    assert record.data == Todo("a")
    assert not record.is_dirty
    assert (await untyped.get_record("r")).data == {"title": "a", "extra": [1]}
    await record.delete()
    await record.restore(first)
    assert (await untyped.get_record("r")).data == {"title": "a", "extra": [1]}
    await untyped.record("r").delete()
    handle = todos.record("r")
    await handle.restore(first)
    assert handle.data == Todo("a")
    await untyped.record("r").patch({"title": "c"})
    with pytest.raises(ConflictError):
        await handle.restore(first)
    await handle.restore(first, safe=False)
    assert (await todos.get_record("r")).data == Todo("a")


async def test_what_can_not_be_restored(todos: AsyncCollection[Todo]) -> None:
    """A deletion is no version, and the version of another record is refused."""
    record = await edited(todos)
    await record.delete()
    newest = await record.history().first()
    assert newest.data is None
    with pytest.raises(UsageError, match="before it"):
        await record.restore(newest)
    with pytest.raises(UsageError, match="not about"):
        await todos.record("other").restore((await record.history().all())[-1])


async def test_history_of_the_default_bucket(async_kinto_client: AsyncClient) -> None:
    """Entries of the default bucket are found although their paths hold its real id."""
    todos = async_kinto_client.bucket().collection("todos", Todo)
    record = await todos.create_record(Todo("a"))
    [entry] = await record.history().all()
    assert "default" not in entry.uri
    assert (await entry.resource.load()).data == Todo("a")
    await record.delete()
    await record.restore(entry)
    assert [entry.resource_name async for entry in todos.history().own()] == ["collection"]
    assert [record.data async for record in todos.records()] == [Todo("a")]
    moment = (await todos.records().all()).etag
    assert [record.data for record in await todos.records_at(moment)] == [Todo("a")]


async def test_records_of_the_past(todos: AsyncCollection[Todo]) -> None:
    """records_at() shows the collection as it was, and what it gives is not written over newer versions."""
    record = await todos.create_record(Todo("a"), id="r")
    before = await todos.records().timestamp()
    record.data.title = "b"
    await record.save()
    await todos.create_record(Todo("later"))
    [then] = await todos.records_at(before)
    assert (then.id, then.data) == ("r", Todo("a"))
    assert [each.data for each in await todos.records_at(record.modified_at)] == [Todo("b")]
    then.data.title = "c"
    with pytest.raises(ConflictError):
        await then.save()
    assert await todos.records_at(0) == []
    assert await todos.bucket.collection("nowhere").records_at(before) == []
    with pytest.raises(UsageError, match="time zone"):
        await todos.records_at(datetime(2026, 1, 1))  # noqa: DTZ001  # a naive one is what is tested


async def test_who_reads_history(todos: AsyncCollection[Todo], connect: Callable[..., AsyncClient]) -> None:
    """Whoever can't see the bucket sees only the entries of what is shared with him, and may not purge."""
    guest = connect("bob")
    bob = (await guest.server_info()).user.id
    record = await todos.create_record(Todo("a"), id="shared", permissions={"read": [bob]})
    await todos.create_record(Todo("hidden"))
    theirs = guest.bucket("blog").collection("todos", Todo)
    assert [entry.uri async for entry in theirs.history()] == [record.path]
    with pytest.raises(PermissionDeniedError):
        await theirs.history().delete(everything=True)


@pytest.mark.backends("memory")
async def test_a_server_without_history(make_server: Callable[..., KintoServer]) -> None:
    """Without the plugin every call says so before it is sent."""
    server = make_server(includes="kinto.plugins.flush")
    async with AsyncClient(server.url, auth=("user", "secret")) as client:
        todos = client.bucket("blog").collection("todos")
        for ask in (
            todos.history().all,
            todos.history().first,
            todos.history().timestamp,
            todos.history().exists,
            lambda: todos.history().delete(everything=True),
            lambda: todos.records_at(1),
        ):
            with pytest.raises(CapabilityMissingError, match="history"):
                await ask()
