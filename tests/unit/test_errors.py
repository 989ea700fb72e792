"""Errors as users read, catch and store them."""

import inspect
import pickle
import traceback
from typing import Any

import pytest

import kinto_sdk
from kinto_sdk import (
    AlreadyExistsError,
    AuthenticationError,
    BackoffError,
    BatchError,
    CapabilityMissingError,
    ConflictError,
    ContentionError,
    InvalidRequestError,
    KintoError,
    MergeConflictError,
    ModelError,
    NotFoundError,
    PermissionDeniedError,
    Problem,
    ReadOnlyServerError,
    Request,
    RequestTimeoutError,
    Response,
    ResponseError,
    ServerError,
    ServiceDeprecatedError,
    ThrottledError,
    TransportError,
    UsageError,
)
from kinto_sdk.protocol import errors as errors_module
from kinto_sdk.protocol.errors import error_from, parse_retry_after
from kinto_sdk.protocol.jsontypes import dumps
from kinto_sdk.protocol.messages import Sender


def refused(
    status: int, body: Any = None, /, method: str = "GET", path: str = "/buckets/b", **headers: str
) -> ResponseError:
    """The error for an answer."""
    content = body if isinstance(body, bytes) else b"" if body is None else dumps(body)
    return error_from(Response(status, headers, content, request=Request(method, path)))


def test_a_file_in_the_data_of_a_batch() -> None:
    """The server refuses all of it, and does not say for which record: it is told what to look for."""
    error = refused(400, {"errno": 999, "message": "Attachment metadata cannot be modified."}, "POST", "/batch")
    assert str(error) == (
        "POST /batch: 400 (errno 999) Attachment metadata cannot be modified; an `attachment` in the data is not the "
        "record's own; leave it out: add_attachment() sends files"
    )


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, InvalidRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, ReadOnlyServerError),
        (406, InvalidRequestError),
        (409, ContentionError),
        (410, ServiceDeprecatedError),
        (412, ConflictError),
        (413, InvalidRequestError),
        (415, InvalidRequestError),
        (418, ResponseError),
        (304, ResponseError),
        (429, ThrottledError),
        (500, ServerError),
        (502, ServerError),
        (503, ThrottledError),
        (599, ServerError),
    ],
)
@pytest.mark.parametrize("body", [None, {"code": 0, "errno": 999, "error": "No"}, b"<html>\n</html>", [1], 5])
def test_each_status_has_its_error(status: int, cls: type[ResponseError], body: Any) -> None:
    """Whatever the body is, the class follows from the status, and the message is one line that names the call."""
    error = refused(status, body)
    assert type(error) is cls
    assert error.status == status
    assert str(error).startswith(f"GET /buckets/b: {status}")
    assert "\n" not in str(error)
    assert len(str(error)) > len(f"GET /buckets/b: {status} ")


def test_the_line_has_the_errno_the_words_and_the_advice() -> None:
    """What the server says comes first, then what to do."""
    error = refused(401, {"errno": 104, "error": "Unauthorized", "message": "Please\n authenticate."})
    assert str(error) == (
        "GET /buckets/b: 401 (errno 104) Please authenticate; "
        "check the credentials given to the client (client.whoami() tells who the server sees)"
    )
    assert (error.errno, error.message, error.details) == (104, "Please authenticate.", None)
    assert (error.request.method, error.response.status) == ("GET", 401)


def test_a_throttled_request_says_when_to_try_again() -> None:
    """The server may say so itself."""
    assert str(refused(503, None, **{"retry-after": "90"})).endswith("; try again in 90 s, as the server asks")
    assert str(refused(429)).endswith("Too Many Requests; try again later")


def test_tracebacks_name_errors_where_they_are_imported_from() -> None:
    """All of the tree, so that nobody catches them from where they happen to be defined."""
    shown = traceback.format_exception_only(refused(404))
    assert shown == ["kinto_sdk.NotFoundError: GET /buckets/b: 404 Not Found\n"]
    errors = [each for each in vars(errors_module).values() if isinstance(each, type) and issubclass(each, KintoError)]
    assert [each for each in errors if getattr(kinto_sdk, each.__name__) is not each] == []
    assert {each.__module__ for each in errors} == {"kinto_sdk"}


