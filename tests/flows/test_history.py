"""Bringing versions back, and what an entry tells of a change."""

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    ConflictError,
    NotFoundError,
    NotLoadedError,
    ServerError,
    UnreadableResponseError,
    UsageError,
)
from kinto_sdk._sync.record import Record
from kinto_sdk.flows.changes import Reader
from kinto_sdk.flows.history import restore, snapshot
from kinto_sdk.objects.context import Context
from kinto_sdk.objects.documents import PLAIN, Codec
from kinto_sdk.objects.history import Entry
from kinto_sdk.objects.misfit import Misfit, fitting
from kinto_sdk.objects.models import codec_for
from kinto_sdk.protocol.server import server_info_from
from tests.flows.driving import Answer, body, navigation, row, run

MISSING = Answer(404, {"errno": 110, "error": "Not Found"})


def record(version: int | None = 3, **fields: Any) -> Record[dict[str, Any]]:
    """A record seen at a version, or never."""
    collection = navigation().bucket("b").collection("c")
    return collection.record("r") if version is None else Record(collection, "r", row(version, **fields))


def test_a_version_is_put_over_the_one_seen() -> None:
    """The whole document goes, protected by the version seen, and unsaved edits are dropped."""
    seen = record(title="b")
    seen.data["title"] = "edit"
    ran = run(restore(seen, {"title": "a"}), Answer(200, body(4, title="a")))
    assert (ran.request.method, ran.request.json) == ("PUT", {"data": {"title": "a"}})
    assert ran.request.headers == {"If-Match": '"3"'}
    assert ran.request.repeatable
    assert (seen.data, seen.last_modified, seen.is_dirty) == ({"title": "a"}, 4, False)
    assert run(restore(seen, {}, safe=False), Answer(200, body(5))).request.headers == {}


def test_a_record_never_seen_is_read_first() -> None:
    """So that the attachment it has is kept, and nothing newer overwritten."""
    ran = run(
        restore(record(None), {"title": "a", "attachment": {"hash": "old"}}),
        *(
            Answer(200, body(7, attachment={"hash": "new"})),
            Answer(200, body(8)),
        ),
    )
    read, put = ran.requests
    assert read.method == "GET"
    assert put.json == {"data": {"title": "a", "attachment": {"hash": "new"}}}
    assert put.headers == {"If-Match": '"7"'}


def test_an_attachment_that_is_text_is_somebody_s_own() -> None:
    """It tells of no file, and comes back as any other field does."""
    ran = run(restore(record(attachment="new.pdf"), {"attachment": "old.pdf"}), Answer(200, body(4)))
    assert ran.request.json == {"data": {"attachment": "old.pdf"}}
    ran = run(restore(record(attachment="new.pdf"), {}), Answer(200, body(4)))
    assert ran.request.json == {"data": {}}


def test_a_deleted_record_is_made_anew() -> None:
    """Without an attachment, whose file is gone, and never over one that somebody else made meanwhile."""
    handle = record(None)
    ran = run(restore(handle, {"attachment": {"hash": "old"}, "a": 1}), MISSING, Answer(201, body(9, a=1)))
    assert ran.requests[1].headers == {"If-None-Match": "*"}
    assert ran.requests[1].json == {"data": {"a": 1}}
    assert handle.data == {"a": 1}
    refused = Answer(412, {"details": {"existing": row(10, a=2)}})
    with pytest.raises(AlreadyExistsError) as caught:
        run(restore(record(None), {"a": 1}), MISSING, refused)
    assert caught.value.theirs == {"a": 2}


def test_a_missing_collection_is_no_deleted_record() -> None:
    """Only the absence of the record itself lets it be made anew."""
    with pytest.raises(NotFoundError):
        run(
            restore(record(None), {}),
            Answer(404, {"errno": 111, "details": {"id": "c", "resource_name": "collection"}}),
        )


def test_a_newer_version_is_a_conflict() -> None:
    """Nothing is written over a change that was not seen."""
    seen = record(title="b")
    with pytest.raises(ConflictError, match="restore") as caught:
        run(restore(seen, {"title": "a"}), Answer(412, {"details": {"existing": row(5, title="c")}}))
    assert (caught.value.base, caught.value.mine, caught.value.theirs) == (
        {"title": "b"},
        {"title": "a"},
        {"title": "c"},
    )
    assert seen.data == {"title": "b"}


def test_a_lost_answer_is_no_conflict() -> None:
    """When the attempt whose answer was lost had succeeded, the refusal of the second shows it."""
    seen = record(title="b")
    refused = Answer(412, {"details": {"existing": row(5, title="a")}}, retried=True)
    run(restore(seen, {"title": "a"}), refused)
    assert (seen.data, seen.last_modified) == ({"title": "a"}, 5)


def test_a_failure_leaves_the_outcome_unknown() -> None:
    """After a 5xx the record is read again before the next attempt."""
    seen = record(title="b")
    with pytest.raises(ServerError):
        run(restore(seen, {"title": "a"}), Answer(500))
    assert seen.is_dirty
    assert run(restore(seen, {"title": "a"}), Answer(200, body(5)), Answer(200, body(6))).requests[0].method == "GET"


