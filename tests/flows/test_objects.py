"""What one object asks of the server, and what it makes of each answer."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    AuthenticationError,
    Bucket,
    ConflictError,
    ContentionError,
    DeletedError,
    InvalidIdError,
    InvalidRequestError,
    KintoError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    Record,
    ServerError,
    ThrottledError,
    TransportError,
    UnreadableResponseError,
    UsageError,
)
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.patches import patching
from tests.flows.driving import LOST, Answer, body, navigation, row, run

PATH = "/buckets/b/collections/c/records/r"
GONE = Answer(404, {"errno": 110, "error": "Not Found", "details": {"id": "r", "resource_name": "record"}})
NO_PARENT = Answer(404, {"errno": 111, "error": "Not Found", "details": {"id": "c", "resource_name": "collection"}})
FORBIDDEN = Answer(403, {"errno": 121, "error": "Forbidden", "message": "This user cannot access this resource."})


@attrs.define
class Todo:
    """Something to do."""

    title: str
    done: bool = False


def conflict(version: int | None = None, *, retried: bool = False, **fields: Any) -> Answer:
    """A 412, which shows what the server has unless there is nothing."""
    details = {} if version is None else {"details": {"existing": row(version, **fields)}}
    content = {"code": 412, "errno": 114, "message": "Resource was modified meanwhile", **details}
    return Answer(412, content, retried=retried)


def handle() -> Record[Any]:
    """A record that was never seen."""
    return navigation().bucket("b").collection("c").record("r")


def new(**fields: Any) -> Record[Any]:
    """A record that was never saved."""
    return navigation().bucket("b").collection("c").new_record(fields, "r")


def seen(version: int = 1, **fields: Any) -> Record[Any]:
    """A record that was loaded by a writer."""
    record = handle()
    run(flows.load(record), Answer(200, body(version, **fields)))
    return record


def patch(record: Record[Any], fields: dict[str, Any], **options: Any) -> Any:
    """The flow of `patch`, as the façade makes it."""
    return patching(record, fields, **options)


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
    run(patch(record, {"n": 1}), Answer(200, body(3, a={"b": 1, "c": 3}, n=1)))
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


# ---- create --------------------------------------------------------------------------------------------------------


def test_create_never_overwrites() -> None:
    """Creating is a PUT with `If-None-Match: *`, which sent twice does no more than once."""
    record = new(a=1)
    data = record.data
    ran = run(flows.create(record), Answer(201, body(5, a=1, schema=7)))
    request = ran.request
    assert (request.method, request.path, dict(request.headers)) == ("PUT", PATH, {"If-None-Match": "*"})
    assert (request.json, request.repeatable) == ({"data": {"a": 1}}, True)
    assert record.data is data
    assert (data, record.created, record.last_modified, record.is_dirty) == ({"a": 1, "schema": 7}, True, 5, False)


def test_create_sends_data_and_permissions() -> None:
    """A PUT carries data even when it is empty, or the server would keep the old; permissions go along."""
    bucket = navigation().bucket("b")._fill({}, {"read": ["system.Everyone"]})
    ran = run(flows.create(bucket), Answer(201, body(5, "b")))
    assert ran.request.json == {"data": {}, "permissions": {"read": ["system.Everyone"]}}


def test_create_of_what_exists() -> None:
    """An id that is taken is an AlreadyExistsError showing both documents; nothing is overwritten."""
    record = new(a=1)
    with pytest.raises(AlreadyExistsError, match=r"it exists already; .*if_not_exists") as caught:
        run(flows.create(record), conflict(5, a=2))
    assert (caught.value.mine, caught.value.theirs, caught.value.base) == ({"a": 1}, {"a": 2}, None)
    assert caught.value.fields == ("a",)
    assert record.is_dirty


@pytest.mark.parametrize("refusal", [conflict(5, a=2), FORBIDDEN])
def test_create_if_not_exists_reads_the_one_that_does(refusal: Answer) -> None:
    """Who may not create gets a 403 also for what exists, so both answers lead to a read."""
    record = new(a=1)
    ran = run(flows.create(record, if_not_exists=True), refusal, Answer(200, body(5, a=2)))
    assert [each.method for each in ran.requests] == ["PUT", "GET"]
    assert (record.created, record.data, record.is_dirty) == (False, {"a": 2}, False)
    assert record.permissions.known


def test_a_refusal_that_is_no_json_is_still_the_precise_error() -> None:
    """A proxy may answer a 412 in its own words."""
    with pytest.raises(AlreadyExistsError) as caught:
        run(flows.create(new()), Answer(412, b"<html>", retried=True))
    assert caught.value.theirs is None


def test_create_if_not_exists_may_not() -> None:
    """Who may neither create nor read gets the refusal of the creation."""
    with pytest.raises(PermissionDeniedError, match="PUT"):
        run(flows.create(new(), if_not_exists=True), FORBIDDEN, GONE)


def test_create_if_not_exists_when_it_vanishes() -> None:
    """What is deleted between the two requests is created in the next round; the rounds are bounded."""
    record = new(a=1)
    ran = run(flows.create(record, if_not_exists=True), conflict(5), GONE, Answer(201, body(6, a=1)))
    assert (len(ran.requests), record.created) == (3, True)
    with pytest.raises(NotFoundError):
        run(flows.create(new(), if_not_exists=True), *[conflict(5), GONE] * flows.CREATE_ROUNDS)
    with pytest.raises(ThrottledError):
        run(flows.create(new(), if_not_exists=True), conflict(5), Answer(503))


def test_create_in_a_missing_collection() -> None:
    """The 404 names the parent that is missing, and what makes it; no other page that is not found does."""
    with pytest.raises(
        NotFoundError, match=r"no collection 'c'; create_collection\('c', if_not_exists=True\) makes it$"
    ):
        run(flows.create(new()), NO_PARENT)
    for answer in (Answer(404, b"<html>"), Answer(404, {"errno": 111})):
        with pytest.raises(NotFoundError, match=r"^((?!makes it).)*$"):
            run(flows.create(new()), answer)


# ---- save ----------------------------------------------------------------------------------------------------------


def test_save_of_a_handle_has_nothing_to_save() -> None:
    """Nothing was read and nothing assigned."""
    with pytest.raises(NotLoadedError):
        next(flows.save(handle()))


def test_save_of_a_new_object_creates_it() -> None:
    """A first save never overwrites, unless it is told to."""
    assert dict(next(flows.save(new())).headers) == {"If-None-Match": "*"}
    assert dict(next(flows.save(new(), safe=False)).headers) == {}
    assert dict(next(flows.save(new(), if_match=5)).headers) == {"If-Match": '"5"'}
    record = new(a=1)
    run(flows.save(record), Answer(201, body(5, a=1)))
    assert record.created
    run(flows.save(again := new(), safe=False), Answer(200, body(6)))
    assert again.created is None


def test_save_of_nothing_sends_nothing() -> None:
    """An object without edits needs no request."""
    assert run(flows.save(seen(1, a=1))).requests == []


def test_save_sends_the_fields_that_changed() -> None:
    """A PATCH carries them alone, with the version seen."""
    record = seen(7, a=1, b=2)
    record.data.update(a=3, c=4)
    ran = run(flows.save(record), Answer(200, body(8, a=3, b=2, c=4)))
    assert (ran.request.method, ran.request.path, dict(ran.request.headers)) == ("PATCH", PATH, {"If-Match": '"7"'})
    assert ran.request.json == {"data": {"a": 3, "c": 4}}
    assert (record.is_dirty, record.last_modified, record.created) == (False, 8, None)


def test_save_after_a_removal_replaces() -> None:
    """A plain PATCH can't remove a field, so the whole document is PUT, with fields that nobody knows."""
    record = seen(7, a=1, b=2, schema=1)
    del record.data["a"]
    ran = run(flows.save(record), Answer(200, body(8, b=2, schema=1)))
    assert (ran.request.method, dict(ran.request.headers)) == ("PUT", {"If-Match": '"7"'})
    assert ran.request.json == {"data": {"b": 2, "schema": 1}}
    assert not record.is_dirty


