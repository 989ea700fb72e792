"""The unit of work: what it sends in which order, who gets which answer, and what is left after a failure."""

import json
import pickle
import sys
from typing import Any

import pytest

from kinto_sdk import (
    AlreadyExistsError,
    BackoffError,
    ContentionError,
    JSONPatch,
    KintoError,
    MergePatch,
    NotFoundError,
    NotSentError,
    PermissionDeniedError,
    Record,
    Request,
    Response,
    RolledBackError,
    ServerError,
    ThrottledError,
    TransportError,
    UnreadableResponseError,
    UsageError,
)
from kinto_sdk._sync.collection import Collection
from kinto_sdk.flows import batch as unit
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.attachments import add_attachment
from kinto_sdk.flows.chunks import MAX_BYTES
from kinto_sdk.flows.conflicts import saving
from kinto_sdk.flows.jobs import Job
from kinto_sdk.flows.patches import patching
from kinto_sdk.flows.permissions import grant, revoke
from kinto_sdk.objects.context import ServerMemory
from kinto_sdk.objects.uploads import read_upload
from kinto_sdk.protocol.errors import RequestTimeoutError
from kinto_sdk.protocol.messages import Flow
from kinto_sdk.protocol.server import server_info_from
from tests.flows.driving import LOST, Answer, body, navigation, row, run

RECORDS = "/buckets/b/collections/c/records/"


def collection(limit: int = 25) -> Collection[dict[str, Any]]:
    """A collection of a server that is known to take so many operations at once."""
    info = server_info_from({"settings": {"batch_max_requests": limit}})
    return navigation(memory=ServerMemory(info)).bucket("b").collection("c")


def new(todos: Collection[dict[str, Any]], id: str, **options: Any) -> Job[Record[dict[str, Any]]]:  # noqa: A002
    """A job that creates a record."""
    record = todos.new_record({"n": 1}, id)
    return Job(record, flows.create(record, **options))


def seen(todos: Collection[dict[str, Any]], id: str, version: int = 1, **fields: Any) -> Record[dict[str, Any]]:  # noqa: A002
    """A record that was read."""
    return Record(todos, id, row(version, id, **fields))


def made(id: str, version: int = 5) -> Answer:  # noqa: A002
    """The server's answer to a creation."""
    return Answer(201, body(version, id, n=1))


CONFLICT = Answer(412, {"code": 412, "errno": 114})
COLLISION = Answer(409, {"code": 409, "errno": 122})
MISSING = Answer(404, {"code": 404, "errno": 110})


def together(*parts: Answer, retried: bool = False) -> Answer:
    """The answer to a POST /batch."""
    responses = [{"status": part.status, "headers": dict(part.headers), "body": part.body} for part in parts]
    return Answer(200, {"responses": responses}, retried=retried)


def sent(request: Request) -> list[str]:
    """What a request asks, item by item when it is a batch."""
    if request.path != "/batch":
        return [f"{request.method} {request.path}"]
    return [f"{item['method']} {item['path'].removeprefix(RECORDS)}" for item in request.json["requests"]]


def work(jobs: list[Job[Any]], *answers: Answer | TransportError) -> list[list[str]]:
    """Carry out jobs, and tell what was sent."""
    return [sent(request) for request in run(unit.run(jobs, jobs[0].target._context), *answers).requests]


def statuses(jobs: list[Job[Any]]) -> list[str]:
    """What became of them."""
    return [job.outcome().status for job in jobs]


# ---- chunks --------------------------------------------------------------------------------------------------------


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


# ---- items ---------------------------------------------------------------------------------------------------------


def test_an_item_is_what_would_be_sent_alone() -> None:
    """Method, path, preconditions and body of each item are its own, and the batch itself carries no headers."""
    todos = navigation(memory=collection()._context.memory).bucket("app-v1").collection("srcv1")
    record = Record(todos, "v1", row(3, "v1", n=1))
    record.data["n"] = 2
    read = todos.record("other")
    jobs = [Job(record, flows.save(record)), Job(read, flows.load(read, fields=("é", "a+b")))]
    ran = run(unit.run(jobs, todos._context), together(Answer(200, body(4, "v1", n=2)), MISSING))
    path = "/buckets/app-v1/collections/srcv1/records/"
    assert ran.request.headers == {}
    assert ran.request.json == {
        "requests": [
            {"method": "PATCH", "path": path + "v1", "headers": {"If-Match": '"3"'}, "body": {"data": {"n": 2}}},
            {"method": "GET", "path": path + "other?_fields=%C3%A9,a%2Bb"},
        ]
    }


