# ruff: noqa: DTZ001  # the models are examples, and naive datetimes are among what is tested
"""What can be a model, what is known of one beforehand, and that a document read and written stays the same."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NotRequired, Required, TypedDict
from uuid import uuid4

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinto_sdk import json_schema
from kinto_sdk.models import kinto_field
from kinto_sdk.objects.models import codec_for, converter
from kinto_sdk.protocol.errors import ModelError, UsageError
from kinto_sdk.protocol.jsontypes import dumps, same
from tests.unit.model_cases import VALUES, Circle, Everything, Node, Owner, Page, Plain, Point, Todo, instances, offsets


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


def test_what_cant_be_written_is_not_what_the_server_has() -> None:
    """Data edited into nonsense equals no document, and telling so raises nothing."""
    codec = codec_for(Todo)
    todo = codec.structure({"title": "x"})
    written = codec.unstructure(todo)
    assert codec.writes(todo, written)
    object.__setattr__(todo, "due", object())
    assert not codec.writes(todo, written)


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


def test_a_version_that_is_no_number_is_refused() -> None:
    """It would stop the reading of every answer, after the write was done."""

    @attrs.define
    class Dated:
        changed: datetime | None = attrs.field(default=None, metadata=kinto_field("last_modified"))

    with pytest.raises(UsageError, match=r"Dated\.changed: .* is no datetime\.datetime \| None; declare it int, and"):
        codec_for(Dated)


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


def test_models_cost_nothing_until_one_is_used() -> None:
    """Importing the module loads neither cattrs nor dateutil."""
    code = (
        "import sys, kinto_sdk.objects.models, kinto_sdk.protocol.jsonable;"
        "print([name for name in ('cattrs', 'dateutil', 'jsonschema') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
