# ruff: noqa: D101, DTZ001  # the models are examples, and naive datetimes are among what is tested
import dataclasses
import enum
import json
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NotRequired, Required, TypedDict
from uuid import UUID, uuid4

import attrs
import cattrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinto_sdk import json_schema
from kinto_sdk.objects.fields import kinto_field
from kinto_sdk.objects.models import codec_for, converter
from kinto_sdk.protocol.errors import ModelError, UsageError
from kinto_sdk.protocol.jsontypes import dumps, same
from tests.unit.model_cases import (
    VALUES,
    Cat,
    Circle,
    Color,
    Dog,
    FrozenPlain,
    Level,
    Node,
    Page,
    Plain,
    Point,
    Square,
    Todo,
    instances,
    offsets,
)


def check_round_trip(instance: Any) -> None:
    """Written, read and written again, it is the same JSON."""
    codec = codec_for(type(instance))
    written = codec.unstructure(instance)
    assert same(json.loads(dumps(written)), written)
    again = codec.structure(json.loads(dumps(written)))
    assert same(codec.unstructure(again), written)
    assert codec.update(again, written) is again
    assert codec._declares or codec.writes(again, written)
    assert not codec.writes(again, {**written, "another": 1})


@given(instances())
def test_a_document_read_and_written_unedited_does_not_change(instance: Any) -> None:
    """Whatever the types of its fields, a record that was loaded and not edited has nothing to send."""
    check_round_trip(instance)


@pytest.mark.parametrize(("kind", "values"), VALUES, ids=[str(kind) for kind, _ in VALUES])
def test_every_type_alone_round_trips(kind: Any, values: st.SearchStrategy[Any]) -> None:
    """Each supported type keeps its JSON through a read and a write."""
    model = attrs.make_class("Made", {"f": attrs.field(type=kind)})

    @settings(max_examples=20)
    @given(values)
    def check(value: Any) -> None:
        check_round_trip(model(value))

    check()


@given(st.lists(st.datetimes(timezones=st.just(UTC) | offsets, min_value=datetime(2, 1, 1)), min_size=2))
def test_datetimes_are_written_in_the_order_of_their_moments(moments: list[datetime]) -> None:
    """The server compares strings, so comparing what is written must be comparing the moments."""
    moments = [moment for moment in moments if moment.year < 9999]
    codec = codec_for(Todo)
    written = [codec.unstructure(Todo("x", due=moment))["due"] for moment in moments]
    assert sorted(written) == [codec.unstructure(Todo("x", due=moment))["due"] for moment in sorted(moments)]


# ---- reading -------------------------------------------------------------------------------------------------------


def test_what_cant_be_written_is_not_what_the_server_has() -> None:
    """Data edited into nonsense equals no document, and telling so raises nothing."""
    codec = codec_for(Todo)
    todo = codec.structure({"title": "x"})
    written = codec.unstructure(todo)
    assert codec.writes(todo, written)
    object.__setattr__(todo, "due", object())
    assert not codec.writes(todo, written)


def test_undeclared_fields_and_metadata_are_left_out() -> None:
    """A document may hold more than the model declares."""
    read = codec_for(Todo).structure({"title": "x", "id": "r1", "last_modified": 5, "schema": 3, "extra": [1]})
    assert read == Todo("x")


def test_missing_fields_take_their_defaults() -> None:
    """A field with a default may be missing; each instance has containers of its own."""
    codec = codec_for(Todo)
    first, second = codec.structure({"title": "x"}), codec.structure({"title": "x"})
    assert first == Todo("x", False, None, [])
    assert first.tags is not second.tags


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2)),
        ("2026-01-02 03:04", datetime(2026, 1, 2, 3, 4)),
        ("Fri, 02 Jan 2026 03:04:05 GMT", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026/1/2 3:04pm +02:00", datetime(2026, 1, 2, 13, 4, tzinfo=UTC)),
        ("Jan 2 2026", datetime(2026, 1, 2)),
    ],
)
def test_datetimes_are_read_in_the_ways_people_write_them(written: str, moment: datetime) -> None:
    """ISO 8601 first, and what python-dateutil understands after it."""
    read = codec_for(Todo).structure({"title": "x", "due": written}).due
    assert read == moment
    assert read is not None
    assert (read.tzinfo is None) == (moment.tzinfo is None)


