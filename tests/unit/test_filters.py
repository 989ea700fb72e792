"""`F` and `fields()`: expressions that become conditions, and what is refused before anything is sent."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any
from uuid import UUID

import attrs
import pytest

from kinto_sdk.objects.fields import kinto_field
from kinto_sdk.objects.typed_fields import fields
from kinto_sdk.protocol.criteria import Condition
from kinto_sdk.protocol.errors import UsageError
from kinto_sdk.protocol.filters import F, Field
from kinto_sdk.protocol.timestamps import to_ms

NOON = datetime(2026, 1, 2, 12, 0, 0, 6, tzinfo=UTC)
LOWEST = "-1.7976931348623157e308"


class Colour(Enum):
    """An enum of strings."""

    RED = "red"


class Level(IntEnum):
    """An enum of numbers."""

    HIGH = 3


class Name(StrEnum):
    """An enum that is text."""

    ANN = "ann"


VALUES: list[tuple[Any, str]] = [
    (2, "2"),
    (2.5, "2.5"),
    (-(2**63), "-9223372036854775808"),
    (2**64 - 1, "18446744073709551615"),
    (True, "true"),
    (None, "null"),
    ("2", '"2"'),
    ("", '""'),
    ("true", '"true"'),
    ("a,b", '"a,b"'),
    ("été", '"été"'),
    ('say "x"', r'"say \"x\""'),
    (NOON, '"2026-01-02T12:00:00.000006+00:00"'),
    (NOON.astimezone(timezone(timedelta(hours=5))), '"2026-01-02T12:00:00.000006+00:00"'),
    (date(2026, 1, 2), '"2026-01-02"'),
    (time(3, 4, 5), '"03:04:05.000000"'),
    (timedelta(seconds=90), "90.0"),
    (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    (Decimal("1.10"), '"1.10"'),
    (Colour.RED, '"red"'),
    (Level.HIGH, "3"),
    (Name.ANN, '"ann"'),
    ([1, "a", (Colour.RED,)], '[1,"a",["red"]]'),
    ({"k": NOON}, '{"k":"2026-01-02T12:00:00.000006+00:00"}'),
]


@pytest.mark.parametrize(("value", "text"), VALUES, ids=[repr(value) for value, _ in VALUES])
def test_every_value_is_json(value: Any, text: str) -> None:
    """A value is sent as the JSON that a model would have written, so that it equals what is stored."""
    assert (F.x == value).params == (("x", text),)


@pytest.mark.parametrize(
    ("condition", "params"),
    [
        (F.n < 3, [("lt_n", "3"), ("min_n", LOWEST)]),
        (F.n <= 3, [("max_n", "3"), ("min_n", LOWEST)]),
        (F.n > 3, [("gt_n", "3"), ("lt_n", "false")]),
        (F.n >= 3, [("min_n", "3"), ("lt_n", "false")]),
        (F.s < "b", [("lt_s", '"b"'), ("gt_s", "null")]),
        (F.s >= "b", [("min_s", '"b"'), ("lt_s", LOWEST)]),
        (F.d > NOON, [("gt_d", '"2026-01-02T12:00:00.000006+00:00"'), ("lt_d", LOWEST)]),
        (3 <= F.n, [("min_n", "3"), ("lt_n", "false")]),  # noqa: SIM300  # reflected
        (3 == F.n, [("n", "3")]),  # noqa: SIM300  # reflected
        (F.n != 3, [("not_n", "3")]),
        (F.n != None, [("has_n", "true"), ("not_n", "null")]),  # noqa: E711
        (F.n.is_in([1, "a"]), [("in_n", '1,"a"')]),
        (F.n.is_in(value for value in ["a,b", "c"]), [("in_n", r'"a\u002cb","c"')]),
        (F.n.is_in([]), [("in_n", "")]),
        (F.n.not_in({2}), [("exclude_n", "2")]),
        (F.n.not_in([]), []),
        (F.s.like("a*"), [("gt_s", "null"), ("lt_s", LOWEST), ("like_s", '"a*"')]),
        (F.s.like("5%"), [("gt_s", "null"), ("lt_s", LOWEST), ("like_s", r'"5\\%"')]),
        (F.n.has(), [("has_n", "true")]),
        (F.n.has(False), [("has_n", "false")]),
        (F.t.contains("a"), [("contains_t", '["a"]'), ("gt_t", "true")]),
        (F.t.contains_any("a", 1), [("contains_any_t", '["a",1]'), ("gt_t", "true")]),
        (F.t == datetime(2026, 1, 2, 3), [("t", '"2026-01-02T03:00:00.000000"')]),  # noqa: DTZ001
        (
            F.t >= datetime(2026, 1, 2),  # noqa: DTZ001
            [("min_t", '"2026-01-02T00:00:00.000000"'), ("lt_t", LOWEST)],
        ),
        (F.a.b.c == 1, [("a.b.c", "1")]),
        (F["a"]["b"] > 1, [("gt_a.b", "1"), ("lt_a.b", "false")]),
        (F["my-field"] == 1, [("my-field", "1")]),
        (F["my field=&"] == 1, [("my field=&", "1")]),
        (F["min_my-field"] == 1, [("min_my-field", "1")]),
        (F.min_age == 3, [("eq_min_age", "3")]),
        (F.min_age >= 3, [("min_min_age", "3"), ("lt_min_age", "false")]),
        (F._hidden == 3, [("eq__hidden", "3")]),
        (F.id == "7", [("id", '"7"')]),
        (F.id == UUID(int=1), [("id", '"00000000-0000-0000-0000-000000000001"')]),
        (F.id > "7", [("gt_id", '"7"')]),
        (F.id.is_in(["7", "8"]), [("in_id", '"7","8"')]),
        (F.id.like("a*"), [("like_id", '"a*"')]),
        (F.last_modified > 5, [("gt_last_modified", "5")]),
        (F.last_modified == '"5"', [("last_modified", "5")]),
        (F.last_modified != "5", [("not_last_modified", "5")]),
        (F.last_modified > datetime.fromtimestamp(1.0005, UTC), [("gt_last_modified", "1000")]),
        (F.last_modified <= datetime.fromtimestamp(1.0005, UTC), [("max_last_modified", "1000")]),
        (F.last_modified < datetime.fromtimestamp(1.0005, UTC), [("lt_last_modified", "1001")]),
        (F.last_modified >= datetime.fromtimestamp(1.0005, UTC), [("min_last_modified", "1001")]),
        (F.x.raw > None, [("gt_x", "null")]),
        (F.x.raw != None, [("not_x", "null")]),  # noqa: E711
        (F.x.raw.y < True, [("lt_x.y", "true")]),
        (F.x.raw.like("5%"), [("like_x", '"5%"')]),
        (F.x.raw.contains([[1]]), [("contains_x", "[[1]]")]),
        (F.x.raw.contains(1, 2), [("contains_x", "[1,2]")]),
    ],
    ids=repr,
)
def test_what_a_condition_sends(condition: Condition, params: list[tuple[str, str]]) -> None:
    """Each operator has its parameter, with the bounds that keep it inside the type of its value."""
    assert sorted(condition.params) == sorted(params)


def test_presence_goes_first_and_patterns_go_last() -> None:
    """The memory backend reads filters in order: has_ forgets those before it, and like_ must only meet text."""
    names = [name for name, _ in (F.n != None).params]  # noqa: E711
    assert names == ["has_n", "not_n"]
    assert [name for name, _ in F.s.like("a").params] == ["gt_s", "lt_s", "like_s"]


class Other:
    """A type without a JSON form."""

    def __repr__(self) -> str:
        return "<Other>"


class NotATime(datetime):
    """As the NaT of pandas: a datetime that equals nothing."""

    def __ne__(self, other: object) -> bool:
        return True


CYCLE: list[Any] = []
CYCLE.append(CYCLE)
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    ("naive last_modified", lambda: F.last_modified > datetime(2026, 1, 2), "F.last_modified > datetime.datetime("),  # noqa: DTZ001
    ("a time zone", lambda: F.last_modified > datetime(2026, 1, 2), "datetime.now(UTC)"),  # noqa: DTZ001
    ("a list in itself", lambda: F.x == CYCLE, "F.x == [[...]]: nested too deeply, or contains itself"),
    ("a deep list", lambda: F.x != DEEP, "F.x != <list>: nested too deeply, or contains itself"),
    ("a deep element", lambda: F.x.contains(DEEP, 1), "F.x.contains(<list>, 1): nested too deeply"),
    ("a very long number", lambda: F.x == 10**5000, "F.x == <int>: an integer has more than 64 bits"),
    ("a very long version", lambda: F.last_modified > 10**5000, "<int> is not a moment after 1970"),
    ("no time", lambda: F.x == NotATime(2026, 1, 2, tzinfo=UTC), "has no JSON form"),
    ("datetime out of range", lambda: F.x == datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), "1 to 9999"),
    ("NaN", lambda: F.x.is_in([float("nan")]), "no JSON form"),
    ("infinity", lambda: F.x < float("inf"), "no JSON form"),
    ("integer beyond 64 bits", lambda: F.x == 2**64, "64 bits"),
    ("set", lambda: F.x == {1}, "a set has no JSON form"),
    ("bytes", lambda: F.x == b"a", "bytes have no JSON form"),
    ("object", lambda: F.x == [Other()], "F.x == [<Other>][0]: Other has no JSON form"),
    ("key", lambda: F.x == {1: 2}, "not a string"),
    ("NUL", lambda: F.x == "a\0", "NUL"),
    ("NUL in a key", lambda: F.x == {"a\0": 1}, "NUL"),
    ("surrogate", lambda: F.x == "\ud800", "surrogate"),
    ("order of None", lambda: F.x < None, "only numbers, text and dates are ordered"),
    ("order of booleans", lambda: F.x >= True, "only numbers, text and dates are ordered"),
    ("order of lists", lambda: F.x > [1], "only numbers, text and dates are ordered"),
    ("order of dicts", lambda: F.x > {"a": 1}, "only numbers, text and dates are ordered"),
    ("order of Decimals", lambda: F.x > Decimal(1), "Decimals are stored as text"),
    ("another field", lambda: F.x == F.y, "not with another field"),
    ("a condition", lambda: F.x == (F.y > 1), "not with another field"),
    ("text for is_in", lambda: F.x.is_in("abc"), "give a list of values"),
    ("number for is_in", lambda: F.x.is_in(3), "give a list of values"),  # type: ignore[arg-type]  # wrong on purpose
    ("dict for not_in", lambda: F.x.not_in({"a": 1}), "give a list of values"),
    ("comma in a list", lambda: F.x.is_in([[1, 2]]), "splits the list at commas"),
    ("number for like", lambda: F.x.like(2), "like(str(...))"),  # type: ignore[arg-type]  # wrong on purpose
    ("value for has", lambda: F.x.has("yes"), "has() or has(False)"),  # type: ignore[arg-type]  # wrong on purpose
    ("nothing to contain", F.x.contains, "give the elements"),
    ("list to contain", lambda: F.x.contains(["a"]), "contains(*values)"),
    ("list to contain any", lambda: F.x.contains_any(("a", "b")), "contains_any(*values)"),
    ("operator before -", lambda: F["my-field"] > 1, "compared with == alone"),
    ("presence of -", F["my-field"].has, "compared with == alone"),
    ("_ and -", lambda: F["_my-field"] == 1, "something else"),
    ("in_ and -", lambda: F["in_my-field"] == 1, "something else"),
    ("dots", lambda: F["a.b"], "F['a']['b']"),
    ("empty name", lambda: F[""], "is empty"),
    ("blanks", lambda: F.a[" b"], "blanks"),
    ("NUL in a name", lambda: F["a\0"], "NUL"),
    ("position", lambda: F.a[0], "by position"),  # type: ignore[index]  # wrong on purpose
    ("position at the root", lambda: F[0], "by position"),
    ("number as id", lambda: F.id == 7, "write '7'"),
    ("number among ids", lambda: F.id.is_in(["a", 7]), "write '7'"),
    ("id as array", lambda: F.id.contains("a"), "not an array"),
    ("versions in a list", lambda: F.last_modified.is_in([1]), "only compares last_modified"),
    ("versions not in a list", lambda: F.last_modified.not_in([1]), "only compares last_modified"),
    ("version like", lambda: F.last_modified.like("1*"), "only compares last_modified"),
    ("presence of a version", F.last_modified.has, "only compares last_modified"),
    ("version as array", lambda: F.last_modified.contains_any(1), "only compares last_modified"),
    ("negative version", lambda: F.last_modified > -1, "after 1970"),
    ("microseconds", lambda: F.last_modified > 1_795_460_361_148_000, "in milliseconds"),
    ("seconds as float", lambda: F.last_modified > 1.5, "int milliseconds"),
    ("boolean version", lambda: F.last_modified == True, "int milliseconds"),  # noqa: E712
    ("weak etag", lambda: F.last_modified == 'W/"5"', "int milliseconds"),
    ("endless version", lambda: F.last_modified > "9" * 5000, "int milliseconds"),
    ("or", lambda: (F.a == 1) | (F.b == 2), "is_in([...])"),
    ("or from the right", lambda: None | (F.b == 2), "is_in([...])"),
    ("and", lambda: (F.a == 1) & (F.b == 2), "where(a, b)"),
    ("and from the right", lambda: True & (F.b == 2), "where(a, b)"),
    ("not", lambda: ~(F.a == 1), "!="),
    ("truth of a condition", lambda: bool(F.a == 1), "neither true nor false"),
    ("or in words", lambda: (F.a == 1) or (F.b == 2), "for `or`: is_in on one field, or two queries"),
    ("chained comparison", lambda: 1 < F.a < 5, "two conditions"),
    ("in a list", lambda: F.a in [1, 2], "is_in"),
    ("in a field", lambda: "a" in F.tags, "F.tags.contains('a')"),  # type: ignore[operator]  # wrong on purpose
    ("truth of a field", lambda: bool(F.done), "F.done == True"),
    ("unknown operator", lambda: F.a.b.near("x"), "F.a.b has no operator 'near'; there are =="),  # type: ignore[operator]  # wrong on purpose
    ("operator of others", lambda: F.a.b.startswith("x"), "no operator 'startswith'; write F.a.b.like(\"x*\")"),  # type: ignore[operator]  # wrong on purpose
    ("a range", lambda: F.n.between(1, 5), "two conditions: F.n >= 1, F.n <= 5"),  # type: ignore[operator]  # wrong on purpose
    ("null", lambda: F.n.is_null(True), "write F.n == None, or F.n.has(False) where it is missing"),  # type: ignore[operator]  # wrong on purpose
    ("order", lambda: [F.n.desc()], "write order_by(-F.n)"),  # type: ignore[operator]  # wrong on purpose
    ("call of a field", lambda: F.isin([1]), "has no operator 'isin'"),  # type: ignore[operator]  # wrong on purpose
]


@pytest.mark.parametrize(("make", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_the_server_would_misread_is_refused(make: Callable[[], Any], words: str) -> None:
    """What can't be expressed raises when it is written, in one line that says why and what to write instead."""
    with pytest.raises(UsageError) as caught:
        make()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_field_can_be_shown_copied_and_pickled() -> None:
    """A field is a plain value: its repr is the expression, and copies say the same."""
    field = F.a["my-field"].raw
    assert repr(field) == "F.a['my-field'].raw"
    assert repr(F) == "F"
    assert str(field) == "a.my-field"
    assert -F.a.b == "-a.b"
    for twin in (copy.copy(field), copy.deepcopy(field), pickle.loads(pickle.dumps(field))):  # noqa: S301
        assert repr(twin) == repr(field)
    assert F[F.a.b].c.params if isinstance(F[F.a.b].c, Condition) else str(F[F.a.b].c) == "a.b.c"


