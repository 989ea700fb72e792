# Generated from tests/server/aio/test_plans.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Plans and copies on a real server, in the sync colour."""

from collections.abc import Iterator, Callable
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    Bucket,
    Client,
    Collection,
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
def todos(kinto_client: Client) -> Collection[Any]:
    """Return a collection with three records."""
    bucket = kinto_client.create_bucket("blog", {"display": "Blog"})
    collection = bucket.create_collection("todos", {"sort": "title"})
    for _ in collection.create_records([{"id": name, "title": name.title()} for name in ("milk", "eggs", "rye")]):
        pass
    return collection


def contents(collection: Collection[Any]) -> dict[str, Any]:
    """Return the data of all records by id."""
    return {record.id: record.data for record in collection.records()}


# ---- plans ----


@pytest.mark.backends("memory", "postgresql")
def test_a_plan_is_made_and_applied(todos: Collection[Any]) -> None:
    """What is desired comes true in few writes, and then there is nothing left to do."""
    desired = [{"id": "milk", "title": "Milk"}, {"id": "eggs", "title": "Ten eggs"}, {"id": "oil", "title": "Oil"}]
    plan = todos.plan(desired, delete=True)
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
    applied = plan.apply(on_progress=lambda done, total: told.append((done, total)))
    assert str(applied) == "1 created, 1 updated, 1 deleted"
    assert told == [(3, 3)]
    assert contents(todos) == {"milk": {"title": "Milk"}, "eggs": {"title": "Ten eggs"}, "oil": {"title": "Oil"}}
    assert not todos.plan(desired, delete=True)


def test_nothing_to_do_is_no_write(todos: Collection[Any]) -> None:
    """A plan without writes leaves the list as it was."""
    before = todos.records().timestamp()
    plan = todos.plan(todos.records())
    assert str(plan.apply()) == "nothing done"
    assert todos.records().timestamp() == before


def test_a_long_plan_goes_in_batches(todos: Collection[Any]) -> None:
    """More writes than a batch takes are told of chunk by chunk."""
    told: list[tuple[int, int | None]] = []
    plan = todos.plan({"id": f"r{n}"} for n in range(60))
    assert (plan.apply(on_progress=lambda *done: told.append(done), concurrency=2)).created == 60
    assert told == [(25, 60), (50, 60), (60, 60)]


@pytest.mark.backends("memory", "postgresql")
def test_what_changed_meanwhile_is_not_overwritten(todos: Collection[Any]) -> None:
    """A plan that is out of date writes what it still may, and fails for the rest."""
    plan = todos.plan(
        [{"id": "milk", "title": "Mine"}, {"id": "eggs", "title": "Mine"}, {"id": "oil"}], delete=True
    )
    todos.record("milk").patch({"title": "Theirs"})
    todos.record("rye").patch({"title": "Theirs"})
    todos.create_record({"title": "Theirs"}, id="oil")
    with pytest.raises(BatchError) as caught:
        plan.apply()
    errors = caught.value.exceptions
    assert [type(error) for error in errors] == [AlreadyExistsError, ConflictError, ConflictError]
    assert all(str(error).endswith("; it changed after the plan was made: make another plan") for error in errors)
    assert isinstance(errors[1], ConflictError)
    assert (errors[1].mine, errors[1].theirs) == ({"title": "Mine"}, {"title": "Theirs"})
    theirs = {"title": "Theirs"}
    assert contents(todos) == {"milk": theirs, "eggs": {"title": "Mine"}, "rye": theirs, "oil": theirs}
    applied = plan.apply(raise_on_error="server")
    assert not applied.ok
    assert [each.resource.id for each in applied.failed] == ["oil", "eggs", "milk", "rye"]


def test_deletions_are_guarded(todos: Collection[Any]) -> None:
    """A plan that deletes more than it may is refused before it begins."""
    plan = todos.plan([{"id": "milk", "title": "Mine"}], delete=True)
    with pytest.raises(UsageError, match="the plan deletes 2 objects, more than max_deletes=1; nothing was sent"):
        plan.apply(max_deletes=1)
    with pytest.raises(UsageError, match="max_deletes=True is a whole number"):
        plan.apply(max_deletes=True)
    assert len(contents(todos)) == 3
    assert (plan.apply(max_deletes=2)).deleted == 2


