# Generated from kinto_sdk/_aio/planning.py by tools/unasync.py. Edit that file, then run `make generate`.
"""The plan that brings the records of a collection to what is desired."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeGuard

import attrs

from ..objects.comparison import Comparison, is_mapping, partial_view, plain
from ..objects.difference import Key
from ..objects.documents import Codec
from ..objects.state import State
from ..protocol.attachments import without_file
from ..protocol.errors import ModelError, UsageError
from ..protocol.filters import F
from ..protocol.jsontypes import JSONObject
from ..transport.sync_documents import each_document
from .plan import Plan, records_part
from .query import Query

if TYPE_CHECKING:
    from .collection import Collection
    from .record import Record


FEW = 500
"""So many records are read by their ids, when no others matter."""
LONGEST = 2000
"""So many characters of ids go into one request."""


def plan(
    collection: "Collection[Any]", desired: object, *, key: str, delete: bool, ignore: Iterable[str]
) -> Plan:
    """Read what is desired and what is there, and compare them."""
    comparison = Comparison(key=key, delete=delete, ignore=ignore)
    _want(comparison, collection, desired)
    target = untyped(collection)
    by_id = not delete and key == "id" and len(comparison.keys) <= FEW
    for query in _records_of(target, comparison.keys) if by_id else [target.records()]:
        for row in rows_of(query):
            comparison.there(row)
    return Plan(target._parent._parent, (records_part(target, comparison.difference()),))


def _records_of(target: "Collection[Any]", keys: Iterable[Key]) -> "Iterable[Query[Record[Any]]]":
    """What finds the records with these ids, however many others there are. At least one, which finds nothing."""
    ids: list[str] = []
    for key in map(str, keys):
        if ids and sum(map(len, ids)) + len(key) > LONGEST:
            yield target.records().where(F.id.is_in(ids))
            ids = []
        ids.append(key)
    yield target.records().where(F.id.is_in(ids))


def untyped(collection: "Collection[Any]") -> "Collection[dict[str, Any]]":
    """The collection without a model, as it was when it was made."""
    from .collection import Collection

    return Collection(collection._parent, collection._id)


def rows_of(query: "Query[Any]") -> "Query[JSONObject]":
    """The documents as they come, in an order that changes meanwhile do not disturb.

    In the server's own order a record that changes while the pages are read moves to the front, and is missed.
    """
    plain_rows: Query[JSONObject] = attrs.evolve(query, make=_itself, for_parts=None)
    return plain_rows if query._order or query._limit is not None else plain_rows.order_by("id")


def _itself(row: JSONObject) -> JSONObject:
    return row


def _want(comparison: Comparison, collection: "Collection[Any]", desired: Any) -> None:
    source: Any = desired.records() if _is_collection(desired) else desired
    if _is_query(source):
        _want_listed(comparison, source)
        return
    context = collection._context
    position = 0
    for item in each_document(source, "desired"):
        name = f"desired[{position}]"
        position += 1
        if _is_state(item):
            _refuse_parts(item._partial, item)
            row = without_file(item.to_dict())
            comparison.want(row, shown=partial_view(row) if item._partial else None)
        elif is_mapping(item):
            row = plain(item, name)
            if row.get("id") is not None:
                context.check_id("record", row["id"])
            comparison.want(row)
        else:
            codec: Codec[Any] = collection._record_codec
            declared = codec.declared_id(item)
            row = codec.unstructure(item)
            if declared is not None:
                row = {**row, "id": context.check_id("record", declared)}
            comparison.want(row, shown=_view_of(codec))


def _is_collection(value: object) -> "TypeGuard[Collection[Any]]":
    from .collection import Collection

    return isinstance(value, Collection)


def _is_query(value: object) -> TypeGuard[Query[Any]]:
    return isinstance(value, Query)


def _is_state(value: object) -> TypeGuard[State[Any]]:
    return isinstance(value, State)


def _want_listed(comparison: Comparison, query: "Query[Any]") -> None:
    if not query.path.endswith("/records"):
        raise UsageError(f"{query!r} is desired, but lists no records")
    _refuse_parts(query._only, query)
    for row in rows_of(query):
        document = without_file(row)
        comparison.want(document, shown=partial_view(document) if query._only else None)


def _refuse_parts(names: tuple[str, ...], source: object) -> None:
    """A plan compares whole fields: a part of one would take the place of the rest."""
    parts = [name for name in names if "." in name]
    if parts:
        raise UsageError(f"{source!r} is desired, but has a part of a field only: {', '.join(parts)}; read it whole")


def _view_of(codec: Codec[Any]) -> Callable[[JSONObject], JSONObject]:
    def shown(seen: JSONObject) -> JSONObject:
        try:
            return codec.unstructure(codec.structure({**seen}))
        except ModelError:
            return {}  # what does not fit the model is replaced, field by field

    return shown