def test_the_body_sent_is_the_one_shown() -> None:
    """The items are encoded one by one, to the same JSON as the request shows."""
    jobs = [new(collection(), name) for name in "ab"]
    ran = run(unit.run(jobs, jobs[0].target._context), together(made("a"), made("b")))
    assert json.loads(ran.request.body or b"") == ran.request.json
    assert ran.request.repeatable


def test_credentials_and_passwords_in_a_batch_are_not_shown() -> None:
    """What a request shows or stores has no password, and no credentials, of an item either."""

    def signing_in() -> Flow[None]:
        body = {"data": {"password": "s3cret"}}
        yield Request("PUT", "/accounts/me", json=body, headers={"Authorization": "Basic c2Vj"})

    todos = collection()
    request = run(unit.run([new(todos, "a"), Job(todos, signing_in())], todos._context), together(made("a"), MISSING))
    shown = pickle.dumps(request.request).decode("latin-1") + request.request.as_curl()
    assert "s3cret" not in shown
    assert "c2Vj" not in shown
    assert b"s3cret" in (request.request.body or b"")
    assert pickle.loads(pickle.dumps(request.request)).json["requests"][0] == request.request.json["requests"][0]  # noqa: S301  # ours


def test_a_batch_is_repeatable_when_all_of_it_is() -> None:
    """One operation that must not run twice keeps its whole chunk from being sent again."""
    todos = collection()

    def once() -> Flow[None]:
        yield Request("POST", "/buckets/b/collections/c/records", json={"data": {}})

    jobs = [new(todos, "a"), Job(todos.record("x"), once())]
    assert not run(unit.run(jobs, todos._context), together(made("a"), Answer(201, {}))).request.repeatable


def test_names_of_headers_are_lowered() -> None:
    """An item's headers are found under the names that a plain answer has."""
    heard: list[Response] = []

    def listening() -> Flow[None]:
        heard.append((yield Request("GET", f"{RECORDS}x")))

    todos = collection()
    jobs = [new(todos, "a"), Job(todos.record("x"), listening())]
    work(jobs, together(made("a"), Answer(200, body(1), {"ETag": '"12"', "Total-Objects": "3"})))
    assert heard[0].etag == 12
    assert heard[0].headers["total-objects"] == "3"


def test_an_operation_of_several_steps_takes_several_rounds() -> None:
    """`if_not_exists` reads what exists in a second round of its chunk, before the next chunk starts."""
    todos = collection(limit=2)
    jobs = [new(todos, "a", if_not_exists=True), new(todos, "b", if_not_exists=True), new(todos, "d")]
    there = [Answer(200, body(3, name, n=9)) for name in "ab"]
    requests = work(jobs, together(CONFLICT, CONFLICT), together(*there), made("d"))
    assert requests == [["PUT a", "PUT b"], ["GET a", "GET b"], [f"PUT {RECORDS}d"]]
    assert [job.target.created for job in jobs] == [False, False, True]
    assert jobs[0].target.data == {"n": 9}


def test_refusals_are_the_operations_own() -> None:
    """A 4xx is one operation's precise error, and its neighbours are kept."""
    todos = collection()
    jobs = [new(todos, "a"), new(todos, "b"), Job(todos.record("x"), flows.load(todos.record("x"))), new(todos, "d")]
    work(jobs, together(made("a"), Answer(403, {"code": 403}), MISSING, made("d")))
    assert statuses(jobs) == ["succeeded", "failed", "failed", "succeeded"]
    assert isinstance(jobs[1].error, PermissionDeniedError)
    assert isinstance(jobs[2].error, NotFoundError)
    assert str(jobs[1].error).startswith(f"PUT {RECORDS}b: 403")


def test_a_lost_answer_is_not_a_conflict_in_a_batch_either() -> None:
    """When the batch was sent twice, a 412 that shows what was to be written is success."""
    jobs = [new(collection(), name) for name in "ab"]
    ours = Answer(412, {"details": {"existing": row(4, "a", n=1)}})
    theirs = Answer(412, {"details": {"existing": row(4, "b", n=2)}})
    work(jobs, together(ours, theirs, retried=True))
    assert statuses(jobs) == ["succeeded", "failed"]
    assert jobs[0].target.last_modified == 4


