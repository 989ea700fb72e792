"""Who may do what: the principals the server knows, and the names of permissions for each kind of object."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias, cast, runtime_checkable

from .errors import UsageError
from .ids import Kind, named_kind
from .jsontypes import is_text, plain_text

EVERYONE: Final = "system.Everyone"
"""Everybody, signed in or not."""
AUTHENTICATED: Final = "system.Authenticated"
"""Everybody who is signed in."""

_NAMES: dict[Kind, tuple[str, ...]] = {
    "bucket": ("read", "write", "collection:create", "group:create"),
    "group": ("read", "write"),
    "collection": ("read", "write", "record:create"),
    "record": ("read", "write"),
    "account": ("read", "write"),
}
PERMISSION_NAMES: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(_NAMES)
"""The permissions an object of each kind has."""
ALL_PERMISSION_NAMES: Final = frozenset(name for names in _NAMES.values() for name in names)


@runtime_checkable
class HasPrincipal(Protocol):
    """An object that stands for a principal: a Group, an Account."""

    @property
    def principal(self) -> str:
        """The principal's string."""
        ...


Principal: TypeAlias = str | HasPrincipal
"""A user id (`account:bob`), EVERYONE, AUTHENTICATED, a Group or an Account."""


def principal(who: object) -> str:
    """The string the server knows a principal by.

    Raises:
        UsageError: it is neither a non-empty string nor a Group or Account.
    """
    if is_text(who) and who:
        return plain_text(who)
    if isinstance(who, HasPrincipal):
        return who.principal
    raise UsageError(
        f"{who!r} is not a principal; write 'account:NAME', a Group, an Account, EVERYONE or AUTHENTICATED"
    )


def principals(names: object, where: str) -> frozenset[str]:
    """The principals in a collection of them; a bare string is refused, since its letters would become principals."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise UsageError(f"{where} takes a list of principals, not {names!r}")
    return frozenset(map(principal, cast("Iterable[object]", names)))


def check_permission(kind: Kind, name: str) -> str:
    """The name itself, when objects of this kind have such a permission.

    Raises:
        UsageError: they have not; the server would refuse it, or in a JSON Patch keep it without any effect.
    """
    names = PERMISSION_NAMES[kind]
    if name not in names:
        raise UsageError(f"{named_kind(kind)} has no permission {name!r}; it has {', '.join(names)}")
    return plain_text(name)


def check_member(who: object) -> str:
    """The user id of a group's member.

    Raises:
        UsageError: it can't be one; the server takes neither groups nor `system.Everyone`.
    """
    member = principal(who)
    if member.startswith("/buckets/") or member == EVERYONE:
        raise UsageError(f"{member!r} can't be a member: groups hold user ids ('account:bob'), not groups or everyone")
    return member


def checked_change(kind: Kind, permission: str, who: Iterable[object]) -> tuple[str, tuple[str, ...]]:
    """The permission and the principals to grant it to or revoke it from, each once.

    Raises:
        UsageError: this kind of object has no such permission, a principal is none, or there is none.
    """
    names = tuple(dict.fromkeys(map(principal, who)))
    if not names:
        raise UsageError(f"whom? Give principals after {permission!r}: 'account:NAME', a Group, EVERYONE")
    return check_permission(kind, permission), names
