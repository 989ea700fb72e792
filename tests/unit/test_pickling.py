"""Objects that travel, compare and show themselves."""

import copy
import pickle
from typing import Any

import attrs
import pytest

from kinto_sdk import AsyncClient, Client, Record, Request, Response, UsageError
from kinto_sdk._aio.navigation import AsyncNavigation
from kinto_sdk._aio.port import AsyncDetached
from kinto_sdk.flows import objects as flows
from kinto_sdk.objects.context import Context
from kinto_sdk.protocol.server import server_info_from
from tests.flows.driving import Answer, body, navigation, row, run


@attrs.define
class Todo:
    """Something to do."""

    title: str
    tags: list[str] = attrs.field(factory=list)


def travelled(thing: Any) -> Any:
    """The thing after a journey to another process."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301  # ours


def loaded(model: type[Any] | None = None, **fields: Any) -> Record[Any]:
    """A record that was loaded by a writer."""
    collection: Any = navigation().bucket("b").collection("c", model)
    record = collection.record("r")
    run(flows.load(record), Answer(200, body(5, **fields)))
    return record


@pytest.mark.parametrize("model", [None, Todo])
@pytest.mark.parametrize("opened", [True, False])
def test_a_record_travels_whole(model: type[Any] | None, opened: object) -> None:
    """Data, version, permissions and edits arrive; what would be saved is the same."""
    record = loaded(model, title="a", tags=["x"], more={"deep": 1})
    if opened:
        tags = record.data.tags if model else record.data["tags"]
        tags.append("y")
    record.permissions.read.add("account:bob")
    again = travelled(record)
    assert again == record
    assert (again.last_modified, again.created, again.is_dirty) == (5, None, True)
    assert again.data == record.data
    assert again.data is not record.data
    assert again.unsaved == record.unsaved
    assert next(flows.save(again)).json == next(flows.save(record)).json


@pytest.mark.parametrize("client", [Client("http://server"), AsyncClient("http://server")])
def test_what_asks_a_server_does_not_travel(client: Any) -> None:
    """A query, a feed or a batch has a client's connections; the error says what to take along instead."""
    collection = client.bucket("b").collection("c")
    asking = (collection.records(), collection.changes(), collection.watch(), client.batch())
    for each in (*asking, client._session):
        for journey in (pickle.dumps, copy.deepcopy):
            with pytest.raises(UsageError, match=r"not pickled or copied; pickle buckets.*obj\.using\(client\)"):
                journey(each)


def test_what_follows_a_collection_shows_where_it_stands() -> None:
    """The collection and the version to go on from, and whether it was stopped."""
    for client, kind in ((Client("http://server"), ""), (AsyncClient("http://server"), "Async")):
        collection: Any = client.bucket("b").collection("c")
        path = "/buckets/b/collections/c"
        assert repr(collection.changes()) == f"<{kind}Feed {path} since the beginning>"
        watch = collection.watch(since=5)
        assert repr(watch) == f"<{kind}Watch {path} since 5>"
        watch.stop()
        assert repr(watch) == f"<{kind}Watch {path} since 5 (stopped)>"


def test_every_kind_of_object_travels() -> None:
    """Handles too; a deleted object stays deleted, a new one new."""
    bucket = navigation().bucket("b")
    collection = bucket.collection("c", Todo)
    for each in (bucket, bucket.group("g"), collection, collection.record("r")):
        again = travelled(each)
        assert (again, repr(again)) == (each, repr(each))
    assert travelled(collection).model is Todo
    new = travelled(collection.new_record(Todo("a"), "n"))
    assert dict(next(flows.save(new)).headers) == {"If-None-Match": "*"}
    deleted = loaded()
    run(flows.delete(deleted), Answer(200, {"data": row(6, deleted=True)}))
    assert "(deleted)" in repr(travelled(deleted))


def test_an_object_from_elsewhere_needs_a_client() -> None:
    """It arrives without one, and every verb says how to go on; nothing is in doubt then."""
    again = travelled(loaded(a=1))
    for call in (again.load, again.save, again.delete, again.exists, again.refresh, lambda: again.patch({"a": 1})):
        with pytest.raises(UsageError, match=r"using\(client\)"):
            call()
    assert not again.is_dirty
    with Client("http://other/v1") as client:
        assert again.using(client).url == "http://other/v1/buckets/b/collections/c/records/r"


def test_what_travels_has_no_credentials() -> None:
    """Neither the client's nor what it learnt of the server."""
    with Client("http://server/v1", auth=("alice", "s3cret"), headers={"X-Token": "t0ken"}) as client:
        record = client.bucket("b").collection("c").new_record({"a": 1})
        client._context.memory.info = server_info_from({"settings": {}, "project_name": "Kinto of s3cret"})
        stored = pickle.dumps(record)
    assert b"s3cret" not in stored
    assert b"t0ken" not in stored


def test_copies_share_nothing() -> None:
    """A copy of an object has its own data and edits."""
    record = loaded(a=[1])
    for twin in (copy.copy(record), copy.deepcopy(record)):
        assert twin == record
        twin.data["a"].append(2)
        assert not record.is_dirty


def test_objects_are_equal_by_server_and_path() -> None:
    """Whatever they hold and whichever client they came from; not on another server, not another kind."""
    record = loaded(a=1)
    assert record == navigation().bucket("b").collection("c", Todo).record("r")
    assert len({record, navigation().bucket("b").collection("c").record("r"), travelled(record)}) == 1
    others = [
        navigation().bucket("b").collection("c").record("s"),
        navigation().bucket("b2").collection("c").record("r"),
        navigation().bucket("b").group("c"),
        Client("http://other/v1").bucket("b").collection("c").record("r"),
        record.path,
        None,
    ]
    assert all(record != other for other in others)


def test_objects_of_both_colours_and_of_clones_are_equal() -> None:
    """The same object on the same server is the same, however it is reached."""
    mine = navigation().bucket("b")
    other = AsyncNavigation(AsyncDetached(), Context(server_url="http://server/v1")).bucket("b")
    assert mine == other
    assert hash(mine) == hash(other)
    with Client("http://server") as client, client.clone(auth=("bob", "x")) as clone:
        assert client.bucket("b") == clone.bucket("b") == mine


def test_shown_objects_show_no_data() -> None:
    """A repr is the class, the path and the condition: no data, no secrets."""
    record = loaded(a="secret")
    assert repr(record) == "<Record /buckets/b/collections/c/records/r @5>"
    assert repr(navigation().bucket("b")) == "<Bucket /buckets/b (not loaded)>"
    for url in ("http://alice:s3cret@server/v1", "http://server/"):
        with Client(url) as client:
            assert repr(client) == "<Client http://server/v1>"
            assert "s3cret" not in repr(client._session.options)
    assert repr(AsyncClient("http://server", auth=("alice", "s3cret"))) == "<AsyncClient http://server/v1>"
    assert repr(Client("http://server", dry_run=True)) == "<Client http://server/v1 (dry_run=True)>"
    assert repr(AsyncClient("http://server", dry_run="writes")) == "<AsyncClient http://server/v1 (dry_run='writes')>"


def test_responses_travel() -> None:
    """What `client.request` gave can be kept."""
    response = Response(200, {"etag": '"5"'}, b'{"a":1}', request=Request("GET", "/x"), retried=True)
    again = travelled(response)
    assert (again.status, again.json(), again.etag, again.retried, again.request.path) == (200, {"a": 1}, 5, True, "/x")
