# Generated from tests/server/aio/test_refusals.py by tools/unasync.py. Edit that file, then run `make generate`.
"""What an object holds after a call that failed, in the sync colour."""

import attrs
import pytest

from kinto_sdk import EVERYONE, Client, Collection, ConflictError, NotLoadedError


@attrs.define
class Votes:
    """A model with a default for each field."""

    title: str = ""
    n: int = 0


@pytest.fixture
def votes(kinto_client: Client) -> Collection[Votes]:
    """A collection with one record, `r`."""
    blog = kinto_client.create_bucket("blog")
    blog.create_collection("votes")
    votes = blog.collection("votes", Votes)
    votes.create_record(Votes("x", 7), id="r")
    return votes


def test_a_refused_replacement_leaves_no_permissions_behind(
    votes: Collection[Votes], kinto_client: Client
) -> None:
    """What was to be put in place is no edit of the object, alone and in a batch: the next save sends nothing of it."""
    record = votes.get_record("r")
    votes.record("r").patch({"n": 8})
    with pytest.raises(ConflictError):
        record.replace(Votes("y"), permissions={"read": [EVERYONE]})
    with kinto_client.batch(raise_on_error=False) as batch:
        batch.replace(record, Votes("y"), permissions={"read": [EVERYONE]})
    assert [outcome.status for outcome in batch.results()] == ["failed"]
    assert not record.is_dirty
    assert record.data == Votes("x", 7)
    (record.load()).save()
    assert EVERYONE not in (votes.get_record("r")).permissions.read
    record.replace(Votes("y"), safe=False, permissions={"read": [EVERYONE]})
    assert (record.data, record.permissions.read) == (Votes("y"), {EVERYONE})


def test_a_field_that_was_not_read_is_not_saved_from_its_default(votes: Collection[Votes]) -> None:
    """In a model it looks like a value; what is made of it would wipe out what the server has."""
    record = votes.record("r").load(fields=["title"])
    assert record.data == Votes("x", 0)
    record.data.n += 1
    with pytest.raises(NotLoadedError, match="can't save n, which was not read, after a partial read"):
        record.save()
    assert (votes.get_record("r")).data.n == 7
    record.data.n = 0
    record.data.title = "y"
    record.save()
    assert (votes.get_record("r")).data == Votes("y", 7)
