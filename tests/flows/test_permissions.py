"""Permissions: known or not, edited, sent, granted and revoked."""

from typing import Any

import pytest

from kinto_sdk import (
    EVERYONE,
    ConflictError,
    DeletedError,
    InvalidRequestError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    UsageError,
)
from kinto_sdk._sync.collection import Collection
from kinto_sdk._sync.record import Record
from kinto_sdk.flows import objects
from kinto_sdk.flows import permissions as grants
from kinto_sdk.flows.permissions import ROUNDS
from kinto_sdk.objects.permissions import Permissions
from tests.flows.driving import LOST, Answer, body, navigation, row, run
from tests.flows.records import FAILED, GUARD, HELLO, ME

GROUP = "/buckets/b/groups/g"


def shown(version: int, /, _lists: dict[str, list[str]] | None = None, **fields: Any) -> Answer:
    """An object with its permissions, as a writer is shown it."""
    return Answer(200, {"data": row(version, **fields), "permissions": {"write": [ME]} if _lists is None else _lists})


def record(**lists: list[str]) -> Record[dict[str, Any]]:
    """A record that was loaded with these permissions."""
    state = navigation().bucket("b").collection("c").record("r")
    run(objects.load(state), shown(1, lists or {"write": [ME]}, a=1))
    return state


def collection() -> Collection[dict[str, Any]]:
    """A handle on a collection."""
    return navigation().bucket("b").collection("c")


# ---- reading and editing -------------------------------------------------------------------------------------------


def test_permissions_are_sets_by_name() -> None:
    """Each name has a set of principals, empty when nobody has it; the names that somebody has can be iterated."""
    acl = record(read=[EVERYONE], write=[ME]).permissions
    assert acl.read == {EVERYONE}
    assert EVERYONE in acl["read"]
    assert sorted(acl) == ["read", "write"]
    assert "read" in acl
    assert len(record(write=[ME]).permissions) == 1
    assert "read" not in record(write=[ME]).permissions
    assert record(write=[ME]).permissions.read == set()
    assert acl == {"read": [EVERYONE], "write": [ME]}
    assert acl.to_dict() == {"read": [EVERYONE], "write": [ME]}


@pytest.mark.parametrize(
    "edit",
    [
        lambda acl: acl.read.add("p:new"),
        lambda acl: acl["read"].add("p:new"),
        lambda acl: setattr(acl, "read", [*acl.read, "p:new"]),
        lambda acl: acl.__setitem__("read", {"p:new", EVERYONE}),
        lambda acl: acl.read.update(["p:new"]) if hasattr(acl.read, "update") else acl.read.__ior__({"p:new"}),
    ],
)
def test_only_the_edited_name_is_sent(edit: Any) -> None:
    """A PATCH carries the whole list of the name that was edited, and protects the version seen."""
    state = record(read=[EVERYONE], write=[ME, "p:w"])
    edit(state.permissions)
    ran = run(objects.save(state), shown(2, {"read": ["p:new", EVERYONE], "write": [ME]}, a=1))
    assert (ran.request.method, ran.request.headers) == ("PATCH", {"If-Match": '"1"'})
    assert ran.request.json == {"permissions": {"read": ["p:new", EVERYONE]}}
    assert not state.is_dirty


def test_data_and_permissions_go_together() -> None:
    """One PATCH carries both."""
    state = record(write=[ME])
    state.data["a"] = 2
    state.permissions.write.discard(ME)
    ran = run(objects.save(state), shown(2, a=2))
    assert ran.request.json == {"data": {"a": 2}, "permissions": {"write": []}}


def test_a_put_carries_every_known_name() -> None:
    """A PUT with permissions clears the names it does not carry, so all of them go along."""
    state = record(read=["p:r"], write=[ME])
    del state.data["a"]
    state.permissions.read.add("p:new")
    ran = run(objects.save(state), shown(2))
    assert ran.request.json == {"data": {}, "permissions": {"read": ["p:new", "p:r"], "write": [ME]}}


def test_a_put_never_sends_an_empty_map() -> None:
    """The server takes `{}` for "leave them", so emptied permissions are sent as an empty list."""
    state = record(write=[ME])
    del state.data["a"]
    state.permissions.write.clear()
    assert run(objects.save(state), shown(2)).request.json == {"data": {}, "permissions": {"read": []}}


def test_names_the_server_made_no_sense_of_are_not_sent_back() -> None:
    """A JSON Patch of others may have stored an unknown name, which a PUT must not carry."""
    state = record(foo=["x"], write=[ME])
    del state.data["a"]
    state.permissions.read.add("p:r")
    assert run(objects.save(state), shown(2)).request.json["permissions"] == {"read": ["p:r"], "write": [ME]}