def test_a_missing_object_is_named() -> None:
    """The server's 404 has no message, but says what is not there."""
    error = refused(404, {"errno": 110, "error": "Not Found", "details": {"id": "r", "resource_name": "record"}})
    assert error.message == "there is no record 'r'"
    assert refused(404, {"error": "Not Found", "details": {"id": 5}}).message == "Not Found"


def test_a_wrong_version_of_the_api_is_in_the_url() -> None:
    """No object is missing then."""
    error = refused(404, {"errno": 116, "error": "Not Found", "message": "The requested version is not available."})
    assert str(error).endswith("not available; check the server URL, it ends in /v1")
    assert str(error_from(error.response, advice="ask")).endswith("; ask")


def test_a_proxy_is_told_from_kinto() -> None:
    """An HTML page is not quoted, but said to be none of Kinto's."""
    error = refused(502, b"<html>Bad gateway</html>", **{"content-type": "text/html"})
    assert str(error) == (
        "GET /buckets/b: 502 Bad Gateway, not an answer of Kinto (text/html); a proxy may stand in between"
    )
    assert error.errno is None
    assert "; check the server URL; a proxy" in str(refused(404, b"<html>Not found</html>"))


def test_without_credentials_the_advice_is_to_give_some() -> None:
    """A client without `auth` is not told to check it."""
    for words, advice in [((), "was given no credentials; pass auth="), (("-u", "alice"), "check the credentials")]:
        response = Response(401, {}, b"", request=Request("GET", "/"), sender=Sender("http://k.test/v1", words))
        assert advice in str(error_from(response))
        assert str(error_from(response, advice="ask")) == "GET /: 401 Unauthorized; ask"


def test_a_throttled_request_tells_how_long_to_wait() -> None:
    """In whole seconds, rounded up."""
    error = refused(503, {"message": "Busy."}, **{"retry-after": "3600"})
    assert str(error) == "GET /buckets/b: 503 Busy; try again in 3600 s, as the server asks"
    assert str(error_from(error.response, advice="ask why")) == "GET /buckets/b: 503 Busy; ask why"
    assert str(BackoffError("GET /", 3599.5)).startswith("GET /: the server asks to wait 3600 s more; ")


def test_a_redirect_that_is_not_followed_tells_where_it_leads() -> None:
    """Such as a write to http that a proxy redirects to https. The query may hold anything, so it is left out."""
    error = refused(301, method="PUT", location="https://k.test/v1/buckets/b?token=x")
    assert str(error) == (
        "PUT /buckets/b: 301 Moved Permanently; it redirects to https://k.test/v1/buckets/b, where nothing was sent; "
        "check the server URL"
    )


def test_an_answer_without_a_body_is_named_by_its_status() -> None:
    """A HEAD has no body, so the status must say it."""
    assert str(refused(404, method="HEAD")) == "HEAD /buckets/b: 404 Not Found"
    assert refused(599).message == "no reason given"


def test_a_forbidden_bucket_may_be_missing() -> None:
    """The server does not tell the two apart, so the message mentions both."""
    assert "may not exist" in str(refused(403))
    assert "may not exist" in str(refused(403, {"message": "This user cannot access this resource."}))
    assert "may not exist" not in str(refused(403, path="/accounts/a"))
    assert str(refused(403, {"message": "Not in editors group"})) == "GET /buckets/b: 403 Not in editors group"


def test_advice_can_be_given() -> None:
    """A caller that knows better says what to do."""
    response = Response(410, {}, b"", request=Request("GET", "/x"))
    assert str(error_from(response, advice="go elsewhere")) == "GET /x: 410 Gone; go elsewhere"
    assert "retired" in str(error_from(response))


