"""The records of a collection, held against a schema."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..flows.checking import schema_for
from ..objects.checks import Checks, schema_of
from ..objects.misfit import Misfit
from ..objects.validation import Validation
from ..protocol.errors import UsageError
from ..transport.async_documents import Documents, each_document

if TYPE_CHECKING:
    from .collection import AsyncCollection


async def validate(
    collection: "AsyncCollection[Any]",
    records: Documents[Any] | None,
    schema: type[Any] | Mapping[str, Any] | None,
) -> list[Misfit[Any]]:
    """What does not fit, and why."""
    checks = Checks(collection.model)
    if schema is not None:
        against = schema_of(schema)
    else:
        found = await collection._port.ask(schema_for(collection, checks))
        if found is None:
            raise UsageError(f"{collection.path} has neither a schema nor a model to validate against; pass schema=")
        against = found
    validation = Validation(collection.path, collection._record_codec, checks, against)
    async for item in each_document(collection.records() if records is None else records, "validate()"):
        validation.check(item)
    return validation.misfits
