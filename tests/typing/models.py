"""The types of models and schemas, checked by mypy and pyright and never run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_type

import attrs

from kinto_sdk import (
    AsyncBucket,
    AsyncClient,
    AsyncCollection,
    AsyncQuery,
    AsyncRecord,
    Bucket,
    Client,
    Collection,
    F,
    HistoryEntry,
    Misfit,
    Outcome,
    Query,
    Record,
    SchemaChange,
    json_schema,
    kinto_field,
    model_source,
)
from kinto_sdk.models import converter


@attrs.define
class Todo:
    """A model."""

    title: str
    done: bool = False
    due: datetime | None = attrs.field(default=None, metadata=kinto_field("dueDate"))


@dataclass(frozen=True)
class Note:
    """A dataclass is a model, too."""

    text: str


def handles(bucket: Bucket) -> None:
    """A model gives the collection its type, however it is passed on; without one records are dicts."""
    assert_type(bucket.collection("todos", Todo), Collection[Todo])
    assert_type(bucket.collection("todos", model=Todo, strict=True), Collection[Todo])
    assert_type(bucket.collection(model=Note, converter=converter()), Collection[Note])
    assert_type(bucket.collection("todos", Todo, validate=True).model, type[Todo] | None)
    assert_type(bucket.collection("todos", validate=True), Collection[dict[str, Any]])
    assert_type(bucket.get_collection("todos", Todo), Collection[Todo])
    assert_type(bucket.get_collection("todos"), Collection[dict[str, Any]])
    assert_type(bucket.create_collection("todos", Todo), Collection[Todo])
    assert_type(bucket.create_collection(data=Note), Collection[Note])
    assert_type(bucket.create_collection("todos", Todo, permissions={"read": ["x"]}, if_not_exists=True).id, str)
    assert_type(bucket.create_collection("todos", {"sort": "-title"}), Collection[dict[str, Any]])
    assert_type(bucket.create_collection(), Collection[dict[str, Any]])


def records(todos: Collection[Todo]) -> None:
    """What is written and read has the model's type."""
    record = todos.create_record(Todo("x"))
    assert_type(record, Record[Todo])
    assert_type(record.data, Todo)
    assert_type(record.data.due, datetime | None)
    assert_type(record.extra, dict[str, Any])
    assert_type(record.save().data.title, str)
    assert_type(todos.get_record("r").replace(Todo("y")), Record[Todo])
    assert_type(todos.new_record(Todo("z")), Record[Todo])
    assert_type(todos.record("r").collection, Collection[Todo])
    for outcome in todos.create_records([Todo("a")]):
        assert_type(outcome, Outcome[Record[Todo]])


def mistakes(todos: Collection[Todo], record: Record[Todo]) -> None:
    """A wrong attribute or type is an error. The checkers complain about each comment that no error needs."""
    todos.create_record({"title": "x"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    todos.create_record(Note("x"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    todos.create_record(Todo(5))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    todos.create_record(Todo(titel="x"))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    todos.new_record("x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    todos.create_records([Note("x")])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    record.replace(Note("x"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    record.data = {"title": "x"}  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    record.data.done = "yes"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    record.data.titel = "x"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    todos.get_record("r").data["title"]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def untyped_mistakes(bucket: Bucket) -> None:
    """Strictness without a model, and a model that is none."""
    bucket.collection("todos", strict=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    bucket.collection("todos", Todo("x"))  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    bucket.create_collection("todos", Todo("x"))  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def queries(todos: Collection[Todo], client: Client) -> None:
    """Conditions, batches and history keep the model; a lenient query is one like any other."""
    query = todos.records().where(F.due < datetime.now(), done=False).lenient()  # noqa: DTZ005  # never run
    assert_type(query, Query[Record[Todo]])
    assert_type(query.misfits, list[Misfit[Record[Todo]]])
    for misfit in query.misfits:
        assert_type(misfit.item, Record[Todo])
        assert_type(misfit.problems, tuple[str, ...])
    with client.batch() as batch:
        assert_type(batch.save(todos.new_record(Todo("x"))), Record[Todo])
        assert_type(batch.bucket("b").collection("c", Todo).create_record(Todo("x")).data, Todo)
        assert_type(batch.replace(todos.record("r"), Todo("x")), Record[Todo])
        assert_type(batch.bucket("b").create_collection("c", Todo), Collection[Todo])
    for entry in todos.record("r").history().lenient():
        assert_type(entry, HistoryEntry[Todo])
        assert_type(entry.data, Todo | None)


def schemas(todos: Collection[Todo]) -> None:
    """A collection's schema is a dict; what was changed in it is told."""
    assert_type(todos.schema, dict[str, Any] | None)
    assert_type(todos.ensure_schema(), SchemaChange)
    assert_type(todos.ensure_schema(Note).added, tuple[str, ...])
    assert_type(todos.ensure_schema({"type": "object"}).before, dict[str, Any] | None)
    assert_type(todos.validate(), list[Misfit[Record[Todo]]])
    assert_type(todos.validate(todos.records().limit(3)), list[Misfit[Record[Todo]]])
    assert_type(todos.validate([Todo("x")], Note), list[Misfit[Todo]])
    assert_type(todos.validate([{"title": "x"}]), list[Misfit[dict[str, str]]])
    assert_type(json_schema(Todo), dict[str, Any])
    assert_type(model_source(todos.schema or {}, "Todo"), str)


async def in_async(client: AsyncClient, bucket: AsyncBucket) -> None:
    """The async colour."""
    todos = bucket.collection("todos", Todo, strict=True)
    assert_type(todos, AsyncCollection[Todo])
    assert_type(await bucket.create_collection("todos", Todo), AsyncCollection[Todo])
    assert_type(await bucket.get_collection("todos", Todo), AsyncCollection[Todo])
    assert_type(await bucket.create_collection("todos"), AsyncCollection[dict[str, Any]])
    assert_type(await todos.create_record(Todo("x")), AsyncRecord[Todo])
    assert_type(todos.records().lenient(), AsyncQuery[AsyncRecord[Todo]])
    async for record in todos.records().lenient().prefetch():
        assert_type(record.data, Todo)
        assert_type(record.extra, dict[str, Any])
    async with client.batch() as batch:
        created = await batch.bucket("b").collection("c", Todo).create_record(Todo("x"))
        assert_type(created.data, Todo)
    async for entry in todos.record("r").history():
        assert_type(entry.data, Todo | None)
    assert_type(await todos.ensure_schema(), SchemaChange)
    assert_type(await todos.validate(), list[Misfit[AsyncRecord[Todo]]])
    assert_type(await todos.validate(todos.records()), list[Misfit[AsyncRecord[Todo]]])
    assert_type(await todos.validate([Todo("x")]), list[Misfit[Todo]])
    await todos.create_record({"title": "x"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    (await todos.get_record("r")).data.titel = "x"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
