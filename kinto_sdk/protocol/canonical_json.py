"""JSON in the one form that signatures are made over.

Keys sorted by code point, no spaces, ASCII only, the shortest escapes. Numbers that are not integers are written
`d.dddE±n`, with the fewest digits that read back as the same number, and neither a plus sign nor zeros for padding.
"""

import math
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import Any

from .jsontypes import is_list, is_object

_FIRST_TIE = 15
"""Numbers with fewer digits are the only ones so short that read back as the same float."""


def canonical_json(value: Any) -> str:
    """A JSON value in canonical form.

    Raises:
        ValueError: it holds something that is not JSON: an infinite number, say, or a set.
    """
    pieces: list[str] = []
    _write(value, pieces)
    return "".join(pieces)


def _write(value: Any, pieces: list[str]) -> None:
    if isinstance(value, str):
        pieces.append(encode_basestring_ascii(value))
    elif value is None or isinstance(value, bool):
        pieces.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, int):
        pieces.append(int.__repr__(value))
    elif isinstance(value, float):
        pieces.append(_number(value))
    elif is_object(value):
        opening = "{"
        for key in sorted(value):
            pieces.append(f"{opening}{encode_basestring_ascii(key)}:")
            _write(value[key], pieces)
            opening = ","
        pieces.append("}" if value else "{}")
    elif is_list(value):
        opening = "["
        for item in value:
            pieces.append(opening)
            _write(item, pieces)
            opening = ","
        pieces.append("]" if value else "[]")
    else:
        raise ValueError(f"{type(value).__name__} is not JSON")


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not JSON")
    # repr gives the fewest digits; only where the point stands differs.
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    power = int(exponent or 0) + len(digits) - len(fraction) - 1 if digits else 0
    digits = digits.rstrip("0") or "0"
    if len(digits) >= _FIRST_TIE and _all_digits(value) == f"{digits}5":
        # Exactly between two that are equally short, repr takes the even one, and the program that signs the greater.
        digits = str(int(digits) + 1)
    point = f".{digits[1:]}" if len(digits) > 1 else ""
    sign = "-" if math.copysign(1, value) < 0 else ""
    return f"{sign}{digits[0]}{point}E{power}"


def _all_digits(value: float) -> str:
    """The digits of the very number that a float is."""
    return "".join(map(str, Decimal(value).as_tuple().digits)).rstrip("0")
