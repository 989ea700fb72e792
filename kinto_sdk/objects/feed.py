"""What a feed of changes gives."""

from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from ..protocol.jsontypes import JSONObject
from .state import State

R = TypeVar("R", bound=State[Any])


@attrs.frozen
class Upsert(Generic[R]):
    """A record was created or changed. `record` is what it is now: the server does not tell the two apart."""

    record: R

    @property
    def id(self) -> str:
        """The record's id."""
        return self.record.id

    @property
    def last_modified(self) -> int:
        """The record's version in milliseconds."""
        return self.record.last_modified or 0


@attrs.frozen
class Tombstone:
    """A record was deleted."""

    id: str
    last_modified: int
    """The version of the deletion in milliseconds."""


Change: TypeAlias = Upsert[R] | Tombstone
"""One change of a collection."""

_TOMBSTONE = {"id", "last_modified", "deleted"}


def tombstone(row: JSONObject) -> Tombstone | None:
    """The tombstone in a list, None for a live record.

    A live record may say `deleted: true` of itself. It is told from a tombstone by having other fields.
    """
    if row.get("deleted") is True and row.keys() == _TOMBSTONE:
        return Tombstone(row["id"], row["last_modified"])
    return None
