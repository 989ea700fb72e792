"""Dry runs: every verb of every object works, and nothing leaves the machine."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    AsyncClient,
    BatchError,
    Client,
    ModelError,
    NotFoundError,
    Record,
    RequestRecorded,
    UsageError,
)
from kinto_sdk.transport.types import DryRunMode

URL = "http://localhost:1/v1"


@attrs.define
class Todo:
    """A model with a field that has no default."""

    title: str
    votes: int = 0


def no_network(request: httpx.Request) -> httpx.Response:
    """Fail: nothing may be sent."""
    raise AssertionError(f"sent: {request.method} {request.url}")


@pytest.fixture
def client() -> Client:
    """Return a client that sends nothing."""
    return Client(URL, auth=("alice", "s3cret"), dry_run=True, transport=httpx.MockTransport(no_network))


def verbs(client: Client) -> list[str]:
    """List method and path of what was kept."""
    return [f"{request.method} {request.path}" for request in client.dry_run_log.requests]


def test_objects_behave_as_if_it_worked(client: Client) -> None:
    """Creating, editing, reading back and deleting go through, with versions that grow."""
    bucket = client.create_bucket("blog", {"title": "x"}, permissions={"read": ["system.Everyone"]})
    assert bucket.created is True
    assert set(bucket.permissions.write) == {"account:alice"}
    todos = bucket.create_collection("todos")
    record = todos.create_record({"title": "milk", "votes": 1}, id="r")
    first = record.last_modified
    assert first is not None
    record.data["votes"] = 2
    record.save()
    assert (record.last_modified or 0) > first
    assert record.data == {"title": "milk", "votes": 2}
    assert not record.is_dirty
    assert todos.get_record("r").data == {"title": "milk", "votes": 2}
    del record.data["votes"]
    record.save()
    assert todos.get_record("r").data == {"title": "milk"}
    record.patch({"done": True})
    record.replace({"title": "oat"})
    assert record.load().data == {"title": "oat"}
    assert record.refresh() is True
    assert record.delete() is True
    assert record.exists() is False
    with pytest.raises(NotFoundError):
        todos.get_record("r")


def test_the_log(client: Client) -> None:
    """It has each request as a line and as data, in order, without passwords."""
    client.create_bucket("blog")
    client.create_account("bob", "hunter2")
    log = client.dry_run_log
    assert 'PUT /buckets/blog {"data":{}}' in list(log)
    assert str(log) == "\n".join(log)
    assert json.loads(json.dumps(log.data()))[0] == {
        "method": "PUT",
        "path": "/buckets/blog",
        "headers": {"If-None-Match": "*"},
        "json": {"data": {}},
    }
    assert "hunter2" not in str(log) + json.dumps(log.data())
    assert len(log) == len(log.requests) >= 2
    log.clear()
    assert str(client.dry_run_log) == ""


def test_what_was_never_written_is_empty(client: Client) -> None:
    """Reading finds empty objects and empty lists."""
    bucket = client.get_bucket("b")
    assert bucket.data == {}
    assert list(client.buckets()) == []
    assert list(bucket.collection("c").records()) == []
    assert client.server_info().settings.batch_max_requests == 25
    user = client.whoami()
    assert user is not None
    assert user.id == "account:alice"


def test_what_was_never_read_fits_no_model(client: Client) -> None:
    """The error blames the dry run, which has seen a part of the record, and not the model."""
    record = client.bucket("b").collection("c", Todo).record("r1")
    record.patch({"votes": 1})
    with pytest.raises(ModelError, match=r"title: is missing; a dry run knows .*; dry_run='writes' reads the rest"):
        _ = record.data


def test_groups_and_permissions(client: Client) -> None:
    """Members and permissions change as they would."""
    group = client.create_bucket("b").create_group("g", ["account:bob"])
    assert "account:bob" in group.members
    group.grant("read", "account:carol")
    group.load()
    assert set(group.permissions.read) == {"account:carol"}
    group.revoke("read", "account:carol")
    assert set(group.load().permissions.read) == set()


def test_a_batch(client: Client) -> None:
    """Each operation is kept for itself, and the objects hold what they would."""
    todos = client.bucket("b").collection("c")
    with client.batch() as batch:
        new = batch.save(todos.new_record({"n": 1}, id="r"))
        batch.delete(todos.record("old"))
        for number in range(30):
            batch.save(todos.new_record({"n": number}, id=f"r{number}"))
    assert new.last_modified is not None
    assert not new.is_dirty
    assert len([line for line in verbs(client) if line.startswith("PUT")]) == 31
    assert "DELETE /buckets/b/collections/c/records/old" in verbs(client)
    assert [outcome.status for outcome in batch.results()] == ["succeeded"] * 32


async def test_the_plan_is_for_what_was_not_sent() -> None:
    """Once a batch has ended its results tell what it did, by the same verbs; there is no plan any more."""
    client = AsyncClient(URL, dry_run=True)
    async with client.batch() as batch:
        batch.delete(client.bucket("b"))
        assert [str(operation) for [operation] in batch.plan()] == ["delete /buckets/b"]
    with pytest.raises(UsageError, match=r"this batch has ended: results\(\) tells"):
        batch.plan()
    assert [str(outcome) for outcome in batch.results()] == ["succeeded: delete /buckets/b"]


async def test_objects_from_without_are_not_taken() -> None:
    """What a dry run makes up stays in it: batches and bulk writes take its own objects alone, and say how."""
    client = AsyncClient(URL, dry_run=True)
    real = client.clone(dry_run=False).bucket("b").collection("c")
    dry = client.bucket("b").collection("c")
    for mine, other in ((client, real), (client.clone(dry_run=False), dry), (client.clone(dry_run="writes"), dry)):
        with pytest.raises(UsageError, match=r"its own objects alone, .*; pass the object's using"):
            mine.batch().save(other.new_record({"n": 1}))
    with pytest.raises(UsageError, match=r"its own objects alone, .*; pass the object's using"):
        await anext(dry.save_records([real.new_record({"n": 1})]))
    record = real.new_record({"n": 1}, "r")
    async with client.batch() as batch:
        copy = batch.save(record.using(client))
    assert (copy.is_dirty, record.is_dirty) == (False, True)


def test_queries_that_delete(client: Client) -> None:
    """Without a server nobody knows what would go, so nothing does."""
    assert client.request("DELETE", "/buckets/b/collections/c/records?done=true").object() == {"data": []}
    assert verbs(client) == ["DELETE /buckets/b/collections/c/records?done=true"]


def test_any_other_request(client: Client) -> None:
    """The escape hatch is kept as well."""
    assert client.request("POST", "/__flush__").status == 202
    made = client.request("POST", "/buckets", json={"data": {"id": "x"}})
    assert (made.status, made.object()["data"]["id"]) == (201, "x")
    drawn = client.request("POST", "/buckets/x/groups", json={"data": {"members": []}}).object()["data"]["id"]
    assert len(drawn) == 36


def test_clones_stay_dry(client: Client) -> None:
    """A clone for another user sends nothing either, and its requests are in the same log."""
    client.clone(auth=("bob", "x"), timeout=3).create_bucket("b")
    assert verbs(client) == ["PUT /buckets/b"]
    assert client.clone(dry_run="writes").dry_run_log is not client.dry_run_log
    assert len(client.clone(dry_run=False).dry_run_log) == 0


def test_what_a_dry_run_made_up_is_not_told_to_others(client: Client) -> None:
    """The root view of a dry run is no server's."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"project_name": "real", "settings": {}})

    real = Client(URL, transport=httpx.MockTransport(answer))
    dry = real.clone(dry_run=True)
    assert dry.server_info().project_name != "real"
    assert sent == []
    assert real.server_info().project_name == "real"
    assert dry.clone(dry_run=False).server_info().project_name == "real"


