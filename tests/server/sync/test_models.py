# Generated from tests/server/aio/test_models.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Typed collections and schemas on a real server, in the sync colour."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from attrs import validators

from kinto_sdk import (
    AlreadyExistsError,
    Client,
    Collection,
    InvalidRequestError,
    ModelError,
    NotOneError,
    PermissionDeniedError,
    UsageError,
    json_schema,
)


@attrs.define
class Address:
    """A part of a model."""

    city: str


@attrs.define
class Todo:
    """Something to do."""

    title: str = attrs.field(validator=validators.min_len(1))
    votes: int = 0
    home: Address | None = None


@attrs.define
class Named:
    """A model that holds the record's metadata."""

    title: str
    id: str = ""
    last_modified: int = 0


@attrs.frozen
class Fixed:
    """The same, frozen."""

    title: str
    id: str | None = None
    last_modified: int | None = None


MIXED: dict[str, dict[str, Any]] = {
    "r0": {"title": "a", "home": {"city": "X", "zip": "1"}},
    "r1": {"title": 5, "votes": "many"},
    "r2": {"title": "c", "colour": "red"},
    "r3": {},
    "r4": {"title": "e"},
}


def fill(client: Client) -> Collection[dict[str, Any]]:
    """Return an untyped collection whose records don't all fit, the last one changed last."""
    bucket = client.create_bucket("blog")
    untyped = bucket.create_collection("todos", {"sort": "-title"})
    with client.batch() as batch:
        for id_, document in MIXED.items():
            batch.save(untyped.new_record(document, id_))
    return untyped


def test_a_collection_with_the_schema_of_its_model(kinto_client: Client) -> None:
    """It is created with it, the server checks by it, and what it refuses names the field."""
    bucket = kinto_client.create_bucket("blog")
    todos = bucket.create_collection("todos", Todo)
    assert (todos.created, todos.schema, todos.model) == (True, json_schema(Todo), Todo)
    record = todos.create_record(Todo("a"))
    assert (record.data, record.is_dirty, record.extra) == (Todo("a"), False, {})
    with pytest.raises(InvalidRequestError) as caught:
        record.patch({"votes": "many"})
    assert [problem.name for problem in caught.value.problems] == ["votes"]
    with pytest.raises(AlreadyExistsError):
        bucket.create_collection("todos", Todo)
    again = bucket.create_collection("todos", Address, if_not_exists=True)
    assert (again.created, again.schema) == (False, json_schema(Todo))
    assert (bucket.get_collection("todos", Todo)).model is Todo


def test_a_schema_brought_in_step(kinto_client: Client, connect: Callable[..., Client]) -> None:
    """It is sent when it differs, alone; the rest of the metadata stays as it is, somebody else's edits included."""
    fill(kinto_client)
    todos = kinto_client.bucket("blog").collection("todos", Todo)
    change = todos.ensure_schema()
    assert (bool(change), change.before, change.added) == (True, None, ("home", "title", "votes"))
    version = todos.last_modified
    other = connect().bucket("blog").collection("todos").load()
    assert not todos.ensure_schema()
    assert (todos.last_modified, other.schema) == (version, json_schema(Todo))
    other.data["sort"] = "title"
    other.save()
    change = todos.ensure_schema({"properties": {"title": {"type": "string", "minLength": 1}}})
    assert (change.changed, change.removed) == (("title",), ("home", "votes"))
    assert (todos.load()).data["sort"] == "title"
    with pytest.raises(InvalidRequestError, match="nosuch"):
        todos.ensure_schema({"type": "nosuch"})
    made = kinto_client.bucket("blog").collection("new", Todo)
    assert (made.ensure_schema()).created
    assert not made.ensure_schema(Todo)
    with pytest.raises(PermissionDeniedError):
        connect("bob").bucket("blog").collection("todos", Todo).ensure_schema()
    with pytest.raises(UsageError, match="has no model"):
        kinto_client.bucket("blog").collection("todos").ensure_schema()
    with pytest.raises(UsageError, match="a batch has no answers"):
        with kinto_client.batch() as batch:
            batch.bucket("blog").collection("todos", Todo).ensure_schema()


