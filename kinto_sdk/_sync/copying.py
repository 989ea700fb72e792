# Generated from kinto_sdk/_aio/copying.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Copies of collections and buckets, as plans."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from ..flows import copying as flows
from ..flows import objects
from ..flows.jobs import Job
from ..objects.copying import Copying, row_of, seen_lists
from ..objects.difference import Difference
from ..protocol.attachments import attachment_from, without_file
from ..protocol.errors import NotFoundError, UsageError
from ..protocol.jsontypes import JSONObject
from ..protocol.paths import parse_path
from .bucket import Bucket
from .bulk import bulk
from .collection import Collection
from .group import Group
from .plan import BUCKET, CHILD, Plan, Part, records_part
from .planning import rows_of, untyped
from .resource import Resource

if TYPE_CHECKING:
    from .query import Query

R = TypeVar("R", bound=Resource[Any])

READ_AHEAD = 500
"""Records whose permissions are read together."""


def copy_collection(
    source: "Collection[Any]", target: "Collection[Any]", copying: Copying
) -> Plan:
    """Plan the copy of one collection: its metadata, its permissions, its records."""
    _check_pair(source, target, Collection)
    copying = _prepared(source._parent, target._parent, copying)
    origin, there = _loaded(untyped(source)), _if_there(untyped(target))
    beside = [] if there is None else [there]
    difference = copying.compared([origin], beside, tracked=copying.tracked, renamed=target._id)
    parts = [
        _collections_part(target._parent, difference),
        _records(origin, untyped(target), copying, exists=there is not None),
    ]
    return Plan(target._parent._parent, tuple(parts))


def copy_bucket(source: Bucket, target: Bucket, copying: Copying) -> Plan:
    """Plan the copy of a bucket: its metadata and permissions, its groups, its collections with their records."""
    _check_pair(source, target, Bucket)
    copying = _prepared(source, target, copying)
    origin, there = _loaded(_fresh(source)), _if_there(_fresh(target))
    # The default bucket has another name, too.
    if there is not None and (there._context.server_url, there.id) == (origin._context.server_url, origin.id):
        raise _onto_itself(source)
    own = copying.compared([origin], [] if there is None else [there], renamed=target._id)

    def bucket(_: str, row: JSONObject | None) -> Bucket:
        return _fresh(target, row)

    def group(id: str, row: JSONObject | None) -> Group:  # noqa: A002  # as everywhere
        return Group(target, id, row)

    parts = [Part("/buckets", BUCKET, own, bucket)]
    groups = _read(origin.groups(), copying)
    groups_there = [] if there is None else _read(there.groups(), copying)
    parts.append(Part(f"{target.path}/groups", CHILD, copying.compared(groups, groups_there), group))
    collections = _read(origin.collections(), copying)
    collections_there = [] if there is None else _read(there.collections(), copying)
    counts = {each.id: each.records().count() for each in collections_there} if copying.delete else {}
    difference = copying.compared(collections, collections_there, counts, tracked=copying.tracked)
    parts.append(_collections_part(target, difference))
    existing = {each.id for each in collections_there}
    for collection in collections:
        beside: Collection[Any] = target.collection(collection.id)
        parts.append(_records(collection, beside, copying, exists=collection.id in existing))
    return Plan(target._parent, tuple(parts))


def _check_pair(source: Resource[Any], target: Any, kind: type[Resource[Any]]) -> None:
    if not isinstance(target, kind):
        raise UsageError(
            f"copy_to() takes another {source._kind}, of a client of the same kind (sync or async), not {target!r}"
        )
    if source == target:
        raise _onto_itself(source)


def _onto_itself(source: Resource[Any]) -> UsageError:
    return UsageError(f"copy_to(): {source.path} would be copied onto itself")


def _prepared(source: Bucket, target: Bucket, copying: Copying) -> Copying:
    """What has to be known of both sides."""
    copying = target._port.ask(flows.prepared(copying, target._context))
    if not copying.me:
        return copying  # no permissions, so no principals of groups in them
    ids = [bucket._id if bucket._id != "default" else (_loaded(_fresh(bucket))).id for bucket in (source, target)]
    before, after = (f"/buckets/{each}/groups/" for each in ids)
    return attrs.evolve(copying, groups=(before, after))


def _fresh(bucket: Bucket, row: JSONObject | None = None) -> Bucket:
    """The bucket as it was when it was made, or with what is known of it now."""
    return Bucket(bucket._parent, parse_path(bucket.path).bucket or "", row)


def _loaded(resource: R) -> R:
    # Asked for, since a batch would only promise it.
    resource._port.ask(objects.load(resource))
    return resource


def _if_there(resource: R) -> R | None:
    return resource if resource._port.ask(flows.load_if_there(resource)) else None


def _read(query: "Query[R]", copying: Copying) -> list[R]:
    """The objects of a list, with their permissions when these are copied."""
    found = [each for each in query]
    return _load(found) if copying.permissions else found


def _load(found: list[R]) -> list[R]:
    """Read objects one by one, in batches. Gives those that are still there."""
    if not found:
        return []
    jobs = (Job(each, objects.load(each)) for each in found)
    there: list[R] = []
    outcomes = bulk(
        found[0]._port,
        found[0]._context,
        jobs,
        found,
        raise_on_error=False,
        on_progress=None,
        concurrency=1,
    )
    for outcome in outcomes:
        if outcome.ok:
            there.append(outcome.resource)
        elif outcome.error is not None and not isinstance(outcome.error, NotFoundError):
            raise outcome.error
    return there


def _collections_part(bucket: Bucket, difference: Difference) -> Part:
    def collection(id: str, row: JSONObject | None) -> "Collection[Any]":  # noqa: A002  # as everywhere
        return Collection(bucket, id, row=row)

    return Part(f"{bucket.path}/collections", CHILD, difference, collection)


def _records(
    source: "Collection[Any]", target: "Collection[Any]", copying: Copying, *, exists: bool
) -> Part:
    comparison = copying.comparison(ignore=copying.ignore, files=copying.attachments)
    for row, record in _rows(source, copying):
        attachment = attachment_from(row.get("attachment")) if copying.attachments else None
        lists = None if record is None else copying.lists(record)
        comparison.want(without_file(row), permissions=lists, attachment=attachment)
    if exists:
        for row, record in _rows(target, copying):
            comparison.there(row, None if record is None else seen_lists(record))
    return records_part(target, comparison.difference(), source)


def _rows(
    collection: "Collection[Any]", copying: Copying
) -> "Iterator[tuple[JSONObject, Resource[Any] | None]]":
    """The records as they come, each with itself when it was read for its permissions."""
    if not copying.record_permissions:
        for row in rows_of(collection.records()):
            yield row, None
        return
    for page in collection.records().order_by("id").page_size(READ_AHEAD).pages():
        for record in _load(list(page.items)):
            yield row_of(record), record
