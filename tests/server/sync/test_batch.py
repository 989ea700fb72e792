# Generated from tests/server/aio/test_batch.py by tools/unasync.py. Edit that file, then run `make generate`.
"""The unit of work on a real server, in the sync colour."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    EVERYONE,
    AlreadyExistsError,
    Batch,
    Client,
    Collection,
    Record,
    BatchError,
    ConflictError,
    ContentionError,
    InvalidIdError,
    JSONPatch,
    MergePatch,
    NotFoundError,
    NotSentError,
    Outcome,
    PermissionDeniedError,
    Request,
    Response,
    RetryPolicy,
    ThrottledError,
    TransportError,
    UsageError,
)
from kinto_sdk.protocol.errors import error_from
from kinto_sdk.testing import KintoServer


@attrs.define
class Todo:
    """Something to do."""

    title: str
    done: bool = False


@pytest.fixture
def todos(kinto_client: Client) -> Collection[Todo]:
    """Return an empty collection of todos."""
    bucket = kinto_client.create_bucket("blog")
    bucket.create_collection("todos")
    return bucket.collection("todos", Todo)


def titles(todos: Collection[Todo]) -> dict[str, str]:
    """What is on the server: titles by id."""
    return {record.id: record.data.title for record in todos.records()}


def statuses(batch: Batch) -> list[str]:
    """What became of each operation."""
    return [outcome.status for outcome in batch.results()]


# ---- what works inside ---------------------------------------------------------------------------------------------


def test_a_batch_navigates_like_a_client(kinto_client: Client) -> None:
    """A bucket, what is in it, and records of a model are made in one block, and hold their state after it."""
    with kinto_client.batch() as batch:
        bucket = batch.create_bucket("app-v1")
        group = bucket.create_group("friends", ["account:bob"])
        bucket.create_collection("srcv1")
        todos = bucket.collection("srcv1", Todo)
        records = [todos.create_record(Todo(str(number)), id=f"v1-{number}") for number in range(30)]
        assert len(batch) == 33
        assert records[0].last_modified is None
    assert statuses(batch) == ["succeeded"] * 33
    assert group.data["members"] == ["account:bob"]
    assert len({record.last_modified for record in records}) > 1
    assert all(record.created for record in records)
    assert [record.permissions.write for record in records[:1]] == [bucket.permissions.write]
    there = kinto_client.bucket("app-v1").collection("srcv1", Todo)
    assert titles(there) == {f"v1-{number}": str(number) for number in range(30)}


def test_objects_of_a_batch_go_on_working(kinto_client: Client) -> None:
    """After the block, objects and handles made through a batch send by themselves, as the client's do."""
    with kinto_client.batch() as batch:
        bucket = batch.create_bucket("blog")
        handle = bucket.create_collection("todos")
        record = handle.create_record({"title": "a"})
    record.data["title"] = "b"
    record.save()
    assert (handle.get_record(record.id)).data == {"title": "b"}
    assert bucket.exists()
    assert [found.id for found in handle.records()] == [record.id]
    for outcome in handle.create_records([{"title": "c"}]):
        assert outcome.ok
    batch.create_bucket("another")
    assert kinto_client.bucket("another").exists()
    assert len(batch) == 3


