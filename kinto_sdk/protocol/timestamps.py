"""Moments as the server compares them: ISO strings in documents, milliseconds in `last_modified`."""

import re
from datetime import UTC, datetime, timedelta

from .dates import write_datetime
from .errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ETAG = re.compile(r'"(\d{1,18})"|(\d{1,18})', re.ASCII)
_NOT_MILLISECONDS = 10**14
"""The year 5138: a larger number is in microseconds or nanoseconds by mistake."""


def iso_utc(value: datetime) -> str:
    """Write an aware datetime as models do, `2026-01-02T03:04:05.000006+00:00`: strings compare as moments.

    Raises:
        UsageError: the datetime is naive, or falls outside the years 1 to 9999 once it is in UTC.
    """
    _refuse_naive(value)
    try:
        return write_datetime(value)
    except OverflowError:
        raise UsageError(f"{value!r} is outside the years 1 to 9999 in UTC") from None


def to_ms(value: datetime, *, round_up: bool = False) -> int:
    """Turn an aware datetime into milliseconds since 1970, the unit of `last_modified`; down unless `round_up`.

    Raises:
        UsageError: the datetime is naive.
    """
    _refuse_naive(value)
    if round_up:
        return -((_EPOCH - value) // _MILLISECOND)
    return (value - _EPOCH) // _MILLISECOND


def to_version(value: object, subject: str, *, round_up: bool = False) -> int:
    """Turn what a user gives as a version (milliseconds, an ETag, an aware datetime) into milliseconds.

    Raises:
        UsageError: it is none of these, negative, or too large to be milliseconds.
    """
    if isinstance(value, datetime):
        version = to_ms(value, round_up=round_up)
    elif isinstance(value, str) and (match := _ETAG.fullmatch(value)):
        version = int(match[1] or match[2])
    elif isinstance(value, int) and not isinstance(value, bool):
        version = int(value)
    else:
        raise UsageError(f"{subject}: {value!r} is not a version; give int milliseconds, an ETag or an aware datetime")
    if not 0 <= version < _NOT_MILLISECONDS:
        raise UsageError(f"{subject}: {version} is not a moment after 1970 in milliseconds (time.time() * 1000)")
    return version


def _refuse_naive(value: datetime) -> None:
    if value.utcoffset() is None:
        raise UsageError(
            f"{value!r} has no time zone; write datetime.now(UTC), or value.astimezone() if it is local time"
        )
