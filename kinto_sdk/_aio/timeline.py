"""A collection over time: what changes, what changed, and what was there."""

from datetime import datetime
from typing import Any, Generic

from ..flows.changes import Reader, Watcher, check_waits
from ..flows.history import snapshot
from ..objects.rows import Records
from ..objects.typevars import D
from ..protocol.filters import F
from ..protocol.timestamps import to_version
from .changes import AsyncFeed, AsyncWatch
from .history import AsyncHistory, history_of
from .record import AsyncRecord
from .store import AsyncRecordStore


class AsyncTimeline(AsyncRecordStore[D], Generic[D]):
    """A collection, as far as its past and its changes are concerned."""

    __slots__ = ()

    # ---- changes ----

    def changes(self, since: int | str | datetime | None = None) -> AsyncFeed[D]:
        """What changed since a version (milliseconds, an ETag, or an aware datetime), oldest first. None: everything.

        Iterate it for `Upsert(record)` and `Tombstone(id, last_modified)`; afterwards `feed.etag` is where to go on
        the next time. Nothing is sent until then. When nothing changed, that is one request without a body.

        The server does not tell of records that the caller can no longer read, of deletions where the caller sees
        records only because each was shared, and of records imported with a date before `since`.

        Raises:
            ResyncRequiredError: the collection was deleted and made anew since then (known where the server keeps a
                history that the caller may read), or restored to an earlier version, and not written to after that:
                read it whole.
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
            ResyncRequiredError: as from `changes()`.
            NotFoundError: as from `changes()`.
        """
        check_waits(interval, patience)
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
        return history_of(self._parent, scope=scope, own=own, codec=self._record_codec, form=self._form)

    async def records_at(self, when: int | str | datetime) -> Records[AsyncRecord[D]]:
        """The records as they were at a moment: milliseconds, an ETag, or an aware datetime. Newest first.

        One GET, made up by the server from its history; it gives all of them at once, so all are in memory. The
        records have the data and the version of that time, so saving one is a ConflictError when it changed since:
        `record.restore(entry)` brings a version back. Of a collection that does not exist the server tells no more
        than that there were no records.

        Raises:
            CapabilityMissingError: the server runs without the history plugin. Nothing else was sent.
            PermissionDeniedError: the caller may not read the collection, or the bucket does not exist.
            UsageError: `when` is none of these, negative, or naive.
        """
        version = to_version(when, "records_at()")
        rows = await self._port.ask(snapshot(self._context, self._path, version))
        return Records(list(map(self._from_row, rows)), None)