def test_what_is_kept_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Each request that is kept is an event and a line of the log."""
    told: list[Any] = []
    with caplog.at_level(logging.DEBUG, "kinto_sdk"):
        Client(URL, dry_run=True, on_event=told.append).create_bucket("b")
    assert [type(event) for event in told] == [RequestRecorded]
    assert "PUT /buckets/b … not sent (dry run)" in caplog.text


async def test_the_async_client_can_do_it_too() -> None:
    """The same answers serve both clients."""
    async with AsyncClient(URL, dry_run=True) as client:
        record = await client.bucket("b").collection("c").create_record({"n": 1}, id="r")
        record.data["n"] = 2
        await record.save()
        assert len(client.dry_run_log) == 2
        assert await client.whoami() is None


# ---- "writes": what reads goes through ----


class Network:
    """A server with one record in two fields, that answers reads and batches of reads."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.batch_status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.sent.append(f"{request.method} {request.url.path}")
        row = {"id": "r", "last_modified": 5, "title": "milk", "votes": 1}
        if request.url.path == "/v1/batch":
            items = json.loads(request.content)["requests"]
            assert {item.get("method", "GET") for item in items} == {"GET"}
            if self.batch_status != 200:
                return httpx.Response(self.batch_status)
            answers = [
                {"status": 200, "path": item["path"], "headers": {}, "body": {"data": row}}
                if item["path"].endswith("/r")
                else {"status": 404, "path": item["path"], "headers": {}, "body": {"errno": 110}}
                for item in items
            ]
            return httpx.Response(200, json={"responses": answers})
        assert request.method in ("GET", "HEAD")
        if request.url.path == "/v1/":
            return httpx.Response(200, json={"settings": {"batch_max_requests": 25}})
        names = request.url.params.get("_fields")
        if names is not None:
            row = {name: row[name] for name in ("id", "last_modified", *names.split(","))}
        if request.url.path.endswith("/hidden"):
            return httpx.Response(403, json={"errno": 121})
        many = request.url.path.endswith("/records")
        if not many and not request.url.path.endswith("/r"):
            return httpx.Response(404, json={"errno": 110})
        return httpx.Response(200, json={"data": [row] if many else row, "permissions": {"write": ["account:alice"]}})


