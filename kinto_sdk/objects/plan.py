"""Which request says what the user wants: the least that is correct. Pure; the flows send what is planned here.

    never seen           PUT, If-None-Match: * (creates, never overwrites)
    nothing changed      no request
    fields set           PATCH of those fields, If-Match the version seen
    a field removed      PUT of the whole document, If-Match (a plain PATCH can't remove)
    permissions edited   a PATCH carries the edited names; a PUT every known name, since it clears the others

A PUT always carries `data`: without it the server keeps the old document and answers as if it had replaced it.
"""

from typing import Any

import attrs

from ..protocol.attachments import without_file
from ..protocol.errors import ModelError, NotLoadedError, UsageError
from ..protocol.jsontypes import JSONObject, is_object
from ..protocol.messages import Request, parse_etag, quote_etag
from .merge import Path
from .permissions import Lists, Permissions
from .state import UNREAD, State, Unread


@attrs.frozen(slots=False)
class Plan:
    """A write, and what it means for the object. Nothing in it is the user's own, who may go on editing.

    Like a request it has no slots: a frozen class that has them takes twice as long to make an instance.
    """

    request: Request
    expected: JSONObject | Unread
    """The user's document as the request left it, in the user's terms: edits made while it is under way differ.
    UNREAD: the user was not shown any yet."""
    document: JSONObject | None
    """The whole document the server has if it takes the request; None when that can't be told."""
    lists: Lists | None = None
    """The permissions as the request left them; None when it carries none."""
    own: tuple[Path, ...] | None = None
    """What of the document a patch sets, which is its own and no unsaved edit; None for what is no patch."""


def precondition(state: State[Any], *, safe: bool, if_match: int | str | None) -> dict[str, str]:
    """The header that protects what was seen. None seen, or `safe=False`: no header.

    Raises:
        UsageError: the version can't be a precondition. The server ignores one of 0, and refuses a negative one.
    """
    version = state.last_modified if if_match is None else if_match
    if isinstance(version, str):
        number = parse_etag(version)
        if number is None:
            raise UsageError(f"if_match={version!r} is not a version; pass an object's last_modified or etag")
        version = number
    # Nothing but False gives up the protection: None may come of a setting that is not there.
    if version is None or (safe is False and if_match is None):
        return {}
    if type(version) is not int:  # True is no version
        raise UsageError(f"{state.path}: {version!r} is not a version; pass an object's last_modified or etag")
    if version <= 0:
        raise UsageError(
            f"{state.path}: version {version!r} can't protect a write (the server ignores it); pass safe=False"
        )
    return {"If-Match": quote_etag(version)}


def plan_create(
    state: State[Any], *, safe: bool = True, if_match: int | str | None = None, last_modified: int | None = None
) -> Plan:
    """A PUT that makes the object, with this version if given. `safe`: and never overwrites one."""
    mine = state._mine()
    refuse_misfit(state, state._data, mine)
    headers = {} if safe is False else {"If-None-Match": "*"}
    if if_match is not None:
        headers = precondition(state, safe=True, if_match=if_match)
    plan = _put(state, mine, mine, headers)
    if last_modified is not None:
        plan.request.json["data"] = {**mine, "last_modified": last_modified}
    return plan


def plan_recreate(state: State[Any]) -> Plan:
    """A PUT that makes a deleted object anew, as it is here: edits, permissions where they are known.

    A record without its attachment, whose file was deleted with it.
    """
    refuse_partial(state, "can't make it anew")
    document = state._document()
    if state._kind == "record":
        document = without_file(document)
    expected = UNREAD if state._data is UNREAD else state._mine()
    plan = _put(state, document, expected, {"If-None-Match": "*"})
    acl = state.permissions
    if not acl.known:
        return plan
    plan.request.json["permissions"] = acl._for_put()
    return attrs.evolve(plan, lists=acl._lists)


