# Generated from kinto_sdk/_aio/schemas.py by tools/unasync.py. Edit that file, then run `make generate`.
"""A collection's schema, and records checked against it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..flows import schemas as flows
from ..flows.checking import schema_for
from ..objects.checks import Checks, refusal, schema_of
from ..objects.documents import without_metadata
from ..objects.misfit import Misfit
from ..objects.schema_change import SchemaChange
from ..objects.state import State
from ..protocol.errors import ModelError, UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, is_object
from ..protocol.messages import Flow
from ..transport.sync_documents import Documents, each_document

if TYPE_CHECKING:
    from .collection import Collection


def ensuring(collection: "Collection[Any]", schema: type[Any] | Mapping[str, Any] | None) -> Flow[SchemaChange]:
    """The flow for `ensure_schema()`, once the schema that is asked for is known: the one given, or the model's."""
    given = collection.model if schema is None else schema
    if given is None:
        raise UsageError(f"{collection.path} has no model; write ensure_schema(Model), or give a JSON Schema as a dict")
    return flows.ensure_schema(collection, schema_of(given))


def validate(
    collection: "Collection[Any]",
    records: Documents[Any] | None,
    schema: type[Any] | Mapping[str, Any] | None,
) -> list[Misfit[Any]]:
    """What does not fit, and why."""
    checks = Checks(collection.model)
    if schema is not None:
        against: JSONObject | None = schema_of(schema)
    else:
        against = collection._port.ask(schema_for(collection, checks))
    if against is None:
        raise UsageError(f"{collection.path} has neither a schema nor a model to validate against; pass schema=")
    checks.problems(against, {})  # a schema that is not valid is an error, though there be nothing to check
    found: list[Misfit[Any]] = []
    index = 0
    given = collection.records() if records is None else records
    for item in each_document(given, "validate()"):
        name = name_of(item, index)
        index += 1
        try:
            problems = checks.problems(against, document_of(item, collection))
        except ModelError as error:
            found.append(Misfit(item, error))
            continue
        if problems:
            found.append(Misfit(item, refusal(name, collection.path, problems)))
    return found


def name_of(item: Any, index: int) -> str:
    """What errors call it."""
    return item.path if isinstance(item, State) else f"records[{index}]"


def document_of(item: Any, collection: "Collection[Any]") -> JSONObject:
    """What would be sent."""
    if isinstance(item, State):
        return item._document()
    if not is_object(item):
        return collection._record_codec.unstructure(item)
    document: JSONObject = jsonable(without_metadata(item), error=ModelError)
    return document