@pytest.mark.parametrize("written", ["10:30", "Jan 2026", "friday", "1 Jan 2026 10:00 EST", "soon", "", 5, ["x"]])
def test_datetimes_are_never_guessed(written: Any) -> None:
    """Half a date is not completed from today's, and a zone that is only a name is refused."""
    with pytest.raises(ModelError, match="due: expected a date and time"):
        codec_for(Todo).structure({"title": "x", "due": written})


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


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("text", 5, "expected a string, got 5"),
        ("text", None, "expected a string, got None"),
        ("number", "5", "expected an integer, got '5'"),
        ("number", True, "expected an integer, got True"),
        ("number", 1.5, "expected an integer, got 1.5"),
        ("real", "1", "expected a number, got '1'"),
        ("flag", "false", "expected true or false, got 'false'"),
        ("flag", 1, "expected true or false, got 1"),
        ("day", "2026-01-02T03:04:05", "expected a date without a time, got '2026-01-02T03:04:05'"),
        ("day", "x", "expected a date and time, got 'x'"),
        ("hour", "noon", "expected a time of day, got 'noon'"),
        ("length", "1 day", "expected a number of seconds, got '1 day'"),
        ("key", "x", "expected a UUID, got 'x'"),
        ("key", 5, "expected a UUID, got 5"),
        ("price", "x", "expected a decimal number as a string, got 'x'"),
        ("price", None, "expected a decimal number as a string, got None"),
        ("color", "green", "expected one of 'red', 'blue', got 'green'"),
        ("color", ["red"], "expected one of 'red', 'blue', got ['red']"),
        ("level", True, "expected one of 0, 1, 2, got True"),
        ("choice", True, "expected one of 'a', 1, got True"),
        ("choice", {}, "expected one of 'a', 1, got {}"),
        ("many", "abc", "expected an array, got 'abc'"),
        ("names", [], "expected an object, got []"),
        ("point", "x", "expected an object for Point, got 'x'"),
        ("point", "xy", "expected an object for Point, got 'xy'"),
        ("point", ["x", "y"], "expected an object for Point, got ['x', 'y']"),
        ("point", 5, "expected an object for Point, got 5"),
        ("point", None, "expected an object for Point, got None"),
        ("pet", 5, "expected Cat or Dog, got 5"),
        ("pet", {"_type": "Cow", "x": 1}, "expected Cat or Dog, got {'_type': 'Cow', 'x': 1}"),
        ("either", None, "expected int or str, got None"),
        ("nothing", 0, "expected null, got 0"),
    ],
)
def test_values_are_not_coerced(field: str, value: Any, reason: str) -> None:
    """A value of another JSON type than the field's is an error that names the field, never a guess."""
    with pytest.raises(ModelError) as caught:
        codec_for(Everything).structure({field: value})
    assert caught.value.problems == (f"{field}: {reason}",)
    assert str(caught.value) == f"does not fit Everything: {field}: {reason}"


def test_what_json_cannot_tell_apart_is_accepted() -> None:
    """`3` is a float, `3.0` an int, a number a Decimal, and a midnight a date."""
    document = {"real": 3, "number": 3.0, "level": 1.0, "price": 1.5, "day": "2026-01-02T00:00:00Z"}
    read = codec_for(Everything).structure(document)
    assert (read.real, read.number, read.level, read.price, read.day) == (
        3.0,
        3,
        Level.LOW,
        Decimal("1.5"),
        date(2026, 1, 2),
    )
    assert type(read.number) is int
    assert type(read.real) is float
    assert codec_for(Everything).structure({"price": 2}).price == Decimal(2)


def test_every_misfit_is_reported_with_its_path() -> None:
    """One error lists all that is wrong, at every depth, in one line."""
    document = {
        "many": [1, "x", None],
        "names": {"a": "b"},
        "counts": {"one": 1},
        "pair": [1],
        "triple": [1, 2, "x"],
        "point": {"y": "z"},
        "pet": {"_type": "Cat"},
        "maybe": {"name": 5},
    }
    with pytest.raises(ModelError) as caught:
        codec_for(Everything).structure(document)
    assert set(caught.value.problems) == {
        "many[1]: expected an integer, got 'x'",
        "many[2]: expected an integer, got None",
        "names['a']: expected an integer, got 'b'",
        "counts['one']: expected an integer as the key, got 'one'",
        "pair: expected an array of 2, got [1]",
        "triple[1]: expected a string, got 2",
        "triple[2]: expected an integer, got 'x'",
        "point.x: is missing",
        "point.y: expected a number, got 'z'",
        "pet.name: is missing",
        "maybe.name: expected a string, got 5",
    }
    assert "\n" not in str(caught.value)


