"""Plans and copies on a real server, in the async colour. The sync one is generated from this folder."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    AsyncBucket,
    AsyncClient,
    AsyncCollection,
    BatchError,
    ConflictError,
    Event,
    InvalidIdError,
    NotFoundError,
    PermissionDeniedError,
    RequestSent,
    UsageError,
)
from kinto_sdk.testing import KintoServer
from tests.server import remote_settings

pytestmark = pytest.mark.backends("memory")


@attrs.define
class Place:
    """A part of a todo."""

    city: str


@attrs.define
class Todo:
    """Something to do, as its id tells."""

    id: str
    title: str
    place: Place | None = None


@pytest.fixture
async def todos(async_kinto_client: AsyncClient) -> AsyncCollection[Any]:
    """Return a collection with three records."""
    bucket = await async_kinto_client.create_bucket("blog", {"display": "Blog"})
    collection = await bucket.create_collection("todos", {"sort": "title"})
    async for _ in collection.create_records([{"id": name, "title": name.title()} for name in ("milk", "eggs", "rye")]):
        pass
    return collection


async def contents(collection: AsyncCollection[Any]) -> dict[str, Any]:
    """Return the data of all records by id."""
    return {record.id: record.data async for record in collection.records()}


# ---- plans ----


@pytest.mark.backends("memory", "postgresql")
async def test_a_plan_is_made_and_applied(todos: AsyncCollection[Any]) -> None:
    """What is desired comes true in few writes, and then there is nothing left to do."""
    desired = [{"id": "milk", "title": "Milk"}, {"id": "eggs", "title": "Ten eggs"}, {"id": "oil", "title": "Oil"}]
    plan = await todos.plan(desired, delete=True)
    assert plan
    assert len(plan) == 3
    assert plan.unchanged == 1
    assert [each.id for each in (*plan.creates, *plan.updates, *plan.deletes)] == ["oil", "eggs", "rye"]
    assert str(plan).splitlines() == [
        "/buckets/blog/collections/todos/records",
        '  + oil: {"title": "Oil"}',
        "  ~ eggs",
        '      title: "Eggs" → "Ten eggs"',
        '  - rye: {"title": "Rye"}',
        "1 to create, 1 to update, 1 to delete, 1 as desired",
    ]
    assert repr(plan).endswith("Plan: 1 to create, 1 to update, 1 to delete, 1 as desired>")
    told: list[tuple[int, int | None]] = []
    applied = await plan.apply(on_progress=lambda done, total: told.append((done, total)))
    assert str(applied) == "1 created, 1 updated, 1 deleted"
    assert told == [(3, 3)]
    assert await contents(todos) == {"milk": {"title": "Milk"}, "eggs": {"title": "Ten eggs"}, "oil": {"title": "Oil"}}
    assert not await todos.plan(desired, delete=True)


async def test_nothing_to_do_is_no_write(todos: AsyncCollection[Any]) -> None:
    """A plan without writes leaves the list as it was."""
    before = await todos.records().timestamp()
    plan = await todos.plan(todos.records())
    assert str(await plan.apply()) == "nothing done"
    assert await todos.records().timestamp() == before


async def test_a_long_plan_goes_in_batches(todos: AsyncCollection[Any]) -> None:
    """More writes than a batch takes are told of chunk by chunk."""
    told: list[tuple[int, int | None]] = []
    plan = await todos.plan({"id": f"r{n}"} for n in range(60))
    assert (await plan.apply(on_progress=lambda *done: told.append(done), concurrency=2)).created == 60
    assert told == [(25, 60), (50, 60), (60, 60)]


@pytest.mark.backends("memory", "postgresql")
async def test_what_changed_meanwhile_is_not_overwritten(todos: AsyncCollection[Any]) -> None:
    """A plan that is out of date writes what it still may, and fails for the rest."""
    plan = await todos.plan(
        [{"id": "milk", "title": "Mine"}, {"id": "eggs", "title": "Mine"}, {"id": "oil"}], delete=True
    )
    await todos.record("milk").patch({"title": "Theirs"})
    await todos.record("rye").patch({"title": "Theirs"})
    await todos.create_record({"title": "Theirs"}, id="oil")
    with pytest.raises(BatchError) as caught:
        await plan.apply()
    errors = caught.value.exceptions
    assert [type(error) for error in errors] == [AlreadyExistsError, ConflictError, ConflictError]
    assert all(str(error).endswith("; it changed after the plan was made: make another plan") for error in errors)
    assert isinstance(errors[1], ConflictError)
    assert (errors[1].mine, errors[1].theirs) == ({"title": "Mine"}, {"title": "Theirs"})
    theirs = {"title": "Theirs"}
    assert await contents(todos) == {"milk": theirs, "eggs": {"title": "Mine"}, "rye": theirs, "oil": theirs}
    applied = await plan.apply(raise_on_error="server")
    assert not applied.ok
    assert [each.resource.id for each in applied.failed] == ["oil", "eggs", "milk", "rye"]


async def test_deletions_are_guarded(todos: AsyncCollection[Any]) -> None:
    """A plan that deletes more than it may is refused before it begins."""
    plan = await todos.plan([{"id": "milk", "title": "Mine"}], delete=True)
    with pytest.raises(UsageError, match="the plan deletes 2 objects, more than max_deletes=1; nothing was sent"):
        await plan.apply(max_deletes=1)
    with pytest.raises(UsageError, match="max_deletes=True is a whole number"):
        await plan.apply(max_deletes=True)
    assert len(await contents(todos)) == 3
    assert (await plan.apply(max_deletes=2)).deleted == 2


async def test_models_change_what_they_declare(todos: AsyncCollection[Any]) -> None:
    """Fields that a model does not declare stay, at every depth; documents that do not fit it are replaced."""
    typed = todos.bucket.collection("todos", Todo)
    await todos.record("milk").patch({"done": True, "place": {"city": "Paris", "zip": 1}})
    await todos.record("eggs").patch({"title": 7, "done": True})
    plan = await typed.plan([Todo("milk", "Oat", Place("Lyon")), Todo("eggs", "Eggs"), Todo("rye", "Rye")])
    assert [each.id for each in plan.updates] == ["eggs", "milk"]
    await plan.apply()
    found = await contents(todos)
    assert found["milk"] == {"title": "Oat", "done": True, "place": {"city": "Lyon", "zip": 1}}
    assert found["eggs"] == {"title": "Eggs", "done": True, "place": None}
    with pytest.raises(UsageError, match="data must be a dict, not Todo"):
        await todos.plan([Todo("milk", "Oat")])


async def test_records_and_queries_are_desired(todos: AsyncCollection[Any]) -> None:
    """Records count with their edits, and a query for what it reads."""
    backup = await todos.bucket.create_collection("backup")
    records = await todos.records().all()
    records.by_id["milk"].data["title"] = "Edited"
    await (await backup.plan(records)).apply()
    assert (await contents(backup))["milk"] == {"title": "Edited"}
    await backup.record("eggs").patch({"title": "Other", "kept": 1})
    some = todos.records().where(title="Eggs").only("title")
    await (await backup.plan(some)).apply()
    await (await backup.plan([record async for record in some])).apply()
    assert (await contents(backup))["eggs"] == {"title": "Eggs", "kept": 1}
    plan = await backup.plan((await todos.records().limit(1).all()), delete=True)
    assert len(plan.deletes) == 2
    plan = await backup.plan(todos.records().limit(1), delete=True)
    assert len(plan.deletes) == 2
    with pytest.raises(UsageError, match="lists no records"):
        await backup.plan(todos.bucket.collections())
    parts = todos.records().only("title", "place.city")
    for desired in (parts, [record async for record in parts]):
        with pytest.raises(UsageError, match=r"has a part of a field only: place.city"):
            await backup.plan(desired)


async def test_few_records_are_read_by_their_ids(todos: AsyncCollection[Any], async_kinto_client: AsyncClient) -> None:
    """Of a large collection the records that are desired are read alone, unless others are to go."""
    asked: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, RequestSent):
            asked.append(event.request.path)

    listened = todos.using(async_kinto_client.clone(on_event=listen))
    few = [{"id": "milk", "title": "Milk"}, {"id": "n" * 250}, {"id": "eggs", "title": "Eggs"}]
    assert repr(await listened.plan(few)).endswith("1 to create, 2 as desired>")
    await listened.plan([{"id": f"{n:0200}"} for n in range(25)])
    assert [path.count("_id=") for path in asked] == [1, 1, 1, 1]
    await listened.plan(few, delete=True)
    await listened.plan([{"id": f"r{n}"} for n in range(501)])
    await listened.plan([{"title": "Milk"}], key="title")
    assert [path.count("_id=") for path in asked[4:]] == [0, 0, 0]
    assert not await listened.plan([])


async def test_documents_may_come_as_they_are_made(todos: AsyncCollection[Any]) -> None:
    """What is desired may be a generator, which is read once."""

    async def stream() -> AsyncIterator[dict[str, Any]]:
        yield {"id": "milk", "title": "Milk"}
        yield {"id": "oil"}

    assert str(await todos.plan(stream())).endswith("1 to create, 1 as desired")
    with pytest.raises(UsageError, match=r'desired={"id": "milk"} is no list of documents'):
        await todos.plan({"id": "milk"})  # type: ignore[arg-type]  # wrong on purpose


async def test_plans_of_nothing(async_kinto_client: AsyncClient, todos: AsyncCollection[Any]) -> None:
    """What can't be desired is refused before anything is read; what is not there, when it is."""
    nowhere = async_kinto_client.bucket("nowhere").collection("todos")
    with pytest.raises(InvalidIdError):
        await nowhere.plan([{"id": "not an id"}])
    with pytest.raises(UsageError, match="two desired documents"):
        await nowhere.plan([{"id": "a"}, {"id": "a"}])
    with pytest.raises(PermissionDeniedError):
        await nowhere.plan([])
    with pytest.raises(NotFoundError):
        await todos.bucket.collection("nowhere").plan([])