def plan_save(state: State[Any], *, safe: bool = True, if_match: int | str | None = None) -> Plan | None:
    """What `save()` sends; None when there is nothing to send.

    Raises:
        DeletedError: the object was deleted through this very object.
        NotLoadedError: there is nothing to save, or after a partial read a field was removed, or one changed of which
            only a part was read, or, in a model's instance, nothing.
        UsageError: a version that can't be a precondition, an id changed in the data.
        ModelError: the data does not fit its model, or is not JSON.
    """
    state._refuse_deleted()
    if state._seen is None:
        return plan_create(state, safe=safe, if_match=if_match)
    changes, mine, seen = state._survey()
    if not changes:
        return None
    if changes.permissions is not None:
        state.permissions._refuse_pending()
    if mine is not None and (changes.set or changes.removed):
        refuse_misfit(state, state._data, mine)
    headers = precondition(state, safe=safe, if_match=if_match)
    expected = UNREAD if mine is None else mine
    fields = dict(changes.set)
    document = changes.apply(seen or state._seen_document() or {})
    if changes.removed:
        refuse_partial(state, f"can't remove {', '.join(changes.removed)}")
        return _put(state, document, expected, headers)
    if state._partial:
        _refuse_unread(state, fields)
    body: JSONObject = {"data": fields} if fields else {}
    lists = None
    if changes.permissions is not None:
        body["permissions"] = changes.permissions
        lists = state.permissions._lists
    request = Request("PATCH", state.path, json=body, headers=headers, repeatable=True)
    return Plan(request, expected, document, lists)


def plan_replace(
    state: State[Any],
    document: JSONObject,
    acl: Permissions | None = None,
    *,
    safe: bool = True,
    if_match: int | str | None = None,
) -> Plan:
    """A PUT of this document, which keeps the attachment the object is known to have; `acl`: and of this list."""
    expected = document
    # Of a deleted object only a version that is given on purpose is a precondition.
    headers = precondition(state, safe=safe is not False and not state._deleted, if_match=if_match)
    if not state._deleted and "attachment" not in document:
        refuse_partial(state, "can't tell whether replacing it would drop an attachment")
    return _put(state, state._with_attachment(document), expected, headers, acl)


def refuse_misfit(state: State[Any], data: Any, document: JSONObject) -> None:
    """What does not fit the model is not sent: the object could not be read again.

    Raises:
        ModelError: a value is not of its field's type. Type checkers find it, Python does not.
    """
    try:
        state._codec.check(data, document, state._id, state.last_modified)
    except ModelError as error:
        raise ModelError(f"{state.path}: the data {error}; nothing was sent", error.problems) from error.__cause__


def refuse_partial(state: State[Any], what: str) -> None:
    """A PUT needs the whole document, which a partial read does not have."""
    if state._partial:
        raise NotLoadedError(f"{state.path}: {what} after a partial read; load() the whole object first")


def _refuse_unread(state: State[Any], fields: JSONObject) -> None:
    """A PATCH sets whole fields, of which a partial read may have a part, or nothing."""
    names = [name.partition(".") for name in state._partial]
    read, in_part = {field for field, _, _ in names}, {field for field, dot, _ in names if dot}
    for field in fields:
        if field in in_part:
            refuse_partial(state, f"can't save {field}, which goes as a whole,")
        # A dict lacks what was not read. An instance has a default there, and what is made of that must not be written.
        if field not in read and not is_object(state._data):
            refuse_partial(state, f"can't save {field}, which was not read,")


def _put(
    state: State[Any],
    document: JSONObject,
    expected: JSONObject | Unread,
    headers: dict[str, str],
    acl: Permissions | None = None,
) -> Plan:
    body: JSONObject = {"data": document}
    acl = state._edited_acl if acl is None else acl
    lists = None
    if acl is not None:
        acl._refuse_pending()
        body["permissions"] = acl._for_put()
        lists = acl._lists
    request = Request("PUT", state.path, json=body, headers=headers, repeatable=True)
    return Plan(request, expected, document, lists)
