"""Headers that can be sent."""

import re
from typing import Any

from .errors import UsageError

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


def check_headers(headers: Any) -> dict[str, str]:
    """The headers, as a dict of their own.

    Raises:
        UsageError: they are no mapping, or a name or a value can't be in a header. The value is not shown.
    """
    try:
        checked: dict[Any, Any] = dict(headers or {})
    except (TypeError, ValueError):
        raise UsageError("headers= is a mapping from names to values") from None
    for name, value in checked.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise UsageError(f"headers: {name!r} can't be the name of a header")
        if not isinstance(value, str) or not VALUE.fullmatch(value):
            raise UsageError(f"headers: the value of {name!r} is not a string that can be in a header")
    return checked
