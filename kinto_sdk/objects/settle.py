"""Whether a document on the server is what was sent, in spite of what the server does to documents."""

from typing import Any

from ..protocol.jsontypes import is_list, is_object

_FLOAT_LIMIT = 2**1023


def settled(sent: dict[str, Any], stored: dict[str, Any]) -> bool:
    """Whether the server's document is the one sent.

    The server stamps `schema` on records that it checked, and may write a number in another form (`1e308` as an
    integer, `-0.0` as `0.0`), so numbers are compared by value and a stamp that was not sent is left out.
    """
    if "schema" in stored and not is_object(stored["schema"]):
        stored = {**stored, "schema": sent.get("schema", stored["schema"])}
        sent = {"schema": stored["schema"], **sent}
    return alike(sent, stored)


def alike(a: Any, b: Any) -> bool:
    """Whether a value sent is the one stored: numbers count by value."""
    if is_object(a):
        return is_object(b) and a.keys() == b.keys() and all(alike(value, b[key]) for key, value in a.items())
    if is_list(a):
        return is_list(b) and len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, float) and isinstance(b, int):
        # 1e300 comes back as an integer of 301 digits, which is another number by less than a float can tell.
        return abs(b) < _FLOAT_LIMIT and a == float(b)
    return bool(a == b)
