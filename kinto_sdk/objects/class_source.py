"""Classes and their fields as source text."""

from typing import Any

import attrs

from ..protocol.jsontypes import JSONObject, is_object, same
from .constraint_source import excludes_none, options_of, validators_of
from .schema_types import NotExpressibleError, Typed
from .source_text import WIDTH, Call, Expression, docstring, lines, named, quoted


@attrs.frozen
class FieldSource:
    """A field of a class to be written."""

    attribute: str
    key: str
    schema: JSONObject
    typed: Typed
    required: bool

    @property
    def immutable(self) -> Typed:
        """Its type in a frozen class."""
        return self.typed.immutable or self.typed


@attrs.define(eq=False)
class ClassSource:
    """A class to be written. How it is used decides whether it is frozen, so it is written at the end."""

    name: str
    schema: JSONObject
    fields: dict[str, FieldSource] = attrs.field(factory=dict[str, FieldSource])
    complete: bool = False
    frozen: bool = False

    def text(self) -> str:
        """Write the class."""
        body = [line for field in self.fields.values() for line in _write_field(field, frozen=self.frozen)]
        kinds = [field.required for field in self.fields.values()]
        arguments = "" if kinds == sorted(kinds, reverse=True) else "(kw_only=True)"
        head = f"@attrs.{'frozen' if self.frozen else 'define'}{arguments}"
        body = [*describe(self.schema, gap=bool(body)), *body]
        return "\n".join([head, f"class {self.name}:", *(body or ["    pass"])])

    def typed(self) -> Typed:
        """Describe it as the type of a field."""
        if not self.complete:
            return Typed(annotation=self.name, hashable=False, forward=True, freeze=self.freeze)
        hashable = all(field.immutable.hashable for field in self.fields.values())
        return Typed(annotation=self.name, value=self.value, hashable=hashable, freeze=self.freeze)

    def freeze(self) -> None:
        """Make it a frozen class, and all that its fields hold."""
        if not self.frozen:
            self.frozen = True
            for field in self.fields.values():
                field.immutable.freeze()

    def value(self, given: Any) -> Expression:
        """Write an instance. It may be shared, as the default of a field is."""
        needed = {key for key, field in self.fields.items() if field.required}
        if not is_object(given) or not needed <= given.keys() <= self.fields.keys():
            raise NotExpressibleError
        arguments = [
            named(field.attribute, field.immutable.value(value))
            for key, value in given.items()
            if (field := self.fields[key]).required or not same(value, field.schema.get("default", ...))
        ]
        self.freeze()
        return Call(self.name, arguments)


def _write_field(field: FieldSource, *, frozen: bool) -> list[str]:
    """Write one field of a class."""
    schema = field.schema
    typed = field.immutable if frozen else field.typed
    default: Expression | None = None
    factory = ""
    omit = False
    if not field.required:
        typed, default, factory = _default(schema, typed)
        if default is None and not factory:
            default = "None"
            omit = not typed.nullable or excludes_none(schema, typed)
    annotation = f"{typed.annotation} | None" if omit and not typed.nullable else str(typed.annotation)
    head = f"{field.attribute}: {quoted(annotation) if typed.forward else annotation}"
    arguments: list[Expression] = []
    if default is not None or factory:
        arguments.append(f"factory={factory}" if default is None else named("default", default))
    validators = validators_of(schema, typed, optional=omit or (typed.nullable and not excludes_none(schema, typed)))
    if validators is not None:
        arguments.append(named("validator", validators))
    notes = _notes(field, omit=omit)
    if notes:
        arguments.append(Call("metadata=kinto_field", notes))
    if not arguments:
        return [f"    {head}"]
    # A call is put into attrs.field(), where linters do not take it for a mistake; a tuple is none.
    simple = default is not None and len(arguments) == 1 and (isinstance(default, str) or not default.head)
    if simple and len(f"    {head} = {default}") <= WIDTH:
        return [f"    {head} = {default}"]
    return lines(f"{head} = ", Call("attrs.field", arguments), "    ")


def _notes(field: FieldSource, *, omit: bool) -> list[Expression]:
    described = field.schema.get("description")
    return [
        *([quoted(field.key)] if field.attribute != field.key else []),
        *(["omit_default=True"] if omit else []),
        *([f"description={quoted(described)}"] if isinstance(described, str) else []),
    ]


def _default(schema: JSONObject, typed: Typed) -> tuple[Typed, Expression | None, str]:
    """Find how a default is written: as a value, maybe of a type that can't change, or as a factory."""
    given = schema.get("default")
    options = options_of(schema)
    if given is None or (options and not any(same(given, option) for option in options)):
        return typed, None, ""
    if given in ([], {}) and typed.factory:
        return typed, None, typed.factory
    for each in (typed, typed.immutable):
        try:
            if each is not None:
                return each, each.value(given), ""
        except NotExpressibleError:
            continue
    return typed, None, ""


def describe(schema: JSONObject, *, gap: bool = True) -> list[str]:
    """Write the docstring of a class, with the empty line that goes below it when there is more."""
    text = schema.get("description")
    if not isinstance(text, str) or not text.strip():
        return []
    return [*docstring(text, "    "), *([""] if gap else [])]
