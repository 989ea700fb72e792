"""What would have to be written for one set of documents to become another. Pure; nothing is read or sent here."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject, same
from .documents import MISSING

IGNORED = frozenset({"id", "last_modified", "schema"})
"""What the server writes itself: it never makes a difference."""


@attrs.frozen
class FieldChange:
    """One field of a document that is to change. `before` or `after` is MISSING where the field is not there."""

    field: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is MISSING:
            return f"{self.field} = {show(self.after)}"
        if self.after is MISSING:
            return f"{self.field} removed (was {show(self.before)})"
        return f"{self.field}: {show(self.before)} → {show(self.after)}"


@attrs.frozen
class Create:
    """A document to make."""

    id: str | None
    """The id it is to have; None: one is drawn."""
    document: JSONObject

    def __str__(self) -> str:
        return f"+ {self.id or '(new)'}"


@attrs.frozen
class Update:
    """A document to change."""

    id: str
    row: JSONObject
    """The document that is there, with its metadata."""
    document: JSONObject
    """The document that is to be, without metadata."""
    changes: tuple[FieldChange, ...]

    def __str__(self) -> str:
        return f"~ {self.id}: {', '.join(map(str, self.changes))}"


@attrs.frozen
class Delete:
    """A document to delete."""

    id: str
    row: JSONObject
    """The document that is there, with its metadata."""

    def __str__(self) -> str:
        return f"- {self.id}"


@attrs.frozen
class Difference:
    """The writes that turn what is there into what is desired. Falsy when there are none."""

    creates: tuple[Create, ...]
    updates: tuple[Update, ...]
    deletes: tuple[Delete, ...]
    unchanged: int
    """How many are as desired."""

    def __bool__(self) -> bool:
        return bool(self.creates or self.updates or self.deletes)

    def __len__(self) -> int:
        return len(self.creates) + len(self.updates) + len(self.deletes)

    def __str__(self) -> str:
        lines = [str(write) for write in (*self.creates, *self.updates, *self.deletes)]
        summary = (
            f"{len(self.creates)} to create, {len(self.updates)} to update, {len(self.deletes)} to delete, "
            f"{self.unchanged} as desired"
        )
        return "\n".join([*lines, summary])


def diff(
    current: Iterable[Mapping[str, Any]],
    desired: Iterable[Mapping[str, Any]],
    *,
    key: str = "id",
    delete: bool = True,
    partial: bool = False,
    ignore: Iterable[str] = (),
) -> Difference:
    """What turns `current` into `desired`: documents as `to_dict()` and exports have them, in any order.

    Two documents belong together when they have the same `key`. `last_modified`, `schema` and the fields in `ignore`
    make no difference and stay as they are; so does an `attachment` that the desired document does not mention.
    `partial`: fields that a desired document does not mention stay. `delete`: what is not desired is to go.

    Raises:
        UsageError: a document without the key, or two with the same.
    """
    there = _by_key(current, key, "what is there")
    wanted = _by_key(desired, key, "what is desired")
    kept = IGNORED | frozenset(ignore)
    creates: list[Create] = []
    updates: list[Update] = []
    unchanged = 0
    for name, document in wanted.items():
        row = there.get(name)
        if row is None:
            own_id = document.get("id")
            body = {field: value for field, value in document.items() if field not in ("id", "last_modified")}
            creates.append(Create(own_id, body))
            continue
        changes = _changes(row, document, kept, partial=partial)
        if changes:
            updates.append(Update(row["id"], row, _applied(row, changes), changes))
        else:
            unchanged += 1
    gone = (Delete(row["id"], row) for name, row in there.items() if delete and name not in wanted)
    return Difference(tuple(creates), tuple(updates), tuple(gone), unchanged)


def listed(desired: object) -> list[Any]:
    """What is desired as a list.

    Raises:
        UsageError: it is no list of documents: one document by itself, say.
    """
    documents: Any = desired
    if isinstance(desired, (str, bytes, Mapping)) or not isinstance(desired, Iterable):
        raise UsageError(f"desired={show(desired)} is not a list of documents, a query or a collection")
    return list(documents)


def _by_key(documents: Iterable[Mapping[str, Any]], key: str, side: str) -> dict[Any, JSONObject]:
    found: dict[Any, JSONObject] = {}
    for document in documents:
        value = document.get(key)
        if not isinstance(value, (str, int, float)):
            raise UsageError(f"{side}: a document has {key}={show(value)}; the key has to be text or a number in each")
        if value in found:
            raise UsageError(f"{side}: two documents have {key}={show(value)}; it can't tell which belong together")
        found[value] = dict(document)
    return found


def _changes(row: JSONObject, document: JSONObject, kept: frozenset[str], *, partial: bool) -> tuple[FieldChange, ...]:
    changes = [
        FieldChange(field, row.get(field, MISSING), value)
        for field, value in document.items()
        if field not in kept and not (field in row and same(row[field], value))
    ]
    if not partial:
        gone = row.keys() - document.keys() - kept - {"attachment"}
        changes += [FieldChange(field, row[field], MISSING) for field in row if field in gone]
    return tuple(changes)


def _applied(row: JSONObject, changes: tuple[FieldChange, ...]) -> JSONObject:
    document = {field: value for field, value in row.items() if field not in ("id", "last_modified")}
    for change in changes:
        if change.after is MISSING:
            del document[change.field]
        else:
            document[change.field] = change.after
    return document


def show(value: Any) -> str:
    """A value as a plan prints it: JSON, cut when it is long."""
    import json

    if value is MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"
