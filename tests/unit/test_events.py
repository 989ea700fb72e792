"""What a session tells of its work, and what it logs."""

import json
import logging
import pickle
import shlex
from typing import Any

import httpx
import pytest

from kinto_sdk import (
    Alert,
    AsyncClient,
    BackoffReceived,
    BearerAuth,
    Client,
    NotFoundError,
    Request,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RetryScheduled,
    TransportError,
)

URL = "http://localhost:1/v1"


def network(*answers: httpx.Response | Exception) -> httpx.MockTransport:
    """Make a network that gives these answers in turn."""
    remaining = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        given = remaining.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return httpx.MockTransport(answer)


def ok(**headers: str) -> httpx.Response:
    """Make a success."""
    return httpx.Response(200, json={"data": {"id": "b", "last_modified": 1}}, headers=headers)


def test_the_story_of_a_request() -> None:
    """Sent, failed, retried, refused, retried, answered: each step is an event, in order."""
    told: list[Any] = []
    transport = network(httpx.ConnectError("refused"), httpx.Response(503, headers={"Retry-After": "0"}), ok())
    Client(URL, retry_after=0, on_event=told.append, transport=transport).get_bucket("b")
    assert [type(event) for event in told] == [
        *(RequestSent, RequestFailed, RetryScheduled),
        *(RequestSent, ResponseReceived, RetryScheduled),
        *(RequestSent, ResponseReceived),
    ]
    assert {event.request.path for event in told} == {"/buckets/b"}
    assert told[4].response.status == 503
    assert told[7].seconds >= 0


async def test_the_async_client_tells_the_same() -> None:
    """Both clients have one stream of events."""
    told: list[Any] = []
    async with AsyncClient(
        URL, retry_after=0, on_event=told.append, transport=network(httpx.ReadError("x"), ok())
    ) as c:
        await c.get_bucket("b")
    assert [type(event) for event in told] == [
        *(RequestSent, RequestFailed, RetryScheduled),
        *(RequestSent, ResponseReceived),
    ]


def test_what_the_server_says_of_itself() -> None:
    """Backoff and Alert are events too."""
    told: list[Any] = []
    alert = json.dumps({"code": "soft-eol", "message": "Bye", "url": None})
    client = Client(URL, on_event=told.append, transport=network(ok(Backoff="3", Alert=alert)))
    with pytest.warns(DeprecationWarning, match="will be retired: Bye"):
        client.get_bucket("b")
    assert BackoffReceived(told[0].request, 3.0) in told
    assert Alert("soft-eol", "Bye", None) in told
    assert "3 s" in str(next(event for event in told if isinstance(event, BackoffReceived)))


def test_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A request is one DEBUG line, a retry one WARNING, and success is never louder."""
    with caplog.at_level(logging.DEBUG, "kinto_sdk"):
        Client(URL, retry_after=0, transport=network(httpx.Response(503), ok())).get_bucket("b")
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "kinto_sdk"]
    assert [level for level, _ in lines] == ["DEBUG", "WARNING", "DEBUG"]
    assert lines[0][1].startswith("GET /buckets/b … → 503 in ")
    assert lines[1][1] == "GET /buckets/b: again in 0.00 s (status 503)"
    assert lines[2][1].startswith("GET /buckets/b … → 200 in ")


def test_a_lost_request_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A failure without a retry is a line of its own."""
    client = Client(URL, retry=0, transport=network(httpx.ConnectError("refused")))
    with caplog.at_level(logging.DEBUG, "kinto_sdk"), pytest.raises(TransportError):
        client.get_bucket("b")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "kinto_sdk"]
    assert "refused" in line


def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    """Without a listener and with the usual level nothing is written, and no event is made."""
    client = Client(URL, transport=network(ok()))
    assert not client._session._tell.heard
    client.get_bucket("b")
    assert [record for record in caplog.records if record.name == "kinto_sdk"] == []


def test_a_listener_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """The request is not harmed, and the failure is in the log."""

    def broken(event: object) -> None:
        raise ZeroDivisionError

    assert Client(URL, on_event=broken, transport=network(ok())).get_bucket("b").last_modified == 1
    assert "on_event failed on 'RequestSent'" in caplog.text
    assert "ZeroDivisionError" in caplog.text


# ---- as a command line ----


def failed(**options: Any) -> Request:
    """Give the request of an error."""
    with pytest.raises(NotFoundError) as caught:
        Client(URL, transport=network(httpx.Response(404, json={"errno": 110})), **options).get_bucket("b")
    return caught.value.request


@pytest.mark.parametrize(
    ("auth", "words"),
    [
        (None, []),
        (("alice", "s3cret"), ["-u", "alice"]),
        ("Bearer s3cret", ["-H", "Authorization: Bearer ***"]),
        (BearerAuth("s3cret", "Token"), ["-H", "Authorization: Token ***"]),
        (httpx.BasicAuth("a", "s3cret"), ["-H", "Authorization: ***"]),
    ],
)
def test_the_request_of_an_error_can_be_run(auth: Any, words: list[str]) -> None:
    """It is a whole command line: curl asks for a password itself, and a token is to be filled in."""
    assert shlex.split(failed(auth=auth).as_curl()) == ["curl", "-X", "GET", *words, f"{URL}/buckets/b"]


def test_a_lost_request_can_be_run() -> None:
    """So can that of a request that got no answer, after pickling too."""
    with pytest.raises(TransportError) as caught:
        Client(URL, retry=0, auth=("alice", "s3cret"), transport=network(httpx.ReadError("x"))).create_bucket("b")
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own
    line = "curl -X PUT -u alice -H 'If-None-Match: *' -H 'Content-Type: application/json' --data"
    assert error.request.as_curl() == f"{line} '{{\"data\": {{}}}}' {URL}/buckets/b"


def test_any_request_as_a_command_line() -> None:
    """Without a server it is a path, and with one it is whole; a file elsewhere goes without credentials."""
    request = Request("DELETE", "/buckets/b?x=1", headers={"If-Match": '"1"', "Authorization": "Bearer s3cret"})
    assert request.as_curl().endswith(" '/buckets/b?x=1'")
    assert request.as_curl(URL + "/").endswith(f" '{URL}/buckets/b?x=1'")
    assert "s3cret" not in request.as_curl()
    assert Request("GET", "https://files/a").as_curl() == "curl -X GET https://files/a"
