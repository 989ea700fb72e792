"""What the answers about one object say: the object itself, or why not."""

from typing import Any

from ..objects.documents import without_metadata
from ..objects.plan import Plan
from ..objects.state import State
from ..protocol.errors import AlreadyExistsError, ConflictError, TransportError, UnreadableResponseError, error_from
from ..protocol.jsontypes import JSONObject, copy, is_object
from ..protocol.messages import Flow, Request, Response

NO_SUCH_OBJECT = 110
"""The errno of a 404 that is about the object."""

UNKNOWN_PARENT = 111
"""The errno of a 404 that is about a parent (or the URL) rather than about the object."""


def object_in(response: Response) -> JSONObject:
    """The `{"data", "permissions"}` of a success.

    Raises:
        UnreadableResponseError: it is something else: a proxy's page, another server's JSON.
    """
    body = response.object()
    data = body.get("data")
    if not (is_object(data) and type(data.get("id")) is str and type(data.get("last_modified")) is int):
        raise response.unreadable("has no object in it")
    return body


def read(path: str) -> Flow[JSONObject]:
    """GET an object: its `{"data", "permissions"}`, or the precise error."""
    response = yield Request("GET", path, repeatable=True)
    if not response.ok:
        raise error_from(response)
    return object_in(response)


def written(state: State[Any], response: Response) -> JSONObject:
    """The object in the answer to a write. When it can't be read, what happened is not known."""
    try:
        return object_in(response)
    except UnreadableResponseError:
        state._stale = True
        raise


def existing_in(response: Response) -> JSONObject | None:
    """The document a 412 shows: what the server has now. It never holds permissions."""
    try:
        details = response.object().get("details")
    except TransportError:
        return None
    existing = details.get("existing") if is_object(details) else None
    return existing if is_object(existing) else None


def refusal(state: State[Any], plan: Plan, response: Response) -> Exception:
    """The error for a planned write that was refused."""
    if response.status == 412 and plan.request.headers.get("If-None-Match") == "*":
        return AlreadyExistsError(response, mine=plan.document, theirs=_theirs(response))
    seen_before = state._seen is not None and "If-Match" in plan.request.headers
    gone = response.status == 404 and seen_before and not _about_parent(response)
    if response.status == 412 or gone:
        return conflict(state, response, mine=plan.document)
    return error_from(response, advice=_what_makes_it(state, response) if response.status == 404 else None)


def _what_makes_it(state: State[Any], response: Response) -> str | None:
    """The call that makes what is missing: the object itself, or the one that it is to be in."""
    error = error_from(response)
    if error.errno == NO_SUCH_OBJECT:
        return f"create_{state._kind}() makes it"
    parent = error.details
    if error.errno == UNKNOWN_PARENT and is_object(parent) and parent.get("resource_name") == "collection":
        return f"create_collection({parent.get('id')!r}, if_not_exists=True) makes it"
    return None


def _theirs(response: Response) -> JSONObject | None:
    existing = existing_in(response)
    return None if existing is None else without_metadata(existing)


def _about_parent(response: Response) -> bool:
    try:
        return response.object().get("errno") == UNKNOWN_PARENT
    except TransportError:
        return True


def conflict(state: State[Any], response: Response, *, mine: JSONObject | None) -> ConflictError:
    """What is seen here, what was to be saved, and what the server has now."""
    advice = None
    theirs = _theirs(response)
    if response.request.method == "DELETE":
        advice = "load() to see what changed, or delete(safe=False)"
    elif theirs is None and mine is not None:
        advice = "it was deleted meanwhile: replace(data) makes it anew"
    return ConflictError(response, advice=advice, base=copy(state._seen_document()), mine=copy(mine), theirs=theirs)