def test_edits_that_come_to_nothing_send_nothing() -> None:
    """Adding and discarding again is no edit."""
    state = record(write=[ME])
    state.permissions.read.add("p:x")
    state.permissions.read.discard("p:x")
    assert not state.is_dirty
    run(objects.save(state))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"data": row(1)}, r"not loaded; load\(\)"),
        ({"data": row(1), "permissions": {}}, r"not visible.*grant\(\)"),
    ],
)
def test_what_is_not_known_is_neither_read_nor_edited(answer: dict[str, Any], words: str) -> None:
    """Not loaded and not visible are told apart from empty, since a change would wipe what can't be seen."""
    state = navigation().bucket("b").collection("c").record("r")
    run(objects.load(state), Answer(200, answer))
    assert not state.permissions.known
    for use in (
        lambda: state.permissions.read.add("p:x"),
        lambda: setattr(state.permissions, "read", []),
        lambda: list(state.permissions),
        lambda: "read" in state.permissions,
        state.permissions.to_dict,
    ):
        with pytest.raises(NotLoadedError, match=words):
            use()
    assert "p:x" not in repr(state.permissions)


def test_a_whole_list_may_be_assigned_without_knowing() -> None:
    """Assigning on purpose names every permission of the kind: what is left out becomes empty."""
    state = collection()
    run(objects.load(state), Answer(200, {"data": row(1, "c"), "permissions": {}}))
    state.permissions = {"read": [EVERYONE]}
    ran = run(objects.save(state), shown(2))
    assert ran.request.json == {"permissions": {"read": [EVERYONE], "write": [], "record:create": []}}


def test_a_known_list_that_is_assigned_sends_the_difference() -> None:
    """Names that come out as they were are not sent."""
    state = record(read=["p:x"], write=[ME])
    state.permissions = {"write": [ME], "read": ["p:y"]}
    assert run(objects.save(state), shown(2)).request.json == {"permissions": {"read": ["p:y"]}}


@pytest.mark.parametrize(
    "use",
    [
        lambda acl: acl["reed"],
        lambda acl: acl["record:create"].add("p:x"),
        lambda acl: acl.__setitem__("collection:create", []),
        lambda acl: acl._assign({"group:create": []}),
        lambda acl: acl.read.add(""),
        lambda acl: acl.read.add(5),
        lambda acl: setattr(acl, "read", "account:bob"),
        lambda acl: acl._assign([]),
    ],
)
def test_mistakes_fail_at_once(use: Any) -> None:
    """A name that this kind of object has not, and what is no principal, are refused where they are written."""
    with pytest.raises(UsageError):
        use(record(write=[ME]).permissions)


def test_objects_stand_for_principals() -> None:
    """A group may be added, asked for and taken out as itself."""
    group = navigation().bucket("b").group("g")
    acl = record(write=[ME]).permissions
    acl.read.add(group)
    assert group in acl.read
    assert GROUP in acl.read
    acl.read.discard(group)
    assert acl.read == set()
    assert 5 not in acl.read


def test_permissions_are_values() -> None:
    """They can be compared, combined, printed, and given to another object."""
    one, other = record(read=["p:b", "p:a"], write=[ME]), record(read=["p:a", "p:b"], write=[ME])
    assert one.permissions == other.permissions
    assert one.permissions != {"write": [ME]}
    assert one.permissions != 5
    assert one.permissions.read | {"p:c"} == {"p:a", "p:b", "p:c"}
    assert "" not in one.permissions.read
    assert repr(one.permissions.read) == "{'p:a', 'p:b'}"
    assert repr(one.permissions) == f"Permissions({{'read': ['p:a', 'p:b'], 'write': ['{ME}']}})"
    one.permissions.write = [ME, "p:w"]
    other.permissions = one.permissions
    assert other.permissions == one.permissions
    assert other.unsaved.permissions == {"write": [ME, "p:w"]}


def test_a_list_assigned_unseen_stays_as_assigned() -> None:
    """A whole list that is not sent yet is carried over as it is."""
    state = navigation().bucket("b").collection("c").record("r")
    run(objects.load(state), Answer(200, {"data": row(1, a=1)}))
    state.permissions = {"read": [EVERYONE]}
    state.data["a"] = 5
    run(grants.grant(state, "read", ("p:x",)), HELLO, shown(2, {"read": ["p:x"], "write": [ME]}, a=1))
    assert state.unsaved.permissions == {"read": [EVERYONE], "write": []}