async def test_a_dry_run_writes_nothing(todos: AsyncCollection[Any], async_kinto_client: AsyncClient) -> None:
    """With `dry_run="writes"` a plan is made of what is there, and its writes are kept."""
    dry = async_kinto_client.clone(dry_run="writes")
    plan = await dry.bucket("blog").collection("todos").plan([{"id": "milk", "title": "Oat"}], delete=True)
    assert str(await plan.apply()) == "1 updated, 2 deleted"
    assert len(dry.dry_run_log) == 3
    assert (await contents(todos))["milk"] == {"title": "Milk"}


# ---- copies ----


@pytest.fixture
async def other(make_server: Callable[..., KintoServer], async_kinto_client: AsyncClient) -> AsyncBucket:
    """Return a handle on a bucket of another user, on another server, that does not exist yet."""
    server = make_server(paginate_by=2)
    return async_kinto_client.clone(server_url=server.url, auth=("bob", "s3cret")).bucket("copy")


@pytest.mark.backends("memory", "postgresql")
async def test_a_bucket_is_copied(todos: AsyncCollection[Any], other: AsyncBucket) -> None:
    """A copy on another server has everything under its id, and a second one has nothing to do."""
    blog = todos.bucket
    await blog.grant("read", "account:zoe")
    group = await blog.create_group("editors", ["account:eve"], {"title": "Editors"})
    await todos.grant("write", group)
    plan = await blog.copy_to(other)
    assert list(plan.differences) == [
        "/buckets",
        "/buckets/copy/groups",
        "/buckets/copy/collections",
        "/buckets/copy/collections/todos/records",
    ]
    assert str(await plan.apply()) == "6 created"
    assert (await other.load()).data == {"display": "Blog"}
    assert "account:zoe" in other.permissions.read
    assert (await other.get_group("editors")).data == {"members": ["account:eve"], "title": "Editors"}
    copied = await other.get_collection("todos")
    assert copied.data == {"sort": "title"}
    assert "/buckets/copy/groups/editors" in copied.permissions.write
    assert await contents(copied) == await contents(todos)
    again = await blog.copy_to(other)
    assert not again
    assert str(again) == "nothing to do, 6 as desired"


