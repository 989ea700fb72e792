"""What a unit of work sends in which order: how operations are spread over chunks, and what the plan shows of it."""

import sys
from typing import Any

import pytest

from kinto_sdk import AlreadyExistsError, JSONPatch, MergePatch, Request, TransportError, UsageError
from kinto_sdk.flows import batch as unit
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.attachments import add_attachment
from kinto_sdk.flows.chunks import MAX_BYTES
from kinto_sdk.flows.conflicts import saving
from kinto_sdk.flows.jobs import Job
from kinto_sdk.flows.patches import patching
from kinto_sdk.flows.permissions import grant, revoke
from kinto_sdk.objects.uploads import read_upload
from kinto_sdk.protocol.messages import Flow
from tests.flows.batches import CONFLICT, RECORDS, collection, made, new, seen, statuses, together, work
from tests.flows.driving import LOST, Answer, body, navigation, run


def test_operations_go_in_chunks_in_their_order() -> None:
    """A chunk holds as many operations as the server takes, and the order is that of enlisting."""
    todos = collection(limit=2)
    jobs = [new(todos, name) for name in "abcd"]
    requests = work(jobs, together(made("a"), made("b")), together(made("c"), made("d")))
    assert requests == [["PUT a", "PUT b"], ["PUT c", "PUT d"]]
    assert statuses(jobs) == ["succeeded"] * 4
    assert [job.target.last_modified for job in jobs] == [5] * 4


def test_the_plan_shows_what_goes_by_itself() -> None:
    """Grants, patches that the endpoint can't carry and files are known before they are planned, by their names."""
    todos = collection()
    a, b, c, d, e, f, g = (seen(todos, name) for name in "abcdefg")
    upload = read_upload(b"x", filename="a.txt")
    flows_of: list[tuple[Any, Flow[Any]]] = [
        (a, grant(a, "read", ("account:bob",))),
        (b, patching(b, {"n": 2})),
        (c, saving(c, "merge")),
        (d, patching(d, JSONPatch().add("/data/n", 2))),
        (e, patching(e, MergePatch({"n": 2}))),
        (f, revoke(f, "read", ("account:bob",))),
        (g, add_attachment(g, upload)),
    ]
    jobs = [Job(target, flow) for target, flow in flows_of]
    plan = unit.plan(jobs, todos._context)
    assert [[str(operation).replace(RECORDS, "") for operation in chunk] for chunk in plan] == [
        ["grant a"],
        ["patch b", "save c"],
        ["json_patch d"],
        ["merge_patch e"],
        ["revoke f"],
        ["add_attachment g"],
    ]
    for job in jobs:
        job.flow.close()


def test_an_operation_that_is_alone_in_its_chunk_goes_as_itself() -> None:
    """A batch of one is one plain request, with its precise error."""
    todos = collection()
    job = new(todos, "a")
    assert work([job], CONFLICT) == [[f"PUT {RECORDS}a"]]
    assert isinstance(job.error, AlreadyExistsError)


def test_the_limit_is_learnt_once() -> None:
    """The server's limit is asked before the first batch, and known to the second."""
    todos = navigation().bucket("b").collection("c")
    root = Answer(200, {"settings": {"batch_max_requests": 2}})
    first = [new(todos, name) for name in "abc"]
    requests = work(first, root, together(made("a"), made("b")), made("c"))
    assert requests == [["GET /"], ["PUT a", "PUT b"], [f"PUT {RECORDS}c"]]
    second = [new(todos, name) for name in "de"]
    assert work(second, together(made("d"), made("e"))) == [["PUT d", "PUT e"]]


def test_a_server_that_hides_its_root_is_taken_for_a_usual_one() -> None:
    """A 403 on the root view does not keep a batch from being sent."""
    todos = navigation().bucket("b").collection("c")
    jobs = [new(todos, str(number)) for number in range(26)]
    requests = work(jobs, Answer(403, {"code": 403}), together(*(made(str(n)) for n in range(25))), made("25"))
    assert [len(request) for request in requests] == [1, 25, 1]


@pytest.mark.parametrize("answer", [LOST, Answer(503, {}), Answer(500, b"oops")], ids=["lost", "503", "500"])
def test_nothing_is_sent_to_a_server_that_does_not_answer(answer: Answer | TransportError) -> None:
    """When even the limit can't be asked no operation is sent, and no object is in doubt."""
    jobs = [new(navigation().bucket("b").collection("c"), name) for name in "ab"]
    assert work(jobs, answer) == [["GET /"]]
    assert statuses(jobs) == ["not_sent"] * 2
    assert not any(job.target._stale for job in jobs)


