# Generated from tests/server/aio/test_history.py by tools/unasync.py. Edit that file, then run `make generate`.
"""History on a real server, in the sync colour."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from kinto_sdk import (
    Client,
    Collection,
    Record,
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
def todos(kinto_client: Client) -> Collection[Todo]:
    """Return an empty collection of todos, whose ids hold nothing back."""
    bucket = kinto_client.create_bucket("blog")
    bucket.create_collection("todos")
    return bucket.collection("todos", Todo)


def edited(todos: Collection[Todo]) -> Record[Todo]:
    """Return a record that was created, edited, and shared."""
    record = todos.create_record(Todo("a"), id="7")
    record.data.title = "b"
    record.data.due = datetime(2026, 1, 2, tzinfo=UTC)
    record.save()
    record.permissions["read"].add("account:bob")
    record.save()
    return record


def test_a_records_history_is_typed(todos: Collection[Todo], kinto_client: Client) -> None:
    """Each entry tells who, when and what, with the data of the time as the model."""
    record = edited(todos)
    todos.create_record(Todo("other"))
    shared, changed, created = record.history().all()
    assert [entry.action for entry in (shared, changed, created)] == ["update", "update", "create"]
    assert created.data == Todo("a")
    assert changed.data == Todo("b", datetime(2026, 1, 2, tzinfo=UTC))
    assert shared.permissions["read"] == ["account:bob"]
    assert shared.version == record.last_modified
    assert shared.resource_name == "record"
    assert shared.resource == record
    assert (shared.resource.load()).data == record.data
    assert shared.user_id == (kinto_client.server_info()).user.id
    assert abs(datetime.now(UTC) - shared.date) < timedelta(minutes=1)


def test_diffs(todos: Collection[Todo]) -> None:
    """diffs() tells what each change did, newest first, in pages of any size."""
    record = edited(todos)
    record.delete()
    found = [diff for _, diff in record.history().page_size(1).diffs()]
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
    [(entry, diff)] = [pair for pair in record.history().limit(2).diffs()]
    assert entry.action == "delete"
    assert diff == deleted
    with pytest.raises(UsageError, match="own"):
        _ = [pair for pair in todos.history().diffs()]


def test_history_at_and_below(todos: Collection[Todo], kinto_client: Client) -> None:
    """A bucket's and a collection's history hold what is below them; own() does not."""
    edited(todos)
    bucket = todos.bucket
    group = bucket.create_group("admins", ["account:bob"])
    todos.patch({"label": "x"})

    def named(history: object) -> list[str]:
        return [f"{entry.action} {entry.resource_name}" for entry in history]

    assert named(todos.history()) == [
        "update collection",
        "update record",
        "update record",
        "create record",
        "create collection",
    ]
    assert named(todos.history().own()) == ["update collection", "create collection"]
    assert named(group.history()) == ["create group"]
    assert named(bucket.history().own()) == ["create bucket"]
    assert len(named(bucket.history())) == 7
    assert named(todos.history().where(resource_name="record", action="create")) == ["create record"]
    [(_, diff), _] = [pair for pair in todos.history().own().diffs()]
    assert diff.added == {"label": "x"}
    kinds = [type(entry.data) for entry in todos.history()]
    assert kinds == [dict, Todo, Todo, Todo, dict]
    [entry] = group.history().all()
    assert entry.data == {"members": ["account:bob"]}
    assert entry.resource == group


def test_filters_of_history(todos: Collection[Todo], kinto_client: Client) -> None:
    """A history is filtered by who, what, when, and by what was written."""
    record = edited(todos)
    history = record.history()
    created = (history.all())[-1]
    assert [entry.action for entry in history.where(F.target.data.title == "a")] == ["create"]
    assert len(history.where(user_id=created.user_id).all()) == 3
    assert history.where(user_id="account:nobody").all() == []
    assert len(history.since(created.last_modified).all()) == 2
    assert len(history.where(F.date > created.date).all()) == 2
    assert history.before(datetime.now(UTC) - timedelta(hours=1)).all() == []
    assert history.where(action="create").exists()
    [partial] = history.where(action="create").only("user_id").all()
    assert partial.user_id == created.user_id
    assert partial.resource == record
    [own] = todos.history().own().only("target").all()
    assert own.data == {}
    with pytest.raises(NotLoadedError, match="target"):
        _ = partial.data
    with pytest.raises(UsageError, match="title"):
        history.where(title="a")
    with pytest.raises(UsageError, match="count"):
        history.count()
    assert history.timestamp() >= created.last_modified


def test_purging(todos: Collection[Todo]) -> None:
    """delete() removes the entries selected; the part of an object alone is no condition."""
    record = edited(todos)
    with pytest.raises(UsageError, match="everything"):
        record.history().delete()
    assert record.history().where(action="update").page_size(1).delete() == 2
    assert [entry.action for entry in record.history()] == ["create"]
    assert record.history().delete(everything=True) == 1
    assert [entry.resource_name for entry in todos.history()] == ["collection"]


def test_restoring(todos: Collection[Todo]) -> None:
    """A version comes back, and so does a deleted record; fields that the model does not know come along."""
    untyped = todos.bucket.collection("todos")
    untyped.create_record({"title": "a", "extra": [1]}, id="r")
    record = todos.get_record("r")
    record.data.title = "b"
    record.save()
    first = (record.history().all())[-1]
    assert (record.restore(first)) is record
    assert record.data == Todo("a")
    assert not record.is_dirty
    assert (untyped.get_record("r")).data == {"title": "a", "extra": [1]}
    record.delete()
    record.restore(first)
    assert (untyped.get_record("r")).data == {"title": "a", "extra": [1]}
    untyped.record("r").delete()
    handle = todos.record("r")
    handle.restore(first)
    assert handle.data == Todo("a")
    untyped.record("r").patch({"title": "c"})
    with pytest.raises(ConflictError):
        handle.restore(first)
    handle.restore(first, safe=False)
    assert (todos.get_record("r")).data == Todo("a")


def test_what_can_not_be_restored(todos: Collection[Todo]) -> None:
    """A deletion is no version, and the version of another record is refused."""
    record = edited(todos)
    record.delete()
    newest = record.history().first()
    assert newest.data is None
    with pytest.raises(UsageError, match="before it"):
        record.restore(newest)
    with pytest.raises(UsageError, match="not about"):
        todos.record("other").restore((record.history().all())[-1])


def test_history_of_the_default_bucket(kinto_client: Client) -> None:
    """Entries of the default bucket are found although their paths hold its real id."""
    todos = kinto_client.bucket().collection("todos", Todo)
    record = todos.create_record(Todo("a"))
    [entry] = record.history().all()
    assert "default" not in entry.uri
    assert (entry.resource.load()).data == Todo("a")
    record.delete()
    record.restore(entry)
    assert [entry.resource_name for entry in todos.history().own()] == ["collection"]
    assert [record.data for record in todos.records()] == [Todo("a")]
    moment = (todos.records().all()).etag
    assert [record.data for record in todos.records_at(moment)] == [Todo("a")]


def test_records_of_the_past(todos: Collection[Todo]) -> None:
    """records_at() shows the collection as it was, and what it gives is not written over newer versions."""
    record = todos.create_record(Todo("a"), id="r")
    before = todos.records().timestamp()
    record.data.title = "b"
    record.save()
    todos.create_record(Todo("later"))
    [then] = todos.records_at(before)
    assert (then.id, then.data) == ("r", Todo("a"))
    assert [each.data for each in todos.records_at(record.modified_at)] == [Todo("b")]
    then.data.title = "c"
    with pytest.raises(ConflictError):
        then.save()
    assert todos.records_at(0) == []
    assert todos.bucket.collection("nowhere").records_at(before) == []
    with pytest.raises(UsageError, match="time zone"):
        todos.records_at(datetime(2026, 1, 1))  # noqa: DTZ001  # a naive one is what is tested


def test_who_reads_history(todos: Collection[Todo], connect: Callable[..., Client]) -> None:
    """Whoever can't see the bucket sees only the entries of what is shared with him, and may not purge."""
    guest = connect("bob")
    bob = (guest.server_info()).user.id
    record = todos.create_record(Todo("a"), id="shared", permissions={"read": [bob]})
    todos.create_record(Todo("hidden"))
    theirs = guest.bucket("blog").collection("todos", Todo)
    assert [entry.uri for entry in theirs.history()] == [record.path]
    with pytest.raises(PermissionDeniedError):
        theirs.history().delete(everything=True)


@pytest.mark.backends("memory")
def test_a_server_without_history(make_server: Callable[..., KintoServer]) -> None:
    """Without the plugin every call says so before it is sent."""
    server = make_server(includes="kinto.plugins.flush")
    with Client(server.url, auth=("user", "secret")) as client:
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
                ask()
