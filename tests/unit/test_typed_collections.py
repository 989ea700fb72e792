# ruff: noqa: D101  # the models are examples
"""Handles on collections of a model: strict or not, with a converter of their own, and what is left out of the data."""

import pickle
import sys
from typing import Any

import attrs
import pytest

from kinto_sdk import Client, Collection, Misfit, ModelError, NotLoadedError, Record, UsageError
from kinto_sdk.flows import objects as flows
from kinto_sdk.models import converter
from kinto_sdk.objects.checks import Checks
from kinto_sdk.objects.models import codec_for
from tests.flows.driving import Answer, body, navigation, row, run
from tests.unit.model_cases import Circle, Square


@attrs.define
class Address:
    city: str


@attrs.define
class Cat:
    lives: int = 9


@attrs.define
class Dog:
    trick: str = ""


@attrs.define
class Todo:
    title: str
    home: Address | None = None
    pet: Cat | Dog | None = None
    stops: list[Address] = attrs.field(factory=list)


def collection(model: type[Any] | None = Todo, **how: Any) -> Collection[Any]:
    """A handle."""
    found: Collection[Any] = navigation().bucket("b").collection("c", model, **how)
    return found


def listed(document: dict[str, Any], model: type[Any] | None = Todo, **how: Any) -> Record[Any]:
    """A record from a list."""
    return collection(model, **how)._from_row(row(5, **document))


FULL = {
    "title": "a",
    "votes": 3,
    "home": {"city": "X", "zip": "1"},
    "pet": {"_type": "Cat", "lives": 8, "color": "red"},
    "stops": [{"city": "Y", "zip": "2"}],
    "schema": 1234,
    "attachment": {"filename": "x.txt"},
}
EXTRA = {"votes": 3, "home": {"zip": "1"}, "pet": {"color": "red"}}


# ---- what is left out ----------------------------------------------------------------------------------------------


def test_what_the_model_does_not_declare_is_extra() -> None:
    """In nested objects too; without the server's own fields, a union's tag, the id and the version."""
    record = listed(FULL)
    assert record.extra == EXTRA
    record.extra["votes"] = 4
    record.extra["home"]["zip"] = "2"
    assert (record.extra, record.is_dirty) == (EXTRA, False)


def test_extra_fields_survive_and_stay_visible_after_an_edit() -> None:
    """They are what the server has, whatever happens to the data."""
    record = listed(FULL)
    record.data.title = "b"
    record.data.home = None
    assert record.extra == {"votes": 3, "pet": {"color": "red"}}
    assert record.unsaved.set == {"title": "b", "home": None}


@pytest.mark.parametrize(("model", "document"), [(None, FULL), (Todo, {"title": "a", "home": {"city": "X"}})])
def test_there_may_be_nothing_extra(model: type[Any] | None, document: dict[str, Any]) -> None:
    """A dict holds every field, and a document may hold no more than its model."""
    assert listed(document, model).extra == {}


def test_extra_needs_a_document_that_fits() -> None:
    """It is not known before the record is loaded; a record not saved yet has none."""
    with pytest.raises(NotLoadedError):
        _ = collection().record("r").extra
    with pytest.raises(ModelError, match="title"):
        _ = listed({"title": 5}).extra
    assert collection().new_record(Todo("x")).extra == {}


def test_a_stamp_that_is_none_is_extra() -> None:
    """Fields of these names that are not of the server's making are the user's."""
    assert listed({"title": "a", "schema": {"a": 1}, "attachment": "x"}).extra == {
        "schema": {"a": 1},
        "attachment": "x",
    }


# ---- strict --------------------------------------------------------------------------------------------------------


def test_undeclared_fields_are_an_error_when_strict() -> None:
    """The error names the record and each path, at every depth."""
    record = listed(FULL, strict=True)
    with pytest.raises(ModelError) as caught:
        _ = record.data
    assert str(caught.value).startswith("/buckets/b/collections/c/records/r does not fit Todo: ")
    assert set(caught.value.problems) == {
        "home: zip: not declared by the model",
        "pet: color: not declared by the model",
        "stops[0]: zip: not declared by the model",
        "votes: not declared by the model",
    }


@attrs.define
class Kept:
    shape: Circle | Square
    id: str | None = None
    last_modified: int | None = None
    schema: int = 0


def test_what_is_declared_fits_when_strict() -> None:
    """The server's own fields and a union's tag are no reason to refuse; declared ones are filled."""
    document = {"title": "a", "pet": {"_type": "Dog", "trick": "roll"}, "schema": 7, "attachment": {"filename": "x"}}
    assert listed(document, strict=True).data == Todo("a", pet=Dog("roll"))
    shape = {"radius": 1.0, "type": "circle"}
    assert listed({"shape": shape, "schema": 7}, Kept, strict=True).data == Kept(Circle(1.0), "r", 5, 7)
    with pytest.raises(ModelError, match="shape"):
        _ = listed({"shape": {**shape, "side": 2}}, Kept, strict=True).data


def test_a_strict_record_takes_the_server_s_answer() -> None:
    """After a write its data is what the server has, or an error when that does not fit any more."""
    record = listed({"title": "a"}, strict=True)
    record.data.title = "b"
    data = record.data
    run(flows.save(record), Answer(200, body(6, title="b", schema=6)))
    assert (record.data is data, record.is_dirty) == (True, False)
    record.data.title = "c"
    run(flows.save(record), Answer(200, body(7, title="c", votes=1)))
    with pytest.raises(ModelError, match="votes: not declared"):
        _ = record.data


