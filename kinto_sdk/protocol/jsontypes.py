"""JSON in and out, with orjson when it is installed (extra `speed`), and narrowing that type checkers follow."""

import json
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeGuard

JSONObject = dict[str, Any]


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


dumps: Callable[[Any], bytes] = _compact
loads: Callable[[bytes], Any] = json.loads
HAS_ORJSON = find_spec("orjson") is not None
if HAS_ORJSON:
    import orjson

    dumps, loads = orjson.dumps, orjson.loads


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


def same(a: Any, b: Any) -> bool:
    """Whether two JSON values are the same JSON: `True`, `1` and `1.0` differ, the order of keys does not."""
    if type(a) is not type(b):
        return False
    if is_object(a):
        return len(a) == len(b) and all(key in b and same(value, b[key]) for key, value in a.items())
    if is_list(a):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def copy(value: Any) -> Any:
    """A copy of a JSON value that shares no container with it."""
    if is_object(value):
        return {key: copy(item) if isinstance(item, (dict, list)) else item for key, item in value.items()}
    if is_list(value):
        return [copy(item) if isinstance(item, (dict, list)) else item for item in value]
    return value
