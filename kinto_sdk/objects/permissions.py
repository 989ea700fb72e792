"""An object's own access control list: what is known of it, and what was edited.

The server shows the list only to callers who are directly in the object's `write`; it shows `{}` to everybody else,
and nothing at all in lists. So a list is *not loaded*, *not visible* or *known*, and only a known one can be edited: a
change to the others would wipe what can't be seen. Edits are kept as principals added and removed, so that they can
be carried over to a newer version.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

from ..protocol.errors import NotLoadedError, UsageError
from ..protocol.ids import Kind
from ..protocol.principals import PERMISSION_NAMES, HasPrincipal, Principal, check_permission, principal, principals
from .names import Names

Lists: TypeAlias = dict[str, frozenset[str]]
"""The principals by name of the permission."""
_Edits: TypeAlias = dict[str, tuple[frozenset[str], frozenset[str]]]


class Permissions(Mapping[str, "PrincipalSet"]):
    """An object's permissions: a set of principals per name. `permissions.read.add("account:bob")`, then `save()`.

    `["record:create"]` reaches the names that are not identifiers. A name without principals is an empty set. Edits
    are sent by `save()`, and only they: a name that was not touched is left as it is on the server.

    Raises:
        NotLoadedError: on reading or editing when the list is not known; the message says whether to `load()` the
            object or to use `grant()` and `revoke()`.
        UsageError: a name that this kind of object does not have, or what is no principal.
    """

    __slots__ = ("_edited", "_path", "_pending", "_reason", "_seen")

    def __init__(self, path: str, seen: Lists | None, reason: str = "") -> None:
        self._path = path
        self._seen = seen
        self._reason = reason
        self._edited: Lists | None = None
        self._pending: _Edits = {}

    @property
    def _kind(self) -> Kind:
        from ..protocol.paths import parse_path

        return parse_path(self._path).kind

    @property
    def known(self) -> bool:
        """Whether the list can be read and edited."""
        return self._seen is not None or self._edited is not None

    def _current(self) -> Lists:
        current = self._seen if self._edited is None else self._edited
        if current is None:
            raise NotLoadedError(f"the permissions of {self._path} are {self._reason}")
        return current

    def __getitem__(self, name: str) -> "PrincipalSet":
        self._current()
        return PrincipalSet(self, check_permission(self._kind, name))

    def __setitem__(self, name: str, names: Iterable[Principal]) -> None:
        self._set(check_permission(self._kind, name), principals(names, f"permissions[{name!r}]"))

    def __contains__(self, name: object) -> bool:
        return bool(self._current().get(cast("str", name)))

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, members in self._current().items() if members])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def read(self) -> "PrincipalSet":
        """Who may read the object and all below it."""
        return self["read"]

    @read.setter
    def read(self, names: Iterable[Principal]) -> None:
        self["read"] = names

    @property
    def write(self) -> "PrincipalSet":
        """Who may change the object and all below it. The server adds whoever writes."""
        return self["write"]

    @write.setter
    def write(self, names: Iterable[Principal]) -> None:
        self["write"] = names

    def to_dict(self) -> dict[str, list[str]]:
        """The names that have principals, each with its principals sorted."""
        return {name: sorted(members) for name, members in self._current().items() if members}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Permissions):
            return self.known == other.known and (not self.known or self.to_dict() == other.to_dict())
        if isinstance(other, Mapping):
            lists: Mapping[Any, Any] = cast("Any", other)
            return self.to_dict() == {name: sorted(names) for name, names in lists.items() if names}
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it is mutable

    def __repr__(self) -> str:
        return f"Permissions({self.to_dict()!r})" if self.known else f"<Permissions {self._reason.split(';')[0]}>"

    def _set(self, name: str, members: frozenset[str]) -> None:
        edited = dict(self._current())
        edited[name] = members
        self._edited = edited

    # ---- what the writing flows ask ----

    def _assign(self, lists: "PermissionsInput") -> None:
        """Take a whole list on purpose, whatever was known before; names that are not in it become empty."""
        if isinstance(lists, Permissions):
            lists = lists.to_dict()
        if not isinstance(lists, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
            raise UsageError(f"permissions take {{'read': [...], 'write': [...]}}, not {lists!r}")
        edited: Lists = dict.fromkeys(PERMISSION_NAMES[self._kind], frozenset[str]())
        for name, names in lists.items():
            edited[check_permission(self._kind, name)] = principals(names, f"permissions[{name!r}]")
        self._edited, self._pending = edited, {}

    @property
    def _writers(self) -> frozenset[str]:
        """Who was seen to be directly in the object's `write`; empty when that is not known."""
        return (self._seen or {}).get("write", frozenset())

    @property
    def _as_seen(self) -> dict[str, list[str]] | None:
        """As the server showed them, without edits; None when it did not."""
        return None if self._seen is None else {name: sorted(members) for name, members in self._seen.items()}

    def _edits(self) -> _Edits:
        """Per edited name, the principals added and the principals removed."""
        seen, edited = self._seen or {}, self._edited or {}
        found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        for name, members in edited.items():
            before = seen.get(name, frozenset())
            if members != before:
                found[name] = (members - before, before - members)
        return found

    @property
    def _is_edited(self) -> bool:
        """Whether saving would send permissions."""
        return bool(self._pending) or (self._edited is not None and (self._seen is None or bool(self._edits())))

    @property
    def _lists(self) -> Lists | None:
        """The lists as they are now; None when they are neither known nor assigned."""
        return self._seen if self._edited is None else self._edited

    def _since(self, sent: Lists) -> "Permissions":
        """The edits made after these lists were sent."""
        later = Permissions(self._path, sent)
        later._edited = self._edited
        return later

    def _take(self, newer: "Permissions") -> None:
        """Hold what another holds: the user may have this very object in hand."""
        self._seen, self._reason = newer._seen, newer._reason
        self._edited, self._pending = newer._edited, newer._pending

    def _carried_to(self, newer: "Permissions") -> "Permissions":
        """The newer list with these edits made on it again: additions and removals, or a whole list as assigned.

        Edits of a list that can't be seen any more are kept, and refused when they are about to be sent.
        """
        if self._seen is None and not self._pending:
            newer._edited = self._edited
            return newer
        edits = self._pending or self._edits()
        if newer._seen is None:
            newer._pending = edits
            return newer
        for name, (added, removed) in edits.items():
            newer._set(name, (newer._seen.get(name, frozenset()) | added) - removed)
        return newer

    def _refuse_pending(self) -> None:
        """Raise NotLoadedError when there are edits of a list that is not known any more."""
        if self._pending:
            raise NotLoadedError(
                f"the permissions of {self._path} were edited and are now {self._reason}; load() drops the edits"
            )

    def _for_patch(self) -> dict[str, list[str]]:
        """The edited names with their whole lists: a PATCH replaces each name it carries and keeps the others."""
        if self._pending:
            return {name: sorted(added) for name, (added, _) in self._pending.items()}
        current = self._current()
        return {name: sorted(current[name]) for name in (self._edits() if self._seen is not None else current)}

    def _for_put(self) -> dict[str, list[str]]:
        """Every name that has principals: a PUT with permissions clears the names it does not carry.

        Never without a name, since the server takes `{}` for "leave them". Names that it made no sense of are left out.
        """
        known = PERMISSION_NAMES[self._kind]
        lists = {name: sorted(members) for name, members in self._current().items() if members and name in known}
        return lists or {"read": []}