def test_save_of_everything_removed_sends_an_empty_document() -> None:
    """A PUT without data would keep the old document."""
    record = seen(7, a=1)
    record.data.clear()
    assert next(flows.save(record)).json == {"data": {}}


def test_save_of_permissions_sends_the_edited_names() -> None:
    """A PATCH replaces the names it carries and keeps the others."""
    record = handle()
    run(flows.load(record), Answer(200, {"data": row(7), "permissions": {"write": ["me"], "read": ["x"]}}))
    record.permissions.read.add("account:bob")
    request = next(flows.save(record))
    assert (request.method, request.json) == ("PATCH", {"permissions": {"read": ["account:bob", "x"]}})


def test_a_put_carries_every_known_permission() -> None:
    """A PUT clears the names it does not carry, so it carries all or none."""
    answer = Answer(200, {"data": row(7, a=1), "permissions": {"write": ["me"], "read": ["x"]}})
    edited, untouched = handle(), handle()
    for record in (edited, untouched):
        run(flows.load(record), answer)
        del record.data["a"]
    edited.permissions.read.add("y")
    assert next(flows.save(edited)).json == {"data": {}, "permissions": {"write": ["me"], "read": ["x", "y"]}}
    assert next(flows.save(untouched)).json == {"data": {}}


def test_only_false_gives_up_the_protection() -> None:
    """None may come of a setting that is not there."""
    nothing: Any = None
    record = seen(5, a=1)
    record.data["a"] = 2
    assert dict(next(flows.save(record, safe=nothing)).headers) == {"If-Match": '"5"'}
    assert dict(next(flows.save(new(), safe=nothing)).headers) == {"If-None-Match": "*"}