def test_edits_are_carried_over_as_additions_and_removals() -> None:
    """On a newer list the same principals are added and removed, and others' changes stay."""
    acl = Permissions("/buckets/b", {"read": frozenset({"a", "b"})})
    acl.read.add("mine")
    acl.read.discard("a")
    carried = acl._carried_to(Permissions("/buckets/b", {"read": frozenset({"a", "b", "theirs"})}))
    assert carried.read == {"b", "mine", "theirs"}
    unknown = acl._carried_to(Permissions("/buckets/b", None, "not loaded"))
    assert unknown._for_patch() == {"read": ["mine"]}
    with pytest.raises(NotLoadedError):
        unknown._refuse_pending()
    again = unknown._carried_to(Permissions("/buckets/b", {"read": frozenset({"a"})}))
    assert again.read == {"mine"}


# ---- grant and revoke ----------------------------------------------------------------------------------------------


def test_a_grant_is_one_guarded_patch() -> None:
    """A bare handle grants with one JSON Patch, after learning once who the caller is."""
    state = navigation().bucket("b").collection("c").record("r")
    ran = run(grants.grant(state, "read", ("p:x", GROUP)), HELLO, shown(2, {"read": ["p:x"], "write": [ME]}))
    request = ran.requests[1]
    assert request.headers == {"Content-Type": "application/json-patch+json"}
    assert request.json == [
        GUARD,
        {"op": "add", "path": "/permissions/read/p:x", "value": "p:x"},
        {"op": "add", "path": "/permissions/read/~1buckets~1b~1groups~1g", "value": GROUP},
    ]
    assert request.repeatable
    assert request.goes_alone
    assert state.permissions.read == {"p:x"}
    assert state.last_modified == 2


def test_a_grant_keeps_unsaved_edits() -> None:
    """Edits of data and permissions stay to be saved, on the new version."""
    state = record(write=[ME])
    state.data["a"] = 5
    state.permissions.read.add("p:edit")
    run(grants.grant(state, "read", ("p:x",)), shown(2, {"read": ["p:x"], "write": [ME]}, a=1))
    assert (state.last_modified, state.unsaved.set) == (2, {"a": 5})
    assert state.unsaved.permissions == {"read": ["p:edit", "p:x"]}


def test_a_grant_hides_no_conflict() -> None:
    """When others changed the field that is edited here, saving it is still a conflict."""
    state = record(write=[ME])
    state.data["a"] = 5
    state.permissions.read.add("p:edit")
    run(grants.grant(state, "read", ("p:x",)), shown(9, {"read": ["p:x"], "write": [ME]}, a=7))
    assert state.permissions.read == {"p:x", "p:edit"}
    with pytest.raises(ConflictError):
        run(objects.save(state), Answer(412, {"details": {"existing": row(9, a=7)}}))


def test_an_inherited_writer_is_entered_first() -> None:
    """The guard fails, the list is hidden: an empty PATCH makes the caller a writer, and the grant is repeated."""
    state = navigation().bucket("b").collection("c").record("r")
    entered = shown(2, {"read": ["p:old"], "write": [ME, "p:owner"]})
    ran = run(
        grants.grant(state, "read", ("p:x",)),
        HELLO,
        FAILED,
        shown(1, {}),
        entered,
        shown(3, {"read": ["p:old", "p:x"], "write": [ME, "p:owner"]}),
    )
    assert [request.method for request in ran.requests] == ["GET", "PATCH", "GET", "PATCH", "PATCH"]
    assert ran.requests[3].json == {"data": {}}
    assert ran.requests[4].json == [GUARD, {"op": "add", "path": "/permissions/read/p:x", "value": "p:x"}]
    assert state.permissions.read == {"p:old", "p:x"}


def test_a_permission_nobody_has_is_added_whole() -> None:
    """The server can't add to `record:create` before somebody has it; the version read is protected meanwhile."""
    state = collection()
    grant = grants.grant(state, "record:create", ("p:x",))
    ran = run(grant, HELLO, FAILED, shown(4), shown(5, {"record:create": ["p:x"], "write": [ME]}))
    assert ran.requests[3].headers["If-Match"] == '"4"'
    assert ran.requests[3].json[1] == {"op": "add", "path": "/permissions/record:create", "value": {"p:x": "p:x"}}


def test_a_grant_that_others_overtake_is_repeated() -> None:
    """When somebody else made the list in between, the principal is added to that one."""
    state = collection()
    grant = grants.grant(state, "record:create", ("p:x",))
    theirs = {"record:create": ["p:y"], "write": [ME]}
    both = {"record:create": ["p:x", "p:y"], "write": [ME]}
    ran = run(grant, HELLO, FAILED, shown(4), Answer(412, {}), shown(5, theirs), shown(6, both))
    assert "If-Match" not in ran.requests[5].headers
    assert ran.requests[5].json[1]["path"] == "/permissions/record:create/p:x"


