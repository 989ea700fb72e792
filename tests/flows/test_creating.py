"""Creating what may be there already."""

from typing import Any

import pytest

from kinto_sdk import (
    AlreadyExistsError,
    AuthenticationError,
    ContentionError,
    NotFoundError,
    PermissionDeniedError,
    ThrottledError,
    UsageError,
)
from kinto_sdk.flows import objects
from kinto_sdk.flows.objects import CREATE_ROUNDS
from kinto_sdk.protocol.timestamps import import_version
from tests.flows.driving import Answer, body, navigation, row, run
from tests.flows.records import FORBIDDEN, GONE, NO_PARENT, PATH, conflict, new

EXISTS = Answer(412, {"errno": 114, "details": {"existing": row(5, theirs=1)}})


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


def test_create_never_overwrites() -> None:
    """Creating is a PUT with `If-None-Match: *`, which sent twice does no more than once."""
    record = new(a=1)
    data = record.data
    ran = run(objects.create(record), Answer(201, body(5, a=1, schema=7)))
    request = ran.request
    assert (request.method, request.path, dict(request.headers)) == ("PUT", PATH, {"If-None-Match": "*"})
    assert (request.json, request.repeatable) == ({"data": {"a": 1}}, True)
    assert record.data is data
    assert (data, record.created, record.last_modified, record.is_dirty) == ({"a": 1, "schema": 7}, True, 5, False)


def test_create_sends_data_and_permissions() -> None:
    """A PUT carries data even when it is empty, or the server would keep the old; permissions go along."""
    bucket = navigation().bucket("b")._fill({}, {"read": ["system.Everyone"]})
    ran = run(objects.create(bucket), Answer(201, body(5, "b")))
    assert ran.request.json == {"data": {}, "permissions": {"read": ["system.Everyone"]}}


def test_create_of_what_exists() -> None:
    """An id that is taken is an AlreadyExistsError showing both documents; nothing is overwritten."""
    record = new(a=1)
    with pytest.raises(AlreadyExistsError, match=r"it exists already; .*if_not_exists") as caught:
        run(objects.create(record), conflict(5, a=2))
    assert (caught.value.mine, caught.value.theirs, caught.value.base) == ({"a": 1}, {"a": 2}, None)
    assert caught.value.fields == ("a",)
    assert record.is_dirty


@pytest.mark.parametrize("refusal", [conflict(5, a=2), FORBIDDEN])
def test_create_if_not_exists_reads_the_one_that_does(refusal: Answer) -> None:
    """Who may not create gets a 403 also for what exists, so both answers lead to a read."""
    record = new(a=1)
    ran = run(objects.create(record, if_not_exists=True), refusal, Answer(200, body(5, a=2)))
    assert [each.method for each in ran.requests] == ["PUT", "GET"]
    assert (record.created, record.data, record.is_dirty) == (False, {"a": 2}, False)
    assert record.permissions.known


def test_a_refusal_that_is_no_json_is_still_the_precise_error() -> None:
    """A proxy may answer a 412 in its own words."""
    with pytest.raises(AlreadyExistsError) as caught:
        run(objects.create(new()), Answer(412, b"<html>", retried=True))
    assert caught.value.theirs is None


def test_create_if_not_exists_may_not() -> None:
    """Who may neither create nor read gets the refusal of the creation."""
    with pytest.raises(PermissionDeniedError, match="PUT"):
        run(objects.create(new(), if_not_exists=True), FORBIDDEN, GONE)


def test_create_if_not_exists_when_it_vanishes() -> None:
    """What is deleted between the two requests is created in the next round; the rounds are bounded."""
    record = new(a=1)
    ran = run(objects.create(record, if_not_exists=True), conflict(5), GONE, Answer(201, body(6, a=1)))
    assert (len(ran.requests), record.created) == (3, True)
    with pytest.raises(NotFoundError):
        run(objects.create(new(), if_not_exists=True), *[conflict(5), GONE] * CREATE_ROUNDS)
    with pytest.raises(ThrottledError):
        run(objects.create(new(), if_not_exists=True), conflict(5), Answer(503))


def test_create_in_a_missing_collection() -> None:
    """The 404 names the parent that is missing, and what makes it; no other page that is not found does."""
    with pytest.raises(
        NotFoundError, match=r"no collection 'c'; create_collection\('c', if_not_exists=True\) makes it$"
    ):
        run(objects.create(new()), NO_PARENT)
    for answer in (Answer(404, b"<html>"), Answer(404, {"errno": 111})):
        with pytest.raises(NotFoundError, match=r"^((?!makes it).)*$"):
            run(objects.create(new()), answer)
