# ruff: noqa: D101  # the models are examples
"""Classes written for a JSON Schema."""

import inspect
import subprocess
import sys
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import attrs
import pytest
from attrs import validators
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from kinto_sdk.models import json_schema, kinto_field, model_source
from kinto_sdk.objects.models import codec_for
from kinto_sdk.objects.schema_types import NotExpressibleError, choice
from tests.unit.model_cases import VALUES, Color, instances
from tests.unit.test_schema import Task


def load(source: str) -> Any:
    """Import the source of a module, and return its last class."""
    module = ModuleType("generated_models")
    sys.modules[module.__name__] = module
    exec(compile(source, "generated_models.py", "exec"), module.__dict__)
    return [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__][-1]


def check_format(source: str) -> None:
    """Let ruff say that it would not change it."""
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, source + ran.stdout + ran.stderr


@given(instances())
def test_the_schema_of_any_model_comes_back(instance: Any) -> None:
    """From a schema to classes and back to the schema, nothing is lost."""
    schema = json_schema(type(instance))
    source = model_source(schema)
    assert json_schema(load(source)) == schema, source


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(VALUES), min_size=1, max_size=12))
def test_the_source_is_formatted(chosen: list[Any]) -> None:
    """A formatter has nothing to change."""
    fields = {f"field_number_{index}": attrs.field(type=kind) for index, (kind, _) in enumerate(chosen)}
    check_format(model_source(json_schema(attrs.make_class("Made", fields))))


def test_the_source_of_a_schema() -> None:
    """Names, types, defaults, constraints and descriptions are as a person would write them."""
    assert (
        model_source(json_schema(Task))
        == '''\
"""Models made from a JSON Schema by kinto_sdk."""

import datetime as dt
from enum import Enum
from uuid import UUID

import attrs

from kinto_sdk.models import kinto_field


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@attrs.define
class Point:
    x: int
    y: float = 0.0


@attrs.define
class Task:
    """Something to do.

    It may have parts.
    """

    title: str = attrs.field(
        validator=[attrs.validators.min_len(1), attrs.validators.max_len(80)],
    )
    done: bool = False
    due: dt.datetime | None = None
    stars: int = attrs.field(
        default=1,
        validator=[attrs.validators.ge(1), attrs.validators.lt(6)],
    )
    color: Color = Color.RED
    place: Point | None = attrs.field(
        default=None,
        metadata=kinto_field(description="Where it is."),
    )
    parts: "list[Task]" = attrs.field(factory=list["Task"])
    note: str | None = attrs.field(
        default=None,
        metadata=kinto_field(omit_default=True),
    )
    key: UUID | None = attrs.field(
        default=None,
        metadata=kinto_field(omit_default=True),
    )
'''
    )


@attrs.frozen
class Spot:
    x: int
    tags: frozenset[str] = frozenset()


@attrs.define
class Chosen:
    """Fields with every kind of default and constraint."""

    flag: bool = True
    real: float = attrs.field(default=1.5, validator=validators.optional([validators.gt(0), validators.le(2)]))
    one_of: float = attrs.field(default=1.5, validator=validators.in_([1.5, 2.5]))
    quoted: str = 'it\'s "so"\\\n'
    long: str = "x" * 100
    key: UUID = UUID(int=5)  # noqa: RUF009  # a UUID does not change
    wait: timedelta = timedelta(seconds=5)
    code: str = attrs.field(default="a", validator=[validators.matches_re("a+"), validators.max_len(3)])
    pair: tuple[int, str] = (1, "a")
    many: tuple[int, ...] = (1, 2)
    none: tuple[int, ...] = ()
    unique: frozenset[str] = frozenset({"a", "b"})
    spot: Spot = Spot(1)  # it is frozen
    spots: set[Spot] = attrs.field(factory=set)
    color: Color | None = attrs.field(default=Color.BLUE, validator=validators.optional(validators.in_([Color.BLUE])))
    names: dict[str, int] = attrs.field(factory=dict, validator=validators.max_len(3))
    renamed: list[int] = attrs.field(factory=list, validator=validators.min_len(0), metadata=kinto_field("re-named"))
    choice: str | None = attrs.field(
        default=None, validator=validators.optional(validators.in_(["a"])), metadata=kinto_field(omit_default=True)
    )
    twice: int = attrs.field(default=3, validator=[validators.ge(1), validators.ge(2)])


