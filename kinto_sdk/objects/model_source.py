"""The way back from a JSON Schema: the source of a module with attrs classes."""

from collections.abc import Collection, Mapping
from typing import Any

import attrs

from ..protocol.errors import UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, is_list, is_object
from .class_source import ClassSource, FieldSource, describe
from .constraint_source import is_choice, options_of, referred
from .documents import METADATA
from .schema import INT_KEY
from .schema_types import ANY, SCALARS, NotExpressibleError, Typed, array, choice, mapping, pair, union
from .source_text import (
    Call,
    Expression,
    assignment,
    camel_case,
    docstring,
    enum_name,
    literal,
    quoted,
    snake_case,
    unused,
)

_WIDEST = 48
"""Characters of an annotation; a longer one gets a name of its own."""

_HEADS = {
    "import datetime as dt": "dt.",
    "import re": "re.",
    "from decimal import Decimal": "Decimal",
    "from enum import Enum": "(Enum)",
    "from typing import Any": "Any",
    "from typing import Literal": "Literal[",
    "from uuid import UUID": "UUID",
}
_TYPES = frozenset({"str", "int", "float", "bool", "list", "set", "frozenset", "tuple", "dict"})
_RESERVED = _TYPES | {"attrs", "dt", "re", "kinto_field", "self"}
"""Names that annotations use: a field of such a name would hide it from the fields after it. And what an `__init__`
calls the object itself."""
_CLASSES = frozenset({"Any", "Decimal", "Enum", "Literal", "UUID", "None", "True", "False"})