def test_long_values_are_cut_in_messages() -> None:
    """A message stays readable whatever the document holds."""
    with pytest.raises(ModelError) as caught:
        codec_for(Todo).structure({"title": ["x" * 10_000]})
    assert len(str(caught.value)) < 120


def test_the_validators_of_a_model_run_when_it_is_read() -> None:
    """A document that breaks an attrs validator does not fit; the message is the validator's."""

    @attrs.define
    class Rated:
        stars: int = attrs.field(validator=attrs.validators.in_([1, 2, 3]))

    with pytest.raises(ModelError, match=r"^does not fit Rated: 'stars' must be in \[1, 2, 3\] \(got 5\)$"):
        codec_for(Rated).structure({"stars": 5})


def test_an_unknown_enum_value_may_have_a_member() -> None:
    """`_missing_` decides about values that no member has."""

    class Loose(enum.Enum):
        KNOWN = "known"
        OTHER = "other"

        @classmethod
        def _missing_(cls, _: object) -> Any:
            return cls.OTHER

    model = attrs.make_class("Model", {"f": attrs.field(type=Loose)})
    assert codec_for(model).structure({"f": "new"}).f is Loose.OTHER


# ---- unions --------------------------------------------------------------------------------------------------------


@attrs.define
class Owner:
    pet: Cat | Dog
    shape: Circle | Square | None = None


def test_a_union_of_classes_is_tagged_with_the_class_name() -> None:
    """The class is written as `_type`, and decides when it is read."""
    codec = codec_for(Owner)
    written = codec.unstructure(Owner(Dog("Rex")))
    assert written["pet"] == {"_type": "Dog", "name": "Rex", "tricks": []}
    assert codec.structure({"pet": {"_type": "Dog", "name": "Rex"}}).pet == Dog("Rex")


def test_a_literal_field_is_a_tag_of_its_own() -> None:
    """Classes that tell themselves apart by a Literal field get no second tag."""
    codec = codec_for(Owner)
    written = codec.unstructure(Owner(Cat("Tom"), Square(2.0)))
    assert written["shape"] == {"side": 2.0, "type": "square"}
    assert codec.structure({"pet": {"name": "Tom"}, "shape": {"side": 2, "type": "square"}}).shape == Square(2.0)


def test_a_literal_that_is_the_same_in_both_classes_is_no_tag() -> None:
    """The class name is written when the Literal does not tell."""

    @attrs.define
    class Old:
        kind: Literal["x"] = "x"

    @attrs.define
    class New:
        kind: Literal["x"] = "x"

    model = attrs.make_class("Model", {"f": attrs.field(type=Old | New)})
    codec = codec_for(model)
    assert codec.unstructure(model(New())) == {"f": {"_type": "New", "kind": "x"}}
    assert codec.structure({"f": {"_type": "New", "kind": "x"}}).f == New()


def test_documents_without_a_tag_are_read_as_the_class_that_covers_them() -> None:
    """Documents from before the model have no tag; the class that would write them back the same is taken."""
    read = codec_for(Owner).structure
    assert read({"pet": {"name": "Rex", "tricks": ["sit"]}}).pet == Dog("Rex", ["sit"])
    assert read({"pet": {"name": "Tom", "lives": 7}}).pet == Cat("Tom", 7)
    assert read({"pet": {"name": "Tom"}}).pet == Cat("Tom"), "neither covers it: the first that fits"


def test_a_subclass_is_written_as_the_class_of_the_union() -> None:
    """The tag is one that the reader knows."""

    @attrs.define
    class Kitten(Cat):
        weeks: int = 4

    written = codec_for(Owner).unstructure(Owner(Kitten("Tiny")))
    assert written["pet"] == {"_type": "Cat", "name": "Tiny", "lives": 9}