def test_a_field_has_no_hash_and_no_items() -> None:
    """== makes a condition, so a field can't be a key; and it can't be iterated over."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(F.a)
    with pytest.raises(TypeError, match="not iterable"):
        iter(F.a)  # type: ignore[call-overload]  # wrong on purpose
    with pytest.raises(TypeError, match="not iterable"):
        iter(F)  # type: ignore[call-overload]  # wrong on purpose
    for name in ("__html__", "__array__"):
        assert not hasattr(F, name)
        assert not hasattr(F.a, name)


def test_a_condition_is_a_value() -> None:
    """Conditions that say the same are equal and hash the same, and show the expression they were written as."""
    assert repr(F.a.b >= 3) == "F.a.b >= 3"
    assert repr(F.s.like("a*")) == "F.s.like('a*')"
    assert hash(F.a == 1) == hash(F.a == 1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        (F.a == 1).field = "b"  # type: ignore[misc]  # wrong on purpose


def test_moments() -> None:
    """Milliseconds round down unless asked otherwise, before 1970 too, and exactly for every moment."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 6999, tzinfo=UTC)
    assert to_ms(moment) == 1767323045006
    assert to_ms(moment, round_up=True) == 1767323045007
    assert to_ms(moment.replace(microsecond=6000), round_up=True) == 1767323045006
    assert to_ms(datetime(1969, 12, 31, 23, 59, 59, 999500, tzinfo=UTC)) == -1


