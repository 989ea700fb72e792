"""The JSON Schema of a model, as Kinto checks it, and what a schema has against a document.

Kinto takes Draft 7 schemas. It validates records by the newest draft it knows unless the schema names its own, so
`$schema` is always written.
"""

import inspect
import re
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Flag
from typing import Any
from uuid import UUID

import attrs

from ..protocol.errors import KintoError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject
from .constraints import choice_of, constrain
from .documents import METADATA
from .fields import (
    DICTS,
    LISTS,
    SETS,
    ModelField,
    Type,
    bare,
    check_model,
    is_enum,
    is_literal,
    is_model,
    is_union,
    model_fields,
    origin_of,
    resolve_keys,
    show_type,
    union_members,
)
from .models import default_converter

DRAFT = "http://json-schema.org/draft-07/schema#"

SCALARS: Mapping[Type, JSONObject] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    types.NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
    timedelta: {"type": "number", "format": "seconds"},
    UUID: {"type": "string", "format": "uuid"},
    Decimal: {"type": "string", "format": "decimal"},
}

INT_KEY = "^-?[0-9]+$"
"""The keys of `dict[int, …]`."""


def json_schema(model: type[Any]) -> dict[str, Any]:
    """Describe a model as a JSON Schema (Draft 7), for a collection whose records the server shall check.

    A field without a default is required; nested classes and enums are `definitions`; attrs validators (`in_`, `ge`,
    `le`, `gt`, `lt`, `min_len`, `max_len`, `matches_re`, also in `and_` and `optional`) are constraints; docstrings
    are descriptions. `id` and `last_modified` are left out, because the server does not check them. Other properties
    stay allowed: the server adds some of its own, such as `attachment`. A type that only hooks of your own know
    is not constrained.

    Raises:
        UsageError: it is no attrs class or dataclass, or one of its annotations can't be resolved.
    """
    check_model(model)
    return {"$schema": DRAFT, **_Schemas(model).root()}


