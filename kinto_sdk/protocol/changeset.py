"""What changed in a collection, or on a whole server, read in one piece: records, timestamp and metadata together."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import attrs

from .errors import UsageError
from .jsontypes import JSONObject, is_list, is_object
from .messages import Response, quote_etag

MONITOR = "/buckets/monitor/collections/changes"
"""Not a real collection: it can't be read or listed, but for its changes."""

T = TypeVar("T")
C = TypeVar("C")


@attrs.frozen
class Changeset(Generic[T]):
    """Changes with the timestamp they reach to, and the collection's metadata at that moment."""

    timestamp: int
    """The version of the list, in milliseconds. Pass it as `since=` to go on from here."""
    metadata: Mapping[str, Any]
    """The collection's own document, its `signature` included."""
    changes: tuple[T, ...]
    """What was created or changed, without what was deleted."""
    deleted: Mapping[str, int]
    """The ids of what was deleted, with the version of each deletion. Empty without `since=`."""


@attrs.frozen
class MonitorEntry(Generic[C]):
    """A collection that the server watches, and when it last changed."""

    bucket: str
    collection: str
    last_modified: int
    """The version of its records, in milliseconds. Pass it as `expected=` to get past caches."""
    host: str
    """The host that serves it; empty when the operator named none."""
    resource: C
    """The collection, on the client's own server."""


def check_expected(value: object) -> int | str:
    """What gets past caches: any number or text.

    Raises:
        UsageError: it is neither, or empty, which the server refuses.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise UsageError(f"expected={value!r}: give the last_modified of a monitor's entry, or any other int or text")
    return value


def changeset_path(path: str, since: int | None, expected: int | str) -> str:
    """The path and query string of a changeset. The server takes `_since` in quotes alone."""
    parameters = {"_expected": str(expected)}
    if since is not None:
        parameters["_since"] = quote_etag(since)
    return f"{path}/changeset?{urlencode(parameters)}"


def read_changeset(response: Response) -> tuple[int, JSONObject, list[JSONObject]]:
    """The timestamp, metadata and rows of an answer.

    Raises:
        UnreadableResponseError: it is not a changeset.
    """
    body = response.object()
    timestamp, metadata, rows = body.get("timestamp"), body.get("metadata"), body.get("changes")
    if not (isinstance(timestamp, int) and is_object(metadata) and is_list(rows) and all(map(is_object, rows))):
        raise response.unreadable("is not a changeset")
    return timestamp, metadata, rows


def monitor_entry(row: JSONObject, resource: C) -> MonitorEntry[C]:
    """The typed form of a monitor's row."""
    return MonitorEntry(row["bucket"], row["collection"], row["last_modified"], row.get("host") or "", resource)
