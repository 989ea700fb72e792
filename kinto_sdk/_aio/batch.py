"""The unit of work: many operations, sent together."""

from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from ..flows import attachments as files
from ..flows import batch as unit
from ..flows import objects as flows
from ..flows import permissions as grants
from ..flows.conflicts import OnConflict, saving
from ..flows.jobs import Job
from ..flows.patches import Patch, patching
from ..objects.context import Context
from ..objects.documents import field_names
from ..objects.outcome import Operation, Outcome, RaiseOnError, Tally
from ..objects.permissions import PermissionsInput
from ..objects.state import State
from ..objects.typevars import D
from ..objects.uploads import FileProgress, FileSource, read_upload
from ..protocol.errors import UsageError
from ..protocol.messages import Flow
from ..protocol.principals import Principal
from .navigation import AsyncNavigation
from .port import AsyncPort
from .record import AsyncRecord
from .resource import AsyncResource

if TYPE_CHECKING:
    from ..transport.async_documents import Documents

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T", bound=AsyncResource[Any])

BULK = "a bulk write makes batches of its own; use it through the client"
INSTEAD = {"delete": "use batch.delete(obj)", "refresh": "use batch.load(obj)", "limit_of": BULK}
"""What to do instead of asking, by the name of the flow."""


class AsyncBatchPort:
    """Enlists what changes or reads an object, until the batch ends; from then on the client's port does it."""

    def __init__(self, port: AsyncPort) -> None:
        self.port = port
        self.jobs: list[Job[Any]] = []
        self.state = "new"

    def enlist(self, target: S, flow: Flow[Any]) -> S:
        """Add an operation."""
        if self.state != "open":
            flow.close()
            reason = "has ended; make another one" if self.state == "ended" else "is not open"
            raise UsageError(f"this batch {reason}: with client.batch() as batch: …")
        self.jobs.append(Job(target, flow))
        return target

    async def perform(self, target: S, flow: Flow[Any], /) -> S:
        """Enlist an operation, and return its object as it is before."""
        if self.state == "ended":
            return await self.port.perform(target, flow)
        return self.enlist(target, flow)

    async def ask(self, flow: Flow[R], /) -> R:
        """Refuse: a batch has no answers before its end."""
        if self.state == "ended":
            return await self.port.ask(flow)
        flow.close()
        instead = INSTEAD.get(getattr(flow, "__name__", ""), "ask through the client, or after the batch")
        raise UsageError(f"a batch has no answers before its end: {instead}")

    def each(self, flows: "Documents[Flow[R]]", /, concurrency: int = 1) -> AsyncIterator[R]:
        """Refuse: a bulk write makes batches of its own."""
        if self.state == "ended":
            return self.port.each(flows, concurrency)
        raise UsageError(BULK)


