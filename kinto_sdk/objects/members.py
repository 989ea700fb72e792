"""The members of a group, as a set over the list that the server keeps."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject, is_list
from ..protocol.principals import HasPrincipal, Principal, check_member, principal
from .names import Names


class Members(Names):
    """The user ids in a group, as a set that keeps the server's order. Changes go to the server with `save()`.

    It is a view of `group.data["members"]`, so the two never differ. Adding what is there changes nothing.
    """

    __slots__ = ("_data",)

    def __init__(self, data: JSONObject) -> None:
        self._data = data

    def _list(self) -> list[str]:
        return listed(self._data)

    def __contains__(self, who: object) -> bool:
        return isinstance(who, (str, HasPrincipal)) and bool(who) and principal(who) in self._list()

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self._list()))

    def __len__(self) -> int:
        return len(set(self._list()))

    def _change(self, add: Iterable[Principal], remove: Iterable[Principal]) -> None:
        members = self._list()
        made = changed(members, map(check_member, add), map(principal, remove))
        if made != members:
            self._data["members"] = made


def listed(document: JSONObject) -> list[str]:
    """The members in a group's document; a group made with an empty body has none at all."""
    members = document.get("members")
    return cast("list[str]", members) if is_list(members) else []


def changed(members: list[str], add: Iterable[str], remove: Iterable[str]) -> list[str]:
    """The list with these members added and taken out."""
    gone = set(remove)
    kept = [one for one in members if one not in gone]
    known = set(kept)
    return [*kept, *dict.fromkeys(one for one in add if one not in known)]


def member_ids(members: object) -> list[str]:
    """The user ids in a collection of members. A string or a dict is refused: letters or keys would become members.

    Raises:
        UsageError: it is no collection, or holds what can't be a member.
    """
    if isinstance(members, Mapping):
        raise UsageError(
            "members takes a list of user ids such as ['account:bob'], not a dict; other fields go into data={…}"
        )
    if isinstance(members, (str, bytes)) or not isinstance(members, Iterable):
        raise UsageError(f"members takes a list of user ids such as ['account:bob'], not {members!r}")
    return [check_member(member) for member in cast("Iterable[object]", members)]
