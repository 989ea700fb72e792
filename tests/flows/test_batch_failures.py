"""What is left of a unit of work when the server, the network, the program or an operation of it fails."""

from typing import Any

import pytest

from kinto_sdk import (
    BackoffError,
    KintoError,
    NotSentError,
    Request,
    ServerError,
    ThrottledError,
    TransportError,
    UnreadableResponseError,
    UsageError,
)
from kinto_sdk.flows import batch as unit
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.jobs import Job
from kinto_sdk.protocol.errors import RequestTimeoutError
from kinto_sdk.protocol.messages import Flow
from tests.flows.batches import CONFLICT, RECORDS, collection, made, new, seen, statuses, together, work
from tests.flows.driving import LOST, Answer, body


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


def test_discarding_sends_nothing_and_leaves_objects_alone() -> None:
    """A discarded operation is not sent, and its object neither stale nor changed."""
    jobs = [new(collection(), name) for name in "ab"]
    unit.discard(jobs, "the block of the batch raised KeyError")
    assert statuses(jobs) == ["not_sent"] * 2
    assert str(jobs[0].error) == f"create {RECORDS}a: not sent, the block of the batch raised KeyError"
    assert not jobs[0].target._stale