async def test_a_copy_takes_nothing_away(todos: AsyncCollection[Any], other: AsyncBucket) -> None:
    """What only the other side has stays, unless it is to be the same."""
    blog = todos.bucket
    group = await blog.create_group("editors", ["account:eve"])
    await (await blog.copy_to(other)).apply()
    await other.patch({"own": 1})
    await other.create_group("readers")
    await other.group("editors").add_member("account:ann")
    await (await other.create_collection("drafts")).create_record({"id": "d"})
    await other.collection("todos").patch({"own": 1})
    await other.collection("todos").grant("read", "account:ann")
    await other.collection("todos").create_record({"id": "own"})
    await group.add_member("account:bob")
    await (await blog.copy_to(other)).apply()
    assert list((await other.get_group("editors")).members) == ["account:eve", "account:ann", "account:bob"]
    assert (await other.get_collection("todos")).data == {"sort": "title", "own": 1}
    plan = await blog.copy_to(other, delete=True)
    assert {each.id: each.contains for each in plan.deletes} == {"readers": 0, "drafts": 1, "own": 0}
    assert "- drafts and its records (1): {}" in str(plan)
    with pytest.raises(UsageError, match="the plan deletes 4 objects"):
        await plan.apply(max_deletes=3)
    assert str(await plan.apply(max_deletes=4)) == "3 updated, 3 deleted"
    assert (await other.load()).data == {"display": "Blog"}
    assert [each.id async for each in other.groups()] == ["editors"]
    assert list((await other.get_group("editors")).members) == ["account:eve", "account:bob"]
    copied = await other.get_collection("todos")
    assert copied.data == {"sort": "title"}
    assert "account:ann" not in copied.permissions.read
    assert (await other._parent.whoami()).id in copied.permissions.write
    assert not await blog.copy_to(other, delete=True)


