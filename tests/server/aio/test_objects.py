"""Objects on a real server, in the async colour. The sync one is generated from this folder."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    AsyncBucket,
    AsyncClient,
    AsyncCollection,
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
async def blog(async_kinto_client: AsyncClient) -> AsyncBucket:
    """Return a bucket with an empty collection."""
    bucket = await async_kinto_client.create_bucket("blog")
    await bucket.create_collection("todos")
    return bucket


@pytest.fixture
def todos(blog: AsyncBucket) -> AsyncCollection[Todo]:
    """Return an empty collection of todos."""
    return blog.collection("todos", Todo)


@pytest.fixture
def rows(blog: AsyncBucket) -> AsyncCollection[dict[str, Any]]:
    """Return the same collection without a model."""
    return blog.collection("todos")


async def test_a_record_is_created_edited_and_saved(todos: AsyncCollection[Todo]) -> None:
    """What was saved is what another reader gets, and the edited instance is the same one."""
    record = await todos.create_record(Todo("Buy milk", due=datetime(2030, 1, 2, tzinfo=UTC)), id="milk")
    assert (record.created, record.is_dirty) == (True, False)
    assert record.modified_at is not None
    assert abs(record.modified_at - datetime.now(UTC)) < timedelta(minutes=5)
    data, version = record.data, record.last_modified
    data.done = True
    data.tags.append("x")
    assert await record.save() is record
    assert record.data is data
    assert (record.last_modified or 0) > (version or 0)
    other = await todos.get_record("milk")
    assert other == record
    assert other.data == Todo("Buy milk", True, datetime(2030, 1, 2, tzinfo=UTC), tags=["x"])
    assert await other.save() is other
    assert other.last_modified == record.last_modified


async def test_undeclared_fields_survive(todos: AsyncCollection[Todo], rows: AsyncCollection[dict[str, Any]]) -> None:
    """A typed save keeps what the model does not know, at the top and inside."""
    await rows.create_record({"title": "a", "place": {"city": "Bern", "zip": 3000}, "other": [1, 1.0, True]}, id="r")
    record = await todos.get_record("r")
    assert record.data.place is not None
    record.data.place.city = "Basel"
    await record.save()
    saved = (await rows.get_record("r")).data
    assert saved["place"] == {"city": "Basel", "zip": 3000}
    assert [type(each) for each in saved["other"]] == [int, float, bool]


async def test_a_removed_field_is_gone(rows: AsyncCollection[dict[str, Any]]) -> None:
    """Removing keys from a dict removes them on the server, to the last one."""
    record = await rows.create_record({"a": 1, "b": {"c": 1}})
    data = record.data
    del data["a"]
    await record.save()
    assert (await rows.get_record(record.id)).data == {"b": {"c": 1}}
    data.clear()
    await record.save()
    assert (await rows.get_record(record.id)).data == {}
    assert record.data is data


async def test_saving_a_removal_keeps_permissions(rows: AsyncCollection[dict[str, Any]]) -> None:
    """A PUT carries every permission that is known, so none is lost; edits of both go in one request."""
    record = await rows.create_record({"a": 1, "b": 2}, permissions={"read": ["account:bob"]})
    del record.data["a"]
    await record.save()
    record.permissions.read.add("account:eve")
    del record.data["b"]
    await record.save()
    permissions = (await rows.get_record(record.id)).permissions
    assert set(permissions.read) == {"account:bob", "account:eve"}
    assert len(permissions.write) == 1


async def test_frozen_models_and_declared_metadata(blog: AsyncBucket) -> None:
    """A frozen model is assigned anew, and gets the id and version it declares."""
    notes = blog.collection("todos", Note)
    record = await notes.create_record(Note("a", id="n1"))
    assert (record.id, record.data.id, record.data.last_modified) == ("n1", "n1", record.last_modified)
    record.data = attrs.evolve(record.data, text="b")
    await record.save()
    assert (await notes.get_record("n1")).data == Note("b", "n1", record.last_modified)
    drawn = await notes.create_record(Note("c"))
    assert drawn.data.id == drawn.id


async def test_a_conflict_shows_both_sides(rows: AsyncCollection[dict[str, Any]]) -> None:
    """Nobody's change is overwritten unseen, by PATCH, PUT or DELETE; `safe=False` does it on purpose."""
    mine = await rows.create_record({"a": 1, "b": 1}, id="r")
    theirs = await rows.get_record("r")
    theirs.data["a"] = 2
    await theirs.save()
    mine.data["a"] = 3
    with pytest.raises(ConflictError) as caught:
        await mine.save()
    error = caught.value
    assert (error.base, error.mine, error.theirs) == ({"a": 1, "b": 1}, {"a": 3, "b": 1}, {"a": 2, "b": 1})
    assert error.fields == ("a",)
    with pytest.raises(ConflictError):
        await mine.replace({"c": 1})
    with pytest.raises(ConflictError):
        await mine.delete()
    assert (await rows.get_record("r")).data == {"a": 2, "b": 1}
    await mine.save(safe=False)
    assert (await rows.get_record("r")).data == {"a": 3, "b": 1}
    with pytest.raises(ConflictError):
        await mine.patch({"a": 9}, if_match=theirs.etag)


