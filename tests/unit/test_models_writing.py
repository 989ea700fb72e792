# ruff: noqa: D101  # the models are examples, and naive datetimes are among what is tested
"""Instances written as documents: names, metadata, what has no JSON form, and what an update makes of them."""

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import attrs
import pytest

from kinto_sdk.objects.fields import kinto_field
from kinto_sdk.objects.models import codec_for, converter
from kinto_sdk.protocol.errors import ModelError
from tests.unit.model_cases import Circle, Everything, FrozenPlain, Plain, Point, Todo

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
    with pytest.raises(ModelError, match=r"Todo can't be written as JSON: .*Todo' object has no attribute 'due'"):
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
