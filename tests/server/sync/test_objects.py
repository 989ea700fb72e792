# Generated from tests/server/aio/test_objects.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Objects on a real server, in the sync colour."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    Bucket,
    Client,
    Collection,
    AuthenticationError,
    ConflictError,
    DeletedError,
    InvalidRequestError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    UsageError,
)


@attrs.define
class Place:
    """A part of a todo."""

    city: str


@attrs.define
class Todo:
    """Something to do."""

    title: str
    done: bool = False
    due: datetime | None = None
    place: Place | None = None
    tags: list[str] = attrs.field(factory=list)


@attrs.frozen
class Note:
    """A frozen model that declares its metadata."""

    text: str
    id: str | None = None
    last_modified: int | None = None


@pytest.fixture
def blog(kinto_client: Client) -> Bucket:
    """Return a bucket with an empty collection."""
    bucket = kinto_client.create_bucket("blog")
    bucket.create_collection("todos")
    return bucket


@pytest.fixture
def todos(blog: Bucket) -> Collection[Todo]:
    """Return an empty collection of todos."""
    return blog.collection("todos", Todo)


@pytest.fixture
def rows(blog: Bucket) -> Collection[dict[str, Any]]:
    """Return the same collection without a model."""
    return blog.collection("todos")


def test_a_record_is_created_edited_and_saved(todos: Collection[Todo]) -> None:
    """What was saved is what another reader gets, and the edited instance is the same one."""
    record = todos.create_record(Todo("Buy milk", due=datetime(2030, 1, 2, tzinfo=UTC)), id="milk")
    assert (record.created, record.is_dirty) == (True, False)
    assert record.modified_at is not None
    assert abs(record.modified_at - datetime.now(UTC)) < timedelta(minutes=5)
    data, version = record.data, record.last_modified
    data.done = True
    data.tags.append("x")
    assert record.save() is record
    assert record.data is data
    assert (record.last_modified or 0) > (version or 0)
    other = todos.get_record("milk")
    assert other == record
    assert other.data == Todo("Buy milk", True, datetime(2030, 1, 2, tzinfo=UTC), tags=["x"])
    assert other.save() is other
    assert other.last_modified == record.last_modified


def test_undeclared_fields_survive(todos: Collection[Todo], rows: Collection[dict[str, Any]]) -> None:
    """A typed save keeps what the model does not know, at the top and inside."""
    rows.create_record({"title": "a", "place": {"city": "Bern", "zip": 3000}, "other": [1, 1.0, True]}, id="r")
    record = todos.get_record("r")
    assert record.data.place is not None
    record.data.place.city = "Basel"
    record.save()
    saved = (rows.get_record("r")).data
    assert saved["place"] == {"city": "Basel", "zip": 3000}
    assert [type(each) for each in saved["other"]] == [int, float, bool]


def test_a_removed_field_is_gone(rows: Collection[dict[str, Any]]) -> None:
    """Removing keys from a dict removes them on the server, to the last one."""
    record = rows.create_record({"a": 1, "b": {"c": 1}})
    data = record.data
    del data["a"]
    record.save()
    assert (rows.get_record(record.id)).data == {"b": {"c": 1}}
    data.clear()
    record.save()
    assert (rows.get_record(record.id)).data == {}
    assert record.data is data


def test_saving_a_removal_keeps_permissions(rows: Collection[dict[str, Any]]) -> None:
    """A PUT carries every permission that is known, so none is lost; edits of both go in one request."""
    record = rows.create_record({"a": 1, "b": 2}, permissions={"read": ["account:bob"]})
    del record.data["a"]
    record.save()
    record.permissions.read.add("account:eve")
    del record.data["b"]
    record.save()
    permissions = (rows.get_record(record.id)).permissions
    assert set(permissions.read) == {"account:bob", "account:eve"}
    assert len(permissions.write) == 1


def test_frozen_models_and_declared_metadata(blog: Bucket) -> None:
    """A frozen model is assigned anew, and gets the id and version it declares."""
    notes = blog.collection("todos", Note)
    record = notes.create_record(Note("a", id="n1"))
    assert (record.id, record.data.id, record.data.last_modified) == ("n1", "n1", record.last_modified)
    record.data = attrs.evolve(record.data, text="b")
    record.save()
    assert (notes.get_record("n1")).data == Note("b", "n1", record.last_modified)
    drawn = notes.create_record(Note("c"))
    assert drawn.data.id == drawn.id


