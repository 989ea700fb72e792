"""What the server remembers of a change: who, when, what, and the object as it was afterwards."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, Literal, TypeAlias

import attrs

from ..protocol.errors import ModelError, NotLoadedError, UsageError
from ..protocol.jsontypes import JSONObject, copy, same
from .documents import Codec, copy_without_metadata
from .typevars import D

Action: TypeAlias = Literal["create", "update", "delete"]
ResourceName: TypeAlias = Literal["bucket", "group", "collection", "record"]

FIELDS = frozenset(
    {
        "user_id",
        "uri",
        "action",
        "date",
        "resource_name",
        "bucket_id",
        "collection_id",
        "group_id",
        "record_id",
        "target",
        "id",
        "last_modified",
    }
)
"""All that a history can be filtered and sorted by; `target.data` and `target.permissions` reach into the object."""


@attrs.frozen
class Diff:
    """What one change did to an object, field by field. Falsy when it left everything as it was."""

    added: Mapping[str, Any]
    """The fields that were not there before, with their values."""
    removed: Mapping[str, Any]
    """The fields that are not there afterwards, with the values they had."""
    changed: Mapping[str, tuple[Any, Any]]
    """The fields with another value: before and after."""
    granted: Mapping[str, frozenset[str]]
    """The principals added, by permission."""
    revoked: Mapping[str, frozenset[str]]
    """The principals removed, by permission."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.granted or self.revoked)


class Entry(Generic[D]):
    """One entry of a history."""

    __slots__ = ("_codec", "_data", "_read", "_row")

    def __init__(self, row: JSONObject, codec: Codec[D]) -> None:
        self._row = row
        self._codec = codec
        self._data: D | None = None
        self._read = False

    @property
    def id(self) -> str:
        """The entry's own id."""
        found: str = self._row["id"]
        return found

    @property
    def last_modified(self) -> int:
        """The entry's own version, in milliseconds."""
        found: int = self._row["last_modified"]
        return found

    @property
    def action(self) -> Action:
        """What was done: create, update or delete."""
        found: Action = self._part("action")
        return found

    @property
    def date(self) -> datetime:
        """When, as an aware datetime."""
        return datetime.fromisoformat(self._part("date"))

    @property
    def user_id(self) -> str:
        """Who did it."""
        found: str = self._part("user_id")
        return found

    @property
    def resource_name(self) -> ResourceName:
        """What it was done to."""
        found: ResourceName = self._part("resource_name")
        return found

    @property
    def uri(self) -> str:
        """The server path of the object, with the bucket's real id."""
        found: str = self._part("uri")
        return found

    @property
    def data(self) -> D | None:
        """The object's data as it was after the change, as the collection's model or a dict; None for a deletion.

        Raises:
            ModelError: the data of that time does not fit the model of today; `document` has it as it was.
        """
        if not self._read:
            seen: JSONObject = self._part("target")["data"]
            try:
                # With its id and version, which a model may declare.
                self._data = None if self.action == "delete" else self._codec.structure(copy(seen))
            except ModelError as error:
                place = f"{self.uri} at version {self.version}"
                raise ModelError(f"{place} {error}", error.problems) from error.__cause__
            self._read = True
        return self._data

    @property
    def document(self) -> JSONObject | None:
        """The object's document as it was after the change, a new dict at each call; None for a deletion."""
        data: JSONObject = self._part("target")["data"]
        return None if self.action == "delete" else copy_without_metadata(data)

    @property
    def version(self) -> int:
        """The object's `last_modified` after the change, in milliseconds."""
        found: int = self._part("target")["data"]["last_modified"]
        return found

    @property
    def permissions(self) -> dict[str, list[str]]:
        """The object's own permissions after the change; none for a deletion."""
        found: dict[str, list[str]] = copy(self._part("target").get("permissions") or {})
        return found

    def diff(self, previous: "Entry[Any] | None") -> Diff:
        """What this change did, given the entry before it about the same object; None: there was nothing before.

        Raises:
            UsageError: the two entries are about different objects.
        """
        if previous is not None and previous.uri != self.uri:
            raise UsageError(f"diff(): the entries are about two objects, {self.uri} and {previous.uri}")
        before = (None if previous is None else previous.document) or {}
        after = self.document or {}
        return diff_between(before, after, {} if previous is None else previous.permissions, self.permissions)

    def _part(self, name: str) -> Any:
        if name not in self._row:
            raise NotLoadedError(f"the history entry was read without its {name}; name it in only(), or leave only()")
        return self._row[name]

    def __repr__(self) -> str:
        row = self._row
        said = [str(row[name]) for name in ("action", "uri", "user_id", "date") if name in row]
        return f"<{type(self).__name__} {' '.join(said) or self.id}>"


def diff_between(
    before: JSONObject,
    after: JSONObject,
    permissions_before: Mapping[str, Iterable[str]],
    permissions_after: Mapping[str, Iterable[str]],
) -> Diff:
    """What turns one state of an object into another."""
    granted, revoked = _moved(permissions_before, permissions_after)
    return Diff(
        added={key: value for key, value in after.items() if key not in before},
        removed={key: value for key, value in before.items() if key not in after},
        changed={
            key: (before[key], value) for key, value in after.items() if key in before and not same(before[key], value)
        },
        granted=granted,
        revoked=revoked,
    )


def _moved(
    before: Mapping[str, Iterable[str]], after: Mapping[str, Iterable[str]]
) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    granted: dict[str, frozenset[str]] = {}
    revoked: dict[str, frozenset[str]] = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = frozenset(before.get(name, ())), frozenset(after.get(name, ()))
        if new - old:
            granted[name] = new - old
        if old - new:
            revoked[name] = old - new
    return granted, revoked
