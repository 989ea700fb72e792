"""The review of a collection before it is signed and published (Remote Settings)."""

from typing import TYPE_CHECKING, Any, Generic, Self

from ..flows import review as flows
from ..objects.review import PendingChanges, PendingUpdate, ReviewState
from ..objects.typevars import D
from ..protocol.messages import Flow
from ..protocol.paths import ObjectPath
from ..protocol.review import TO_RESIGN, TO_REVIEW, TO_ROLLBACK, TO_SIGN, WORK_IN_PROGRESS
from .record import AsyncRecord

if TYPE_CHECKING:
    from .collection import AsyncCollection


class AsyncReview(ReviewState, Generic[D]):
    """Where the review of a collection stands, and its steps.

    The collection may be the source, the preview or the destination: it is the source's review. A step is a PATCH of
    the source's `status` without a precondition, since the server itself changes the collection at each write of a
    record; then the source is read again, since the server moves on from the status that was sent. The collection
    object it was reached from keeps what it had: `load()` that one to see the new metadata there.

    Reading and steps alike raise:

    - CapabilityMissingError: the server has no reviews (plugin `signer`). Nothing else was sent.
    - UsageError: the server does not review this collection.
    - PermissionDeniedError: the caller may not read the source, or not take this step; the message says who may.
    """

    __slots__ = ("_collection",)

    def __init__(self, collection: "AsyncCollection[D]") -> None:
        super().__init__(collection.bucket.id, collection.id)
        self._collection = collection

    # ---- the three collections ----

    @property
    def source(self) -> "AsyncCollection[D]":
        """The collection that is edited. Raises NotLoadedError."""
        return self._at(self.policy.source)

    @property
    def preview(self) -> "AsyncCollection[D] | None":
        """The signed collection that shows what is under review; None when there is none. Raises NotLoadedError."""
        preview = self.policy.preview
        return None if preview is None else self._at(preview)

    @property
    def destination(self) -> "AsyncCollection[D]":
        """The signed collection that is published. Raises NotLoadedError."""
        return self._at(self.policy.destination)

    def _at(self, place: ObjectPath) -> "AsyncCollection[D]":
        assert place.bucket is not None
        assert place.collection is not None
        bucket: Any = self._collection.bucket._parent.bucket(place.bucket)
        from .collection import AsyncCollection

        collection: AsyncCollection[D] = AsyncCollection(bucket, place.collection, self._collection._form)
        return collection

    # ---- reading ----

    async def load(self) -> Self:
        """Read where the review stands: GET of the source, after the root view the first time. Returns the review.

        Raises:
            NotFoundError: there is no such source collection.
        """
        return await self._perform(flows.load(self._collection._context, self))

    async def pending(self) -> PendingChanges[AsyncRecord[D]]:
        """What publishing the source would change in the destination. Reads all records of both.

        Records are compared by id, without their `last_modified` and `schema`, as the server does.

        Raises:
            NotFoundError: there is no such source collection, or its destination was deleted.
        """
        rows = await self._collection._port.ask(flows.pending(self._collection._context, self))
        proposed, published = self.source._from_row, self.destination._from_row
        return PendingChanges(
            tuple(map(proposed, rows.creates)),
            tuple(PendingUpdate(published(before), proposed(after)) for before, after in rows.updates),
            tuple(map(published, rows.deletes)),
        )

    # ---- steps ----

    async def request(self, message: str | None = None) -> Self:
        """Request a review: the server fills and signs the preview. PATCH of `status: "to-review"`.

        For editors alone. `message` becomes `editor_comment`, which a request without one empties. Requesting again
        publishes nothing anew.
        """
        return await self._step(TO_REVIEW, last_editor_comment=message)

    async def approve(self, message: str | None = None) -> Self:
        """Publish: the server fills and signs preview and destination. PATCH of `status: "to-sign"`.

        For reviewers alone, and not for who requested the review; having edited is no obstacle. Where no review is
        required (`policy.to_review_enabled`) it publishes work in progress. `message` becomes `reviewer_comment`.

        Raises:
            InvalidRequestError: nothing is under review. A write to a record cancels a request.
        """
        return await self._step(TO_SIGN, last_reviewer_comment=message)

    async def decline(self, message: str | None = None) -> Self:
        """Decline, or cancel, the review: PATCH of `status: "work-in-progress"`. For anybody who may write.

        The preview keeps what was under review. `message` becomes `reviewer_comment`.
        """
        return await self._step(WORK_IN_PROGRESS, last_reviewer_comment=message)

    async def rollback(self, message: str | None = None) -> Self:
        """Drop all work in progress: the server makes source and preview like the destination again.

        PATCH of `status: "to-rollback"`. For anybody who may write. The records restored get their old, lower
        versions: a copy that is kept up to date by versions misses them, and must be read in full. `message` is in
        the collection's history alone; both comments are emptied.

        Raises:
            InvalidRequestError: there is no work in progress.
        """
        return await self._step(TO_ROLLBACK, last_editor_comment=message)

    async def resign(self) -> Self:
        """Have preview and destination signed again as they are: PATCH of `status: "to-resign"`.

        For anybody who may write. The status stays, and so do the versions of the records.
        """
        return await self._step(TO_RESIGN)

    async def _step(self, status: str, **comments: str | None) -> Self:
        told = {name: text for name, text in comments.items() if text is not None}
        return await self._perform(flows.step(self._collection._context, self, status, told))

    async def _perform(self, flow: Flow[None]) -> Self:
        return await self._collection._port.perform(self, flow)

    def __repr__(self) -> str:
        standing = "not loaded" if self._metadata is None else self.status
        return f"<{type(self).__name__} {self.path} ({standing})>"
