# Generated from tests/server/aio/test_utilities.py by tools/unasync.py. Edit that file, then run `make generate`.
"""The utility views and the default bucket of a real server, in the async colour. The sync one is generated."""

from collections.abc import Callable

from kinto_sdk import Client


def test_what_a_server_says_of_itself(kinto_client: Client) -> None:
    """A healthy server has all parts up, no version file, and a description of its API."""
    beat = kinto_client.heartbeat()
    assert beat
    assert {"storage", "permission", "cache", "attachments"} <= beat.parts.keys()
    assert kinto_client.version() is None
    assert "/buckets" in (kinto_client.openapi())["paths"]


def test_flush_deletes_everything(kinto_client: Client) -> None:
    """After a flush there are no buckets."""
    kinto_client.create_bucket("b")
    kinto_client.flush()
    assert kinto_client.buckets().all() == []


def test_the_default_bucket_is_the_callers_own(
    kinto_client: Client, connect: Callable[..., Client]
) -> None:
    """It is there for each user, with an id of its own that `load()` tells, under a path that stays."""
    bucket = kinto_client.bucket()
    assert bucket.id == "default"
    bucket.load()
    info = kinto_client.server_info()
    assert info.user is not None
    assert bucket.id == info.user.bucket
    assert bucket.path == "/buckets/default"
    other = connect("bob").bucket().load()
    assert other.id != bucket.id


def test_the_default_bucket_makes_its_collections(kinto_client: Client) -> None:
    """Records can be made at once; their collection, and the bucket, appear with the first access."""
    notes = kinto_client.bucket().collection("notes")
    record = notes.create_record({"title": "x"}, id="n")
    assert record.path == "/buckets/default/collections/notes/records/n"
    real = kinto_client.bucket((kinto_client.bucket().load()).id)
    assert (real.collection("notes").get_record("n")).data == {"title": "x"}
    record.data["title"] = "y"
    record.save()
    assert [each.data for each in notes.records()] == [{"title": "y"}]
    # Reading makes a collection as well.
    kinto_client.bucket().collection("looked-at").records().all()
    assert {each.id for each in real.collections()} == {"notes", "looked-at"}


def test_the_default_bucket_comes_back_empty(kinto_client: Client) -> None:
    """Deleting it deletes what was in it; the next access makes it anew."""
    bucket = kinto_client.bucket()
    bucket.collection("notes").create_record({"title": "x"})
    assert bucket.delete()
    assert bucket.exists()
    assert kinto_client.bucket().collection("notes").records().all() == []
