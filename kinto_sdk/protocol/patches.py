"""The two kinds of patch beyond plain fields: JSON merge patch (RFC 7396) and JSON Patch (RFC 6902). Pure values.

The server reads the kind from the exact content type: with a charset added, a merge patch would store its nulls, and
a JSON Patch answers 500.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, Self

import attrs

from .absent import ABSENT, Absent
from .applying import apply, merged, segments_of
from .errors import UsageError
from .jsontypes import JSONObject, copy, is_object, plain_text
from .principals import ALL_PERMISSION_NAMES, Principal, principal, principals

_OPERATIONS: Final = {
    "test": {"op", "path", "value"},
    "add": {"op", "path", "value"},
    "replace": {"op", "path", "value"},
    "remove": {"op", "path"},
    "move": {"op", "path", "from"},
    "copy": {"op", "path", "from"},
}


@attrs.frozen
class MergePatch:
    """A JSON merge patch: objects are merged at every depth, and None removes what it stands for.

        record.patch(MergePatch({"address": {"city": "Paris"}, "draft": None}))

    `permissions` replaces each list it names, and None clears one.
    """

    data: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """What to merge into the document."""
    permissions: Mapping[str, Iterable[Principal] | None] | None = attrs.field(default=None, kw_only=True)
    """The lists to replace, by name; None as a whole leaves them all."""

    def body(self) -> JSONObject:
        """What is sent."""
        body: JSONObject = {"data": dict(self.data)}
        if self.permissions is not None:
            body["permissions"] = {
                name: None if names is None else sorted(principals(names, f"permissions[{name!r}]"))
                for name, names in self.permissions.items()
            }
        return body

    def apply(self, document: JSONObject) -> JSONObject:
        """The document with the patch made on it, as the server makes it."""
        return merged(document, self.data)


class JSONPatch:
    """A JSON Patch, built step by step. The server applies all of it or, with one failed operation, nothing.

        stock = JSONPatch.data("stock")
        record.patch(JSONPatch().test(stock, 3).replace(stock, 2))

    Paths begin with `/data` or `/permissions`; `JSONPatch.data()` and `JSONPatch.permission()` write and escape them.
    A list of RFC 6902 operations may be given as it is.

    Raises:
        UsageError: an operation that the server would refuse, or take without any effect.
    """

    __slots__ = ("_operations",)

    def __init__(self, operations: Iterable[Mapping[str, Any]] = ()) -> None:
        self._operations: list[JSONObject] = [_checked(operation) for operation in operations]

    @staticmethod
    def data(*keys: str | int) -> str:
        """The pointer to a place in the data: `data("tags", 0)` is `/data/tags/0`, and `-` is a list's end."""
        steps = (plain_text(key) if isinstance(key, str) else str(key) for key in keys)
        return "".join(["/data", *(f"/{escape(step)}" for step in steps)])

    @staticmethod
    def permission(name: str, who: Principal | None = None) -> str:
        """The pointer to one principal in a permission, or to the whole list."""
        _check_name(name, "permission")
        name = plain_text(name)
        return f"/permissions/{name}" if who is None else f"/permissions/{name}/{escape(principal(who))}"

    def test(self, path: str, value: Any) -> Self:
        """Let the whole patch fail unless the value is there."""
        return self._append({"op": "test", "path": path, "value": value})

    def add(self, path: str, value: Any | Absent = ABSENT) -> Self:
        """Set a key, or insert into a list before the index. A principal's pointer needs no value.

        A principal can be added to `read` and `write` at any time, to another permission only when the object has it
        already: `grant()` sees to that.
        """
        if value is ABSENT:
            value = _principal_at(path)
        elif _is_whole_permission(path) and not is_object(value):
            value = {who: who for who in sorted(principals(value, path))}
        return self._append({"op": "add", "path": path, "value": value})

    def remove(self, path: str) -> Self:
        """Take out a key, an element or a principal that is there. A whole permission is emptied."""
        if _is_whole_permission(path):
            return self.add(path, ())
        return self._append({"op": "remove", "path": path})

    def replace(self, path: str, value: Any) -> Self:
        """Set a key that is there already."""
        if _is_whole_permission(path):
            return self.add(path, value)
        return self._append({"op": "replace", "path": path, "value": value})

    def move(self, source: str, path: str) -> Self:
        """Take a value from one place to another."""
        return self._append({"op": "move", "from": source, "path": path})

    def copy(self, source: str, path: str) -> Self:
        """Copy a value from one place to another."""
        return self._append({"op": "copy", "from": source, "path": path})

    def _append(self, operation: JSONObject) -> Self:
        self._operations.append(_checked(operation))
        return self

    @property
    def operations(self) -> list[JSONObject]:
        """The operations as RFC 6902 writes them."""
        return [dict(operation) for operation in self._operations]

    def apply(self, document: JSONObject) -> JSONObject | None:
        """The document with the patch made on it; None when it does not fit. Permissions and tests are left out."""
        root: JSONObject = {"data": copy(document)}
        try:
            for operation in self._operations:
                if operation["path"].startswith("/data"):
                    apply(root, operation)
        except (LookupError, TypeError, ValueError):
            return None
        data = root.get("data")
        return data if is_object(data) else None

    def __len__(self) -> int:
        return len(self._operations)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JSONPatch) and self._operations == other._operations

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # it is mutable

    def __repr__(self) -> str:
        return f"JSONPatch({self._operations!r})"


