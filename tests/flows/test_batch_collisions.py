"""Concurrent writes that collide with a batch: what is undone, what is sent again, and what is believed."""

import pytest

from kinto_sdk import ContentionError, NotFoundError, RolledBackError
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.jobs import Job
from tests.flows.batches import COLLISION, CONFLICT, MISSING, RECORDS, collection, made, new, statuses, together, work
from tests.flows.driving import Answer, row


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