# ---- collisions ----------------------------------------------------------------------------------------------------


def test_only_successes_after_the_last_collision_count() -> None:
    """What a 409 undid or may have misled is sent again, in order; what came after it and succeeded is not."""
    jobs = [new(collection(), name) for name in "abcde"]
    requests = work(
        jobs,
        together(made("a", 1), COLLISION, made("c", 1), COLLISION, made("e", 1)),
        together(*(made(name, 2) for name in "abcd")),
    )
    assert requests == [["PUT a", "PUT b", "PUT c", "PUT d", "PUT e"], ["PUT a", "PUT b", "PUT c", "PUT d"]]
    assert [job.target.last_modified for job in jobs] == [2, 2, 2, 2, 1]
    assert statuses(jobs) == ["succeeded"] * 5


def test_a_failure_after_a_collision_is_not_believed() -> None:
    """A 404 may come from the undoing of what was created before it, so it is asked again."""
    todos = collection()
    jobs = [Job(todos._fill({}, None), flows.create(todos)), new(todos, "a"), new(todos, "b")]
    requests = work(
        jobs, together(made("c", 1), COLLISION, MISSING), together(made("c", 2), made("a", 2), made("b", 2))
    )
    assert [len(request) for request in requests] == [3, 3]
    assert statuses(jobs) == ["succeeded"] * 3


def test_what_is_sent_again_may_meet_itself() -> None:
    """After a collision, a 412 that shows our own document is success: the first attempt may have counted."""
    jobs = [new(collection(), name) for name in "ab"]
    ours = Answer(412, {"details": {"existing": row(4, "a", n=1)}})
    work(jobs, together(made("a"), COLLISION), together(ours, made("b")))
    assert statuses(jobs) == ["succeeded"] * 2


@pytest.mark.parametrize("refusal", [MISSING, CONFLICT])
def test_what_was_refused_beside_a_collision_is_refused_again(refusal: Answer) -> None:
    """A refusal that is not believed is asked again, but it was no success of ours: deleting nothing is a failure."""
    todos = collection()
    jobs = [Job(todos.record("x"), flows.delete(todos.record("x"))), new(todos, "a"), new(todos, "b")]
    work(jobs, together(refusal, COLLISION, made("b")), together(MISSING, made("a")))
    assert statuses(jobs) == ["failed", "succeeded", "succeeded"]
    assert isinstance(jobs[0].error, NotFoundError)


@pytest.mark.parametrize("first", [Answer(200, {"data": row(9, "x", deleted=True)}), Answer(503, {}), COLLISION])
def test_what_may_have_been_done_beside_a_collision_may_be_found_done(first: Answer) -> None:
    """A deletion that was answered with success, or left unknown, finds nothing to delete in any later round."""
    todos = collection()
    jobs = [Job(todos.record("x"), flows.delete(todos.record("x"))), new(todos, "a"), new(todos, "b")]
    work(
        jobs,
        together(first, COLLISION, COLLISION),
        together(MISSING, COLLISION, made("b")),
        MISSING,
        made("a"),
    )
    assert statuses(jobs) == ["succeeded"] * 3


@pytest.mark.parametrize(("retried", "status"), [(False, "failed"), (True, "succeeded")])
def test_all_of_a_collision_of_the_whole_was_undone(*, retried: bool, status: str) -> None:
    """What is missing afterwards was not deleted by us, unless an answer before the collision was lost."""
    todos = collection()
    jobs = [Job(todos.record("x"), flows.delete(todos.record("x"))), new(todos, "a")]
    work(jobs, Answer(409, {"code": 409}, retried=retried), together(MISSING, made("a")))
    assert statuses(jobs) == [status, "succeeded"]


def test_an_operation_that_always_collides_takes_nobody_with_it() -> None:
    """After two collisions it is sent by itself, so that the others are done and it alone fails."""
    jobs = [new(collection(), name) for name in "abcd"]
    first, again = together(made("a"), made("b"), COLLISION, made("d")), together(made("a"), made("b"), COLLISION)
    requests = work(jobs, first, again, together(made("a", 6), made("b", 6)), COLLISION)
    assert requests[2:] == [["PUT a", "PUT b"], [f"PUT {RECORDS}c"]]
    assert statuses(jobs) == ["succeeded", "succeeded", "failed", "succeeded"]
    assert isinstance(jobs[2].error, ContentionError)


