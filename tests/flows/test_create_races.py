"""Creating what may be there already."""

from typing import Any

import pytest

from kinto_sdk import (
    AlreadyExistsError,
    AuthenticationError,
    ContentionError,
    NotFoundError,
    PermissionDeniedError,
    UsageError,
)
from kinto_sdk._sync.record import Record
from kinto_sdk.flows import objects
from kinto_sdk.flows.objects import CREATE_ROUNDS
from kinto_sdk.protocol.timestamps import import_version
from tests.flows.driving import Answer, body, navigation, row, run

EXISTS = Answer(412, {"errno": 114, "details": {"existing": row(5, theirs=1)}})
FORBIDDEN = Answer(403, {"errno": 121})
GONE = Answer(404, {"errno": 110})
NO_PARENT = Answer(404, {"errno": 111})


def new(**data: Any) -> Record[dict[str, Any]]:
    """An unsaved record."""
    return navigation().bucket("b").collection("c").new_record(data, "r")


def test_a_new_object_is_created_and_never_overwrites() -> None:
    """A PUT that only creates, repeatable since the id is known."""
    state = new(a=1)
    ran = run(objects.create(state, if_not_exists=True), Answer(201, body(1, a=1)))
    assert (ran.request.method, ran.request.headers) == ("PUT", {"If-None-Match": "*"})
    assert ran.request.repeatable
    assert (state.created, state.data, state.last_modified) == (True, {"a": 1}, 1)


def test_an_existing_object_is_an_error_that_shows_it() -> None:
    """Without `if_not_exists` nothing is read, and the error has the document that is there."""
    with pytest.raises(AlreadyExistsError, match="if_not_exists=True") as caught:
        run(objects.create(new(a=1)), EXISTS)
    assert caught.value.theirs == {"theirs": 1}
    assert caught.value.mine == {"a": 1}


@pytest.mark.parametrize("refusal", [EXISTS, Answer(412, {"errno": 114}), FORBIDDEN])
def test_an_existing_object_is_returned_with_its_permissions(refusal: Answer) -> None:
    """Whoever may write but not create gets a 403 for an object that exists, so that is looked up as well."""
    state = new(a=1)
    data = state.data
    ran = run(objects.create(state, if_not_exists=True), refusal, Answer(200, body(5, theirs=1)))
    assert [request.method for request in ran.requests] == ["PUT", "GET"]
    assert "If-None-Match" not in ran.requests[1].headers
    assert (state.created, state.data, state.last_modified) == (False, {"theirs": 1}, 5)
    assert state.data is data
    assert state.permissions.write == {"basicauth:me"}
    assert not state.is_dirty


@pytest.mark.parametrize("read", [FORBIDDEN, GONE, NO_PARENT, Answer(401, {"errno": 104})])
def test_what_may_not_be_created_is_refused(read: Answer) -> None:
    """A 403 for an object that can't be read either is that 403."""
    with pytest.raises(PermissionDeniedError) as caught:
        run(objects.create(new(a=1), if_not_exists=True), FORBIDDEN, read)
    assert caught.value.request.method == "PUT"


def test_whoever_may_create_but_not_read_gets_what_the_refusal_shows() -> None:
    """The document is in the refusal, and the permissions are not visible."""
    state = new(a=1)
    run(objects.create(state, if_not_exists=True), EXISTS, FORBIDDEN)
    assert (state.created, state.data, state.last_modified) == (False, {"theirs": 1}, 5)
    assert not state.permissions.known
    with pytest.raises(PermissionDeniedError):
        run(objects.create(new(a=1), if_not_exists=True), Answer(412, {"errno": 114}), FORBIDDEN)


def test_an_object_deleted_in_between_is_created() -> None:
    """It existed for the PUT and not for the GET: the next PUT creates it."""
    state = new(a=1)
    ran = run(objects.create(state, if_not_exists=True), EXISTS, GONE, Answer(201, body(9, a=1)))
    assert [request.method for request in ran.requests] == ["PUT", "GET", "PUT"]
    assert ran.requests[2].json == {"data": {"a": 1}}
    assert state.created


def test_alternating_is_bounded() -> None:
    """Somebody who creates and deletes the object all the time ends it with the last answer."""
    with pytest.raises(NotFoundError):
        run(objects.create(new(a=1), if_not_exists=True), *[EXISTS, GONE] * CREATE_ROUNDS)


@pytest.mark.parametrize(
    ("answer", "error"), [(NO_PARENT, NotFoundError), (Answer(401, {"errno": 104}), AuthenticationError)]
)
def test_other_refusals_are_not_looked_into(answer: Answer, error: type[Exception]) -> None:
    """A missing collection, or credentials that are needed, come at once."""
    with pytest.raises(error):
        run(objects.create(new(a=1), if_not_exists=True), answer)


@pytest.mark.parametrize(
    "state",
    [
        navigation().bucket("x")._fill({}, None),
        navigation().bucket("x").collection("y")._fill({}, {"read": ["p:x"]}),
        navigation().bucket("x").group("g")._fill({"members": []}, None),
    ],
    ids=lambda state: state._kind,
)
def test_every_kind_of_object_can_be_had_or_made(state: Any) -> None:
    """Buckets, collections and groups behave as records do."""
    ran = run(objects.create(state, if_not_exists=True), Answer(412, {"errno": 114}), Answer(200, body(5, "x", a=1)))
    assert (ran.requests[0].method, ran.requests[0].headers) == ("PUT", {"If-None-Match": "*"})
    assert (state.created, state.data) == (False, {"a": 1})


# ---- versions of imports -------------------------------------------------------------------------------------------


def test_an_import_brings_its_version() -> None:
    """The version is in the body on purpose, and nowhere else."""
    state = new(a=1, last_modified=77, id="r")
    ran = run(objects.create(state, last_modified=12345), Answer(201, body(12345, a=1)))
    assert ran.request.json == {"data": {"a": 1, "last_modified": 12345}}
    assert (state.last_modified, state.data) == (12345, {"a": 1})
    assert run(objects.create(new(a=1, last_modified=77)), Answer(201, body(1, a=1))).request.json == {"data": {"a": 1}}


def test_an_import_whose_version_is_taken_is_contention() -> None:
    """PostgreSQL refuses a version that another record has."""
    with pytest.raises(ContentionError):
        run(objects.create(new(a=1), last_modified=5), Answer(409, {"errno": 122}, {"retry-after": "3"}))


@pytest.mark.parametrize("version", [0, -5, True, 1.5, "x", 10**15, 2_000_000_000_000])
def test_versions_that_break_something_are_refused(version: Any) -> None:
    """0 can't protect a write, booleans break the server, and what is a day ahead breaks synchronisation."""
    with pytest.raises(UsageError, match="last_modified"):
        import_version(version, now=1_800_000_000)


def test_versions_up_to_a_day_ahead_are_taken() -> None:
    """Clocks differ a little, and the past is what imports are about."""
    assert import_version(1_800_086_399_999, now=1_800_000_000) == 1_800_086_399_999
    assert import_version(1, now=1_800_000_000) == 1
    assert import_version('"1234"', now=1_800_000_000) == 1234