def test_save_without_or_with_another_precondition() -> None:
    """`safe=False` sends none; `if_match` protects the version it names, in either form."""
    record = seen(7, a=1)
    record.data["a"] = 2
    assert dict(next(flows.save(record, safe=False)).headers) == {}
    for version in (5, '"5"', "5"):
        assert dict(next(flows.save(record, safe=False, if_match=version)).headers) == {"If-Match": '"5"'}


@pytest.mark.parametrize("version", [0, -5, "0", "*", "abc", "", 1.5, True, "٣"])
def test_a_version_that_can_not_protect_is_refused(version: Any) -> None:
    """The server would ignore it, and the write would be unprotected."""
    record = seen(7, a=1)
    record.data["a"] = 2
    with pytest.raises(UsageError, match="version"):
        next(flows.save(record, if_match=version))


def test_a_seen_version_that_can_not_protect_is_refused() -> None:
    """An imported object may have version 0, which the server ignores in a precondition."""
    record = seen(0, a=1)
    record.data["a"] = 2
    with pytest.raises(UsageError, match=rf"{PATH}: version 0 can't protect .*safe=False"):
        next(flows.save(record))
    assert dict(next(flows.save(record, safe=False)).headers) == {}


def test_save_to_a_changed_object() -> None:
    """A 412 shows what was seen, what was to be saved, and what the server has; none is the object's own memory."""
    record = seen(7, a=1, b=[1], c=1)
    record.data["a"] = 2
    with pytest.raises(ConflictError, match="rebase") as caught:
        run(flows.save(record), conflict(9, a=5, b=[1], c=True))
    error = caught.value
    assert not isinstance(error, AlreadyExistsError)
    assert error.base == {"a": 1, "b": [1], "c": 1}
    assert error.mine == {"a": 2, "b": [1], "c": 1}
    assert error.theirs == {"a": 5, "b": [1], "c": True}
    assert error.fields == ("a", "c")
    error.base["b"].append(2)
    error.mine["b"].append(2)
    assert dict(record.unsaved.set) == {"a": 2}
    assert record.last_modified == 7


@pytest.mark.parametrize("answer", [GONE, conflict()])
def test_save_to_a_deleted_object(answer: Answer) -> None:
    """PATCH answers 404 and PUT 412; both are the same conflict, with nothing on the other side."""
    record = seen(7, a=1)
    record.data["a"] = 2
    with pytest.raises(ConflictError, match="deleted meanwhile") as caught:
        run(flows.save(record), answer)
    assert (caught.value.theirs, caught.value.fields) == (None, ("a",))