def test_the_undone_is_never_called_saved() -> None:
    """When one operation after the other collides, what was undone to the last is rolled back, and as it was."""
    jobs = [new(collection(), str(number)) for number in range(8)]

    def colliding(count: int) -> Answer:
        return together(*[made("x")] * (count - 1), COLLISION)

    answers = [colliding(8), colliding(8), colliding(7), made("7"), colliding(7), colliding(6), made("6"), colliding(6)]
    requests = work(jobs, *answers)
    assert [len(request) for request in requests] == [8, 8, 7, 1, 7, 6, 1, 6]
    assert statuses(jobs) == ["rolled_back"] * 5 + ["failed", "succeeded", "succeeded"]
    assert isinstance(jobs[0].error, RolledBackError)
    assert isinstance(jobs[5].error, ContentionError)
    assert jobs[0].target.last_modified is None
    assert not jobs[0].target._stale


def test_a_collision_of_the_whole_is_sent_again() -> None:
    """A 409 to the batch itself undid all of it: it is sent again, as long as any other collision."""
    todos = collection(limit=2)
    jobs = [new(todos, name) for name in "abd"]
    whole = Answer(409, {"code": 409, "errno": 122})
    requests = work(jobs, whole, together(made("a"), made("b")), made("d"))
    assert requests == [["PUT a", "PUT b"], ["PUT a", "PUT b"], [f"PUT {RECORDS}d"]]
    assert statuses(jobs) == ["succeeded"] * 3
    jobs = [new(todos, name) for name in "abd"]
    assert len(work(jobs, *[whole] * 6, made("d"))) == 7
    assert statuses(jobs) == ["failed", "failed", "succeeded"]
    assert [type(job.error) for job in jobs[:2]] == [ContentionError] * 2
    assert not jobs[0].target._stale


# ---- failures ------------------------------------------------------------------------------------------------------


def test_a_failing_server_ends_the_batch() -> None:
    """After a 5xx the chunk's objects are in doubt, chunks before it are kept, and what follows is not sent."""
    todos = collection(limit=2)
    jobs = [new(todos, name) for name in "abcdef"]
    requests = work(
        jobs, together(made("a"), made("b")), Answer(503, {"code": 503, "errno": 201}, {"retry-after": "3"})
    )
    assert requests == [["PUT a", "PUT b"], ["PUT c", "PUT d"]]
    assert statuses(jobs) == ["succeeded"] * 2 + ["failed"] * 2 + ["not_sent"] * 2
    assert [job.target._stale for job in jobs] == [False, False, True, True, False, False]
    assert isinstance(jobs[2].error, ThrottledError)
    assert jobs[2].error.retry_after == 3
    assert str(jobs[2].error).startswith(f"PUT {RECORDS}c: 503 (errno 201)")
    assert "the batch ended before its turn: POST /batch: 503" in str(jobs[4].error)


def test_a_proxys_page_in_place_of_an_answer() -> None:
    """A 502 without JSON is a server error of each operation."""
    jobs = [new(collection(), name) for name in "ab"]
    work(jobs, Answer(502, b"<html>Bad Gateway</html>", {"content-type": "text/html"}))
    assert [type(job.error) for job in jobs] == [ServerError] * 2
    assert all(job.target._stale for job in jobs)


def test_a_refusal_of_the_whole_batch_leaves_nothing_in_doubt() -> None:
    """When the server does not take the batch at all nothing was done, each operation says why, and none follows."""
    todos = collection(limit=2)
    jobs = [new(todos, name, if_not_exists=True) for name in "abd"]
    requests = work(jobs, Answer(403, {"code": 403, "errno": 121}))
    assert len(requests) == 1
    assert statuses(jobs) == ["failed", "failed", "not_sent"]
    assert not any(job.target._stale for job in jobs)
    assert jobs[0].error is not jobs[1].error


def test_a_refusal_after_a_lost_answer_leaves_doubt() -> None:
    """When an earlier attempt may have reached the server, a refusal of the second says nothing of the first."""
    jobs = [new(collection(), name) for name in "ab"]
    work(jobs, Answer(429, {}, retried=True))
    assert all(job.target._stale for job in jobs)
    assert [type(job.error) for job in jobs] == [TransportError] * 2


