"""Bringing collections and buckets to what is desired: first the plan, then the writes."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, cast

import attrs

from ..flows import attachments as files
from ..flows import objects as flows
from ..flows.conflicts import planned
from ..flows.jobs import Job
from ..objects.applied import Applied
from ..objects.difference import Difference, PlannedCreate, PlannedDelete, PlannedFile, PlannedUpdate
from ..objects.outcome import Outcome, RaiseOnError, Tally
from ..objects.uploads import read_upload
from ..protocol.arguments import check_progress
from ..protocol.errors import KintoError, UsageError
from ..protocol.ids import draw_id
from ..protocol.jsontypes import JSONObject
from .bulk import Progress, bulk
from .navigation import AsyncNavigation
from .record import AsyncRecord
from .resource import AsyncResource

if TYPE_CHECKING:
    from .collection import AsyncCollection

_Job: TypeAlias = Job[AsyncResource[Any]]


@attrs.frozen(eq=False)
class Part:
    """What is to be done to one list of objects."""

    path: str
    """The path of the list."""
    order: int
    """Buckets are written before what is in them, and so on; in the reverse order they are deleted."""
    difference: Difference
    make: Callable[[str, JSONObject | None], AsyncResource[Any]]
    """Makes the object with an id, and what is known of it."""
    source: "AsyncCollection[Any] | None" = None
    """Where the files are."""


def records_part(
    target: "AsyncCollection[Any]", difference: Difference, source: "AsyncCollection[Any] | None" = None
) -> Part:
    """What is to be done to the records of a collection."""

    def record(id: str, row: JSONObject | None) -> AsyncRecord[Any]:  # noqa: A002  # as everywhere
        return AsyncRecord(target, id, row)

    return Part(target._records_path, RECORD, difference, record, source)


BUCKET, CHILD, RECORD, PARENT_GONE = range(4)
"""The stages of a plan: each one begins when the one before has ended."""


@attrs.frozen(eq=False, repr=False)
class AsyncPlan:
    """The writes that bring what is there to what is desired. Falsy when there are none; `print(plan)` shows them.

    Making it has read both sides. Nothing is written before `apply()`.
    """

    _client: AsyncNavigation = attrs.field(alias="client")
    _parts: tuple[Part, ...] = attrs.field(alias="parts")

    @property
    def differences(self) -> Mapping[str, Difference]:
        """What is to be done to each list of objects, by its server path: `/buckets/blog/groups`."""
        return {part.path: part.difference for part in self._parts}

    @property
    def creates(self) -> tuple[PlannedCreate, ...]:
        """The objects to make."""
        return tuple(chain.from_iterable(part.difference.creates for part in self._parts))

    @property
    def updates(self) -> tuple[PlannedUpdate, ...]:
        """The objects to change."""
        return tuple(chain.from_iterable(part.difference.updates for part in self._parts))

    @property
    def deletes(self) -> tuple[PlannedDelete, ...]:
        """The objects to delete."""
        return tuple(chain.from_iterable(part.difference.deletes for part in self._parts))

    @property
    def files(self) -> tuple[PlannedFile, ...]:
        """The files to copy."""
        return tuple(chain.from_iterable(part.difference.files for part in self._parts))

    @property
    def unchanged(self) -> int:
        """How many objects are as desired."""
        return sum(part.difference.unchanged for part in self._parts)

    def __bool__(self) -> bool:
        return any(part.difference for part in self._parts)

    def __len__(self) -> int:
        return sum(len(part.difference) for part in self._parts)

    def __str__(self) -> str:
        from ..objects.difference_text import plan_text

        return plan_text(self.differences)

    def __repr__(self) -> str:
        from ..objects.difference_text import summary

        return f"<{type(self).__name__}: {summary(list(self.differences.values()))}>"

    async def apply(
        self,
        *,
        max_deletes: int | None = None,
        raise_on_error: RaiseOnError = True,
        on_progress: Progress | None = None,
        concurrency: int = 1,
    ) -> Applied:
        """Write it, in batches, and tell how many objects were created, updated and deleted.

        A create never overwrites, and an update or delete carries the version that the plan saw: what was changed in
        between fails with an AlreadyExistsError or ConflictError, and stays as it is. (Files have no such protection:
        the server ignores it. Nor have records added to a collection that is deleted.) Sends nothing when there is
        nothing to do.

        `max_deletes` is a guard: a plan that deletes more objects, records of deleted collections included, is
        refused as a whole. `on_progress(done, total)` is called after each chunk. `concurrency` is how many chunks the
        async client has under way at once. `raise_on_error`: as for `client.batch()`; what was tolerated is in the
        result's `failed`.

        A bucket is written before what is in it, and collections and groups are deleted last. When one of these steps
        fails, those after it are not begun.

        Raises:
            UsageError: it would delete more than `max_deletes`. Nothing was sent.
            BatchError: some writes failed; the others of that step were done.
        """
        self._guard(max_deletes)
        check_progress(on_progress)
        done_of = Counter[str]()
        failed: list[Outcome[Any]] = []
        done = 0
        for stage in (BUCKET, CHILD, RECORD, PARENT_GONE):
            writes = list(self._writes(stage))
            size = sum(count for _, count, _ in writes)
            kinds = chain.from_iterable(repeat(kind, count) for kind, count, _ in writes)
            if size:
                outcomes = bulk(
                    self._client._port,
                    self._client._context,
                    chain.from_iterable(jobs for _, _, jobs in writes),
                    range(size),
                    raise_on_error=raise_on_error,
                    on_progress=self._progress(on_progress, done),
                    concurrency=concurrency,
                )
                async for outcome in outcomes:
                    done_of[next(kinds)] += outcome.ok
                    if not outcome.ok:
                        failed.append(outcome)
                done += size
            if stage == RECORD:
                tally = Tally(raise_on_error)
                async for outcome in self._copy_files({each.resource.path for each in failed}):
                    tally.add([outcome.error])
                    done_of["files"] += outcome.ok
                    if not outcome.ok:
                        failed.append(outcome)
                    done += 1
                    if on_progress is not None:
                        on_progress(done, len(self))
                error = tally.error()
                if error is not None:
                    raise error
        return Applied(
            done_of["created"], done_of["updated"], done_of["deleted"], done_of["files"], failed=tuple(failed)
        )

    def _guard(self, max_deletes: int | None) -> None:
        if max_deletes is None:
            return
        if type(max_deletes) is not int or max_deletes < 0:
            raise UsageError(f"max_deletes={max_deletes!r} is a whole number, or None for any number")
        deletes = sum(1 + each.contains for each in self.deletes)
        if deletes > max_deletes:
            raise UsageError(
                f"the plan deletes {deletes} objects, more than max_deletes={max_deletes}; nothing was sent"
            )

    def _progress(self, on_progress: Progress | None, before: int) -> Progress | None:
        if on_progress is None:
            return None
        return lambda done, _: on_progress(before + done, len(self))

    def _writes(self, stage: int) -> Iterable[tuple[str, int, Iterable[_Job]]]:
        for part in self._parts:
            if part.order == stage:
                yield "created", len(part.difference.creates), _creating(part)
                yield "updated", len(part.difference.updates), _updating(part)
            if stage == (RECORD if part.order == RECORD else PARENT_GONE):
                yield "deleted", len(part.difference.deletes), _deleting(part)

    async def _copy_files(self, failed: set[str]) -> AsyncIterator[Outcome[Any]]:
        for part in self._parts:
            for file in part.difference.files:
                record = part.make(file.id, None)
                assert isinstance(record, AsyncRecord)
                if record.path in failed:
                    continue
                try:
                    await _copy_file(file, record, part.source)
                except (KintoError, OSError) as error:
                    yield Outcome("failed", record, error)
                else:
                    yield Outcome("succeeded", record)


def _creating(part: Part) -> Iterable[_Job]:
    for create in part.difference.creates:
        made = part.make(draw_id("record") if create.id is None else create.id, None)
        made._fill(create.document, create.permissions)
        yield Job(made, planned(flows.create(made)))


def _updating(part: Part) -> Iterable[_Job]:
    for update in part.difference.updates:
        assert update.id is not None
        metadata = {"id": update.id, "last_modified": update.last_modified}
        there = part.make(update.id, {**update.before, **metadata})
        there._acl = update.permissions_before
        update._edit(there)
        yield Job(there, planned(flows.save(there)))


def _deleting(part: Part) -> Iterable[_Job]:
    for delete in part.difference.deletes:
        assert delete.id is not None
        there = part.make(delete.id, {"id": delete.id, "last_modified": delete.last_modified})
        yield Job(there, planned(flows.delete(there)))


async def _copy_file(file: PlannedFile, record: AsyncRecord[Any], source: "AsyncCollection[Any] | None") -> None:
    attachment = file.attachment
    if attachment is None or source is None:
        await record.remove_attachment()
        return
    origin: AsyncRecord[Any] = AsyncRecord(source, file.id, {"id": file.id, "attachment": attrs.asdict(attachment)})
    async with origin.open_attachment() as content:
        upload = read_upload(cast("BinaryIO", content), filename=attachment.filename, mimetype=attachment.mimetype)
        await record._port.perform(record, files.adding(record, upload))