def guard(writer: str) -> JSONObject:
    """An operation that fails unless this principal is in the `write` list *that the caller is shown*.

    A caller whose right to write is inherited is shown an empty list, and the server then takes that for the list
    the patch was made on: the object's readers and writers are gone. With this in front nothing is changed. For a
    principal with a slash `test` would never pass (the server compares the escaped form), so that one is copied onto
    itself, which needs it to be there all the same.
    """
    path = JSONPatch.permission("write", writer)
    if escape(writer) == writer:
        return {"op": "test", "path": path, "value": writer}
    return {"op": "copy", "from": path, "path": path}


def escape(segment: str) -> str:
    """A key as a part of a JSON pointer."""
    return segment.replace("~", "~0").replace("/", "~1")


def _checked(operation: object) -> JSONObject:
    if not is_object(operation):
        raise UsageError(f"an operation of JSON Patch is a dict such as {{'op': 'remove', ...}}, not {operation!r}")
    op, path = operation.get("op"), operation.get("path")
    wanted = _OPERATIONS.get(op) if isinstance(op, str) else None
    if wanted is None:
        raise UsageError(f"{op!r} is not an operation of JSON Patch; use {', '.join(_OPERATIONS)}")
    optional = {"value"} if _is_principal(path) else set[str]()
    if operation.keys() - wanted - optional or wanted - operation.keys() - optional:
        raise UsageError(f"the operation {op} takes {', '.join(sorted(wanted))}, not {', '.join(sorted(operation))}")
    for name in ("path", "from"):
        if name in wanted:
            _check_path(operation[name], name)
    if op == "remove" and _is_whole_permission(path):
        raise UsageError(
            f"the server takes the removal of {path} without doing it; use "
            f"JSONPatch().remove({path!r}), or {{'op': 'add', 'path': {path!r}, 'value': {{}}}}"
        )
    _check_whole(op, operation)
    return dict(operation)


def _check_whole(op: object, operation: JSONObject) -> None:
    """Refuse what would leave no object for the data, or no lists for the permissions: the server fails on both."""
    path, source, value = operation["path"], operation.get("from"), operation.get("value")
    if op in ("move", "remove") and (source or path) in ("/data", "/permissions"):
        raise UsageError(f"{op} would leave an object without its {(source or path)[1:]}; replace what is in there")
    if op not in ("add", "replace", "move", "copy"):
        return
    if path == "/permissions":
        raise UsageError("/permissions can't be set as a whole; name one: JSONPatch.permission('read')")
    if path == "/data" and source is None and not is_object(value):
        raise UsageError(f"{op} of /data takes a whole document, a dict, not {value!r}")
    if _is_whole_permission(path):
        if source is not None and not source.startswith("/permissions/"):
            raise UsageError(f"{op} from {source} to {path}: what is there need not be principals; write them out")
        if source is None:
            principals(value, path)


def _check_path(path: object, name: str) -> None:
    if not isinstance(path, str) or path.split("/")[:2] not in (["", "data"], ["", "permissions"]):
        raise UsageError(
            f"{name}={path!r} does not begin with /data or /permissions, so the server would ignore it; "
            "JSONPatch.data('a', 'b') and JSONPatch.permission('read', principal) write paths"
        )
    segments = segments_of(path)
    if segments[0] == "permissions" and len(segments) > 1:
        _check_name(segments[1], name)


def _check_name(permission: str, name: str) -> None:
    if permission not in ALL_PERMISSION_NAMES:
        names = ", ".join(sorted(ALL_PERMISSION_NAMES))
        raise UsageError(f"{name}: there is no permission {permission!r}; use {names}")


def _is_whole_permission(path: object) -> bool:
    return isinstance(path, str) and path.startswith("/permissions/") and path.count("/") == 2


def _is_principal(path: object) -> bool:
    return isinstance(path, str) and path.startswith("/permissions/") and path.count("/") == 3


def _principal_at(path: str) -> str:
    if not _is_principal(path):
        raise UsageError(f"add({path!r}) needs a value; only a principal's pointer goes without one")
    return segments_of(path)[-1]