# ---- snapshots -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bucket", "collection"), [("collections", "c"), ("b", "collections"), ("collections", "collections")]
)
def test_no_name_of_a_collection_or_bucket_is_special(bucket: str, collection: str) -> None:
    """They may be called as the parts of a path are."""
    context = Context(server_url="http://server/v1")
    context.memory.info = server_info_from({"capabilities": {"history": {}}})
    path = f"/buckets/{bucket}/collections/{collection}"
    snapshot_path = run(snapshot(context, path, 5), Answer(200, {"data": []})).request.path
    assert snapshot_path == f"/buckets/{bucket}/snapshot/collections/{collection}@5"
    reader = Reader(context, path, 5)
    answer = Answer(200, {"data": []}, {"ETag": '"7"'})
    assert (
        run(reader.page(), answer, answer)
        .requests[1]
        .path.startswith(f"/buckets/{bucket}/history?collection_id=%22{collection}%22&")
    )


def test_a_snapshot_is_read_beside_the_collection() -> None:
    """The view has the moment in its path; an answer without a list is unreadable."""
    context = Context(server_url="http://server/v1")
    context.memory.info = server_info_from({"capabilities": {"history": {}}})
    ran = run(snapshot(context, "/buckets/b/collections/c", 5), Answer(200, {"data": [row(1)]}))
    assert ran.request.path == "/buckets/b/snapshot/collections/c@5"
    assert ran.value == [row(1)]
    with pytest.raises(UnreadableResponseError):
        run(snapshot(context, "/buckets/b/collections/c", 5), Answer(200, {}))
    with pytest.raises(NotFoundError):
        run(snapshot(context, "/buckets/b/collections/c", 5), Answer(404))


# ---- entries -------------------------------------------------------------------------------------------------------


def entry(action: str = "update", *, uri: str = "/buckets/b", permissions: Any = None, **fields: Any) -> Entry[Any]:
    """An entry of a history."""
    shown = {
        "id": "e",
        "last_modified": 9,
        "action": action,
        "date": "2026-11-23T19:05:40.188859+00:00",
        "uri": uri,
        "user_id": "account:ann",
        "resource_name": "record",
        "target": {"data": row(7, **fields), "permissions": permissions or {}},
    }
    return Entry(shown, PLAIN)


def test_an_entry_shows_the_object_as_it_was() -> None:
    """Its data has no metadata and can be changed without changing the entry."""
    found = entry(title="a", tags=["x"])
    assert found.data == {"title": "a", "tags": ["x"]}
    assert found.data is found.data
    found.data["tags"].append("y")
    assert found.document == {"title": "a", "tags": ["x"]}
    assert (found.id, found.last_modified, found.version) == ("e", 9, 7)
    assert found.date == datetime(2026, 11, 23, 19, 5, 40, 188859, UTC)
    assert repr(found) == "<Entry update /buckets/b account:ann 2026-11-23T19:05:40.188859+00:00>"


def test_a_deletion_has_no_data() -> None:
    """What the server keeps of it is a tombstone."""
    found = entry("delete", deleted=True)
    assert found.data is None
    assert found.document is None
    assert found.permissions == {}


@attrs.define
class Identified:
    """A model that has the metadata, too."""

    id: str
    last_modified: int
    title: str


def test_a_model_may_declare_the_metadata() -> None:
    """The data has the id and the version of the object then; a deletion has none, and is no misfit."""
    codec: Codec[Any] = codec_for(Identified)
    then, gone, other = (
        Entry(shown._row, codec) for shown in (entry(title="a"), entry("delete", deleted=True), entry(title=1))
    )
    assert then.data == Identified("r", 7, "a")
    assert then.document == {"title": "a"}
    misfits: list[Misfit[Any]] = []
    assert list(fitting([then, gone, other], misfits)) == [then, gone]
    assert [misfit.item for misfit in misfits] == [other]


def test_a_diff_tells_fields_and_permissions_apart() -> None:
    """Fields added, removed and changed, as JSON; principals granted and revoked."""
    before = entry(a=1, b=1, c=[1], permissions={"read": ["x", "y"], "write": ["w"]})
    after = entry(a=1.0, c=[1], d=None, permissions={"read": ["y", "z"], "record:create": ["w"], "write": ["w"]})
    diff = after.diff(before)
    assert diff
    assert (diff.added, diff.removed, diff.changed) == ({"d": None}, {"b": 1}, {"a": (1, 1.0)})
    assert diff.granted == {"read": {"z"}, "record:create": {"w"}}
    assert diff.revoked == {"read": {"x"}}
    assert not after.diff(after)
    assert entry("create", a=1).diff(None).added == {"a": 1}
    assert entry("delete").diff(before).removed == {"a": 1, "b": 1, "c": [1]}
    with pytest.raises(UsageError, match="two objects"):
        after.diff(entry(uri="/buckets/other"))


def test_an_entry_read_in_part_says_what_is_missing() -> None:
    """What was not asked for is not made up."""
    found = Entry({"id": "e", "last_modified": 1, "user_id": "account:ann"}, PLAIN)
    assert found.user_id == "account:ann"
    for name in ("action", "date", "uri", "resource_name", "data", "document", "permissions", "version"):
        with pytest.raises(NotLoadedError, match="only"):
            getattr(found, name)
    assert repr(Entry({"id": "e", "last_modified": 1}, PLAIN)) == "<Entry e>"