def test_models_change_what_they_declare(todos: Collection[Any]) -> None:
    """Fields that a model does not declare stay, at every depth; documents that do not fit it are replaced."""
    typed = todos.bucket.collection("todos", Todo)
    todos.record("milk").patch({"done": True, "place": {"city": "Paris", "zip": 1}})
    todos.record("eggs").patch({"title": 7, "done": True})
    plan = typed.plan([Todo("milk", "Oat", Place("Lyon")), Todo("eggs", "Eggs"), Todo("rye", "Rye")])
    assert [each.id for each in plan.updates] == ["eggs", "milk"]
    plan.apply()
    found = contents(todos)
    assert found["milk"] == {"title": "Oat", "done": True, "place": {"city": "Lyon", "zip": 1}}
    assert found["eggs"] == {"title": "Eggs", "done": True, "place": None}
    with pytest.raises(UsageError, match="data must be a dict, not Todo"):
        todos.plan([Todo("milk", "Oat")])


def test_records_and_queries_are_desired(todos: Collection[Any]) -> None:
    """Records count with their edits, and a query for what it reads."""
    backup = todos.bucket.create_collection("backup")
    records = todos.records().all()
    records.by_id["milk"].data["title"] = "Edited"
    (backup.plan(records)).apply()
    assert (contents(backup))["milk"] == {"title": "Edited"}
    backup.record("eggs").patch({"title": "Other", "kept": 1})
    some = todos.records().where(title="Eggs").only("title")
    (backup.plan(some)).apply()
    (backup.plan([record for record in some])).apply()
    assert (contents(backup))["eggs"] == {"title": "Eggs", "kept": 1}
    plan = backup.plan((todos.records().limit(1).all()), delete=True)
    assert len(plan.deletes) == 2
    plan = backup.plan(todos.records().limit(1), delete=True)
    assert len(plan.deletes) == 2
    with pytest.raises(UsageError, match="lists no records"):
        backup.plan(todos.bucket.collections())
    parts = todos.records().only("title", "place.city")
    for desired in (parts, [record for record in parts]):
        with pytest.raises(UsageError, match=r"has a part of a field only: place.city"):
            backup.plan(desired)


def test_few_records_are_read_by_their_ids(todos: Collection[Any], kinto_client: Client) -> None:
    """Of a large collection the records that are desired are read alone, unless others are to go."""
    asked: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, RequestSent):
            asked.append(event.request.path)

    listened = todos.using(kinto_client.clone(on_event=listen))
    few = [{"id": "milk", "title": "Milk"}, {"id": "n" * 250}, {"id": "eggs", "title": "Eggs"}]
    assert repr(listened.plan(few)).endswith("1 to create, 2 as desired>")
    listened.plan([{"id": f"{n:0200}"} for n in range(25)])
    assert [path.count("_id=") for path in asked] == [1, 1, 1, 1]
    listened.plan(few, delete=True)
    listened.plan([{"id": f"r{n}"} for n in range(501)])
    listened.plan([{"title": "Milk"}], key="title")
    assert [path.count("_id=") for path in asked[4:]] == [0, 0, 0]
    assert not listened.plan([])


def test_documents_may_come_as_they_are_made(todos: Collection[Any]) -> None:
    """What is desired may be a generator, which is read once."""

    def stream() -> Iterator[dict[str, Any]]:
        yield {"id": "milk", "title": "Milk"}
        yield {"id": "oil"}

    assert str(todos.plan(stream())).endswith("1 to create, 1 as desired")
    with pytest.raises(UsageError, match=r'desired={"id": "milk"} is no list of documents'):
        todos.plan({"id": "milk"})  # type: ignore[arg-type]  # wrong on purpose


def test_plans_of_nothing(kinto_client: Client, todos: Collection[Any]) -> None:
    """What can't be desired is refused before anything is read; what is not there, when it is."""
    nowhere = kinto_client.bucket("nowhere").collection("todos")
    with pytest.raises(InvalidIdError):
        nowhere.plan([{"id": "not an id"}])
    with pytest.raises(UsageError, match="two desired documents"):
        nowhere.plan([{"id": "a"}, {"id": "a"}])
    with pytest.raises(PermissionDeniedError):
        nowhere.plan([])
    with pytest.raises(NotFoundError):
        todos.bucket.collection("nowhere").plan([])