@pytest.mark.parametrize("ahead", [False, True])
def test_one_bad_record_does_not_stop_a_job(kinto_client: Client, ahead: object) -> None:
    """A lenient query gives what fits and keeps the rest with all that is wrong, every time and however it is read."""
    fill(kinto_client)
    todos = kinto_client.bucket("blog").collection("todos", Todo)
    query = todos.records().order_by("id").page_size(2).lenient()
    query = query.prefetch() if ahead else query
    assert query.misfits == []
    good = ["r0", "r2", "r4"]
    for _ in range(2):
        assert [record.id for record in query] == good
        assert [misfit.item.id for misfit in query.misfits] == ["r1", "r3"]
    first = query.misfits[0]
    assert first.problems == ("title: expected a string, got 5", "votes: expected an integer, got 'many'")
    assert str(first).startswith("/buckets/blog/collections/todos/records/r1 does not fit Todo: ")
    assert first.item.to_dict()["title"] == 5
    assert [record.id for record in query.all()] == good
    assert len(query.misfits) == 2
    assert [[record.id for record in page.items] for page in query.pages()] == [["r0"], ["r2"], ["r4"]]
    assert len(query.misfits) == 2
    assert (query.where(id="r0").all())[0].data.title == "a"
    assert len(query.misfits) == 2
    descending = query.order_by("-title")
    first_that_fits = todos.records().where(id="r1").lenient().first()
    assert first_that_fits is None
    record = descending.first()
    assert record is not None
    assert record.data.title == "e"
    assert [record.data for record in query.only("title")] == [
        {key: value for key, value in document.items() if key == "title"} for document in MIXED.values()
    ]


def test_without_leniency_a_bad_record_is_an_error(kinto_client: Client) -> None:
    """It comes with the data, not with the record, so that the others can be used; `one()` never overlooks one."""
    fill(kinto_client)
    todos = kinto_client.bucket("blog").collection("todos", Todo)
    records = todos.records().all()
    with pytest.raises(ModelError, match="records/r1 does not fit Todo"):
        _ = records.by_id["r1"].data
    with pytest.raises(UsageError, match="lenient"):
        _ = todos.records().misfits
    assert (todos.records().where(id="r1").lenient().one()).id == "r1"
    with pytest.raises(NotOneError):
        todos.records().lenient().one()
    strict = kinto_client.bucket("blog").collection("todos", Todo, strict=True)
    query = strict.records().order_by("id").lenient()
    assert [record.id for record in query] == ["r4"]
    assert query.misfits[0].problems == ("home: zip: not declared by the model",)
    rights = kinto_client.my_permissions().lenient()  # of things that have no data
    assert len(rights.all()) > 0
    assert rights.misfits == []


def test_versions_that_do_not_fit_today(kinto_client: Client) -> None:
    """A history can be read leniently, too; its errors name the object and the version."""
    bucket = kinto_client.create_bucket("blog")
    untyped = bucket.create_collection("todos")
    record = untyped.create_record({"name": "old"}, id="r")
    record.replace({"title": "new"})
    history = bucket.collection("todos", Todo).record("r").history().lenient()
    assert [entry.data for entry in history] == [Todo("new")]
    [misfit] = history.misfits
    assert misfit.item.document == {"name": "old"}
    assert f"records/r at version {misfit.item.version} does not fit Todo: title: is missing" in str(misfit)


