"""The format of an export: JSON Lines, one object of the server in each.

The first line is a header; then come a bucket, its groups, and its collections, each before its records:

    {"kind": "export", "version": 1, "path": "blog"}
    {"kind": "bucket", "path": "blog", "last_modified": 1, "data": {}, "permissions": {"write": ["account:alice"]}}
    {"kind": "group", "path": "blog/@editors", "last_modified": 2, "data": {"members": ["account:bob"]}}
    {"kind": "collection", "path": "blog/todos", "last_modified": 3, "data": {"schema": {"type": "object"}}}
    {"kind": "record", "path": "blog/todos/milk", "last_modified": 4, "data": {"title": "Buy milk"}}

Every line tells by itself what it is about, so that files can be cut, filtered and put together with text tools.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias, get_args

import attrs

from ...protocol.errors import UsageError
from ...protocol.jsontypes import JSONObject, dumps, is_list, is_object, loads
from ..places import Place, read_place

VERSION = 1

Kind: TypeAlias = Literal["bucket", "group", "collection", "record"]
KINDS: tuple[str, ...] = get_args(Kind)


@attrs.frozen
class Entry:
    """One object of an export."""

    place: Place
    data: JSONObject | None
    """The object's document, without id and version. None: the file does not tell."""
    permissions: dict[str, list[str]] | None = None
    """The object's own permissions. None: the file does not tell."""
    last_modified: int | None = None

    @property
    def id(self) -> str:
        """The object's own id."""
        place = self.place
        return place.record or place.group or place.collection or place.bucket or ""

    @property
    def document(self) -> JSONObject:
        """The document, with the id."""
        return {**(self.data or {}), "id": self.id}


def header(place: Place) -> bytes:
    """The first line of an export, with what it is an export of: `""` is all buckets."""
    return dumps({"kind": "export", "version": VERSION, "path": str(place)}) + b"\n"


def write_entry(entry: Entry) -> bytes:
    """The line of an object."""
    row: JSONObject = {"kind": entry.place.kind, "path": str(entry.place)}
    if entry.last_modified is not None:
        row["last_modified"] = entry.last_modified
    row["data"] = entry.data
    if entry.permissions is not None:
        row["permissions"] = entry.permissions
    return dumps(row) + b"\n"


def read_entries(lines: Iterable[bytes], name: str) -> Iterator[Entry | Place]:
    """What is in the lines of an export: the place that each header tells, and the objects.

    Raises:
        UsageError: a line is not one of an export; the message has its number.
    """
    headed = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = _read_line(line)
            if not headed and isinstance(found, Entry):
                raise ValueError("the header is missing")  # noqa: TRY301  # it is told as the others are
        except ValueError as error:
            raise UsageError(f"{name}, line {number} is not of an export: {error}") from None
        headed = True
        yield found
    if not headed:
        raise UsageError(f"{name} is empty: an export has a header at least")


def _read_line(line: bytes) -> Entry | Place:
    row: Any = loads(line)
    if not is_object(row) or not isinstance(row.get("path"), str):
        raise ValueError("it is no object with a path")
    return _read_header(row) if row.get("kind") == "export" else _read_entry(row)


def _read_header(row: JSONObject) -> Place:
    if row.get("version") != VERSION:
        raise ValueError(f"its version is {row.get('version')!r}, this program reads {VERSION}")
    return read_place(row["path"])


def _read_entry(row: JSONObject) -> Entry:
    kind, place = row.get("kind"), read_place(row["path"])
    if kind not in KINDS or place.kind != kind or place.inside or place.server is not None:
        raise ValueError(f"{row['path']!r} is not the path of a {kind}")
    return make_entry(place, row.get("data"), row.get("permissions"), row.get("last_modified"))


def make_entry(place: Place, data: Any, permissions: Any, last_modified: Any = None) -> Entry:
    """An entry of what a file tells, once it is checked.

    Raises:
        ValueError: it is not of the right form.
    """
    if data is not None and not is_object(data):
        raise ValueError("its data is no object")
    if permissions is not None and not (
        is_object(permissions)
        and all(is_list(names) and all(isinstance(name, str) for name in names) for names in permissions.values())
    ):
        raise ValueError("its permissions are no lists of principals by name")
    version = last_modified if isinstance(last_modified, int) else None
    return Entry(place, data, permissions, version)
