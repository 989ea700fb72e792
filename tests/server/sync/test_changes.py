# Generated from tests/server/aio/test_changes.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Following the changes of a collection on a real server, in the async colour. The sync one is generated from here."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import attrs
import pytest

from kinto_sdk import (
    Client,
    Collection,
    Feed,
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
def todos(kinto_client: Client) -> Collection[Todo]:
    """Return an empty collection of todos."""
    bucket = kinto_client.create_bucket("blog")
    bucket.create_collection("todos")
    return bucket.collection("todos", Todo)


def ids(feed: Feed[Todo]) -> list[str]:
    """Return the ids of what changed."""
    return [change.id for change in feed]


def test_a_feed_goes_on_where_it_stopped(todos: Collection[Todo]) -> None:
    """Changes come oldest first, typed, once, with the deletions; a new feed goes on from the ETag of the old one."""
    first = todos.create_record(Todo("a"), id="a")
    second = todos.create_record(Todo("b"), id="b")
    feed = todos.changes()
    assert feed.etag is None
    assert [(change.id, change.last_modified) for change in feed] == [
        ("a", first.last_modified),
        ("b", second.last_modified),
    ]
    assert feed.etag == second.etag
    assert [change for change in feed] == []
    first.data.title = "again"
    first.save()
    second.delete()
    for later in (feed, todos.changes(since=second.etag and second.last_modified and f'"{first.last_modified - 1}"')):
        changed, deleted = [change for change in later]
        assert isinstance(changed, Upsert)
        assert changed.record.data == Todo("again")
        assert changed.record.collection is todos
        assert deleted == Tombstone("b", second.last_modified)
    moment = datetime.fromtimestamp(first.last_modified / 1000, UTC)
    assert ids(todos.changes(since=moment)) == ["b"]


def test_a_feed_left_early_gives_the_rest(todos: Collection[Todo]) -> None:
    """A change counts as dealt with when the next is asked for, so that a crash loses none."""
    for name in "abc":
        todos.create_record(Todo(name), id=name)
    feed = todos.changes()
    for change in feed:
        if change.id == "b":
            break
    assert ids(todos.changes(since=feed.etag)) == ["b", "c"]
    assert ids(feed) == ["b", "c"]


def test_what_changes_while_a_feed_is_read_comes_next_time(make_server: Callable[..., KintoServer]) -> None:
    """A feed ends at the version it found at the beginning; what moved behind it is in the next one."""
    server = make_server(paginate_by=2)
    with Client(server.url, auth=("user", "secret")) as client:
        bucket = client.create_bucket("blog")
        todos = bucket.create_collection("todos")
        for name in "abcde":
            todos.create_record({"n": name}, id=name)
        feed, seen = todos.changes(), list[str]()
        for change in feed:
            seen.append(change.id)
            if change.id == "a":
                todos.record("d").patch({"n": "moved"})
                todos.record("e").delete()
        assert seen == ["a", "b", "c"]
        assert [(change.id, type(change)) for change in feed] == [("d", Upsert), ("e", Tombstone)]


def test_a_record_from_the_future_does_not_stop_a_feed(
    todos: Collection[Todo], kinto_client: Client
) -> None:
    """A record dated years ahead takes the list's version along; changes are still found, and none twice."""
    future = int(time.time() * 1000) + 10**10
    todos.create_record(Todo("old"), id="old")
    poison = {"data": {"title": "poison", "last_modified": future}}
    kinto_client.request("PUT", todos.record("poison").path, json=poison)
    feed = todos.changes()
    assert ids(feed) == ["old", "poison"]
    assert feed.etag == f'"{future}"'
    assert [change for change in feed] == []
    todos.create_record(Todo("new"), id="new")
    assert ids(todos.changes(since=feed.etag)) == ["new"]


def test_a_collection_made_anew_is_noticed(
    todos: Collection[Todo], connect: Callable[..., Client]
) -> None:
    """Deleting a collection loses its tombstones, so going on is refused to whoever may see that in the history."""
    todos.create_record(Todo("a"), id="a")
    feed = todos.changes()
    assert len([change for change in feed]) == 1
    todos.delete()
    with pytest.raises(NotFoundError, match="todos"):
        ids(feed)
    todos.replace({}, permissions={"read": ["system.Authenticated"]})
    todos.create_record(Todo("b"), id="b")
    with pytest.raises(ResyncRequiredError, match="made anew"):
        ids(feed)
    assert ids(todos.changes()) == ["b"]
    guest = connect("bob").bucket("blog").collection("todos", Todo)
    assert ids(guest.changes(since=todos.last_modified)) == ["b"]


def test_a_version_from_elsewhere_is_noticed(todos: Collection[Todo]) -> None:
    """A version newer than the collection's own is of another collection, or of one since restored."""
    record = todos.create_record(Todo("a"))
    with pytest.raises(ResyncRequiredError, match="another collection"):
        ids(todos.changes(since=record.last_modified + 1))
    with pytest.raises(ResyncRequiredError):
        ids(todos.changes(since=datetime(2100, 1, 1, tzinfo=UTC)))


@pytest.mark.backends("memory")
def test_a_feed_without_a_history(make_server: Callable[..., KintoServer]) -> None:
    """A server without the history plugin tells changes all the same."""
    server = make_server(includes="kinto.plugins.flush")
    with Client(server.url, auth=("user", "secret")) as client:
        client.create_bucket("blog")
        todos = client.bucket("blog").create_collection("todos")
        first = todos.create_record({})
        second = todos.create_record({})
        assert ids(todos.changes(since=first.etag)) == [second.id]


def test_watching(todos: Collection[Todo]) -> None:
    """watch() gives changes as they come, until it is stopped."""
    seen: list[str] = []
    watch = todos.watch(interval=0.01)
    todos.create_record(Todo("a"), id="a")
    for change in watch:
        seen.append(f"{type(change).__name__} {change.id}")
        if len(seen) == 1:
            todos.create_record(Todo("b"), id="b")
        elif len(seen) == 2:
            todos.record("a").delete()
            todos.create_record(Todo("c"), id="c")
        else:
            watch.stop()
    assert seen == ["Upsert a", "Upsert b", "Tombstone a"]
    assert [change.id for change in watch] == []
    assert ids(todos.changes(since=watch.etag)) == ["a", "c"]


@pytest.mark.backends("memory")
def test_bad_arguments_of_a_watch(todos: Collection[Todo]) -> None:
    """An interval of nothing would be a busy loop."""
    for arguments in ({"interval": 0}, {"interval": -1}, {"patience": -1}, {"since": -1}, {"since": "yesterday"}):
        with pytest.raises(UsageError):
            todos.watch(**arguments)
    with pytest.raises(UsageError, match="time zone"):
        todos.changes(since=datetime(2026, 1, 1))  # noqa: DTZ001  # a naive one is what is tested
