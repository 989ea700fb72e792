# ruff: noqa: DTZ001  # the models are examples, and naive datetimes are among what is tested
"""Documents read as instances: defaults, dates, misfits, unions."""

import enum
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest

from kinto_sdk.objects.models import codec_for
from kinto_sdk.protocol.errors import ModelError, UsageError
from tests.unit.model_cases import Cat, Dog, Everything, Level, Owner, Square, Tagged, Todo


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


def test_a_list_of_plain_values_is_read_element_by_element() -> None:
    """What fits is copied, a float may be written as an integer, and a misfit is found where it is."""
    document = {"tags": ["a", "b"], "votes": [1.5, 2]}
    read = codec_for(Tagged).structure(document)
    assert read == Tagged(["a", "b"], [1.5, 2.0])
    assert [type(vote) for vote in read.votes] == [float, float]
    assert read.tags is not document["tags"]
    with pytest.raises(ModelError, match="tags"):
        codec_for(Tagged).structure({"tags": ["a", 1]})