@attrs.define
class Address:
    """A class within a model."""

    city: str
    postal_code: str = attrs.field(default="", metadata=kinto_field("postalCode"))


@attrs.define
class Person:
    """A model."""

    name: str
    home: Address
    work: Address | None = None
    either: Address | Colour | None = None
    others: list[Address] = attrs.field(factory=list[Address])
    display_name: str = attrs.field(default="", metadata=kinto_field("displayName"))


def test_fields_of_a_model_have_the_names_of_the_documents() -> None:
    """fields() turns attributes into the names on the server, within classes and optional ones too."""
    person: Any = fields(Person)
    names = {
        "name": person.name,
        "displayName": person.display_name,
        "home.postalCode": person.home.postal_code,
        "work.postalCode": person.work.postal_code,
        "either.city": person.either.city,
        "others.anything": person.others.anything,
        "id": person.id,
        "last_modified": person.last_modified,
        "home.city": person.home.raw.city,
    }
    assert {name: str(field) for name, field in names.items()} == {name: name for name in names}
    assert isinstance(F[person.name], Field)
    assert (person.name == "Ann").params == (("name", '"Ann"'),)


def test_fields_of_a_model_know_no_others() -> None:
    """A misspelt attribute is refused with the list of those there are."""
    person: Any = fields(Person)
    with pytest.raises(UsageError, match="Person has no field 'nam', it has name, home"):
        _ = person.nam
    with pytest.raises(UsageError, match="Address has no field 'id', it has city, postal_code"):
        _ = person.home.id
    with pytest.raises(UsageError, match="can't be a model"):
        fields(dict)
