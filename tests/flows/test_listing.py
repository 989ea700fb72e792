"""Pages of a list."""

import pytest

from kinto_sdk import NotFoundError, UnreadableResponseError
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


@pytest.mark.parametrize("headers", [{}, {"total-objects": "many"}])
def test_an_answer_without_a_total_is_unreadable(headers: dict[str, str]) -> None:
    """A list that the server does not count (history) is not taken for an empty one."""
    with pytest.raises(UnreadableResponseError, match="counted"):
        run(listing.count("/buckets"), Answer(200, None, headers))


@pytest.mark.parametrize("flow", [listing.count, listing.timestamp])
def test_a_refused_head_is_the_precise_error(flow: object) -> None:
    """Counting what is not there is a NotFoundError, though a HEAD has no body."""
    with pytest.raises(NotFoundError):
        run(flow("/buckets"), Answer(404))


def test_the_version_of_a_list_is_a_head() -> None:
    """The version of a list comes in milliseconds."""
    ran = run(listing.timestamp("/buckets"), Answer(200, None, {"etag": '"1795460361148"'}))
    assert (ran.request.method, ran.value) == ("HEAD", 1795460361148)
