"""Copies of collections and buckets, as plans."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from ..flows import objects as flows
from ..flows import server
from ..flows.jobs import Job
from ..objects.comparison import Comparison, ignored_fields, partial_view
from ..objects.difference import Difference
from ..objects.members import changed
from ..protocol.attachments import attachment_from
from ..protocol.errors import NotFoundError, PermissionDeniedError, UsageError
from ..protocol.jsontypes import JSONObject
from ..protocol.paths import parse_path
from ..protocol.principals import EVERYONE, PERMISSION_NAMES
from ..protocol.review import tracked_by
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


@attrs.frozen(kw_only=True)
class Copying:
    """What is copied, and how."""

    delete: bool
    permissions: bool
    record_permissions: bool
    attachments: bool
    ignore: Iterable[str] = attrs.field(converter=ignored_fields)
    me: str = ""
    """Who writes: the server puts them into `write`, whatever is asked for."""
    groups: tuple[str, str] = ("", "")
    """The start of the principals of groups, there and here."""
    tracked: frozenset[str] = frozenset()
    """The metadata of collections that stays as it is: a status would be an order to a server with reviews."""

    def __attrs_post_init__(self) -> None:
        self.comparison()  # what can't be right is refused before anything is read

    def comparison(self, *, ignore: Iterable[str] = (), files: bool = False) -> Comparison:
        """Compare objects by their ids."""
        return Comparison(delete=self.delete, ignore=ignore, files=files, me=self.me)

    def lists(self, resource: AsyncResource[Any]) -> dict[str, list[str]]:
        """The permissions of an object that is copied, for where it is copied to.

        Raises:
            UsageError: the caller does not see them.
        """
        before, after = self.groups
        return {
            name: [after + who.removeprefix(before) if who.startswith(before) else who for who in principals]
            for name, principals in seen_lists(resource).items()
        }


def seen_lists(resource: AsyncResource[Any]) -> Mapping[str, list[str]]:
    """The permissions of an object that was read.

    Raises:
        UsageError: the caller does not see them.
    """
    if not resource.permissions.known:
        dry_run = resource._context.dry_run
        if dry_run is not None and not dry_run.reads_pass:
            return {}
        raise UsageError(
            f"the permissions of {resource.path} are not visible to this caller, who is not directly in its write "
            "list; copy as somebody who is, or without permissions; nothing was sent"
        )
    known = PERMISSION_NAMES[resource._kind]
    return {name: who for name, who in resource.permissions.to_dict().items() if name in known}


async def copy_collection(
    source: "AsyncCollection[Any]", target: "AsyncCollection[Any]", copying: Copying
) -> AsyncPlan:
    """Plan the copy of one collection: its metadata, its permissions, its records."""
    _check_pair(source, target, AsyncCollection)
    copying = await _prepared(source._parent, target._parent, copying)
    origin, there = await _loaded(untyped(source)), await _if_there(untyped(target))
    beside = [] if there is None else [there]
    difference = _compared([origin], beside, copying, tracked=copying.tracked, renamed=target._id)
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
    own = _compared([origin], [] if there is None else [there], copying, renamed=target._id)

    def bucket(_: str, row: JSONObject | None) -> AsyncBucket:
        return _fresh(target, row)

    def group(id: str, row: JSONObject | None) -> AsyncGroup:  # noqa: A002  # as everywhere
        return AsyncGroup(target, id, row)

    parts = [Part("/buckets", BUCKET, own, bucket)]
    groups = await _read(origin.groups(), copying)
    groups_there = [] if there is None else await _read(there.groups(), copying)
    parts.append(Part(f"{target.path}/groups", CHILD, _compared(groups, groups_there, copying), group))
    collections = await _read(origin.collections(), copying)
    collections_there = [] if there is None else await _read(there.collections(), copying)
    counts = {each.id: await each.records().count() for each in collections_there} if copying.delete else {}
    difference = _compared(collections, collections_there, copying, counts, tracked=copying.tracked)
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
    if copying.attachments:
        await target._port.ask(server.capability(target._context, "attachments", "copy_to(attachments=True)"))
    plugins = (await target._port.ask(server.common_info(target._context))).capabilities
    copying = attrs.evolve(copying, tracked=tracked_by(plugins))
    if not (copying.permissions or copying.record_permissions):
        return copying
    info = await target._port.ask(server.server_info(target._context))
    me = EVERYONE if info.user is None else info.user.id
    ids = [bucket._id if bucket._id != "default" else (await _loaded(_fresh(bucket))).id for bucket in (source, target)]
    before, after = (f"/buckets/{each}/groups/" for each in ids)
    return attrs.evolve(copying, me=me, groups=(before, after))


def _fresh(bucket: AsyncBucket, row: JSONObject | None = None) -> AsyncBucket:
    """The bucket as it was when it was made, or with what is known of it now."""
    return AsyncBucket(bucket._parent, parse_path(bucket.path).bucket or "", row)


async def _loaded(resource: R) -> R:
    # Asked for, since a batch would only promise it.
    await resource._port.ask(flows.load(resource))
    return resource


async def _if_there(resource: R) -> R | None:
    try:
        return await _loaded(resource)
    except NotFoundError:
        return None
    except PermissionDeniedError:
        # For a bucket that is not there, too. Creating somebody else's is refused.
        if resource._kind != "bucket":
            raise
        return None


async def _read(query: "AsyncQuery[R]", copying: Copying) -> list[R]:
    """The objects of a list, with their permissions when these are copied."""
    found = [each async for each in query]
    return await _load(found) if copying.permissions else found


async def _load(found: list[R]) -> list[R]:
    """Read objects one by one, in batches. Gives those that are still there."""
    if not found:
        return []
    jobs = (Job(each, flows.load(each)) for each in found)
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


def _compared(
    wanted: "Iterable[AsyncResource[Any]]",
    there: "Iterable[AsyncResource[Any]]",
    copying: Copying,
    counts: Mapping[str, int] | None = None,
    *,
    tracked: frozenset[str] = frozenset(),
    renamed: str | None = None,
) -> Difference:
    """What is to be done to buckets, groups or collections."""
    comparison = copying.comparison(ignore=tracked)
    by_id = {each.id if renamed is None else renamed: each for each in there}
    for each in wanted:
        document = {name: value for name, value in _row(each).items() if name not in tracked}
        document["id"] = each.id if renamed is None else renamed
        beside = by_id.get(document["id"])
        if beside is not None and "members" in document:
            desired, known = document["members"], _row(beside)["members"]
            document["members"] = changed(known, desired, set(known).difference(desired) if copying.delete else ())
        shown = None if copying.delete else partial_view(document)
        comparison.want(document, shown=shown, permissions=copying.lists(each) if copying.permissions else None)
    for id_, each in by_id.items():
        lists = seen_lists(each) if copying.permissions else None
        comparison.there({**_row(each), "id": id_}, lists, contains=(counts or {}).get(id_, 0))
    return comparison.difference()


def _row(resource: AsyncResource[Any]) -> JSONObject:
    row, _ = resource._as_seen()
    assert row is not None
    if resource._kind == "group":
        # One that was made without a body has none.
        row.setdefault("members", [])
    return row


def _collections_part(bucket: AsyncBucket, difference: Difference) -> Part:
    def collection(id: str, row: JSONObject | None) -> "AsyncCollection[Any]":  # noqa: A002  # as everywhere
        return AsyncCollection(bucket, id, row=row)

    return Part(f"{bucket.path}/collections", CHILD, difference, collection)


async def _records(
    source: "AsyncCollection[Any]", target: "AsyncCollection[Any]", copying: Copying, *, exists: bool
) -> Part:
    comparison = copying.comparison(ignore=copying.ignore, files=copying.attachments)
    async for row, record in _rows(source, copying):
        attachment = attachment_from(row.pop("attachment", None)) if copying.attachments else None
        row.pop("attachment", None)
        lists = None if record is None else copying.lists(record)
        comparison.want(row, permissions=lists, attachment=attachment)
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
            yield _row(record), record