def test_objects_of_the_client_are_enlisted(
    todos: Collection[Todo], kinto_client: Client
) -> None:
    """Saving, replacing, patching, deleting and loading in one block do what they do alone, in the order given."""
    names = ("saved", "replaced", "patched", "deleted", "loaded")
    saved, replaced, patched, deleted, loaded = [todos.create_record(Todo(name), id=name) for name in names]
    todos.record("loaded").patch({"title": "fresh"})
    with kinto_client.batch() as batch:
        saved.data.done = True
        assert batch.save(saved) is saved
        batch.replace(replaced, Todo("new", done=True), permissions={"read": ["account:bob"]})
        batch.patch(patched, {"title": "patched!"})
        batch.delete(deleted)
        batch.delete(todos.record("nothing"), if_exists=True)
        batch.load(loaded)
        new = batch.save(todos.new_record(Todo("new"), "new"))
        saved.data.title = "edited after enlisting"
    assert new.created
    assert loaded.data.title == "fresh"
    assert patched.data.title == "patched!"
    assert titles(todos) == {
        "saved": "edited after enlisting",
        "replaced": "new",
        "patched": "patched!",
        "loaded": "fresh",
        "new": "new",
    }
    assert (todos.get_record("replaced")).permissions.read == {"account:bob"}
    assert not any(record.is_dirty for record in (saved, replaced, patched, loaded, new))


def test_creating_what_exists_takes_a_second_round(
    todos: Collection[Todo], kinto_client: Client
) -> None:
    """`if_not_exists` gives the object that exists, with its data and permissions, also in a batch."""
    todos.create_record(Todo("there"), id="there", permissions={"read": ["account:bob"]})
    with kinto_client.batch() as batch:
        bucket = batch.create_bucket("blog", if_not_exists=True)
        mine = bucket.collection("todos", Todo)
        there = mine.create_record(Todo("mine"), id="there", if_not_exists=True)
        fresh = mine.create_record(Todo("mine"), id="fresh", if_not_exists=True)
    assert [bucket.created, there.created, fresh.created] == [False, False, True]
    assert there.data == Todo("there")
    assert "account:bob" in there.permissions.read


def test_what_can_not_travel_keeps_its_place(
    todos: Collection[Todo], kinto_client: Client
) -> None:
    """Grants, merge patches, JSON Patches and files are sent by themselves between the chunks around them."""
    with kinto_client.batch() as batch:
        first = batch.save(todos.new_record(Todo("a"), "a"))
        batch.grant(first, "read", "account:bob")
        batch.patch(first, MergePatch({"done": True}))
        batch.patch(first, JSONPatch().replace("/data/title", "b"))
        batch.revoke(first, "read", "account:bob")
        batch.add_attachment(first, b"content", filename="a.txt")
        batch.save(todos.new_record(Todo("c"), "c"))
    assert statuses(batch) == ["succeeded"] * 7
    assert first.attachment is not None
    assert first.attachment.filename == "a.txt"
    again = todos.get_record("a")
    assert again.data == first.data == Todo("b", done=True)
    assert again.permissions.read == set()


def test_conflicts_are_merged_in_a_batch(todos: Collection[Todo], kinto_client: Client) -> None:
    """`on_conflict` resolves conflicts in further rounds of the chunk, for one batch and for a bulk write."""
    records = [todos.create_record(Todo(name), id=name) for name in "abc"]
    for record in records:
        todos.record(record.id).patch({"title": "theirs"})
        record.data.done = True
    with kinto_client.batch() as batch:
        for record in records[:2]:
            batch.save(record, on_conflict="merge")
    for outcome in todos.save_records(records[2:], on_conflict="merge"):
        assert outcome.ok
    assert [record.data for record in records] == [Todo("theirs", done=True)] * 3
    assert [record.data for record in todos.records()] == [Todo("theirs", done=True)] * 3


def test_operations_on_one_object_build_on_each_other(
    todos: Collection[Todo], kinto_client: Client
) -> None:
    """One object may be created, edited, deleted and made anew in one block."""
    with kinto_client.batch() as batch:
        record = batch.save(todos.new_record(Todo("a"), "a"))
        batch.patch(record, {"title": "b"})
        batch.delete(record)
        batch.replace(record, Todo("c"))
        batch.patch(record, {"done": True})
    assert statuses(batch) == ["succeeded"] * 5
    assert record.data == Todo("c", done=True)
    assert (todos.get_record("a")).last_modified == record.last_modified


