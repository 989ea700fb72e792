"""What an object holds after a call that failed, in the async colour. The sync one is generated from this folder."""

import attrs
import pytest

from kinto_sdk import EVERYONE, AsyncClient, AsyncCollection, ConflictError, NotLoadedError


@attrs.define
class Votes:
    """A model with a default for each field."""

    title: str = ""
    n: int = 0


@pytest.fixture
async def votes(async_kinto_client: AsyncClient) -> AsyncCollection[Votes]:
    """A collection with one record, `r`."""
    blog = await async_kinto_client.create_bucket("blog")
    await blog.create_collection("votes")
    votes = blog.collection("votes", Votes)
    await votes.create_record(Votes("x", 7), id="r")
    return votes


async def test_a_refused_replacement_leaves_no_permissions_behind(
    votes: AsyncCollection[Votes], async_kinto_client: AsyncClient
) -> None:
    """What was to be put in place is no edit of the object, alone and in a batch: the next save sends nothing of it."""
    record = await votes.get_record("r")
    await votes.record("r").patch({"n": 8})
    with pytest.raises(ConflictError):
        await record.replace(Votes("y"), permissions={"read": [EVERYONE]})
    async with async_kinto_client.batch(raise_on_error=False) as batch:
        batch.replace(record, Votes("y"), permissions={"read": [EVERYONE]})
    assert [outcome.status for outcome in batch.results()] == ["failed"]
    assert not record.is_dirty
    assert record.data == Votes("x", 7)
    await (await record.load()).save()
    assert EVERYONE not in (await votes.get_record("r")).permissions.read
    await record.replace(Votes("y"), safe=False, permissions={"read": [EVERYONE]})
    assert (record.data, record.permissions.read) == (Votes("y"), {EVERYONE})


async def test_a_field_that_was_not_read_is_not_saved_from_its_default(votes: AsyncCollection[Votes]) -> None:
    """In a model it looks like a value; what is made of it would wipe out what the server has."""
    record = await votes.record("r").load(fields=["title"])
    assert record.data == Votes("x", 0)
    record.data.n += 1
    with pytest.raises(NotLoadedError, match="can't save n, which was not read, after a partial read"):
        await record.save()
    assert (await votes.get_record("r")).data.n == 7
    record.data.n = 0
    record.data.title = "y"
    await record.save()
    assert (await votes.get_record("r")).data == Votes("y", 7)