async def test_a_deleted_object_is_a_conflict(rows: AsyncCollection[dict[str, Any]]) -> None:
    """Saving what somebody deleted tells so, whether it would be a PATCH or a PUT."""
    patched, put = [await rows.create_record({"a": 1, "b": 1}, id=name) for name in ("r1", "r2")]
    await rows.record("r1").delete()
    await rows.record("r2").delete()
    patched.data["a"] = 2
    del put.data["a"]
    for record in (patched, put):
        with pytest.raises(ConflictError, match="deleted meanwhile") as caught:
            await record.save()
        assert caught.value.theirs is None
    await put.replace({"c": 1}, safe=False)
    assert await put.exists()


async def test_a_lost_collection_is_no_conflict(blog: AsyncBucket, rows: AsyncCollection[dict[str, Any]]) -> None:
    """A missing parent is a NotFoundError that names it."""
    record = await rows.create_record({"a": 1})
    await blog.collection("todos").delete()
    record.data["a"] = 2
    with pytest.raises(NotFoundError, match="there is no collection 'todos'"):
        await record.save()
    with pytest.raises(NotFoundError, match="there is no collection 'todos'"):
        await rows.create_record({})
    assert not await record.exists()


async def test_creating_what_exists(blog: AsyncBucket, async_kinto_client: AsyncClient) -> None:
    """An id that is taken is an error, or the object that has it, for each kind of object."""
    todos = blog.collection("todos")
    await todos.create_record({"a": 1}, id="r", permissions={"read": ["account:bob"]})
    await blog.create_group("g", ["account:bob"])
    with pytest.raises(AlreadyExistsError) as caught:
        await todos.create_record({"a": 2}, id="r")
    assert caught.value.theirs == {"a": 1}
    with pytest.raises(AlreadyExistsError):
        await async_kinto_client.create_bucket("blog")
    with pytest.raises(AlreadyExistsError):
        await todos.new_record({}, "r").save()
    existing = [
        await todos.create_record({"a": 2}, id="r", if_not_exists=True),
        await blog.create_collection("todos", {"sort": "x"}, if_not_exists=True),
        await blog.create_group("g", ["account:eve"], if_not_exists=True),
        await async_kinto_client.create_bucket("blog", if_not_exists=True),
    ]
    assert [each.created for each in existing] == [False] * 4
    assert [each.data for each in existing] == [{"a": 1}, {}, {"members": ["account:bob"]}, {}]
    assert list(existing[0].permissions.read) == ["account:bob"]
    made = await todos.create_record({"a": 2}, id="s", if_not_exists=True)
    assert made.created


async def test_ids_are_drawn(blog: AsyncBucket, async_kinto_client: AsyncClient) -> None:
    """Without an id each kind of object gets one that the server takes."""
    bucket = await async_kinto_client.create_bucket(data={"a": 1})
    collection = await bucket.create_collection()
    group = await bucket.create_group(members=["account:bob"])
    record = await collection.create_record({})
    assert len({bucket.id, collection.id, group.id, record.id}) == 4
    for each in (bucket, collection, group, record):
        assert await each.exists()
    assert [each.id async for each in bucket.groups()] == [group.id]
    assert [each.id async for each in bucket.collections()] == [collection.id]
    assert {each.id async for each in async_kinto_client.buckets()} == {"blog", bucket.id}


async def test_the_other_objects_are_edited_alike(blog: AsyncBucket) -> None:
    """Buckets, collections and groups have data, too."""
    group = await blog.create_group("g", data={"members": ["account:bob"]})
    for each in (blog, blog.collection("todos"), group):
        await each.load()
        each.data["note"] = {"a": 1}
        await each.save()
        each.data.pop("note")
        each.data["other"] = 1
        await each.save()
        assert await each.refresh() is False
    group.members = ["account:eve"]
    await group.save()
    assert (await blog.get_group("g")).data == {"members": ["account:eve"], "other": 1}
    assert (await blog.get_collection("todos")).data == {"other": 1}