def test_defaults_and_constraints_come_back() -> None:
    """What `json_schema` says of a field, the source says in Python."""
    schema = json_schema(Chosen)
    source = model_source(schema)
    check_format(source)
    made = load(source)
    again = json_schema(made)
    assert list(again["properties"].items()) == list(schema["properties"].items())
    assert again == schema
    assert made().spot.x == 1
    assert made(spots={made().spot}).spots


def test_a_required_field_is_named_in_a_default_though_it_has_one_itself() -> None:
    """An instance can't be made without it."""
    inner = {"properties": {"x": {"type": "integer", "default": 1}}, "required": ["x"], "default": {"x": 1}}
    assert load(model_source({"properties": {"f": inner}}))().f.x == 1


def test_required_fields_after_optional_ones_are_keyword_only() -> None:
    """The order of the schema is kept."""
    schema = {"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["b"]}
    source = model_source(schema, "Thing")
    assert "@attrs.define(kw_only=True)\nclass Thing:\n" in source
    assert load(source)(b="x").a is None


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"type": "string"}, "f: str"),
        ({"type": "string", "format": "email"}, "f: str"),
        ({"type": "strange"}, "f: Any"),
        (True, "f: Any"),
        ({}, "f: Any"),
        ({"not": {}}, "f: Any"),
        ({"const": "x"}, 'f: Literal["x"]'),
        ({"enum": ["a", None]}, 'f: Literal["a", None]'),
        ({"enum": [1.5, "a"]}, 'f: Any = attrs.field(validator=attrs.validators.in_([1.5, "a"]))'),
        ({"type": "number", "enum": [1.5]}, "f: float = attrs.field(validator=attrs.validators.in_([1.5]))"),
        ({"type": "array"}, "f: list"),
        ({"type": "array", "items": {"type": "array"}}, "f: list[list]"),
        ({"type": "array", "items": {}, "uniqueItems": True}, "f: set"),
        ({"type": "array", "items": {"type": "object"}, "uniqueItems": True}, "f: list[dict[str, Any]]"),
        ({"type": "object"}, "f: dict[str, Any]"),
        ({"type": "object", "additionalProperties": False}, "f: dict[str, Any]"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "f: str | int"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "f: str | None"),
        ({"anyOf": [{"type": "string"}, {}]}, "f: Any"),
        ({"anyOf": [{"type": "string"}, {"type": "string", "minLength": 3}]}, "f: str"),
        ({"type": ["string", "null"], "maxLength": 3}, "f: str | None = attrs.field(\n"),
        ({"type": "string", "pattern": "("}, "f: str"),
        ({"type": "integer", "minimum": 1.5}, "f: int = attrs.field(validator=attrs.validators.ge(1.5))"),
        ({"$ref": "#/$defs/Known"}, "f: Known"),
        ({"$ref": "#/definitions/a~1b"}, "f: str"),
        ({"$ref": "#/definitions/loop"}, "f: Any"),
        ({"$ref": "#/definitions/nowhere"}, "f: Any"),
        ({"$ref": "https://example.com/schema"}, "f: Any"),
        ({"allOf": [{"$ref": "#/$defs/Known"}, {"minProperties": 1}]}, "f: Known"),
        ({"title": "Some thing", "properties": {}}, "f: SomeThing"),
        ({"properties": {"g": {"type": "string"}}}, "f: ModelF"),
        ({"type": "object", "propertyNames": {"format": "date"}}, "f: dict[dt.date, Any]"),
        ({"type": "object", "propertyNames": {"$ref": "#/$defs/Known"}}, "f: dict[Known, Any]"),
    ],
)
def test_schemas_written_by_others_are_understood(schema: Any, field: str) -> None:
    """Any valid schema gives a module that can be imported and is formatted."""
    root = {
        "properties": {"f": schema},
        "required": ["f"],
        "$defs": {"Known": {"properties": {}}},
        "definitions": {"a/b": {"type": "string"}, "loop": {"$ref": "#/definitions/loop"}},
    }
    source = model_source(root)
    assert f"    {field}" in source
    assert field.endswith("(\n") or f"    {field}\n" in source
    check_format(source)
    load(source)


