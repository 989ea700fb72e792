"""What is given on the command line as data: `field=value`, `--data`, moments."""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ...protocol.errors import UsageError
from ...protocol.jsontypes import JSONObject, is_list, is_object


def read_fields(words: Iterable[str]) -> JSONObject:
    """`title=Milk votes=3 tags='["a"]'` as an object: a value is JSON if it can be read so, and text otherwise.

    Raises:
        UsageError: a word has no `=`, or a field comes twice.
    """
    fields: JSONObject = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"{word!r} is not of the form FIELD=VALUE")
        if name in fields:
            raise UsageError(f"{name!r} is given twice")
        try:
            fields[name] = loads(value)
        except ValueError:
            fields[name] = value
    return fields


def read_json(text: str, option: str) -> Any:
    """JSON itself, `@FILE` that holds it, or `-` for standard input.

    Raises:
        UsageError: it is not JSON, or the file can't be read.
    """
    where = ""
    try:
        if text == "-":
            where, text = " (standard input)", sys.stdin.read()
        elif text.startswith("@"):
            where, text = f" ({text[1:]})", Path(text[1:]).read_text(encoding="utf-8")
        return loads(text)
    except (ValueError, OSError) as error:
        raise UsageError(f"{option}{where}: {error}") from None


def read_document(words: Iterable[str], data: str | None) -> JSONObject:
    """An object, from `--data` with the fields on top.

    Raises:
        UsageError: one of them can't be read, or the data is no object.
    """
    document: Any = {} if data is None else read_json(data, "--data")
    if not is_object(document):
        raise UsageError('--data: an object is needed, as in --data \'{"title": "Milk"}\'')
    return {**document, **read_fields(words)}


def read_permissions(text: str | None) -> dict[str, list[str]] | None:
    """`--permissions`: the principals by permission.

    Raises:
        UsageError: it is something else.
    """
    if text is None:
        return None
    lists = read_json(text, "--permissions")
    if not is_object(lists) or not all(is_list(names) for names in lists.values()):
        raise UsageError('--permissions: write \'{"read": ["account:bob"]}\', or @FILE that holds it')
    return lists


def read_moment(text: str, option: str) -> int | str | datetime:
    """A version: milliseconds, an ETag, or a date as ISO 8601 writes it, in local time unless it says otherwise.

    Raises:
        UsageError: it is none of these.
    """
    digits = text.strip('"')
    if digits.isascii() and digits.isdigit():
        return int(digits)
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{option}: {text!r} is neither milliseconds nor a date such as 2030-01-31T12:00") from None


def loads(text: str) -> Any:
    """JSON as servers take it, without Infinity and its like."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
