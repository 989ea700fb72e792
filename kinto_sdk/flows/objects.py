"""What one object asks of the server: load, refresh, exists, create, save, replace, delete. Patches have a room too.

Every write goes through `write`, the one place that marks an object stale when its outcome is unknown: cancelled, or
the answer lost for good. A stale object is never taken for clean.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..objects.documents import is_plain, without_metadata
from ..objects.permissions import Permissions, PermissionsInput, assigned
from ..objects.plan import Plan, plan_create, plan_replace, plan_save, precondition, refuse_misfit
from ..objects.rebase import absorb_beside
from ..objects.settle import settled
from ..objects.state import UNREAD, State
from ..objects.typevars import D
from ..protocol.errors import TransportError, error_from
from ..protocol.jsontypes import JSONObject, is_object, same
from ..protocol.messages import Flow, Request, Response, quote_etag
from .answers import conflict, existing_in, object_in, read, refusal, written

CREATE_ROUNDS = 5
"""How often creating and reading may alternate when somebody else creates and deletes the same object meanwhile."""

NOT_THERE = "delete(if_exists=True) takes that as done"
MAYBE_DELETED = "it may have been deleted, since an earlier answer was lost: look with a client that may see it"
"""Why a deletion is refused that was sent a second time."""


def write(state: State[Any], request: Request) -> Flow[Response]:
    """Send a write for an object; the object becomes stale when it may have happened without our knowing."""
    dry_run = state._context.dry_run
    if dry_run is not None:
        dry_run.remember(state.path, *state._as_seen(), partial=bool(state._partial))
    try:
        response = yield request
    except (TransportError, GeneratorExit):
        state._stale = True
        raise
    if response.status >= 500:
        state._stale = True
    return response


# ---- reading -------------------------------------------------------------------------------------------------------


def load(state: State[Any], *, fields: tuple[str, ...] | None = None) -> Flow[None]:
    """GET the object into the state, dropping unsaved edits."""
    path = state.path
    if fields is not None:
        path += "?_fields=" + ",".join(quote(name, safe="") for name in fields)
    state._absorb((yield from read(path)), expected=None)
    state._partial = fields or ()


def refresh(state: State[Any]) -> Flow[bool]:
    """GET the object unless the version seen is the current one; whether anything was read."""
    headers: dict[str, str] = {}
    if state.last_modified is not None and state.last_modified > 0 and not (state._stale or state._partial):
        headers["If-None-Match"] = quote_etag(state.last_modified)
    response = yield Request("GET", state.path, headers=headers, repeatable=True)
    if response.status == 304:
        return False
    if not response.ok:
        raise error_from(response)
    state._absorb(object_in(response), expected=None)
    return True


def exists(state: State[Any]) -> Flow[bool]:
    """HEAD the object. For a bucket a 403 is a no too, since the server can't tell the two apart."""
    response = yield Request("HEAD", state.path, repeatable=True)
    if response.status == 404 or (response.status == 403 and state._kind == "bucket"):
        return False
    if not response.ok:
        raise error_from(response)
    return True


# ---- writing -------------------------------------------------------------------------------------------------------


def create(state: State[Any], *, if_not_exists: bool = False, last_modified: int | None = None) -> Flow[None]:
    """PUT with `If-None-Match: *`. `if_not_exists`: read the object that exists instead of failing."""
    plan = plan_create(state, last_modified=last_modified)
    if state._checked is not None:
        yield from _check(state, plan)
    rounds = CREATE_ROUNDS
    while True:
        rounds -= 1
        doubtful = state._stale
        response = yield from write(state, plan.request)
        if response.ok:
            _accept(state, plan, written(state, response), created=response.status == 201)
            return
        if (yield from _was_ours(state, plan, response, doubtful=doubtful)):
            _accept_existing(state, plan, response)
            return
        # A writer without the right to create gets a 403 for an object that exists, so that is looked up too.
        if not if_not_exists or response.status not in (403, 412):
            raise refusal(state, plan, response)
        existing = yield Request("GET", state.path, repeatable=True)
        if existing.ok:
            state._absorb(object_in(existing), expected=None)
            state._created = False
            return
        if response.status == 403:
            raise error_from(response)
        shown = existing_in(response)
        if existing.status == 403 and shown is not None:
            # Whoever may create but not read is shown the document by the refusal alone.
            state._absorb({"data": shown, "permissions": {}}, expected=None)
            state._created = False
            return
        if existing.status != 404 or rounds == 0:
            raise error_from(existing)


def save(state: State[Any], *, safe: bool = True, if_match: int | str | None = None) -> Flow[None]:
    """Send what changed since the object was seen, or create it when it never was."""
    plan = plan_save(state, safe=safe, if_match=if_match)
    if plan is None:
        if state._stale:
            yield from load(state)
        return
    yield from send(state, plan)


def replacing(
    state: State[D],
    data: D,
    permissions: PermissionsInput | None = None,
    *,
    safe: bool = True,
    if_match: int | str | None = None,
) -> Flow[None]:
    """The flow for `replace()`, of the data as it is now: it may be edited before the flow is run."""
    document = state._codec.unstructure(data)
    state._check_declared_id(data)
    return replace(state, data, document, assigned(state.path, permissions), safe=safe, if_match=if_match)


def replace(
    state: State[Any],
    data: Any,
    document: JSONObject,
    acl: Permissions | None = None,
    *,
    safe: bool = True,
    if_match: int | str | None = None,
) -> Flow[None]:
    """PUT this document in place of the one the server has, and this list in place of its permissions."""
    refuse_misfit(state, data, document)
    plan = plan_replace(state, document, acl, safe=safe, if_match=if_match)
    yield from send(state, plan, data=document if is_plain(state._codec) else data, acl=acl)