def test_two_classes_of_one_name_are_refused() -> None:
    """Tags that can't be told apart are an error when the model is first used, not a wrong class later."""
    other = attrs.make_class("Cat", {"name": attrs.field(type=str)})
    model = attrs.make_class("Model", {"f": attrs.field(type=Cat | other)})
    with pytest.raises(UsageError, match=r"Cat \| Cat: two classes of one name"):
        codec_for(model)


def test_a_string_that_looks_like_a_date_stays_as_it_is() -> None:
    """In `datetime | str`, only what would be written back the same becomes a datetime."""
    model = attrs.make_class("Model", {"f": attrs.field(type=datetime | str)})
    read = codec_for(model).structure
    assert read({"f": "2026-01-02"}).f == "2026-01-02"
    assert read({"f": "2026-01-02T00:00:00.000000+00:00"}).f == datetime(2026, 1, 2, tzinfo=UTC)


# ---- names ---------------------------------------------------------------------------------------------------------


@attrs.define
class Person:
    first_name: str = attrs.field(alias="firstName")
    last_name: str = attrs.field(default="", metadata=kinto_field("lastName"))
    note: str | None = attrs.field(default=None, metadata=kinto_field(omit_default=True))
    _secret: int = 0


def test_a_field_can_have_another_name_on_the_server() -> None:
    """An attrs alias or `kinto_field` names it, reading and writing."""
    codec = codec_for(Person)
    person = codec.structure({"firstName": "Ada", "lastName": "L", "secret": 3})
    assert person == Person(firstName="Ada", last_name="L", secret=3)
    assert codec.unstructure(person) == {"firstName": "Ada", "lastName": "L", "secret": 3}


def test_a_field_can_be_left_out_while_it_has_its_default() -> None:
    """`omit_default` is for properties that may be missing but not null."""
    codec = codec_for(Person)
    assert "note" not in codec.unstructure(Person("Ada"))
    assert codec.unstructure(Person("Ada", note="x"))["note"] == "x"


def test_fields_that_init_does_not_take_are_the_models_own() -> None:
    """They are neither read nor written, in attrs classes and in dataclasses."""

    @attrs.define
    class Counter:
        step: int = 1
        count: int = attrs.field(default=0, init=False)

    @dataclasses.dataclass
    class Plain:
        step: int = 1
        count: int = dataclasses.field(default=0, init=False)

    for model in (Counter, Plain):
        codec = codec_for(model)
        assert codec.unstructure(codec.structure({"step": 2, "count": 5})) == {"step": 2}


def test_kinto_field_names_the_fields_of_a_dataclass() -> None:
    """Dataclasses have no alias; the metadata works for them too."""
    codec = codec_for(Plain)
    assert codec.unstructure(Plain("x", display="y"))["displayName"] == "y"
    assert codec.structure({"name": "x", "displayName": "y"}).display == "y"


# ---- metadata ------------------------------------------------------------------------------------------------------


@attrs.define
class Kept:
    title: str
    id: UUID | None = None
    last_modified: int | None = None


def test_declared_metadata_is_filled_and_never_sent() -> None:
    """`id` and `last_modified` come from the record; they are not data."""
    codec = codec_for(Kept)
    key = uuid4()
    kept = codec.structure({"title": "x", "id": str(key), "last_modified": 5})
    assert kept == Kept("x", key, 5)
    assert codec.unstructure(kept) == {"title": "x"}
    assert codec.declared_id(kept) == str(key)


def test_an_id_that_is_not_set_or_not_declared_is_none() -> None:
    """A record then gets an id of its own."""
    assert codec_for(Kept).declared_id(Kept("x")) is None
    assert codec_for(Todo).declared_id(Todo("x")) is None


# ---- writing -------------------------------------------------------------------------------------------------------


def test_what_has_no_json_form_is_refused_with_its_path() -> None:
    """A value the server would change or choke on never leaves."""
    codec = codec_for(Everything)
    for value, reason in [
        (Everything(real=float("nan")), "Everything.real: nan has no JSON form"),
        (Everything(many=[1, 2**70]), r"Everything.many\[1\]: 1180591620717411303424 has more than 64 bits"),
        (Everything(text="a\0b"), "Everything.text: a string with NUL in it"),
        (Everything(names={"\ud800": 1}), r"Everything.names\['\\ud800'\]: a string with half a surrogate pair"),
    ]:
        with pytest.raises(ModelError, match=f"^{reason}"):
            codec.unstructure(value)


