"""The members of groups."""

from typing import Any

import pytest

from kinto_sdk import (
    EVERYONE,
    ConflictError,
    DeletedError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    UsageError,
)
from kinto_sdk._sync.group import Group
from kinto_sdk.flows import members, objects
from kinto_sdk.flows.conflicts import ROUNDS, saving
from tests.flows.driving import LOST, Answer, body, navigation, row, run

A, B, C = "account:a", "account:b", "account:c"


def handle() -> Group:
    """A handle on a group."""
    return navigation().bucket("b").group("g")


def group(*names: str, version: int = 1, **fields: Any) -> Group:
    """A group that was loaded."""
    state = handle()
    run(objects.load(state), found(version, *names, **fields))
    return state


def found(version: int, *names: str, **fields: Any) -> Answer:
    """The server's answer for a group."""
    return Answer(200, body(version, "g", members=list(names), **fields))


def taken(version: int, *names: str, **fields: Any) -> Answer:
    """A refusal, with what the server has."""
    return Answer(412, {"details": {"existing": row(version, "g", members=list(names), **fields)}})


# ---- the set -------------------------------------------------------------------------------------------------------


def test_members_are_a_set_over_the_data() -> None:
    """Edits through the set are edits of the data, in the server's order, and adding twice is adding once."""
    state = group(B, A)
    state.members.add(C)
    state.members.add(A)
    assert state.data == {"members": [B, A, C]}
    state.members.discard(B)
    state.members.discard("account:nobody")
    assert state.data["members"] == [A, C]
    assert (list(state.members), len(state.members), A in state.members, B in state.members) == ([A, C], 2, True, False)
    assert state.members == {C, A}
    assert state.members | {B} == {A, B, C}
    assert repr(state.members) == "{'account:a', 'account:c'}"


def test_many_members_change_at_once() -> None:
    """`|=`, `-=`, `&=` and `clear()` are one change each, and nothing of it happens when one can't be a member."""
    state = group(B, A)
    listed = state.data["members"]
    members = state.members
    members |= {A}
    members -= {C}
    assert state.data["members"] is listed
    members |= {C}
    assert state.data["members"] == [B, A, C]
    members &= {A, C}
    assert state.data["members"] == [A, C]
    members -= {A}
    assert state.data["members"] == [C]
    with pytest.raises(UsageError, match="can't be a member"):
        members |= {A, EVERYONE}
    state.members |= {A}
    assert state.data["members"] == [C, A]
    members.clear()
    assert state.data["members"] == []


def test_duplicates_of_the_server_count_once() -> None:
    """The server keeps duplicates; taking one out takes both."""
    state = group(A, A, B)
    assert (list(state.members), len(state.members)) == ([A, B], 2)
    assert not state.is_dirty
    state.members.discard(A)
    assert state.data["members"] == [B]


def test_members_may_be_assigned() -> None:
    """A whole list takes the old one's place."""
    state = group(A, B)
    state.members = {C}
    ran = run(objects.save(state), found(2, C))
    assert (ran.request.method, ran.request.json) == ("PATCH", {"data": {"members": [C]}})
    assert ran.request.headers == {"If-Match": '"1"'}


def test_a_group_without_members_is_empty() -> None:
    """A group made elsewhere with an empty body has no such field at all."""
    state = handle()
    run(objects.load(state), Answer(200, body(1, "g")))
    assert state.members == set()
    assert state.data == {}
    state.members.add(A)
    assert state.data == {"members": [A]}


def test_the_members_of_a_handle_are_not_loaded() -> None:
    """Nothing was read yet, and nothing is read on the sly."""
    with pytest.raises(NotLoadedError, match=r"get_group\(\)"):
        handle().members  # noqa: B018  # the access is what is tested


@pytest.mark.parametrize("who", ["/buckets/b/groups/h", EVERYONE, "", 5, navigation().bucket("b").group("h")])
def test_what_can_not_be_a_member_is_refused(who: Any) -> None:
    """Groups hold user ids; the server refuses groups and everyone."""
    for use in (
        lambda: group(A).members.add(who),
        lambda: setattr(group(A), "members", [who]),
        lambda: group(A).add_member(who),
        lambda: navigation().bucket("b").create_group("g", [who]),
    ):
        with pytest.raises(UsageError, match=r"member|principal"):
            use()


@pytest.mark.parametrize("names", [A, b"x", 5])
def test_a_string_is_no_list_of_members(names: Any) -> None:
    """Its letters would become members."""
    with pytest.raises(UsageError, match="list of user ids"):
        navigation().bucket("b").create_group("g", names)


