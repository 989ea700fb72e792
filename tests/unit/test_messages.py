"""Requests and responses as values."""

import pickle
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from kinto_sdk import Request, Response, UnreadableResponseError
from kinto_sdk.protocol.masking import masked_secrets
from kinto_sdk.protocol.messages import JSON_PATCH, parse_etag, quote_etag


class Upload:
    """A body to upload."""

    content_type = "text/plain"
    content_length = 1

    def open(self) -> Iterator[bytes]:
        """The body."""
        yield b"x"


def test_a_body_is_json_or_bytes() -> None:
    """JSON is encoded compactly; bytes go as they are; an empty object is a body."""
    assert Request("PUT", "/x", json={"a": [1, "é"]}).body == '{"a":[1,"é"]}'.encode()
    assert Request("PUT", "/x", json={}).body == b"{}"
    assert Request("PUT", "/x", content=b"raw").body == b"raw"
    assert Request("GET", "/x").body is None


@pytest.mark.parametrize(
    ("request_", "alone"),
    [
        (Request("PATCH", "/buckets/b", json={}, headers={"If-Match": '"1"'}), False),
        (Request("GET", "/buckets/b"), False),
        (Request("PUT", "/buckets/b", headers={"If-None-Match": "*"}), False),
        (Request("PATCH", "/buckets/b", headers={"Content-Type": JSON_PATCH}), True),
        (Request("GET", "/buckets/b", headers={"If-None-Match": '"1"'}), True),
        (Request("GET", "/buckets/batch/groups"), True),
        (Request("GET", "https://cdn/x"), True),
        (Request("POST", "/x", upload=Upload()), True),
        (Request("POST", "/x", content=b""), True),
    ],
)
def test_what_a_batch_can_not_carry(request_: Request, alone: object) -> None:
    """The batch endpoint forces JSON, fails on a 304, and takes `/batch` anywhere for a nested batch."""
    assert request_.goes_alone is alone


def test_curl_shows_no_secret() -> None:
    """A request can be repeated by hand, once the credentials are filled in."""
    request = Request(
        "PUT",
        "/accounts/al'ice",
        json={"data": {"password": "s3cret", "name": "it's"}},
        headers={"Authorization": "Basic s3cret", "If-None-Match": "*"},
    )
    line = request.as_curl("http://server/v1")
    assert "s3cret" not in line
    words = shlex.split(line)
    assert words[:3] == ["curl", "-X", "PUT"]
    assert words[-1] == "http://server/v1/accounts/al'ice"
    assert '{"data": {"password": "***", "name": "it\'s"}}' in words
    assert "If-None-Match: *" in words
    assert shlex.split(Request("GET", "https://cdn/x").as_curl("http://server/v1"))[-1] == "https://cdn/x"
    assert "@-" in Request("POST", "/x", content=b"raw").as_curl()
    uploaded = shlex.split(Request("POST", "/x", upload=Upload()).as_curl())
    assert "Content-Type: text/plain" in uploaded
    assert "@-" in uploaded


def test_curl_says_the_content_type_once() -> None:
    """A patch has its own, which must not be followed by another."""
    request = Request("PATCH", "/x", json=[], headers={"Content-Type": JSON_PATCH})
    assert shlex.split(request.as_curl()).count(f"Content-Type: {JSON_PATCH}") == 1
    assert "application/json" not in shlex.split(request.as_curl())


@pytest.mark.parametrize("body", [{"requests": [5, {"method": "GET"}]}, {"requests": 5}, {"data": 5}, 5])
def test_masking_leaves_what_it_does_not_know(body: Any) -> None:
    """A body made by hand may have any form."""
    assert masked_secrets(body) == body


def test_requests_are_shown_without_their_body() -> None:
    """A repr is the call, and nothing of what it carries."""
    request = Request("PUT", "/buckets/b", json={"data": {"secret": 1}}, headers={"Authorization": "x"})
    assert repr(request) == "<Request PUT /buckets/b>"
    assert repr(Response(200, {}, b'{"secret":1}', request=request)) == "<Response 200 to PUT /buckets/b>"


def test_a_pickled_request_has_no_secret() -> None:
    """Errors travel between processes with their request, and credentials stay behind."""
    request = Request("PUT", "/accounts/a", json={"data": {"password": "s3cret"}}, headers={"Authorization": "s3cret"})
    stored = pickle.dumps(request)
    assert b"s3cret" not in stored
    again = pickle.loads(stored)  # noqa: S301  # ours
    assert (again.method, again.path, again.json["data"], again.upload) == (
        "PUT",
        "/accounts/a",
        {"password": "***"},
        None,
    )


def answer(content: bytes, status: int = 200, **headers: str) -> Response:
    """A response to some request."""
    return Response(status, headers, content, request=Request("GET", "/x"))


def test_a_body_is_read_as_json() -> None:
    """An empty one is None."""
    assert answer(b'{"a":1}').json() == answer(b'{"a":1}').object() == {"a": 1}
    assert answer(b"").json() is None
    assert answer(b"[1]").json() == [1]


@pytest.mark.parametrize("content", [b"<html>", b"{", b"\xff", b'{"a": NaN,}'])
def test_what_is_not_json_is_told(content: bytes) -> None:
    """The error names the call and what to check, and has the request."""
    with pytest.raises(UnreadableResponseError, match=r"GET /x: the answer \(200\) is not JSON; check") as caught:
        answer(content).json()
    assert caught.value.request is not None


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b"null"])
def test_what_is_not_an_object_is_told(content: bytes) -> None:
    """Kinto answers with objects alone."""
    with pytest.raises(UnreadableResponseError, match="not a JSON object"):
        answer(content).object()


@pytest.mark.parametrize(("status", "ok"), [(200, True), (201, True), (299, True), (304, False), (199, False)])
def test_success_is_2xx(status: int, ok: object) -> None:
    """A 304 is no success: it has no document."""
    assert answer(b"", status).ok is ok


@pytest.mark.parametrize(
    ("text", "value"),
    [('"1795460361148"', 1795460361148), ("12", 12), ('"0"', 0), ('"-5"', -5), ('"True"', None), ("*", None)]
    + [(text, None) for text in ("", '""', 'W/"1"', "1_0", "٣", '"1" ', None)],
)
def test_etags_are_read(text: Any, value: int | None) -> None:
    """A Kinto version is digits in quotes; everything else is none."""
    assert parse_etag(text) == value
    assert answer(b"", etag=text).etag == value if text is not None else answer(b"").etag is None


def test_etags_are_written_as_they_are_read() -> None:
    """What goes into `If-Match` is what came as an `ETag`."""
    assert parse_etag(quote_etag(1795460361148)) == 1795460361148
    assert quote_etag(5) == '"5"'


def test_headers_have_lower_case_names() -> None:
    """However the server writes their names; of one that comes twice the last holds."""
    response = Response(200, {"ETag": '"1"', "X-A": "1", "x-a": "2"}, request=Request("GET", "/"))
    assert response.headers == {"etag": '"1"', "x-a": "2"}
    assert response.headers is response.headers
