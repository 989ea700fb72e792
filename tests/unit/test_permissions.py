"""An object's permissions: what is known of them, and what was edited."""

from typing import Any

import pytest

from kinto_sdk import AUTHENTICATED, EVERYONE, NotLoadedError, Permissions, UsageError
from kinto_sdk.objects.permissions import permissions_from
from tests.flows.driving import navigation

PATH = "/buckets/b"


def known(**lists: list[str]) -> Permissions:
    """Permissions as a writer is shown them."""
    return permissions_from(PATH, {"write": ["me"], **lists})


def test_each_name_is_a_set_of_principals() -> None:
    """Names without principals are empty sets; the caller's edits are sets, too."""
    permissions = known(read=["b", "a"])
    assert list(permissions.read) == ["a", "b"]
    assert set(permissions) == {"write", "read"}
    assert len(permissions) == 2
    assert "a" in permissions.read
    assert 5 not in permissions.read
    assert list(permissions["collection:create"]) == []
    assert permissions.read | {"c"} == {"a", "b", "c"}
    assert permissions.to_dict() == {"read": ["a", "b"], "write": ["me"]}
    assert not permissions._is_edited


def test_edits_are_those_that_change_something() -> None:
    """What was added and taken back is no edit."""
    permissions = known(read=["a"])
    permissions.read.add("b")
    permissions.read.discard("a")
    permissions.write.add(EVERYONE)
    assert permissions._edits() == {
        "read": (frozenset({"b"}), frozenset({"a"})),
        "write": (frozenset({EVERYONE}), frozenset()),
    }
    assert permissions._for_patch() == {"read": ["b"], "write": ["me", EVERYONE]}
    permissions.read = ["a"]
    permissions.write = ["me"]
    assert not permissions._is_edited


def test_the_letters_of_a_string_are_no_principals() -> None:
    """A bare string in place of a list is a mistake, not one principal for each of its letters."""
    permissions = known(read=["a"])
    with pytest.raises(UsageError, match="letters"):
        permissions.read.update("account:bob")
    with pytest.raises(UsageError, match="letters"):
        permissions.read |= "account:bob"  # type: ignore[arg-type]  # pyright: ignore[reportOperatorIssue]  # a mistake
    assert not permissions._is_edited


def test_many_principals_change_at_once() -> None:
    """`update()`, `|=`, `-=`, `&=` and `clear()` do what they do to any set."""
    permissions = known(read=["a"])
    permissions.read.update(["b"])
    permissions.read |= {"b", "c"}
    assert permissions.to_dict()["read"] == ["a", "b", "c"]
    permissions.read -= {"a"}
    permissions.read &= {"c", "d"}
    assert permissions.to_dict()["read"] == ["c"]
    permissions.write.clear()
    assert permissions.to_dict() == {"read": ["c"]}


def test_a_group_stands_for_its_members() -> None:
    """An object that has a principal can be put wherever one is."""
    group = navigation().bucket("b").group("g")
    permissions = known()
    permissions.read.add(group)
    assert group in permissions.read
    assert list(permissions.read) == ["/buckets/b/groups/g"]


@pytest.mark.parametrize(("body", "words"), [(None, r"not loaded; load\(\)"), ({}, r"not visible .*grant\(\)")])
def test_what_is_not_known_can_not_be_edited(body: Any, words: str) -> None:
    """An edit would wipe what can't be seen; the message says what to do instead."""
    permissions = permissions_from(PATH, body)
    assert not permissions.known
    for use in (
        lambda: permissions.read,
        lambda: list(permissions),
        permissions.to_dict,
        lambda: permissions.__setitem__("read", ["a"]),
    ):
        with pytest.raises(NotLoadedError, match=f"{PATH} are {words}"):
            use()
    assert "not " in repr(permissions)


def test_a_whole_list_can_be_assigned_on_purpose() -> None:
    """Whatever was known before; names that are not in it become empty."""
    for permissions in (known(read=["a"]), permissions_from(PATH, None)):
        permissions._assign({"collection:create": [AUTHENTICATED]})
        assert permissions == {"collection:create": [AUTHENTICATED]}
        assert permissions._is_edited
    other = known()
    other._assign(known(read=["x"]))
    assert other.to_dict() == {"read": ["x"], "write": ["me"]}


@pytest.mark.parametrize("lists", [5, "read", ["read"], {"read": "bob"}, {"read": 5}, {"read": [5]}, {"read": [""]}])
def test_what_are_no_permissions_is_refused(lists: Any) -> None:
    """A bare string would become its letters."""
    permissions = known()
    with pytest.raises(UsageError, match=r"permissions|principal"):
        permissions._assign(lists)
    assert not permissions._is_edited


def test_permissions_compare_by_what_they_hold() -> None:
    """With other permissions and with dicts; unknown ones equal each other alone."""
    assert known(read=["a", "b"]) == known(read=["b", "a"])
    assert known(read=[]) == {"write": ["me"]}
    assert known() != {"write": ["you"]}
    assert known() != permissions_from(PATH, None)
    assert permissions_from(PATH, None) == permissions_from(PATH, {})
    assert known() != 5
    with pytest.raises(TypeError):
        hash(known())


def test_what_users_complete_is_what_they_may_call() -> None:
    """What flows ask is not among it."""
    names = {name for name in dir(known(read=["a"])) if not name.startswith("_")}
    assert names == {"get", "items", "keys", "known", "read", "to_dict", "values", "write"}


def test_permissions_show_themselves() -> None:
    """A repr is what they hold, sorted."""
    permissions = known(read=["b", "a"])
    assert repr(permissions) == "Permissions({'write': ['me'], 'read': ['a', 'b']})"
    assert repr(permissions.read) == "{'a', 'b'}"