def test_members_are_merged_as_a_set() -> None:
    """Additions and removals of both sides are kept, whatever the order."""
    state = group(A, B)
    state.members.add(C)
    state.members.discard(A)
    ran = run(saving(state, "merge"), taken(5, "account:d", A, B, title="x"), found(6, "account:d", B, C, title="x"))
    assert ran.requests[1].json == {"data": {"members": ["account:d", B, C]}}


# ---- add_member and remove_member ----------------------------------------------------------------------------------


def test_a_member_is_added_to_the_list_that_was_seen() -> None:
    """A PATCH of the list protects the version seen; unsaved edits stay unsaved."""
    state = group(A, title="x")
    state.data["title"] = "y"
    ran = run(members.add_member(state, (B, C, B)), found(2, A, B, C, title="x"))
    assert (ran.request.json, ran.request.headers) == ({"data": {"members": [A, B, C]}}, {"If-Match": '"1"'})
    assert state.data == {"members": [A, B, C], "title": "y"}
    assert state.unsaved.set == {"title": "y"}


def test_unsaved_members_stay_unsaved() -> None:
    """Members edited here and not saved are merged with the ones added there."""
    state = group(A)
    state.members.add(B)
    run(members.add_member(state, (C,)), found(2, A, C))
    assert state.members == {A, B, C}
    assert set(state.unsaved.set["members"]) == {A, B, C}


def test_a_handle_reads_the_list_first() -> None:
    """A handle never loaded takes a GET, and is loaded afterwards."""
    state = handle()
    ran = run(members.remove_member(state, (A,)), found(4, A, B), found(5, B))
    assert [(r.method, r.headers) for r in ran.requests] == [("GET", {}), ("PATCH", {"If-Match": '"4"'})]
    assert state.members == {B}


def test_a_conflict_is_repeated_on_the_newer_list() -> None:
    """Others' members are kept; the refusal shows them, so no GET is needed."""
    state = group(A)
    ran = run(members.add_member(state, (C,)), taken(5, A, B), taken(6, B), found(7, B, C))
    assert [request.json["data"]["members"] for request in ran.requests] == [[A, C], [A, B, C], [B, C]]
    assert ran.requests[2].headers == {"If-Match": '"6"'}
    assert (state.members, state.is_dirty) == ({B, C}, False)


def test_a_change_of_others_elsewhere_is_no_loss() -> None:
    """Somebody else's change of what is edited here stays a conflict for the save."""
    state = group(A, title="x")
    state.data["title"] = "mine"
    run(members.add_member(state, (B,)), taken(5, A, title="theirs"), found(6, A, B, title="theirs"))
    assert state.last_modified == 1
    with pytest.raises(ConflictError):
        run(objects.save(state), taken(6, A, B, title="theirs"))


@pytest.mark.parametrize(("verb", "names"), [(members.add_member, (A,)), (members.remove_member, (B,))])
def test_nothing_to_do_is_looked_up(verb: Any, names: tuple[str, ...]) -> None:
    """What was seen may be old, so a GET tells whether there is nothing to do."""
    state = group(A)
    run(verb(state, names), found(9, A))
    assert state.last_modified == 9
    ran = run(verb(state, names), found(10, B), found(11, *(["x"])))
    assert [request.method for request in ran.requests] == ["GET", "PATCH"]


def test_a_lost_answer_is_found_out() -> None:
    """A repeated change that meets its own result ends well."""
    state = group(A)
    run(members.add_member(state, (B,)), taken(5, A, B), found(5, A, B))
    assert state.members == {A, B}
    with pytest.raises(type(LOST)):
        run(members.add_member(state, (C,)), LOST)
    assert state.is_dirty
    ran = run(members.add_member(state, (C,)), found(6, A, B, C))
    assert ran.request.method == "GET"


def test_refusals_of_members_come_through() -> None:
    """No right to write, no group, a deletion in between."""
    with pytest.raises(PermissionDeniedError):
        run(members.add_member(group(A), (B,)), Answer(403, {"errno": 121}))
    with pytest.raises(NotFoundError):
        run(members.add_member(group(A), (B,)), Answer(404, {"errno": 110}))
    with pytest.raises(NotFoundError):
        run(members.add_member(handle(), (B,)), Answer(404, {"errno": 110}))
    state = group(A)
    run(objects.delete(state), Answer(200, {"data": {"id": "g", "last_modified": 9, "deleted": True}}))
    with pytest.raises(DeletedError):
        run(members.add_member(state, (B,)))


def test_rounds_of_members_are_bounded() -> None:
    """A list that changes all the time ends with the conflict."""
    with pytest.raises(ConflictError):
        run(members.add_member(group(A), (B,)), *[taken(version, A) for version in range(2, ROUNDS + 2)])