async def test_replace_and_patch_of_a_handle(rows: AsyncCollection[dict[str, Any]]) -> None:
    """Neither needs to read first; the object then holds the answer."""
    record = await rows.record("r").replace({"a": 1}, permissions={"read": ["account:bob"]})
    assert (record.created, record.data) == (True, {"a": 1})
    handle = rows.record("r")
    assert await handle.patch({"b": 2}) is handle
    assert handle.data == {"a": 1, "b": 2}
    assert list(handle.permissions.read) == ["account:bob"]
    await rows.record("r").replace({"c": 1})
    assert (await rows.get_record("r")).data == {"c": 1}
    with pytest.raises(NotFoundError):
        await rows.record("unknown").patch({"a": 1})


async def test_delete(rows: AsyncCollection[dict[str, Any]]) -> None:
    """A deleted object can't be saved, and is made anew by `replace`."""
    record = await rows.create_record({"a": 1}, id="r")
    assert await record.delete() is True
    assert not await rows.record("r").exists()
    with pytest.raises(DeletedError):
        await record.save()
    with pytest.raises(DeletedError):
        await record.delete()
    assert await record.delete(if_exists=True) is False
    with pytest.raises(NotFoundError):
        await rows.record("r").delete()
    assert await rows.record("r").delete(if_exists=True) is False
    await record.replace({"b": 1})
    record.data["b"] = 2
    await record.save()
    assert (await rows.get_record("r")).data == {"b": 2}


async def test_partial_reads(rows: AsyncCollection[dict[str, Any]]) -> None:
    """Some fields are read alone; a save sends what changed, and fills in the rest."""
    await rows.create_record({"a": 1, "b": {"c": 1, "d": 2}, "e f": 3}, id="r")
    record = await rows.record("r").load(fields=["b.c", "e f"])
    assert record.data == {"b": {"c": 1}, "e f": 3}
    assert record.last_modified is not None
    with pytest.raises(NotLoadedError):
        len(record.permissions)
    del record.data["e f"]
    with pytest.raises(NotLoadedError):
        await record.save()
    record.data["e f"] = 4
    await record.save()
    assert record.data == {"a": 1, "b": {"c": 1, "d": 2}, "e f": 4}


async def test_refresh_reads_what_changed(rows: AsyncCollection[dict[str, Any]]) -> None:
    """An unchanged object is not read again, and keeps its edits."""
    record = await rows.create_record({"a": 1}, id="r")
    data = record.data
    data["a"] = 5
    assert await record.refresh() is False
    assert data == {"a": 5}
    await rows.record("r").patch({"a": 2})
    assert await record.refresh() is True
    assert record.data is data
    assert data == {"a": 2}


async def test_numbers_and_texts_come_back(rows: AsyncCollection[dict[str, Any]]) -> None:
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
    record = await rows.create_record(document)
    assert not record.is_dirty
    read = await rows.get_record(record.id)
    assert read.data == document
    assert type(read.data["whole"]) is float


async def test_the_default_bucket(async_kinto_client: AsyncClient) -> None:
    """Without an id `bucket()` is the caller's own, whose real id shows once it is loaded."""
    bucket = await async_kinto_client.bucket().load()
    assert bucket.path == "/buckets/default"
    assert bucket.id != "default"
    record = await bucket.collection("todos").create_record({"a": 1}, id="r")
    assert record.path == "/buckets/default/collections/todos/records/r"
    real = await async_kinto_client.bucket(bucket.id).collection("todos").get_record("r")
    assert real.data == {"a": 1}
    assert real != record


async def test_a_group_of_the_default_bucket_is_known_by_its_real_id(async_kinto_client: AsyncClient) -> None:
    """Permissions would never match a principal with `default` in it, so it is not made up."""
    bucket = async_kinto_client.bucket()
    group = await bucket.create_group("g", ["account:bob"])
    with pytest.raises(NotLoadedError, match=r"load\(\) the bucket"):
        bucket.permissions = {"read": [group]}
    await bucket.load()
    bucket.permissions.read.add(group)
    await bucket.save()
    assert list(bucket.permissions.read) == [f"/buckets/{bucket.id}/groups/g"]