def test_a_dry_run_writes_nothing(todos: Collection[Any], kinto_client: Client) -> None:
    """With `dry_run="writes"` a plan is made of what is there, and its writes are kept."""
    dry = kinto_client.clone(dry_run="writes")
    plan = dry.bucket("blog").collection("todos").plan([{"id": "milk", "title": "Oat"}], delete=True)
    assert str(plan.apply()) == "1 updated, 2 deleted"
    assert len(dry.dry_run_log) == 3
    assert (contents(todos))["milk"] == {"title": "Milk"}


# ---- copies ----


@pytest.fixture
def other(make_server: Callable[..., KintoServer], kinto_client: Client) -> Bucket:
    """Return a handle on a bucket of another user, on another server, that does not exist yet."""
    server = make_server(paginate_by=2)
    return kinto_client.clone(server_url=server.url, auth=("bob", "s3cret")).bucket("copy")


@pytest.mark.backends("memory", "postgresql")
def test_a_bucket_is_copied(todos: Collection[Any], other: Bucket) -> None:
    """A copy on another server has everything under its id, and a second one has nothing to do."""
    blog = todos.bucket
    blog.grant("read", "account:zoe")
    group = blog.create_group("editors", ["account:eve"], {"title": "Editors"})
    todos.grant("write", group)
    plan = blog.copy_to(other)
    assert list(plan.differences) == [
        "/buckets",
        "/buckets/copy/groups",
        "/buckets/copy/collections",
        "/buckets/copy/collections/todos/records",
    ]
    assert str(plan.apply()) == "6 created"
    assert (other.load()).data == {"display": "Blog"}
    assert "account:zoe" in other.permissions.read
    assert (other.get_group("editors")).data == {"members": ["account:eve"], "title": "Editors"}
    copied = other.get_collection("todos")
    assert copied.data == {"sort": "title"}
    assert "/buckets/copy/groups/editors" in copied.permissions.write
    assert contents(copied) == contents(todos)
    again = blog.copy_to(other)
    assert not again
    assert str(again) == "nothing to do, 6 as desired"


def test_a_copy_takes_nothing_away(todos: Collection[Any], other: Bucket) -> None:
    """What only the other side has stays, unless it is to be the same."""
    blog = todos.bucket
    group = blog.create_group("editors", ["account:eve"])
    (blog.copy_to(other)).apply()
    other.patch({"own": 1})
    other.create_group("readers")
    other.group("editors").add_member("account:ann")
    (other.create_collection("drafts")).create_record({"id": "d"})
    other.collection("todos").patch({"own": 1})
    other.collection("todos").grant("read", "account:ann")
    other.collection("todos").create_record({"id": "own"})
    group.add_member("account:bob")
    (blog.copy_to(other)).apply()
    assert list((other.get_group("editors")).members) == ["account:eve", "account:ann", "account:bob"]
    assert (other.get_collection("todos")).data == {"sort": "title", "own": 1}
    plan = blog.copy_to(other, delete=True)
    assert {each.id: each.contains for each in plan.deletes} == {"readers": 0, "drafts": 1, "own": 0}
    assert "- drafts and its records (1): {}" in str(plan)
    with pytest.raises(UsageError, match="the plan deletes 4 objects"):
        plan.apply(max_deletes=3)
    assert str(plan.apply(max_deletes=4)) == "3 updated, 3 deleted"
    assert (other.load()).data == {"display": "Blog"}
    assert [each.id for each in other.groups()] == ["editors"]
    assert list((other.get_group("editors")).members) == ["account:eve", "account:bob"]
    copied = other.get_collection("todos")
    assert copied.data == {"sort": "title"}
    assert "account:ann" not in copied.permissions.read
    assert (other._parent.whoami()).id in copied.permissions.write
    assert not blog.copy_to(other, delete=True)


