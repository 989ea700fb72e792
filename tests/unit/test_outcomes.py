"""What a batch tells of its operations, and the one error it makes of those that failed."""

import pickle

import pytest

from kinto_sdk import (
    BatchError,
    ContentionError,
    ModelError,
    NotFoundError,
    Outcome,
    Request,
    Response,
    ServerError,
    ThrottledError,
    TransportError,
    UsageError,
)
from kinto_sdk.objects.outcome import Operation, RaiseOnError, Tally
from kinto_sdk.protocol.errors import RolledBackError, error_from
from tests.flows.driving import navigation, row

RECORD = navigation().bucket("b").collection("c").record("r")


def refused(status: int) -> Exception:
    """The error for an answer with this status."""
    return error_from(Response(status, {}, b"", request=Request("PUT", RECORD.path)))


def tally(*errors: Exception | None, raise_on_error: RaiseOnError = True, most: int | None = None) -> BatchError | None:
    """The error for operations that ended with these."""
    counted = Tally(raise_on_error)
    counted.add(errors, most=most)
    return counted.error()


def test_success_makes_no_error() -> None:
    """Without a failure there is nothing to raise."""
    assert tally() is None
    assert tally(None, None) is None


def test_the_error_says_how_many_failed_and_how() -> None:
    """One line names the count and the first failure, and each failure is in the group."""
    errors = [refused(404), ZeroDivisionError("division by zero")]
    error = tally(None, *errors)
    assert error is not None
    line = "2 of 3 operations failed; the first: PUT /buckets/b/collections/c/records/r: 404 Not Found"
    assert str(error) == f"{line} (2 sub-exceptions)"
    assert error.exceptions == tuple(errors)
    assert str(tally(ZeroDivisionError("x"))).startswith("1 of 1 operation failed; the first: ZeroDivisionError: x")


def test_failures_can_be_caught_by_kind() -> None:
    """`except*` takes some kinds and leaves the others in a BatchError."""
    caught: list[BaseException] = []

    def handling() -> None:
        error = tally(refused(404), refused(500))
        assert error is not None
        try:
            raise error
        except* NotFoundError as group:
            caught.extend(group.exceptions)

    with pytest.raises(BatchError) as left:
        handling()
    assert [type(one) for one in caught] == [NotFoundError]
    assert [type(one) for one in left.value.exceptions] == [ServerError]


def test_refusals_can_be_tolerated() -> None:
    """With `"server"` what the server understood and refused does not count; everything else does."""
    server = "server"
    assert tally(refused(404), refused(403), refused(412), refused(400), raise_on_error=server) is None
    for error, kind in [
        (refused(500), ServerError),
        (refused(503), ThrottledError),
        (refused(429), ThrottledError),
        (refused(409), ContentionError),
        (TransportError("lost"), TransportError),
        (RolledBackError("undone"), RolledBackError),
        (ModelError("misfit"), ModelError),
    ]:
        raised = tally(refused(404), error, raise_on_error=server)
        assert raised is not None
        assert [type(one) for one in raised.exceptions] == [kind]


def test_errors_can_be_left_to_the_outcomes() -> None:
    """With False nothing is raised."""
    assert tally(refused(500), raise_on_error=False) is None


def test_a_misspelt_choice_is_refused() -> None:
    """A value that is none of the three is told, instead of being taken for true."""
    with pytest.raises(UsageError, match="raise_on_error='sever' must be True, False or 'server'"):
        Tally("sever")  # type: ignore[arg-type]  # wrong on purpose


def test_only_so_many_errors_are_kept() -> None:
    """A bulk write counts all failures and keeps the first ones."""
    error = tally(*(refused(404) for _ in range(5)), most=2)
    assert error is not None
    assert len(error.exceptions) == 2
    assert str(error).startswith("5 of 5 operations failed, of which 2 are kept here; the first: PUT")


def test_outcomes_and_errors_travel_between_processes() -> None:
    """An outcome, and the error of a batch, survive pickling."""
    record = navigation().bucket("b").collection("c").record("r")
    record._absorb({"data": row(3, n=1)}, expected=None)
    copy = pickle.loads(pickle.dumps(Outcome("failed", record, refused(404))))  # noqa: S301  # ours
    assert (copy.status, copy.resource, str(copy.error)) == ("failed", record, str(refused(404)))
    error = tally(refused(404), refused(500))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # ours
    assert str(again) == str(error)
    assert [type(one) for one in again.exceptions] == [NotFoundError, ServerError]


def test_an_outcome_knows_whether_it_is_good() -> None:
    """`ok` is true of success alone."""
    assert Outcome("succeeded", RECORD).ok
    assert not Outcome("rolled_back", RECORD, RolledBackError("undone")).ok


def test_an_outcome_prints_as_what_became_of_which_operation() -> None:
    """A loop over the results can print them: each names its object, once, and why it did not succeed."""
    for outcome, line in [
        (Outcome("succeeded", RECORD, None, "create"), f"succeeded: create {RECORD.path}"),
        (Outcome("failed", RECORD, refused(404), "delete"), f"failed: PUT {RECORD.path}: 404 Not Found"),
        (Outcome("failed", RECORD, KeyError("x"), "save"), f"failed: save {RECORD.path}: KeyError: 'x'"),
    ]:
        assert str(outcome) == line


def test_an_operation_prints_as_what_it_does() -> None:
    """A plan can be printed."""
    assert str(Operation("save", RECORD)) == "save /buckets/b/collections/c/records/r"