def test_strictness_and_converters_are_about_models() -> None:
    """Without one they would mean nothing."""
    for how in ({"strict": True}, {"converter": converter()}):
        with pytest.raises(UsageError, match="about a model"):
            collection(None, **how)


# ---- converters ----------------------------------------------------------------------------------------------------


def shouting() -> Any:
    """A converter that reads text in capitals."""
    made = converter()
    made.register_structure_hook(str, lambda value, _: value.upper())
    return made


def test_a_collection_may_have_a_converter_of_its_own() -> None:
    """It goes before the client's, strict or not."""
    assert listed({"title": "a"}, converter=shouting()).data.title == "A"
    assert listed({"title": "a"}, converter=shouting(), strict=True).data.title == "A"
    client: Collection[Todo] = navigation(converter=shouting()).bucket("b").collection("c", Todo)
    assert client._from_row(row(5, title="a")).data.title == "A"
    own: Collection[Todo] = navigation(converter=shouting()).bucket("b").collection("c", Todo, converter=converter())
    assert own._from_row(row(5, title="a")).data.title == "a"


def test_what_was_said_of_the_records_travels() -> None:
    """To another client as a whole; to another process all but the converter."""
    made = shouting()
    handle = collection(strict=True, validate=True, converter=made)
    record = handle._from_row(row(5, title="a", votes=1))
    with Client("http://server/v1", dry_run=True) as client:
        moved = record.using(client)
        assert (moved._form, moved._form.converter) == (handle._form, made)
        assert handle.using(client)._form == handle._form
    again = pickle.loads(pickle.dumps(record))  # noqa: S301  # ours
    assert (again._form.strict, again._form.validate, again._form.converter) == (True, True, None)
    with pytest.raises(ModelError, match="votes"):
        _ = again.data


# ---- an id in the model --------------------------------------------------------------------------------------------


@attrs.define
class Named:
    title: str
    id: str = ""
    last_modified: int = 0


def test_an_id_left_at_its_default_is_none() -> None:
    """So the type of the id need not be optional."""
    record = collection(Named).new_record(Named("x"))
    assert len(record.id) == 36
    assert collection(Named).new_record(Named("x", id="a")).id == "a"
    ran = run(flows.create(record), Answer(201, {"data": {"title": "x", "id": record.id, "last_modified": 5}}))
    assert ran.request.json == {"data": {"title": "x"}}
    assert (record.data.id, record.data.last_modified, record.is_dirty) == (record.id, 5, False)


def test_an_id_drawn_by_the_model_is_the_record_s() -> None:
    """A factory's value is no default: it is meant."""

    @attrs.define
    class Drawn:
        id: str = attrs.field(factory=lambda: "drawn")

    assert codec_for(Drawn).declared_id(Drawn()) == "drawn"


# ---- the rest ------------------------------------------------------------------------------------------------------


def test_validation_needs_its_extra_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error comes with the handle, not with the first record."""
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(UsageError, match=r"pip install 'kinto-sdk\[validation\]'"):
        collection(validate=True)


def test_a_check_is_made_once_per_schema() -> None:
    """It serves all records, until the schema is another one; one that was edited in place is."""
    checks = Checks(Todo)
    schema: dict[str, Any] = {"properties": {"a": {"type": "string"}}}
    assert [len(checks.problems(schema, {"a": value})) for value in (1, "x")] == [1, 0]
    schema["properties"]["a"]["type"] = "integer"
    assert [len(checks.problems(schema, {"a": value})) for value in (1, "x")] == [0, 1]
    assert checks.schema(None) is checks.schema(None)
    assert checks.schema(schema) is schema


def test_fields_alone_are_checked_without_what_is_about_the_whole() -> None:
    """References into the schema lead where they led."""
    schema = {
        "properties": {"a": {"$ref": "#/definitions/A"}},
        "required": ["b"],
        "minProperties": 2,
        "definitions": {"A": {"type": "string"}},
    }
    checks = Checks(None)
    assert checks.problems(schema, {"a": "x"}, partial=True) == []
    assert len(checks.problems(schema, {"a": 1}, partial=True)) == 1
    assert len(checks.problems(schema, {"a": "x"})) == 2


def test_a_model_needs_the_fields_that_were_not_read() -> None:
    """The model is not to blame when only a part of the document was asked for."""
    record = collection().record("r")
    run(flows.load(record, fields=("stops",)), Answer(200, {"data": row(1, stops=[])}))
    with pytest.raises(ModelError, match=r"title.*it was read in part: load\(\)"):
        _ = record.data


def test_a_misfit_tells_what_is_wrong() -> None:
    """A line for each problem; the message itself where there is but one."""
    assert Misfit(1, ModelError("no", ["a: b", "c: d"])).problems == ("a: b", "c: d")
    assert (Misfit(1, ModelError("no")).problems, str(Misfit(1, ModelError("no")))) == (("no",), "no")


def test_a_batch_and_a_path_lead_to_the_same_collection() -> None:
    """`from_path` takes a model, too."""
    handle = navigation().from_path("/buckets/b/collections/c/records/r", Todo)
    assert isinstance(handle, Record)
    assert handle.collection.model is Todo
