"""What a dry run answers, down to its patches."""

from typing import Any

import httpx
import pytest

from kinto_sdk import Client, MergePatch, Request, TransportError
from kinto_sdk.objects.dry_answers import Answers, patched

URL = "http://localhost:1/v1"


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ({"op": "add", "path": "/data/x~1y", "value": 1}, {"tags": ["a", "b"], "n": 1, "x/y": 1}),
        ({"op": "add", "path": "/data/tags/-", "value": "c"}, {"tags": ["a", "b", "c"], "n": 1}),
        ({"op": "add", "path": "/data/tags/0", "value": "c"}, {"tags": ["c", "a", "b"], "n": 1}),
        ({"op": "replace", "path": "/data/tags/0", "value": "c"}, {"tags": ["c", "b"], "n": 1}),
        ({"op": "remove", "path": "/data/tags/1"}, {"tags": ["a"], "n": 1}),
        ({"op": "remove", "path": "/data/tags/7"}, {"tags": ["a", "b"], "n": 1}),
        ({"op": "remove", "path": "/data/n"}, {"tags": ["a", "b"]}),
        ({"op": "move", "from": "/data/n", "path": "/data/m"}, {"tags": ["a", "b"], "m": 1}),
        ({"op": "copy", "from": "/data/tags/0", "path": "/data/n"}, {"tags": ["a", "b"], "n": "a"}),
        ({"op": "copy", "from": "/data/n/deep", "path": "/data/m"}, {"tags": ["a", "b"], "n": 1}),
        ({"op": "replace", "path": "/data/new", "value": 1}, {"tags": ["a", "b"], "n": 1, "new": 1}),
        ({"op": "replace", "path": "/data/n/deep", "value": 1}, {"tags": ["a", "b"], "n": 1}),
        ({"op": "add"}, {"tags": ["a", "b"], "n": 1}),
        ("nonsense", {"tags": ["a", "b"], "n": 1}),
        ({"op": "add", "path": "/data/n/deep", "value": 1}, {"tags": ["a", "b"], "n": 1}),
        ({"op": "test", "path": "/data/n", "value": 1}, {"tags": ["a", "b"], "n": 1}),
    ],
)
def test_operations(operation: Any, data: dict[str, Any]) -> None:
    """Each operation does to a copy what the server does; one that does not fit what is known does nothing."""
    before = {"tags": ["a", "b"], "n": 1}
    assert patched(before, None, [operation]) == (data, None)
    assert before == {"tags": ["a", "b"], "n": 1}


def test_operations_on_permissions() -> None:
    """A principal is added once, and removed by its name."""
    operations = [
        {"op": "add", "path": "/permissions/read/account:bob", "value": "account:bob"},
        {"op": "add", "path": "/permissions/read/account:bob", "value": "account:bob"},
        {"op": "remove", "path": "/permissions/write/~1buckets~1b~1groups~1g"},
    ]
    before = {"write": ["/buckets/b/groups/g", "account:me"]}
    assert patched({}, before, operations) == ({}, {"write": ["account:me"], "read": ["account:bob"]})
    assert patched({}, None, "nonsense") == ({}, None)


def test_a_merge_patch() -> None:
    """It is understood by its type."""
    record = Client(URL, dry_run=True).bucket("b").collection("c").create_record({"a": 1, "b": {"c": 1}})
    record.patch(MergePatch({"a": None, "b": {"d": 2}}))
    assert record.data == {"b": {"c": 1, "d": 2}}


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/__heartbeat__", 200, {}),
        ("GET", "/buckets/b/snapshot/collections/c@5", 200, {"data": []}),
        ("DELETE", "/buckets", 200, {"data": []}),
        ("POST", "/__flush__", 202, {}),
    ],
)
def test_other_answers(method: str, path: str, status: int, body: Any) -> None:
    """What is no object is answered as well."""
    answer = Answers(None).answer(Request(method, path))
    assert (answer.status, answer.body) == (status, body)


def test_what_is_deleted_is_not_there() -> None:
    """A second deletion finds nothing, and a path may have its version."""
    answers = Answers("alice")
    assert [answers.answer(Request("DELETE", f"{root}/buckets/b")).status for root in ("", "/v1")] == [200, 404]
    body = answers.answer(Request("PUT", "/buckets/b", json={"data": {"last_modified": 5}})).body
    assert body == {"data": {"last_modified": 5, "id": "b"}, "permissions": {"write": ["account:alice"]}}


def test_passwords_of_accounts_are_not_shown() -> None:
    """An account has none in its answer; in any other object `password` is a field as any other."""
    answers = Answers("alice")
    account, bucket = (
        answers.answer(Request("PUT", path, json={"data": {"password": "x"}})).body["data"]
        for path in ("/accounts/bob", "/buckets/b")
    )
    assert account.keys() == {"id", "last_modified"}
    assert bucket["password"] == "x"


@pytest.mark.parametrize("path", ["/batch", "/buckets"])
def test_a_server_that_refuses_the_reads(path: str) -> None:
    """What the server says to the reads of a dry run is the answer."""
    network = httpx.MockTransport(lambda _: httpx.Response(403, json={"errno": 121}))
    client = Client(URL, dry_run="writes", transport=network)
    asked = {"requests": [{"path": "/buckets/b"}]}
    with pytest.raises(Exception, match="403"):
        client.request("POST" if path == "/batch" else "DELETE", path, json=asked if path == "/batch" else None)


def test_a_read_that_is_lost() -> None:
    """A dry run that reads may lose an answer as any other."""

    def lose(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone")

    with pytest.raises(TransportError, match="gone"):
        Client(URL, dry_run="writes", retry=0, transport=httpx.MockTransport(lose)).get_bucket("b")
