"""What would have to be written for one set of documents to become another. Pure; nothing is read or sent here.

Documents are kept as JSON, which takes a fraction of the memory that dicts take.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from ..protocol.attachments import Attachment
from ..protocol.jsontypes import JSONObject, loads
from .history import Diff, diff_between
from .state import State

Key: TypeAlias = str | int | float
"""By what a document is told from the others."""


@attrs.frozen
class PlannedCreate:
    """An object to make."""

    key: Key
    """By what it is told from the others: its id, unless the plan has another key."""
    id: str | None
    """The id it is to have; None: one is drawn."""
    permissions: Mapping[str, list[str]] | None
    """The permissions it is to have; None: those that the server gives it."""
    _packed: bytes = attrs.field(alias="packed", repr=False)

    @property
    def document(self) -> JSONObject:
        """The document it is to have, without metadata; a new dict at each call."""
        document: JSONObject = loads(self._packed)
        return document


@attrs.frozen
class PlannedUpdate:
    """An object to change."""

    key: Key
    """By what it is told from the others: its id, unless the plan has another key."""
    id: str | None
    """Its id; None for a document without one, as `diff()` may be given."""
    last_modified: int | None
    """The version that was compared, which the write carries as its precondition."""
    permissions_before: Mapping[str, list[str]] | None
    """None: they are not compared."""
    permissions: Mapping[str, list[str]] | None
    """The permissions it is to have; None: they stay as they are."""
    _packed_before: bytes = attrs.field(alias="packed_before", repr=False)
    _packed: bytes = attrs.field(alias="packed", repr=False)

    @property
    def before(self) -> JSONObject:
        """The document that is there, without metadata; a new dict at each call."""
        before: JSONObject = loads(self._packed_before)
        return before

    @property
    def document(self) -> JSONObject:
        """The document it is to have, without metadata; a new dict at each call."""
        document: JSONObject = loads(self._packed)
        return document

    def _edit(self, state: State[Any]) -> None:
        """Make the change in an object that is as it was compared, to be saved. Sends nothing."""
        state.data = self.document
        if self.permissions is not None and self.permissions != self.permissions_before:
            state.permissions = self.permissions

    @property
    def diff(self) -> Diff:
        """What is to change, field by field."""
        granted = self.permissions_before or {}, self.permissions or {}
        return diff_between(self.before, self.document, *granted)


@attrs.frozen
class PlannedDelete:
    """An object to delete."""

    key: Key
    """By what it is told from the others: its id, unless the plan has another key."""
    id: str | None
    """Its id; None for a document without one, as `diff()` may be given."""
    last_modified: int | None
    """The version that was compared, which the write carries as its precondition."""
    contains: int
    """How many records go with it: those of a collection."""
    _packed: bytes = attrs.field(alias="packed", repr=False)

    @property
    def document(self) -> JSONObject:
        """The document that is there, without metadata; a new dict at each call."""
        document: JSONObject = loads(self._packed)
        return document


@attrs.frozen
class PlannedFile:
    """A file to attach to a record, in place of the one it may have."""

    id: str
    attachment: Attachment | None
    """The file to copy; None: the record's file is to be removed."""


@attrs.frozen
class Difference:
    """The writes that turn what is there into what is desired. Falsy when there are none; `print()` shows them."""

    creates: tuple[PlannedCreate, ...] = ()
    updates: tuple[PlannedUpdate, ...] = ()
    deletes: tuple[PlannedDelete, ...] = ()
    files: tuple[PlannedFile, ...] = ()
    unchanged: int = 0
    """How many objects are as desired."""

    def __bool__(self) -> bool:
        return bool(self.creates or self.updates or self.deletes or self.files)

    def __len__(self) -> int:
        return len(self.creates) + len(self.updates) + len(self.deletes) + len(self.files)

    def __str__(self) -> str:
        from .difference_text import described, summary

        return "\n".join([*described(self), summary([self])])
