"""What the server makes of a document with a patch."""

from collections.abc import Mapping
from typing import Any

from .jsontypes import JSONObject, copy, is_list, is_object


def merged(target: Any, patch: Mapping[str, Any]) -> JSONObject:
    """A document after a merge patch: null removes, objects are merged, and everything else replaces."""
    result: JSONObject = dict(target) if is_object(target) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value) if is_object(value) else value
    return result


def apply(root: JSONObject, operation: Mapping[str, Any]) -> None:
    """Do one operation of a JSON Patch, in place. A test is not made.

    Raises:
        LookupError, TypeError, ValueError: it does not fit.
    """
    match operation["op"]:
        case "test":
            pass
        case "remove":
            _take(root, operation["path"])
        case "move":
            _put(root, operation["path"], _take(root, operation["from"]))
        case "copy":
            holder, key = _place(root, operation["from"])
            _put(root, operation["path"], copy(holder[key]))
        case "replace":
            _take(root, operation["path"])
            _put(root, operation["path"], copy(operation["value"]))
        case _:
            _put(root, operation["path"], copy(operation["value"]))


def segments_of(path: str) -> list[str]:
    """The keys that a JSON pointer names."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _place(root: Any, path: str) -> tuple[Any, Any]:
    """The container and the key that a pointer leads to."""
    *way, last = segments_of(path)
    for key in way:
        root = root[int(key) if is_list(root) else key]
    if is_list(root):
        return root, len(root) if last == "-" else int(last)
    if is_object(root):
        return root, last
    raise TypeError(f"{path} leads into what has no parts")


def _take(root: JSONObject, path: str) -> Any:
    holder, key = _place(root, path)
    return holder.pop(key)


def _put(root: JSONObject, path: str, value: Any) -> None:
    holder, key = _place(root, path)
    if is_list(holder):
        holder.insert(key, value)
    else:
        holder[key] = value
