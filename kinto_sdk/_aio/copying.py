"""Copies of collections and buckets, as plans."""

from collections.abc import AsyncIterator
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
from .bucket import AsyncBucket
from .bulk import bulk
from .collection import AsyncCollection
from .group import AsyncGroup
from .plan import BUCKET, CHILD, AsyncPlan, Part, records_part
from .planning import rows_of, untyped
from .resource import AsyncResource

if TYPE_CHECKING:
    from .query import AsyncQuery

R = TypeVar("R", bound=AsyncResource[Any])

READ_AHEAD = 500
"""Records whose permissions are read together."""


async def copy_collection(
    source: "AsyncCollection[Any]", target: "AsyncCollection[Any]", copying: Copying
) -> AsyncPlan:
    """Plan the copy of one collection: its metadata, its permissions, its records."""
    _check_pair(source, target, AsyncCollection)
    copying = await _prepared(source._parent, target._parent, copying)
    origin, there = await _loaded(untyped(source)), await _if_there(untyped(target))
    beside = [] if there is None else [there]
    difference = copying.compared([origin], beside, tracked=copying.tracked, renamed=target._id)
    parts = [
        _collections_part(target._parent, difference),
        await _records(origin, untyped(target), copying, exists=there is not None),
    ]
    return AsyncPlan(target._parent._parent, tuple(parts))


async def copy_bucket(source: AsyncBucket, target: AsyncBucket, copying: Copying) -> AsyncPlan:
    """Plan the copy of a bucket: its metadata and permissions, its groups, its collections with their records."""
    _check_pair(source, target, AsyncBucket)
    copying = await _prepared(source, target, copying)
    origin, there = await _loaded(_fresh(source)), await _if_there(_fresh(target))
    # The default bucket has another name, too.
    if there is not None and (there._context.server_url, there.id) == (origin._context.server_url, origin.id):
        raise _onto_itself(source)
    own = copying.compared([origin], [] if there is None else [there], renamed=target._id)

    def bucket(_: str, row: JSONObject | None) -> AsyncBucket:
        return _fresh(target, row)

    def group(id: str, row: JSONObject | None) -> AsyncGroup:  # noqa: A002  # as everywhere
        return AsyncGroup(target, id, row)

    parts = [Part("/buckets", BUCKET, own, bucket)]
    groups = await _read(origin.groups(), copying)
    groups_there = [] if there is None else await _read(there.groups(), copying)
    parts.append(Part(f"{target.path}/groups", CHILD, copying.compared(groups, groups_there), group))
    collections = await _read(origin.collections(), copying)
    collections_there = [] if there is None else await _read(there.collections(), copying)
    counts = {each.id: await each.records().count() for each in collections_there} if copying.delete else {}
    difference = copying.compared(collections, collections_there, counts, tracked=copying.tracked)
    parts.append(_collections_part(target, difference))
    existing = {each.id for each in collections_there}
    for collection in collections:
        beside: AsyncCollection[Any] = target.collection(collection.id)
        parts.append(await _records(collection, beside, copying, exists=collection.id in existing))
    return AsyncPlan(target._parent, tuple(parts))


def _check_pair(source: AsyncResource[Any], target: Any, kind: type[AsyncResource[Any]]) -> None:
    if not isinstance(target, kind):
        raise UsageError(
            f"copy_to() takes another {source._kind}, of a client of the same kind (sync or async), not {target!r}"
        )
    if source == target:
        raise _onto_itself(source)


def _onto_itself(source: AsyncResource[Any]) -> UsageError:
    return UsageError(f"copy_to(): {source.path} would be copied onto itself")


async def _prepared(source: AsyncBucket, target: AsyncBucket, copying: Copying) -> Copying:
    """What has to be known of both sides."""
    copying = await target._port.ask(flows.prepared(copying, target._context))
    if not copying.me:
        return copying  # no permissions, so no principals of groups in them
    ids = [bucket._id if bucket._id != "default" else (await _loaded(_fresh(bucket))).id for bucket in (source, target)]
    before, after = (f"/buckets/{each}/groups/" for each in ids)
    return attrs.evolve(copying, groups=(before, after))


def _fresh(bucket: AsyncBucket, row: JSONObject | None = None) -> AsyncBucket:
    """The bucket as it was when it was made, or with what is known of it now."""
    return AsyncBucket(bucket._parent, parse_path(bucket.path).bucket or "", row)


async def _loaded(resource: R) -> R:
    # Asked for, since a batch would only promise it.
    await resource._port.ask(objects.load(resource))
    return resource


async def _if_there(resource: R) -> R | None:
    return resource if await resource._port.ask(flows.load_if_there(resource)) else None


async def _read(query: "AsyncQuery[R]", copying: Copying) -> list[R]:
    """The objects of a list, with their permissions when these are copied."""
    found = [each async for each in query]
    return await _load(found) if copying.permissions else found


async def _load(found: list[R]) -> list[R]:
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
    async for outcome in outcomes:
        if outcome.ok:
            there.append(outcome.resource)
        elif outcome.error is not None and not isinstance(outcome.error, NotFoundError):
            raise outcome.error
    return there


def _collections_part(bucket: AsyncBucket, difference: Difference) -> Part:
    def collection(id: str, row: JSONObject | None) -> "AsyncCollection[Any]":  # noqa: A002  # as everywhere
        return AsyncCollection(bucket, id, row=row)

    return Part(f"{bucket.path}/collections", CHILD, difference, collection)


async def _records(
    source: "AsyncCollection[Any]", target: "AsyncCollection[Any]", copying: Copying, *, exists: bool
) -> Part:
    comparison = copying.comparison(ignore=copying.ignore, files=copying.attachments)
    async for row, record in _rows(source, copying):
        attachment = attachment_from(row.get("attachment")) if copying.attachments else None
        lists = None if record is None else copying.lists(record)
        comparison.want(without_file(row), permissions=lists, attachment=attachment)
    if exists:
        async for row, record in _rows(target, copying):
            comparison.there(row, None if record is None else seen_lists(record))
    return records_part(target, comparison.difference(), source)


async def _rows(
    collection: "AsyncCollection[Any]", copying: Copying
) -> "AsyncIterator[tuple[JSONObject, AsyncResource[Any] | None]]":
    """The records as they come, each with itself when it was read for its permissions."""
    if not copying.record_permissions:
        async for row in rows_of(collection.records()):
            yield row, None
        return
    async for page in collection.records().order_by("id").page_size(READ_AHEAD).pages():
        for record in await _load(list(page.items)):
            yield row_of(record), record