def test_a_conflict_shows_both_sides(rows: Collection[dict[str, Any]]) -> None:
    """Nobody's change is overwritten unseen, by PATCH, PUT or DELETE; `safe=False` does it on purpose."""
    mine = rows.create_record({"a": 1, "b": 1}, id="r")
    theirs = rows.get_record("r")
    theirs.data["a"] = 2
    theirs.save()
    mine.data["a"] = 3
    with pytest.raises(ConflictError) as caught:
        mine.save()
    error = caught.value
    assert (error.base, error.mine, error.theirs) == ({"a": 1, "b": 1}, {"a": 3, "b": 1}, {"a": 2, "b": 1})
    assert error.fields == ("a",)
    with pytest.raises(ConflictError):
        mine.replace({"c": 1})
    with pytest.raises(ConflictError):
        mine.delete()
    assert (rows.get_record("r")).data == {"a": 2, "b": 1}
    mine.save(safe=False)
    assert (rows.get_record("r")).data == {"a": 3, "b": 1}
    with pytest.raises(ConflictError):
        mine.patch({"a": 9}, if_match=theirs.etag)


def test_a_deleted_object_is_a_conflict(rows: Collection[dict[str, Any]]) -> None:
    """Saving what somebody deleted tells so, whether it would be a PATCH or a PUT."""
    patched, put = [rows.create_record({"a": 1, "b": 1}, id=name) for name in ("r1", "r2")]
    rows.record("r1").delete()
    rows.record("r2").delete()
    patched.data["a"] = 2
    del put.data["a"]
    for record in (patched, put):
        with pytest.raises(ConflictError, match="deleted meanwhile") as caught:
            record.save()
        assert caught.value.theirs is None
    put.replace({"c": 1}, safe=False)
    assert put.exists()


def test_a_lost_collection_is_no_conflict(blog: Bucket, rows: Collection[dict[str, Any]]) -> None:
    """A missing parent is a NotFoundError that names it."""
    record = rows.create_record({"a": 1})
    blog.collection("todos").delete()
    record.data["a"] = 2
    with pytest.raises(NotFoundError, match="there is no collection 'todos'"):
        record.save()
    with pytest.raises(NotFoundError, match="there is no collection 'todos'"):
        rows.create_record({})
    assert not record.exists()


def test_creating_what_exists(blog: Bucket, kinto_client: Client) -> None:
    """An id that is taken is an error, or the object that has it, for each kind of object."""
    todos = blog.collection("todos")
    todos.create_record({"a": 1}, id="r", permissions={"read": ["account:bob"]})
    blog.create_group("g", ["account:bob"])
    with pytest.raises(AlreadyExistsError) as caught:
        todos.create_record({"a": 2}, id="r")
    assert caught.value.theirs == {"a": 1}
    with pytest.raises(AlreadyExistsError):
        kinto_client.create_bucket("blog")
    with pytest.raises(AlreadyExistsError):
        todos.new_record({}, "r").save()
    existing = [
        todos.create_record({"a": 2}, id="r", if_not_exists=True),
        blog.create_collection("todos", {"sort": "x"}, if_not_exists=True),
        blog.create_group("g", ["account:eve"], if_not_exists=True),
        kinto_client.create_bucket("blog", if_not_exists=True),
    ]
    assert [each.created for each in existing] == [False] * 4
    assert [each.data for each in existing] == [{"a": 1}, {}, {"members": ["account:bob"]}, {}]
    assert list(existing[0].permissions.read) == ["account:bob"]
    made = todos.create_record({"a": 2}, id="s", if_not_exists=True)
    assert made.created


def test_ids_are_drawn(blog: Bucket, kinto_client: Client) -> None:
    """Without an id each kind of object gets one that the server takes."""
    bucket = kinto_client.create_bucket(data={"a": 1})
    collection = bucket.create_collection()
    group = bucket.create_group(members=["account:bob"])
    record = collection.create_record({})
    assert len({bucket.id, collection.id, group.id, record.id}) == 4
    for each in (bucket, collection, group, record):
        assert each.exists()
    assert [each.id for each in bucket.groups()] == [group.id]
    assert [each.id for each in bucket.collections()] == [collection.id]
    assert {each.id for each in kinto_client.buckets()} == {"blog", bucket.id}


def test_the_other_objects_are_edited_alike(blog: Bucket) -> None:
    """Buckets, collections and groups have data, too."""
    group = blog.create_group("g", data={"members": ["account:bob"]})
    for each in (blog, blog.collection("todos"), group):
        each.load()
        each.data["note"] = {"a": 1}
        each.save()
        each.data.pop("note")
        each.data["other"] = 1
        each.save()
        assert each.refresh() is False
    group.members = ["account:eve"]
    group.save()
    assert (blog.get_group("g")).data == {"members": ["account:eve"], "other": 1}
    assert (blog.get_collection("todos")).data == {"other": 1}


