# ruff: noqa: D101, DTZ001  # the models are examples, and naive datetimes are among what is tested
"""Models with fields of every supported type, and values for them."""

import collections
import dataclasses
import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, Literal, NewType, TypeVar
from uuid import UUID

import attrs
from hypothesis import strategies as st
from typing_extensions import TypeAliasType

from kinto_sdk.objects.fields import kinto_field


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    NONE = 0
    LOW = 1
    HIGH = 2


class Shade(enum.StrEnum):
    DARK = "dark"
    LIGHT = "light"


class Odd(enum.Enum):
    PAIR = (1, 2)
    DAY = date(2026, 1, 2)
    YES = True
    ONE = 1.5


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


@attrs.frozen
class Point:
    x: int
    y: float = 0.0


@attrs.define
class Cat:
    name: str
    lives: int = 9


@attrs.define
class Dog:
    name: str
    tricks: list[str] = attrs.field(factory=list)


@attrs.define
class Circle:
    radius: float
    type: Literal["circle"] = "circle"


@attrs.define
class Square:
    side: float
    type: Literal["square"] = "square"


@dataclasses.dataclass
class Plain:
    name: str
    when: date | None = None
    display: str = dataclasses.field(default="", metadata=kinto_field("displayName"))
    parts: list[Point] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class FrozenPlain:
    name: str


@attrs.define
class Node:
    name: str
    parent: "Node | None" = None
    children: list["Node"] = attrs.field(factory=list)


@attrs.define
class Todo:
    title: str
    done: bool = False
    due: datetime | None = None
    tags: list[str] = attrs.field(factory=list)


UserId = NewType("UserId", str)
Whole = TypeAliasType("Whole", int | None)
T = TypeVar("T")


@attrs.define
class Page(Generic[T]):
    items: list[T]
    first: T | None = None


@attrs.define
class Box(Generic[T]):
    content: T


NIL = UUID(int=0)
HERE = Point(1)


@attrs.define
class Everything:
    text: str = ""
    number: int = 0
    real: float = 0.0
    flag: bool = False
    day: date = date(2026, 1, 1)
    hour: time = time(1)
    length: timedelta = timedelta(0)
    key: UUID = NIL
    price: Decimal = Decimal(0)
    color: Color = Color.RED
    level: Level = Level.NONE
    choice: Literal["a", 1] = "a"
    many: list[int] = attrs.field(factory=list)
    pair: tuple[int, str] = (1, "")
    triple: tuple[int, str, int] = (1, "", 2)
    names: dict[str, int] = attrs.field(factory=dict)
    counts: dict[int, int] = attrs.field(factory=dict)
    point: Point = HERE
    pet: Cat | Dog | None = None
    either: int | str = 0
    maybe: Cat | str = ""
    nothing: None = None


@attrs.define
class Owner:
    pet: Cat | Dog
    shape: Circle | Square | None = None


@attrs.define
class Tagged:
    """A model with a list of plain values."""

    tags: list[str]
    votes: list[float] = attrs.field(factory=list)