@pytest.mark.parametrize("answer", [NO_PARENT, Answer(404, b"<html>"), Answer(404)])
def test_a_missing_parent_is_no_conflict(answer: Answer) -> None:
    """When the collection is gone, or nothing tells what is, the error is the 404 itself."""
    record = seen(7, a=1)
    record.data["a"] = 2
    with pytest.raises(NotFoundError):
        run(flows.save(record), answer)


def test_an_unprotected_write_to_a_deleted_object_is_a_404() -> None:
    """Without a precondition nothing is in conflict."""
    record = seen(7, a=1)
    with pytest.raises(NotFoundError):
        run(patch(record, {"a": 2}, safe=False), GONE)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (FORBIDDEN, PermissionDeniedError),
        (Answer(400, {"errno": 107, "details": []}), InvalidRequestError),
        (Answer(409, {"errno": 122}), ContentionError),
    ],
)
def test_a_refused_write_changes_nothing(answer: Answer, error: type[KintoError]) -> None:
    """The edits are still unsaved, and can be sent again."""
    record = seen(7, a=1)
    record.data["a"] = 2
    with pytest.raises(error):
        run(flows.save(record), answer)
    assert (dict(record.unsaved.set), record.last_modified, record._stale) == ({"a": 2}, 7, False)


# ---- edits while a request is under way ----------------------------------------------------------------------------


def under_way(record: Record[Any], edit: Callable[[], object], answer: Answer, flow: Any) -> None:
    """Run a flow, with an edit between its request and the answer."""
    request = next(flow)
    sent = request.body
    edit()
    assert request.body == sent, "what is sent again is what was planned"
    with pytest.raises(StopIteration):
        flow.send(answer.to(request))


def test_edits_meanwhile_stay_unsaved() -> None:
    """What is edited while a save is under way is not lost, and goes with the next save."""
    record = seen(1, a=1, tags=["x"], c=1)
    record.data["a"] = 2
    record.data["tags"].append("y")

    def edit() -> None:
        record.data["tags"].append("z")
        record.data["b"] = 3

    under_way(record, edit, Answer(200, body(2, a=2, tags=["x", "y"], c=5)), flows.save(record))
    assert record.data == {"a": 2, "tags": ["x", "y", "z"], "b": 3, "c": 5}
    assert dict(record.unsaved.set) == {"tags": ["x", "y", "z"], "b": 3}


def test_edits_during_a_creation_stay_unsaved() -> None:
    """The document sent is the one that was there when the request was made."""
    record = new(tags=["x"])
    under_way(record, lambda: record.data["tags"].append("y"), Answer(201, body(2, tags=["x"])), flows.create(record))
    assert dict(record.unsaved.set) == {"tags": ["x", "y"]}


def test_permission_edits_meanwhile_stay_unsaved() -> None:
    """Principals added while a save of permissions is under way are added to what the server answers."""
    record = seen(1, a=1)
    record.permissions.read.add("a")
    answer = Answer(200, {"data": row(2, a=1), "permissions": {"write": ["basicauth:me"], "read": ["a", "other"]}})
    under_way(record, lambda: record.permissions.read.add("b"), answer, flows.save(record))
    assert record.unsaved.permissions == {"read": ["a", "b", "other"]}


def test_permissions_in_hand_stay_the_objects_own() -> None:
    """Like data, permissions are updated in place: edits made on them after a save count."""
    record = seen(1, a=1)
    permissions, readers = record.permissions, record.permissions.read
    readers.add("a")
    answer = {"data": row(2, a=1), "permissions": {"write": ["basicauth:me"], "read": ["a", "other"]}}
    run(flows.save(record), Answer(200, answer))
    assert record.permissions is permissions
    assert set(readers) == {"a", "other"}
    readers.add("b")
    assert record.unsaved.permissions == {"read": ["a", "b", "other"]}
    run(flows.load(record), Answer(200, {"data": row(3, a=1), "permissions": {}}))
    assert not permissions.known