@pytest.mark.parametrize(
    ("schema", "default"),
    [
        ({"type": "integer", "default": "x"}, None),
        ({"type": "string", "format": "date", "default": "soon"}, None),
        ({"type": "object", "default": {"a": 1}}, None),
        ({"type": "array", "items": {"type": "integer"}, "default": ["x"]}, None),
        ({"type": "array", "items": [{}, {}], "minItems": 2, "maxItems": 2, "default": [1]}, None),
        ({"type": "number", "format": "seconds", "default": True}, None),
        ({"properties": {"x": {}}, "default": {"y": 1}}, None),
        ({"properties": {"x": {}}, "required": ["x"], "default": {}}, None),
        ({"type": "array", "default": 5}, None),
        ({"$ref": "#/definitions/Kind", "default": "b"}, None),
        ({"enum": ["a"], "default": "b"}, None),
        ({"$ref": "#", "default": {}}, None),
        ({"anyOf": [{"type": "array", "items": {"$ref": "#"}}], "default": [{}]}, None),
        ({"type": ["string", "integer"], "default": 1.5}, None),
        ({"default": [1]}, None),
        ({"default": 5}, 5),
        ({"type": "string", "default": None}, None),
        ({"type": "array", "default": [1, "x"]}, (1, "x")),
    ],
)
def test_a_default_that_does_not_fit_is_left_out(schema: dict[str, Any], default: Any) -> None:
    """The field may then be missing, as the schema says."""
    assert load(model_source({"properties": {"f": schema}, "definitions": {"Kind": {"enum": ["a"]}}}))().f == default


@pytest.mark.parametrize(
    ("key", "attribute"),
    [
        ("displayName", "display_name"),
        ("HTTPServer", "http_server"),
        ("my-field", "my_field"),
        ("_private", "private"),
        ("__a__", "a"),
        ("1st", "field_1st"),
        ("", "field"),
        ("***", "field"),
        ("class", "class_"),
        ("list", "list_"),
        ("attrs", "attrs_"),
        ("self", "self_"),
        ("größe", "größe"),
        ("nº", "no"),
        ("id", "id"),
    ],
)
def test_any_name_becomes_an_attribute(key: str, attribute: str) -> None:
    """In nested objects too; the server's name is kept beside it."""
    inner = {"title": "Inner", "properties": {key: {"type": "integer"}}, "required": [key]}
    schema = {"properties": {"inner": inner}, "required": ["inner"]}
    source = model_source(schema)
    check_format(source)
    made = load(source)
    [field] = attrs.fields(attrs.fields(made).inner.type)
    assert field.name == attribute
    assert list(json_schema(made)["definitions"]["Inner"]["properties"]) == [key]


def test_names_that_meet_are_numbered() -> None:
    """Two properties, classes or members never share a name."""
    schema = {
        "title": "Any",
        "properties": {
            "a-b": {"title": "any", "properties": {}},
            "a_b": {"$ref": "#/definitions/state"},
            "aB": {"title": "Any", "properties": {}},
        },
        "definitions": {"state": {"enum": ["a b", "a-b", -1, 1, None, 1.5, [1], {"x": 1}, True, "", "class"]}},
    }
    source = model_source(schema)
    check_format(source)
    for line in (
        "    a_b: Any3 | None",
        "    a_b_2: State | None = attrs.field(",
        "    a_b_3: Any4 | None",
        "    A_B = ",
        "    A_B_2 = ",
        "    MINUS_1 = -1",
        "    VALUE_1 = 1",
        "    VALUE_1_5 = 1.5",
        "    CLASS = ",
    ):
        assert line in source, (line, source)
    load(source)


def test_an_optional_choice_that_may_be_null_can_be_left_out() -> None:
    """None is no member of it, though one of its members stands for null; without the field it could not be written."""
    schema = {"properties": {"f": {"$ref": "#/definitions/kind"}}, "definitions": {"kind": {"enum": ["a", None]}}}
    made = load(model_source(schema))
    codec = codec_for(made)
    for document in ({}, {"f": "a"}):
        assert codec.unstructure(codec.structure(document)) == document


def test_long_types_get_a_name() -> None:
    """A line that would be too long is given an alias."""
    options = [f"option-number-{number}" for number in range(9)]
    members = [{"title": f"AnimalNumber{number}", "properties": {}} for number in range(9)]
    schema = {
        "title": "Model",
        "properties": {
            "status": {"enum": options},
            "animal": {"anyOf": members},
            "numbers": {"type": "array", "items": [{"enum": options[:3]}] * 3, "minItems": 3, "maxItems": 3},
        },
        "required": ["status", "animal", "numbers"],
    }
    source = model_source(schema)
    check_format(source)
    assert "    status: ModelStatus\n" in source
    assert "    animal: ModelAnimal\n" in source
    assert json_schema(load(source))["properties"]["status"] == {"type": "string", "enum": options}