async def test_what_reviews_write_is_data_elsewhere(todos: AsyncCollection[Any], other: AsyncBucket) -> None:
    """Of buckets, groups, and the collections of servers without reviews, everything is copied."""
    blog = todos.bucket
    await blog.patch({"status": "open"})
    await todos.patch({"status": "signed", "last_edit_by": "ann"})
    await blog.create_group("editors", [], {"signature": "A."})
    await (await blog.copy_to(other, permissions=False)).apply()
    assert (await other.load()).data["status"] == "open"
    assert (await other.get_group("editors")).data["signature"] == "A."
    assert (await other.get_collection("todos")).data == {"sort": "title", "status": "signed", "last_edit_by": "ann"}
    await todos.patch({"status": "draft"})
    assert str(await (await todos.copy_to(other.collection("todos"))).apply()) == "1 updated"
    assert not await blog.copy_to(other, permissions=False)


async def test_a_review_is_not_copied(
    todos: AsyncCollection[Any], async_kinto_client: AsyncClient, make_server: Callable[..., KintoServer]
) -> None:
    """Where collections are reviewed the state of the review stays the server's; the rest of the metadata is copied."""
    await todos.patch({"status": "to-sign", "display": "Todos"})
    server = make_server(**remote_settings.options("memory"))
    reviewed = async_kinto_client.clone(server_url=server.url, auth="bob:s3cret").bucket("free-workspace")
    await (await todos.bucket.copy_to(reviewed)).apply()
    copied = await reviewed.get_collection("todos")
    assert (copied.data["status"], copied.data["display"]) == ("work-in-progress", "Todos")
    assert not await todos.copy_to(copied)
    assert "status" not in (await reviewed.load()).data