def test_a_lost_answer_puts_the_chunk_in_doubt_and_ends_the_batch() -> None:
    """Each object of the chunk is stale, with an error of its own; the following are not sent and not in doubt."""
    todos = collection(limit=2)
    jobs = [new(todos, name) for name in "abcd"]
    lost = RequestTimeoutError("POST /batch: no answer within the timeout")
    work(jobs, lost)
    assert statuses(jobs) == ["failed", "failed", "not_sent", "not_sent"]
    assert [job.target._stale for job in jobs] == [True, True, False, False]
    errors = [job.error for job in jobs[:2]]
    assert errors[0] is not errors[1]
    for error, name in zip(errors, "ab", strict=True):
        assert isinstance(error, RequestTimeoutError)
        assert error.__cause__ is lost
        assert str(error) == f"PUT {RECORDS}{name}, sent in a batch: {lost}"


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize(
    ("error", "status"),
    [(BackoffError("POST /batch", 7.0), "not_sent"), (UsageError("the client is closed"), "failed")],
    ids=["backoff", "closed"],
)
def test_what_the_session_refuses_to_send_is_not_in_doubt(error: KintoError, status: str, limit: int) -> None:
    """When the client itself does not send, no object is stale, and nothing follows."""
    todos = collection(limit)
    jobs = [new(todos, name) for name in "abd"]
    flow = unit.run(jobs, todos._context)
    next(flow)
    with pytest.raises(StopIteration):
        flow.throw(error)
    assert statuses(jobs) == [status] * limit + ["not_sent"] * (3 - limit)
    assert not any(job.target._stale for job in jobs)
    assert type(jobs[0].error) is type(error)
    assert str(error) in str(jobs[0].error)


def test_an_error_of_its_own_has_what_the_first_had() -> None:
    """The error of each operation is of the same kind, with the same facts."""
    jobs = [new(collection(), name) for name in "ab"]
    flow = unit.run(jobs, jobs[0].target._context)
    next(flow)
    with pytest.raises(StopIteration):
        flow.throw(BackoffError("POST /batch", 7.0))
    for job in jobs:
        assert isinstance(job.error, BackoffError)
        assert job.error.seconds == 7
    assert jobs[0].error is not jobs[1].error


def test_a_lost_answer_to_what_goes_alone_ends_the_batch() -> None:
    """What follows an operation whose outcome is unknown is not sent."""
    todos = collection(limit=1)
    jobs = [new(todos, "a"), new(todos, "b")]
    work(jobs, LOST)
    assert statuses(jobs) == ["failed", "not_sent"]
    assert [job.target._stale for job in jobs] == [True, False]


def test_what_was_planned_and_not_sent_is_not_in_doubt() -> None:
    """An operation that waits, planned, for the next chunk when the batch ends was never sent: it is not stale."""
    todos = collection()
    record = seen(todos, "x")
    jobs = [new(todos, "a"), new(todos, "b"), Job(todos, flows.delete(todos)), Job(record, flows.delete(record))]
    work(jobs, LOST)
    assert statuses(jobs) == ["failed", "failed", "not_sent", "not_sent"]
    assert not todos._stale
    assert isinstance(jobs[2].error, NotSentError)
    assert str(jobs[2].error).startswith("DELETE /buckets/b/collections/c: not sent")
    assert str(jobs[3].error).startswith(f"delete {RECORDS}x: not sent")


def test_a_second_step_is_not_sent_after_a_failure() -> None:
    """In a chunk that ended early, an operation between two steps is not in doubt."""
    todos = collection()

    def alone() -> Flow[None]:
        yield Request("GET", f"{RECORDS}x")
        yield Request("PATCH", f"{RECORDS}x", content=b"[]")
        raise AssertionError

    jobs = [Job(todos.record("x"), alone()), new(todos, "a", if_not_exists=True)]
    work(jobs, together(Answer(200, body(1, "x")), CONFLICT), LOST)
    assert statuses(jobs) == ["failed", "not_sent"]
    assert not jobs[1].target._stale


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"responses": [{"status": 201}]}),
        Answer(200, {"responses": [{"status": 201}, {"status": None}]}),
        Answer(200, {"responses": [{"status": 201}, None]}),
        Answer(200, {"data": []}),
        Answer(200, b"<html>welcome</html>"),
    ],
    ids=["one answer", "no status", "no object", "no list", "no JSON"],
)
def test_an_unreadable_answer_puts_the_chunk_in_doubt(answer: Answer) -> None:
    """An answer that is not a batch's tells nothing of what was done."""
    jobs = [new(collection(), name) for name in "ab"]
    work(jobs, answer)
    assert [type(job.error) for job in jobs] == [UnreadableResponseError] * 2
    assert all(job.target._stale for job in jobs)


