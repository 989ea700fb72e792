"""What is asked of the attachments plugin: files sent with records, and fetched from where they are."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

import attrs

from ..objects.documents import PLAIN
from ..objects.downloads import Download
from ..objects.permissions import PermissionsInput, assigned
from ..objects.plan import precondition
from ..objects.rebase import absorb_beside
from ..objects.state import State
from ..objects.typevars import D
from ..objects.uploads import Multipart, Upload
from ..protocol.attachments import Attachment, attachment_from, attachment_url
from ..protocol.errors import IntegrityError, NotLoadedError, ResponseError, TransportError, UsageError, error_from
from ..protocol.jsontypes import JSONObject, copy
from ..protocol.messages import Flow, Request, Response
from . import objects
from .answers import read, written
from .objects import write
from .server import capability

NO_BASE_URL = "the server does not tell where it keeps files; its operator has to set attachment.base_url"
ATTACHMENT = ("attachment",)
REPLACED = "load() the record in case its attachment was replaced"


@attrs.frozen
class Located:
    """An attachment, and where its file is."""

    attachment: Attachment
    url: str
    advice: str
    """What to do when there is no file."""


def known_attachment(state: State[Any]) -> Attachment | None:
    """What the object's record says of its attachment, as it was seen.

    Raises:
        NotLoadedError: it has not been seen.
    """
    seen = state._seen_document()
    if seen is None or (state._partial and "attachment" not in seen):
        raise NotLoadedError(f"{state.path}: its attachment is not known; load() the record first")
    return attachment_from(seen.get("attachment"))


def seen_row(record: State[Any]) -> JSONObject:
    """The record as the server has it, without unsaved edits."""
    return record._with_metadata(record._seen_document() or {})


# ---- up ------------------------------------------------------------------------------------------------------------


def fields_of(record: State[D], data: D | Mapping[str, Any] | None) -> JSONObject | None:
    """What goes along with a file: some fields as a mapping, or a whole instance of the model."""
    if data is None:
        return None
    if isinstance(data, Mapping):
        fields = dict(cast("Mapping[str, Any]", data))
        record._check_declared_id(fields, PLAIN)
        return PLAIN.unstructure(fields)
    document = record._codec.unstructure(data)
    record._check_declared_id(data)
    return document


def lists_of(path: str, permissions: PermissionsInput | None) -> dict[str, list[str]] | None:
    """Permissions that go along with a file, as the server takes them."""
    acl = assigned(path, permissions)
    return None if acl is None else acl._for_put()


def adding(
    record: State[D],
    upload: Upload,
    data: D | Mapping[str, Any] | None = None,
    permissions: PermissionsInput | None = None,
) -> Flow[None]:
    """What attaches a file to a record, with what the user gives along with it."""
    fields, lists = fields_of(record, data), lists_of(record.path, permissions)
    return add_attachment(record, upload, data=fields, permissions=lists)


def add_attachment(
    record: State[Any],
    upload: Upload,
    *,
    data: Mapping[str, Any] | None = None,
    permissions: Mapping[str, list[str]] | None = None,
) -> Flow[None]:
    """POST the file, with data and permissions in the same request; then read the record.

    The server ignores preconditions here, and answers with the attachment alone, so that only reading tells the
    record's new version, and whether somebody else changed it before.
    """
    yield from capability(record._context, "attachments", "an attachment")
    record._refuse_deleted()
    if data is not None:
        yield from objects.check_document(record, data, partial=True)
    fields = {"data": data, "permissions": permissions}
    response = yield from _post(record, upload, {name: value for name, value in fields.items() if value is not None})
    absorb_beside(record, (yield from _read_back(record)), (ATTACHMENT, *((name,) for name in data or ())))
    if response.status == 201:
        record._created = True


def create_attached(record: State[Any], upload: Upload) -> Flow[None]:
    """Create a record whose id was drawn here, with its file: a single POST."""
    yield from capability(record._context, "attachments", "an attachment")
    mine = copy(record._mine())
    yield from objects.check_document(record, mine)
    acl = record._edited_acl
    fields: JSONObject = {"data": mine}
    lists = None
    if acl is not None:
        fields["permissions"] = acl._for_put()
        lists = acl._lists
    yield from _post(record, upload, fields)
    body = yield from _read_back(record)
    record._absorb(body, expected=mine, keep_permissions=lists is None, lists=lists)
    record._created = True


def create_record(record: State[Any], upload: Upload, *, if_not_exists: bool = False) -> Flow[None]:
    """Create a record under an id that may be taken, then POST its file: the POST would write into another's record.

    When the file is refused the record is deleted again. With `if_not_exists` one that exists stays as it is.
    """
    yield from capability(record._context, "attachments", "an attachment")
    yield from objects.create(record, if_not_exists=if_not_exists)
    if record._created is False:
        return
    try:
        yield from add_attachment(record, upload)
    except ResponseError:
        # What is there has no file, or else its version is another one and it stays.
        headers = precondition(record, safe=True, if_match=None)
        with suppress(TransportError):
            undone = yield from write(record, Request("DELETE", record.path, headers=headers, repeatable=True))
            if undone.ok:
                record._forget({})
        raise
    record._created = True


def remove_attachment(record: State[Any]) -> Flow[None]:
    """DELETE the file, if the record exists: on one that does not, the server would create it."""
    yield from capability(record._context, "attachments", "an attachment")
    record._refuse_deleted()
    there = yield Request("HEAD", record.path, repeatable=True)
    if not there.ok:
        raise error_from(there)
    response = yield from write(record, Request("DELETE", f"{record.path}/attachment", repeatable=True))
    if not response.ok:
        raise error_from(response)
    absorb_beside(record, (yield from _read_back(record)), (ATTACHMENT,))


def _post(record: State[Any], upload: Upload, fields: Mapping[str, Any]) -> Flow[Response]:
    body = Multipart(upload, fields)
    response = yield from write(record, Request("POST", f"{record.path}/attachment", upload=body, repeatable=True))
    if not response.ok:
        # The record's id need not tell which of many files it is.
        told = f"the file is {upload.filename!r}" if response.status in (400, 413) else None
        raise error_from(response, advice=told)
    return response


def _read_back(record: State[Any]) -> Flow[JSONObject]:
    """GET the record as the last part of a write: until then the object does not know what it holds."""
    response = yield from write(record, Request("GET", record.path, repeatable=True))
    if not response.ok:
        record._stale = True
        raise error_from(response)
    return written(record, response)


# ---- down ----------------------------------------------------------------------------------------------------------


def locate_attachment(record: State[Any]) -> Flow[Located | None]:
    """Where the record's file is; None when it has none. A record that was not seen is read."""
    plugin = yield from capability(record._context, "attachments", "an attachment")
    record._refuse_deleted()
    if record._seen is None or record._partial:
        body = yield from read(record.path)
        absorb_beside(record, body, (ATTACHMENT,))
        attachment = attachment_from(body["data"].get("attachment"))
    else:
        attachment = known_attachment(record)
    if attachment is None:
        return None
    base_url = plugin.get("base_url")
    url = attachment_url(attachment, base_url, record._context.server_url)
    relative = base_url is None and url != attachment.location
    return Located(attachment, url, NO_BASE_URL if relative else REPLACED)


def download_attachment(record: State[Any]) -> Flow[Located]:
    """Where the record's file is. A record without one is a mistake."""
    located = yield from locate_attachment(record)
    if located is None:
        raise UsageError(f"{record.path} has no attachment: record.attachment is None; add_attachment() gives it one")
    return located


def fetch(located: Located, download: Download) -> Flow[Download]:
    """GET the file. One that is not what the record describes is asked for once more."""
    problem: IntegrityError | None = None
    for _ in range(2):
        response = yield Request("GET", located.url, sink=download, repeatable=True)
        if not response.ok:
            raise error_from(response, advice=located.advice)
        problem = download.problem()
        if problem is None:
            return download
    assert problem is not None
    raise problem