def test_replace_and_patch_of_a_handle(rows: Collection[dict[str, Any]]) -> None:
    """Neither needs to read first; the object then holds the answer."""
    record = rows.record("r").replace({"a": 1}, permissions={"read": ["account:bob"]})
    assert (record.created, record.data) == (True, {"a": 1})
    handle = rows.record("r")
    assert handle.patch({"b": 2}) is handle
    assert handle.data == {"a": 1, "b": 2}
    assert list(handle.permissions.read) == ["account:bob"]
    rows.record("r").replace({"c": 1})
    assert (rows.get_record("r")).data == {"c": 1}
    with pytest.raises(NotFoundError):
        rows.record("unknown").patch({"a": 1})


def test_delete(rows: Collection[dict[str, Any]]) -> None:
    """A deleted object can't be saved, and is made anew by `replace`."""
    record = rows.create_record({"a": 1}, id="r")
    assert record.delete() is True
    assert not rows.record("r").exists()
    with pytest.raises(DeletedError):
        record.save()
    with pytest.raises(DeletedError):
        record.delete()
    assert record.delete(if_exists=True) is False
    with pytest.raises(NotFoundError):
        rows.record("r").delete()
    assert rows.record("r").delete(if_exists=True) is False
    record.replace({"b": 1})
    record.data["b"] = 2
    record.save()
    assert (rows.get_record("r")).data == {"b": 2}


def test_partial_reads(rows: Collection[dict[str, Any]]) -> None:
    """Some fields are read alone; a save sends what changed, and fills in the rest."""
    rows.create_record({"a": 1, "b": {"c": 1, "d": 2}, "e f": 3}, id="r")
    record = rows.record("r").load(fields=["b.c", "e f"])
    assert record.data == {"b": {"c": 1}, "e f": 3}
    assert record.last_modified is not None
    with pytest.raises(NotLoadedError):
        len(record.permissions)
    del record.data["e f"]
    with pytest.raises(NotLoadedError):
        record.save()
    record.data["e f"] = 4
    record.save()
    assert record.data == {"a": 1, "b": {"c": 1, "d": 2}, "e f": 4}


def test_refresh_reads_what_changed(rows: Collection[dict[str, Any]]) -> None:
    """An unchanged object is not read again, and keeps its edits."""
    record = rows.create_record({"a": 1}, id="r")
    data = record.data
    data["a"] = 5
    assert record.refresh() is False
    assert data == {"a": 5}
    rows.record("r").patch({"a": 2})
    assert record.refresh() is True
    assert record.data is data
    assert data == {"a": 2}


def test_numbers_and_texts_come_back(rows: Collection[dict[str, Any]]) -> None:
    """What is saved is what is read, types included; nothing is dirty afterwards."""
    document = {
        "big": 2**63 - 1,
        "small": -(2**63),
        "float": 0.1,
        "whole": 1.0,
        "text": 'é\u2028"\\ 🎉',
        "deep": [[], {}, [None, True, False]],
        "": 1,
        "a.b": 2,
    }
    record = rows.create_record(document)
    assert not record.is_dirty
    read = rows.get_record(record.id)
    assert read.data == document
    assert type(read.data["whole"]) is float


def test_the_default_bucket(kinto_client: Client) -> None:
    """Without an id `bucket()` is the caller's own, whose real id shows once it is loaded."""
    bucket = kinto_client.bucket().load()
    assert bucket.path == "/buckets/default"
    assert bucket.id != "default"
    record = bucket.collection("todos").create_record({"a": 1}, id="r")
    assert record.path == "/buckets/default/collections/todos/records/r"
    real = kinto_client.bucket(bucket.id).collection("todos").get_record("r")
    assert real.data == {"a": 1}
    assert real != record


def test_a_group_of_the_default_bucket_is_known_by_its_real_id(kinto_client: Client) -> None:
    """Permissions would never match a principal with `default` in it, so it is not made up."""
    bucket = kinto_client.bucket()
    group = bucket.create_group("g", ["account:bob"])
    with pytest.raises(NotLoadedError, match=r"load\(\) the bucket"):
        bucket.permissions = {"read": [group]}
    bucket.load()
    bucket.permissions.read.add(group)
    bucket.save()
    assert list(bucket.permissions.read) == [f"/buckets/{bucket.id}/groups/g"]


