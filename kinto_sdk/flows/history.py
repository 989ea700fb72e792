"""The past: a collection's records at a moment, and an object brought back to a version of its own."""

from typing import Any

from ..objects.context import Context
from ..objects.documents import without_metadata
from ..objects.plan import precondition
from ..objects.settle import settled
from ..objects.state import State
from ..protocol.attachments import without_file
from ..protocol.errors import AlreadyExistsError, ConflictError, error_from
from ..protocol.jsontypes import JSONObject, is_object
from ..protocol.messages import Flow, Request
from . import listing
from .answers import NO_SUCH_OBJECT, existing_in, object_in, written
from .objects import check_document, write
from .server import capability


def snapshot(context: Context, path: str, version: int) -> Flow[list[JSONObject]]:
    """GET the records of a collection as they were, newest first. The server gives them all at once."""
    yield from capability(context, "history", "records_at()")
    bucket, _, collection = path.rpartition("/collections/")
    found = yield from listing.page(f"{bucket}/snapshot/collections/{collection}@{version}")
    return found.rows


def restore(state: State[Any], document: JSONObject, *, safe: bool = True) -> Flow[None]:
    """PUT a document of the past in place of what there is, or make the object anew when there is nothing.

    The attachment stays the one that it has: the server does not let it be set, and the file of old may be gone.
    """
    exists = state._seen is not None and not (state._deleted or state._stale or state._partial)
    if not exists:
        exists = yield from _look(state)
    seen = (state._seen_document() or {}) if exists else {}
    document = without_file(document)
    if is_object(seen.get("attachment")):
        document["attachment"] = seen["attachment"]
    yield from check_document(state, document)
    headers = precondition(state, safe=safe, if_match=None) if exists else {"If-None-Match": "*"}
    request = Request("PUT", state.path, json={"data": document}, headers=headers, repeatable=True)
    response = yield from write(state, request)
    existing = existing_in(response) if response.status == 412 else None
    theirs = None if existing is None else without_metadata(existing)
    if response.ok:
        state._absorb(written(state, response), expected=None)
    elif response.retried and theirs is not None and settled(document, theirs):
        state._absorb({"data": existing}, expected=None)
    elif response.status == 412:
        kind = ConflictError if exists else AlreadyExistsError
        advice = "load() the object, and restore() again if it is still to be"
        raise kind(response, advice=advice, base=seen, mine=document, theirs=theirs)
    else:
        raise error_from(response)


def _look(state: State[Any]) -> Flow[bool]:
    """GET the object; False when there is none."""
    response = yield Request("GET", state.path, repeatable=True)
    if response.ok:
        state._absorb(object_in(response), expected=None)
        return True
    error = error_from(response)
    if error.errno == NO_SUCH_OBJECT:
        return False
    raise error