def test_a_collection_is_emptied_by_making_it_anew(
    todos: Collection[Todo], kinto_client: Client
) -> None:
    """The deletion of a parent keeps its place between what came before and what follows."""
    with kinto_client.batch() as batch:
        batch.save(todos.new_record(Todo("old"), "old"))
        batch.delete(todos)
        again = batch.bucket("blog").create_collection("todos")
        again.create_record({"title": "new"}, id="new")
    assert statuses(batch) == ["succeeded"] * 4
    assert titles(todos) == {"new": "new"}


def test_the_default_bucket_works_in_a_batch(kinto_client: Client) -> None:
    """The default bucket makes itself and its collections, in a batch too."""
    with kinto_client.batch() as batch:
        todos = batch.bucket().collection("todos", Todo)
        record = todos.create_record(Todo("a"))
        todos.create_record(Todo("b"))
    assert record.path.startswith("/buckets/default/")
    assert sorted((titles(todos)).values()) == ["a", "b"]


@pytest.mark.backends("memory")
def test_chunks_follow_the_servers_limit(make_server: Callable[..., KintoServer]) -> None:
    """A server that takes three operations at once gets three at once; the plan says so beforehand."""
    server = make_server(batch_max_requests=3)
    with Client(server.url, auth=("user", "secret"), headers={"X-Mine": "1"}) as client:
        client.server_info()
        with client.batch() as batch:
            bucket = batch.create_bucket("blog")
            todos = bucket.create_collection("todos")
            for number in range(6):
                todos.create_record({"n": number}, id=str(number))
            assert [[operation.resource.id for operation in chunk] for chunk in batch.plan()] == [
                ["blog", "todos", "0"],
                ["1", "2", "3"],
                ["4", "5"],
            ]
        assert [record.id for record in client.bucket("blog").collection("todos").records()].__len__() == 6


@pytest.mark.parametrize("mode", [True, "writes"])
@pytest.mark.backends("memory")
def test_a_dry_run_of_a_batch_writes_nothing(
    todos: Collection[Todo], kinto_client: Client, mode: Any
) -> None:
    """In a dry run objects behave as if the batch was sent, and the server has what it had; reads may go through."""
    there = todos.create_record(Todo("there"), id="there")
    gone = todos.create_record(Todo("gone"), id="gone")
    kept = todos.create_record(Todo("kept"), id="kept")
    kept.data.done = True
    dry = kinto_client.clone(dry_run=mode)
    with dry.batch() as batch:
        mine = batch.bucket("blog").collection("todos", Todo)
        new = mine.create_record(Todo("new"), id="new", if_not_exists=True)
        read = mine.get_record("there")
        batch.delete(gone.using(dry))
        copy = batch.save(kept.using(dry))
        batch.save(todos.using(dry).new_record(Todo("other"), "other"))
    assert new.last_modified is not None
    assert (copy.data, copy.is_dirty) == (Todo("kept", done=True), False)
    assert kept.is_dirty
    assert (read.last_modified == there.last_modified) is (mode == "writes")
    assert titles(todos) == {"there": "there", "gone": "gone", "kept": "kept"}
    log = dry.dry_run_log
    assert log is not None
    methods = [request.method for request in log.requests if request.method != "GET"]
    assert methods == ["PUT", "DELETE", "PATCH", "PUT"]


# ---- what does not -------------------------------------------------------------------------------------------------


@pytest.mark.backends("memory")
def test_questions_are_refused(todos: Collection[Todo], kinto_client: Client) -> None:
    """What needs an answer at once says what to do instead, and the block goes on."""
    with kinto_client.batch() as batch:
        mine = batch.bucket("blog").collection("todos", Todo)
        with pytest.raises(UsageError, match=r"a batch has no answers before its end: use batch\.delete\(obj\)"):
            mine.record("a").delete()
        with pytest.raises(UsageError, match=r"use batch\.load\(obj\)"):
            mine.record("a").refresh()
        with pytest.raises(UsageError, match="ask through the client, or after the batch"):
            mine.exists()
        with pytest.raises(UsageError, match="has no answers"):
            mine.records().all()
        with pytest.raises(UsageError, match="a bulk write makes batches of its own"):
            for _ in mine.save_records([]):
                pass
        with pytest.raises(UsageError, match="a bulk write makes batches of its own"):
            batch._desk.each([])
        assert len(batch) == 0
        assert batch


