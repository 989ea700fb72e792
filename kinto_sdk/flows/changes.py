"""What changed in a collection since a version, and how to go on asking.

The version to ask from next time is the list's `ETag` when the *first* page was read: a record that changes while
the pages are read moves behind that version, and is found the next time. So changes may come twice, but none is
missed.
"""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from math import inf
from urllib.parse import urlencode

import attrs

from ..objects.context import Context
from ..objects.query import PAGE_SIZE
from ..protocol.errors import (
    AuthenticationError,
    BackoffError,
    CapabilityMissingError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ResyncRequiredError,
    ServerError,
    ThrottledError,
    TransportError,
    UnreadableResponseError,
    UsageError,
)
from ..protocol.jsontypes import JSONObject
from ..protocol.messages import Flow, quote_etag
from . import listing
from .server import capability

NEARLY_A_DAY = 23 * 3600 * 1000
LONGEST_WAIT: float = 60.0
"""Seconds between two attempts during an outage, unless the server or the interval asks for more."""


@attrs.define(eq=False)
class Reader:
    """Where somebody stands who follows a collection. It says what to ask next, and holds no connection."""

    context: Context
    collection: str
    """The path of the collection."""
    since: int | None
    """Everything up to this version was dealt with."""
    _walk: listing.Walk | None = attrs.field(default=None, init=False)
    _given: int | None = attrs.field(default=None, init=False)
    """The version of the rows that are being dealt with."""

    @property
    def finished(self) -> bool:
        """Whether everything up to the version of the first page was given."""
        return self._walk is None

    def start(self) -> None:
        """Begin where everything before was dealt with: what an earlier reading left undone comes again."""
        self._walk = self._given = None

    def page(self) -> Flow[list[JSONObject]]:
        """GET the next rows, oldest first."""
        walk = self._walk
        rows = (yield from self._begin()) if walk is None else (yield from walk.page())
        if rows is None:
            self._walk = None
            return []
        if not listing.all_have("last_modified", int, rows.rows):
            raise UnreadableResponseError(
                f"GET {self.collection}/records: the list has something in it without a version; check the server URL"
            )
        return rows.rows

    def deal_with(self, rows: list[JSONObject]) -> Iterator[JSONObject]:
        """The rows one by one; a row counts as dealt with when the next is asked for."""
        walk = self._walk
        if walk is None:
            return
        stop = walk.version
        for row in rows:
            version = row["last_modified"]
            if stop is not None and version > stop:
                walk.path = None
                break
            if self.since is not None and version <= self.since:
                continue
            if self._given is not None and version > self._given:
                self.since = self._given
            elif self.since is None and version > 0:
                # Whoever stops at the very first record is told of its deletion later: without a version there are
                # no tombstones.
                self.since = version - 1
            self._given = version
            yield row
        if walk.path is None:
            self.since = stop
            self._walk = self._given = None

    def __str__(self) -> str:
        return f"{self.collection} since {'the beginning' if self.since is None else self.since}"

    def _begin(self) -> Flow[listing.Rows | None]:
        since, self._given = self.since, None
        known = since or None
        walk = listing.Walk(self._path(since))
        try:
            rows = yield from walk.page_unless(known)
        except InvalidRequestError as error:
            allowed = _latest(error)
            if since is None or since <= allowed or not any("_since" in problem.name for problem in error.problems):
                raise
            # A record dated in the far future took the version of the list with it. The server would not say what
            # came after that; so it is asked for more, and what is known already is left out.
            walk = listing.Walk(self._path(allowed))
            rows = yield from walk.page_unless(known)
        if rows is not None:
            if walk.version is None:
                raise UnreadableResponseError(
                    f"GET {self.collection}/records: the answer has no version; check the server URL"
                )
            yield from self._refuse_gaps(walk.version)
            self._walk = walk
        return rows

    def _path(self, since: int | None) -> str:
        # The id makes an order of records that have the same version, as imported ones may.
        params = {"_sort": "last_modified,id", "_limit": str(PAGE_SIZE)}
        if since is not None:
            params = {"_since": str(since), **params}
        return f"{self.collection}/records?{urlencode(params, safe=',')}"

    def _refuse_gaps(self, version: int) -> Flow[None]:
        """Raise when the collection is not the one it was: its deleted records are forgotten, and stay unknown."""
        since = self.since
        if since is None:
            return
        if version < since:
            raise ResyncRequiredError(
                f"{self.collection}: its version {version} is before {since}, so it was restored, made anew, or "
                "that is a version of another collection; read it whole with changes()"
            )
        try:
            yield from capability(self.context, "history", "changes()")
            deletion = yield from listing.page(self._deletions(since))
        except _UNTOLD:
            return
        if deletion.rows:
            raise ResyncRequiredError(
                f"{self.collection}: it was deleted and made anew since {quote_etag(since)}, and its deleted records "
                "are forgotten; read it whole with changes(), and drop what is not in it"
            )

    def _deletions(self, since: int) -> str:
        bucket, _, collection = self.collection.rpartition("/collections/")
        selected = f"collection_id=%22{collection}%22&resource_name=collection&action=delete"
        return f"{bucket}/history?{selected}&_since={since}&not_deleted=true&_limit=1&_fields=id"