def test_permission_edits_during_a_save_of_data_stay_unsaved() -> None:
    """A save that carries no permissions settles none."""
    record = seen(1, a=1)
    record.data["a"] = 2
    under_way(record, lambda: record.permissions.read.add("b"), Answer(200, body(2, a=2)), flows.save(record))
    assert record.unsaved.permissions == {"read": ["b"]}


# ---- replace -------------------------------------------------------------------------------------------------------


def replacing(record: Record[Any], data: dict[str, Any], **options: Any) -> Any:
    """The flow of `replace`, as the façade makes it."""
    return flows.replace(record, data, record._codec.unstructure(data), **options)


def test_replace_puts_the_document() -> None:
    """With the version seen when there is one, and without a precondition on a bare handle."""
    record = seen(7, a=1)
    ran = run(replacing(record, {"b": 2}), Answer(200, body(8, b=2)))
    assert (ran.request.method, dict(ran.request.headers)) == ("PUT", {"If-Match": '"7"'})
    assert ran.request.json == {"data": {"b": 2}}
    assert (record.data, record.is_dirty) == ({"b": 2}, False)
    assert dict(next(replacing(handle(), {})).headers) == {}
    assert dict(next(replacing(seen(7), {}, safe=False)).headers) == {}


def test_replace_keeps_the_attachment() -> None:
    """The server drops an attachment that a PUT does not carry, so the known one is carried, and no edit."""
    record = seen(7, a=1, attachment={"hash": "x"})
    ran = run(replacing(record, {"b": 2}), Answer(200, body(8, b=2, attachment={"hash": "x"})))
    assert ran.request.json == {"data": {"b": 2, "attachment": {"hash": "x"}}}
    assert (record.data, record.is_dirty) == ({"b": 2, "attachment": {"hash": "x"}}, False)
    assert next(replacing(record, {"attachment": None})).json == {"data": {"attachment": None}}


def test_only_records_have_attachments() -> None:
    """A bucket's own field of that name is dropped with the rest of the document."""
    bucket = navigation().bucket("b")
    run(flows.load(bucket), Answer(200, body(7, "b", a=1, attachment={"hash": "x"})))
    bucket.data = {"n": 1}
    assert next(flows.save(bucket)).json["data"] == {"n": 1}


def test_data_that_is_assigned_keeps_the_attachment() -> None:
    """As a replacement does; what is taken out on purpose goes."""
    record = seen(7, a=1, attachment={"hash": "x"})
    record.data = {"b": 2}
    assert next(flows.save(record)).json == {"data": {"b": 2, "attachment": {"hash": "x"}}}
    del record.data["attachment"]
    assert next(flows.save(record)).json == {"data": {"b": 2}}
    record.data = {"a": 1, "attachment": None}
    assert next(flows.save(record)).json == {"data": {"attachment": None}}
    record._forget({})
    record.data = {"b": 2}
    assert record.data == {"b": 2}


def test_replace_makes_a_deleted_object_anew() -> None:
    """Its file is gone, so its attachment is not carried, and there is no version to protect."""
    record = seen(7, a=1, attachment={"hash": "x"})
    run(flows.delete(record), Answer(200, {"data": row(8, deleted=True)}))
    ran = run(replacing(record, {"b": 2}), Answer(201, body(9, b=2)))
    assert (ran.request.json, ran.request.headers) == ({"data": {"b": 2}}, {})
    assert (record.created, record.data) == (True, {"b": 2})
    record.data["b"] = 3
    assert next(flows.save(record)).method == "PATCH"


def test_a_version_that_is_given_holds_for_a_deleted_object() -> None:
    """Somebody may have made it anew meanwhile."""
    record = seen(7, a=1)
    run(flows.delete(record), Answer(200, {"data": row(8, deleted=True)}))
    assert dict(next(replacing(record, {"b": 2}, if_match=8)).headers) == {"If-Match": '"8"'}


def test_a_refused_replace_changes_nothing() -> None:
    """The data is still the old one."""
    record = seen(7, a=1)
    with pytest.raises(ConflictError) as caught:
        run(replacing(record, {"b": 2}), conflict(9, a=5))
    assert (record.data, record.is_dirty, caught.value.mine) == ({"a": 1}, False, {"b": 2})


