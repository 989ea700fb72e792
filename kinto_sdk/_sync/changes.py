# Generated from kinto_sdk/_aio/changes.py by tools/unasync.py. Edit that file, then run `make generate`.
"""What changed in a collection: once, or for as long as one listens."""

from collections.abc import Iterator, Callable
from typing import Generic

import attrs

from ..flows.changes import Reader, Watcher
from ..objects.feed import Change, Upsert, tombstone
from ..objects.typevars import D
from ..protocol.jsontypes import JSONObject
from ..protocol.messages import quote_etag
from ..transport.sync_waiting import Pause
from .port import Port
from .record import Record


@attrs.define(eq=False, repr=False)
class Feed(Generic[D]):
    """The changes of a collection since a version, oldest first: `Upsert(record)` and `Tombstone(id, last_modified)`.

    Iterating reads them page by page, up to the version that the collection had at the beginning. Iterating again
    goes on from `etag`: with what changed since, and with what was not dealt with when the loop was left early.
    A change may come twice; none is missed, but for those that the server itself does not tell.
    """

    _port: Port = attrs.field(alias="port")
    _make: Callable[[JSONObject], Record[D]] = attrs.field(alias="make")
    _reader: Reader = attrs.field(alias="reader")

    @property
    def etag(self) -> str | None:
        """Where to go on: `collection.changes(since=feed.etag)`. Kept in a file, it outlives the program.

        It moves along with the loop: a change counts as dealt with when the next one is asked for. None before the
        first.
        """
        return None if self._reader.since is None else quote_etag(self._reader.since)

    def __iter__(self) -> Iterator[Change[Record[D]]]:
        reader = self._reader
        reader.start()
        while True:
            for row in reader.deal_with(self._port.ask(reader.page())):
                yield tombstone(row) or Upsert(self._make(row))
            if reader.finished:
                return

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._reader}>"


@attrs.define(eq=False, repr=False)
class Watch(Generic[D]):
    """The changes of a collection as they come, without end. Leave the loop, cancel the task, or call `stop()`.

    Between two looks it waits; in an outage longer and longer, up to a minute. A look at an unchanged collection is
    one request without a body (`If-None-Match`).
    """

    _port: Port = attrs.field(alias="port")
    _make: Callable[[JSONObject], Record[D]] = attrs.field(alias="make")
    _watcher: Watcher = attrs.field(alias="watcher")
    _pause: Pause = attrs.field(factory=Pause, init=False)

    @property
    def etag(self) -> str | None:
        """Where to go on: `collection.watch(since=watch.etag)`. Kept in a file, it outlives the program.

        A change counts as dealt with when the next one is asked for. None before the first.
        """
        return None if self._watcher.since is None else quote_etag(self._watcher.since)

    def __iter__(self) -> Iterator[Change[Record[D]]]:
        watcher = self._watcher
        watcher.start()
        while not self._pause.has_ended():
            for row in watcher.deal_with(self._port.ask(watcher.page())):
                yield tombstone(row) or Upsert(self._make(row))
                if self._pause.has_ended():
                    return
            self._pause.wait(watcher.delay)

    def stop(self) -> None:
        """End the loop after the change it is at, which may come again later. A waiting loop ends at once."""
        self._pause.end()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._watcher}{' (stopped)' if self._pause.has_ended() else ''}>"
