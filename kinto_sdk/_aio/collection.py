"""A collection, and the way to its records."""

import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, cast

from ..flows import attachments as files
from ..flows import conflicts
from ..flows import objects as flows
from ..flows.changes import Reader, Watcher
from ..flows.history import snapshot
from ..flows.jobs import Job
from ..objects.documents import PLAIN, Codec
from ..objects.outcome import Outcome, RaiseOnError
from ..objects.permissions import PermissionsInput
from ..objects.rows import Records
from ..objects.typevars import D
from ..objects.uploads import FileProgress, NamedSource, read_named
from ..protocol.errors import UsageError
from ..protocol.filters import F
from ..protocol.jsontypes import JSONObject
from ..protocol.paths import Kind, draw_id, quote_id
from ..protocol.timestamps import import_version, to_version
from .attachments import add_all, download_all
from .bulk import Progress, bulk
from .changes import AsyncFeed, AsyncWatch
from .history import AsyncHistory, history_of
from .query import AsyncQuery
from .record import AsyncRecord
from .resource import AsyncResource

if TYPE_CHECKING:
    from ..protocol.changeset import Changeset
    from .bucket import AsyncBucket
    from .review import AsyncReview


class AsyncCollection(AsyncResource[dict[str, Any]], Generic[D]):
    """A collection of records of one model. `collection.data` is its own metadata, a dict."""

    __slots__ = ("_path", "_record_codec", "_records_path", "_review", "model")

    _kind: ClassVar[Kind] = "collection"
    _parent: "AsyncBucket"

    def __init__(
        self,
        bucket: "AsyncBucket",
        id: str,  # noqa: A002  # the design's word
        model: type[D] | None = None,
        row: JSONObject | None = None,
    ) -> None:
        super().__init__(bucket._context.check_id("collection", id), row)
        self._parent = bucket
        self._path = f"{bucket.path}/collections/{quote_id(id)}"
        self._records_path: str = f"{self._path}/records"
        self.model: type[D] | None = model
        """The class of its records' data; None for dicts."""
        self._record_codec: Codec[D] = record_codec(model, bucket._context.converter)
        self._review: AsyncReview[D] | None = None

    @property
    def path(self) -> str:
        """The server path, without the version. It never changes."""
        return self._path

    @property
    def bucket(self) -> "AsyncBucket":
        """The bucket it is in."""
        return self._parent

    @property
    def _codec(self) -> Codec[dict[str, Any]]:
        return PLAIN

    @property
    def _model(self) -> type[Any] | None:
        return self.model

    # ---- records ----

    def record(self, id: str) -> AsyncRecord[D]:  # noqa: A002  # the design's word
        """A handle on a record. Sends nothing.

        Raises:
            InvalidIdError: the id is not a string, is empty, or not of the server's form.
        """
        return AsyncRecord(self, self._context.check_id("record", id))

    def records(self) -> AsyncQuery[AsyncRecord[D]]:
        """The records, as a lazy query that streams every page. Sends nothing until it is iterated.

        Their permissions are not loaded: lists do not carry them.
        """
        untyped: AsyncCollection[Any] = self if self.model is None else AsyncCollection(self._parent, self.id)
        return AsyncQuery(
            path=self._records_path,
            port=self._port,
            make=self._from_row,
            make_partial=lambda row: AsyncRecord(untyped, row["id"], row),
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
            flow = files.create_attached(self._context, record, read_named(attachment))
        else:
            upload = read_named(attachment)
            flow = files.create_record(self._context, record, upload, if_not_exists=if_not_exists)
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
        documents: Iterable[D],
        *,
        if_not_exists: bool = False,
        raise_on_error: RaiseOnError = True,
        on_progress: Progress | None = None,
        concurrency: int = 1,
    ) -> AsyncIterator[Outcome[AsyncRecord[D]]]:
        """Create a record for each document. **Iterate over the result**: that is what sends them.

        They go in chunks of the server's `batch_max_requests`, each one `POST /batch`; `documents` is read as the
        chunks are filled, and may be endless. Gives an `Outcome` for each, in order, with the record in it. A refusal
        (4xx) does not stop the others.

        `on_progress(done, total)` is called after each chunk; `total` is None when `documents` has no length.
        `concurrency`: how many chunks an AsyncClient has under way at once; a Client sends one after the other.
        `raise_on_error`: as for `client.batch()`; with False a server that fails does not end the writing either.

        Raises:
            BatchError: at the end, when some were not created; at once (what is under way still ends) when the server
                failed or could not be reached. It holds the first 100 errors.
            UsageError: a document is not JSON, or its id is not a record's. What comes before its chunk was sent.
        """

        def jobs() -> Iterable[Job[AsyncRecord[D]]]:
            for document in documents:
                record = self.new_record(document)
                yield Job(record, flows.create(record, if_not_exists=if_not_exists))

        return bulk(
            self._port,
            self._context,
            jobs(),
            documents,
            raise_on_error=raise_on_error,
            on_progress=on_progress,
            concurrency=concurrency,
        )

    def save_records(
        self,
        records: "Iterable[AsyncRecord[D]]",
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

        def jobs() -> Iterable[Job[AsyncRecord[D]]]:
            for record in records:
                if record._context.server_url != self._context.server_url:
                    raise UsageError(f"{record.url} is on another server; pass record.using(client)")
                yield Job(record, conflicts.saving(record, on_conflict, safe=safe))

        return bulk(
            self._port,
            self._context,
            jobs(),
            records,
            raise_on_error=raise_on_error,
            on_progress=on_progress,
            concurrency=concurrency,
        )

    # ---- signed collections ----

    @property
    def review(self) -> "AsyncReview[D]":
        """Its review before publication, where the server has the plugin `signer`. Sends nothing; always the same."""
        if self._review is None:
            from .review import AsyncReview

            self._review = AsyncReview(self)
        return self._review

    async def changeset(
        self, *, since: int | str | datetime | None = None, expected: int | str = 0
    ) -> "Changeset[AsyncRecord[D]]":
        """Read records, timestamp and metadata in one piece: GET of `…/changeset`, all in one page.

        `since` is a version in milliseconds, an ETag, or an aware datetime: only what changed after it comes, and the
        ids of what was deleted. A source or preview that was rolled back must be read without it: records went back
        to lower versions. `expected` (any number or text) only tells apart what caches keep: give the
        `last_modified` of the monitor's entry, so that nothing older comes.

        Raises:
            CapabilityMissingError: the server has no changesets (plugin `changes`). Nothing else was sent.
            NotFoundError: there is no such collection.
        """
        from ..flows.changeset import changeset
        from ..protocol.changeset import check_expected
        from ..protocol.timestamps import to_version

        version = None if since is None else to_version(since, "changeset(since=)")
        return await self._port.ask(
            changeset(
                self._context,
                self._path,
                lambda row: AsyncRecord(self, row["id"], row),
                since=version,
                expected=check_expected(expected),
                call="changeset()",
            )
        )

    async def verified_records(
        self,
        *,
        public_key: str | bytes | None = None,
        root_fingerprint: str | None = None,
        signer: str | None = None,
        expected: int | str = 0,
    ) -> list[AsyncRecord[D]]:
        """All records of a signed collection, once their signature was found to be good. Needs the extra `signature`.

        Reads the changeset, and the certificates once. When the signature does not match, reads the changeset a
        second time, past every cache.

        Args:
            public_key: the key (PEM, P-384) that must have signed. No certificates are read then.
            root_fingerprint: the SHA-256, in hex, of the root certificate that must vouch for the key.
            signer: the DNS name that the signing certificate must be for; goes with `root_fingerprint`.
            expected: as for `changeset()`.

        Raises:
            SignatureError: the records are not what was signed, nobody trusted signed them, or a certificate is bad.
            UsageError: neither a key, nor a fingerprint and a name are given; or the extra is not installed.
            CapabilityMissingError: the server has no changesets (plugin `changes`). Nothing else was sent.
        """
        from ..flows.changeset import verified
        from ..protocol.changeset import check_expected
        from ..protocol.signatures import require_cryptography, trust_from

        require_cryptography("verified_records()")
        trust = trust_from(public_key, root_fingerprint, signer)
        flow = verified(self._context, self._path, trust, expected=check_expected(expected))
        return [AsyncRecord(self, row["id"], row) for row in await self._port.ask(flow)]

    # ---- changes ----

    def changes(self, since: int | str | datetime | None = None) -> AsyncFeed[D]:
        """What changed since a version (milliseconds, an ETag, or an aware datetime), oldest first. None: everything.

        Iterate it for `Upsert(record)` and `Tombstone(id, last_modified)`; afterwards `feed.etag` is where to go on
        the next time. Nothing is sent until then. When nothing changed, that is one request without a body.

        The server does not tell of records that the caller can no longer read, of deletions where he sees records
        only because they are shared with him one by one, and of records imported with a date before `since`.

        Raises:
            ResyncRequiredError: the collection was deleted and made anew since then (known where the server keeps a
                history that the caller may read), or restored to an earlier version: read it whole.
            UsageError: `since` is none of these, negative, or naive.
            NotFoundError: there is no such collection.
        """
        reader = Reader(self._context, self._path, None if since is None else to_version(since, "changes(since=...)"))
        return AsyncFeed(self._port, self._from_row, reader)

    def watch(
        self,
        since: int | str | datetime | None = None,
        *,
        interval: float = 10.0,
        patience: float = 3600.0,
    ) -> AsyncWatch[D]:
        """The changes since a version as they come, for as long as one iterates: `changes()` again and again.

        Args:
            since: milliseconds, an ETag (`watch.etag` of an earlier run), or an aware datetime. None: everything.
            interval: seconds between having read everything and asking again. The server's `Backoff` adds to it.
            patience: seconds to wait for the server in one outage. Meanwhile nothing comes; then its error is raised:
                TransportError, ThrottledError or ServerError.

        Raises:
            UsageError: `interval` is not above 0, `patience` is negative, or `since` is no version.
            ResyncRequiredError, NotFoundError: as `changes()`.
        """
        if not interval > 0 or not patience >= 0:
            raise UsageError(f"watch(interval={interval!r}, patience={patience!r}): seconds, the first above 0")
        version = None if since is None else to_version(since, "watch(since=...)")
        watcher = Watcher(self._context, self._path, version, interval=interval, patience=patience)
        return AsyncWatch(self._port, self._from_row, watcher)

    # ---- history ----

    def history(self) -> AsyncHistory[D | dict[str, Any]]:
        """Who changed the collection and its records, as a lazy query of `HistoryEntry`, newest first. Sends nothing.

        The data of a record's entry is the collection's model, that of the collection's own a dict.
        `history().own()` is about the collection alone, `history().where(resource_name="record")` about the records.

        Raises:
            CapabilityMissingError: on reading, when the server runs without the history plugin.
        """
        scope, own = (F.collection_id == self._id,), (F.resource_name == "collection",)
        return history_of(self._parent, scope=scope, own=own, codec=self._record_codec, model=self.model)

    async def records_at(self, when: int | str | datetime) -> Records[AsyncRecord[D]]:
        """The records as they were at a moment: milliseconds, an ETag, or an aware datetime. Newest first.

        One GET, made up by the server from its history; it gives all of them at once, so all are in memory. The
        records have the data and the version of that time, so saving one is a ConflictError when it changed since:
        `record.restore(entry)` brings a version back. Of a collection that does not exist the server tells no more
        than that there were no records.

        Raises:
            CapabilityMissingError: the server runs without the history plugin. Nothing was sent.
            PermissionDeniedError: the caller may not read the collection, or the bucket does not exist.
            UsageError: `when` is none of these, negative, or naive.
        """
        version = to_version(when, "records_at()")
        rows = await self._port.ask(snapshot(self._context, self._path, version))
        return Records(list(map(self._from_row, rows)), None)

    def _from_row(self, row: JSONObject) -> AsyncRecord[D]:
        return AsyncRecord(self, row["id"], row)

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
        replaced with `overwrite=True` alone. `on_progress(done, total)` is told files. `concurrency`: how many an
        AsyncClient downloads at once; a Client downloads one after the other.

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
        is told files. `concurrency`: how many an AsyncClient sends at once; a Client sends one after the other.

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


def record_codec(model: type[D] | None, converter: Any) -> Codec[D]:
    """How a collection's records are read and written."""
    if model is None:
        return cast("Codec[D]", PLAIN)
    from ..objects.models import codec_for

    return codec_for(model, converter)
