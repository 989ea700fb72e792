"""The ids of objects, checked, drawn, and quoted for paths.

An id is checked before it becomes part of a path. The server's own rule is a regular expression per kind of object,
which an operator may change (`id_patterns=`); whatever the rule, an id that could change the meaning of a URL is
refused, so that no id can turn the deletion of one object into the deletion of a list.
"""

import re
from collections.abc import Mapping
from os import urandom
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import quote
from uuid import UUID

from .errors import InvalidIdError, UsageError
from .jsontypes import plain_text

Kind: TypeAlias = Literal["bucket", "group", "collection", "record", "account"]
"""The kinds of object that have an id in a path."""

_OBJECT_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*")
_ACCOUNT_ID = re.compile(r"[a-zA-Z0-9][+.@a-zA-Z0-9_-]*")
_NEVER = re.compile(r"[/?#\\%\x00-\x20\x7f\ud800-\udfff]")
_UNRESERVED = re.compile(r"[a-zA-Z0-9_.~-]+")
_LONGEST = 512
"""Above this a URL risks being cut or refused by a proxy; the server itself has no limit."""

_RULES: dict[Kind, re.Pattern[str]] = {
    "bucket": _OBJECT_ID,
    "group": _OBJECT_ID,
    "collection": _OBJECT_ID,
    "record": _OBJECT_ID,
    "account": _ACCOUNT_ID,
}
DEFAULT_ID_PATTERNS: Mapping[Kind, re.Pattern[str]] = MappingProxyType(_RULES)
"""The rules of a server whose operator did not change them."""


def id_patterns(overrides: Mapping[str, str | re.Pattern[str]]) -> Mapping[Kind, re.Pattern[str]]:
    """The server's rules with an operator's own in place of some, as regular expressions for whole ids.

    Raises:
        UsageError: it names what is no kind of object, or a rule is no regular expression.
    """
    if not isinstance(overrides, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
        raise UsageError(f"id_patterns={overrides!r}: give a dict such as {{'record': '[a-z]+'}}")
    unknown = overrides.keys() - DEFAULT_ID_PATTERNS.keys()
    if unknown:
        raise UsageError(f"id_patterns: {sorted(unknown)} are not kinds; use {', '.join(DEFAULT_ID_PATTERNS)}")
    compiled: dict[Kind, re.Pattern[str]] = {}
    for kind, rule in DEFAULT_ID_PATTERNS.items():
        given = overrides.get(kind, rule)
        try:
            compiled[kind] = re.compile(given)
        except (re.error, TypeError) as error:
            raise UsageError(
                f"id_patterns: {given!r} is no regular expression for {named_kind(kind)} id ({error})"
            ) from error
    return compiled


def named_kind(kind: Kind) -> str:
    """The kind with its article, for messages."""
    return f"an {kind}" if kind == "account" else f"a {kind}"


def check_id(kind: Kind, value: object, patterns: Mapping[Kind, re.Pattern[str]] = DEFAULT_ID_PATTERNS) -> str:
    """The id itself when the server takes it for this kind of object.

    Raises:
        InvalidIdError: it is not a string, is empty, too long, or not of the server's form.
    """
    rule = patterns[kind]
    if not isinstance(value, str):
        raise InvalidIdError(f"{named_kind(kind)} id is a string, not {value!r}{_advice(kind, value)}")
    value = plain_text(value)
    if rule is _OBJECT_ID and len(value) <= _LONGEST and rule.fullmatch(value):
        return value  # no character that this rule allows could change a URL
    if not value or len(value) > _LONGEST or value.strip(".") == "" or _NEVER.search(value):
        shown = value if len(value) <= 40 else value[:40] + "…"
        raise InvalidIdError(f"{shown!r} can't be {named_kind(kind)} id: {_flaw(value)}")
    if rule.fullmatch(value) is None:
        raise InvalidIdError(
            f"{value!r} can't be {named_kind(kind)} id: the server wants {rule.pattern} (id_patterns= if yours differs)"
        )
    return value


def _advice(kind: Kind, value: object) -> str:
    """What to give in place of what is no string."""
    if isinstance(value, (int, UUID)):
        return "; write str(...) if that is the id"
    if value is None and kind in ("bucket", "collection"):
        return "; leave it out for the client's default"
    return "; pass its .id" if hasattr(value, "id") else ""


def _flaw(value: str) -> str:
    """What is wrong with an id that no rule of a server could allow."""
    if not value:
        return "it is empty"
    if len(value) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    found = _NEVER.search(value)
    return "in a URL it leads elsewhere" if found is None else f"{found[0]!r} can't be part of an id"


def draw_id(kind: Kind) -> str:
    """A new id, of the form the server itself would draw: a UUID4 for a record, eight characters for the others."""
    if kind == "record":
        # As uuid.uuid4() draws it, in half the time: a bulk write draws very many.
        digits = urandom(16).hex()
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
    import secrets
    import string

    first = secrets.choice(string.ascii_letters + string.digits)
    return first + "".join(secrets.choice(string.ascii_letters + string.digits + "_-") for _ in range(7))


def quote_id(value: str) -> str:
    """An id as a path segment."""
    return value if _UNRESERVED.fullmatch(value) else quote(value, safe="")