# ---- round trips ---------------------------------------------------------------------------------------------------

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
whole = st.integers(-(2**63), 2**63)
real = st.floats(allow_nan=False, allow_infinity=False)
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.none() | st.just(UTC) | offsets,
)
lengths = st.timedeltas(timedelta(days=-100_000), timedelta(days=100_000))
jsons = st.recursive(
    st.none() | st.booleans() | whole | real | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
points = st.builds(Point, whole, real)
cats = st.builds(Cat, text, whole)
dogs = st.builds(Dog, text, st.lists(text, max_size=2))
shapes = st.builds(Circle, real) | st.builds(Square, real)
nodes = st.recursive(
    st.builds(Node, text),
    lambda inner: st.builds(Node, text, st.none() | inner, st.lists(inner, max_size=2)),
    max_leaves=4,
)
VALUES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, text),
    (int, whole),
    (float, real),
    (bool, st.booleans()),
    (type(None), st.none()),
    (datetime, moments),
    (date, st.dates()),
    (time, st.times(timezones=st.none() | offsets)),
    (timedelta, lengths),
    (UUID, st.uuids()),
    (Decimal, st.decimals(allow_nan=False)),
    (Color, st.sampled_from(Color)),
    (Level, st.sampled_from(Level)),
    (Shade, st.sampled_from(Shade)),
    (Odd, st.sampled_from(Odd)),
    (Rights, st.sampled_from([Rights(0), Rights.READ, Rights.READ | Rights.WRITE])),
    (Literal["a", 1, True] | None, st.sampled_from(["a", 1, True, None])),
    (Literal[Color.RED, "x"], st.sampled_from([Color.RED, "x"])),
    (UserId, text),
    (Annotated[int, "a note"], whole),
    (Whole, whole | st.none()),
    (Final[int], whole),
    (Whole | str, whole | text | st.none()),
    (Any, jsons | moments | st.sets(whole, max_size=3)),
    (object, jsons),
    (str | None, st.none() | text),
    (datetime | None, st.none() | moments),
    (int | str, whole | text),
    (int | float | bool | None, whole | real | st.booleans() | st.none()),
    (datetime | str, moments | st.sampled_from(["2026-01-02", "tomorrow", "2026"])),
    (date | datetime | None, st.dates() | moments | st.none()),
    (list[str], st.lists(text, max_size=3)),
    (list, st.lists(jsons, max_size=3)),
    (dict, st.dictionaries(text, jsons, max_size=3)),
    (Sequence[int], st.lists(whole, max_size=3)),
    (collections.deque[int], st.lists(whole, max_size=3).map(collections.deque)),
    (tuple[int, str], st.tuples(whole, text)),
    (tuple[date, ...], st.lists(st.dates(), max_size=3).map(tuple)),
    (set[str], st.sets(text, max_size=4)),
    (set[Color], st.sets(st.sampled_from(Color))),
    (frozenset[datetime], st.frozensets(moments, max_size=3)),
    (set[int | str], st.sets(whole | text, max_size=4)),
    (set[Point], st.sets(points, max_size=3)),
    (dict[str, int], st.dictionaries(text, whole, max_size=3)),
    (Mapping[str, Point], st.dictionaries(text, points, max_size=3)),
    (dict[int, date], st.dictionaries(whole, st.dates(), max_size=3)),
    (dict[UUID, list[Cat]], st.dictionaries(st.uuids(), st.lists(cats, max_size=2), max_size=2)),
    (dict[Color, Any], st.dictionaries(st.sampled_from(Color), jsons, max_size=2)),
    (Point, points),
    (list[Point | None], st.lists(st.none() | points, max_size=3)),
    (Cat | Dog, cats | dogs),
    (list[Cat | Dog | None], st.lists(cats | dogs | st.none(), max_size=3)),
    (list[Cat | Dog] | str, st.lists(cats | dogs, max_size=3) | text),
    (Circle | Square, shapes),
    (Cat | str | list[int], cats | text | st.lists(whole, max_size=2)),
    (list[int] | list[str], st.lists(whole, max_size=2) | st.lists(text, max_size=2)),
    (Node, nodes),
    (Plain, st.builds(Plain, text, st.none() | st.dates(), text, st.lists(points, max_size=2))),
    (Box[Color], st.builds(Box, st.sampled_from(Color))),
    (Page[date], st.builds(Page, st.lists(st.dates(), max_size=2), st.none() | st.dates())),
]


@st.composite
def instances(draw: st.DrawFn) -> Any:
    """An instance of a model made up of three fields of any type."""
    chosen = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3))
    fields = {f"f{index}": attrs.field(type=kind) for index, (kind, _) in enumerate(chosen)}
    model = attrs.make_class("Made", fields, kw_only=True)
    return model(**{f"f{index}": draw(values) for index, (_, values) in enumerate(chosen)})
