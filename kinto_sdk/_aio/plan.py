"""Bringing a collection to what is desired: first the plan, then the writes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from ..flows import objects as flows
from ..flows.jobs import Job
from ..objects.difference import Difference, diff, listed
from ..objects.documents import PLAIN
from ..objects.outcome import Outcome, RaiseOnError
from ..objects.state import State
from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject, is_object
from .bulk import Progress, bulk
from .query import AsyncQuery
from .record import AsyncRecord

if TYPE_CHECKING:
    from .collection import AsyncCollection

Desired: TypeAlias = "Iterable[Any] | AsyncQuery[Any] | AsyncCollection[Any]"
"""Documents as dicts or models, records, a query, or a whole collection, which may be on another server."""


@attrs.frozen(eq=False)
class AsyncPlan:
    """The writes that bring a collection to what is desired. Falsy when there is nothing to do; `print(plan)` shows it.

    Making it read the collection; nothing is written before `apply()`.
    """

    collection: "AsyncCollection[dict[str, Any]]"
    """The collection it is for."""
    difference: Difference
    """What is to be created, updated and deleted."""

    def __bool__(self) -> bool:
        return bool(self.difference)

    def __len__(self) -> int:
        return len(self.difference)

    def __str__(self) -> str:
        return f"{self.collection.path}\n{self.difference}"

    async def apply(
        self,
        *,
        max_deletes: int | None = None,
        raise_on_error: RaiseOnError = True,
        on_progress: Progress | None = None,
        concurrency: int = 1,
    ) -> list[Outcome[AsyncRecord[dict[str, Any]]]]:
        """Write it, in batches, and tell what became of each write.

        A create never overwrites, and an update or delete carries the version that the plan saw, so that what was
        changed in between fails with a ConflictError and stays as it is. Sends nothing when there is nothing to do.
        `max_deletes` is a guard: a plan that deletes more is refused as a whole. `on_progress(done, total)` is called
        after each chunk; `concurrency` is how many chunks an AsyncClient has under way at once.

        Raises:
            UsageError: it would delete more than `max_deletes`. Nothing was sent.
            BatchError: some writes failed; the others are done.
        """
        deletes = len(self.difference.deletes)
        if max_deletes is not None and deletes > max_deletes:
            raise UsageError(
                f"the plan deletes {deletes} records, more than max_deletes={max_deletes}; nothing was sent"
            )
        if not self.difference:
            return []
        outcomes = bulk(
            self.collection._port,
            self.collection._context,
            self._jobs(),
            range(len(self.difference)),
            raise_on_error=raise_on_error,
            on_progress=on_progress,
            concurrency=concurrency,
        )
        return [outcome async for outcome in outcomes]

    def _jobs(self) -> "Iterable[Job[AsyncRecord[dict[str, Any]]]]":
        for create in self.difference.creates:
            record = self.collection.new_record(create.document, create.id)
            yield Job(record, flows.create(record))
        for update in self.difference.updates:
            record = AsyncRecord(self.collection, update.id, update.row)
            record.data = update.document
            yield Job(record, flows.save(record))
        for delete in self.difference.deletes:
            record = AsyncRecord(self.collection, delete.id, delete.row)
            yield Job(record, flows.delete(record))


async def plan(
    collection: "AsyncCollection[Any]", desired: Desired, *, key: str, delete: bool, ignore: Iterable[str]
) -> AsyncPlan:
    """Read what is there and what is desired, and compare them."""
    if isinstance(ignore, str):
        raise UsageError(f"ignore={ignore!r} takes a list of fields; write [{ignore!r}]")
    wanted, partial = await _documents(collection, desired)
    plain: AsyncCollection[dict[str, Any]] = collection.bucket.collection(collection.id)
    there = [record.to_dict() async for record in plain.records()]
    return AsyncPlan(plain, diff(there, wanted, key=key, delete=delete, partial=partial, ignore=ignore))


async def _documents(collection: "AsyncCollection[Any]", desired: Desired) -> tuple[list[JSONObject], bool]:
    """The desired documents, and whether they tell of the fields of a model alone."""
    from .collection import AsyncCollection

    source = desired.records() if isinstance(desired, AsyncCollection) else desired
    items = [item async for item in source] if isinstance(source, AsyncQuery) else listed(source)
    partial = False
    documents: list[JSONObject] = []
    for item in items:
        if isinstance(item, State):
            documents.append(item.to_dict())
        elif is_object(item):
            documents.append({**PLAIN.unstructure(item), **({"id": item["id"]} if "id" in item else {})})
        else:
            partial = True
            codec = collection._record_codec
            own_id = codec.declared_id(item)
            documents.append({**codec.unstructure(item), **({"id": own_id} if own_id is not None else {})})
    return documents, partial