# ---- patch ---------------------------------------------------------------------------------------------------------


def test_patch_sends_these_fields_and_keeps_edits() -> None:
    """Unsaved edits of fields and permissions are not sent, and stay; the patched field takes the answer."""
    record = seen(7, a=1, b=2)
    record.data["b"] = 5
    record.permissions.read.add("x")
    ran = run(patch(record, {"a": 3}), Answer(200, body(8, a=3, b=2)))
    assert (ran.request.method, ran.request.json) == ("PATCH", {"data": {"a": 3}})
    assert dict(ran.request.headers) == {"If-Match": '"7"'}
    assert (record.data, record.last_modified) == ({"a": 3, "b": 5}, 8)
    assert (dict(record.unsaved.set), record.unsaved.permissions) == ({"b": 5}, {"read": ["x"]})


def test_patch_of_a_handle() -> None:
    """Nothing needs to be read first, and what was edited on an unsaved object stays."""
    record = handle()
    ran = run(patch(record, {"a": 3}), Answer(200, body(8, a=3, b=2)))
    assert ran.request.headers == {}
    assert (record.data, record.is_dirty) == ({"a": 3, "b": 2}, False)


def test_patch_repairs_a_document_that_does_not_fit() -> None:
    """The old document need not fit the model."""
    record = Record(navigation().bucket("b").collection("c", Todo), "r", row(1, title=5))
    run(patch(record, {"title": "Milk"}), Answer(200, body(2, title="Milk")))
    assert record.data == Todo("Milk")


# ---- delete --------------------------------------------------------------------------------------------------------


def test_delete_carries_the_version() -> None:
    """Afterwards the object is deleted: it can't be saved, patched or deleted again."""
    record = seen(7, a=1)
    ran = run(flows.delete(record), Answer(200, {"data": row(8, deleted=True)}))
    assert (ran.request.method, dict(ran.request.headers), ran.value) == ("DELETE", {"If-Match": '"7"'}, True)
    assert record.last_modified == 8
    assert "(deleted)" in repr(record)
    for flow in (flows.save(record), patch(record, {}), flows.delete(record)):
        with pytest.raises(DeletedError, match="replace"):
            next(flow)
    assert run(flows.delete(record, if_exists=True)).value is False
    assert dict(next(flows.delete(handle())).headers) == {}
    assert dict(next(flows.delete(seen(7), safe=False)).headers) == {}


def test_delete_of_what_is_not_there() -> None:
    """It is an error, or False when it was asked so."""
    with pytest.raises(NotFoundError, match=r"no record 'r'; delete\(if_exists=True\) takes that as done$"):
        run(flows.delete(handle()), GONE)
    record = handle()
    assert run(flows.delete(record, if_exists=True), GONE).value is False
    assert "(deleted)" in repr(record)


def test_delete_of_a_forbidden_bucket() -> None:
    """A missing bucket answers 403, so with `if_exists` it is not an error; elsewhere it is one."""
    assert run(flows.delete(navigation().bucket("b"), if_exists=True), FORBIDDEN).value is False
    with pytest.raises(PermissionDeniedError):
        run(flows.delete(handle(), if_exists=True), FORBIDDEN)


def test_delete_of_a_changed_object() -> None:
    """Nobody's change is deleted unseen."""
    record = seen(7, a=1)
    with pytest.raises(ConflictError) as caught:
        run(flows.delete(record), conflict(9, a=2))
    assert (caught.value.base, caught.value.mine, caught.value.theirs) == ({"a": 1}, None, {"a": 2})


# ---- lost answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["lost", "500", "unreadable", "no object", "cancelled"])
def test_a_write_of_unknown_outcome_is_not_clean(how: str) -> None:
    """After a lost answer the object is dirty, also when it has no edits; `save()` then reads it."""
    record = seen(1, a=1)
    flow = patch(record, {"a": 2})
    if how == "cancelled":
        next(flow)
        flow.close()
    else:
        answers = {
            "lost": LOST,
            "500": Answer(500, {"errno": 999}),
            "unreadable": Answer(200, b"<html>"),
            "no object": Answer(200, {}),
        }
        with pytest.raises(KintoError):
            run(flow, answers[how])
    assert record.is_dirty
    assert "outcome" in repr(record)
    assert run(flows.save(record), Answer(200, body(2, a=2))).request.method == "GET"
    assert (record.is_dirty, record.data) == (False, {"a": 2})