def test_what_reviews_write_is_data_elsewhere(todos: Collection[Any], other: Bucket) -> None:
    """Of buckets, groups, and the collections of servers without reviews, everything is copied."""
    blog = todos.bucket
    blog.patch({"status": "open"})
    todos.patch({"status": "signed", "last_edit_by": "ann"})
    blog.create_group("editors", [], {"signature": "A."})
    (blog.copy_to(other, permissions=False)).apply()
    assert (other.load()).data["status"] == "open"
    assert (other.get_group("editors")).data["signature"] == "A."
    assert (other.get_collection("todos")).data == {"sort": "title", "status": "signed", "last_edit_by": "ann"}
    todos.patch({"status": "draft"})
    assert str((todos.copy_to(other.collection("todos"))).apply()) == "1 updated"
    assert not blog.copy_to(other, permissions=False)


def test_a_review_is_not_copied(
    todos: Collection[Any], kinto_client: Client, make_server: Callable[..., KintoServer]
) -> None:
    """Where collections are reviewed the state of the review stays the server's; the rest of the metadata is copied."""
    todos.patch({"status": "to-sign", "display": "Todos"})
    server = make_server(**remote_settings.options("memory"))
    reviewed = kinto_client.clone(server_url=server.url, auth="bob:s3cret").bucket("free-workspace")
    (todos.bucket.copy_to(reviewed)).apply()
    copied = reviewed.get_collection("todos")
    assert (copied.data["status"], copied.data["display"]) == ("work-in-progress", "Todos")
    assert not todos.copy_to(copied)
    assert "status" not in (reviewed.load()).data


def test_a_collection_is_copied(todos: Collection[Any]) -> None:
    """A collection is copied to one of another name, which need not exist; records keep their ids."""
    blog = todos.bucket
    todos.patch({"schema": {"type": "object"}})
    todos.record("milk").patch({"title": "Stamped"})
    todos.grant("read", "account:zoe")
    todos.record("milk").grant("read", "account:ann")
    backup = blog.collection("backup")
    plan = todos.copy_to(backup, record_permissions=True)
    assert str(plan.apply()) == "4 created"
    assert (backup.load()).data == {"sort": "title", "schema": {"type": "object"}}
    assert "account:zoe" in backup.permissions.read
    assert "account:ann" in (backup.get_record("milk")).permissions.read
    assert not todos.copy_to(backup, record_permissions=True, delete=True)
    backup.record("milk").patch({"title": "Other", "own": 1})
    backup.record("milk").revoke("read", "account:ann")
    backup.create_record({"id": "own"})
    assert len(todos.copy_to(backup, ignore=["title", "own"])) == 0
    assert str((todos.copy_to(backup, record_permissions=True)).apply()) == "1 updated"
    found = backup.get_record("milk")
    assert found.data["title"] == "Stamped"
    assert "account:ann" in found.permissions.read
    assert backup.record("own").exists()


def test_copies_into_the_default_bucket(todos: Collection[Any], kinto_client: Client) -> None:
    """The default bucket may be copied to, where groups are known by its real id."""
    todos.bucket.create_group("editors")
    todos.grant("write", todos.bucket.group("editors"))
    mine = kinto_client.bucket("default")
    (todos.bucket.copy_to(mine)).apply()
    real = (kinto_client.get_bucket("default")).id
    assert f"/buckets/{real}/groups/editors" in (mine.get_collection("todos")).permissions.write
    assert not todos.bucket.copy_to(kinto_client.bucket("default"))


def test_files_are_copied_on_request(todos: Collection[Any], other: Bucket) -> None:
    """A copy has no file unless asked for; then it has one of its own, and only what differs is sent."""
    todos.record("milk").add_attachment(b"hello", filename="a.txt")
    todos.record("eggs").add_attachment(b"world", filename="b.txt")
    (todos.bucket.copy_to(other)).apply()
    copied = other.collection("todos")
    assert (copied.get_record("milk")).attachment is None
    told: list[tuple[int, int | None]] = []
    plan = todos.copy_to(copied, attachments=True)
    assert len(plan.files) == 2
    assert str(plan.apply(on_progress=lambda *done: told.append(done))) == "2 files copied"
    assert told == [(1, 2), (2, 2)]
    with copied.record("milk").open_attachment() as file:
        assert file.read() == b"hello"
    assert not todos.copy_to(copied, attachments=True)
    todos.record("milk").remove_attachment()
    todos.record("eggs").delete()
    assert not todos.copy_to(copied, attachments=True)
    plan = todos.copy_to(copied, attachments=True, delete=True)
    assert str(plan.apply()) == "1 deleted, 1 file copied"
    assert (copied.get_record("milk")).attachment is None


