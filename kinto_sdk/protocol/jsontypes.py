"""JSON in and out, with orjson when it is installed (extra `speed`), and narrowing that type checkers follow."""

import json
import marshal
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeGuard

JSONObject = dict[str, Any]


# json.dumps() would make an encoder for each value. What contains itself has been refused when it comes here.
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False).encode


def _compact(value: Any) -> bytes:
    return _encode(value).encode()


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def packed(value: Any) -> bytes:
    """A JSON value as bytes to keep: those of orjson hold on to the 4 KB they were written in, and a copy does not."""
    return b"%b" % dumps(value)


def _is_marshalled(value: Any, frozen: bytes) -> bool:
    # The same value may be marshalled as other bytes later: they tell which strings were used elsewhere as well.
    return same(value, marshal.loads(frozen))  # noqa: S302  # what this process wrote


dumps: Callable[[Any], bytes] = _compact
loads: Callable[[bytes], Any] = _parsed

freeze: Callable[[Any], bytes] = marshal.dumps
"""A JSON value as bytes that tell later whether it was edited. For this process alone: the form depends on what is
installed."""
thaw: Callable[[bytes], Any] = marshal.loads
"""The value that was frozen."""
is_frozen: Callable[[Any, bytes], bool] = _is_marshalled
"""Whether a value is the same JSON as the frozen one. It may be where this says no: keys may be in another order."""

if find_spec("orjson") is not None:
    import orjson

    def _fast(value: Any) -> bytes:
        try:
            return orjson.dumps(value)
        except TypeError:
            # It gives up at 254 levels, and the server takes some 480.
            return _compact(value)

    def _frozen(value: Any) -> bytes:
        # As packed() does, without a call for each step: a list freezes each record whose data is read.
        try:
            return b"%b" % orjson.dumps(value)
        except TypeError:
            return _compact(value)

    def _is_frozen(value: Any, frozen: bytes) -> bool:
        return _fast(value) == frozen

    dumps, loads = _fast, orjson.loads
    freeze, thaw, is_frozen = _frozen, loads, _is_frozen


def is_text(value: object) -> TypeGuard[str]:
    """Whether it is a string that UTF-8 can write. Half a surrogate pair, as in some names of files, it can't."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain_text(text: str) -> str:
    """The text itself. An enum that is a `str` would show its name wherever it becomes part of another text."""
    return text if text.__class__ is str else str.__str__(text)


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


# The class is compared once and kept in a variable: these two run for every value of every document.


def same(a: Any, b: Any) -> bool:  # noqa: PLR0911  # one way out per difference
    """Whether two JSON values are the same JSON: `True`, `1` and `1.0` differ, the order of keys does not."""
    if a is b:
        return True
    kind = a.__class__
    if kind is not b.__class__:
        return False
    if kind is dict:
        if len(a) != len(b):
            return False
        for key, value in a.items():
            if key not in b or not (value is (other := b[key]) or same(value, other)):
                return False
        return True
    if kind is list:
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def copy(value: Any) -> Any:
    """A copy of a JSON value that shares no container with it."""
    kind = value.__class__
    if kind is dict:
        made = value.copy()
        for key, item in value.items():
            kind = item.__class__
            if kind is dict or kind is list:
                made[key] = copy(item)
        return made
    if kind is list:
        made = value.copy()
        for index, item in enumerate(value):
            kind = item.__class__
            if kind is dict or kind is list:
                made[index] = copy(item)
        return made
    return value