@attrs.define
class Meeting:
    """Fields that only a value of their own type can be written for."""

    at: datetime
    who: Todo | None = None
    circle: Circle = attrs.field(factory=lambda: Circle(1.0))
    days: list[date] = attrs.field(factory=list[date])
    others: list[Todo] = attrs.field(factory=list[Todo])
    by_name: dict[str, Todo] = attrs.field(factory=dict[str, Todo])
    span: tuple[datetime, datetime] | None = None
    anything: Any = None


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("meeting", "problems"),
    [
        (Meeting("noon"), ("at: expected datetime, got 'noon'",)),  # type: ignore[arg-type]  # wrong on purpose
        (
            Meeting(NOON, Todo("x", due="noon")),  # type: ignore[arg-type]  # wrong on purpose
            ("who.due: expected datetime.datetime | None, got 'noon'",),
        ),
        (Meeting(NOON, circle="x"), ("circle: expected Circle, got 'x'",)),  # type: ignore[arg-type]  # wrong on purpose
        (
            Meeting(5, days=[5]),  # type: ignore[arg-type,list-item]  # wrong on purpose
            ("at: expected datetime, got 5", "days[0]: expected date, got 5"),
        ),
        (
            Meeting(NOON, others=[Todo("x"), {"title": "y"}]),  # type: ignore[list-item]  # wrong on purpose
            ("others[1]: expected Todo, got {'title': 'y'}",),
        ),
        (
            Meeting(NOON, by_name={"a": Todo("x", due=5)}),  # type: ignore[arg-type]  # wrong on purpose
            ("by_name['a'].due: expected datetime.datetime | None, got 5",),
        ),
        (
            Meeting(NOON, span=(NOON, "later"), others="x"),  # type: ignore[arg-type]  # wrong on purpose
            (f"others: expected list[{Todo.__module__}.Todo], got 'x'", "span[1]: expected datetime, got 'later'"),
        ),
        (Meeting(NOON, anything=CYCLE), ("anything: nested too deeply, or contains itself",)),
        (Meeting(datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))), ("at: date value out of range",)),
    ],
)
def test_a_value_of_the_wrong_class_is_named_when_it_cannot_be_written(
    meeting: Meeting, problems: tuple[str, ...]
) -> None:
    """By its path, with what its field takes: cattrs only knows that a text has no `tzinfo`."""
    with pytest.raises(ModelError) as caught:
        codec_for(Meeting).unstructure(meeting)
    assert caught.value.problems == problems
    assert str(caught.value) == f"Meeting can't be written as JSON: {'; '.join(problems)}"


def test_a_model_that_cannot_be_written_as_a_whole() -> None:
    """When no field is to blame the error has the words of what went wrong."""
    ours = converter()

    def refuse(_: Circle) -> Any:
        raise ValueError("circles stay here")

    ours.register_unstructure_hook(Circle, refuse)
    with pytest.raises(ModelError, match=r"^Circle can't be written as JSON: circles stay here$"):
        codec_for(Circle, ours).unstructure(Circle(1.0))
    half = Todo("x")
    del half.due
    with pytest.raises(ModelError, match="Todo can't be written as JSON: 'Todo' object has no attribute 'due'"):
        codec_for(Todo).unstructure(half)


def test_what_is_no_instance_of_the_model_is_refused() -> None:
    """A dict is none either."""
    with pytest.raises(ModelError, match=r"^data must be a Todo, not dict; write Todo\(…\)$"):
        codec_for(Todo).unstructure({"title": "x"})  # type: ignore[arg-type]  # wrong on purpose


def test_a_value_that_is_in_no_member_of_its_union_is_written_by_its_class() -> None:
    """What the type checker would have refused is still written as what it is, or refused by its path."""
    codec = codec_for(Everything)
    assert codec.unstructure(Everything(either=UUID(int=0)))["either"] == str(UUID(int=0))  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ModelError, match=r"Everything\.either: complex has no JSON form"):
        codec.unstructure(Everything(either=1j))  # type: ignore[arg-type]  # wrong on purpose


# ---- after a write -------------------------------------------------------------------------------------------------