async def test_a_schema_violation_names_the_field(blog: AsyncBucket) -> None:
    """A refused document is an InvalidRequestError, and the edits are still there."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    numbers = await blog.create_collection("numbers", {"schema": schema})
    with pytest.raises(InvalidRequestError) as caught:
        await numbers.create_record({"n": "x"})
    assert [each.name for each in caught.value.problems] == ["n"]
    record = await numbers.create_record({"n": 1})
    record.data["n"] = 2
    await record.save()
    assert not record.is_dirty
    record.data["n"] = "x"
    with pytest.raises(InvalidRequestError):
        await record.save()
    assert record.unsaved.set["n"] == "x"


async def test_callers_without_rights(
    rows: AsyncCollection[dict[str, Any]], connect: Callable[..., AsyncClient]
) -> None:
    """What may not be done is a PermissionDeniedError, without credentials an AuthenticationError."""
    await rows.create_record({"a": 1}, id="r")
    bob = connect("bob")
    record = bob.bucket("blog").collection("todos").record("r")
    with pytest.raises(PermissionDeniedError, match="may not exist"):
        await record.load()
    with pytest.raises(PermissionDeniedError):
        await record.exists()
    assert await bob.bucket("blog").exists() is False
    assert await bob.bucket("unknown").delete(if_exists=True) is False
    anonymous = AsyncClient(bob.server_url)
    with pytest.raises(AuthenticationError, match="credentials"):
        await anonymous.bucket("blog").load()
    await anonymous.close()


async def test_a_reader_is_not_shown_permissions(
    rows: AsyncCollection[dict[str, Any]], connect: Callable[..., AsyncClient]
) -> None:
    """An object seen by a reader can't have its permissions edited blindly."""
    await rows.create_record({"a": 1}, id="r", permissions={"read": ["system.Everyone"]})
    record = await connect("bob").bucket("blog").collection("todos").get_record("r")
    assert record.data == {"a": 1}
    with pytest.raises(NotLoadedError, match="not visible"):
        record.permissions.read.add("account:eve")


async def test_an_object_goes_on_with_another_client(
    rows: AsyncCollection[dict[str, Any]], connect: Callable[..., AsyncClient]
) -> None:
    """Unpickled, or for another user: edits come along."""
    record = await rows.create_record({"a": 1}, id="r", permissions={"write": ["system.Authenticated"]})
    record.data["a"] = 2
    again = pickle.loads(pickle.dumps(record))  # noqa: S301  # ours
    with pytest.raises(UsageError, match="using"):
        await again.save()
    with pytest.raises(UsageError, match="using"):
        await again.exists()
    with pytest.raises(UsageError, match="using"):
        await again.collection.records().all()
    with pytest.raises(UsageError, match="using"):
        [each async for each in again.collection.create_records([{}])]
    bob = again.using(connect("bob"))
    assert bob == record
    await bob.save()
    assert (await rows.get_record("r")).data == {"a": 2}
    with pytest.raises(ConflictError):
        await record.save()


async def test_from_path(rows: AsyncCollection[dict[str, Any]], async_kinto_client: AsyncClient) -> None:
    """The object behind a path that the server wrote, with a model if one is given."""
    record = await rows.create_record({"title": "a"})
    found = async_kinto_client.from_path("/v1" + record.path, Todo)
    assert found == record
    await found.load()
    assert found.data == Todo("a")
    bucket = async_kinto_client.bucket("blog")
    for each in (bucket, bucket.group("g"), bucket.collection("todos"), async_kinto_client.account("alice")):
        assert async_kinto_client.from_path(each.path) == each
        assert each.using(async_kinto_client) == each
    assert bucket.group("g").bucket is bucket
    with pytest.raises(UsageError, match="which collection"):
        bucket.collection()
    with pytest.raises(UsageError, match="two ids"):
        bucket.collection("todos").new_record({"id": "a"}, "b")


async def test_any_request(rows: AsyncCollection[dict[str, Any]], async_kinto_client: AsyncClient) -> None:
    """The escape hatch has the client's credentials and errors."""
    await rows.create_record({"a": 1}, id="r")
    path = "/buckets/blog/collections/todos/records"
    response = await async_kinto_client.request("GET", path, params={"_fields": "a"})
    assert [row["a"] for row in response.object()["data"]] == [1]
    etag = response.headers["etag"]
    response = await async_kinto_client.request("get", path, headers={"If-None-Match": etag})
    assert response.status == 304
    response = await async_kinto_client.request("POST", path, json={"data": {"when": datetime(2030, 1, 1, tzinfo=UTC)}})
    assert response.status == 201
    with pytest.raises(NotFoundError):
        await async_kinto_client.request("GET", "/nowhere")


async def test_server_info(async_kinto_client: AsyncClient) -> None:
    """The server tells its limits, its plugins, and who the caller is."""
    info = await async_kinto_client.server_info()
    assert info is await async_kinto_client.server_info()
    assert info.settings.batch_max_requests > 1
    assert "history" in info.capabilities
    assert info.user is not None
    assert info.user.id.startswith("basicauth:")
    assert await async_kinto_client.server_info(refresh=True) is not info
