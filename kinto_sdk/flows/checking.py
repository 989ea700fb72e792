"""Documents checked against a schema before they are sent."""

from collections.abc import Mapping
from typing import Any

from ..objects.checks import Checks, known_schema, refusal, schema_in
from ..objects.state import State
from ..protocol.errors import NotLoadedError, error_from
from ..protocol.jsontypes import JSONObject
from ..protocol.messages import Flow, Request


def schema_for(collection: State[dict[str, Any]], checks: Checks) -> Flow[JSONObject | None]:
    """What the records are checked against. A collection of which nothing is known is read, once.

    Who may write records need not be able to read the collection; then it is their model's schema alone.
    """
    try:
        own = known_schema(collection)
    except NotLoadedError:
        if not checks.asked:
            response = yield Request("GET", collection.path, repeatable=True)
            if not response.ok and response.status not in (403, 404):
                raise error_from(response) from None
            checks.found = schema_in(response.object().get("data") or {}) if response.ok else None
            checks.asked = True
        own = checks.found
    return checks.schema(own)


def check_document(record: State[Any], document: Mapping[str, Any], *, partial: bool = False) -> Flow[None]:
    """Refuse a document, or with `partial` some fields of one, that does not fit.

    Raises:
        ModelError: it does not; with all that is wrong, where the server would tell of the first alone.
    """
    assert record._checked is not None
    collection, checks = record._checked
    schema = yield from schema_for(collection, checks)
    problems = [] if schema is None else checks.problems(schema, document, partial=partial)
    if problems:
        raise refusal(record.path, collection.path, problems)