def test_an_instance_is_updated_in_place() -> None:
    """The same instance takes what the server changed; what is equal stays the same object."""
    codec = codec_for(Todo)
    todo = Todo("x", due=datetime(2026, 1, 2, tzinfo=UTC), tags=["a"])
    tags, due = todo.tags, todo.due
    document = {"title": "y", "due": "2026-01-02T00:00:00Z", "tags": ["a"], "extra": 1}
    assert codec.update(todo, document) is todo
    assert todo.title == "y"
    assert todo.tags is tags
    assert todo.due is due


def test_metadata_is_filled_by_an_update() -> None:
    """After a create the instance knows its id and version."""
    kept = Kept("x")
    key = uuid4()
    codec_for(Kept).update(kept, {"title": "x", "id": str(key), "last_modified": 7})
    assert kept == Kept("x", key, 7)


@pytest.mark.parametrize("model", [Point, FrozenPlain])
def test_frozen_classes_are_known(model: Any) -> None:
    """Both attrs and dataclasses both say whether an instance can change."""
    assert codec_for(model).frozen
    assert not codec_for(Todo).frozen
    assert not codec_for(Plain).frozen


def test_a_frozen_instance_is_replaced() -> None:
    """The one the user holds does not change; without a difference it is kept."""
    codec = codec_for(Point)
    point = Point(1, 2.0)
    new = codec.update(point, {"x": 5, "y": 2})
    assert (point, new) == (Point(1, 2.0), Point(5, 2.0))
    assert codec.update(point, {"x": 1, "y": 2}) is point
    other = FrozenPlain("a")
    assert codec_for(FrozenPlain).update(other, {"name": "b"}) == FrozenPlain("b")


# ---- what is known beforehand --------------------------------------------------------------------------------------


def test_a_model_with_changing_defaults_is_not_stable() -> None:
    """Reading twice must not look like an edit, so the reader has to know."""

    @attrs.define
    class Stamped:
        at: datetime = attrs.field(factory=lambda: datetime.now(UTC))

    @attrs.define
    class Outer:
        inner: list[Stamped] | None = None

    @attrs.define
    class Derived:
        name: str = ""

        def __attrs_post_init__(self) -> None:
            self.name = self.name or str(uuid4())

    @attrs.define
    class Converted:
        name: str = attrs.field(converter=lambda value: value or str(uuid4()))

    @attrs.define
    class Normalised:
        names: list[str] = attrs.field(factory=list[str], converter=list)

    assert [codec_for(each).stable for each in (Stamped, Outer, Derived, Converted)] == [False] * 4
    assert codec_for(Todo).stable
    assert codec_for(Normalised).stable


def test_a_model_that_may_share_containers_says_so() -> None:
    """Only models whose every type is known never share a list or dict with their document."""
    safe = [Todo, Point, Node, Owner, Everything, Plain, Page[int]]
    assert [codec_for(model).aliases_safe for model in safe] == [True] * len(safe)
    for kind in (Any, object, list, dict, list[Any], dict[str, Any], tuple[Any, ...], list[int] | dict):
        model = attrs.make_class("Model", {"f": attrs.field(type=kind)})
        assert not codec_for(model).aliases_safe, kind


@given(instances())
def test_safe_models_share_no_container_with_their_document(instance: Any) -> None:
    """Changing every list and dict of the document afterwards does not change the instance."""
    codec = codec_for(type(instance))
    if codec.aliases_safe:
        document = codec.unstructure(instance)
        read = codec.structure(document)
        before = codec.unstructure(read)
        spoil(document)
        assert same(codec.unstructure(read), before)


def spoil(value: Any) -> None:
    """Empty every container, the inner ones first."""
    if isinstance(value, dict):
        for item in value.values():
            spoil(item)
        value.clear()
    elif isinstance(value, list):
        for item in value:
            spoil(item)
        value.clear()


# ---- what can be a model -------------------------------------------------------------------------------------------


def test_only_attrs_classes_and_dataclasses_are_models() -> None:
    """Anything else is refused at once, with what to give instead."""

    class Bare:
        pass

    class Pydantic:
        model_fields: ClassVar[dict[str, Any]] = {}

    class Keys(TypedDict):
        a: int

    advices: dict[Any, str] = {
        int: r"decorate it with @attrs\.define",
        Bare: r"decorate it with @attrs\.define",
        Pydantic: "a pydantic class can't be one",
        Keys: "leave the model out; records without one hold dicts",
        dict: "leave the model out",
        dict[str, int]: "leave the model out",
        list[Todo]: "give the class of one record",
        set[Todo]: "give the class of one record",
        tuple[Todo, ...]: "give the class of one record",
        Todo | Circle: "give the class of one record",
    }
    for wrong, advice in advices.items():
        with pytest.raises(UsageError, match=rf"can't be a model: .*{advice}"):
            codec_for(wrong)


