"""A collection's schema brought in step, and records checked before they are sent."""

from collections.abc import Callable
from typing import Any

import pytest

from kinto_sdk import (
    AlreadyExistsError,
    BatchError,
    Client,
    Collection,
    ConflictError,
    InvalidRequestError,
    JSONPatch,
    MergePatch,
    ModelError,
    NotLoadedError,
    PermissionDeniedError,
    Record,
    SchemaChange,
    TransportError,
    UsageError,
    json_schema,
)
from kinto_sdk.flows import attachments, history
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.patches import patching
from kinto_sdk.flows.schemas import ROUNDS, ensure_schema, ensuring
from kinto_sdk.objects.uploads import read_upload
from tests.flows.driving import LOST, Answer, body, navigation, row, run
from tests.flows.records import FORBIDDEN, Todo

PATH = "/buckets/b/collections/c"
OLD = {"type": "object", "properties": {"title": {"type": "string"}, "gone": {}}}
NEW = {"type": "object", "properties": {"title": {"type": "string"}, "n": {"type": "number", "minimum": 0.1}}}
NOT_FOUND = Answer(404, {"errno": 110, "error": "Not Found", "details": {"id": "c", "resource_name": "collection"}})
TAKEN = Answer(412, {"errno": 114, "details": {"existing": row(9, "c")}})
CHANGED = Answer(412, {"errno": 114, "details": {"existing": row(9, "c")}})


def handle(model: type[Any] | None = None, **how: Any) -> Collection[Any]:
    """A collection of which nothing is known."""
    found: Collection[Any] = navigation().bucket("b").collection("c", model, **how)
    return found


def stored(version: int, **fields: Any) -> Answer:
    """The collection as the server has it."""
    return Answer(200, body(version, "c", **fields))


# ---- in step -------------------------------------------------------------------------------------------------------


def test_a_schema_that_is_there_is_left_alone() -> None:
    """One GET, and the answer is falsy; the handle has been loaded by it."""
    collection = handle()
    ran = run(ensure_schema(collection, NEW), stored(5, schema=NEW, sort="-x"))
    assert (ran.request.method, ran.request.path) == ("GET", PATH)
    assert not ran.value
    assert (ran.value.before, ran.value.created, str(ran.value)) == (NEW, False, "unchanged")
    assert (collection.schema, collection.data["sort"], collection.last_modified) == (NEW, "-x", 5)


def test_what_the_server_does_to_numbers_is_no_difference() -> None:
    """The last digit of a bound may have changed on the way; that is not sent again and again."""
    now = {**NEW, "properties": {**NEW["properties"], "n": {"type": "number", "minimum": 0.10000000000000002}}}
    assert not run(ensure_schema(handle(), NEW), stored(5, schema=now)).value


def test_a_schema_that_differs_is_patched_alone() -> None:
    """The PATCH carries the schema, under the version just read; what differs is told field by field."""
    collection = handle()
    ran = run(ensure_schema(collection, NEW), stored(5, schema=OLD, sort="x"), stored(6, schema=NEW, sort="x"))
    patch = ran.requests[1]
    assert (patch.method, patch.json, patch.headers["If-Match"]) == ("PATCH", {"data": {"schema": NEW}}, '"5"')
    change = ran.value
    assert (change.added, change.removed, change.changed) == (("n",), ("gone",), ())
    assert str(change) == "added n; removed gone"
    assert (collection.schema, collection.last_modified, collection.is_dirty) == (NEW, 6, False)


def test_what_changed_in_a_schema_is_told() -> None:
    """A field's own schema, and whether it is required; a difference elsewhere is one, too."""
    before = {"properties": {"a": {}, "b": {"type": "string"}, "c": {}}, "required": ["a"]}
    after = {"properties": {"a": {}, "b": {"type": "integer"}, "c": {}}, "required": []}
    change = SchemaChange(before=before, after=after)
    assert (bool(change), change.changed, str(change)) == (True, ("a", "b"), "changed a, b")
    assert str(SchemaChange(before=after, after={**after, "title": "T"})) == "schema set"
    assert str(SchemaChange(before=None, after={}, created=True)) == "collection created; schema set"
    assert SchemaChange(before={"properties": []}, after={"properties": {}}).added == ()


