"""How single values are read from JSON, and which of them are written as something else.

Reading is strict where cattrs would coerce: `"false"` is no bool and `5` is no string. What JSON itself can't
tell apart is accepted: `3` for a float, `3.0` for an int.
"""

import json
import typing
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from types import NoneType
from typing import Any
from uuid import UUID

from ..protocol.dates import write_date, write_datetime, write_time, write_timedelta
from ..protocol.jsonable import jsonable
from .fields import Type, is_enum

Read = Callable[[Any, Type], Any]
Write = Callable[[Any], Any]

_SHOWN = 40
"""Characters of a wrong value that a message shows."""


class MisfitError(ValueError):
    """A value that does not fit its type. The message is for the user; the path comes from the converter."""

    def __init__(self, expected: str, value: Any) -> None:
        shown = repr(value)
        super().__init__(f"expected {expected}, got {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '…'}")


def _read_str(value: Any, kind: Type) -> Any:
    if type(value) is kind:
        return value
    return _read_subclass(str, value, kind)


def _read_bool(value: Any, _: Type) -> bool:
    if type(value) is bool:
        return value
    raise MisfitError("true or false", value)


def _read_int(value: Any, kind: Type) -> Any:
    if type(value) is kind:
        return value
    return _read_subclass(int, value, kind)


def _read_float(value: Any, kind: Type) -> Any:
    if type(value) is kind:
        return value
    return _read_subclass(float, value, kind)


_WORDS = {str: "a string", int: "an integer", float: "a number"}


def _read_subclass(base: type[Any], value: Any, kind: Type) -> Any:
    """Read what is not exactly a `base`: cattrs takes the hook of `str` for an enum of strings, too."""
    if is_enum(kind):
        return read_enum(kind)(value, kind)
    if base is float and type(value) is int:
        value = float(value)
    elif base is int and type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not base:
        raise MisfitError(_WORDS[base], value)
    return value if kind is base else kind(value)


def _read_none(value: Any, _: Type) -> None:
    if value is not None:
        raise MisfitError("null", value)


_parse_datetime = datetime.fromisoformat


def _read_datetime(value: Any, _: Type) -> datetime:
    try:
        return _parse_datetime(value)
    except (TypeError, ValueError):
        return _read_odd_datetime(value)


_DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001  # naive, as most odd dates are
"""What a text leaves out, dateutil takes from a default. Two that differ show whether it left out the day."""


def _read_odd_datetime(value: Any) -> datetime:
    """Read dates that are not ISO 8601: `Fri, 02 Jan 2026 03:04:05 GMT`, `2026/1/2 3:04pm`."""
    from dateutil.parser import parse

    if type(value) is not str:
        raise MisfitError("a date and time as a string", value)
    try:
        first, second = (parse(value, default=default, tzinfos=_zone) for default in _DEFAULTS)
    except (ValueError, OverflowError):
        raise MisfitError("a date and time", value) from None
    if first != second:
        raise MisfitError("a date and time", value)
    return first


def _zone(name: str | None, offset: int | None) -> timezone | None:
    """Refuse a name without an offset (`EST`): it means different zones to different people."""
    if offset is not None:
        return UTC if offset == 0 else timezone(timedelta(seconds=offset))
    if name is None:
        return None
    raise ValueError(name)


def _read_date(value: Any, _: Type) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        moment = _read_datetime(value, _)
    if moment.time() != time():
        raise MisfitError("a date without a time", value)
    return moment.date()


def _read_time(value: Any, _: Type) -> time:
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        raise MisfitError("a time of day", value) from None


def _read_timedelta(value: Any, _: Type) -> timedelta:
    if type(value) is int or type(value) is float:
        return timedelta(seconds=value)
    raise MisfitError("a number of seconds", value)


def _read_uuid(value: Any, _: Type) -> UUID:
    try:
        return UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise MisfitError("a UUID", value) from None


def _read_decimal(value: Any, _: Type) -> Decimal:
    try:
        if type(value) is str or type(value) is int:
            return Decimal(value)
        if type(value) is float:
            return Decimal(repr(value))
    except InvalidOperation:
        pass
    raise MisfitError("a decimal number as a string", value)


READ: dict[Type, Read] = {
    str: _read_str,
    bool: _read_bool,
    NoneType: _read_none,
    int: _read_int,
    float: _read_float,
    datetime: _read_datetime,
    date: _read_date,
    time: _read_time,
    timedelta: _read_timedelta,
    UUID: _read_uuid,
    Decimal: _read_decimal,
}

WRITE: dict[Type, Write] = {
    datetime: write_datetime,
    date: write_date,
    time: write_time,
    timedelta: write_timedelta,
    UUID: str,
    Decimal: str,
}


def json_key(value: Any, path: str = "data") -> Any:
    """Make something hashable that is equal for equal JSON only (`True`, `1` and `1.0` differ)."""
    plain = jsonable(value, path)
    return (type(plain), json.dumps(plain, sort_keys=True) if isinstance(plain, (dict, list)) else plain)


@lru_cache(maxsize=1024)
def read_enum(kind: type[Enum]) -> Read:
    """Make the hook that reads an enum by the values of its members."""
    members = {json_key(member.value, f"{kind.__name__}.{member.name}"): member for member in kind}

    def read(value: Any, _: Type) -> Any:
        try:
            return members[type(value), value]
        except (KeyError, TypeError):
            pass
        found = members.get(json_key(value))
        if found is None and type(value) is not bool:
            try:
                found = kind(value)  # flags combine their members, and `_missing_` may know more
            except (KeyError, TypeError, ValueError):
                found = None
        if found is None:
            raise MisfitError(f"one of {_choices(member.value for member in kind)}", value)
        return found

    return read


def read_literal(kind: Type) -> Read:
    """Make the hook that reads a Literal: one of its values, of exactly its type."""
    options = {json_key(option): option for option in typing.get_args(kind)}

    def read(value: Any, _: Type) -> Any:
        try:
            return options[type(value), value]
        except (KeyError, TypeError):
            raise MisfitError(f"one of {_choices(map(jsonable, options.values()))}", value) from None

    return read


def _choices(values: Iterable[Any]) -> str:
    return ", ".join(map(repr, values))