def test_a_type_without_a_json_form_is_refused_by_name() -> None:
    """The error says which type, and how to teach it."""
    model = attrs.make_class("Model", {"f": attrs.field(type=list[complex])})
    with pytest.raises(UsageError, match=r"Model has a field of type complex, which has no JSON form; register"):
        codec_for(model)


@attrs.define
class Blob:
    """A class with bytes in it."""

    content: bytes


def test_bytes_need_a_hook() -> None:
    """They have no JSON form either: a field of them is refused with its model, unless a hook writes what has it."""
    for kind in (bytes, list[bytes], bytes | None, Blob, Blob | None):
        model = attrs.make_class("Model", {"f": attrs.field(type=kind)})
        with pytest.raises(UsageError, match=r"Model has a field of type bytes, which has no JSON form; register"):
            codec_for(model)
        ours = converter()
        ours.register_unstructure_hook(bytes, bytes.hex)
        assert codec_for(model, ours)
    ours = converter()
    ours.register_unstructure_hook(Blob, lambda blob: blob.content.hex())
    assert codec_for(model, ours).unstructure(model(Blob(b"x"))) == {"f": "78"}
    assert codec_for(attrs.make_class("Model", {"f": attrs.field(type=Annotated[bytes, "mine"])}))


def test_a_generic_model_needs_its_type_arguments() -> None:
    """Without them there is no telling what its fields hold."""
    with pytest.raises(UsageError, match=r"Page has, or is, a generic class without type arguments"):
        codec_for(Page)


def test_annotations_that_do_not_exist_are_refused() -> None:
    """A type imported for type checkers only can't be read at run time."""
    model = attrs.make_class("Model", {"f": attrs.field(type="Nowhere | None")})
    with pytest.raises(UsageError, match="annotations of Model can't be resolved: name 'Nowhere' is not defined"):
        codec_for(model)


def test_a_class_made_in_a_function_may_refer_to_itself() -> None:
    """Recursive models need not live at the top of a module."""

    @attrs.define
    class Tree:
        children: "list[Tree]" = attrs.field(factory=list)

    tree = Tree([Tree()])
    assert codec_for(Tree).structure({"children": [{"children": []}]}) == tree


def test_the_codec_is_made_once() -> None:
    """Per model and converter."""
    assert codec_for(Todo) is codec_for(Todo)
    assert codec_for(Todo, converter()) is not codec_for(Todo)


def test_typed_dicts_are_read_and_written() -> None:
    """A TypedDict is a dict whose keys have types."""

    class Size(TypedDict):
        width: int
        unit: str

    model = attrs.make_class("Model", {"f": attrs.field(type=Size)})
    codec = codec_for(model)
    assert codec.structure({"f": {"width": 5, "unit": "cm"}}).f == {"width": 5, "unit": "cm"}
    with pytest.raises(ModelError, match=r"f.width: expected an integer|f\['width'\]: expected an integer"):
        codec.structure({"f": {"width": "5", "unit": "cm"}})


class Parcel(TypedDict):
    """Annotated in strings, as all of a module that begins with `from __future__ import annotations`."""

    width: "int"
    unit: "NotRequired[str]"
    label: "Annotated[NotRequired[str], 'printed']"


class Stamp(Parcel, total=False):
    """Inherits, and requires one key more."""

    value: "Required[int]"
    colour: "str"


@attrs.define
class Letter:
    """Holds both."""

    parcel: Parcel
    stamps: list[Stamp] = attrs.field(factory=list[Stamp])


def test_keys_of_typed_dicts_are_required_as_their_annotations_say() -> None:
    """In strings, too, which Python itself does not look into."""
    codec = codec_for(Letter)
    document = {"parcel": {"width": 5}, "stamps": [{"width": 1, "value": 2}]}
    assert codec.unstructure(codec.structure(document)) == document
    with pytest.raises(ModelError) as caught:
        codec.structure({"parcel": {"unit": "cm"}, "stamps": [{"width": 1}]})
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["parcel.width", "stamps[0].value"]
    found = json_schema(Letter)["definitions"]
    assert {name: schema["required"] for name, schema in found.items()} == {
        "Parcel": ["width"],
        "Stamp": ["width", "value"],
    }