def test_a_collection_that_is_not_there_is_created() -> None:
    """With what its handle was given, and never over another one."""
    collection = handle()
    collection.data = {"sort": "-x"}
    collection.permissions = {"read": ["system.Everyone"]}
    made = Answer(201, body(7, "c", sort="-x", schema=NEW))
    ran = run(ensure_schema(collection, NEW), NOT_FOUND, made)
    put = ran.requests[1]
    assert put.json == {"data": {"sort": "-x", "schema": NEW}, "permissions": {"read": ["system.Everyone"]}}
    assert put.headers["If-None-Match"] == "*"
    assert (bool(ran.value), ran.value.created, ran.value.before, ran.value.after) == (True, True, None, NEW)
    assert (collection.created, collection.last_modified, collection.is_dirty) == (True, 7, False)


def test_one_that_was_seen_and_is_gone_is_created_with_the_schema_alone() -> None:
    """What it was before went with it."""
    collection = handle()
    run(flows.load(collection), stored(5, sort="x"))
    ran = run(ensure_schema(collection, NEW), NOT_FOUND, Answer(201, body(7, "c", schema=NEW)))
    assert ran.requests[1].json == {"data": {"schema": NEW}}


def test_a_creation_that_fails_leaves_the_handle_as_it_was() -> None:
    """Nothing is known of it, as before."""
    collection = handle()
    with pytest.raises(PermissionDeniedError):
        run(ensure_schema(collection, NEW), NOT_FOUND, FORBIDDEN)
    assert not collection.is_dirty
    with pytest.raises(NotLoadedError):
        _ = collection.data


def test_somebody_else_may_create_it_first() -> None:
    """Then his is looked at."""
    ran = run(ensure_schema(handle(), NEW), NOT_FOUND, TAKEN, stored(9, schema=NEW))
    assert [each.method for each in ran.requests] == ["GET", "PUT", "GET"]
    assert not ran.value


def test_somebody_else_may_change_it_first() -> None:
    """The collection is read again, and the PATCH goes under the new version; or it is gone and created."""
    ran = run(ensure_schema(handle(), NEW), stored(5), CHANGED, stored(9, schema=OLD), stored(10, schema=NEW))
    assert [each.headers.get("If-Match") for each in ran.requests] == [None, '"5"', None, '"9"']
    assert ran.value.before == OLD
    gone = run(ensure_schema(handle(), NEW), stored(5), NOT_FOUND, NOT_FOUND, Answer(201, body(7, "c", schema=NEW)))
    assert gone.value.created


@pytest.mark.parametrize(
    ("answers", "error"), [((stored(5), CHANGED), ConflictError), ((NOT_FOUND, TAKEN), AlreadyExistsError)]
)
def test_the_rounds_come_to_an_end(answers: tuple[Answer, ...], error: type[Exception]) -> None:
    """Where somebody is always faster, that is told."""
    with pytest.raises(error):
        run(ensure_schema(handle(), NEW), *(answers * ROUNDS))


def test_a_lost_answer_is_settled_by_reading() -> None:
    """When the refusal is about our own success, what is told is what that changed."""
    lost = Answer(412, {"errno": 114, "details": {"existing": row(6, "c", schema=NEW)}}, retried=True)
    ran = run(ensure_schema(handle(), NEW), stored(5, schema=OLD), lost, stored(6, schema=NEW))
    assert (ran.value.before, ran.value.after) == (OLD, NEW)
    collection = handle()
    with pytest.raises(TransportError):
        run(ensure_schema(collection, NEW), stored(5, schema=OLD), LOST)
    assert collection.is_dirty


def test_unsaved_edits_stay_unsaved() -> None:
    """And what somebody else did to the collection meanwhile can't be overwritten by saving them."""
    collection = handle()
    run(flows.load(collection), stored(4, sort="a"))
    collection.data["sort"] = "mine"
    run(ensure_schema(collection, NEW), stored(5, sort="a"), stored(6, sort="a", schema=NEW))
    assert (collection.unsaved.set, collection.last_modified) == ({"sort": "mine"}, 6)
    run(ensure_schema(collection, OLD), stored(7, sort="theirs", schema=NEW), stored(8, sort="theirs", schema=OLD))
    assert collection.last_modified == 6
    assert collection.unsaved.set["sort"] == "mine"


