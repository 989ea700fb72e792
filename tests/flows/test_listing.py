"""Pages of a list."""

import pytest

from kinto_sdk import ConflictError, InvalidRequestError, NotFoundError, UnreadableResponseError
from kinto_sdk.flows import listing
from tests.flows.driving import Answer, row, run


def test_a_page_is_read() -> None:
    """A page has its rows, the version of the list, and no next page when the server names none."""
    ran = run(listing.page("/buckets?_limit=2"), Answer(200, {"data": [row(1)]}, {"etag": '"7"'}))
    assert (ran.request.method, ran.request.path) == ("GET", "/buckets?_limit=2")
    assert ran.request.repeatable
    assert ran.value == listing.Rows([row(1)], None, 7)


def test_the_next_page_stays_on_our_server() -> None:
    """Of the link to the next page only the query is kept, so that a token goes to no other host."""
    link = "http://internal:8888/v1/buckets?_limit=2&_token=abc%3D"
    ran = run(listing.page("/buckets?_limit=2"), Answer(200, {"data": []}, {"next-page": link}))
    assert ran.value.next_path == "/buckets?_limit=2&_token=abc%3D"


def test_a_link_that_is_no_url_is_unreadable() -> None:
    """Where the list goes on can't be told, and that is said."""
    with pytest.raises(UnreadableResponseError, match="a link to the next page"):
        run(listing.page("/buckets?_limit=2"), Answer(200, {"data": []}, {"next-page": "http://[bad"}))


def test_a_page_that_follows_itself_is_unreadable() -> None:
    """A cache between us and the server may answer with the same page again and again."""
    path = "/buckets?_limit=2&_token=abc"
    with pytest.raises(UnreadableResponseError, match="never end"):
        run(listing.page(path), Answer(200, {"data": []}, {"next-page": f"http://server/v1{path}"}))


@pytest.mark.parametrize("rows", [[1], ["id"], [None], [[]], [{}], [row(1), {"last_modified": 5}], [{"id": 5}]])
def test_a_list_of_what_are_no_objects_is_unreadable(rows: list[object]) -> None:
    """Everything in a list has an id, which is text: no KeyError or TypeError comes of one that has not."""
    with pytest.raises(UnreadableResponseError, match="no object with an id"):
        run(listing.page("/buckets?_limit=2"), Answer(200, {"data": rows}))


def test_the_server_as_a_whole_has_no_id() -> None:
    """It is among what the caller may do, which has to be objects all the same."""
    root = {"uri": "/", "permissions": ["bucket:create"]}
    assert run(listing.page("/permissions?_limit=2"), Answer(200, {"data": [root]})).value.rows == [root]
    with pytest.raises(UnreadableResponseError):
        run(listing.page("/permissions?_limit=2"), Answer(200, {"data": [root, 5]}))


def test_a_refused_page_is_the_precise_error() -> None:
    """A list of a missing collection is a NotFoundError."""
    with pytest.raises(NotFoundError):
        run(listing.page("/buckets/b/collections/c/records"), Answer(404, {"errno": 111, "error": "Not Found"}))


@pytest.mark.parametrize("body", [{}, {"data": {}}, [], b"<html>"])
def test_an_answer_without_a_list_is_unreadable(body: object) -> None:
    """What is not a page of Kinto is told from an empty list."""
    with pytest.raises(UnreadableResponseError, match="check"):
        run(listing.page("/buckets"), Answer(200, body))


def test_a_count_is_a_head() -> None:
    """A list is counted without reading it."""
    ran = run(listing.count("/buckets?x=1"), Answer(200, None, {"total-objects": "12"}))
    assert (ran.request.method, ran.value) == ("HEAD", 12)


@pytest.mark.parametrize("headers", [{}, {"total-objects": "many"}, {"total-objects": "²"}])
def test_an_answer_without_a_total_is_unreadable(headers: dict[str, str]) -> None:
    """A list that the server does not count (history) is not taken for an empty one."""
    with pytest.raises(UnreadableResponseError, match="counted"):
        run(listing.count("/buckets"), Answer(200, None, headers))


@pytest.mark.parametrize("flow", [listing.count, listing.timestamp])
def test_a_refused_head_is_the_precise_error(flow: object) -> None:
    """Counting what is not there is a NotFoundError, though a HEAD has no body."""
    with pytest.raises(NotFoundError, match="the collection does not exist"):
        run(flow("/buckets"), Answer(404))


def test_the_version_of_a_list_is_a_head() -> None:
    """The version of a list comes in milliseconds."""
    ran = run(listing.timestamp("/buckets"), Answer(200, None, {"etag": '"1795460361148"'}))
    assert (ran.request.method, ran.value) == ("HEAD", 1795460361148)


def following(body: object, version: int, link: str | None = None) -> Answer:
    """A page of a list with this version, and perhaps a link to the next."""
    headers = {"etag": f'"{version}"', "date": "Mon, 23 Nov 2026 20:00:00 GMT"}
    return Answer(200, {"data": body}, headers if link is None else {**headers, "next-page": link})


def test_an_unchanged_list_is_no_page() -> None:
    """A 304 is None, which no list is."""
    walk = listing.Walk("/buckets?_limit=2")
    ran = run(walk.page_unless(7), Answer(304))
    assert ran.request.headers == {"If-None-Match": '"7"'}
    assert ran.value is None
    assert walk.path is None


