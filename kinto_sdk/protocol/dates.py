"""The one way each date type is written, so that the server's comparison of strings puts them in order."""

from datetime import UTC, date, datetime, time, timedelta


def write_datetime(value: datetime) -> str:
    """Write `2026-01-02T03:04:05.000006+00:00`: always UTC, always microseconds; a naive one has no offset.

    Raises:
        OverflowError: the moment is outside the years 1 to 9999 once it is moved to UTC.
    """
    if value.tzinfo is UTC:
        return value.isoformat(timespec="microseconds")
    if value.tzinfo is not None and value.utcoffset() is not None:
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.replace(tzinfo=None).isoformat(timespec="microseconds")


def write_date(value: date) -> str:
    """Write `2026-01-02`."""
    return value.isoformat()


def write_time(value: time) -> str:
    """Write `03:04:05.000006`, with the offset it has; a time of day alone can't be moved to UTC."""
    return value.isoformat(timespec="microseconds")


def write_timedelta(value: timedelta) -> float:
    """Write seconds, a JSON number, so that the server compares lengths. Exact up to 285 years."""
    return value.total_seconds()
