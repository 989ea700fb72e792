"""Text that may go to a terminal. What the server sends may be anybody's: no control character of it gets through."""

import json
from typing import Any

from ...protocol.jsontypes import dumps


def visible(text: str) -> str:
    """The text on one line, what can't be printed shown as JSON would escape it.

    That takes in line ends, escape sequences and marks that turn the direction of writing. Inside a JSON string the
    escapes mean the very characters, so that JSON stays what it was.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def line(value: Any) -> str:
    """A value as JSON on one line."""
    return visible(dumps(value).decode())


def pretty(value: Any) -> str:
    """A value as JSON on several lines."""
    return "\n".join(map(visible, json.dumps(value, ensure_ascii=False, indent=2).split("\n")))


def counted(count: int, noun: str) -> str:
    """How many there are of something: `1 record`, `1,200 records`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def cell(value: Any) -> str:
    """A value in a table: text as it is, anything else as JSON."""
    return visible(value) if isinstance(value, str) else line(value)