async def test_a_collection_is_copied(todos: AsyncCollection[Any]) -> None:
    """A collection is copied to one of another name, which need not exist; records keep their ids."""
    blog = todos.bucket
    await todos.patch({"schema": {"type": "object"}})
    await todos.record("milk").patch({"title": "Stamped"})
    await todos.grant("read", "account:zoe")
    await todos.record("milk").grant("read", "account:ann")
    backup = blog.collection("backup")
    plan = await todos.copy_to(backup, record_permissions=True)
    assert str(await plan.apply()) == "4 created"
    assert (await backup.load()).data == {"sort": "title", "schema": {"type": "object"}}
    assert "account:zoe" in backup.permissions.read
    assert "account:ann" in (await backup.get_record("milk")).permissions.read
    assert not await todos.copy_to(backup, record_permissions=True, delete=True)
    await backup.record("milk").patch({"title": "Other", "own": 1})
    await backup.record("milk").revoke("read", "account:ann")
    await backup.create_record({"id": "own"})
    assert len(await todos.copy_to(backup, ignore=["title", "own"])) == 0
    assert str(await (await todos.copy_to(backup, record_permissions=True)).apply()) == "1 updated"
    found = await backup.get_record("milk")
    assert found.data["title"] == "Stamped"
    assert "account:ann" in found.permissions.read
    assert await backup.record("own").exists()


async def test_copies_into_the_default_bucket(todos: AsyncCollection[Any], async_kinto_client: AsyncClient) -> None:
    """The default bucket may be copied to, where groups are known by its real id."""
    await todos.bucket.create_group("editors")
    await todos.grant("write", todos.bucket.group("editors"))
    mine = async_kinto_client.bucket("default")
    await (await todos.bucket.copy_to(mine)).apply()
    real = (await async_kinto_client.get_bucket("default")).id
    assert f"/buckets/{real}/groups/editors" in (await mine.get_collection("todos")).permissions.write
    assert not await todos.bucket.copy_to(async_kinto_client.bucket("default"))


async def test_files_are_copied_on_request(todos: AsyncCollection[Any], other: AsyncBucket) -> None:
    """A copy has no file unless asked for; then it has one of its own, and only what differs is sent."""
    await todos.record("milk").add_attachment(b"hello", filename="a.txt")
    await todos.record("eggs").add_attachment(b"world", filename="b.txt")
    await (await todos.bucket.copy_to(other)).apply()
    copied = other.collection("todos")
    assert (await copied.get_record("milk")).attachment is None
    told: list[tuple[int, int | None]] = []
    plan = await todos.copy_to(copied, attachments=True)
    assert len(plan.files) == 2
    assert str(await plan.apply(on_progress=lambda *done: told.append(done))) == "2 files copied"
    assert told == [(1, 2), (2, 2)]
    async with copied.record("milk").open_attachment() as file:
        assert file.read() == b"hello"
    assert not await todos.copy_to(copied, attachments=True)
    await todos.record("milk").remove_attachment()
    await todos.record("eggs").delete()
    assert not await todos.copy_to(copied, attachments=True)
    plan = await todos.copy_to(copied, attachments=True, delete=True)
    assert str(await plan.apply()) == "1 deleted, 1 file copied"
    assert (await copied.get_record("milk")).attachment is None