def test_a_delete_whose_answer_is_unreadable_is_not_done() -> None:
    """A success without a tombstone says nothing."""
    record = seen(1)
    with pytest.raises(UnreadableResponseError):
        run(flows.delete(record), Answer(200, b"OK"))
    assert record.is_dirty
    assert "deleted" not in repr(record)


def test_a_flow_that_never_asked_leaves_no_doubt() -> None:
    """Nothing was sent when a flow ends before its request."""
    record = seen(1)
    patch(record, {"a": 2}).close()
    assert not record.is_dirty


@pytest.mark.parametrize("retried", [True, False])
def test_a_conflict_with_our_own_write_is_a_success(retried: object) -> None:
    """When an earlier attempt may have arrived, a 412 that shows what was to be written is the lost answer."""
    created, saved, replaced, patched = new(a=1.0), seen(7, a=1, b=2), seen(7, a=1), seen(7, a=1)
    saved.data["a"] = 5
    patched.data["b"] = 3
    cases: list[tuple[Record[Any], Any, dict[str, Any]]] = [
        (created, flows.create(created), {"a": 1, "schema": 99}),
        (saved, flows.save(saved), {"a": 5, "b": 2}),
        (replaced, replacing(replaced, {"c": 1}), {"c": 1}),
        (patched, patch(patched, {"a": 2}), {"a": 2}),
    ]
    for record, flow, existing in cases:
        record._stale = not retried
        run(flow, conflict(9, retried=bool(retried), **existing))
        assert record.last_modified == 9
        assert not record._stale
    assert (created.created, saved.created) == (True, None)
    assert replaced.data == {"c": 1}
    assert dict(patched.unsaved.set) == {"b": 3}
    with pytest.raises(NotLoadedError, match="not loaded"):
        saved.permissions.read  # noqa: B018  # the access is what is tested


def test_a_conflict_with_another_write_is_one() -> None:
    """A retried request that meets somebody else's change is still a conflict; so is ours without a retry."""
    for answer in (conflict(9, a=6, retried=True), conflict(9, a=5), conflict(retried=True)):
        record = seen(7, a=1)
        record.data["a"] = 5
        with pytest.raises(ConflictError):
            run(flows.save(record), answer)
    with pytest.raises(AlreadyExistsError):
        run(flows.create(new(a=1)), conflict(9, a=2, retried=True))


@pytest.mark.parametrize(
    ("now", "ours"),
    [
        ({"read": ["bob"], "write": ["me", "other"]}, True),
        ({"read": ["bob", "eve"], "write": ["me"]}, False),
        ({"write": ["me"]}, False),
        ({}, False),
    ],
)
def test_a_lost_change_of_permissions_is_settled_by_reading_them(now: dict[str, list[str]], ours: object) -> None:
    """A 412 shows no permissions, so one GET tells whether they are as sent; the server adds writers by itself."""
    record = handle()
    run(flows.load(record), Answer(200, {"data": row(7, a=1), "permissions": {"write": ["me"]}}))
    record.permissions = {"read": ["bob"], "write": ["me"]}
    record.permissions.write.add("other")
    record.permissions.write.discard("other")
    flow = flows.save(record)
    answers = [conflict(9, a=1, retried=True), Answer(200, {"data": row(9, a=1), "permissions": now})]
    if ours:
        assert [each.method for each in run(flow, *answers).requests] == ["PATCH", "GET"]
        assert record.last_modified == 9
    else:
        with pytest.raises(ConflictError):
            run(flow, *answers)
        assert record.unsaved.permissions


def test_a_lost_change_of_permissions_that_can_not_be_read_is_a_conflict() -> None:
    """What can't be settled is not taken for a success."""
    record = seen(7, a=1)
    record.permissions.read.add("bob")
    with pytest.raises(ConflictError):
        run(flows.save(record), conflict(9, a=1, retried=True), FORBIDDEN)


