"""The validators of attrs as constraints of JSON Schema."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Any

from attrs import validators

from ..protocol.errors import UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, same

_BOUNDS = {">=": "minimum", ">": "exclusiveMinimum", "<=": "maximum", "<": "exclusiveMaximum"}
_LENGTHS = {"string": "Length", "array": "Items", "object": "Properties"}


_NAMES: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def choice_of(values: Iterable[Any]) -> JSONObject:
    """Write the schema of a choice, with the type of its values if they have one."""
    options = _distinct([jsonable(value) for value in values])
    names = {_NAMES.get(type(option)) for option in options}
    name = names.pop()
    return {"enum": options} if names or name is None else {"type": name, "enum": options}


def _distinct(values: list[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if not any(same(value, other) for other in values[:index])]


def constrain(schema: JSONObject, validator: Any, *, nullable: bool = True) -> JSONObject:
    """Add to a field's schema what its attrs validator says, as far as JSON Schema can say it."""
    types = _types(schema) | ({"null"} if nullable else set[str]())
    for constraint in _constraints(validator, types):
        if not schema and "enum" in constraint:
            schema = choice_of(constraint["enum"])
            continue
        if "$ref" in schema:
            schema = {"allOf": [schema]}  # what stands beside a $ref is not read
        if schema.keys() & constraint.keys():
            schema = {**schema, "allOf": [*schema.get("allOf", []), constraint]}
        else:
            schema = {**schema, **constraint}
    return schema


def _types(schema: JSONObject) -> set[str]:
    """List the JSON types that a schema allows by name."""
    found: Any = schema.get("type", [])
    return {found} if isinstance(found, str) else set(found)


def _constraints(validator: Any, types: set[str]) -> list[JSONObject]:
    translate = _TRANSLATORS.get(type(validator))
    return [] if translate is None else translate(validator, types)


def _all(validator: Any, types: set[str]) -> list[JSONObject]:
    return [found for each in validator._validators for found in _constraints(each, types)]


def _optional(validator: Any, types: set[str]) -> list[JSONObject]:
    found = _constraints(validator.validator, types)
    if "null" not in types:
        return found
    return [{"enum": [*each["enum"], None]} if "enum" in each else each for each in found]


def _choice(validator: Any, _: set[str]) -> list[JSONObject]:
    # attrs turns lists into sets for speed, and keeps the list for its messages.
    options = getattr(validator, "_original_options", validator.options)
    try:
        values = [jsonable(option) for option in options]
    except (TypeError, UsageError):  # a container that can't be listed, or values without a JSON form
        return []
    if isinstance(options, (set, frozenset)):
        values.sort(key=json.dumps)
    return [{"enum": _distinct(values)}]


def _bound(validator: Any, types: set[str]) -> list[JSONObject]:
    try:
        value = jsonable(validator.bound)
    except UsageError:
        return []
    numeric = isinstance(value, (int, float)) and types & {"integer", "number"}
    return [{_BOUNDS[validator.compare_op]: value}] if numeric else []


def _min_len(validator: Any, types: set[str]) -> list[JSONObject]:
    return [{f"min{word}": validator.min_length} for kind, word in _LENGTHS.items() if kind in types]


def _max_len(validator: Any, types: set[str]) -> list[JSONObject]:
    return [{f"max{word}": validator.max_length} for kind, word in _LENGTHS.items() if kind in types]


def _pattern(validator: Any, types: set[str]) -> list[JSONObject]:
    pattern, function = validator.pattern, validator.match_func.__name__
    if "string" not in types or pattern.flags & ~re.UNICODE:
        return []
    if function == "search":
        return [{"pattern": pattern.pattern}]
    return [{"pattern": f"^(?:{pattern.pattern}){'$' if function == 'fullmatch' else ''}"}]


_TRANSLATORS: dict[Any, Callable[[Any, set[str]], list[JSONObject]]] = {
    # attrs has no public names for the classes of its validators; an example of each has its class.
    type(validators.and_(validators.ge(0))): _all,
    type(validators.optional(validators.ge(0))): _optional,
    type(validators.in_([])): _choice,
    type(validators.ge(0)): _bound,
    type(validators.min_len(0)): _min_len,
    type(validators.max_len(0)): _max_len,
    type(validators.matches_re("")): _pattern,
}