async def test_an_attachment_that_is_text_is_copied(todos: AsyncCollection[Any], other: AsyncBucket) -> None:
    """It tells of no file, but is somebody's own field."""
    await todos.record("milk").patch({"attachment": "milk.pdf"})
    await (await todos.bucket.copy_to(other)).apply()
    copied = other.collection("todos")
    milk = await copied.get_record("milk")
    assert milk.data["attachment"] == "milk.pdf"
    await milk.patch({"attachment": None})
    for desired in (todos, await todos.records().all()):
        (update,) = (await copied.plan(desired)).updates
        assert update.diff.changed == {"attachment": (None, "milk.pdf")}


async def test_files_that_fail(todos: AsyncCollection[Any], other: AsyncBucket) -> None:
    """A file that can't be copied is one failure among the others; none makes a record that was refused."""
    await todos.record("milk").add_attachment(b"hello", filename="a.txt")
    await todos.record("rye").add_attachment(b"rye", filename="c.txt")
    await other._parent.create_bucket("copy")
    plan = await todos.copy_to(other.collection("todos"), attachments=True)
    await todos.record("milk").remove_attachment()
    collection = await other.create_collection(
        "todos", {"schema": {"properties": {"title": {"not": {"const": "Rye"}}}}}
    )
    applied = await plan.apply(raise_on_error=False)
    assert [each.resource.path.rpartition("/")[2] for each in applied.failed] == ["todos", "rye", "milk"]
    assert set(await contents(collection)) == {"milk", "eggs"}
    await collection.replace({})
    plan = await todos.copy_to(collection, attachments=True)
    await todos.record("rye").delete()
    with pytest.raises(BatchError):
        await plan.apply()
    assert set(await contents(collection)) == {"milk", "eggs", "rye"}


async def test_groups_without_members(todos: AsyncCollection[Any], other: AsyncBucket) -> None:
    """A group that never had members is copied like any other."""
    await todos.bucket.group("empty").replace({})
    await todos.bucket.create_group("full", ["account:eve"])
    await other._parent.create_bucket("copy")
    await other.group("full").replace({})
    await other.create_group("empty", ["account:ann"])
    await (await todos.bucket.copy_to(other)).apply()
    assert (await other.get_group("empty")).data == {"members": ["account:ann"]}
    assert (await other.get_group("full")).data == {"members": ["account:eve"]}
    await (await todos.bucket.copy_to(other, delete=True)).apply()
    assert (await other.get_group("empty")).data == {"members": []}
    assert not await todos.bucket.copy_to(other, delete=True)


async def test_copies_that_are_refused(todos: AsyncCollection[Any], async_kinto_client: AsyncClient) -> None:
    """A copy onto itself, into nowhere, or of what can't be seen is refused before anything is written."""
    blog = todos.bucket
    with pytest.raises(UsageError, match="/buckets/blog would be copied onto itself"):
        await blog.copy_to(async_kinto_client.bucket("blog"))
    mine = await async_kinto_client.get_bucket("default")
    with pytest.raises(UsageError, match="/buckets/default would be copied onto itself"):
        await async_kinto_client.bucket("default").copy_to(async_kinto_client.bucket(mine.id))
    with pytest.raises(UsageError, match=r"copy_to\(\) takes another collection, of a client of the same kind"):
        await todos.copy_to(blog)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(NotFoundError):
        await blog.collection("nowhere").copy_to(blog.collection("backup"))
    with pytest.raises(PermissionDeniedError):
        await todos.copy_to(async_kinto_client.bucket("nowhere").collection("backup"))
    async with async_kinto_client.batch() as batch:
        with pytest.raises(UsageError, match="a batch has no answers before its end"):
            await batch.bucket("blog").copy_to(async_kinto_client.bucket("backup"))
    bob = async_kinto_client.clone(auth=("bob", "s3cret"))
    await blog.grant("write", (await bob.whoami()).id)
    with pytest.raises(UsageError, match="permissions of /buckets/blog/collections/todos are not visible"):
        await bob.bucket("blog").copy_to(bob.bucket("mine"))
    assert len(await bob.bucket("blog").copy_to(bob.bucket("mine"), permissions=False)) == 5