@pytest.mark.backends("memory")
def test_an_exception_discards_everything(todos: Collection[Todo], kinto_client: Client) -> None:
    """When the block raises, nothing is sent, the exception comes through, and no object is in doubt."""
    record = todos.create_record(Todo("a"), id="a")
    with pytest.raises(ZeroDivisionError):
        with kinto_client.batch() as batch:
            batch.delete(record)
            new = batch.save(todos.new_record(Todo("b")))
            batch.replace(record, Todo("c"), permissions={"read": [EVERYONE]})
            raise ZeroDivisionError
    assert titles(todos) == {"a": "a"}
    assert statuses(batch) == ["not_sent", "not_sent", "not_sent"]
    assert isinstance(batch.results()[0].error, NotSentError)
    assert str(batch.results()[0].error).endswith("the block of the batch raised ZeroDivisionError")
    assert not record.is_dirty
    new.save()
    assert len(titles(todos)) == 2


@pytest.mark.backends("memory")
def test_a_batch_is_for_one_block(todos: Collection[Todo], kinto_client: Client) -> None:
    """Before its block, after it, and for a second one a batch is refused; it never loses an operation silently."""
    batch = kinto_client.batch()
    with pytest.raises(UsageError, match="this batch is not open: with client"):
        batch.save(todos.new_record(Todo("a")))
    with pytest.raises(UsageError, match="not open"):
        batch.create_bucket("b")
    with batch:
        with pytest.raises(UsageError, match="has not ended"):
            batch.results()
    assert batch.results() == []
    with pytest.raises(UsageError, match="this batch has ended; make another one"):
        batch.delete(todos)
    with pytest.raises(UsageError, match="for one with block"):
        with batch:
            pass
    assert repr(batch).endswith("Batch of 0 operations, ended>")
    assert todos.exists()


@pytest.mark.backends("memory")
def test_blocks_may_be_nested(todos: Collection[Todo], kinto_client: Client) -> None:
    """Two batches know nothing of each other: the inner one is sent when its block ends."""
    with kinto_client.batch() as outer:
        first = batch_save(outer, todos, "first")
        with kinto_client.batch() as inner:
            second = batch_save(inner, todos, "second")
        assert second.last_modified is not None
        assert first.last_modified is None
    assert sorted(titles(todos)) == ["first", "second"]


def batch_save(batch: Batch, todos: Collection[Todo], name: str) -> Record[Todo]:
    """Enlist a new record."""
    return batch.save(todos.new_record(Todo(name), name))


@pytest.mark.backends("memory")
def test_an_object_of_another_server_is_refused(kinto_client: Client) -> None:
    """An object is not written to a server that it does not live on."""
    with Client("http://elsewhere.example/v1") as elsewhere, kinto_client.batch() as batch:
        with pytest.raises(UsageError, match=r"/buckets/b lives on http://elsewhere.example/v1"):
            batch.delete(elsewhere.bucket("b"))


@pytest.mark.backends("memory")
def test_bad_input_is_refused_when_it_is_enlisted(
    todos: Collection[Todo], kinto_client: Client
) -> None:
    """Ids and documents are checked at once, where the mistake is; what was enlisted before is still sent."""
    with kinto_client.batch() as batch:
        batch.save(todos.new_record(Todo("a"), "a"))
        with pytest.raises(InvalidIdError):
            batch.bucket("")
        with pytest.raises(UsageError):
            batch.replace(todos, {"id": "another"})
        no_object: Any = {"title": "b"}
        for enlist in (batch.save, batch.delete, batch.load):
            with pytest.raises(UsageError, match=r"a batch takes buckets, .* not \{'title': 'b'\}"):
                enlist(no_object)
        with pytest.raises(UsageError, match="raise_on_error='never'"):
            kinto_client.batch(raise_on_error="never")
    assert titles(todos) == {"a": "a"}


