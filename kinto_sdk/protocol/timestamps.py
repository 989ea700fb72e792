"""Moments as the server compares them in `last_modified`: milliseconds."""

import re
import time
from datetime import UTC, datetime, timedelta

from .arguments import shown
from .errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ETAG = re.compile(r'"(\d{1,18})"|(\d{1,18})', re.ASCII)
_NOT_MILLISECONDS = 10**14
"""The year 5138: a larger number is in microseconds or nanoseconds by mistake."""


def to_ms(value: datetime, *, round_up: bool = False) -> int:
    """Turn an aware datetime into milliseconds since 1970, the unit of `last_modified`; down unless `round_up`."""
    if round_up:
        return -((_EPOCH - value) // _MILLISECOND)
    return (value - _EPOCH) // _MILLISECOND


def to_version(value: object, subject: str, *, round_up: bool = False) -> int:
    """Turn what a user gives as a version (milliseconds, an ETag, an aware datetime) into milliseconds.

    Raises:
        UsageError: it is none of these, naive, negative, or too large to be milliseconds.
    """
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise UsageError(
                f"{subject}: {value!r} has no time zone; write datetime.now(UTC), or value.astimezone() if it is "
                "local time"
            )
        version = to_ms(value, round_up=round_up)
    elif isinstance(value, str) and (match := _ETAG.fullmatch(value)):
        version = int(match[1] or match[2])
    elif isinstance(value, int) and not isinstance(value, bool):
        version = int(value)
    else:
        raise UsageError(
            f"{subject}: {shown(value)} is not a version; give int milliseconds, an ETag or an aware datetime"
        )
    if not 0 <= version < _NOT_MILLISECONDS:
        raise UsageError(f"{subject}: {shown(version)} is not a moment after 1970 in milliseconds (time.time() * 1000)")
    return version


def import_version(value: object, now: float | None = None) -> int:
    """The version that an imported object is to have, in milliseconds. `now` is a Unix time.

    Raises:
        UsageError: it is 0, which can't protect a write, or more than a day ahead. All later writes would follow
            it, and the server refuses to list what changed since such a version.
    """
    version = to_version(value, "last_modified")
    if version == 0:
        raise UsageError("last_modified: the server takes no version of 0 as a precondition; give one after 1970")
    if version >= ((time.time() if now is None else now) + 86_400) * 1000:
        raise UsageError(f"last_modified: {version} is more than a day ahead, which breaks synchronisation for all")
    return version
