"""The constraints of JSON Schema as validators of attrs, in source text."""

import re
from typing import Any

from ..protocol.jsontypes import JSONObject, is_list, is_object
from .schema_types import NotExpressibleError, Typed
from .source_text import Call, Expression, literal, quoted

_VALIDATORS = "attrs.validators."
_BOUNDS = {"minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt"}
_LENGTHS = {
    "str": {"minLength": "min_len", "maxLength": "max_len"},
    "array": {"minItems": "min_len", "maxItems": "max_len"},
    "object": {"minProperties": "min_len", "maxProperties": "max_len"},
}


def options_of(schema: JSONObject) -> list[Any]:
    """List the values that `enum` or `const` allows; nothing when there is neither."""
    options = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return options if is_list(options) else []


def excludes_none(schema: JSONObject, typed: Typed) -> bool:
    """Tell whether a validator lists the values, and None is not among them."""
    return None not in options_of(schema) and bool(_choice(schema, typed))


def referred(schema: JSONObject) -> JSONObject | None:
    """Find the one schema in `allOf` that is a reference: it is the type, what stands beside it limits it."""
    parts = schema.get("allOf")
    found = [part for part in parts if is_object(part) and "$ref" in part] if is_list(parts) else []
    return found[0] if len(found) == 1 else None


def is_choice(schema: JSONObject) -> bool:
    """Tell whether its `enum` or `const` is a type of its own (a Literal), rather than a limit on another type."""
    options = options_of(schema)
    plain = all(option is None or isinstance(option, (str, int)) for option in options)
    other = schema.keys() & {"$ref", "anyOf", "oneOf", "format"} or referred(schema) is not None
    return bool(options) and plain and not other and schema.get("type") not in ("number", "array", "object")


def validators_of(schema: JSONObject, typed: Typed, *, optional: bool) -> Expression | None:
    """Write the validators of a field, None when it has none; `optional` says that it may also be None."""
    checked = {"enum", "const"} if is_choice(schema) else set[str]()
    parts = [{key: value for key, value in schema.items() if key not in checked}]
    parts += [part for part in schema.get("allOf", ()) if is_object(part) and "$ref" not in part]
    found = [each for part in parts for each in _of(part, typed)]
    if not found:
        return None
    together = found[0]
    if len(found) > 1:
        # mypy can't join the type of matches_re with others in a list, nor and_() of numbers with an int.
        texts = any(each.head.endswith("matches_re") for each in found)
        together = Call(f"{_VALIDATORS}and_", found) if texts else Call("", found, "[]")
    return Call(f"{_VALIDATORS}optional", [together]) if optional else together


def _of(schema: JSONObject, typed: Typed) -> list[Call]:
    found = [*_choice(schema, typed), *_pattern(schema, typed)]
    if typed.kind == "number":
        found += [
            Call(f"{_VALIDATORS}{name}", [_bound(schema[key], typed)])
            for key, name in _BOUNDS.items()
            if isinstance(schema.get(key), (int, float)) and not isinstance(schema[key], bool)
        ]
    for key, name in _LENGTHS.get(typed.kind, {}).items():
        if isinstance(schema.get(key), int):
            found.append(Call(f"{_VALIDATORS}{name}", [literal(schema[key])]))
    return found


def _bound(value: Any, typed: Typed) -> Expression:
    try:
        return typed.value(value)
    except NotExpressibleError:
        return literal(value)


def _choice(schema: JSONObject, typed: Typed) -> list[Call]:
    try:
        written = [typed.value(option) for option in options_of(schema) if option is not None]
    except NotExpressibleError:
        return []
    return [Call(f"{_VALIDATORS}in_", [Call("", written, "[]")])] if written else []


def _pattern(schema: JSONObject, typed: Typed) -> list[Call]:
    pattern = schema.get("pattern")
    if typed.kind != "str" or not isinstance(pattern, str):
        return []
    try:
        re.compile(pattern)
    except re.error:
        return []
    return [Call(f"{_VALIDATORS}matches_re", [quoted(pattern), "func=re.search"])]
