# ruff: noqa: D101, DTZ001  # the models are examples, and naive datetimes are among what is tested
"""The JSON Schema of a model."""

import dataclasses
import enum
import re
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID, uuid4

import attrs
import pytest
from attrs import validators
from hypothesis import given
from jsonschema import Draft7Validator

from kinto_sdk.objects.fields import kinto_field
from kinto_sdk.objects.models import codec_for
from kinto_sdk.objects.problems import schema_checker
from kinto_sdk.objects.schema import json_schema
from kinto_sdk.protocol.errors import Problem, UsageError
from tests.unit.model_cases import (
    Cat,
    Circle,
    Color,
    Dog,
    Level,
    Node,
    Odd,
    Page,
    Point,
    Rights,
    Shade,
    Square,
    UserId,
    instances,
)


@attrs.define
class Task:
    """Something to do.

    It may have parts.
    """

    title: str = attrs.field(validator=[validators.min_len(1), validators.max_len(80)])
    id: str | None = None
    last_modified: int | None = None
    done: bool = False
    due: datetime | None = None
    stars: int = attrs.field(default=1, validator=validators.and_(validators.ge(1), validators.lt(6)))
    color: Color = Color.RED
    where: Point | None = attrs.field(default=None, metadata=kinto_field("place", description="Where it is."))
    parts: "list[Task]" = attrs.field(factory=list)
    note: str | None = attrs.field(default=None, metadata=kinto_field(omit_default=True))
    key: UUID = attrs.field(factory=uuid4)


def test_the_schema_of_a_model() -> None:
    """Types, names, required fields, defaults, constraints, nested classes and docstrings are all told."""
    assert json_schema(Task) == {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Task",
        "description": "Something to do.\n\nIt may have parts.",
        "type": "object",
        "properties": {
            "title": {"type": "string", "minLength": 1, "maxLength": 80},
            "done": {"type": "boolean", "default": False},
            "due": {"type": ["string", "null"], "format": "date-time"},
            "stars": {"type": "integer", "minimum": 1, "exclusiveMaximum": 6, "default": 1},
            "color": {"allOf": [{"$ref": "#/definitions/Color"}], "default": "red"},
            "place": {
                "anyOf": [{"$ref": "#/definitions/Point"}, {"type": "null"}],
                "description": "Where it is.",
            },
            "parts": {"type": "array", "items": {"$ref": "#"}, "default": []},
            "note": {"type": "string"},
            "key": {"type": "string", "format": "uuid"},
        },
        "required": ["title"],
        "definitions": {
            "Color": {"title": "Color", "type": "string", "enum": ["red", "blue"]},
            "Point": {
                "title": "Point",
                "type": "object",
                "properties": {"x": {"type": "integer"}, "y": {"type": "number", "default": 0.0}},
                "required": ["x"],
            },
        },
    }


class Everything:
    def __contains__(self, _: object) -> bool:
        return True