@pytest.fixture
def network() -> Network:
    """Return a server."""
    return Network()


@pytest.fixture
def careful(network: Network) -> Client:
    """Return a client that reads and does not write."""
    return Client(URL, auth=("alice", "s3cret"), dry_run="writes", transport=httpx.MockTransport(network))


def test_reads_go_through(careful: Client, network: Network) -> None:
    """Objects have what the server has; saving changes them here alone."""
    record = careful.bucket("b").collection("c").get_record("r")
    record.data["votes"] = 2
    record.save()
    assert record.data == {"title": "milk", "votes": 2}
    assert network.sent == ["GET /v1/buckets/b/collections/c/records/r"]
    assert list(careful.dry_run_log) == ['PATCH /buckets/b/collections/c/records/r {"data":{"votes":2}}']


def test_unsaved_permissions_are_not_taken_for_the_servers(careful: Client) -> None:
    """A write beside them leaves them to be saved, as the server would."""
    record = careful.bucket("b").collection("c").get_record("r")
    record.permissions.read.add("account:bob")
    record.patch({"votes": 3})
    assert record.unsaved.permissions == {"read": ["account:bob"]}
    record.save()
    assert list(careful.dry_run_log)[1].endswith('{"permissions":{"read":["account:bob"]}}')


def test_what_was_written_is_read_back(careful: Client, network: Network) -> None:
    """After a write that was not sent, reading the object gives what was written."""
    record = careful.bucket("b").collection("c").get_record("r")
    record.patch({"votes": 3})
    assert careful.bucket("b").collection("c").get_record("r").data == {"title": "milk", "votes": 3}
    assert len(network.sent) == 1


def test_a_batch_of_both(careful: Client, network: Network) -> None:
    """The reads of a batch are sent as a smaller one, and each answer goes where it belongs."""
    todos = careful.bucket("b").collection("c")
    with careful.batch() as batch:
        new = batch.save(todos.new_record({"n": 1}, id="new"))
        loaded = batch.load(todos.record("r"))
        other = batch.save(todos.new_record({"n": 2}, id="other"))
    assert (new.data, loaded.data, other.data) == ({"n": 1}, {"title": "milk", "votes": 1}, {"n": 2})
    assert [line.split()[0] for line in careful.dry_run_log] == ["PUT", "PUT"]


def test_a_part_is_written_to_the_whole(careful: Client, network: Network) -> None:
    """What was not read of an object is read before it is written, so that it is there afterwards."""
    todos = careful.bucket("b").collection("c")
    part = todos.record("r").load(fields=["votes"])
    assert part.data == {"votes": 1}
    part.data["votes"] = 2
    part.save()
    assert part.data == {"title": "milk", "votes": 2}
    assert todos.get_record("r").data == {"title": "milk", "votes": 2}


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (lambda r: r.grant("read", "account:bob"), {"title": "milk", "votes": 1}),
        (lambda r: r.patch({"votes": 2}), {"title": "milk", "votes": 2}),
        (lambda r: r.replace({"votes": 2}), {"votes": 2}),
    ],
)
def test_a_handle_is_written_to_what_is_there(
    careful: Client, network: Network, change: Callable[[Record[Any]], object], after: dict[str, Any]
) -> None:
    """A change to an object that was not loaded is one to what the server has: its other fields stay."""
    record = careful.bucket("b").collection("c").record("r")
    change(record)
    assert careful.from_path(record.path).load().data == after
    assert network.sent.count("GET /v1/buckets/b/collections/c/records/r") == 1


