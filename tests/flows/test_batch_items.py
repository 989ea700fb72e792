"""The items of one request to the batch endpoint: what each is, and who gets which answer."""

import json
import pickle

from kinto_sdk import NotFoundError, PermissionDeniedError, Record, Request, Response
from kinto_sdk.flows import batch as unit
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.jobs import Job
from kinto_sdk.protocol.messages import Flow
from tests.flows.batches import CONFLICT, MISSING, RECORDS, collection, made, new, statuses, together, work
from tests.flows.driving import Answer, body, navigation, row, run


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