class AsyncBatch(AsyncNavigation):
    """A unit of work: operations enlisted inside its `with` block are sent together when the block ends.

    Enlisting sends nothing and returns the object at once. `batch.save(obj)` and its like take objects of any client
    of the same server, in a dry run of that alone. And `batch.bucket("b").collection("c", Todo).create_record(…)`
    navigates as the client does and enlists what would be sent. What needs an answer (`exists()`, `count()`, iterating
    a list) is a UsageError.

    Bodies are taken when they are sent, so edits made after enlisting go along. An exception in the block discards
    everything. On leaving the block the operations go in chunks, each one `POST /batch` (or more, when an operation
    takes several requests) of at most the server's `batch_max_requests`; then every object holds its new state, and
    `results()` tells what became of each operation. Objects made through the batch go on working with the client.

    A chunk is not a transaction: what the server refuses (4xx) is left out and the rest is kept. When the server fails
    (5xx) or can't be reached, chunks that were sent stay, and what follows is not sent.

    Raises:
        BatchError: on leaving the block, when operations failed: one error for each.
    """

    def __init__(self, port: AsyncPort, context: Context, *, raise_on_error: RaiseOnError = True) -> None:
        self._desk: AsyncBatchPort = AsyncBatchPort(port)
        self._tally = Tally(raise_on_error)
        super().__init__(self._desk, context)

    # ---- enlisting ----

    def save(
        self,
        resource: T,
        *,
        safe: bool = True,
        if_match: int | str | None = None,
        on_conflict: OnConflict[Any] | None = None,
    ) -> T:
        """Enlist `resource.save()`: it creates the object, or sends what changed, or nothing when nothing did."""
        self._accept(resource)
        return self._desk.enlist(resource, saving(resource, on_conflict, safe=safe, if_match=if_match))

    @overload
    def replace(
        self,
        resource: AsyncRecord[D],
        data: D,
        *,
        permissions: PermissionsInput | None = None,
        safe: bool = True,
        if_match: int | str | None = None,
    ) -> AsyncRecord[D]: ...

    @overload
    def replace(
        self,
        resource: T,
        data: dict[str, Any],
        *,
        permissions: PermissionsInput | None = None,
        safe: bool = True,
        if_match: int | str | None = None,
    ) -> T: ...

    def replace(
        self,
        resource: AsyncResource[Any],
        data: Any,
        *,
        permissions: PermissionsInput | None = None,
        safe: bool = True,
        if_match: int | str | None = None,
    ) -> AsyncResource[Any]:
        """Enlist `resource.replace(data)`: the whole document, as it is now, whether or not the object exists."""
        self._accept(resource)
        flow = flows.replacing(resource, data, permissions, safe=safe, if_match=if_match)
        return self._desk.enlist(resource, flow)

    def patch(
        self,
        resource: T,
        patch: Patch,
        *,
        safe: bool = True,
        if_match: int | str | None = None,
        take_write: bool = False,
    ) -> T:
        """Enlist `resource.patch(patch)`. A MergePatch or JSONPatch is sent by itself, in its place in the order."""
        self._accept(resource)
        flow = patching(resource, patch, safe=safe, if_match=if_match, take_write=take_write)
        return self._desk.enlist(resource, flow)

    def grant(self, resource: T, permission: str, *who: Principal) -> T:
        """Enlist `resource.grant(permission, ...)`, which is sent by itself, in its place in the order."""
        self._accept(resource)
        return self._desk.enlist(resource, grants.grant(resource, permission, who))

    def revoke(self, resource: T, permission: str, *who: Principal) -> T:
        """Enlist `resource.revoke(permission, ...)`, which is sent by itself, in its place in the order."""
        self._accept(resource)
        return self._desk.enlist(resource, grants.revoke(resource, permission, who))

    def delete(
        self, resource: T, *, safe: bool = True, if_match: int | str | None = None, if_exists: bool = False
    ) -> T:
        """Enlist `resource.delete()`. With `if_exists=True` it succeeds for an object that is not there."""
        self._accept(resource)
        return self._desk.enlist(resource, flows.delete(resource, safe=safe, if_match=if_match, if_exists=if_exists))

    def load(self, resource: T, *, fields: Sequence[str] | None = None) -> T:
        """Enlist `resource.load()`: the object is read when its turn comes, and its unsaved edits are dropped."""
        self._accept(resource)
        return self._desk.enlist(resource, flows.load(resource, fields=None if fields is None else field_names(fields)))

    def add_attachment(
        self,
        record: AsyncRecord[D],
        source: FileSource,
        *,
        filename: str | None = None,
        mimetype: str | None = None,
        data: D | Mapping[str, Any] | None = None,
        permissions: PermissionsInput | None = None,
        on_progress: FileProgress | None = None,
    ) -> AsyncRecord[D]:
        """Enlist `record.add_attachment(source)`. A file is sent by itself, in its place; it is read then."""
        self._accept(record)
        upload = read_upload(source, filename=filename, mimetype=mimetype, on_progress=on_progress)
        return self._desk.enlist(record, files.adding(record, upload, data, permissions))

    def _accept(self, resource: Any) -> None:
        """Refuse what is no object of the batch's server, or of its dry run."""
        given: object = resource  # looked at by itself, or type checkers take the resource for a State of nothing known
        if not isinstance(given, State):
            raise UsageError(f"a batch takes buckets, collections, groups, records and accounts, not {resource!r}")
        self._context.accept(resource)

    # ---- looking ----

    def __len__(self) -> int:
        """How many operations are enlisted."""
        return len(self._desk.jobs)

    def __bool__(self) -> bool:
        return True

    def plan(self) -> list[list[Operation[AsyncResource[Any]]]]:
        """The chunks in which the operations would go now. Sends nothing and plans nothing.

        A chunk ends when it is full (the server's `batch_max_requests`; 25 while the client has not read the server's
        settings), before an operation that has to be sent by itself, and before one on an object that it holds already
        or whose parent it deletes. It may end earlier for the size of its body (1 MB). An operation that turns out to
        have nothing to send takes no place.

        Raises:
            UsageError: the batch has ended.
        """
        if self._desk.state == "ended":
            raise UsageError("this batch has ended: results() tells what became of it")
        return unit.plan(self._desk.jobs, self._context)

    def results(self) -> list[Outcome[AsyncResource[Any]]]:
        """What became of each operation, in the order of enlisting.

        Raises:
            UsageError: the batch has not ended.
        """
        if self._desk.state != "ended":
            raise UsageError("this batch has not ended: results() come after its with block")
        return [job.outcome() for job in self._desk.jobs]

    # ---- the block ----

    async def __aenter__(self) -> Self:
        if self._desk.state != "new":
            raise UsageError("a batch is for one with block; make another one with client.batch()")
        self._desk.state = "open"
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._desk.state = "ended"
        jobs = self._desk.jobs
        if exc_type is not None:
            unit.discard(jobs, f"the block of the batch raised {exc_type.__name__}")
            return
        try:
            if jobs:
                await self._desk.port.ask(unit.run(jobs, self._context))
        finally:
            unit.discard(jobs, "the batch was interrupted")
        self._tally.add(job.error for job in jobs)
        error = self._tally.error()
        if error is not None:
            raise error

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} operations, {self._desk.state}>"
