"""Queries on a real server, in the async colour. The sync one is generated from this folder."""

from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime

import attrs
import pytest

from kinto_sdk import (
    AsyncClient,
    AsyncCollection,
    ConflictError,
    F,
    InvalidRequestError,
    NotFoundError,
    NotLoadedError,
    NotOneError,
    PermissionDeniedError,
    UsageError,
    fields,
)
from kinto_sdk.testing import KintoServer


@attrs.define
class Todo:
    """Something to do."""

    title: str
    votes: int = 0
    due: datetime | None = None


async def fill(client: AsyncClient, number: int = 5) -> AsyncCollection[Todo]:
    """Return a collection with this many todos, `r0` to `r4`, the last one changed last."""
    bucket = await client.create_bucket("blog")
    await bucket.create_collection("todos")
    todos = bucket.collection("todos", Todo)
    async with client.batch() as batch:
        for votes in range(number):
            batch.save(todos.new_record(Todo(f"t{votes}", votes), id=f"r{votes}"))
    return todos


async def test_a_list_streams_in_pages(async_kinto_client: AsyncClient) -> None:
    """Every item comes once, whatever the size of the pages, ahead or not, and again when it is iterated again."""
    todos = await fill(async_kinto_client)
    for query in (todos.records().page_size(2), todos.records().page_size(2).prefetch(), todos.records()):
        for _ in range(2):
            assert [todo.data.votes async for todo in query] == [4, 3, 2, 1, 0]
    pages = [page async for page in todos.records().page_size(2).pages()]
    assert [[todo.id for todo in page.items] for page in pages] == [["r4", "r3"], ["r2", "r1"], ["r0"]]
    assert {page.etag for page in pages} == {(await todos.records().all()).etag}


@pytest.mark.backends("memory")
async def test_reading_ahead_can_be_left_and_can_fail(async_kinto_client: AsyncClient) -> None:
    """A page fetched ahead is dropped when the loop is left, and its error comes where its items would."""
    todos = await fill(async_kinto_client)
    query = todos.records().page_size(2).prefetch()
    async for record in query:
        assert record.id == "r4"
        break
    assert [record.id async for record in query.limit(3)] == ["r4", "r3", "r2"]
    seen: list[str] = []

    async def read_a_moving_list() -> None:
        async for record in query.page_size(1).consistent():
            seen.append(record.id)
            await todos.record("new").replace(Todo("new"))

    with pytest.raises(ConflictError):
        await read_a_moving_list()
    assert seen[0] == "r4"
    with pytest.raises(NotFoundError):
        await todos.bucket.collection("nowhere").records().prefetch().all()


async def test_the_server_may_have_smaller_pages(make_server: Callable[..., KintoServer]) -> None:
    """A server whose operator limits the pages gives everything all the same, and deletes everything."""
    server = make_server(paginate_by=2)
    async with AsyncClient(server.url, auth=("user", "secret")) as client:
        todos = await fill(client)
        assert len(await todos.records().all()) == 5
        assert [todo.id async for todo in todos.records().limit(3)] == ["r4", "r3", "r2"]
        assert await todos.records().where(F.votes >= 1).order_by("last_modified").delete() == 4
        assert [todo.id async for todo in todos.records()] == ["r0"]


async def test_the_terminals(async_kinto_client: AsyncClient) -> None:
    """first, one, count, exists, all and timestamp agree with what the list holds."""
    todos = await fill(async_kinto_client)
    records = todos.records()
    assert (await records.order_by("votes").first()).id == "r0"
    assert await records.where(title="nothing").first() is None
    assert (await records.where(title="t3").one()).data.votes == 3
    with pytest.raises(NotOneError, match="none"):
        await records.where(title="nothing").one()
    with pytest.raises(NotOneError, match="several"):
        await records.one()
    assert await records.count() == 5
    assert await records.where(F.votes < 2).count() == 2
    assert await records.limit(3).count() == 3
    assert await records.where(title="t3").exists()
    assert not await records.where(title="nothing").exists()
    found = await records.where(fields(Todo).votes >= 3).all()
    assert found.by_id.keys() == {"r3", "r4"}
    assert found.last_modified == await records.timestamp() == found.by_id["r4"].last_modified
    await todos.record("r0").delete()
    assert await records.timestamp() > found.last_modified
    assert await records.count() == 4