_UNTOLD = (
    AuthenticationError,
    CapabilityMissingError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)
"""Why the history may not tell whether a collection was deleted."""


def _latest(error: InvalidRequestError) -> int:
    """The latest version the server can be asked for, by its own clock; 0 when it does not tell the time."""
    try:
        now = parsedate_to_datetime(error.response.headers.get("date", "")).timestamp()
    except ValueError:
        return 0
    return int(now * 1000) + NEARLY_A_DAY


def check_waits(interval: object, patience: object) -> None:
    """Refuse times that nobody could wait for. A patience without end is one."""
    for seconds in (interval, patience):
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds >= 0:
            break
    else:
        if interval and interval != inf:
            return
    raise UsageError(f"watch(interval={interval!r}, patience={patience!r}): seconds, the first above 0")


@attrs.define(eq=False)
class Watcher(Reader):
    """A reader that asks again and again, and outlives the server's outages."""

    interval: float = attrs.field(kw_only=True)
    """Seconds from having read everything to asking again."""
    patience: float = attrs.field(kw_only=True)
    """Seconds to wait in one outage before its error is raised."""
    delay: float = attrs.field(default=0.0, init=False)
    """Seconds to wait before the next page is asked for."""
    _failures: int = attrs.field(default=0, init=False)
    _waited: float = attrs.field(default=0.0, init=False)

    def page(self) -> Flow[list[JSONObject]]:
        """GET the next rows; none during an outage. `delay` tells how long to wait after dealing with them."""
        try:
            rows = yield from super().page()
        except (BackoffError, TransportError, ThrottledError, ServerError) as error:
            self.delay = self._after(error)
            return []
        self._failures, self._waited = 0, 0.0
        return rows

    def deal_with(self, rows: list[JSONObject]) -> Iterator[JSONObject]:
        """The rows one by one; a row counts as dealt with when the next is asked for."""
        yield from super().deal_with(rows)
        if not self._failures:
            self.delay = self.interval if self.finished else 0.0

    def _after(self, error: Exception) -> float:
        if self._waited >= self.patience:
            raise error
        asked = error.seconds if isinstance(error, BackoffError) else getattr(error, "retry_after", None)
        longest = max(self.interval, LONGEST_WAIT)
        # The exponent is bounded, since an outage may last for days.
        delay = min(max(self.interval, 1.0) * (1 << min(self._failures, 10)), longest)
        delay = min(max(delay, asked or 0.0), max(self.patience - self._waited, 0.0))
        self._failures += 1
        self._waited += delay
        # What is left of the walk is asked for anew: its links may not outlive a restart of the server.
        self._walk = None
        return delay