PermissionsInput: TypeAlias = Mapping[str, Iterable[Principal]] | Permissions
"""A whole list, as `{"read": ["account:bob"], "write": [group]}` or another object's permissions."""


def assigned(path: str, lists: PermissionsInput | None) -> Permissions | None:
    """A whole list for the object at this path; None when none is given.

    Raises:
        UsageError: a name that this kind of object does not have, or what is no principal.
    """
    if lists is None:
        return None
    acl = Permissions(path, None)
    acl._assign(lists)
    return acl


class PrincipalSet(Names):
    """The principals that have one permission, as a set. Changes go to the server with `save()`."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: Permissions, name: str) -> None:
        self._owner = owner
        self._name = name

    def _members(self) -> frozenset[str]:
        return self._owner._current().get(self._name, frozenset())

    def __contains__(self, who: object) -> bool:
        return isinstance(who, (str, HasPrincipal)) and bool(who) and principal(who) in self._members()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._members()))

    def __len__(self) -> int:
        return len(self._members())

    def _change(self, add: Iterable[Principal], remove: Iterable[Principal]) -> None:
        self._owner._set(self._name, self._members().union(map(principal, add)).difference(map(principal, remove)))


NOT_LOADED: Final = "not loaded; load() the object first, or use grant() and revoke()"
NOT_VISIBLE: Final = (
    "not visible to this caller, who is not directly in the object's write list; use grant() and revoke(), "
    "which make the caller a writer of it"
)


def permissions_from(path: str, body: Mapping[str, Any] | None) -> Permissions:
    """What a response body tells: its `permissions` member, None when it has none."""
    if body is None:
        return Permissions(path, None, NOT_LOADED)
    if not body:
        return Permissions(path, None, NOT_VISIBLE)
    return Permissions(path, {name: frozenset(names) for name, names in body.items()})
