"""Loading and refreshing an object, and asking whether it is there."""

from collections.abc import Callable
from typing import Any

import pytest

from kinto_sdk import (
    AuthenticationError,
    Bucket,
    KintoError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
    TransportError,
    UnreadableResponseError,
)
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.patches import patching
from tests.flows.driving import LOST, Answer, body, navigation, row, run
from tests.flows.records import FORBIDDEN, GONE, PATH, handle, seen

# ---- load ----------------------------------------------------------------------------------------------------------


def test_load_is_a_get() -> None:
    """Loading reads data, permissions and version, and drops edits."""
    record = seen(1, a=1)
    record.data["a"] = 5
    record.permissions.read.add("account:bob")
    ran = run(flows.load(record), Answer(200, body(2, a=2)))
    assert (ran.request.method, ran.request.path, ran.request.headers) == ("GET", PATH, {})
    assert ran.request.repeatable
    assert (record.data, record.last_modified, record.is_dirty) == ({"a": 2}, 2, False)
    assert record.permissions.to_dict() == {"write": ["basicauth:me"]}


def test_load_of_some_fields() -> None:
    """A partial read names the fields; what needs the whole document is then refused."""
    record = handle()
    ran = run(flows.load(record, fields=("a", "b.c", "d&e")), Answer(200, {"data": row(2, a=2, x=1)}))
    assert ran.request.path == PATH + "?_fields=a,b.c,d%26e"
    with pytest.raises(NotLoadedError, match=r"permissions .*load\(\)"):
        record.permissions.read  # noqa: B018  # the access is what is tested
    record.data["a"] = 3
    assert next(flows.save(record)).json == {"data": {"a": 3}}
    del record.data["a"]
    with pytest.raises(NotLoadedError, match=r"can't remove a after a partial read; load\(\)"):
        next(flows.save(record))
    with pytest.raises(NotLoadedError, match="attachment"):
        next(flows.replace(record, {}, {}))
    assert next(flows.replace(record, {}, {"attachment": None})).method == "PUT"


def test_a_part_of_a_field_is_not_saved() -> None:
    """A PATCH sets whole fields, so that what was not read of one would be lost; the edit is kept."""
    record = handle()
    run(flows.load(record, fields=("a.b", "n")), Answer(200, {"data": row(2, a={"b": 1}, n=1)}))
    record.data["n"] = 2
    assert next(flows.save(record)).json == {"data": {"n": 2}}
    record.data["a"]["b"] = 5
    with pytest.raises(NotLoadedError, match=r"can't save a, which goes as a whole, after a partial read; load\(\)"):
        next(flows.save(record))
    assert record.unsaved.set == {"a": {"b": 5}, "n": 2}


def test_the_rest_of_a_field_comes_with_a_whole_answer() -> None:
    """Any write that reads the whole document completes the edited field, which can then be saved."""
    record = handle()
    run(flows.load(record, fields=("a.b",)), Answer(200, {"data": row(2, a={"b": 1})}))
    record.data["a"]["b"] = 5
    run(patching(record, {"n": 1}), Answer(200, body(3, a={"b": 1, "c": 3}, n=1)))
    assert next(flows.save(record)).json == {"data": {"a": {"b": 5, "c": 3}}}


def test_a_whole_answer_ends_a_partial_read() -> None:
    """The answer to a PATCH is the whole document."""
    record = handle()
    run(flows.load(record, fields=("a",)), Answer(200, {"data": row(1, a=2)}))
    record.data["a"] = 3
    run(flows.save(record), Answer(200, body(2, a=3, b=4)))
    assert record.data == {"a": 3, "b": 4}
    del record.data["b"]
    assert next(flows.save(record)).method == "PUT"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (GONE, NotFoundError),
        (FORBIDDEN, PermissionDeniedError),
        (Answer(401, {"errno": 104}), AuthenticationError),
        (Answer(503, {"errno": 201}, {"retry-after": "3"}), ThrottledError),
        (Answer(502, b"<html>Bad gateway</html>", {"content-type": "text/html"}), ServerError),
        (Answer(200, b"<html>Welcome</html>"), UnreadableResponseError),
        (Answer(200, {"hello": 1}), UnreadableResponseError),
        (Answer(200, {"data": {"id": 5, "last_modified": 5}}), UnreadableResponseError),
        (Answer(200, {"data": {"id": "r", "last_modified": "5"}}), UnreadableResponseError),
        (Answer(200, [1]), UnreadableResponseError),
        (Answer(200, b""), UnreadableResponseError),
        (LOST, TransportError),
    ],
)
@pytest.mark.parametrize("flow", [flows.load, flows.refresh])
def test_a_failed_read_changes_nothing(
    flow: Callable[..., Any], answer: Answer | TransportError, error: type[KintoError]
) -> None:
    """Every other answer is its precise error, and the object is what it was."""
    record = seen(1, a=1)
    record.data["a"] = 5
    with pytest.raises(error):
        run(flow(record), answer)
    assert (record.data, record.last_modified, dict(record.unsaved.set)) == ({"a": 5}, 1, {"a": 5})


# ---- refresh -------------------------------------------------------------------------------------------------------


def test_refresh_of_the_current_version_keeps_edits() -> None:
    """A 304 is no change, and edits stay."""
    record = seen(7, a=1)
    record.data["a"] = 5
    ran = run(flows.refresh(record), Answer(304))
    assert dict(ran.request.headers) == {"If-None-Match": '"7"'}
    assert ran.value is False
    assert record.data == {"a": 5}


def test_refresh_of_another_version_reads_it() -> None:
    """A 200 is read as `load` reads it."""
    record = seen(7, a=1)
    assert run(flows.refresh(record), Answer(200, body(8, a=2))).value is True
    assert (record.data, record.last_modified) == ({"a": 2}, 8)


def test_refresh_without_a_usable_version_reads() -> None:
    """Never seen, partly read, of unknown outcome, or at a version the server ignores: the whole object is read."""
    partly, stale, zero = handle(), seen(1), seen(0)
    run(flows.load(partly, fields=("a",)), Answer(200, {"data": row(1)}))
    stale._stale = True
    for record in (handle(), partly, stale, zero):
        ran = run(flows.refresh(record), Answer(200, body(2)))
        assert (ran.value, ran.request.headers) == (True, {})


# ---- exists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "value"), [(Answer(200), True), (Answer(404), False)])
def test_exists_is_a_head(answer: Answer, value: object) -> None:
    """Existence is asked without reading."""
    ran = run(flows.exists(handle()), answer)
    assert (ran.request.method, ran.request.path, ran.value) == ("HEAD", PATH, value)


def test_a_forbidden_bucket_does_not_exist() -> None:
    """The server does not tell a missing bucket from a forbidden one; of anything else a 403 says nothing."""
    assert run(flows.exists(navigation().bucket("b")), Answer(403)).value is False
    with pytest.raises(PermissionDeniedError, match="403 Forbidden"):
        run(flows.exists(handle()), Answer(403))


def test_the_default_bucket_keeps_its_path() -> None:
    """Its real id shows once it was loaded; its path, and what is below it, stay."""
    bucket: Bucket = navigation().bucket()
    record = bucket.collection("c").record("r")
    run(flows.load(bucket), Answer(200, body(3, "0eddc3ec")))
    assert (bucket.id, bucket.path, record.path) == (
        "0eddc3ec",
        "/buckets/default",
        "/buckets/default/collections/c/records/r",
    )
    assert bucket == navigation().bucket("default")
    bucket.data["a"] = 1
    assert next(flows.save(bucket)).path == "/buckets/default"
