"""What is remembered of a collection's review."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import attrs

from ..protocol.errors import NotLoadedError
from ..protocol.review import ReviewEvent, ReviewPolicy

R = TypeVar("R")


@attrs.frozen
class PendingUpdate(Generic[R]):
    """A record that publishing would change."""

    published: R
    """The record as it is in the destination."""
    proposed: R
    """The record as it is in the source."""


@attrs.frozen
class PendingChanges(Generic[R]):
    """What publishing the source would change in the destination. Falsy when that is nothing."""

    creates: tuple[R, ...]
    """The records that only the source has."""
    updates: tuple[PendingUpdate[R], ...]
    """The records that differ, whatever their `last_modified` and `schema`, which publishing does not compare."""
    deletes: tuple[R, ...]
    """The records that only the destination has, as they are there."""

    def __bool__(self) -> bool:
        return bool(self.creates or self.updates or self.deletes)


class ReviewState:
    """The memory of one review: the policy, and the source's metadata as last read."""

    __slots__ = ("_ids", "_metadata", "_policy")

    def __init__(self, bucket: str, collection: str) -> None:
        self._ids = bucket, collection
        self._policy: ReviewPolicy | None = None
        self._metadata: Mapping[str, Any] | None = None

    @property
    def path(self) -> str:
        """The server path of the collection whose review this is."""
        bucket, collection = self._ids
        return f"/buckets/{bucket}/collections/{collection}"

    @property
    def policy(self) -> ReviewPolicy:
        """What the server asks for before it publishes: who must approve, and the groups of who may.

        Raises:
            NotLoadedError: nothing was read yet; it never reads by itself.
        """
        if self._policy is None:
            raise self._not_loaded()
        return self._policy

    @property
    def status(self) -> str | None:
        """How far the review is: `"work-in-progress"`, `"to-review"` or `"signed"`.

        Any write to a record makes it `"work-in-progress"`, which cancels a request for review. None for a collection
        older than the review itself.

        Raises:
            NotLoadedError: nothing was read yet; it never reads by itself.
        """
        status: str | None = self._read("status")
        return status

    @property
    def last_edit(self) -> ReviewEvent | None:
        """Who last wrote or deleted a record, or rolled back. None when nobody did. Raises NotLoadedError."""
        return self._event("last_edit")

    @property
    def last_request(self) -> ReviewEvent | None:
        """Who last requested a review. None when nobody did. Raises NotLoadedError."""
        return self._event("last_review_request")

    @property
    def last_review(self) -> ReviewEvent | None:
        """Who last approved: a decline does not count. None when nobody did. Raises NotLoadedError."""
        return self._event("last_review")

    @property
    def last_signature(self) -> ReviewEvent | None:
        """Who last had the destination signed: by creating, approving or signing again. Raises NotLoadedError."""
        return self._event("last_signature")

    @property
    def editor_comment(self) -> str:
        """What was said with the last request; empty when nothing was. Raises NotLoadedError."""
        return self._read("last_editor_comment") or ""

    @property
    def reviewer_comment(self) -> str:
        """What was said with the last decline or approval; kept until the next comment. Raises NotLoadedError."""
        return self._read("last_reviewer_comment") or ""

    def _read(self, field: str) -> Any:
        if self._metadata is None:
            raise self._not_loaded()
        return self._metadata.get(field)

    def _event(self, name: str) -> ReviewEvent | None:
        by, date = self._read(f"{name}_by"), self._read(f"{name}_date")
        if not by or not date:
            return None
        # The server always writes an offset; one set by other means may lack it.
        at = datetime.fromisoformat(date)
        return ReviewEvent(by, at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))

    def _not_loaded(self) -> NotLoadedError:
        return NotLoadedError(f"the review of {self.path} has not been loaded; call review.load() first")
