# the models are examples, and naive datetimes are among what is tested
"""Models with a converter of one's own."""

from typing import Any

import attrs
import cattrs
import pytest

from kinto_sdk.objects.models import codec_for, converter
from kinto_sdk.protocol.errors import ModelError
from tests.unit.model_cases import Point, Tagged


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


def test_a_hook_for_plain_values_is_used_in_lists_too() -> None:
    """A converter that reads text in its own way does so everywhere."""
    own = converter()
    own.register_structure_hook(str, lambda value, _: str(value).upper())
    assert codec_for(Tagged, own).structure({"tags": ["a"]}).tags == ["A"]