def interrupted_after(jobs: list[Job[Any]], *answers: Answer) -> None:
    """Close the batch while it waits for the answer after these."""
    flow = unit.run(jobs, jobs[0].target._context)
    request = next(flow)
    for answer in answers:
        request = flow.send(answer.to(request))
    flow.close()


def test_cancelling_leaves_every_object_in_its_true_state() -> None:
    """Done, in doubt, or not sent: a batch that is cancelled while a chunk is under way knows each."""
    todos = collection(limit=2)
    jobs = [new(todos, name) for name in "abcdef"]
    interrupted_after(jobs, together(made("a"), made("b")))
    assert statuses(jobs) == ["succeeded"] * 2 + ["failed"] * 2 + ["not_sent"] * 2
    assert [job.target._stale for job in jobs] == [False, False, True, True, False, False]
    assert "interrupted while under way" in str(jobs[2].error)
    assert "the batch was interrupted" in str(jobs[4].error)


def test_an_interrupt_in_the_midst_of_the_answers() -> None:
    """When the program is interrupted while answers are handed out, who has not got his is in doubt."""
    todos = collection()

    def interrupted() -> Flow[None]:
        yield Request("GET", f"{RECORDS}x")
        raise KeyboardInterrupt

    jobs = [new(todos, "a"), Job(todos.record("x"), interrupted()), new(todos, "b")]
    with pytest.raises(KeyboardInterrupt):
        work(jobs, together(made("a"), Answer(200, body(1)), made("b")))
    assert statuses(jobs) == ["succeeded", "failed", "failed"]
    assert [job.target._stale for job in jobs] == [False, False, True]


def test_a_server_that_fails_on_what_goes_alone_ends_the_batch() -> None:
    """After a 5xx to one operation the next one is not sent."""
    todos = collection(limit=1)
    jobs = [new(todos, "a"), new(todos, "b")]
    assert len(work(jobs, Answer(500, {"code": 500}))) == 1
    assert statuses(jobs) == ["failed", "not_sent"]
    assert jobs[0].target._stale


def test_cancelling_what_goes_alone() -> None:
    """The one that is under way is in doubt, the next is not."""
    todos = collection(limit=1)
    jobs = [new(todos, "a"), new(todos, "b")]
    interrupted_after(jobs)
    assert statuses(jobs) == ["failed", "not_sent"]
    assert [job.target._stale for job in jobs] == [True, False]


def test_a_flow_that_goes_on_after_the_end_is_closed() -> None:
    """An operation that answers a failure with another request gets no further answer."""
    todos = collection()
    closed: list[bool] = []

    def stubborn() -> Flow[None]:
        for _ in range(3):
            try:
                yield Request("GET", f"{RECORDS}x")
            except TransportError:
                continue
            except GeneratorExit:
                closed.append(True)
                raise

    jobs = [Job(todos.record("x"), stubborn()), new(todos, "a")]
    work(jobs, LOST)
    assert statuses(jobs) == ["failed", "failed"]
    assert closed == [True]


def test_what_an_operation_raises_of_its_own_is_its_failure() -> None:
    """An exception from the user's own code fails one operation, and the others go on."""
    todos = collection()

    def broken() -> Flow[None]:
        yield Request("GET", f"{RECORDS}x")
        raise ZeroDivisionError

    jobs = [Job(todos.record("x"), broken()), new(todos, "a")]
    work(jobs, together(Answer(200, body(1)), made("a")))
    assert isinstance(jobs[0].error, ZeroDivisionError)
    assert statuses(jobs) == ["failed", "succeeded"]


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


def test_discarding_sends_nothing_and_leaves_objects_alone() -> None:
    """A discarded operation is not sent, and its object neither stale nor changed."""
    jobs = [new(collection(), name) for name in "ab"]
    unit.discard(jobs, "the block of the batch raised KeyError")
    assert statuses(jobs) == ["not_sent"] * 2
    assert str(jobs[0].error) == f"create {RECORDS}a: not sent, the block of the batch raised KeyError"
    assert not jobs[0].target._stale