async def test_an_unchanged_list_is_no_empty_list(async_kinto_client: AsyncClient) -> None:
    """all(if_changed_since=) is None while nothing changed, and an empty list is a list."""
    todos = await fill(async_kinto_client, 1)
    before = await todos.records().all()
    assert await todos.records().all(if_changed_since=before.etag) is None
    assert await todos.records().where(title="nothing").all() == []
    await todos.record("r0").delete()
    after = await todos.records().all(if_changed_since=before.etag)
    assert after == []
    assert after.etag != before.etag
    assert await todos.records().all(if_changed_since=after.last_modified) is None
    assert copy(after).etag == after.etag


async def test_lists_show_live_objects(async_kinto_client: AsyncClient) -> None:
    """What was deleted is in no list, whatever is asked of last_modified."""
    todos = await fill(async_kinto_client, 2)
    await todos.record("r0").delete()
    for query in (
        todos.records().since(0),
        todos.records().where(F.last_modified > 0),
        todos.records().since(0).only("title"),
    ):
        assert [todo.id async for todo in query] == ["r1"]
        assert await query.count() == 1


async def test_partial_records(async_kinto_client: AsyncClient) -> None:
    """only() gives dicts of some fields that can be edited, and refuses what would need the others."""
    todos = await fill(async_kinto_client, 1)
    [record] = await todos.records().only("votes").all()
    assert record.data == {"votes": 0}
    record.data["votes"] = 7
    await record.save()
    assert (await todos.get_record("r0")).data == Todo("t0", 7)
    [record] = await todos.records().only(fields(Todo).votes).all()
    del record.data["votes"]
    with pytest.raises(NotLoadedError, match="partial"):
        await record.save()
    [bucket] = await async_kinto_client.buckets().only("nothing").all()
    assert bucket.data == {}


async def test_listed_permissions_are_not_loaded(async_kinto_client: AsyncClient) -> None:
    """A list does not carry permissions, and does not pretend that there are none."""
    todos = await fill(async_kinto_client, 1)
    record = await todos.records().one()
    with pytest.raises(NotLoadedError):
        _ = record.permissions.read


async def test_a_consistent_walk_notices_changes(async_kinto_client: AsyncClient) -> None:
    """consistent() raises when the list changes between two pages, and reads an unchanged list to its end."""
    todos = await fill(async_kinto_client, 3)
    query = todos.records().page_size(2).consistent()
    assert len(await query.all()) == 3
    seen: list[str] = []

    async def change_while_reading() -> None:
        async for record in query:
            seen.append(record.id)
            await todos.record("new").replace(Todo("new"))

    with pytest.raises(ConflictError, match="changed while"):
        await change_while_reading()
    assert seen == ["r2", "r1"]


async def test_delete_by_query(async_kinto_client: AsyncClient) -> None:
    """delete() follows every page in any order, says how many, and wants a condition or everything=True."""
    todos = await fill(async_kinto_client)
    with pytest.raises(UsageError, match="everything=True"):
        await todos.records().delete()
    with pytest.raises(UsageError, match="consistent"):
        await todos.records().consistent().delete(everything=True)
    progress: list[tuple[int, int | None]] = []
    oldest = todos.records().order_by("votes").page_size(1).limit(2)
    assert await oldest.delete(everything=True, on_progress=lambda *at: progress.append(at)) == 2
    assert progress == [(1, 2), (2, 2)]
    assert [todo.id async for todo in todos.records()] == ["r4", "r3", "r2"]
    assert await todos.records().where(title="nothing").delete() == 0
    assert await todos.records().where(F.votes > 2).page_size(1).only("title").delete() == 2
    assert await todos.records().since(0).delete() == 1
    assert await todos.records().delete(everything=True) == 0


@pytest.mark.backends("memory")
async def test_a_dry_run_of_a_deletion(async_kinto_client: AsyncClient, connect: Callable[..., AsyncClient]) -> None:
    """A dry run counts what would go, over every page and each object once, and deletes nothing."""
    todos = await fill(async_kinto_client)
    trial = todos.using(connect(dry_run="writes")).records().page_size(2)
    assert await trial.order_by("votes").limit(3).delete(everything=True) == 3
    assert await trial.where(F.votes >= 1).delete() == 2
    again = todos.using(connect(dry_run="writes")).records().page_size(2)
    assert await again.where(F.votes >= 1).delete() == 4
    assert await again.order_by("-votes").limit(9).delete(everything=True) == 1
    assert await todos.records().count() == 5