def test_an_attachment_that_is_text_is_copied(todos: Collection[Any], other: Bucket) -> None:
    """It tells of no file, but is somebody's own field."""
    todos.record("milk").patch({"attachment": "milk.pdf"})
    (todos.bucket.copy_to(other)).apply()
    copied = other.collection("todos")
    milk = copied.get_record("milk")
    assert milk.data["attachment"] == "milk.pdf"
    milk.patch({"attachment": None})
    for desired in (todos, todos.records().all()):
        (update,) = (copied.plan(desired)).updates
        assert update.diff.changed == {"attachment": (None, "milk.pdf")}


def test_files_that_fail(todos: Collection[Any], other: Bucket) -> None:
    """A file that can't be copied is one failure among the others; none makes a record that was refused."""
    todos.record("milk").add_attachment(b"hello", filename="a.txt")
    todos.record("rye").add_attachment(b"rye", filename="c.txt")
    other._parent.create_bucket("copy")
    plan = todos.copy_to(other.collection("todos"), attachments=True)
    todos.record("milk").remove_attachment()
    collection = other.create_collection(
        "todos", {"schema": {"properties": {"title": {"not": {"const": "Rye"}}}}}
    )
    applied = plan.apply(raise_on_error=False)
    assert [each.resource.path.rpartition("/")[2] for each in applied.failed] == ["todos", "rye", "milk"]
    assert set(contents(collection)) == {"milk", "eggs"}
    collection.replace({})
    plan = todos.copy_to(collection, attachments=True)
    todos.record("rye").delete()
    with pytest.raises(BatchError):
        plan.apply()
    assert set(contents(collection)) == {"milk", "eggs", "rye"}


def test_groups_without_members(todos: Collection[Any], other: Bucket) -> None:
    """A group that never had members is copied like any other."""
    todos.bucket.group("empty").replace({})
    todos.bucket.create_group("full", ["account:eve"])
    other._parent.create_bucket("copy")
    other.group("full").replace({})
    other.create_group("empty", ["account:ann"])
    (todos.bucket.copy_to(other)).apply()
    assert (other.get_group("empty")).data == {"members": ["account:ann"]}
    assert (other.get_group("full")).data == {"members": ["account:eve"]}
    (todos.bucket.copy_to(other, delete=True)).apply()
    assert (other.get_group("empty")).data == {"members": []}
    assert not todos.bucket.copy_to(other, delete=True)


def test_copies_that_are_refused(todos: Collection[Any], kinto_client: Client) -> None:
    """A copy onto itself, into nowhere, or of what can't be seen is refused before anything is written."""
    blog = todos.bucket
    with pytest.raises(UsageError, match="/buckets/blog would be copied onto itself"):
        blog.copy_to(kinto_client.bucket("blog"))
    mine = kinto_client.get_bucket("default")
    with pytest.raises(UsageError, match="/buckets/default would be copied onto itself"):
        kinto_client.bucket("default").copy_to(kinto_client.bucket(mine.id))
    with pytest.raises(UsageError, match=r"copy_to\(\) takes another collection, of a client of the same kind"):
        todos.copy_to(blog)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(NotFoundError):
        blog.collection("nowhere").copy_to(blog.collection("backup"))
    with pytest.raises(PermissionDeniedError):
        todos.copy_to(kinto_client.bucket("nowhere").collection("backup"))
    with kinto_client.batch() as batch:
        with pytest.raises(UsageError, match="a batch has no answers before its end"):
            batch.bucket("blog").copy_to(kinto_client.bucket("backup"))
    bob = kinto_client.clone(auth=("bob", "s3cret"))
    blog.grant("write", (bob.whoami()).id)
    with pytest.raises(UsageError, match="permissions of /buckets/blog/collections/todos are not visible"):
        bob.bucket("blog").copy_to(bob.bucket("mine"))
    assert len(bob.bucket("blog").copy_to(bob.bucket("mine"), permissions=False)) == 5