def test_problems_are_listed() -> None:
    """A 400 says what is wrong, whatever types the server uses in it."""
    details = [
        {"location": "body", "name": "data.n", "description": "5 is not a string"},
        {"location": "path", "name": None, "description": "Invalid object id"},
        {"location": "body", "name": 0, "description": None},
        "odd",
    ]
    error = refused(400, {"errno": 107, "message": "m", "details": details})
    assert isinstance(error, InvalidRequestError)
    assert error.problems == (
        Problem("body", "data.n", "5 is not a string"),
        Problem("path", "", "Invalid object id"),
        Problem("body", "0", ""),
    )
    assert [str(each) for each in error.problems] == [
        "data.n: 5 is not a string",
        "path: Invalid object id",
        "0: ",
    ]
    other = refused(400, {"details": {"a": 1}})
    assert isinstance(other, InvalidRequestError)
    assert other.problems == ()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("Mon, 23 Nov 2026 18:00:10 GMT", 10.0),
        ("Mon, 23 Nov 2026 17:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    """Both forms give seconds from now, never negative."""
    now = 1795456800.0  # Mon, 23 Nov 2026 18:00:00 GMT
    assert parse_retry_after(value, now) == seconds
    headers = {} if value is None else {"retry-after": value}
    error = refused(503, None, **headers)
    assert isinstance(error, ThrottledError)
    assert (error.retry_after is None) is (seconds is None)


def test_errors_are_caught_as_python_would() -> None:
    """Bad arguments are ValueErrors, what is not there is a LookupError, what takes too long a TimeoutError."""
    assert issubclass(UsageError, ValueError)
    assert issubclass(ModelError, ValueError)
    assert issubclass(NotFoundError, LookupError)
    assert issubclass(RequestTimeoutError, TimeoutError)
    assert issubclass(BatchError, ExceptionGroup)


def public_errors() -> list[type[KintoError]]:
    """Every error a user can import."""
    found = [getattr(kinto_sdk, name) for name in kinto_sdk.__all__ if name.endswith("Error")]
    return [cls for cls in found if inspect.isclass(cls)]


@pytest.mark.parametrize("cls", public_errors())
def test_every_error_is_ours_and_is_documented(cls: type[KintoError]) -> None:
    """`except KintoError` catches everything, and each class says when it is raised."""
    assert issubclass(cls, KintoError)
    assert cls.__doc__


def sample_errors() -> list[KintoError]:
    """One error of each shape."""
    conflict = Response(412, {}, dumps({"errno": 114, "message": "m"}), request=Request("PATCH", "/buckets/b"))
    return [
        UsageError("m"),
        ModelError("m", ["a: is missing"]),
        CapabilityMissingError("history", "record.history()"),
        MergeConflictError("/buckets/b", ["a", "b"]),
        MergeConflictError("/buckets/b", [], deleted=True),
        TransportError("m", request=Request("GET", "/x")),
        refused(400, {"details": [{"name": "a"}]}),
        refused(503, None, **{"retry-after": "3"}),
        ConflictError(conflict, base={"a": 1}, mine={"a": 2}, theirs=None),
        AlreadyExistsError(conflict, mine={"a": 2}, theirs={"a": 3}),
        BatchError("2 failed", [refused(404), UsageError("m")]),
    ]


@pytest.mark.parametrize("error", sample_errors(), ids=lambda error: type(error).__name__)
def test_errors_pickle(error: KintoError) -> None:
    """An error raised in a worker process arrives whole."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # ours
    assert type(again) is type(error)
    assert str(again) == str(error)
    for name, value in vars(error).items():
        if name not in ("request", "response"):
            assert getattr(again, name) == value
    if isinstance(error, BatchError):
        assert [str(each) for each in again.exceptions] == [str(each) for each in error.exceptions]


def test_a_batch_error_can_be_split() -> None:
    """`except*` finds the errors of one class, and the rest goes on as a BatchError."""
    missing, usage = refused(404), UsageError("m")
    caught: list[BaseException] = []
    with pytest.raises(BatchError) as rest:
        try:
            raise BatchError("2 failed", [missing, usage])
        except* NotFoundError as group:
            caught.extend(group.exceptions)
    assert (caught, rest.value.exceptions) == ([missing], (usage,))


def test_the_fields_of_a_conflict() -> None:
    """Those that differ as JSON; not what the server stamps by itself."""
    response = Response(412, {}, b"", request=Request("PATCH", "/buckets/b"))
    error = ConflictError(
        response,
        mine={"a": 1, "same": [1], "n": 1, "schema": 1},
        theirs={"same": [1], "n": True, "b": None, "schema": 2, "id": "x", "last_modified": 5},
    )
    assert error.fields == ("a", "b", "n")
    assert ConflictError(response).fields == ()