def test_a_chunk_ends_before_its_body_grows_too_large() -> None:
    """Large documents are spread over several requests, none above a megabyte."""
    todos = collection()
    records = [todos.new_record({"text": "x" * (MAX_BYTES // 3)}, name) for name in "abcd"]
    jobs = [Job(record, flows.save(record)) for record in records]
    ran = run(unit.run(jobs, todos._context), together(made("a"), made("b")), together(made("c"), made("d")))
    assert [len(request.body or b"") < MAX_BYTES for request in ran.requests] == [True, True]


def test_one_document_above_the_size_still_goes() -> None:
    """A document that is too large for any chunk is sent by itself; whether it is taken is the server's say."""
    todos = collection()
    record = todos.new_record({"text": "x" * MAX_BYTES}, "big")
    jobs = [new(todos, "a"), Job(record, flows.save(record)), new(todos, "b")]
    assert work(jobs, made("a"), made("big"), made("b")) == [[f"PUT {RECORDS}{name}"] for name in ("a", "big", "b")]


def test_two_edits_of_one_object_build_on_each_other() -> None:
    """The second write of an object is planned when the first is answered, on the version that it gave."""
    todos = collection()
    record = seen(todos, "a", n=1)
    record.data["n"] = 2
    jobs = [
        Job(record, flows.save(record)),
        new(todos, "b"),
        Job(record, patching(record, {"m": 3})),
        new(todos, "d"),
    ]
    saved = Answer(200, body(7, "a", n=2))
    patched = Answer(200, body(8, "a", n=2, m=3))
    ran = run(unit.run(jobs, todos._context), together(saved, made("b")), together(patched, made("d")))
    first, second = (request.json["requests"] for request in ran.requests)
    assert [item["headers"] for item in (first[0], second[0])] == [{"If-Match": '"1"'}, {"If-Match": '"7"'}]
    assert record.data == {"n": 2, "m": 3}
    assert statuses(jobs) == ["succeeded"] * 4


def test_two_handles_on_one_object_do_not_share_a_chunk() -> None:
    """A path occurs once in a chunk, also when two objects have it."""
    todos = collection()
    jobs = [new(todos, "a"), Job(todos.record("a"), flows.load(todos.record("a"))), new(todos, "b")]
    requests = work(jobs, made("a"), together(Answer(200, body(5, "a")), made("b")))
    assert requests == [[f"PUT {RECORDS}a"], ["GET a", "PUT b"]]


def test_an_object_is_held_by_an_operation_that_first_reads_something_else() -> None:
    """A record that waits for its collection's schema is written before what was enlisted on it afterwards."""
    todos = collection()
    checked = todos.bucket.collection("c", validate=True)
    a, b = checked.new_record({"n": 1}, "a"), seen(todos, "b")
    jobs = [
        Job(a, flows.create(a)),
        Job(todos.record("a"), flows.delete(todos.record("a"))),
        Job(b, flows.delete(b)),
        new(checked, "b"),
    ]
    gone = [Answer(200, {"data": {"id": name, "last_modified": 9, "deleted": True}}) for name in "ab"]
    requests = work(jobs, Answer(200, body(1, "c")), made("a"), together(*gone), made("b"))
    assert requests == [
        ["GET /buckets/b/collections/c"],
        [f"PUT {RECORDS}a"],
        ["DELETE a", "DELETE b"],
        [f"PUT {RECORDS}b"],
    ]
    assert statuses(jobs) == ["succeeded"] * 4


def test_the_deletion_of_a_parent_is_not_joined_by_what_first_reads_something_else() -> None:
    """What is below a deleted collection waits for the next chunk, whatever its first request is about."""
    todos = collection()
    record = todos.record("a")

    def reading() -> Flow[None]:
        yield Request("GET", "/", repeatable=True)

    jobs = [new(todos.bucket.collection("d"), "x"), Job(todos, flows.delete(todos)), Job(record, reading())]
    gone = Answer(200, {"data": {"id": "c", "last_modified": 9, "deleted": True}})
    requests = work(jobs, together(made("x"), gone), Answer(200, {}))
    assert [len(request) for request in requests] == [2, 1]
    assert requests[1] == ["GET /"]


def test_a_parent_is_not_deleted_beside_its_children() -> None:
    """The deletion of a collection comes in a chunk after what is below it, and before what follows."""
    todos = collection()
    jobs = [new(todos, "a"), new(todos, "b"), Job(todos, flows.delete(todos)), new(todos, "d"), new(todos, "e")]
    gone = Answer(200, {"data": {"id": "c", "last_modified": 9, "deleted": True}})
    requests = work(jobs, together(made("a"), made("b")), gone, together(made("d"), made("e")))
    assert requests == [["PUT a", "PUT b"], ["DELETE /buckets/b/collections/c"], ["PUT d", "PUT e"]]


def test_deletions_of_siblings_share_a_chunk() -> None:
    """Records are deleted many at a time."""
    todos = collection()
    jobs = [Job(record, flows.delete(record)) for record in (seen(todos, "a"), seen(todos, "b"))]
    jobs.append(new(todos, "d"))
    tombstones = [Answer(200, {"data": {"id": name, "last_modified": 9, "deleted": True}}) for name in "ab"]
    assert work(jobs, together(*tombstones, made("d"))) == [["DELETE a", "DELETE b", "PUT d"]]
    assert jobs[0].target._deleted


def test_what_the_batch_endpoint_can_not_carry_goes_alone_in_its_place() -> None:
    """A conditional read would break the whole batch, so it is sent between the chunks around it."""
    todos = collection()
    record = seen(todos, "x")
    jobs = [new(todos, "a"), new(todos, "b"), Job(record, flows.refresh(record)), new(todos, "d"), new(todos, "e")]
    answers = together(made("a"), made("b")), Answer(304), together(made("d"), made("e"))
    assert work(jobs, *answers) == [["PUT a", "PUT b"], [f"GET {RECORDS}x"], ["PUT d", "PUT e"]]
    assert statuses(jobs) == ["succeeded"] * 5


def test_a_later_step_that_can_not_be_carried_goes_alone_too() -> None:
    """The steps of one operation may go differently: its neighbours are not held up by it."""
    todos = collection()

    def two_steps() -> Flow[None]:
        yield Request("GET", f"{RECORDS}x")
        yield Request("PATCH", f"{RECORDS}x", content=b"[]")

    jobs = [
        new(todos, "a", if_not_exists=True),
        Job(todos.record("x"), two_steps()),
        new(todos, "b", if_not_exists=True),
    ]
    requests = work(
        jobs,
        together(CONFLICT, Answer(200, body(5, "x")), CONFLICT),
        Answer(200, body(5, "a")),
        Answer(200, {}),
        Answer(200, body(5, "b")),
    )
    assert requests == [["PUT a", "GET x", "PUT b"], [f"GET {RECORDS}a"], [f"PATCH {RECORDS}x"], [f"GET {RECORDS}b"]]
    assert statuses(jobs) == ["succeeded"] * 3


def test_nothing_is_sent_for_what_did_not_change() -> None:
    """An object without edits takes no place in a chunk and succeeds."""
    todos = collection(limit=2)
    unchanged = seen(todos, "x")
    jobs = [new(todos, "a"), Job(unchanged, flows.save(unchanged)), new(todos, "b")]
    assert work(jobs, together(made("a"), made("b"))) == [["PUT a", "PUT b"]]
    assert statuses(jobs) == ["succeeded"] * 3


def test_an_operation_that_can_not_be_planned_fails_by_itself() -> None:
    """An unloaded handle or a body that is not JSON is that operation's failure, and the others are sent."""
    todos = collection()
    handle, huge = todos.record("x"), todos.record("y")

    def unencodable() -> Flow[None]:
        yield Request("PATCH", f"{RECORDS}y", json={"data": {"n": object()}})

    jobs = [new(todos, "a"), Job(handle, flows.save(handle)), Job(huge, unencodable()), new(todos, "b")]
    assert work(jobs, together(made("a"), made("b"))) == [["PUT a", "PUT b"]]
    assert statuses(jobs) == ["succeeded", "failed", "failed", "succeeded"]
    assert isinstance(jobs[2].error, UsageError)
    assert str(jobs[2].error).startswith(f"PATCH {RECORDS}y: its body is not JSON")


# ---- before the end ------------------------------------------------------------------------------------------------


def test_the_plan_shows_the_chunks_without_planning() -> None:
    """Chunks end when full, before an object that occurs again and around what goes alone; no flow is started."""
    todos = collection(limit=3)
    record = seen(todos, "x")
    a, b, d, e = (new(todos, name) for name in "abde")
    again = Job(a.target, flows.save(a.target))
    jobs: list[Job[Any]] = [a, b, again, Job(todos, flows.delete(todos)), Job(record, flows.delete(record)), d, e]
    shown = [[str(operation) for operation in chunk] for chunk in unit.plan(jobs, todos._context)]
    assert shown == [
        [f"create {RECORDS}a", f"create {RECORDS}b"],
        [f"save {RECORDS}a"],
        ["delete /buckets/b/collections/c"],
        [f"delete {RECORDS}x", f"create {RECORDS}d", f"create {RECORDS}e"],
    ]
    assert all(job.request is None and job.status is None for job in jobs)


def test_the_plan_of_an_unknown_server_is_that_of_a_usual_one() -> None:
    """Before the server's settings are known, a chunk is taken to hold 25."""
    todos = navigation().bucket("b").collection("c")
    jobs = [new(todos, str(number)) for number in range(30)]
    assert [len(chunk) for chunk in unit.plan(jobs, todos._context)] == [25, 5]
    assert unit.plan([], todos._context) == []


def test_ten_thousand_operations_cost_what_a_thousand_cost_ten_times() -> None:
    """Nothing in a batch looks at all operations for each of them."""

    def steps(count: int, limit: int) -> int:
        todos = collection(limit)
        jobs = [new(todos, str(number)) for number in range(count)]
        flow = unit.run(jobs, todos._context)
        calls = 0

        def counting(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(counting)
        try:
            request = next(flow)
            while True:
                names = [item["path"].rsplit("/", 1)[1] for item in request.json["requests"]]
                request = flow.send(together(*(made(name) for name in names)).to(request))
        except StopIteration:
            return calls
        finally:
            sys.setprofile(None)

    assert steps(2000, 1000) < 2.5 * steps(1000, 1000)