# ---- a converter of one's own --------------------------------------------------------------------------------------


def test_a_converter_can_be_taught_more_types() -> None:
    """Hooks registered on `converter()` are used wherever the type occurs, in errors as well."""

    def read(value: Any, _: Any) -> complex:
        if not isinstance(value, list):
            raise TypeError("two numbers")
        return complex(*value)

    own = converter()
    own.register_structure_hook(complex, read)
    own.register_unstructure_hook(complex, lambda value: [value.real, value.imag])
    model = attrs.make_class("Model", {"f": attrs.field(type=dict[str, complex])})
    codec = codec_for(model, own)
    assert codec.structure({"f": {"a": [1, 2]}}).f == {"a": 1 + 2j}
    assert codec.unstructure(model({"a": 1 + 2j})) == {"f": {"a": [1.0, 2.0]}}
    assert not codec.aliases_safe
    with pytest.raises(ModelError, match=r"f\['a'\]: two numbers"):
        codec.structure({"f": {"a": 5}})


def test_a_hook_for_a_union_wins() -> None:
    """What the user registers for a whole union is used for it."""
    own = converter()
    own.register_structure_hook(int | str, lambda value, _: f"<{value}>")
    model = attrs.make_class("Model", {"f": attrs.field(type=int | str)})
    assert codec_for(model, own).structure({"f": 5}).f == "<5>"


def test_a_converter_that_forbids_extra_keys_names_them() -> None:
    """Strictness about undeclared fields is the converter's, and its message is one line."""
    own = converter().copy(forbid_extra_keys=True)
    with pytest.raises(ModelError, match="does not fit Point: z: not declared by the model"):
        codec_for(Point, own).structure({"x": 1, "z": 2})


def test_whatever_a_hook_raises_is_explained() -> None:
    """A hook for the whole model says no in its own words, even if it changes its mind."""
    answers = [ValueError("closed on mondays"), ValueError("and tuesdays")]

    def read(_: Any, __: Any) -> Any:
        if answers:
            raise answers.pop(0)
        return Point(0)

    own = converter()
    own.register_structure_hook(Point, read)
    with pytest.raises(ModelError, match="does not fit Point: and tuesdays"):
        codec_for(Point, own).structure({})
    answers.append(ValueError("only once"))
    with pytest.raises(ModelError, match="does not fit Point: only once"):
        codec_for(Point, own).structure({})


def test_any_cattrs_converter_will_do() -> None:
    """A converter with detailed errors of its own, and without our hooks, is used as it is."""
    plain = cattrs.Converter()
    codec = codec_for(Point, plain)
    assert codec.structure({"x": "5"}) == Point(5)
    with pytest.raises(ModelError, match="x: is missing"):
        codec.structure({})


def test_models_cost_nothing_until_one_is_used() -> None:
    """Importing the module loads neither cattrs nor dateutil."""
    code = (
        "import sys, kinto_sdk.objects.models, kinto_sdk.protocol.jsonable;"
        "print([name for name in ('cattrs', 'dateutil', 'jsonschema') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@attrs.define
class Tagged:
    """A model with a list of plain values."""

    tags: list[str]
    votes: list[float] = attrs.field(factory=list)


def test_a_list_of_plain_values_is_read_element_by_element() -> None:
    """What fits is copied, a float may be written as an integer, and a misfit is found where it is."""
    document = {"tags": ["a", "b"], "votes": [1.5, 2]}
    read = codec_for(Tagged).structure(document)
    assert read == Tagged(["a", "b"], [1.5, 2.0])
    assert [type(vote) for vote in read.votes] == [float, float]
    assert read.tags is not document["tags"]
    with pytest.raises(ModelError, match="tags"):
        codec_for(Tagged).structure({"tags": ["a", 1]})


def test_a_hook_for_plain_values_is_used_in_lists_too() -> None:
    """A converter that reads text in its own way does so everywhere."""
    own = converter()
    own.register_structure_hook(str, lambda value, _: str(value).upper())
    assert codec_for(Tagged, own).structure({"tags": ["a"]}).tags == ["A"]