def test_classes_that_lead_to_each_other_are_quoted() -> None:
    """A name that does not exist yet is written as a string."""
    schema = {
        "title": "A",
        "properties": {
            "b": {"$ref": "#/definitions/B"},
            "all": {"type": "object", "additionalProperties": {"$ref": "#"}},
        },
        "required": ["b", "all"],
        "definitions": {
            "B": {
                "title": "B",
                "type": "object",
                "properties": {
                    "a": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
                    "bs": {"type": "array", "items": {"$ref": "#/definitions/B"}, "uniqueItems": True, "default": []},
                    "pair": {"type": "array", "items": [{"$ref": "#"}] * 2, "minItems": 2, "maxItems": 2},
                },
                "required": ["a", "pair"],
            }
        },
    }
    source = model_source(schema)
    check_format(source)
    assert '    a: "A | None"\n' in source
    assert '    bs: "list[B]" = attrs.field(factory=list["B"])\n' in source
    assert '    pair: "tuple[A, A]"\n' in source
    load(source)


def test_metadata_is_no_field() -> None:
    """`id` and `last_modified` belong to the record."""
    schema = {"properties": {"id": {"type": "string"}, "last_modified": {"type": "integer"}}}
    assert model_source(schema).endswith("@attrs.define\nclass Model:\n    pass\n")


def test_descriptions_are_docstrings_whatever_is_in_them() -> None:
    """Quotes and backslashes do not end the docstring early."""
    text = 'Say """hello""" \\ and\n\n  no more\ngoodbye "now"'
    schema = {"title": "Model", "description": text, "properties": {}}
    source = model_source(schema)
    check_format(source)
    assert inspect.getdoc(load(source)) == text
    assert json_schema(load(model_source({**schema, "description": " \n"}))).get("description") is None


# Schemas as people, and other programs, write them; keywords are combined whether that makes sense or not.
words = st.sampled_from(["a", "b-c", "displayName", "class", "1", "", "A b", "é"])
values = st.sampled_from([None, True, 0, -1, 1.5, "a", 'it\'s "so"', [], ["a"], {}, {"a": 1}])
names = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "type": names | st.lists(names, min_size=1, max_size=3, unique=True),
    "format": st.sampled_from(["date", "date-time", "uuid", "decimal", "seconds", "x"]),
    "enum": st.lists(values, min_size=1, max_size=3),
    "const": values,
    "default": values,
    "title": words,
    "description": words,
    "minimum": st.sampled_from([0, 1.5]),
    "maxLength": st.integers(0, 3),
    "minItems": st.integers(0, 2),
    "pattern": st.sampled_from(["^a$", "\\d", '"']),
    "uniqueItems": st.booleans(),
    "$ref": st.sampled_from(["#", "#/definitions/a", "#/definitions/b-c", "#/nowhere", "x"]),
}
LEADING = ("properties", "required", "additionalProperties", "propertyNames", "items", "anyOf", "allOf")


@st.composite
def schemas(draw: st.DrawFn, depth: int = 2) -> Any:
    """A schema of a few keywords."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.booleans())
    chosen = draw(st.lists(st.sampled_from([*PLAIN, *(LEADING if depth else ())]), max_size=4, unique=True))
    inner = schemas(depth - 1)
    leading: dict[str, st.SearchStrategy[Any]] = {
        "properties": st.dictionaries(words, inner, max_size=2),
        "required": st.lists(words, max_size=2, unique=True),
        "additionalProperties": inner,
        "propertyNames": inner,
        "items": inner | st.lists(inner, min_size=1, max_size=2),
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "allOf": st.lists(inner, min_size=1, max_size=2),
    }
    return {key: draw({**PLAIN, **leading}[key]) for key in chosen}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(words, schemas(), max_size=3),
    st.lists(words, max_size=2, unique=True),
    st.dictionaries(st.sampled_from(["a", "b-c"]), schemas()),
)
@example({"a": {"const": True, "default": 0}, "b": {"enum": [1, False], "default": True}}, [], {})
@example({"a": {"anyOf": [{"enum": ["x"]}, {"type": "integer"}], "default": 5}}, [], {})
def test_any_schema_gives_a_module_that_can_be_imported(
    properties: dict[str, Any], required: list[str], definitions: dict[str, Any]
) -> None:
    """Whatever is in the schema; and its own schema is a valid one, that gives a module again."""
    schema = {"properties": properties, "required": required, "definitions": definitions}
    source = model_source(schema)
    again = json_schema(load(source))
    Draft7Validator.check_schema(again)
    assert json_schema(load(model_source(again)))["properties"].keys() == again["properties"].keys()


def test_a_choice_has_no_value_but_its_options() -> None:
    """What is none of them can't be a default."""
    with pytest.raises(NotExpressibleError):
        choice(["a", 1]).value(True)
    assert str(choice(["a", 1]).value("a")) == '"a"'
