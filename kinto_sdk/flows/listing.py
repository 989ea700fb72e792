"""A page of a list, and where the next one is."""

from urllib.parse import urlsplit

import attrs

from ..protocol.errors import UnreadableResponseError, error_from
from ..protocol.jsontypes import JSONObject, is_list
from ..protocol.messages import Flow, Request, Response, parse_etag


@attrs.frozen
class Rows:
    """One page as it came."""

    rows: list[JSONObject]
    next_path: str | None
    """The path and query of the next page, on our own server; None on the last page."""
    last_modified: int | None
    """The version of the whole list, in milliseconds."""


def page(path: str, *, headers: dict[str, str] | None = None) -> Flow[Rows]:
    """GET one page of a list. `path` carries the query string."""
    request = Request("GET", path, headers=headers or {}, repeatable=True)
    response = yield request
    if not response.ok:
        raise error_from(response)
    rows = response.object().get("data")
    if not is_list(rows):
        raise UnreadableResponseError(f"GET {path}: the answer has no list in it; check the server URL")
    return Rows(rows, next_path(request, response), response.etag)


def next_path(request: Request, response: Response) -> str | None:
    """Where the list goes on.

    The server builds `Next-Page` from the Host header, which behind a proxy names another host or scheme, so only its
    query string is kept, on the path that was asked: a token never leaves for another host.
    """
    link = response.headers.get("next-page")
    if not link:
        return None
    return f"{request.path.split('?', 1)[0]}?{urlsplit(link).query}"


def count(path: str) -> Flow[int]:
    """HEAD a list: how many live objects it has."""
    response = yield Request("HEAD", path, repeatable=True)
    if not response.ok:
        raise error_from(response)
    total = response.headers.get("total-objects")
    if total is None or not total.isdigit():
        raise UnreadableResponseError(f"HEAD {path}: the answer has no Total-Objects; this list can't be counted")
    return int(total)


def timestamp(path: str) -> Flow[int | None]:
    """HEAD a list: its version in milliseconds."""
    response = yield Request("HEAD", path, repeatable=True)
    if not response.ok:
        raise error_from(response)
    return parse_etag(response.headers.get("etag"))
