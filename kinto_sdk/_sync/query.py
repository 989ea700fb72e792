# Generated from kinto_sdk/_aio/query.py by tools/unasync.py. Edit that file, then run `make generate`.
"""A list of objects, read lazily."""

from collections.abc import Iterator, Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, overload

import attrs

from ..flows import listing as flows
from ..objects.query import QueryBase
from ..objects.rows import Page, Records
from ..objects.state import State
from ..protocol.arguments import check_progress
from ..protocol.errors import NotOneError, UsageError
from ..protocol.filters import Field
from ..protocol.jsontypes import JSONObject
from ..protocol.timestamps import to_version
from ..transport.sync_waiting import Ahead, Pages, streamed
from .bulk import Progress
from .port import Port

if TYPE_CHECKING:
    from ..objects.misfit import Misfit
    from .record import Record

T = TypeVar("T")


@attrs.frozen(kw_only=True, repr=False)
class Query(QueryBase[T], Generic[T]):
    """A lazy, immutable list: nothing is sent until it is iterated, and it can be iterated again.

    Iterating streams every page, holding one in memory at a time. Each page is a GET of its own, so the connection is
    free between two items and the list may be left early. Reading raises:

    - NotFoundError: the collection whose records are asked for does not exist.
    - PermissionDeniedError: the caller may not read the list, or the bucket does not exist: the server does not tell
      the two apart.
    - InvalidRequestError: the server refuses a condition, such as a `since()` more than a day in the future.
    """

    _port: Port = attrs.field(alias="port")
    """Queries through two clients are never equal: each may see something else."""
    _make: Callable[[JSONObject], T] = attrs.field(alias="make", eq=False)
    _for_parts: Callable[[], Callable[[JSONObject], Any]] | None = attrs.field(
        default=None, alias="for_parts", eq=False
    )
    """Tells what makes an item of some of its fields; None: `_make` does."""
    _versioned: bool = attrs.field(default=True, alias="versioned")
    """The list has a version, and what it lists can be deleted. What the caller may do has none."""
    _ahead: bool = attrs.field(default=False, alias="ahead")
    _lenient: bool = attrs.field(default=False, alias="lenient")
    _misfits: "list[Misfit[T]]" = attrs.field(init=False, factory=list["Misfit[T]"], eq=False)

    # ---- items ----

    def __iter__(self) -> Iterator[T]:
        return streamed(self._read_ahead() if self._ahead else self._read(), self._items)

    def _read(self) -> Pages[JSONObject]:
        walk = self._walk()
        while walk.path is not None:
            yield (self._port.ask(walk.page())).rows

    def _read_ahead(self) -> Pages[JSONObject]:
        walk = self._walk()
        ahead = Ahead[flows.Rows](lambda: self._port.ask(walk.page()))
        try:
            more = True
            while more:
                found = ahead.answer()
                more = walk.path is not None
                if more:
                    ahead.begin()
                yield found.rows
        finally:
            ahead.drop()

    def pages(self) -> Iterator[Page[T]]:
        """The items page by page: `Page(items, etag, last_modified)`, each a GET. An empty list is one empty page."""
        walk = self._walk()
        while walk.path is not None:
            found = self._port.ask(walk.page())
            yield Page(list(self._items(found.rows)), found.last_modified)

    @overload
    def all(self, *, if_changed_since: None = None) -> Records[T]: ...

    @overload
    def all(self, *, if_changed_since: int | str | None) -> Records[T] | None: ...

    def all(self, *, if_changed_since: int | str | None = None) -> Records[T] | None:
        """Every item, in a list that has `.etag`, `.last_modified` and `.by_id`.

        `if_changed_since` is the `.etag` (or milliseconds) of an earlier list: when nothing in the whole list changed
        since, filters apart, it returns None, at the price of one request without a body (`If-None-Match`). An empty
        list is never None.
        """
        known = None if if_changed_since is None else to_version(if_changed_since, "all(if_changed_since=...)")
        if known is not None:
            self._need_version("all(if_changed_since=...)")
        walk = self._walk()
        found = self._port.ask(walk.page_unless(known))
        if found is None:
            return None
        items = list(self._items(found.rows))
        while walk.path is not None:
            items.extend(self._items((self._port.ask(walk.page())).rows))
        return Records(items, walk.version if self._versioned else None)

    def first(self) -> T | None:
        """The first item in the query's order, None when there is none. One GET.

        Of a `lenient()` query the first one that fits, which takes whole pages.
        """
        for item in self if self._lenient else self.limit(1):
            return item
        return None

    def one(self) -> T:
        """The only item. One GET. One that does not fit counts, also in a `lenient()` query.

        Raises:
            NotOneError: there is none, or more than one.
        """
        found = attrs.evolve(self.limit(2), lenient=False).all()
        if len(found) != 1:
            raise NotOneError(f"{self!r} finds {'several items' if found else 'none'}, one() wants exactly one")
        return found[0]

    # ---- about the list ----

    def count(self) -> int:
        """How many objects it selects, within `limit()`. One HEAD, no object is sent.

        The memory backend does not count objects whose own data says `deleted: true`.

        Raises:
            UsageError: of a history, which the server does not count.
        """
        counted = self._port.ask(flows.count(self._url))
        return counted if self._limit is None else min(counted, self._limit)

    def exists(self) -> bool:
        """Whether it selects anything. One GET of one object's id."""
        probe = attrs.evolve(self, limit=1, only=("id",), order=())
        found = self._port.ask(probe._walk().page())
        return bool(found.rows)

    def timestamp(self) -> int:
        """The version of the whole list in milliseconds, filters apart: of its last change, deletions included.

        One HEAD, past every cache.
        """
        self._need_version("timestamp()")
        return self._port.ask(flows.timestamp(self.path))

    def delete(self, *, everything: bool = False, on_progress: Progress | None = None) -> int:
        """Delete all it selects, and return how many objects that were: a DELETE of the list per page.

        Only objects that the caller may write are deleted. With a `limit()`, `order_by()` says which go; `only()` does
        not matter. A request whose answer is lost is sent again, unless there is a `limit()`; what the lost attempt
        deleted is then missing from the count.

        Args:
            everything: delete the whole list when the query has no condition.
            on_progress: called after each page with how many were deleted so far, and the `limit()` (or None).

        Raises:
            UsageError: the query has no condition and `everything` is not True, or it is `consistent()`.
            PermissionDeniedError: the caller may write none of the objects.
        """
        self._need_version("delete()")
        check_progress(on_progress)
        if everything is not True and not self.is_filtered:
            raise UsageError(
                f"{self!r} has no condition: delete() would empty {self.path}; add where(...), or pass everything=True"
            )
        if self._consistent:
            raise UsageError("delete() changes the list it reads, so it can't be consistent(); leave that out")
        order = () if self._limit is None else self._order
        url = attrs.evolve(self, only=(), order=order)._url
        deleting = flows.delete(url, self._limit, ordered=bool(order), on_progress=on_progress)
        return self._port.ask(deleting)

    # ---- building ----

    def prefetch(self) -> Self:
        """Fetch the next page while the items of the current one are used: faster, for two pages in memory."""
        return attrs.evolve(self, ahead=True)

    def lenient(self) -> Self:
        """Leave out what does not fit its model, and keep it in `misfits`: one bad record does not stop a job.

        Each item is read into its model as it comes, so that its data raises no ModelError. `limit()` counts the
        misfits too. For iterating, `all()`, `pages()` and `first()`.
        """
        return attrs.evolve(self, lenient=True)

    @property
    def misfits(self) -> "list[Misfit[T]]":
        """What was left out in the last reading of this very query, as far as that went: `Misfit(item, error)`.

        Raises:
            UsageError: the query is not `lenient()`, and leaves nothing out.
        """
        if not self._lenient:
            raise UsageError("misfits are what a lenient() query leaves out; this one raises ModelError")
        return list(self._misfits)

    def consistent(self) -> Self:
        """Have every page come from one state of the list: later pages are read with `If-Match`.

        When the list changes meanwhile, reading on raises `ConflictError`. Without it, objects that change while
        the pages are read are missed.
        """
        self._need_version("consistent()")
        return attrs.evolve(self, consistent=True)

    @overload
    def only(
        self: "Query[Record[Any]]", *names: str | Field
    ) -> "Query[Record[dict[str, Any]]]": ...

    @overload
    def only(self, *names: str | Field) -> Self: ...

    def only(self, *names: str | Field) -> "Query[Any]":
        """Read these fields alone, with `id` and `last_modified`; dots reach into sub-objects.

        The objects are partial, and records hold a dict whatever the collection's model: editing and saving sends the
        fields that changed; what would need the whole document, or the whole of a field, raises NotLoadedError.

        Raises:
            UsageError: no name, one with a comma in it, or one that this list does not have.
        """
        query = cast("Query[Any]", super().only(*names))
        make = self._make if self._for_parts is None else self._for_parts()
        return attrs.evolve(query, make=marked(make, query._only))

    @property
    def _url(self) -> str:
        return f"{self.path}?{self.query_string}"

    def _items(self, rows: Iterable[JSONObject]) -> Iterable[T]:
        items = map(self._make, rows)
        if not self._lenient or self._only:
            return items
        from ..objects.misfit import fitting

        return fitting(items, self._misfits)

    def _walk(self) -> flows.Walk:
        self._misfits.clear()
        return flows.Walk(self._url, left=self._limit, consistent=self._consistent)

    def _need_version(self, call: str) -> None:
        if not self._versioned:
            raise UsageError(f"{call}: what the caller may do is no list of objects, and has no version")


def marked(make: Callable[[JSONObject], Any], names: tuple[str, ...]) -> Callable[[JSONObject], Any]:
    """The items with a mark that they have these of their fields only."""

    def made(row: JSONObject) -> Any:
        item = make(row)
        if isinstance(item, State):
            item._partial = names
        return cast("Any", item)

    return made