@pytest.mark.parametrize("retried", [True, False])
def test_a_delete_that_meets_its_own_success(retried: object) -> None:
    """A 404 to a repeated DELETE is the answer that was lost."""
    record = seen(7)
    record._stale = not retried
    answer = attrs.evolve(GONE, retried=bool(retried))
    assert run(flows.delete(record), answer).value is True
    assert "(deleted)" in repr(record)


# ---- the default bucket --------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    "id", ["", ".", "..", "../x", "a/b", "a?b", "a#b", "a%2Fb", "a b", "é", "-a", "x" * 513, "a\n"]
)
def test_hostile_ids_never_become_a_path(id: str) -> None:  # noqa: A002  # the design's word
    """An id that could change the meaning of a URL is refused before any request, wherever it comes in."""
    top = navigation()
    for use in (
        top.bucket,
        top.bucket("b").collection,
        top.bucket("b").group,
        top.bucket("b").collection("c").record,
        lambda id: top.bucket("b").collection("c").new_record({}, id),  # noqa: A006  # the design's word
        lambda id: top.bucket("b").collection("c").new_record({"id": id}),  # noqa: A006  # as above
    ):
        with pytest.raises(InvalidIdError):
            use(id)


# ---- data that nobody was shown since it was given -----------------------------------------------------------------


def test_data_read_while_it_is_sent_is_not_what_is_sent() -> None:
    """Editing it then changes no request that is under way, and the edit is not lost."""
    record = new(title="Buy milk", tags=["home"])
    flow = flows.save(record)
    request = next(flow)
    record.data["tags"].append("shop")
    assert request.json == {"data": {"title": "Buy milk", "tags": ["home"]}}
    with pytest.raises(StopIteration):
        flow.send(Answer(201, body(1, title="Buy milk", tags=["home"])).to(request))
    assert record.unsaved.set == {"tags": ["home", "shop"]}


def test_data_given_while_other_data_is_sent_is_not_lost() -> None:
    """What is assigned between a request and its answer is an edit of what the server has then."""
    record = new(title="Buy milk", done=False)
    flow = flows.save(record)
    request = next(flow)
    record.data = {"title": "Buy bread", "done": False}
    with pytest.raises(StopIteration):
        flow.send(Answer(201, body(1, title="Buy milk", done=False)).to(request))
    assert record.data == {"title": "Buy bread", "done": False}
    assert record.unsaved.set == {"title": "Buy bread"}


def test_what_is_unsaved_is_told_and_not_given_away() -> None:
    """Changing what `unsaved` shows changes neither the data nor what is sent."""
    record = new(title="Buy milk", tags=["home"])
    record.unsaved.set["tags"].append("shop")
    assert record.data["tags"] == ["home"]
    sent = run(flows.save(record), Answer(201, body(1, title="Buy milk", tags=["home"])))
    assert sent.request.json == {"data": {"title": "Buy milk", "tags": ["home"]}}


def test_data_that_nobody_read_becomes_what_the_server_has() -> None:
    """A default that the server adds is in it, and saving again sends nothing."""
    record = new(title="Buy milk")
    run(flows.save(record), Answer(201, body(1, title="Buy milk", votes=0)))
    assert not record.is_dirty
    assert record.data == {"title": "Buy milk", "votes": 0}
    record.data = {"title": "Buy bread", "votes": 0}
    sent = run(flows.save(record), Answer(200, body(2, title="Buy bread", votes=0)))
    assert sent.request.json == {"data": {"title": "Buy bread"}}
    run(flows.load(record), Answer(200, body(3, title="Buy oats")))
    assert record.data == {"title": "Buy oats"}


def test_reading_drops_data_that_was_given_and_not_saved() -> None:
    """As it drops every edit."""
    record = seen(title="Buy milk")
    record.data = {"title": "Buy bread"}
    run(flows.load(record), Answer(200, body(2, title="Buy oats")))
    assert record.data == {"title": "Buy oats"}
    assert not record.is_dirty
