# Generated from kinto_sdk/_aio/record.py by tools/unasync.py. Edit that file, then run `make generate`.
"""A record."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, cast

from ..flows import attachments as files
from ..flows import history as flows
from ..objects.context import Context
from ..objects.form import Form
from ..objects.permissions import PermissionsInput
from ..objects.state import UNREAD, State
from ..objects.typevars import D
from ..objects.uploads import FileProgress, FileSource, read_upload
from ..protocol.attachments import Attachment
from ..protocol.errors import UsageError
from ..protocol.filters import F
from ..protocol.ids import Kind, quote_id
from ..protocol.jsontypes import JSONObject, copy
from ..protocol.paths import parse_path
from .attachments import OpenAttachment, download
from .history import History, HistoryEntry, history_of
from .resource import Resource

if TYPE_CHECKING:
    from ..objects.checks import Checks
    from .collection import Collection


class Record(Resource[D], Generic[D]):
    """A record of a collection. `record.data` is the collection's model, or a dict."""

    __slots__ = ("_codec",)

    _kind: ClassVar[Kind] = "record"
    _parent: "Collection[D]"

    def __init__(self, collection: "Collection[D]", id: str, row: JSONObject | None = None) -> None:  # noqa: A002
        # What State.__init__ does, without the call: a list makes very many records. Those have their id in the row.
        self._parent = collection
        self._codec = collection._record_codec
        self._data = UNREAD
        self._seen = row
        self._base = None
        self._acl = None
        self._created = None
        self._deleted = False
        self._sealed = False
        self._stale = False
        self._partial = ()
        self.last_modified: int | None
        """The server's version in milliseconds since 1970; None when nothing was seen yet."""
        if row is None:
            self._id = id
            self.last_modified = None
        else:
            self._id = id or row["id"]
            self.last_modified = row.get("last_modified")

    @property
    def path(self) -> str:
        """The server path, without the version. It never changes."""
        return f"{self._parent._records_path}/{quote_id(self._id)}"

    @property
    def collection(self) -> "Collection[D]":
        """The collection it is in."""
        return self._parent

    @property
    def _context(self) -> Context:
        # As its base does, without a call for each step: a bulk write asks often.
        return self._parent._parent._parent._context

    @property
    def _form(self) -> Form[Any]:
        return self._parent._form

    @property
    def _checked(self) -> "tuple[State[dict[str, Any]], Checks] | None":
        checks = self._parent._checks
        return None if checks is None else (self._parent, checks)

    @property
    def extra(self) -> dict[str, Any]:
        """What the record has on the server beyond what its model declares: a copy, which saving leaves alone.

        In nested objects too, as nested dicts; lists are not looked into. Without what the server adds itself
        (`schema`, `attachment`). All of it survives a `save()`; `patch()` changes it. Empty when there is no model.

        Raises:
            NotLoadedError: the record was not read yet.
            ModelError: its document does not fit the model.
        """
        data = self.data
        return cast("dict[str, Any]", copy(self._codec.undeclared(self._seen_document() or {}, data)))

    def history(self) -> History[D]:
        """Who changed the record, as a lazy query of `HistoryEntry`, newest first. Sends nothing.

        `history().diffs()` tells what each change did; `restore(entry)` brings a version back.

        Raises:
            CapabilityMissingError: on reading, when the server runs without the history plugin.
        """
        scope = (F.collection_id == self._parent._id, F.record_id == self._id)
        return history_of(self._parent._parent, scope=scope, single=True, codec=self._codec, form=self._form)

    def restore(self, entry: HistoryEntry[Any], *, safe: bool = True) -> Self:
        """Bring a version of this record back, or the record itself when it was deleted.

        Sends a PUT of the version's whole document, with `If-Match` the version seen here; a record never loaded is
        read first. When there is no record, it is created with `If-None-Match: *`. Unsaved edits are dropped. The
        attachment stays the one there is, and so do the permissions: `entry.permissions` has the old ones.

        Raises:
            UsageError: the entry is about another object, or a deletion: restore the entry before it.
            ConflictError: the record changed on the server since it was seen. Nothing was written.
            InvalidRequestError: the old document does not fit the collection's schema of today.
        """
        if not isinstance(entry, HistoryEntry):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
            raise UsageError(f"restore({entry!r}): give an entry of record.history()")
        document = entry.document
        named = parse_path(entry.uri)
        if (named.collection, named.record) != (self._parent._id, self._id):
            raise UsageError(f"restore(): the entry is about {entry.uri}, not about {self.path}")
        if document is None:
            raise UsageError(f"restore(): the entry is the deletion of {entry.uri}; restore the entry before it")
        return self._port.perform(self, flows.restore(self, document, safe=safe))

    # ---- its file ----

    @property
    def attachment(self) -> Attachment | None:
        """What the server says of the record's file: name, size, SHA-256, type, location. None when it has none.

        Raises:
            NotLoadedError: the record was not read yet.
        """
        return files.known_attachment(self)

    def add_attachment(
        self,
        source: FileSource,
        *,
        filename: str | None = None,
        mimetype: str | None = None,
        data: D | Mapping[str, Any] | None = None,
        permissions: PermissionsInput | None = None,
        on_progress: FileProgress | None = None,
    ) -> Self:
        """Attach a file: POST it in chunks, in place of the one the record had, then read the record.

        `source` is a path, bytes, or a file object opened in binary mode, which is sent from where it stands to its
        end. After a lost answer it is sent again from there, so it has to be able to seek. `filename` is by default
        the source's own, `mimetype` what the name suggests. `data` sets fields of the record in the same request (an
        instance of the model, or some fields as a dict), `permissions` the lists it names. Works on a handle never
        loaded, and creates a record that does not exist. Returns the record, with unsaved edits kept.

        `on_progress(sent, total)` is told bytes; the async client calls it from another thread. The server ignores
        preconditions here: it replaces the file whatever version was seen. When it refuses a file, the one that the
        record had may be gone.

        Raises:
            CapabilityMissingError: the server has no `attachments` plugin. Nothing else was sent.
            InvalidRequestError: the server refused the file (its extension, its size) or the data.
            NotFoundError: the collection does not exist.
            PermissionDeniedError: the caller may not write the record, or create it.
            UsageError: the source is no file, has no name, or can't be read twice.
            OSError: the file can't be read.
        """
        upload = read_upload(source, filename=filename, mimetype=mimetype, on_progress=on_progress)
        return self._port.perform(self, files.adding(self, upload, data, permissions))

    def remove_attachment(self) -> Self:
        """Remove the file: DELETE it, then read the record. Removing what is not there does nothing.

        Asks first whether the record exists (HEAD), since the server would create one that does not. Returns the
        record, with unsaved edits kept. The server ignores preconditions here.

        Raises:
            CapabilityMissingError: the server has no `attachments` plugin. Nothing else was sent.
            NotFoundError: the record does not exist.
            PermissionDeniedError: the caller may not write it.
        """
        return self._port.perform(self, files.remove_attachment(self))

    def download_attachment(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        overwrite: bool = False,
        save_metadata: bool = False,
        on_progress: FileProgress | None = None,
    ) -> Path:
        """Download the record's file, and return where it is.

        `path` is a file, or a folder that exists (or ends in `/`), in which the file gets its own name, made safe; by
        default the current folder. It is streamed into a temporary file beside, its size and SHA-256 are checked, and
        then it takes its place: a download that fails leaves an older file as it was. A file that is there already
        with the same content is not downloaded again; another one is replaced with `overwrite=True` alone.
        `save_metadata` keeps the record beside it, as `<file>.meta.json`.

        Credentials are sent to the server itself only, not to where else it keeps files. `on_progress(received,
        total)` is told bytes; the async client calls it from another thread. A record not loaded is read first.

        Raises:
            CapabilityMissingError: the server has no `attachments` plugin. Nothing else was sent.
            FileExistsError: there is another file, and `overwrite` is False.
            IntegrityError: what arrived, twice, was not the file that the record describes.
            NotFoundError: the record does not exist, or its file was replaced since it was read.
            UsageError: the record has no attachment.
            OSError: the file can't be written: the disk is full, say.
        """
        return download(self, path, overwrite=overwrite, save_metadata=save_metadata, on_progress=on_progress)

    def open_attachment(self, *, on_progress: FileProgress | None = None) -> OpenAttachment:
        """The record's file, open for reading: `with record.open_attachment() as file: file.read()`.

        It is downloaded, and its size and SHA-256 are checked, when the block begins; so what is read is what the
        record describes. It is in memory up to 1 MB and in a temporary file above, and gone after the block.

        Raises, when the block begins, what `download_attachment()` raises.
        """
        return OpenAttachment(self, on_progress)