def test_a_write_without_a_look_is_possible(careful: Client) -> None:
    """An object that may not be read is taken for what is written."""
    assert careful.bucket("b").collection("c").record("hidden").patch({"n": 1}).data == {"n": 1}


def test_a_file_is_taken_from_what_is_there(careful: Client, network: Network) -> None:
    """A request about a record's file is one to the record."""
    record = careful.bucket("b").collection("c").record("r")
    careful.request("DELETE", f"{record.path}/attachment")
    assert record.load().data == {"title": "milk", "votes": 1, "attachment": None}


def test_what_is_not_there_is_not_written_to(careful: Client, network: Network) -> None:
    """Changing or deleting an object that the server does not have fails as it would, in a batch as well."""
    todos = careful.bucket("b").collection("c")
    changes: list[Callable[[Record[Any]], object]] = [lambda r: r.patch({"z": 1}), lambda r: r.delete()]
    for change in changes:
        with pytest.raises(NotFoundError):
            change(todos.record("new"))
    assert network.sent == ["GET /v1/buckets/b/collections/c/records/new"]
    with careful.batch(raise_on_error=False) as batch:
        batch.delete(todos.record("none"))
        batch.patch(todos.record("r"), {"votes": 2})
    assert [outcome.ok for outcome in batch.results()] == [False, True]
    assert todos.get_record("r").data == {"title": "milk", "votes": 2}


def test_what_exists_is_not_created(careful: Client, network: Network) -> None:
    """Whether a creation would work is read from the server, and what exists is what the server has."""
    todos = careful.bucket("b").collection("c")
    with pytest.raises(AlreadyExistsError) as refused:
        todos.create_record({"n": 1}, id="r")
    assert refused.value.theirs == {"title": "milk", "votes": 1}
    there = todos.create_record({"n": 1}, id="r", if_not_exists=True)
    assert (there.created, there.data) == (False, {"title": "milk", "votes": 1})
    assert todos.create_record({"n": 1}, id="new").created
    assert not todos.create_record({"n": 2}, id="new", if_not_exists=True).created
    assert network.sent == [f"GET /v1/buckets/b/collections/c/records/{name}" for name in ("r", "new")]
    assert [line.split()[0] for line in careful.dry_run_log] == ["PUT"] * 4


def test_what_exists_is_not_created_in_a_batch(careful: Client, network: Network) -> None:
    """All that a batch would create is looked up at once; when it can't be, the batch fails as it would."""
    todos = careful.bucket("b").collection("c")
    with careful.batch() as batch:
        batched = batch.bucket("b").collection("c")
        there = batched.create_record({"n": 1}, id="r", if_not_exists=True)
        new = batched.create_record({"n": 1}, id="new", if_not_exists=True)
    assert (there.created, there.data) == (False, {"title": "milk", "votes": 1})
    assert (new.created, new.data) == (True, {"n": 1})
    network.batch_status = 403
    with pytest.raises(BatchError), careful.batch() as batch:
        batch.save(todos.new_record({"n": 1}, id="another"))
        batch.save(todos.new_record({"n": 1}, id="more"))


def test_a_query_tells_what_it_would_delete(careful: Client, network: Network) -> None:
    """The objects are counted by reading them."""
    gone = careful.request("DELETE", "/buckets/b/collections/c/records?votes=1").object()["data"]
    assert [(row["id"], row["deleted"]) for row in gone] == [("r", True)]
    assert careful.request("DELETE", "/buckets/b/collections/c/records").object()["data"] == []
    assert not careful.bucket("b").collection("c").record("r").exists()
    assert [line.split()[0] for line in careful.dry_run_log] == ["DELETE", "DELETE"]
    assert {line.split()[0] for line in network.sent} == {"GET"}


ROOT = {"settings": {}, "capabilities": {"attachments": {"base_url": "http://files/"}}}


@pytest.mark.parametrize("mode", [True, "writes"])
def test_a_file_that_was_not_sent_is_not_downloaded(mode: DryRunMode, tmp_path: Path) -> None:
    """No file is made, and the error tells why."""

    def server(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        return httpx.Response(200, json={"data": {"id": "r", "last_modified": 1}, **ROOT})

    client = Client("http://server", transport=httpx.MockTransport(server), dry_run=mode)
    record = client.bucket("b").collection("c").record("r").add_attachment(b"x", filename="a.txt")
    with pytest.raises(UsageError, match="a dry run keeps no files"):
        record.download_attachment(tmp_path)
    assert not list(tmp_path.iterdir())
