"""Lists: their pages, their counts and versions, and deleting what they hold."""

import re
from collections.abc import Callable

import attrs

from ..protocol.errors import ResponseError, error_from
from ..protocol.jsontypes import JSONObject, is_list, is_object
from ..protocol.messages import Flow, Request, Response, quote_etag
from ..protocol.paths import next_path

_LIMIT = re.compile(r"(?<=[?&]_limit=)\d+")
_MOVED = "the list changed while its pages were read; read it again, or leave consistent() out"
_MISSING = "the collection does not exist, or the server has no such list"
_TOO_LATE = "the server refuses versions more than a day in the future"


@attrs.frozen
class Rows:
    """One page as it came."""

    rows: list[JSONObject]
    next_path: str | None
    """The path and query of the next page, on our own server; None on the last page."""
    last_modified: int | None
    """The version of the whole list, in milliseconds."""


@attrs.define(eq=False)
class Walk:
    """Where somebody stands who reads a list page by page."""

    path: str | None
    """The next page to read, with its query string; None after the last."""
    left: int | None = None
    """How many more rows to give; None for all."""
    consistent: bool = False
    version: int | None = None
    """The version of the list when its first page was read."""

    def page(self) -> Flow[Rows]:
        """GET the next page and step behind it."""
        response = yield from self._get({})
        return self._step(response)

    def page_unless(self, version: int | None) -> Flow[Rows | None]:
        """The first page, as `page()`; None when the list still has this version."""
        response = yield from self._get({} if version is None else {"If-None-Match": quote_etag(version)})
        if response.status == 304:
            self.path = None
            return None
        return self._step(response)

    def _get(self, headers: dict[str, str]) -> Flow[Response]:
        if self.consistent and self.version is not None:
            headers["If-Match"] = quote_etag(self.version)
        return (yield Request("GET", self.path or "", headers=headers, repeatable=True))

    def _step(self, response: Response) -> Rows:
        found = _page(response)
        if self.version is None:
            self.version = found.last_modified
        self.path = found.next_path
        if self.left is not None:
            found = attrs.evolve(found, rows=found.rows[: self.left])
            self.left -= len(found.rows)
            self.path = None if self.left == 0 or self.path is None else at_most(self.left, self.path)
        return found


def page(path: str) -> Flow[Rows]:
    """GET one page of a list. `path` carries the query string."""
    response = yield Request("GET", path, repeatable=True)
    return _page(response)


def at_most(rows: int, path: str) -> str:
    """The same page with no more rows than are still wanted."""
    return _LIMIT.sub(lambda found: str(min(rows, int(found[0]))), path)


def count(path: str) -> Flow[int]:
    """HEAD a list: how many live objects it has."""
    response = yield Request("HEAD", path, repeatable=True)
    if not response.ok:
        raise refusal(response)
    total = response.headers.get("total-objects")
    if total is None or not (total.isascii() and total.isdigit()):
        raise response.unreadable("has no Total-Objects, so that this list can't be counted")
    return int(total)


def timestamp(path: str) -> Flow[int]:
    """HEAD a list, past every cache: its version in milliseconds."""
    response = yield Request("HEAD", path, headers={"Cache-Control": "no-cache"}, repeatable=True)
    if not response.ok:
        raise refusal(response)
    if response.etag is None:
        raise response.unreadable("has no version")
    return response.etag


def delete(
    path: str,
    limit: int | None = None,
    *,
    ordered: bool = False,
    on_progress: Callable[[int, int | None], object] | None = None,
) -> Flow[int]:
    """DELETE what a list selects, page by page; how many objects that were.

    `ordered`: the path asks for an order. The link to the next page names the last object by what has become of it, a
    tombstone of this moment. In the default order everything that is left comes after that; in any other, objects
    would be skipped, so the first page of what is left is asked for instead.
    """
    deleted, target = 0, path
    while True:
        left = None if limit is None else limit - deleted
        # With a limit, a second attempt could delete more than was asked for.
        request = Request("DELETE", target if left is None else at_most(left, target), repeatable=limit is None)
        response = yield request
        if target is not path and _is_spent_link(response):
            target = path
            continue
        found = len(_rows(response))
        deleted += found
        if on_progress is not None:
            on_progress(deleted, limit)
        following = next_path(request, response)
        if not found or following is None or deleted == limit:
            return deleted
        target = path if ordered else following


def _is_spent_link(response: Response) -> bool:
    """Whether a link works no more: each does once, and the answer to that may have been lost."""
    return response.status == 400 and "_token" in error_from(response).message


def refusal(response: Response) -> ResponseError:
    """Why a list was refused."""
    if response.status == 412:
        return error_from(response, advice=_MOVED)
    if response.status == 404 and not response.content:
        # A HEAD says nothing else.
        return error_from(response, advice=_MISSING)
    error = error_from(response)
    if response.status == 400 and re.search(r"for (_since|_before|_to|(\w+_)?last_modified)$", error.message):
        return error_from(response, advice=_TOO_LATE)
    return error


def _page(response: Response) -> Rows:
    return Rows(_rows(response), next_path(response.request, response), response.etag)


def _rows(response: Response) -> list[JSONObject]:
    if not response.ok:
        raise refusal(response)
    rows = response.object().get("data")
    if not is_list(rows):
        raise response.unreadable("has no list in it")
    # What the caller may do on the server as a whole has no id.
    whole_server = response.request.path.startswith("/permissions?") and all(map(is_object, rows))
    if not whole_server and not all_have("id", str, rows):
        raise response.unreadable("has something in its list that is no object with an id")
    return rows


def all_have(name: str, kind: type[object], rows: list[JSONObject]) -> bool:
    """Whether all rows are objects that have this field, of this type."""
    try:
        return {type(row[name]) for row in rows} <= {kind}
    except (KeyError, TypeError):
        return False
