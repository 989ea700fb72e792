"""Whether a document on the server is what was sent, in spite of what the server does to documents."""

from math import isclose
from typing import Any

from ..protocol.jsontypes import is_list, is_object
from .documents import is_stamp

_FLOAT_LIMIT = 2**1023
_DIGITS = 1e-14
"""How far off a float may be, relative to itself; its own steps are 2e-16."""


def settled(sent: dict[str, Any], stored: dict[str, Any]) -> bool:
    """Whether the server's document is the one sent.

    The server stamps `schema` on records that it checked; a stamp that was not sent is left out. Numbers are compared
    as `alike()` does.
    """
    if is_stamp(stored.get("schema")):
        stored = {**stored, "schema": sent.get("schema", stored["schema"])}
        sent = {"schema": stored["schema"], **sent}
    return alike(sent, stored)


def alike(a: Any, b: Any) -> bool:
    """Whether two JSON values are the same but for what the server does to numbers.

    It may write one in another form (`1e308` as an integer, `-0.0` as `0.0`), and its parser gets the last digit of
    some floats wrong, again at each write.
    """
    if is_object(a):
        return is_object(b) and a.keys() == b.keys() and all(alike(value, b[key]) for key, value in a.items())
    if is_list(a):
        return is_list(b) and len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, float) and isinstance(b, int):
        # 1e300 comes back as an integer of 301 digits, which is another number by less than a float can tell.
        return abs(b) < _FLOAT_LIMIT and _close(a, float(b))
    if isinstance(a, float) and isinstance(b, float):
        return _close(a, b)
    return bool(a == b)


def _close(a: float, b: float) -> bool:
    return a == b or isclose(a, b, rel_tol=_DIGITS)