def test_refusals_come_through() -> None:
    """An invalid schema names what is wrong; who may not read the collection is told."""
    invalid = Answer(400, {"errno": 107, "details": [{"location": "body", "name": "schema", "description": "no"}]})
    with pytest.raises(InvalidRequestError) as caught:
        run(ensure_schema(handle(), {"type": "nosuch"}), stored(5), invalid)
    assert caught.value.problems[0].name == "schema"
    with pytest.raises(PermissionDeniedError):
        run(ensure_schema(handle(), NEW), FORBIDDEN)


def test_which_schema_is_meant() -> None:
    """The one given, or the model's; anything else is told before a request."""
    model = json_schema(Todo)
    assert run(ensuring(handle(), Todo, None), stored(5, schema=model)).value.after == model
    assert run(ensuring(handle(), None, Todo), stored(5, schema=model)).value.after == model
    assert run(ensuring(handle(), Todo, NEW), stored(5, schema=NEW)).value.after == NEW
    for wrong in (None, 5, "x"):
        with pytest.raises(UsageError, match="model"):
            ensuring(handle(), None, wrong)


def test_what_is_known_of_the_schema() -> None:
    """It is a part of the data, so it is not known before that is, and never read by itself."""
    collection = handle()
    with pytest.raises(NotLoadedError, match=r"/buckets/b/collections/c: its schema is not known; call load\(\)"):
        _ = collection.schema
    run(flows.load(collection), stored(5, sort="x"))
    assert collection.schema is None
    collection.data["schema"] = NEW
    assert collection.schema == NEW
    run(flows.load(collection, fields=("sort",)), stored(5, sort="x"))
    with pytest.raises(NotLoadedError):
        _ = collection.schema
    run(flows.load(collection, fields=("schema",)), stored(5, schema=OLD))
    assert collection.schema == OLD


# ---- checked before sending ----------------------------------------------------------------------------------------

CHECKED = {"properties": {"title": {"type": "string"}, "n": {"type": "number"}}, "required": ["title"]}
BAD = {"title": 1, "n": "x"}


def checked(**fields: Any) -> Record[Any]:
    """A record that was seen, of a collection whose schema is known."""
    collection = handle(validate=True)
    run(flows.load(collection), stored(5, schema=CHECKED))
    record = collection.record("r")
    if fields:
        run(flows.load(record), Answer(200, body(5, **fields)))
    return record


def spoiled() -> Record[Any]:
    """One with unsaved edits that do not fit."""
    record = checked(title="x")
    record.data.update(BAD)
    return record


WRITES: dict[str, Callable[[], Any]] = {
    "create": lambda: flows.create(checked()._fill(BAD, None)),
    "create if not exists": lambda: flows.create(checked()._fill(BAD, None), if_not_exists=True),
    "save": lambda: flows.save(spoiled()),
    "replace": lambda: flows.replace(checked(), BAD, BAD),
    "patch": lambda: patching(checked(title="x"), BAD),
    "patch of a handle": lambda: patching(checked(), BAD),
    "merge patch": lambda: patching(checked(title="x"), MergePatch(BAD)),
    "restore": lambda: history.restore(checked(title="x"), BAD),
}


@pytest.mark.parametrize("name", WRITES)
def test_what_does_not_fit_is_not_sent(name: str) -> None:
    """Whichever way it was to be written: one error has all that is wrong, and there is no request."""
    with pytest.raises(ModelError) as caught:
        run(WRITES[name]())
    assert set(caught.value.problems) == {"n: 'x' is not of type 'number'", "title: 1 is not of type 'string'"}
    assert str(caught.value).startswith(f"{PATH}/records/r does not fit the schema of {PATH}: ")


def test_what_fits_is_sent() -> None:
    """A patch of a record never seen is checked as far as it goes; what can't be told is left to the server."""
    answer = Answer(200, body(6, title="y"))
    assert run(flows.replace(checked(), {"title": "y"}, {"title": "y"}), answer).request.method == "PUT"
    for change in ({"n": 1}, MergePatch({"n": "x"})):
        ran = run(patching(checked(), change), answer)
        assert ran.request.method == "PATCH"
    partial = checked()
    run(flows.load(partial, fields=("n",)), Answer(200, body(5, n=1)))
    partial.data["n"] = 2
    assert run(flows.save(partial), answer).request.json == {"data": {"n": 2}}
    partial.permissions = {"read": ["system.Everyone"]}
    assert "data" not in run(flows.save(partial), answer).request.json