# ---- failures ------------------------------------------------------------------------------------------------------


def test_refusals_leave_the_others_alone(
    todos: Collection[Todo], kinto_client: Client, connect: Callable[..., Client]
) -> None:
    """What the server refuses is told, error by error, after everything else was done."""
    record = todos.create_record(Todo("a"), id="a")
    todos.record("a").patch({"title": "changed meanwhile"})
    record.data.done = True
    with pytest.raises(BatchError) as caught:
        with kinto_client.batch() as batch:
            batch.save(record)
            batch.save(todos.new_record(Todo("again"), "a"))
            new = batch.save(todos.new_record(Todo("b"), "b"))
            batch.delete(todos.record("missing"))
            batch.load(kinto_client.bucket("nowhere"))
    kinds = [type(error) for error in caught.value.exceptions]
    assert kinds == [ConflictError, AlreadyExistsError, NotFoundError, PermissionDeniedError]
    assert statuses(batch) == ["failed", "failed", "succeeded", "failed", "failed"]
    assert str(caught.value).startswith("4 of 5 operations failed; the first: PATCH /buckets/blog/collections/todos")
    assert new.created
    assert record.is_dirty
    assert record.data == Todo("a", done=True)
    conflict = caught.value.exceptions[0]
    assert isinstance(conflict, ConflictError)
    assert conflict.theirs == {"title": "changed meanwhile", "done": False}


@pytest.mark.backends("memory")
@pytest.mark.parametrize("tolerant", ["server", False])
def test_refusals_may_be_tolerated(
    todos: Collection[Todo], kinto_client: Client, tolerant: Any
) -> None:
    """With `raise_on_error="server"` or False, refusals are in the results alone."""
    with kinto_client.batch(raise_on_error=tolerant) as batch:
        batch.delete(todos.record("missing"))
        batch.save(todos.new_record(Todo("b"), "b"))
    assert statuses(batch) == ["failed", "succeeded"]


def unstorable(record: Record[Any]) -> Generator[Request, Response, None]:
    """A write on which PostgreSQL fails."""
    body = {"data": {"title": "x", "last_modified": True}}
    response = yield Request("PUT", record.path, json=body, repeatable=True)
    if not response.ok:
        raise error_from(response)


@pytest.mark.backends("postgresql")
def test_a_collision_undoes_nothing_in_the_end(
    todos: Collection[Todo], kinto_client: Client
) -> None:
    """Next to a write that always collides (409), which makes the server undo others, the others are written."""
    taken = todos.create_record(Todo("taken"), id="taken")
    with pytest.raises(BatchError) as caught:
        # What collides goes by itself in the end, with the client's retries.
        with kinto_client.clone(retry=RetryPolicy(retries=1, retry_after=0.01)).batch() as batch:
            before = batch.save(todos.new_record(Todo("before"), "before"))
            mine = batch.bucket("blog").collection("todos", Todo)
            mine.create_record(Todo("collides"), last_modified=taken.last_modified)
            after = batch.save(todos.new_record(Todo("after"), "after"))
    assert [type(error) for error in caught.value.exceptions] == [ContentionError]
    assert statuses(batch) == ["succeeded", "failed", "succeeded"]
    assert titles(todos) == {"taken": "taken", "before": "before", "after": "after"}
    assert (todos.get_record("before")).last_modified == before.last_modified
    assert (todos.get_record("after")).last_modified == after.last_modified


