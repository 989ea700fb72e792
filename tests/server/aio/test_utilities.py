"""The utility views and the default bucket of a real server, in the async colour. The sync one is generated."""

from collections.abc import Callable

from kinto_sdk import AsyncClient


async def test_what_a_server_says_of_itself(async_kinto_client: AsyncClient) -> None:
    """A healthy server has all parts up, no version file, and a description of its API."""
    beat = await async_kinto_client.heartbeat()
    assert beat
    assert {"storage", "permission", "cache", "attachments"} <= beat.parts.keys()
    assert await async_kinto_client.version() is None
    assert "/buckets" in (await async_kinto_client.openapi())["paths"]


async def test_flush_deletes_everything(async_kinto_client: AsyncClient) -> None:
    """After a flush there are no buckets."""
    await async_kinto_client.create_bucket("b")
    await async_kinto_client.flush()
    assert await async_kinto_client.buckets().all() == []


async def test_the_default_bucket_is_the_callers_own(
    async_kinto_client: AsyncClient, connect: Callable[..., AsyncClient]
) -> None:
    """It is there for each user, with an id of its own that `load()` tells, under a path that stays."""
    bucket = async_kinto_client.bucket()
    assert bucket.id == "default"
    await bucket.load()
    info = await async_kinto_client.server_info()
    assert info.user is not None
    assert bucket.id == info.user.bucket
    assert bucket.path == "/buckets/default"
    other = await connect("bob").bucket().load()
    assert other.id != bucket.id


async def test_the_default_bucket_makes_its_collections(async_kinto_client: AsyncClient) -> None:
    """Records can be made at once; their collection, and the bucket, appear with the first access."""
    notes = async_kinto_client.bucket().collection("notes")
    record = await notes.create_record({"title": "x"}, id="n")
    assert record.path == "/buckets/default/collections/notes/records/n"
    real = async_kinto_client.bucket((await async_kinto_client.bucket().load()).id)
    assert (await real.collection("notes").get_record("n")).data == {"title": "x"}
    record.data["title"] = "y"
    await record.save()
    assert [each.data async for each in notes.records()] == [{"title": "y"}]
    # Reading makes a collection as well.
    await async_kinto_client.bucket().collection("looked-at").records().all()
    assert {each.id async for each in real.collections()} == {"notes", "looked-at"}


async def test_the_default_bucket_comes_back_empty(async_kinto_client: AsyncClient) -> None:
    """Deleting it deletes what was in it; the next access makes it anew."""
    bucket = async_kinto_client.bucket()
    await bucket.collection("notes").create_record({"title": "x"})
    assert await bucket.delete()
    assert await bucket.exists()
    assert await async_kinto_client.bucket().collection("notes").records().all() == []
