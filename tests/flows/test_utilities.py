"""The utility views, and the URLs of endpoints."""

from typing import Any, get_args

import pytest

from kinto_sdk import (
    CapabilityMissingError,
    Client,
    InvalidIdError,
    NotFoundError,
    ServerError,
    ThrottledError,
    UnreadableResponseError,
    UsageError,
)
from kinto_sdk.flows import utilities
from kinto_sdk.objects.context import Context
from kinto_sdk.protocol.endpoints import Endpoint
from tests.flows.driving import Answer, run

UP = {"storage": True, "cache": True}


def test_a_healthy_server() -> None:
    """All parts up is True, asked once."""
    ran = run(utilities.heartbeat(), Answer(200, UP))
    assert (ran.request.method, ran.request.path) == ("GET", "/__heartbeat__")
    assert ran.value
    assert ran.value.parts == UP
    assert ran.value.down == ()


def test_a_part_that_is_down_is_an_answer() -> None:
    """A 503 that lists the parts is no error, and is not to be asked for again."""
    ran = run(utilities.heartbeat(), Answer(503, {**UP, "storage": False}))
    assert not ran.value
    assert ran.value.down == ("storage",)
    assert not ran.request.repeatable


@pytest.mark.parametrize("body", [b"<html>", {"code": 503, "errno": 201}, None, []])
def test_another_503_is_an_error(body: Any) -> None:
    """A proxy's 503, or the server's own, is not taken for a heartbeat."""
    with pytest.raises(ThrottledError):
        run(utilities.heartbeat(), Answer(503, body))


def test_no_heartbeat() -> None:
    """A page in place of a heartbeat is unreadable, a 404 a NotFoundError."""
    with pytest.raises(UnreadableResponseError):
        run(utilities.heartbeat(), Answer(200, b"<html>"))
    with pytest.raises(NotFoundError):
        run(utilities.heartbeat(), Answer(404))


def test_the_version_file() -> None:
    """The operator's file comes as it is."""
    ran = run(utilities.version(), Answer(200, {"commit": "abc"}))
    assert (ran.request.path, ran.value) == ("/__version__", {"commit": "abc"})


@pytest.mark.parametrize("status", [404, 500])
def test_no_version_file(status: int) -> None:
    """A server without the file answers 500, which is None here."""
    assert run(utilities.version(), Answer(status, {"errno": 999})).value is None


def test_a_version_that_can_not_be_had() -> None:
    """Any other refusal is an error."""
    with pytest.raises(ServerError):
        run(utilities.version(), Answer(502))


def test_the_description_of_the_api() -> None:
    """The OpenAPI document comes as it is; a refusal is an error."""
    ran = run(utilities.openapi(), Answer(200, {"swagger": "2.0"}))
    assert (ran.request.path, ran.value) == ("/__api__", {"swagger": "2.0"})
    with pytest.raises(NotFoundError):
        run(utilities.openapi(), Answer(404))


def test_flush_is_sent_once_to_a_server_that_has_it() -> None:
    """Flushing needs its plugin, and is never repeated."""
    context = Context(server_url="http://server/v1")
    ran = run(utilities.flush(context), Answer(200, {"capabilities": {"flush_endpoint": {}}}), Answer(202, {}))
    assert (ran.requests[1].method, ran.requests[1].path) == ("POST", "/__flush__")
    assert not ran.requests[1].repeatable
    with pytest.raises(ServerError):
        run(utilities.flush(context), Answer(500))


def test_flush_is_not_sent_to_a_server_without_it() -> None:
    """Without the plugin nothing is sent."""
    with pytest.raises(CapabilityMissingError, match="flush_endpoint"):
        run(utilities.flush(Context(server_url="http://server/v1")), Answer(200, {"capabilities": {}}))


def test_every_endpoint_has_a_url() -> None:
    """Each name gives a URL below the API root, with the client's defaults and the ids given."""
    with Client("http://server", bucket="b", collection="c") as client:
        ids = {"group": "g", "record": "r", "account": "al+x@example.com"}
        urls = {name: client.endpoint(name, **ids) for name in get_args(Endpoint)}
        assert urls["record"] == "http://server/v1/buckets/b/collections/c/records/r"
        assert urls["record"] == client.bucket().collection().record("r").url
        assert urls["attachment"] == urls["record"] + "/attachment"
        assert urls["changeset"] == client.bucket().collection().url + "/changeset"
        assert urls["monitor"] == "http://server/v1/buckets/monitor/collections/changes/changeset"
        assert urls["group"] == client.bucket().group("g").url
        assert urls["account"] == client.account("al+x@example.com").url
        assert urls["root"] == "http://server/v1/"
        assert len(set(urls.values())) == len(urls)
        assert client.endpoint("records", bucket="x", collection="y").endswith("/v1/buckets/x/collections/y/records")


@pytest.mark.parametrize(
    ("name", "ids", "error", "words"),
    [
        ("record", {}, UsageError, "record='…'"),
        ("records", {}, UsageError, "collection='…'"),
        ("recrods", {}, UsageError, "they are root"),
        ("bucket", {"bucket": ""}, InvalidIdError, "empty"),
        ("group", {"group": "a/b"}, InvalidIdError, "a/b"),
        ("bucket", {"bucket": None}, UsageError, "bucket='…'"),
    ],
)
def test_an_endpoint_that_can_not_be_is_refused(
    name: Any, ids: dict[str, Any], error: type[Exception], words: str
) -> None:
    """A misspelt name, a missing id or a bad one is an error that says what to write."""
    with Client("http://server") as client, pytest.raises(error, match=words):
        client.endpoint(name, **ids)
