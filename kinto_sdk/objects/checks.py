"""Checks documents against a JSON Schema before they are sent. Needs the extra `validation` (jsonschema)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from ..protocol.errors import ModelError, NotLoadedError, Problem, UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, copy, is_object, same
from .fields import is_model
from .problems import schema_checker
from .state import UNREAD, State

_SINGLE = ("$schema", "definitions", "$defs", "properties", "patternProperties", "additionalProperties")
"""What a schema says of single fields, as opposed to the object as a whole."""


@attrs.define(eq=False)
class Checks:
    """What a collection's records are checked against: the collection's schema, or else their model's."""

    _model: type[Any] | None = attrs.field(alias="model")
    asked: bool = False
    """The server was asked for the collection's schema."""
    found: JSONObject | None = None
    """What it answered; None when there is none."""
    _models: JSONObject | None = attrs.field(default=None, init=False)
    """The model's own schema, once it is needed."""
    _schema: JSONObject | None = attrs.field(default=None, init=False)
    _made: dict[bool, Callable[[Mapping[str, Any]], list[Problem]]] = attrs.field(
        factory=dict[bool, Callable[[Mapping[str, Any]], list[Problem]]], init=False
    )

    def schema(self, own: JSONObject | None) -> JSONObject | None:
        """The collection's own schema, in want of one its model's."""
        if own is None and self._models is None and self._model is not None:
            self._models = schema_of(self._model)
        return self._models if own is None else own

    def problems(self, schema: JSONObject, document: Mapping[str, Any], *, partial: bool = False) -> list[Problem]:
        """What a schema has against a document, or some fields of one.

        The check is made once, for as long as the schema stays the same.
        """
        if not same(schema, self._schema):
            self._schema = copy(schema)
            self._made.clear()
        if partial not in self._made:
            fields = {key: schema[key] for key in _SINGLE if key in schema}
            self._made[partial] = schema_checker(fields if partial else schema)
        return self._made[partial](document)


def schema_of(given: type[Any] | Mapping[str, Any]) -> JSONObject:
    """A model's schema, or the schema itself as plain JSON.

    Raises:
        UsageError: it is neither.
    """
    if isinstance(given, Mapping):
        schema: JSONObject = jsonable(dict(given), "schema")
        return schema
    from .schema import json_schema

    if not is_model(given):
        raise UsageError(f"{given!r} is neither a model (an attrs class or dataclass) nor a JSON Schema (a dict)")
    return json_schema(given)


def refusal(what: str, where: str, problems: Sequence[Problem]) -> ModelError:
    """The error for a document that does not fit."""
    lines = tuple(map(str, problems))
    return ModelError(f"{what} does not fit the schema of {where}: {'; '.join(lines)}", lines)


def schema_in(document: Mapping[str, Any]) -> JSONObject | None:
    """The schema in a collection's metadata; None when there is none."""
    schema = document.get("schema")
    return schema if is_object(schema) else None


def known_schema(collection: State[dict[str, Any]]) -> JSONObject | None:
    """The schema in what is known of the collection, unsaved edits included.

    Raises:
        NotLoadedError: nothing is known of it, or only other fields.
    """
    data, seen = collection._data, collection._seen
    document: Mapping[str, Any] | None = collection.data if data is not UNREAD else seen if is_object(seen) else None
    if document is None or (collection._partial and "schema" not in document):
        raise NotLoadedError(f"{collection.path}: its schema is not known; call load() first")
    return schema_in(document)