def test_a_json_patch_is_checked_by_what_it_makes() -> None:
    """Of a record that was seen."""
    record = checked(title="x")
    root = Answer(200, {"settings": {}, "user": {"id": "basicauth:me"}})
    operation = JSONPatch().replace("/data/title", 1)
    with pytest.raises(ModelError):
        run(patching(record, operation), root)


def test_the_schema_is_read_once() -> None:
    """With the first record that is to be checked, unless the collection was loaded."""
    collection = handle(validate=True)
    made = Answer(201, body(6, title="x"))
    first = run(flows.create(collection.new_record({"title": "x"}, "r")), stored(5, schema=CHECKED), made)
    assert [each.method for each in first.requests] == ["GET", "PUT"]
    with pytest.raises(ModelError):
        run(flows.create(collection.new_record(BAD)))
    with pytest.raises(NotLoadedError):  # nobody asked for the collection itself
        _ = collection.data


def test_a_new_schema_counts_at_once() -> None:
    """What the handle on the collection knows is what is checked."""
    record = checked(title="x")
    record.data["n"] = "x"
    collection = record.collection
    run(ensure_schema(collection, {"properties": {"n": {}}}), stored(6), stored(7, schema={"properties": {"n": {}}}))
    assert run(flows.save(record), Answer(200, body(8, title="x", n="x"))).request.method == "PATCH"


@pytest.mark.parametrize("answer", [FORBIDDEN, NOT_FOUND, stored(5)])
def test_without_a_schema_it_is_the_model_s(answer: Answer) -> None:
    """Who may write records need not be able to read their collection."""
    collection = handle(Todo, validate=True)
    with pytest.raises(ModelError, match="done: 1 is not of type 'boolean'"):
        run(patching(collection.record("r"), {"done": 1}), answer)
    untyped = handle(validate=True)
    ran = run(flows.create(untyped.new_record({"done": 1})), answer, Answer(201, body(6, done=1)))
    assert ran.requests[1].method == "PUT"


def test_a_server_that_fails_is_told() -> None:
    """It may have a schema; nothing is sent without having looked."""
    collection = handle(validate=True)
    with pytest.raises(TransportError):
        run(flows.create(collection.new_record({})), LOST)
    with pytest.raises(InvalidRequestError):
        run(flows.create(collection.new_record({})), Answer(400, {"errno": 107}))


def test_files_are_checked_with_their_records() -> None:
    """What goes along with a file is a write like any other."""
    root = Answer(200, {"capabilities": {"attachments": {}}, "settings": {}})
    upload = read_upload(b"x", filename="x.txt")
    record = checked()
    with pytest.raises(ModelError, match="title"):
        run(attachments.add_attachment(record, upload, data={"title": 1}), root)
    with pytest.raises(ModelError, match="title"):
        run(attachments.create_attached(checked()._fill(BAD, None), upload), root)


def test_an_unchecked_handle_sends_everything() -> None:
    """The server decides, unless validation was asked for."""
    record = handle().record("r")
    assert run(flows.replace(record, BAD, BAD), Answer(200, body(6, **BAD))).request.json == {"data": BAD}


def test_partial_records_are_checked_too() -> None:
    """Those of `only()` are dicts, and share what is known of the schema."""
    collection = handle(Todo, validate=True)
    twin = collection._untyped()
    assert twin._checks is collection._checks
    assert twin.model is None
    assert handle(validate=True)._untyped().model is None


def test_a_batch_collects_what_does_not_fit() -> None:
    """Each operation has its own error; the others are sent."""
    with Client("http://server/v1", dry_run=True) as client:
        collection = client.bucket("b").collection("c", Todo, validate=True)
        with pytest.raises(BatchError) as caught, client.batch() as batch:
            batch.patch(collection.record("a"), {"done": 1})
            batch.save(collection.new_record(Todo("x"), "b"))
        assert [type(error) for error in caught.value.exceptions] == [ModelError]
        assert [outcome.status for outcome in batch.results()] == ["failed", "succeeded"]