class _Schemas:
    """The schemas of everything a model leads to; each class once, under a name."""

    def __init__(self, model: Type) -> None:
        self.model = model
        self.names: dict[Type, str] = {}
        self.definitions: dict[str, JSONObject] = {}

    def root(self) -> JSONObject:
        schema = {"title": _name(self.model), **_description(self.model)} | self.of_class(self.model, METADATA)
        return {**schema, "definitions": self.definitions} if self.definitions else schema

    def of(self, kind: Type) -> JSONObject:
        kind = bare(kind)
        if kind in SCALARS:
            return dict(SCALARS[kind])
        if is_union(kind):
            return either([self.of(member) for member in union_members(kind)])
        if is_literal(kind):
            return choice_of(typing.get_args(kind))
        if is_enum(kind) and issubclass(kind, Flag):
            return {"type": "integer", "minimum": 0}
        if is_enum(kind) or is_model(kind) or typing.is_typeddict(kind):
            return self.reference(kind)
        return self.of_container(origin_of(kind), typing.get_args(kind))

    def of_container(self, origin: Type, arguments: tuple[Type, ...]) -> JSONObject:
        if origin in DICTS:
            return self.of_dict(*arguments)
        if origin is tuple and arguments and arguments[-1] is not Ellipsis:
            length = len(arguments)
            each = [self.of(argument) for argument in arguments]
            return {"type": "array", "items": each, "minItems": length, "maxItems": length}
        if origin in LISTS or origin in SETS or origin is tuple:
            items = self.of(arguments[0]) if arguments else {}
            unique = {"uniqueItems": True} if origin in SETS else {}
            return {"type": "array", **({"items": items} if items else {}), **unique}
        return {}

    def of_dict(self, key: Type = str, value: Type = Any) -> JSONObject:
        schema: JSONObject = {"type": "object"}
        values = self.of(value)
        keys = self.of(key)
        keys.pop("type", None)
        if bare(key) is int:
            keys = {"pattern": INT_KEY}
        return schema | ({"propertyNames": keys} if keys else {}) | ({"additionalProperties": values} if values else {})

    def reference(self, kind: Type) -> JSONObject:
        if kind == self.model:
            return {"$ref": "#"}
        if kind not in self.names:
            name = wanted = _name(kind)
            number = 1
            while name in self.definitions or name == _name(self.model):
                number += 1
                name = f"{wanted}{number}"
            self.names[kind] = name
            self.definitions[name] = {}  # holds the place, should the class lead back to itself
            schema = choice_of([each.value for each in kind]) if is_enum(kind) else self.of_class(kind)
            self.definitions[name] = {"title": name, **_description(kind), **schema}
        return {"$ref": f"#/definitions/{self.names[kind]}"}

    def of_class(self, kind: Type, without: tuple[str, ...] = ()) -> JSONObject:
        if typing.is_typeddict(kind):
            resolve_keys(kind)
            hints = typing.get_type_hints(kind)
            properties = {name: self.of(hint) for name, hint in hints.items()}
            required = [name for name in hints if name in kind.__required_keys__]
        else:
            fields = [field for field in model_fields(kind) if field.key not in without]
            properties = {field.key: self.of_field(field) for field in fields}
            required = [field.key for field in fields if field.required]
        schema: JSONObject = {"type": "object", "properties": properties}
        return schema | ({"required": required} if required else {})

    def of_field(self, field: ModelField) -> JSONObject:
        kind = bare(field.type)
        default = _default(field)
        absent = field.omit_default and default is None
        if absent and is_union(kind):
            # None stands for "not there", which the server never sees.
            schema = either([self.of(each) for each in union_members(kind) if each is not types.NoneType])
        else:
            schema = self.of(kind)
        schema = constrain(schema, field.validator, nullable=not absent)
        notes: JSONObject = {}
        if default is not attrs.NOTHING and default is not None:
            notes["default"] = default
        if field.description is not None:
            notes["description"] = field.description
        if notes and "$ref" in schema:
            schema = {"allOf": [schema]}  # what stands beside a $ref is not read
        return schema | notes


def either(members: list[JSONObject]) -> JSONObject:
    """Join the schemas of a union: `{"type": [...]}` where that says it all, which also makes for clearer errors."""
    null = {"type": "null"}
    others = [member for member in members if member != null]
    if {} in others:
        return {}
    members = [*others, null] if null in members else others
    if all(member.keys() == {"type"} for member in members):
        names = list(dict.fromkeys(member["type"] for member in members))  # a server refuses one that comes twice
        return {"type": names if len(names) > 1 else names[0]}
    if len(others) == 1:
        only = others[0]
        if len(members) == 1:
            return only
        if "enum" not in only and isinstance(only.get("type"), str):
            return {**only, "type": [only["type"], "null"]}
    return {"anyOf": members}


def _name(kind: Type) -> str:
    words = [origin_of(kind).__name__, *(show_type(argument) for argument in typing.get_args(kind))]
    return re.sub(r"\W+", "_", "_".join(words)).rstrip("_")


def _description(kind: Type) -> JSONObject:
    origin = origin_of(kind)
    text = inspect.cleandoc(origin.__doc__ or "")
    # Dataclasses and enums get a docstring when they have none.
    made = text.startswith(f"{origin.__name__}(") or text == "An enumeration."
    return {"description": text} if text and not made else {}


def _default(field: ModelField) -> Any:
    """The default as JSON; NOTHING when there is none, or it is not always the same."""
    default = field.default
    if default is attrs.NOTHING:
        return default
    if hasattr(default, "takes_self"):
        factory = origin_of(default.factory)
        return {} if factory is dict else [] if factory in (list, set, frozenset, tuple) else attrs.NOTHING
    write = default_converter().get_unstructure_hook(field.type)
    try:
        return jsonable(write(default))
    except (KintoError, TypeError, ValueError, AttributeError):
        return attrs.NOTHING