def test_a_schema_violation_names_the_field(blog: Bucket) -> None:
    """A refused document is an InvalidRequestError, and the edits are still there."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    numbers = blog.create_collection("numbers", {"schema": schema})
    with pytest.raises(InvalidRequestError) as caught:
        numbers.create_record({"n": "x"})
    assert [each.name for each in caught.value.problems] == ["n"]
    record = numbers.create_record({"n": 1})
    record.data["n"] = 2
    record.save()
    assert not record.is_dirty
    record.data["n"] = "x"
    with pytest.raises(InvalidRequestError):
        record.save()
    assert record.unsaved.set["n"] == "x"


def test_callers_without_rights(
    rows: Collection[dict[str, Any]], connect: Callable[..., Client]
) -> None:
    """What may not be done is a PermissionDeniedError, without credentials an AuthenticationError."""
    rows.create_record({"a": 1}, id="r")
    bob = connect("bob")
    record = bob.bucket("blog").collection("todos").record("r")
    with pytest.raises(PermissionDeniedError, match="may not exist"):
        record.load()
    with pytest.raises(PermissionDeniedError):
        record.exists()
    assert bob.bucket("blog").exists() is False
    assert bob.bucket("unknown").delete(if_exists=True) is False
    anonymous = Client(bob.server_url)
    with pytest.raises(AuthenticationError, match="credentials"):
        anonymous.bucket("blog").load()
    anonymous.close()


def test_a_reader_is_not_shown_permissions(
    rows: Collection[dict[str, Any]], connect: Callable[..., Client]
) -> None:
    """An object seen by a reader can't have its permissions edited blindly."""
    rows.create_record({"a": 1}, id="r", permissions={"read": ["system.Everyone"]})
    record = connect("bob").bucket("blog").collection("todos").get_record("r")
    assert record.data == {"a": 1}
    with pytest.raises(NotLoadedError, match="not visible"):
        record.permissions.read.add("account:eve")


def test_an_object_goes_on_with_another_client(
    rows: Collection[dict[str, Any]], connect: Callable[..., Client]
) -> None:
    """Unpickled, or for another user: edits come along."""
    record = rows.create_record({"a": 1}, id="r", permissions={"write": ["system.Authenticated"]})
    record.data["a"] = 2
    again = pickle.loads(pickle.dumps(record))  # noqa: S301  # ours
    with pytest.raises(UsageError, match="using"):
        again.save()
    with pytest.raises(UsageError, match="using"):
        again.exists()
    with pytest.raises(UsageError, match="using"):
        again.collection.records().all()
    with pytest.raises(UsageError, match="using"):
        [each for each in again.collection.create_records([{}])]
    bob = again.using(connect("bob"))
    assert bob == record
    bob.save()
    assert (rows.get_record("r")).data == {"a": 2}
    with pytest.raises(ConflictError):
        record.save()


def test_from_path(rows: Collection[dict[str, Any]], kinto_client: Client) -> None:
    """The object behind a path that the server wrote, with a model if one is given."""
    record = rows.create_record({"title": "a"})
    found = kinto_client.from_path("/v1" + record.path, Todo)
    assert found == record
    found.load()
    assert found.data == Todo("a")
    bucket = kinto_client.bucket("blog")
    for each in (bucket, bucket.group("g"), bucket.collection("todos"), kinto_client.account("alice")):
        assert kinto_client.from_path(each.path) == each
        assert each.using(kinto_client) == each
    assert bucket.group("g").bucket is bucket
    with pytest.raises(UsageError, match="which collection"):
        bucket.collection()
    with pytest.raises(UsageError, match="two ids"):
        bucket.collection("todos").new_record({"id": "a"}, "b")


def test_any_request(rows: Collection[dict[str, Any]], kinto_client: Client) -> None:
    """The escape hatch has the client's credentials and errors."""
    rows.create_record({"a": 1}, id="r")
    path = "/buckets/blog/collections/todos/records"
    response = kinto_client.request("GET", path, params={"_fields": "a"})
    assert [row["a"] for row in response.object()["data"]] == [1]
    etag = response.headers["etag"]
    response = kinto_client.request("get", path, headers={"If-None-Match": etag})
    assert response.status == 304
    response = kinto_client.request("POST", path, json={"data": {"when": datetime(2030, 1, 1, tzinfo=UTC)}})
    assert response.status == 201
    with pytest.raises(NotFoundError):
        kinto_client.request("GET", "/nowhere")


def test_server_info(kinto_client: Client) -> None:
    """The server tells its limits, its plugins, and who the caller is."""
    info = kinto_client.server_info()
    assert info is kinto_client.server_info()
    assert info.settings.batch_max_requests > 1
    assert "history" in info.capabilities
    assert info.user is not None
    assert info.user.id.startswith("basicauth:")
    assert kinto_client.server_info(refresh=True) is not info