@pytest.mark.backends("postgresql")
def test_a_failing_server_ends_the_batch(make_server: Callable[..., KintoServer]) -> None:
    """After a 5xx what was sent before is kept, the chunk's objects are in doubt, and the rest is not sent."""
    server = make_server(batch_max_requests=3)
    with Client(server.url, auth=("user", "secret"), retry=0) as client:
        bucket = client.create_bucket("blog")
        bucket.create_collection("todos")
        todos = bucket.collection("todos", Todo)
        with pytest.raises(BatchError) as caught:
            with client.batch(raise_on_error="server") as batch:
                records = [batch.save(todos.new_record(Todo(name), name)) for name in "abcd"]
                batch._desk.enlist(todos.record("x"), unstorable(todos.record("x")))
                records += [batch.save(todos.new_record(Todo(name), name)) for name in "efg"]
        assert statuses(batch) == ["succeeded"] * 3 + ["failed"] * 3 + ["not_sent"] * 2
        assert [type(error) for error in caught.value.exceptions] == [ThrottledError] * 3 + [NotSentError] * 2
        assert sorted(titles(todos)) == ["a", "b", "c"]
        assert [record.is_dirty for record in records[:5]] == [False, False, False, True, True]
        records[3].save()
        assert records[3].created
        assert sorted(titles(todos)) == ["a", "b", "c", "d"]


@pytest.mark.backends("memory")
def test_a_server_that_does_not_answer_leaves_nothing_in_doubt() -> None:
    """When nobody listens, no operation was sent and each says so."""
    with Client("http://127.0.0.1:9/v1", retry=0) as client:
        with pytest.raises(BatchError) as caught:
            with client.batch() as batch:
                record = batch.save(client.bucket("b").collection("c").new_record({}))
    assert statuses(batch) == ["not_sent"]
    assert [type(error) for error in caught.value.exceptions] == [NotSentError]
    assert repr(record).endswith("(not saved)>")


@pytest.mark.backends("memory")
def test_a_closed_client_sends_nothing(kinto_server: KintoServer) -> None:
    """A batch that outlives its client is told so, and has its results."""
    client = Client(kinto_server.url)
    with pytest.raises(BatchError, match="the client is closed"):
        with client.batch() as batch:
            batch.save(client.bucket("b").collection("c").new_record({}))
            client.close()
    assert statuses(batch) == ["not_sent"]


# ---- bulk ----------------------------------------------------------------------------------------------------------


@pytest.mark.backends("memory")
def test_many_records_are_created(todos: Collection[Todo]) -> None:
    """Each document becomes a record, outcomes come in order, and progress is told after each chunk."""
    progress: list[tuple[int, int | None]] = []
    documents = [Todo(str(number)) for number in range(60)]
    done = todos.create_records(documents, on_progress=lambda *told: progress.append(told))
    outcomes = [outcome for outcome in done]
    assert [outcome.resource.data for outcome in outcomes] == documents
    assert all(outcome.ok and outcome.resource.created for outcome in outcomes)
    assert progress == [(25, 60), (50, 60), (60, 60)]
    assert len(titles(todos)) == 60


@pytest.mark.backends("memory")
def test_many_records_are_saved(todos: Collection[Todo]) -> None:
    """Edits of listed records are saved as `save()` does, and what did not change is not written."""
    outcomes = [outcome for outcome in todos.create_records(Todo(str(number)) for number in range(30))]
    before = {outcome.resource.id: outcome.resource.last_modified for outcome in outcomes}
    records = [record for record in todos.records()]
    for record in records[::2]:
        record.data.done = True
    saved = [outcome for outcome in todos.save_records(records)]
    assert [outcome.resource for outcome in saved] == records
    written = [record.id for record in todos.records() if record.last_modified != before[record.id]]
    assert sorted(written) == sorted(record.id for record in records[::2])