class Size(TypedDict):
    width: int
    unit: NotRequired[str]


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (str, {"type": "string"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (type(None), {"type": "null"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (date, {"type": "string", "format": "date"}),
        (time, {"type": "string", "format": "time"}),
        (timedelta, {"type": "number", "format": "seconds"}),
        (UUID, {"type": "string", "format": "uuid"}),
        (Decimal, {"type": "string", "format": "decimal"}),
        (UserId, {"type": "string"}),
        (Any, {}),
        (object, {}),
        (complex, {}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a", 1], {"enum": ["a", 1]}),
        (Rights, {"type": "integer", "minimum": 0}),
        (list, {"type": "array"}),
        (list[Any], {"type": "array"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
        (
            tuple[int, str],
            {"type": "array", "items": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
        ),
        (dict, {"type": "object"}),
        (dict[str, Any], {"type": "object"}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (dict[int, Any], {"type": "object", "propertyNames": {"pattern": "^-?[0-9]+$"}}),
        (dict[UUID, Any], {"type": "object", "propertyNames": {"format": "uuid"}}),
        (str | None, {"type": ["string", "null"]}),
        (datetime | None, {"type": ["string", "null"], "format": "date-time"}),
        (list[int] | None, {"type": ["array", "null"], "items": {"type": "integer"}}),
        (Literal["a"] | None, {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}),
        (Any | None, {}),
        (int | str | None, {"type": ["integer", "string", "null"]}),
        (datetime | int, {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]}),
    ],
)
def test_the_schema_of_a_type(kind: Any, schema: dict[str, Any]) -> None:
    """Each type has a schema of its own, as small as it can be."""
    model = attrs.make_class("Model", {"f": attrs.field(type=kind)})
    assert json_schema(model)["properties"]["f"] == schema


@pytest.mark.parametrize(
    ("kind", "definition"),
    [
        (Level, {"title": "Level", "type": "integer", "enum": [0, 1, 2]}),
        (Shade, {"title": "Shade", "type": "string", "enum": ["dark", "light"]}),
        (Odd, {"title": "Odd", "enum": [[1, 2], "2026-01-02", True, 1.5]}),
        (
            Size,
            {
                "title": "Size",
                "type": "object",
                "properties": {"width": {"type": "integer"}, "unit": {"type": "string"}},
                "required": ["width"],
            },
        ),
        (
            Page[int],
            {
                "title": "Page_int",
                "type": "object",
                "properties": {
                    "items": {"type": "array", "items": {"type": "integer"}},
                    "first": {"type": ["integer", "null"]},
                },
                "required": ["items"],
            },
        ),
    ],
)
def test_what_has_a_name_is_a_definition(kind: Any, definition: dict[str, Any]) -> None:
    """Enums, TypedDicts and classes are described once and referred to."""
    model = attrs.make_class("Model", {"f": attrs.field(type=kind), "g": attrs.field(type=list[kind])})
    schema = json_schema(model)
    name = definition["title"]
    assert schema["definitions"] == {name: definition}
    assert schema["properties"]["f"] == {"$ref": f"#/definitions/{name}"}
    assert schema["properties"]["g"]["items"] == {"$ref": f"#/definitions/{name}"}


def test_no_type_is_named_twice() -> None:
    """A server refuses a schema that does."""

    @attrs.define
    class Model:
        tags: list[Any] | tuple[Any, ...] | None

    assert json_schema(Model)["properties"]["tags"] == {"type": ["array", "null"]}


def test_a_union_of_classes_allows_each() -> None:
    """Their tag is one of the other properties, which are always allowed."""
    model = attrs.make_class("Model", {"f": attrs.field(type=Cat | Dog | None), "g": attrs.field(type=Circle | Square)})
    properties = json_schema(model)["properties"]
    assert properties["f"] == {
        "anyOf": [{"$ref": "#/definitions/Cat"}, {"$ref": "#/definitions/Dog"}, {"type": "null"}]
    }
    assert properties["g"] == {"anyOf": [{"$ref": "#/definitions/Circle"}, {"$ref": "#/definitions/Square"}]}


def test_classes_of_one_name_are_told_apart() -> None:
    """The second class called Point is Point2, also in its title."""
    other = attrs.make_class("Point", {"z": attrs.field(type=int)})
    root = attrs.make_class("Point", {"a": attrs.field(type=Point), "b": attrs.field(type=other)})
    assert {name: each["title"] for name, each in json_schema(root)["definitions"].items()} == {
        "Point2": "Point2",
        "Point3": "Point3",
    }


def test_a_model_may_lead_back_to_itself() -> None:
    """At the root as `#`, below it through its definition."""
    assert json_schema(Node)["properties"]["parent"] == {"anyOf": [{"$ref": "#"}, {"type": "null"}]}
    outer = attrs.make_class("Outer", {"f": attrs.field(type=Node)})
    node = json_schema(outer)["definitions"]["Node"]
    assert node["properties"]["children"]["items"] == {"$ref": "#/definitions/Node"}


@pytest.mark.parametrize(
    ("kind", "validator", "constraints"),
    [
        (int, validators.ge(1), {"minimum": 1}),
        (int, validators.gt(1), {"exclusiveMinimum": 1}),
        (float, validators.le(1.5), {"maximum": 1.5}),
        (float, validators.lt(1), {"exclusiveMaximum": 1}),
        (timedelta, validators.ge(timedelta(minutes=1)), {"minimum": 60.0}),
        (str, validators.min_len(1), {"minLength": 1}),
        (str, validators.max_len(9), {"maxLength": 9}),
        (list, validators.min_len(1), {"minItems": 1}),
        (set, validators.max_len(9), {"maxItems": 9}),
        (dict, validators.min_len(1), {"minProperties": 1}),
        (dict, validators.max_len(9), {"maxProperties": 9}),
        (str, validators.matches_re("a|b"), {"pattern": "^(?:a|b)$"}),
        (str, validators.matches_re("a|b", func=re.match), {"pattern": "^(?:a|b)"}),
        (str, validators.matches_re("a|b", func=re.search), {"pattern": "a|b"}),
        (str, validators.in_(["b", "a"]), {"enum": ["b", "a"]}),
        (str, validators.in_({"b", "a"}), {"enum": ["a", "b"]}),
        (date, validators.in_([date(2026, 1, 2)]), {"enum": ["2026-01-02"]}),
        (str | None, validators.optional(validators.min_len(1)), {"minLength": 1}),
        (str | None, validators.optional(validators.in_(["a"])), {"enum": ["a", None]}),
        (
            str | None,
            validators.optional([validators.min_len(1), validators.max_len(2)]),
            {"minLength": 1, "maxLength": 2},
        ),
        (int, [validators.ge(1), validators.ge(2)], {"minimum": 1, "allOf": [{"minimum": 2}]}),
        (Color, validators.in_([Color.RED]), {"allOf": [{"$ref": "#/definitions/Color"}], "enum": ["red"]}),
        (Literal["a", "b"], validators.in_(["a"]), {"enum": ["a", "b"], "allOf": [{"enum": ["a"]}]}),
        # What JSON Schema can't say is left to the client.
        (str, validators.matches_re("a", re.IGNORECASE), {}),
        (datetime, validators.ge(datetime(2026, 1, 1)), {}),
        (Decimal, validators.ge(Decimal(1)), {}),
        (int, validators.ge(2**70), {}),
        (int, validators.in_(range(3)), {"enum": [0, 1, 2]}),
        (Any, validators.in_([{1}]), {}),
        (Any, validators.in_(Everything()), {}),
        (int, validators.min_len(3), {}),
        (int, validators.instance_of(int), {}),
        (int, lambda *_: None, {}),
    ],
)
def test_the_validators_of_attrs_are_constraints(kind: Any, validator: Any, constraints: dict[str, Any]) -> None:
    """What attrs checks here, the server checks too, as far as JSON Schema goes."""
    plain = attrs.make_class("Model", {"f": attrs.field(type=kind)})
    model = attrs.make_class("Model", {"f": attrs.field(type=kind, validator=validator)})
    base = {} if "allOf" in constraints and kind is Color else json_schema(plain)["properties"]["f"]
    assert json_schema(model)["properties"]["f"] == base | constraints


@pytest.mark.parametrize(
    ("kind", "default", "notes"),
    [
        (int, 5, {"default": 5}),
        (float, 0.5, {"default": 0.5}),
        (date, date(2026, 1, 2), {"default": "2026-01-02"}),
        (Color, Color.BLUE, {"default": "blue"}),
        (tuple[int, ...], (1, 2), {"default": [1, 2]}),
        (Point, Point(1), {"default": {"x": 1, "y": 0.0}}),
        (int | None, None, {}),
        (list[int], attrs.Factory(list), {"default": []}),
        (set[int], attrs.Factory(set[int]), {"default": []}),
        (dict[str, int], attrs.Factory(dict), {"default": {}}),
        (UUID, attrs.Factory(uuid4), {}),
        (float, float("nan"), {}),
        (date, "today", {}),
    ],
)
def test_defaults_that_are_always_the_same_are_told(kind: Any, default: Any, notes: dict[str, Any]) -> None:
    """A field with any default is not required; None needs no telling."""
    model = attrs.make_class("Model", {"f": attrs.field(type=kind, default=default)})
    schema = json_schema(model)
    assert "required" not in schema
    assert {key: value for key, value in schema["properties"]["f"].items() if key == "default"} == notes


def test_a_field_that_is_left_out_by_default_does_not_allow_null() -> None:
    """It is there with its type, or not there."""

    @attrs.define
    class Model:
        a: int | str | None = attrs.field(default=None, metadata=kinto_field(omit_default=True))
        b: int = attrs.field(default=0, metadata=kinto_field(omit_default=True))
        c: date | None = attrs.field(default=None, metadata=kinto_field(omit_default=True))

    schema = json_schema(Model)
    assert schema["properties"] == {
        "a": {"type": ["integer", "string"]},
        "b": {"type": "integer", "default": 0},
        "c": {"type": "string", "format": "date"},
    }
    assert schema_checker(schema)(codec_for(Model).unstructure(Model())) == []


def test_only_docstrings_that_somebody_wrote_are_descriptions() -> None:
    """Dataclasses and enums make up their own."""

    class Kind(enum.Enum):
        A = 1

    @dataclasses.dataclass
    class Made:
        kind: Kind

    @attrs.define
    class Written:
        """What it is."""

    assert "description" not in json_schema(Made)
    assert "description" not in json_schema(Made)["definitions"]["Kind"]
    assert json_schema(Written)["description"] == "What it is."


def test_only_models_have_a_schema() -> None:
    """Anything else is refused."""
    with pytest.raises(UsageError, match="int can't be a model"):
        json_schema(int)


@given(instances())
def test_what_a_model_writes_its_schema_accepts(instance: Any) -> None:
    """No document of the model's own making is refused by the server."""
    schema = json_schema(type(instance))
    Draft7Validator.check_schema(schema)
    assert schema_checker(schema)(codec_for(type(instance)).unstructure(instance)) == []


# ---- problems ------------------------------------------------------------------------------------------------------


def test_every_problem_is_listed_with_its_path() -> None:
    """Not only the first one, as the server does."""
    document = {
        "done": "no",
        "stars": 7,
        "color": "green",
        "place": {"x": "1", "y": "2"},
        "parts": [{"title": ""}, {"done": False}],
        "note": None,
        "extra": "is allowed",
    }
    assert schema_checker(json_schema(Task))(document) == [
        Problem("body", "color", "'green' is not one of ['red', 'blue']"),
        Problem("body", "done", "'no' is not of type 'boolean'"),
        Problem("body", "note", "None is not of type 'string'"),
        Problem("body", "parts[0].title", "'' should be non-empty"),
        Problem("body", "parts[1].title", "'title' is a required property"),
        Problem("body", "place.x", "'1' is not of type 'integer'"),
        Problem("body", "place.y", "'2' is not of type 'number'"),
        Problem("body", "stars", "7 is greater than or equal to the maximum of 6"),
        Problem("body", "title", "'title' is a required property"),
    ]


def test_metadata_is_not_checked() -> None:
    """Kinto leaves it out when it validates, and asks for an id only where the schema describes one."""
    schema = {"required": ["id", "last_modified", "schema"], "additionalProperties": False}
    assert schema_checker(schema)({"id": 1, "last_modified": "x", "schema": 5}) == []
    schema = {"required": ["id"], "properties": {"id": {"type": "string"}}}
    assert schema_checker(schema)({"id": 1}) == [Problem("body", "id", "1 is not of type 'string'")]
    assert schema_checker(schema)({}) == [Problem("body", "id", "'id' is a required property")]


def test_a_value_that_fits_no_alternative_is_one_problem() -> None:
    """Unless it can only have meant one of them."""
    schema = {"properties": {"f": {"anyOf": [{"minimum": 5}, {"multipleOf": 2}]}}}
    problems = schema_checker(schema)({"f": 3})
    assert problems == [Problem("body", "f", "3 is not valid under any of the given schemas")]


def test_problems_are_short() -> None:
    """A message quotes the value, however long, only in part."""
    schema = {"properties": {"f": {"type": "integer"}}}
    [problem] = schema_checker(schema)({"f": "x" * 10_000})
    assert len(problem.description) <= 201


def test_a_checker_serves_many_documents() -> None:
    """The schema is looked at once."""
    check = schema_checker(json_schema(Point))
    assert [len(check({"x": value})) for value in (1, "x", 2)] == [0, 1, 0]


def test_an_invalid_schema_is_refused() -> None:
    """The error says where it is wrong, before any document is checked."""
    with pytest.raises(UsageError, match=r"^the schema is not valid at properties\.f\.type: 'text' is not valid"):
        schema_checker({"properties": {"f": {"type": "text"}}})
    with pytest.raises(UsageError, match=r"^the schema is not valid at its root"):
        schema_checker([])  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(UsageError, match=r"^the schema is not valid at items: "):
        schema_checker({"items": [{}]})  # Draft 7, but without saying so


def test_a_reference_to_nowhere_is_a_problem() -> None:
    """Kinto finds it when it checks a record, and names the field `schema`."""
    [problem] = schema_checker({"$ref": "#/definitions/Nowhere"})({})
    assert (problem.location, problem.name) == ("body", "schema")
    assert "/definitions/Nowhere" in problem.description


def test_validation_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without jsonschema the error names what to install."""
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(UsageError, match=r"^validation needs jsonschema; pip install 'kinto-sdk\[validation\]'$"):
        schema_checker({})({})
