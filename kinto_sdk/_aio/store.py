"""Reading and writing the records of a collection."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from ..flows import attachments as files
from ..flows import conflicts
from ..flows import objects as flows
from ..flows.jobs import Job
from ..objects.documents import PLAIN
from ..objects.form import UNTYPED, Form
from ..objects.outcome import Outcome, RaiseOnError
from ..objects.permissions import PermissionsInput
from ..objects.typevars import D
from ..objects.uploads import FileProgress, NamedSource, read_named
from ..protocol.errors import KintoError, UsageError
from ..protocol.ids import Kind, draw_id, quote_id
from ..protocol.jsontypes import JSONObject
from ..protocol.timestamps import import_version
from ..transport.async_documents import Outcomes, mapped
from .attachments import add_all, download_all
from .bulk import Progress, bulk
from .query import AsyncQuery
from .record import AsyncRecord
from .resource import AsyncResource

if TYPE_CHECKING:
    from ..objects.checks import Checks
    from ..objects.documents import Codec
    from ..transport.async_documents import Documents
    from .bucket import AsyncBucket


class AsyncRecordStore(AsyncResource[dict[str, Any]], Generic[D]):
    """A collection, as far as its records are concerned, one or many."""

    __slots__ = ("_checks", "_path", "_record_codec", "_record_form", "_records_path")

    _kind: ClassVar[Kind] = "collection"
    _codec = PLAIN
    _parent: "AsyncBucket"

    def __init__(
        self,
        bucket: "AsyncBucket",
        id: str,  # noqa: A002  # the design's word
        form: Form[D] = UNTYPED,
        row: JSONObject | None = None,
    ) -> None:
        super().__init__(bucket._context.check_id("collection", id), row)
        self._parent = bucket
        self._path = f"{bucket.path}/collections/{quote_id(self._id)}"
        self._records_path: str = f"{self._path}/records"
        self._record_form = form
        self._record_codec: Codec[D] = form.codec(bucket._context.converter)
        self._checks = checks_for(form)

    @property
    def _form(self) -> Form[D]:
        return self._record_form

    @property
    def model(self) -> type[D] | None:
        """The class of its records' data; None for dicts."""
        return self._record_form.model

    # ---- what the collection knows ----

    def record(self, id: str) -> AsyncRecord[D]:  # noqa: A002  # the design's word
        """A handle on a record. Sends nothing."""
        raise NotImplementedError

    @property
    def _from_row(self) -> Callable[[JSONObject], AsyncRecord[D]]:
        """Makes a record of a row of a list, without a step of ours in between."""
        raise NotImplementedError

    def _untyped(self) -> "AsyncRecordStore[dict[str, Any]]":
        """The same collection for records that are dicts, checked as this one's are."""
        raise NotImplementedError

    # ---- one record ----

    def records(self) -> AsyncQuery[AsyncRecord[D]]:
        """The records, as a lazy query that streams every page. Sends nothing until it is iterated.

        Their permissions are not loaded: lists do not carry them.
        """
        return AsyncQuery(
            path=self._records_path, port=self._port, make=self._from_row, for_parts=lambda: self._untyped()._from_row
        )

    def new_record(
        self,
        data: D,
        id: str | None = None,  # noqa: A002  # the design's word
        *,
        permissions: PermissionsInput | None = None,
    ) -> AsyncRecord[D]:
        """An unsaved record; `save()` or a batch creates it. Sends nothing.

        Its id is the one given, or the one in the data, or a UUID drawn here, so that a retry can't make two records.

        Raises:
            InvalidIdError: the id is not of the server's form.
            UsageError: the id in the data is another one, or the data is not JSON.
        """
        declared = self._record_codec.declared_id(data)
        if id is not None and declared is not None and id != declared:
            raise UsageError(f"two ids: id={id!r} and {declared!r} in the data; give one, or the same")
        drawn = declared if id is None else id
        return self.record(draw_id("record") if drawn is None else drawn)._fill(data, permissions)

    async def create_record(
        self,
        data: D,
        *,
        id: str | None = None,  # noqa: A002  # the design's word
        permissions: PermissionsInput | None = None,
        last_modified: int | datetime | None = None,
        attachment: NamedSource | None = None,
        if_not_exists: bool = False,
    ) -> AsyncRecord[D]:
        """Create a record: PUT with `If-None-Match: *`, under the id given, the one in the data, or a UUID drawn here.

        `if_not_exists=True` returns the record that exists, with its data and permissions; `.created` says which.
        `last_modified` (milliseconds, or an aware datetime) is for imports: the record gets that version instead of
        the server's time. Whoever synchronises from a later version on does not see it, and on PostgreSQL one that
        another record of the collection has is refused with a ContentionError, again and again.

        `attachment` is a file to attach: a path, bytes, a binary file object, or `(filename, one of them)`. Under an
        id drawn here record and file go in one request. Under one that may be taken the record is created first,
        since the server attaches a file to whatever is there; when it refuses the file the record is deleted again.
        `record.add_attachment()` tells of what the file may be, and of the errors.

        Raises:
            AlreadyExistsError: there is one with this id, and `if_not_exists` is False.
            InvalidRequestError: the server refused the document (a schema, say); `problems` names the fields.
            ModelError: it does not fit the schema, and the collection's handle was made with `validate=True`.
            NotFoundError: the collection does not exist.
            PermissionDeniedError: the caller may not create records here, or the bucket does not exist.
            UsageError: `last_modified` is 0 or less, or more than a day ahead, which would break synchronisation; or
                goes with an attachment, which gives its record a new version.
        """
        record = self.new_record(data, id, permissions=permissions)
        if attachment is None:
            version = None if last_modified is None else import_version(last_modified)
            flow = flows.create(record, if_not_exists=if_not_exists, last_modified=version)
        elif last_modified is not None:
            raise UsageError("attachment= and last_modified= exclude each other: a file gives its record a new version")
        elif id is None and self._record_codec.declared_id(data) is None:
            flow = files.create_attached(record, read_named(attachment))
        else:
            upload = read_named(attachment)
            flow = files.create_record(record, upload, if_not_exists=if_not_exists)
        return await self._port.perform(record, flow)

    async def update(self, id: str, function: Callable[[D], D | None]) -> AsyncRecord[D]:  # noqa: A002
        """Read a record, let a function change its data, and save: again when somebody else was faster.

        The function edits the data in place, or returns other data (the way for frozen models). It is called anew
        with what the server has after each conflict, so it must do nothing but compute; rounds are bounded.
        Sends a GET, then a PATCH (PUT when a field was removed) with `If-Match` per round. Returns the record.

        The server checks the version first and writes afterwards: of two writes at the same instant one can be lost,
        on PostgreSQL more than on memory. The page "Saving, conflicts and permissions" has the figures, and what
        prevents it.

        Raises:
            NotFoundError: the record does not exist, or was deleted meanwhile.
            ConflictError: the rounds are used up.
        """
        record = self.record(id)
        return await self._port.perform(record, conflicts.update(record, function))

    async def get_record(self, id: str) -> AsyncRecord[D]:  # noqa: A002  # the design's word
        """Read a record: `record(id)` and `load()` in one call."""
        return await self.record(id).load()

    # ---- many records ----

    def create_records(
        self,
        documents: "Documents[D]",
        *,
        if_not_exists: bool = False,
        raise_on_error: RaiseOnError = True,
        on_progress: Progress | None = None,
        concurrency: int = 1,
    ) -> AsyncIterator[Outcome[AsyncRecord[D]]]:
        """Create a record for each document. **Iterate over the result**: that is what sends them, once.

        Dropping it before is a RuntimeWarning.

        They go in chunks of the server's `batch_max_requests`, each one `POST /batch`; `documents` is read as the
        chunks are filled, and may be endless. The async client takes an async iterable as well. Gives an `Outcome`
        for each, in order, with the record in it. A refusal (4xx) does not stop the others.

        `on_progress(done, total)` is called after each chunk; `total` is None when `documents` has no length.
        `concurrency`: how many chunks the async client has under way at once; a Client sends one after the other.
        `raise_on_error`: as for `client.batch()`; with False a server that fails does not end the writing either.

        Raises:
            BatchError: at the end, when some were not created; at once (what is under way still ends) when the server
                failed or could not be reached. It holds the first 100 errors.
            ModelError: a document is no instance of the model, or holds what it can't write.
            UsageError: a document is not JSON, or its id is not a record's. As for a ModelError, the message has the
                document's number, counted from 0; what comes before its chunk was sent.
        """
        numbers = count()

        def job(document: D) -> Job[AsyncRecord[D]]:
            number = next(numbers)
            try:
                record = self.new_record(document)
            except KintoError as error:
                error.args = (f"create_records(), document {number}: {error}",)
                raise
            return Job(record, flows.create(record, if_not_exists=if_not_exists))

        stream = bulk(
            self._port,
            self._context,
            mapped(job, documents, "create_records()"),
            documents,
            raise_on_error=raise_on_error,
            on_progress=on_progress,
            concurrency=concurrency,
        )
        return Outcomes("create_records()", stream)

    def save_records(
        self,
        records: "Documents[AsyncRecord[D]]",
        *,
        safe: bool = True,
        on_conflict: conflicts.OnConflict[D] | None = None,
        raise_on_error: RaiseOnError = True,
        on_progress: Progress | None = None,
        concurrency: int = 1,
    ) -> AsyncIterator[Outcome[AsyncRecord[D]]]:
        """Save each record: what changed, as `record.save()` does. **Iterate over the result**: that sends them.

        Works, reports and raises as `create_records()` does. With `concurrency` above 1 no record may come twice:
        two saves of one record would race, and one of them fail with a ConflictError.
        """

        def job(record: AsyncRecord[D]) -> Job[AsyncRecord[D]]:
            if not isinstance(record, AsyncRecord):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not checked
                raise UsageError(f"save_records() takes records, not {record!r}; create_records() takes documents")
            self._context.accept(record)
            return Job(record, conflicts.saving(record, on_conflict, safe=safe))

        stream = bulk(
            self._port,
            self._context,
            mapped(job, records, "save_records()"),
            records,
            raise_on_error=raise_on_error,
            on_progress=on_progress,
            concurrency=concurrency,
        )
        return Outcomes("save_records()", stream)

    # ---- files ----

    async def download_attachments(
        self,
        folder: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        save_metadata: bool = False,
        on_progress: FileProgress | None = None,
        concurrency: int = 4,
    ) -> list[Path]:
        """Download the files of all records that have one, each as `folder/<record id>/<file name>`.

        Returns where they are. Each is checked as by `record.download_attachment()`, and what is there already with
        the same content is not downloaded again: after an error, call it again for the rest. A file that differs is
        replaced with `overwrite=True` alone. `on_progress(done, total)` is told files. `concurrency`: how many the
        async client downloads at once; a Client downloads one after the other.

        Raises what `record.download_attachment()` raises, for the first file that fails.
        """
        return await download_all(
            self,
            folder,
            overwrite=overwrite,
            save_metadata=save_metadata,
            on_progress=on_progress,
            concurrency=concurrency,
        )

    async def add_attachments(
        self,
        folder: str | os.PathLike[str],
        *,
        data: Callable[[Path], D | Mapping[str, Any]] | None = None,
        permissions: PermissionsInput | None = None,
        on_progress: FileProgress | None = None,
        concurrency: int = 4,
    ) -> list[AsyncRecord[D]]:
        """Attach the files of a folder to records of this collection, and return the records.

        A file in a sub-folder goes to the record that has the sub-folder's name for an id: what
        `download_attachments()` wrote can be given back. The id for a file in the folder itself is made of the file's
        name, so that sending a folder again sends what changed, and makes no second records. Hidden files and
        `*.meta.json` are left out. Records are created where there are none. With a file go `permissions` and what
        `data(path)` returns: an instance of the model, or some fields.

        Lists the collection first, and does not send a file that its record has already. `on_progress(done, total)`
        is told files. `concurrency`: how many the async client sends at once; a Client sends one after the other.

        Raises what `record.add_attachment()` raises, for the first file that fails; the others sent before stay.
        """
        return await add_all(
            self,
            folder,
            data=data,
            permissions=permissions,
            on_progress=on_progress,
            concurrency=concurrency,
        )


def checks_for(form: Form[Any]) -> "Checks | None":
    """What keeps the schema that the records are checked against; None when they are not."""
    if not form.validate:
        return None
    from ..objects.checks import Checks

    return Checks(form.model)