def delete(
    state: State[Any], *, safe: bool = True, if_match: int | str | None = None, if_exists: bool = False
) -> Flow[bool]:
    """DELETE the object; False when it was not there and `if_exists`."""
    if if_exists and state._deleted:
        return False
    state._refuse_deleted()
    headers = precondition(state, safe=safe, if_match=if_match)
    doubtful = state._stale
    response = yield from write(state, Request("DELETE", state.path, headers=headers, repeatable=True))
    if response.ok:
        state._forget(written(state, response)["data"])
        return True
    if response.status == 404:
        # What was never seen may be a creation in doubt, which a 404 proves not to have happened.
        ours = response.retried or (doubtful and (state._seen is not None or state._data is UNREAD))
        if ours or if_exists:
            state._forget({})
            return ours
    refused = response.status in (401, 403) and state._kind in ("bucket", "account")
    in_doubt = refused and (response.retried or doubtful)
    if in_doubt and (yield from _is_out_of_sight(state)):
        state._forget({})
        return True
    if response.status == 403 and if_exists and state._kind == "bucket":
        return False
    if in_doubt:
        raise error_from(response, advice=MAYBE_DELETED)
    if response.status == 412:
        raise conflict(state, response, mine=None)
    raise error_from(response, advice=NOT_THERE if response.status == 404 else None)


def _is_out_of_sight(state: State[Any]) -> Flow[bool]:
    """HEAD an object whose deletion was refused: whether it was seen before, and can't be any more.

    Whoever has deleted a bucket, or his own account, is refused from then on, as somebody else would be.
    """
    if state.last_modified is None:
        return False
    response = yield Request("HEAD", state.path, repeatable=True)
    return response.status in (401, 403, 404)


def check_document(state: State[Any], document: Mapping[str, Any], *, partial: bool = False) -> Flow[None]:
    """Refuse a document, or with `partial` some fields of one, that does not fit its collection's schema.

    That is: where the handle on the collection asked for it.
    """
    if state._checked is not None:
        from . import checking

        yield from checking.check_document(state, document, partial=partial)


def _check(state: State[Any], plan: Plan) -> Flow[None]:
    """What a patch makes of a record that was not seen can't be told: then its fields alone are checked."""
    request = plan.request
    if request.method == "PUT" or not (plan.document is None or state._partial):
        yield from check_document(state, plan.document or {})
    elif "Content-Type" not in request.headers:
        yield from check_document(state, request.json.get("data", {}), partial=True)


def send(state: State[Any], plan: Plan, *, data: Any = None, acl: Permissions | None = None) -> Flow[None]:
    """Send a planned write, and take its answer. `data` and `acl` are held once they were written, not before."""
    if state._checked is not None:
        yield from _check(state, plan)
    doubtful = state._stale
    response = yield from write(state, plan.request)
    if response.ok:
        body = written(state, response)
        _hold(state, data, acl)
        _accept(state, plan, body, created=True if response.status == 201 else None)
    elif (yield from _was_ours(state, plan, response, doubtful=doubtful)):
        _hold(state, data, acl)
        _accept_existing(state, plan, response)
    else:
        raise refusal(state, plan, response)


def _hold(state: State[Any], data: Any, acl: Permissions | None) -> None:
    if data is not None:
        state._hold(data)
    if acl is not None:
        state.permissions = acl


def _accept(state: State[Any], plan: Plan, body: JSONObject, *, created: bool | None) -> None:
    if plan.own is not None and plan.request.headers.get("If-Match") != state.etag:
        absorb_beside(state, body, plan.own)
    else:
        state._absorb(body, expected=plan.expected, keep_permissions=plan.lists is None, lists=plan.lists)
    if created is not None:
        state._created = created


# ---- a lost answer is not a conflict -------------------------------------------------------------------------------


def _was_ours(state: State[Any], plan: Plan, response: Response, *, doubtful: bool) -> Flow[bool]:
    """Whether a refusal only says that an earlier attempt, whose answer was lost, had succeeded."""
    if response.status != 412 or not (response.retried or doubtful):
        return False
    existing = existing_in(response)
    if existing is None or plan.document is None or not _is_there(state, plan.document, without_metadata(existing)):
        return False
    sent = plan.request.json
    new = not doubtful and not same(plan.document, state._seen_document())
    if new or not _has_permissions(sent):
        return True
    # The data was like that before, or was sent by an earlier write, which may not have had these permissions with it.
    # The refusal shows none, and what a patch made of them can't be told.
    if plan.lists is None:
        return False
    response = yield Request("GET", state.path, repeatable=True)
    if not response.ok:
        return False
    now: Mapping[str, list[str]] = object_in(response).get("permissions") or {}
    lists: Mapping[str, list[str]] = sent["permissions"]
    # The server adds whoever writes to `write`.
    return all(
        set(names) <= set(now.get(name, ())) if name == "write" else set(names) == set(now.get(name, ()))
        for name, names in lists.items()
    )


def _has_permissions(sent: Any) -> bool:
    if is_object(sent):
        return "permissions" in sent
    return any(operation["op"] != "test" and operation["path"].startswith("/permissions/") for operation in sent)


def _is_there(state: State[Any], document: JSONObject, existing: JSONObject) -> bool:
    if state._partial:
        # Of the fields that were not read nothing is known, and none was sent.
        existing = {key: value for key, value in existing.items() if key in document}
    if state._kind == "group":
        # The server adds them to a PUT without any.
        document, existing = {"members": [], **document}, {"members": [], **existing}
    return settled(document, existing)


def _accept_existing(state: State[Any], plan: Plan, response: Response) -> None:
    created = plan.request.headers.get("If-None-Match") == "*"
    body: JSONObject = {"data": existing_in(response)}
    _accept(state, plan, body, created=True if created else None)