def test_a_consistent_walk_sends_the_version_of_its_first_page() -> None:
    """Later pages are read on the condition that the list is still the one that was begun."""
    walk = listing.Walk("/buckets?_limit=2", consistent=True)
    first = run(walk.page(), following([row(1)], 7, "http://x/v1/buckets?_limit=2&_token=a"))
    assert first.request.headers == {}
    with pytest.raises(ConflictError, match="the list changed while its pages were read; read it again"):
        run(walk.page(), Answer(412, {"errno": 114}))


def test_a_walk_ends_at_its_limit() -> None:
    """The total is the client's: the last page is asked for what is missing, and nothing is asked for after it."""
    walk = listing.Walk("/buckets?_limit=2", left=3)
    link = "http://x/v1/buckets?_token=a&_limit=2"
    assert run(walk.page(), following([row(4), row(3)], 7, link)).request.path == "/buckets?_limit=2"
    ran = run(walk.page(), following([row(2), row(1)], 7, link))
    assert ran.request.path == "/buckets?_token=a&_limit=1"
    assert ran.value.rows == [row(2)]
    assert walk.path is None


def test_a_version_the_server_refuses_is_explained() -> None:
    """The server says that a value is invalid, the error why."""
    refused = Answer(400, {"errno": 107, "message": "Invalid value for _since"})
    with pytest.raises(InvalidRequestError, match="more than a day in the future"):
        run(listing.page("/buckets?_since=99999999999999"), refused)
    other = Answer(400, {"errno": 107, "message": "Unknown filter field 'x'"})
    with pytest.raises(InvalidRequestError) as caught:
        run(listing.page("/buckets?x=1"), other)
    assert "future" not in str(caught.value)


def test_the_version_of_a_list_is_not_taken_from_a_cache() -> None:
    """Caches on the way are passed, and an answer without a version is unreadable."""
    assert run(listing.timestamp("/x"), Answer(200, None, {"etag": '"1"'})).request.headers == {
        "Cache-Control": "no-cache"
    }
    with pytest.raises(UnreadableResponseError, match="no version"):
        run(listing.timestamp("/x"), Answer(200, None))


def test_deleting_follows_every_page() -> None:
    """The server deletes a page at a time, so its links are followed; progress is told after each page."""
    told: list[tuple[int, int | None]] = []
    link = "http://x/v1/buckets?x=1&_limit=2&_token=a"
    ran = run(
        listing.delete("/buckets?x=1&_limit=2", on_progress=lambda *at: told.append(at)),
        following([row(1), row(2)], 7, link),
        following([row(3), row(4)], 8, link),
        following([row(5)], 9),
    )
    next_page = "/buckets?x=1&_limit=2&_token=a"
    assert [request.method for request in ran.requests] == ["DELETE"] * 3
    assert [request.path for request in ran.requests] == ["/buckets?x=1&_limit=2", next_page, next_page]
    assert all(request.repeatable for request in ran.requests)
    assert ran.value == 5
    assert told == [(2, None), (4, None), (5, None)]


def test_a_link_that_was_used_up_begins_anew() -> None:
    """Each link works once. When the answer to it was lost, what is left is asked for from the beginning."""
    spent = Answer(400, {"errno": 107, "message": "querystring: _token was already used or has expired."}, retried=True)
    link = "http://x/v1/b?_limit=2&_token=a"
    ran = run(listing.delete("/b?_limit=2"), following([row(1), row(2)], 7, link), spent, following([row(5)], 9))
    assert [request.path for request in ran.requests] == ["/b?_limit=2", "/b?_limit=2&_token=a", "/b?_limit=2"]
    assert ran.value == 3
    with pytest.raises(InvalidRequestError):
        run(listing.delete("/b?_limit=2"), Answer(400, {"errno": 107, "message": "_token is what a filter says"}))


def test_deleting_ends_when_nothing_is_deleted() -> None:
    """A server that always names a next page does not keep the client for ever."""
    link = "http://x/v1/buckets?_token=a"
    assert run(listing.delete("/b?_limit=2"), following([row(1)], 7, link), following([], 7, link)).value == 1


def test_deleting_with_a_limit_deletes_no_more() -> None:
    """A limit is a total, and an attempt whose answer was lost is not repeated: it may have deleted its share."""
    link = "http://x/v1/b?_limit=2&_token=a"
    pages = following([row(1), row(2)], 7, link), following([row(3)], 8, link)
    ran = run(listing.delete("/b?_limit=2", 3), *pages)
    assert [request.path for request in ran.requests] == ["/b?_limit=2", "/b?_limit=1&_token=a"]
    assert not any(request.repeatable for request in ran.requests)
    assert ran.value == 3


def test_deleting_in_an_order_follows_no_links() -> None:
    """A link names the last object by its tombstone, which in any order but the default skips objects."""
    link = "http://x/v1/b?_limit=2&_sort=x&_token=a"
    pages = following([row(1), row(2)], 7, link), following([row(3)], 8, link)
    ran = run(listing.delete("/b?_sort=x&_limit=2", 3, ordered=True), *pages)
    assert [request.path for request in ran.requests] == ["/b?_sort=x&_limit=2", "/b?_sort=x&_limit=1"]