def test_what_is_granted_already_needs_nothing_more() -> None:
    """A refusal after which the list is as wanted (a lost answer, say) is a success."""
    state = collection()
    grant = grants.grant(state, "record:create", ("p:x",))
    run(grant, HELLO, FAILED, shown(4, {"record:create": ["p:x"], "write": [ME]}))
    assert state.permissions["record:create"] == {"p:x"}
    assert state.last_modified == 4


def test_a_revoke_takes_these_principals_alone() -> None:
    """One JSON Patch removes them; a caller who saw the list guards with a principal in it."""
    state = record(read=["p:x", "p:y"], write=["p:owner"])
    ran = run(grants.revoke(state, "read", ("p:x",)), shown(2, {"read": ["p:y"], "write": [ME, "p:owner"]}))
    assert ran.request.json == [
        {"op": "test", "path": "/permissions/write/p:owner", "value": "p:owner"},
        {"op": "remove", "path": "/permissions/read/p:x"},
    ]
    assert state.permissions.read == {"p:y"}


def test_a_revoke_that_meets_400_is_checked() -> None:
    """A principal that is not there (any more) is left out, and the rest is taken."""
    state = record(write=[ME])
    revoke = grants.revoke(state, "read", ("p:x", "p:y"))
    ran = run(revoke, FAILED, shown(2, {"read": ["p:y"], "write": [ME]}), shown(3))
    assert ran.requests[2].json == [GUARD, {"op": "remove", "path": "/permissions/read/p:y"}]
    run(grants.revoke(state, "read", ("p:x",)), FAILED, shown(3))
    assert state.permissions.read == set()


@pytest.mark.parametrize("verb", [grants.grant, grants.revoke])
def test_refusals_come_through(verb: Any) -> None:
    """No right to write, and no object, are the precise errors."""
    for answer, error in ((Answer(403, {"errno": 121}), PermissionDeniedError), (Answer(404, {}), NotFoundError)):
        state = record(write=[ME])
        with pytest.raises(error):
            run(verb(state, "read", ("p:x",)), answer)
        with pytest.raises(error):
            run(verb(state, "read", ("p:x",)), FAILED, answer)
        with pytest.raises(error):
            run(verb(state, "read", ("p:x",)), FAILED, shown(1, {}), answer)


def test_a_server_that_makes_no_writers_ends_with_its_refusal() -> None:
    """Without explicit permissions a caller who inherits the right can't grant safely, and nothing is cleared."""
    state = record(write=[ME])
    with pytest.raises(InvalidRequestError):
        run(grants.grant(state, "read", ("p:x",)), FAILED, shown(1, {}), shown(2, {}))


def test_rounds_are_bounded() -> None:
    """A patch that never fits ends with the server's words."""
    state = record(write=[ME])
    with pytest.raises(InvalidRequestError, match="operation failed"):
        run(grants.grant(state, "read", ("p:x",)), *[FAILED, shown(2)] * ROUNDS)


def test_a_lost_grant_leaves_the_object_stale() -> None:
    """Nobody knows whether it happened, so the object is not taken for clean."""
    state = record(write=[ME])
    with pytest.raises(type(LOST)):
        run(grants.grant(state, "read", ("p:x",)), LOST)
    assert state.is_dirty


def test_a_deleted_object_gets_no_permissions() -> None:
    """It was deleted through this very handle."""
    state = record(write=[ME])
    run(objects.delete(state), Answer(200, {"data": {"id": "r", "last_modified": 9, "deleted": True}}))
    with pytest.raises(DeletedError):
        run(grants.grant(state, "read", ("p:x",)))


@pytest.mark.parametrize(
    "call",
    [
        lambda r: r.grant("record:create", "p:x"),
        lambda r: r.grant("read"),
        lambda r: r.grant("read", ["p:x"]),
        lambda r: r.revoke("read", ""),
        lambda r: r.revoke("reed", "p:x"),
    ],
)
def test_mistakes_in_grants_fail_before_any_request(call: Any) -> None:
    """A wrong name, nobody to grant to, or a list where principals are wanted."""
    with pytest.raises(UsageError):
        call(record(write=[ME]))


def test_a_body_without_permissions_is_not_a_list() -> None:
    """A partial answer leaves the permissions not loaded."""
    state = record(write=[ME])
    run(objects.load(state), Answer(200, {"data": body(2)["data"]}))
    assert not state.permissions.known
