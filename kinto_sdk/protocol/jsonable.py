"""Makes a document plain JSON before it is sent, and refuses what the server would change or choke on."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any, cast
from uuid import UUID

from .dates import write_date, write_datetime, write_time, write_timedelta
from .errors import ModelError, UsageError
from .jsontypes import is_text, plain_text

_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


def jsonable(value: Any, path: str = "data", error: type[UsageError | ModelError] = UsageError) -> Any:
    """Return the value as plain JSON that shares no object or list with it.

    Dates are written as models write them, UUIDs and Decimals as strings, enums as their values, tuples as
    lists.

    Raises:
        UsageError: (or `error`) naming the path of a value that has no JSON form or that the server would not
            keep: a set, NaN, an integer beyond 64 bits (it would come back as a float), a NUL in a string.
    """
    try:
        return _convert(value)
    except _Unfit as unfit:
        problem = f"{path}{''.join(reversed(unfit.steps))}: {unfit.reason}"
    except RecursionError:
        problem = f"{path}: nested too deeply, or contains itself"
    raise error(problem)


class _Unfit(Exception):  # noqa: N818  # never leaves this module
    """The path is collected on the way out, so that a value that fits costs nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: list[str] = []


def _convert(value: Any) -> Any:  # noqa: PLR0911  # one way out per JSON type
    kind = value.__class__
    if kind is str:
        return value if value.isascii() and "\0" not in value else _text(value)
    if kind is bool or value is None:
        return value
    if kind is int:
        if _SMALLEST <= value <= _LARGEST:
            return value
        shown = value if value.bit_length() < 128 else "an integer"  # Python refuses to write out very long ones
        raise _Unfit(f"{shown} has more than 64 bits, the server would make it a float; keep it as a string")
    if kind is float:
        if isfinite(value):
            return value
        raise _Unfit(f"{value} has no JSON form; use None or leave the field out")
    if kind is dict:
        return _object(value)
    if kind is list:
        return _array(value)
    return _other(value)


def _object(value: dict[Any, Any]) -> dict[str, Any]:
    made: dict[str, Any] = value.copy()
    for key, item in value.items():
        if type(key) is not str or not key.isascii() or "\0" in key:
            if type(key) is not str and isinstance(key, str):  # a member of an enum, say
                return _object({plain_text(each) if isinstance(each, str) else each: value[each] for each in value})
            _check_key(key)
        kind = item.__class__
        if kind is str:
            if item.isascii() and "\0" not in item:
                continue
        elif kind is bool or (kind is int and _SMALLEST <= item <= _LARGEST):
            continue
        # By far the most values are through by now, without a call for each.
        try:
            made[key] = _convert(item)
        except _Unfit as unfit:
            unfit.steps.append(f".{key}" if key.isidentifier() else f"[{key!r}]")
            raise
    return made


def _check_key(key: Any) -> None:
    if type(key) is not str:
        raise _Unfit(f"the key {key!r} is not a string; JSON objects have no others")
    try:
        _text(key)
    except _Unfit as unfit:
        unfit.steps.append(f"[{key!r}]")
        raise


def _array(value: list[Any]) -> list[Any]:
    made = value.copy()
    for index, item in enumerate(value):
        if type(item) is str and item.isascii() and "\0" not in item:
            continue
        try:
            made[index] = _convert(item)
        except _Unfit as unfit:
            unfit.steps.append(f"[{index}]")
            raise
    return made


def _text(value: str) -> str:
    if "\0" in value:
        raise _Unfit("a string with NUL in it; PostgreSQL can't store it")
    if not is_text(value):
        raise _Unfit("a string with half a surrogate pair in it; it can't be written as UTF-8")
    return value


def _datetime(value: datetime) -> str:
    if value != value:  # noqa: PLR0124  # as the NaT of pandas, which is a datetime too
        raise _Unfit(f"{value!r} has no JSON form; use None or leave the field out")
    try:
        return write_datetime(value)
    except OverflowError:
        raise _Unfit(f"{value!r} is outside the years 1 to 9999 in UTC") from None


def _refuse_set(_: Any) -> Any:
    raise _Unfit("a set has no JSON form; use sorted(...), or a model, which writes sets as sorted lists")


def _refuse_bytes(_: Any) -> Any:
    raise _Unfit("bytes have no JSON form; encode them as base64 text, or attach them as a file")


_OTHERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: _convert(value.value)),
    (str, lambda value: _text(plain_text(value))),
    (bool, bool),
    (int, lambda value: _convert(int(value))),
    (float, lambda value: _convert(float(value))),
    (datetime, _datetime),
    (date, write_date),
    (time, write_time),
    (timedelta, write_timedelta),
    (UUID, str),
    (Decimal, str),
    (Mapping, lambda value: _object(dict(cast("Mapping[Any, Any]", value)))),
    ((list, tuple), lambda value: _array(list(value))),
    ((set, frozenset), _refuse_set),
    ((bytes, bytearray, memoryview), _refuse_bytes),
)


def _other(value: Any) -> Any:
    """Whatever is not exactly a JSON type; subclasses of them included."""
    for kinds, convert in _OTHERS:
        if isinstance(value, kinds):
            return convert(value)
    kind = value.__class__
    name = kind.__name__
    if hasattr(kind, "__attrs_attrs__") or hasattr(kind, "__dataclass_fields__"):
        raise _Unfit(
            f"an instance of {name} is no plain JSON; write a dict; data may hold one where the model declares it"
        )
    # Values of numpy and pandas have it.
    instead = "value.tolist()" if hasattr(kind, "tolist") else "a string, number, boolean, None, date, list or dict"
    raise _Unfit(f"{name} has no JSON form; write {instead}")
