"""The types of queries, feeds and histories, checked by mypy and pyright and never run."""

from datetime import datetime
from typing import Any, assert_type

import attrs

from kinto_sdk import (
    Account,
    AsyncClient,
    AsyncCollection,
    AsyncHistoryEntry,
    AsyncQuery,
    AsyncRecord,
    Bucket,
    Client,
    Collection,
    Diff,
    F,
    Group,
    History,
    HistoryEntry,
    PermissionEntry,
    Query,
    Record,
    Records,
    Tombstone,
    Upsert,
    fields,
)


@attrs.define
class Todo:
    """A model."""

    title: str
    done: bool = False
    due: datetime | None = None


def queries(client: Client, todos: Collection[Todo]) -> None:
    """A query keeps the type of what it lists; only() makes dicts of records, and of nothing else."""
    records = todos.records()
    assert_type(records.where(F.done == True).order_by("title").limit(3).prefetch(), Query[Record[Todo]])  # noqa: E712
    assert_type(records.where(fields(Todo).title == "x"), Query[Record[Todo]])
    assert_type(records.only("title"), Query[Record[dict[str, Any]]])
    assert_type(client.buckets().only("x"), Query[Bucket])
    assert_type(records.all(), Records[Record[Todo]])
    assert_type(records.all(if_changed_since='"1"'), Records[Record[Todo]] | None)
    assert_type(records.all().etag, str | None)
    assert_type(records.all().by_id["x"], Record[Todo])
    assert_type(records.first(), Record[Todo] | None)
    assert_type(records.one().data, Todo)
    assert_type(records.exists(), bool)
    assert_type(records.count() + records.timestamp() + records.delete(), int)
    for page in records.pages():
        assert_type(page.items, list[Record[Todo]])
    assert_type(todos.records_at(1), Records[Record[Todo]])
    assert_type(client.my_permissions(), Query[PermissionEntry])
    assert_type(
        client.my_permissions().one().resource,
        Account | Bucket | Group | Collection[dict[str, Any]] | Record[dict[str, Any]],
    )


def changes(todos: Collection[Todo]) -> None:
    """A change is told apart by its class."""
    for change in todos.changes():
        if isinstance(change, Upsert):
            assert_type(change.record.data, Todo)
        else:
            assert_type(change, Tombstone)
    for watched in todos.watch():
        assert_type(watched, Upsert[Record[Todo]] | Tombstone)


def histories(client: Client, todos: Collection[Todo]) -> None:
    """A record's history is about its model; a collection's is about itself too, which is a dict."""
    assert_type(todos.history(), History[Todo | dict[str, Any]])
    assert_type(client.bucket("b").collection("c").history(), History[dict[str, Any]])
    assert_type(client.bucket("b").history(), History[dict[str, Any]])
    for entry in todos.record("r").history().where(action="update"):
        assert_type(entry, HistoryEntry[Todo])
        assert_type(entry.data, Todo | None)
        assert_type(todos.record("r").restore(entry), Record[Todo])
    for later, diff in todos.record("r").history().diffs():
        assert_type(later.date, datetime)
        assert_type(diff, Diff)


async def async_reading(client: AsyncClient, todos: AsyncCollection[Todo]) -> None:
    """The same in the async colour."""
    records = todos.records()
    assert_type(records.only("title"), AsyncQuery[AsyncRecord[dict[str, Any]]])
    assert_type(await records.all(), Records[AsyncRecord[Todo]])
    assert_type(await records.all(if_changed_since=1), Records[AsyncRecord[Todo]] | None)
    assert_type(await records.one(), AsyncRecord[Todo])
    async for change in todos.changes():
        assert_type(change, Upsert[AsyncRecord[Todo]] | Tombstone)
    async for entry in todos.record("r").history():
        assert_type(entry, AsyncHistoryEntry[Todo])
    async for of_group, diff in client.bucket("b").group("g").history().diffs():
        assert_type(of_group.data, dict[str, Any] | None)
        assert_type(diff, Diff)