@pytest.mark.backends("memory")
def test_an_endless_iterable_is_read_as_it_is_written(todos: Collection[Todo]) -> None:
    """No more documents are taken than the chunks under way hold, and one may stop at any time."""
    taken = 0

    def endless() -> Iterator[Todo]:
        nonlocal taken
        while True:
            taken += 1
            yield Todo(str(taken))

    seen = 0
    progress: list[int | None] = []
    for _ in todos.create_records(endless(), on_progress=lambda _, total: progress.append(total)):
        seen += 1
        assert taken <= seen + 25
        if seen == 60:
            break
    assert progress == [None] * 3


@pytest.mark.backends("memory")
def test_refused_documents_are_told_at_the_end(todos: Collection[Todo]) -> None:
    """A refusal stops nothing; the outcomes tell which, and the error at the end how many."""
    todos.create_record(Todo("there"), id="3")
    numbers = range(40)

    def run(seen: "list[Outcome[Record[dict[str, Any]]]]", **options: Any) -> None:
        plain = todos.bucket.collection("todos")
        documents = ({"id": str(number), "title": "mine"} for number in numbers)
        for outcome in plain.create_records(documents, **options):
            seen.append(outcome)

    seen: list[Outcome[Record[dict[str, Any]]]] = []
    with pytest.raises(BatchError, match="1 of 40 operations failed") as caught:
        run(seen)
    assert [type(error) for error in caught.value.exceptions] == [AlreadyExistsError]
    assert [number for number in numbers if not seen[number].ok] == [3]
    again: list[Outcome[Record[dict[str, Any]]]] = []
    run(again, if_not_exists=True)
    assert [outcome.resource.created for outcome in again] == [False] * 40
    assert again[3].resource.data == {"title": "there", "done": False}
    run([], raise_on_error=False)
    run([], raise_on_error="server")


@pytest.mark.backends("memory")
def test_a_bad_document_ends_the_writing(todos: Collection[Todo]) -> None:
    """An error in the iterable or in a document comes through, after the chunks before it were written."""

    def documents() -> Iterator[Todo]:
        for number in range(30):
            yield Todo(str(number))
        raise ZeroDivisionError

    def run() -> None:
        for outcome in todos.create_records(documents()):
            assert outcome.ok
            seen.append(outcome)

    seen: list[Outcome[Record[Todo]]] = []
    with pytest.raises(ZeroDivisionError):
        run()
    assert len(seen) == 25
    assert len(titles(todos)) == 25


@pytest.mark.backends("memory")
def test_a_server_that_fails_ends_the_writing() -> None:
    """When nobody listens the first chunk's error is raised, and no further documents are read."""
    with Client("http://127.0.0.1:9/v1", retry=0) as client:
        taken: list[int] = []

        def endless() -> Iterator[dict[str, Any]]:
            while True:
                taken.append(1)
                yield {}

        def run() -> None:
            for _ in client.bucket("b").collection("c").create_records(endless()):
                pass

        with pytest.raises(TransportError, match="GET /: no answer"):
            run()
        assert len(taken) <= 25


def test_several_chunks_under_way_keep_the_order(todos: Collection[Todo]) -> None:
    """With `concurrency` outcomes still come in the order of the documents, and all are written."""
    documents = [Todo(str(number)) for number in range(80)]
    outcomes = [outcome for outcome in todos.create_records(documents, concurrency=3)]
    assert [outcome.resource.data for outcome in outcomes] == documents
    assert len(titles(todos)) == 80
    with pytest.raises(UsageError, match="concurrency=0"):
        todos.create_records(documents, concurrency=0)


@pytest.mark.backends("memory")
def test_records_of_another_server_are_not_saved(todos: Collection[Todo]) -> None:
    """A record is not written to a server that it does not live on."""
    with Client("http://elsewhere.example/v1") as elsewhere:
        record = elsewhere.bucket("b").collection("c", Todo).new_record(Todo("a"))

        def run() -> None:
            for _ in todos.save_records([record]):
                pass

        with pytest.raises(UsageError, match="lives on"):
            run()