def model_source(schema: Mapping[str, Any], name: str | None = None) -> str:
    """Write the attrs classes for a JSON Schema, as the source of a module that can be imported.

    The same schema always gives the same text, formatted as ruff and black would. `json_schema()` of the class
    gives the schema back, as far as attrs can say it: what no type or validator expresses (`not`, `if`,
    `patternProperties` …) is left to the server, and a schema without a type is `Any`. The class comes last.

    Args:
        schema: a Draft 7 schema, such as `collection.schema`.
        name: the name of the class; without it the schema's title, else `Model`.

    Raises:
        UsageError: it is no schema.
    """
    if not isinstance(schema, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
        raise UsageError(f"a JSON Schema is a dict, not {type(schema).__name__}; json.loads() reads one from text")
    return _Module(jsonable(dict(schema), "schema"), name).text()


class _Module:
    """A module under construction. Its blocks stand in the order in which they can be run."""

    def __init__(self, schema: JSONObject, name: str | None) -> None:
        self.schema = schema
        self.blocks: list[str | ClassSource] = []
        self.references: dict[str, ClassSource | Typed] = {}
        self.taken = set(_CLASSES)
        self.name = name or _title(schema) or "Model"

    def text(self) -> str:
        self.class_of("#", self.name, self.schema, METADATA)
        blocks = [block if isinstance(block, str) else block.text() for block in self.blocks]
        body = "\n\n\n".join(blocks)
        standard = [line for line, sign in _HEADS.items() if sign in body]
        if "from typing import Any" in standard and "from typing import Literal" in standard:
            standard = [line for line in standard if line != "from typing import Literal"]
            standard[standard.index("from typing import Any")] = "from typing import Any, Literal"
        ours = ["from kinto_sdk.models import kinto_field"] if "kinto_field(" in body else []
        parts = [docstring("Models made from a JSON Schema by kinto_sdk."), standard, ["import attrs"], ours]
        head = "\n\n".join("\n".join(part) for part in parts if part)
        first = "\n\n" if isinstance(self.blocks[0], ClassSource) or self.blocks[0].startswith("class") else "\n"
        return f"{head}\n{first}{body}\n"

    def new_name(self, wanted: str) -> str:
        name = unused(camel_case(wanted), self.taken)
        self.taken.add(name)
        return name

    # ---- types ----

    def of(self, schema: Any, hint: str) -> Typed:
        """Find the type of a schema; `hint` names the class it may need."""
        typed = self.find(schema, hint) if is_object(schema) else ANY
        if len(str(typed.annotation)) <= _WIDEST or typed.forward:
            return typed
        name = self.new_name(hint)
        self.blocks.append("\n".join(assignment(name, typed.annotation)))
        return attrs.evolve(typed, annotation=name)

    def find(self, schema: JSONObject, hint: str) -> Typed:  # noqa: PLR0911  # one way out per keyword
        if "$ref" in schema:
            return self.of_reference(str(schema["$ref"]))
        members = schema.get("anyOf", schema.get("oneOf"))
        if is_list(members) and members:
            return self.of_union(members, hint)
        part = referred(schema)
        if part is not None:
            return self.of(part, hint)
        kind = schema.get("type")
        if is_choice(schema):
            return choice(options_of(schema))
        if is_list(kind) and kind:
            return self.of_union([{**schema, "type": each} for each in kind], hint)
        if kind == "array":
            return self.of_array(schema, hint)
        if kind == "object" or "properties" in schema:
            return self.of_object(schema, hint)
        form = schema.get("format", "")
        return SCALARS.get((str(kind), str(form))) or SCALARS.get((str(kind), "")) or ANY

    def of_union(self, members: list[Any], hint: str) -> Typed:
        return union(
            [self.of(each, f"{hint}{number}" if number > 1 else hint) for number, each in enumerate(members, 1)]
        )

    def of_array(self, schema: JSONObject, hint: str) -> Typed:
        items = schema.get("items")
        if is_list(items) and items and schema.get("minItems") == len(items) == schema.get("maxItems"):
            return pair([self.of(each, f"{hint}Item{number}") for number, each in enumerate(items, 1)])
        item = self.of(items, f"{hint}Item") if is_object(items) and items else None
        return array(item, unique=schema.get("uniqueItems") is True)

    def of_object(self, schema: JSONObject, hint: str) -> Typed:
        if is_object(schema.get("properties")):
            return self.class_of(f"inline {hint}", _title(schema) or hint, schema)
        names = schema.get("propertyNames")
        values = schema.get("additionalProperties")
        key = None
        if is_object(names):
            key = (
                SCALARS["integer", ""]
                if names.get("pattern") == INT_KEY
                else self.of({**names, "type": "string"}, f"{hint}Key")
            )
            if "$ref" in names:
                key = self.of(names, hint)
        return mapping(key, self.of(values, f"{hint}Value") if is_object(values) and values else None)

    def of_reference(self, reference: str) -> Typed:
        if reference not in self.references:
            target: Any = self.schema
            for step in reference.removeprefix("#").split("/")[1:]:
                target = target.get(step.replace("~1", "/").replace("~0", "~")) if is_object(target) else None
            if not is_object(target) or not reference.startswith("#"):
                return ANY
            self.references[reference] = ANY  # should it lead back to itself without a class
            self.references[reference] = self.of_definition(reference, target)
        found = self.references[reference]
        return found.typed() if isinstance(found, ClassSource) else found

    def of_definition(self, reference: str, schema: JSONObject) -> "ClassSource | Typed":
        name = _title(schema) or reference.rpartition("/")[2]
        options = schema.get("enum")
        if is_list(options) and options:
            return self.enum_of(name, schema, options)
        if is_object(schema.get("properties")):
            self.class_of(reference, name, schema)
            return self.references[reference]
        return self.of(schema, name)

    # ---- blocks ----

    def enum_of(self, name: str, schema: JSONObject, options: list[Any]) -> Typed:
        name = self.new_name(name)
        members: dict[str, Any] = {}
        for option in options:
            members[unused(enum_name(option), members)] = option
        body = [f"    {member} = {_constant(option)}" for member, option in members.items()]
        self.blocks.append("\n".join([f"class {name}(Enum):", *describe(schema), *body]))

        def value(given: Any) -> Expression:
            for member, option in members.items():
                if type(option) is type(given) and option == given:
                    return f"{name}.{member}"
            raise NotExpressibleError

        # One of its members may stand for null; None itself is none of them.
        return Typed(annotation=name, value=value)

    def class_of(self, reference: str, name: str, schema: JSONObject, without: Collection[str] = ()) -> Typed:
        made = ClassSource(self.new_name(name), schema)
        self.references[reference] = made
        properties, wanted = schema.get("properties"), schema.get("required")
        required: list[Any] = wanted if is_list(wanted) else []
        attributes: set[str] = set()
        for key, value in properties.items() if is_object(properties) else ():
            if key not in without:
                attribute = snake_case(key)
                attribute = unused(f"{attribute}_" if attribute in _RESERVED else attribute, attributes)
                attributes.add(attribute)
                inner: JSONObject = value if is_object(value) else {}
                typed = self.of(inner, f"{made.name}{camel_case(key)}")
                made.fields[key] = FieldSource(attribute, key, inner, typed, key in required)
        made.complete = True
        self.blocks.append(made)
        return made.typed()


def _title(schema: JSONObject) -> str:
    title = schema.get("title")
    return title if isinstance(title, str) else ""


def _constant(value: Any) -> Expression:
    """Write any JSON value as something that does not change, as far as there is one."""
    if is_list(value):
        return Call("", [_constant(item) for item in value])
    if is_object(value):
        return Call("", [f"{quoted(key)}: {_constant(item)}" for key, item in value.items()], "{}")
    return literal(value)