async def test_all_kinds_of_lists(async_kinto_client: AsyncClient) -> None:
    """Buckets, groups, collections and records are listed by the same query."""
    await fill(async_kinto_client, 1)
    bucket = async_kinto_client.bucket("blog")
    await bucket.create_group("admins", ["account:bob"], {"label": "x"})
    for query in (async_kinto_client.buckets(), bucket.groups(), bucket.collections()):
        [item] = await query.all()
        assert await query.timestamp() == item.last_modified
        assert await query.where(id=item.id).exists()
        assert await query.count() == 1
        assert (await query.since(0).one()).id == item.id
    assert [group.members async for group in bucket.groups().where(F.members.contains("account:bob"))] == [
        {"account:bob"}
    ]


async def test_what_is_not_there(async_kinto_client: AsyncClient, connect: Callable[..., AsyncClient]) -> None:
    """A missing collection is told by name; a missing bucket can't be told from another's."""
    await fill(async_kinto_client, 1)
    missing = async_kinto_client.bucket("blog").collection("nowhere").records()
    for ask in (missing.all, missing.count, missing.exists, missing.timestamp, missing.first):
        with pytest.raises(NotFoundError):
            await ask()
    with pytest.raises(NotFoundError, match="collection 'nowhere'"):
        await missing.all()
    for client, bucket in ((async_kinto_client, "nowhere"), (connect("bob"), "blog")):
        with pytest.raises(PermissionDeniedError, match="may not exist"):
            await client.bucket(bucket).collection("todos").records().all()


async def test_a_version_in_the_future(async_kinto_client: AsyncClient) -> None:
    """The server refuses versions more than a day ahead, and the error says so."""
    todos = await fill(async_kinto_client, 1)
    with pytest.raises(InvalidRequestError, match="more than a day in the future"):
        await todos.records().since(datetime(2100, 1, 1, tzinfo=UTC)).all()


async def test_raw_parameters(async_kinto_client: AsyncClient) -> None:
    """where_raw and param reach the server as they are."""
    todos = await fill(async_kinto_client, 3)
    found = await todos.records().where_raw("min_votes=1&title=t2").param("_expected", 0).all()
    assert [todo.id for todo in found] == ["r2"]


async def test_what_the_caller_may_do(async_kinto_client: AsyncClient, connect: Callable[..., AsyncClient]) -> None:
    """my_permissions() lists every object with rights of one's own, filtered and counted, without a version."""
    todos = await fill(async_kinto_client, 1)
    await async_kinto_client.bucket("blog").create_collection(
        "open", permissions={"record:create": ["system.Everyone"]}
    )
    bob = connect("bob").my_permissions()
    [entry] = await bob.where(resource_name="collection", collection_id="open").page_size(1).all()
    assert "record:create" in entry.permissions
    assert "write" not in entry.permissions
    assert entry.resource == connect("bob").bucket("blog").collection("open")
    mine = await async_kinto_client.my_permissions().page_size(2).all()
    assert {"/buckets/blog", todos.path, todos.record("r0").path} <= {entry.uri for entry in mine}
    assert await async_kinto_client.my_permissions().count() == len(mine)
    assert mine.etag is None
    [root] = [entry for entry in mine if entry.uri == "/"]
    assert (root.resource_name, root.id) == ("root", None)
    assert "bucket:create" in root.permissions
    with pytest.raises(UsageError, match="path of an object"):
        _ = root.resource
    [part] = await async_kinto_client.my_permissions().where(id="blog").only("uri").all()
    assert part.uri == "/buckets/blog"
    assert "/buckets/blog" in repr(part)
    with pytest.raises(NotLoadedError, match="only"):
        _ = part.permissions
    with pytest.raises(UsageError, match="no version"):
        await bob.all(if_changed_since=1)
    with pytest.raises(UsageError, match="no version"):
        bob.consistent()
    with pytest.raises(UsageError, match="last_modified"):
        bob.since(1)
