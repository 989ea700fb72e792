# ruff: noqa: D101, DTZ001  # the classes are examples, and naive datetimes are among what is tested
"""What is JSON already, what becomes it, and what does not."""

import collections
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk.protocol.errors import ModelError, UsageError
from kinto_sdk.protocol.jsonable import jsonable
from kinto_sdk.protocol.jsontypes import same

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
documents = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=20)


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Shade(StrEnum):
    DARK = "dark"


class Pair(NamedTuple):
    a: int
    b: date


class Word(str):
    __slots__ = ()


def containers(value: Any) -> list[int]:
    """The identities of all objects and lists in a document."""
    if isinstance(value, dict):
        return [id(value), *(found for item in value.values() for found in containers(item))]
    return [id(value), *(found for item in value for found in containers(item))] if isinstance(value, list) else []


@given(documents)
def test_plain_json_is_copied(document: Any) -> None:
    """What is written can't be changed by an edit made while it is sent: it shares no object or list."""
    converted = jsonable(document)
    assert same(converted, document)
    assert not set(containers(converted)) & set(containers(document))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "2026-01-02T03:04:05.000006+00:00"),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T22:00:00.000000+00:00"),
        (datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00.000000"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4, 5), "03:04:05.000000"),
        (time(3, tzinfo=UTC), "03:00:00.000000+00:00"),
        (timedelta(minutes=1, milliseconds=500), 60.5),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1.50"), "1.50"),
        (Color.RED, "red"),
        (Level.LOW, 1),
        (Shade.DARK, "dark"),
        (Word("x"), "x"),
        ((1, (2, 3)), [1, [2, 3]]),
        (Pair(1, date(2026, 1, 2)), [1, "2026-01-02"]),
        (MappingProxyType({"a": (1,)}), {"a": [1]}),
        (collections.OrderedDict(a=1), {"a": 1}),
    ],
)
def test_python_values_are_written_as_json(value: Any, written: Any) -> None:
    """Dates, UUIDs and the like get the form that models give them, of exactly the JSON types."""
    converted = jsonable({"f": value, "g": [value, 1]})
    assert converted == {"f": written, "g": [written, 1]}
    assert type(converted["f"]) is type(written)
    assert json.loads(json.dumps(converted)) == converted


def test_the_document_itself_is_not_changed() -> None:
    """What is converted is a copy of it."""
    document: dict[str, Any] = {"a": [date(2026, 1, 2)], "b": [1], "c": {"d": UUID(int=0)}}
    converted = jsonable(document)
    assert document == {"a": [date(2026, 1, 2)], "b": [1], "c": {"d": UUID(int=0)}}
    assert converted == {"a": ["2026-01-02"], "b": [1], "c": {"d": "00000000-0000-0000-0000-000000000000"}}


@attrs.define
class Model:
    x: int = 0


class NotATime(datetime):
    """As the NaT of pandas: a datetime that equals nothing and is written as no date."""

    def __ne__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "NaT"


class Number:
    """As the numbers of numpy."""

    def tolist(self) -> int:
        """What Python has for it."""
        return 5


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "nan has no JSON form"),
        (float("inf"), "inf has no JSON form"),
        (Decimal, "type has no JSON form"),
        pytest.param(10**5000, "an integer has more than 64 bits", id="very long"),
        (2**64, "18446744073709551616 has more than 64 bits"),
        (-(2**63) - 1, "-9223372036854775809 has more than 64 bits"),
        ("a\0b", "a string with NUL in it"),
        ("\ud800", "a string with half a surrogate pair in it"),
        (Word("\0"), "a string with NUL in it"),
        ({1}, "a set has no JSON form; use sorted"),
        (frozenset(), "a set has no JSON form"),
        (b"x", "bytes have no JSON form; encode them"),
        (bytearray(b"x"), "bytes have no JSON form"),
        (Model(), "an instance of Model is no plain JSON; write a dict; data may hold one where"),
        (object(), "object has no JSON form; write a string, number, boolean, None, date, list or dict"),
        (Number(), "Number has no JSON form; write value.tolist()"),
        (NotATime(2026, 1, 2), "NaT has no JSON form; use None or leave the field out"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), "is outside the years 1 to 9999 in UTC"),
        ({1: "x"}, "the key 1 is not a string"),
    ],
)
def test_what_the_server_would_not_keep_is_refused(value: Any, reason: str) -> None:
    """The error names the path of the value, before any request."""
    with pytest.raises(UsageError) as caught:
        jsonable({"a": [1, {"b-c": value}]})
    assert str(caught.value).startswith("data.a[1]['b-c']: ")
    assert reason in str(caught.value)


def test_keys_are_checked_like_values() -> None:
    """A key is a string in the document, too."""
    assert jsonable({"é": 1}) == {"é": 1}
    made = jsonable({"a": 1, Shade.DARK: {Word("b"): 2}})
    assert made == {"a": 1, "dark": {"b": 2}}
    assert [type(key) for key in (*made, *made["dark"])] == [str] * 3
    with pytest.raises(UsageError, match="data: the key 1 is not a string"):
        jsonable({Shade.DARK: 1, 1: 2})
    with pytest.raises(UsageError, match=r"data\['a\\x00'\]: a string with NUL in it"):
        jsonable({"a\0": 1})


def test_a_document_that_contains_itself_is_refused() -> None:
    """So is one that is nested too deeply to be sent."""
    document: list[Any] = []
    document.append(document)
    with pytest.raises(UsageError, match=r"^data: nested too deeply, or contains itself$"):
        jsonable(document)


def test_the_name_and_the_error_can_be_chosen() -> None:
    """A model's values are named after the model."""
    with pytest.raises(ModelError, match=r"^Todo\.n: nan"):
        jsonable({"n": float("nan")}, "Todo", ModelError)
