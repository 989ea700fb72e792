"""Following the changes of a collection on a real server, in the async colour. The sync one is generated from here."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import attrs
import pytest

from kinto_sdk import (
    AsyncClient,
    AsyncCollection,
    AsyncFeed,
    NotFoundError,
    ResyncRequiredError,
    Tombstone,
    Upsert,
    UsageError,
)
from kinto_sdk.testing import KintoServer


@attrs.define
class Todo:
    """Something to do."""

    title: str


@pytest.fixture
async def todos(async_kinto_client: AsyncClient) -> AsyncCollection[Todo]:
    """Return an empty collection of todos."""
    bucket = await async_kinto_client.create_bucket("blog")
    await bucket.create_collection("todos")
    return bucket.collection("todos", Todo)


async def ids(feed: AsyncFeed[Todo]) -> list[str]:
    """Return the ids of what changed."""
    return [change.id async for change in feed]


async def test_a_feed_goes_on_where_it_stopped(todos: AsyncCollection[Todo]) -> None:
    """Changes come oldest first, typed, once, with the deletions; a new feed goes on from the ETag of the old one."""
    first = await todos.create_record(Todo("a"), id="a")
    second = await todos.create_record(Todo("b"), id="b")
    feed = todos.changes()
    assert feed.etag is None
    assert [(change.id, change.last_modified) async for change in feed] == [
        ("a", first.last_modified),
        ("b", second.last_modified),
    ]
    assert feed.etag == second.etag
    assert [change async for change in feed] == []
    first.data.title = "again"
    await first.save()
    await second.delete()
    for later in (feed, todos.changes(since=second.etag and second.last_modified and f'"{first.last_modified - 1}"')):
        changed, deleted = [change async for change in later]
        assert isinstance(changed, Upsert)
        assert changed.record.data == Todo("again")
        assert changed.record.collection is todos
        assert deleted == Tombstone("b", second.last_modified)
    moment = datetime.fromtimestamp(first.last_modified / 1000, UTC)
    assert await ids(todos.changes(since=moment)) == ["b"]


async def test_a_feed_left_early_gives_the_rest(todos: AsyncCollection[Todo]) -> None:
    """A change counts as dealt with when the next is asked for, so that a crash loses none."""
    for name in "abc":
        await todos.create_record(Todo(name), id=name)
    feed = todos.changes()
    async for change in feed:
        if change.id == "b":
            break
    assert await ids(todos.changes(since=feed.etag)) == ["b", "c"]
    assert await ids(feed) == ["b", "c"]


async def test_what_changes_while_a_feed_is_read_comes_next_time(make_server: Callable[..., KintoServer]) -> None:
    """A feed ends at the version it found at the beginning; what moved behind it is in the next one."""
    server = make_server(paginate_by=2)
    async with AsyncClient(server.url, auth=("user", "secret")) as client:
        bucket = await client.create_bucket("blog")
        todos = await bucket.create_collection("todos")
        for name in "abcde":
            await todos.create_record({"n": name}, id=name)
        feed, seen = todos.changes(), list[str]()
        async for change in feed:
            seen.append(change.id)
            if change.id == "a":
                await todos.record("d").patch({"n": "moved"})
                await todos.record("e").delete()
        assert seen == ["a", "b", "c"]
        assert [(change.id, type(change)) async for change in feed] == [("d", Upsert), ("e", Tombstone)]


async def test_a_record_from_the_future_does_not_stop_a_feed(
    todos: AsyncCollection[Todo], async_kinto_client: AsyncClient
) -> None:
    """A record dated years ahead takes the list's version along; changes are still found, and none twice."""
    future = int(time.time() * 1000) + 10**10
    await todos.create_record(Todo("old"), id="old")
    poison = {"data": {"title": "poison", "last_modified": future}}
    await async_kinto_client.request("PUT", todos.record("poison").path, json=poison)
    feed = todos.changes()
    assert await ids(feed) == ["old", "poison"]
    assert feed.etag == f'"{future}"'
    assert [change async for change in feed] == []
    await todos.create_record(Todo("new"), id="new")
    assert await ids(todos.changes(since=feed.etag)) == ["new"]


async def test_a_collection_made_anew_is_noticed(
    todos: AsyncCollection[Todo], connect: Callable[..., AsyncClient]
) -> None:
    """Deleting a collection loses its tombstones, so going on is refused to whoever may see that in the history."""
    await todos.create_record(Todo("a"), id="a")
    feed = todos.changes()
    assert len([change async for change in feed]) == 1
    await todos.delete()
    with pytest.raises(NotFoundError, match="todos"):
        await ids(feed)
    await todos.replace({}, permissions={"read": ["system.Authenticated"]})
    await todos.create_record(Todo("b"), id="b")
    with pytest.raises(ResyncRequiredError, match="made anew"):
        await ids(feed)
    assert await ids(todos.changes()) == ["b"]
    guest = connect("bob").bucket("blog").collection("todos", Todo)
    assert await ids(guest.changes(since=todos.last_modified)) == ["b"]


async def test_a_version_from_elsewhere_is_noticed(todos: AsyncCollection[Todo]) -> None:
    """A version newer than the collection's own is of another collection, or of one since restored."""
    record = await todos.create_record(Todo("a"))
    with pytest.raises(ResyncRequiredError, match="another collection"):
        await ids(todos.changes(since=record.last_modified + 1))
    with pytest.raises(ResyncRequiredError):
        await ids(todos.changes(since=datetime(2100, 1, 1, tzinfo=UTC)))


@pytest.mark.backends("memory")
async def test_a_feed_without_a_history(make_server: Callable[..., KintoServer]) -> None:
    """A server without the history plugin tells changes all the same."""
    server = make_server(includes="kinto.plugins.flush")
    async with AsyncClient(server.url, auth=("user", "secret")) as client:
        await client.create_bucket("blog")
        todos = await client.bucket("blog").create_collection("todos")
        first = await todos.create_record({})
        second = await todos.create_record({})
        assert await ids(todos.changes(since=first.etag)) == [second.id]


async def test_watching(todos: AsyncCollection[Todo]) -> None:
    """watch() gives changes as they come, until it is stopped."""
    seen: list[str] = []
    watch = todos.watch(interval=0.01)
    await todos.create_record(Todo("a"), id="a")
    async for change in watch:
        seen.append(f"{type(change).__name__} {change.id}")
        if len(seen) == 1:
            await todos.create_record(Todo("b"), id="b")
        elif len(seen) == 2:
            await todos.record("a").delete()
            await todos.create_record(Todo("c"), id="c")
        else:
            watch.stop()
    assert seen == ["Upsert a", "Upsert b", "Tombstone a"]
    assert [change.id async for change in watch] == []
    assert await ids(todos.changes(since=watch.etag)) == ["a", "c"]


@pytest.mark.backends("memory")
async def test_bad_arguments_of_a_watch(todos: AsyncCollection[Todo]) -> None:
    """An interval of nothing would be a busy loop."""
    for arguments in ({"interval": 0}, {"interval": -1}, {"patience": -1}, {"since": -1}, {"since": "yesterday"}):
        with pytest.raises(UsageError):
            todos.watch(**arguments)
    with pytest.raises(UsageError, match="time zone"):
        todos.changes(since=datetime(2026, 1, 1))  # noqa: DTZ001  # a naive one is what is tested
