"""A collection's schema, brought in step with what it should be."""

from collections.abc import Mapping
from typing import Any

from ..objects.checks import schema_in, schema_of
from ..objects.rebase import absorb_beside
from ..objects.schema_change import SchemaChange
from ..objects.state import UNREAD, State
from ..protocol.errors import AlreadyExistsError, UsageError, error_from
from ..protocol.jsontypes import JSONObject
from ..protocol.messages import Flow, Request, quote_etag
from . import objects
from .answers import conflict, object_in, written

ROUNDS = 10
"""How often the schema is looked at again when somebody else changes the collection meanwhile."""


def ensuring(
    collection: State[dict[str, Any]], model: type[Any] | None, schema: type[Any] | Mapping[str, Any] | None
) -> Flow[SchemaChange]:
    """The flow for `ensure_schema()`, once the schema that is asked for is known: the one given, or the model's."""
    given = model if schema is None else schema
    if given is None:
        raise UsageError(f"{collection.path} has no model; write ensure_schema(Model), or give a JSON Schema as a dict")
    return ensure_schema(collection, schema_of(given))


def ensure_schema(collection: State[dict[str, Any]], schema: JSONObject) -> Flow[SchemaChange]:
    """GET the collection; PATCH the schema into it, under the version read, if it has another one, or create it."""
    rounds = ROUNDS
    sent: SchemaChange | None = None
    """What a PATCH would have changed whose answer was lost."""
    while True:
        rounds -= 1
        response = yield Request("GET", collection.path, repeatable=True)
        if response.status == 404:
            try:
                yield from _create(collection, schema)
            except AlreadyExistsError:
                if rounds == 0:
                    raise
                continue
            return SchemaChange(before=None, after=schema, created=True)
        if not response.ok:
            raise error_from(response)
        body = object_in(response)
        absorb_beside(collection, body)
        change = SchemaChange(before=schema_in(body["data"]), after=schema)
        if not change:
            return sent or change
        headers = {"If-Match": quote_etag(body["data"]["last_modified"])}
        fields = {"data": {"schema": schema}}
        request = Request("PATCH", collection.path, json=fields, headers=headers, repeatable=True)
        response = yield from objects.write(collection, request)
        if response.ok:
            absorb_beside(collection, written(collection, response), (("schema",),))
            return change
        if response.status not in (404, 412) or rounds == 0:
            raise conflict(collection, response, mine=None) if response.status == 412 else error_from(response)
        sent = change if response.retried else None


def _create(collection: State[dict[str, Any]], schema: JSONObject) -> Flow[None]:
    """PUT the collection, with the metadata its handle was given."""
    kept = collection._data
    unsaved = collection._seen is None and kept is not UNREAD
    collection._data = {**(collection._mine() if unsaved else {}), "schema": schema}
    try:
        yield from objects.create(collection)
    except BaseException:
        collection._data = kept
        raise
