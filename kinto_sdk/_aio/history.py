"""The history of an object and of what is below it."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, cast

import attrs

from ..objects.documents import PLAIN, Codec
from ..objects.form import UNTYPED, Form
from ..objects.history import FIELDS, Diff, Entry
from ..objects.typevars import D
from ..protocol.criteria import Condition
from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject
from .port import AsyncRequiring
from .query import AsyncQuery

if TYPE_CHECKING:
    from .bucket import AsyncBucket
    from .collection import AsyncCollection
    from .group import AsyncGroup
    from .navigation import AsyncNavigation
    from .record import AsyncRecord


class AsyncHistoryEntry(Entry[D], Generic[D]):
    """One change: who did what and when, and the object as it was afterwards."""

    __slots__ = ("_form", "_navigation")

    def __init__(self, navigation: "AsyncNavigation", row: JSONObject, codec: Codec[D], form: Form[Any]) -> None:
        super().__init__(row, codec)
        self._navigation = navigation
        self._form = form

    @property
    def resource(self) -> "AsyncBucket | AsyncGroup | AsyncCollection[Any] | AsyncRecord[Any]":
        """A handle on the object, by its `uri`. Sends nothing."""
        # Never an account: they have no history.
        return cast(
            "AsyncBucket | AsyncGroup | AsyncCollection[Any] | AsyncRecord[Any]",
            self._navigation._at(self.uri, self._form),
        )


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AsyncHistory(AsyncQuery[AsyncHistoryEntry[D]], Generic[D]):
    """The history of an object and of everything below it, newest first, as a lazy query.

    It can be filtered by `user_id`, `action`, `resource_name`, `date`, `uri`, the ids (`collection_id`, `record_id`,
    `group_id`) and what was written (`F.target.data.title == "x"`); `since()` and `before()` bound the time of the
    change. `delete()` purges the entries it selects; that needs the right to write the bucket.

    Readers of the bucket see all of it, others the entries about objects that they could read at the time.
    The history of a bucket goes when the bucket is deleted, and the operator may have it trimmed.
    """

    _own: tuple[Condition, ...] = attrs.field(default=(), alias="own")
    """What leaves only the object itself."""
    _single: bool = attrs.field(default=False, alias="single")
    """All entries are about one object."""

    def own(self) -> Self:
        """The entries about the object itself, without those about what is below it."""
        return attrs.evolve(self, scope=(*self._scope, *self._own), own=(), single=True)

    async def diffs(self) -> AsyncIterator[tuple[AsyncHistoryEntry[D], Diff]]:
        """Each change with what it did, newest first: pairs of the entry and `entry.diff(the one before)`.

        The first entry of all is left out unless it is the creation: what was there before is not known. Conditions
        leave entries out, so that a diff may sum up several changes.

        Raises:
            UsageError: the history is not about one object; write `collection.history().own()`, or ask a record's.
        """
        if not self._single:
            raise UsageError("diffs() compares the versions of one object; write history().own(), or ask a record's")
        later: AsyncHistoryEntry[D] | None = None
        async for entry in attrs.evolve(self, order=()):
            if later is not None:
                yield later, later.diff(entry)
            later = entry
        if later is not None and later.action == "create":
            yield later, later.diff(None)

    async def count(self) -> NoReturn:
        """The server does not count a history.

        Raises:
            UsageError: always.
        """
        raise UsageError("the server does not count a history; write len(await history.only('id').all())")


def history_of(
    bucket: "AsyncBucket",
    *,
    scope: tuple[Condition, ...] = (),
    own: tuple[Condition, ...] = (),
    single: bool = False,
    codec: Codec[Any] = PLAIN,
    form: Form[Any] = UNTYPED,
) -> AsyncHistory[Any]:
    """A part of a bucket's history. Entries are selected by ids: the default bucket's paths hold its real id."""
    navigation, context = bucket._parent, bucket._context

    def make(row: JSONObject) -> AsyncHistoryEntry[Any]:
        return AsyncHistoryEntry(navigation, row, codec if row["resource_name"] == "record" else PLAIN, form)

    return AsyncHistory[Any](
        path=f"{bucket.path}/history",
        port=AsyncRequiring(bucket._port, context, "history", "history()"),
        make=make,
        allowed=FIELDS,
        essential=("action", "resource_name", "uri"),
        scope=scope,
        own=own,
        single=single,
    )