def test_all_that_is_wrong_with_what_is_there(kinto_client: Client) -> None:
    """Records, dicts and instances are checked by the schema that is asked for, the collection's, or the model's."""
    untyped = fill(kinto_client)
    todos = kinto_client.bucket("blog").collection("todos", Todo)
    found = {misfit.item.id: misfit.problems for misfit in todos.validate()}
    assert found == {
        "r1": ("title: 5 is not of type 'string'", "votes: 'many' is not of type 'integer'"),
        "r3": ("title: 'title' is a required property",),
    }
    with pytest.raises(UsageError, match="neither a schema nor a model"):
        untyped.validate()
    assert len(untyped.validate(schema=Todo)) == 2
    todos.ensure_schema({"required": ["colour"]})
    untyped.load()
    assert len(untyped.validate(untyped.records().where(id="r2"))) == 0
    assert len(todos.validate()) == 4
    new = todos.new_record(Todo("x"), "r9")
    dicts = untyped.validate([{"colour": 1}, {"title": 5}, {"colour": {1, 2}}], Todo)
    assert [misfit.item.get("colour") for misfit in dicts] == [1, None, {1, 2}]
    assert str(dicts[0]).startswith("records[0] does not fit the schema of /buckets/blog/collections/todos: ")
    assert "a set has no JSON form" in str(dicts[2])
    assert [misfit.item for misfit in todos.validate([new])] == [new]
    broken = Todo("x")
    broken.votes = {1}  # type: ignore[assignment]  # what a type checker would have refused
    assert len(todos.validate([Todo("x"), broken], schema={})) == 1
    with pytest.raises(UsageError, match="the schema is not valid"):
        todos.validate([], schema={"type": "nosuch"})


def test_checked_before_it_is_sent(kinto_client: Client, connect: Callable[..., Client]) -> None:
    """A checked handle finds all that the server would refuse, for whoever may read the collection or not."""
    fill(kinto_client)
    kinto_client.bucket("blog").collection("todos").ensure_schema(Todo)
    checked = kinto_client.bucket("blog").collection("todos", validate=True)
    with pytest.raises(ModelError) as caught:
        checked.create_record({"title": 1, "votes": "x"})
    assert len(caught.value.problems) == 2
    record = checked.create_record({"title": "x"})
    with pytest.raises(ModelError):
        record.patch({"title": ""})
    record.data["votes"] = 1.5
    with pytest.raises(ModelError):
        record.save()
    record.data["votes"] = 2
    assert not (record.save()).is_dirty
    assert not checked.record("r1").exists() or (checked.get_record("r1")).data["title"] == 5
    part = (checked.records().where(id=record.id).only("votes").all())[0]
    part.data["votes"] = "x"
    with pytest.raises(ModelError):
        part.save()
    kinto_client.bucket("blog").collection("todos").grant("record:create", "system.Authenticated")
    theirs = connect("bob").bucket("blog").collection("todos", Todo, validate=True)
    assert (theirs.create_record(Todo("y"))).created
    with pytest.raises(ModelError):
        theirs.record("r9").patch({"title": 1})


@pytest.mark.parametrize("model", [Named, Fixed])
def test_an_id_in_the_model_goes_everywhere(kinto_client: Client, model: Any) -> None:
    """Filled by every write and read, alone, in a batch and in a list, and never sent."""
    bucket = kinto_client.create_bucket("blog")
    things = bucket.create_collection("things", model)
    record = things.create_record(model("a"))
    assert (record.data.id, record.data.last_modified) == (record.id, record.last_modified)
    assert (things.create_record(model("a", id="given"))).id == "given"
    with pytest.raises(UsageError, match="two ids"):
        things.create_record(model("a", id="given"), id="other")
    record.data = attrs.evolve(record.data, title="b")
    record.save()
    assert (record.data.title, record.data.last_modified) == ("b", record.last_modified)
    record.replace(model("c"))
    assert (record.data, record.is_dirty) == (model("c", record.id, record.last_modified), False)
    with kinto_client.batch() as batch:
        made = batch.save(things.new_record(model("d")))
        batch.replace(record, model("e"))
    assert (made.data.id, record.data.title) == (made.id, "e")
    listed = (things.records().all()).by_id
    for each in (record, made):
        assert listed[each.id].data == each.data == (things.get_record(each.id)).data
        assert not listed[each.id].is_dirty
    untyped = bucket.collection("things")
    assert (untyped.get_record(made.id)).data.keys() - {"schema"} == {"title"}
    outcomes = [outcome for outcome in things.create_records([model("f"), model("g", id="mine")])]
    assert [outcome.resource.data.id for outcome in outcomes] == [outcomes[0].resource.id, "mine"]
