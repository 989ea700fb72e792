"""The three-way merge of documents."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk.objects.merge import Merged, merge
from kinto_sdk.protocol.jsontypes import copy, same

scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x"])
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=2) | st.dictionaries(st.sampled_from("abc"), v, max_size=3), max_leaves=6
)
documents = st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 2}),
        ({"a": 1}, {}, {"a": 1, "b": 2}, {"b": 2}),
        ({"a": 1, "b": 1}, {"a": 1}, {"b": 1}, {}),
        ({}, {"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"o": {"x": 1, "y": 1}}, {"o": {"x": 2, "y": 1}}, {"o": {"x": 1, "y": 2}}, {"o": {"x": 2, "y": 2}}),
        ({"o": {"x": 1}}, {"o": {}}, {"o": {"x": 1, "y": 2}}, {"o": {"y": 2}}),
        ({}, {"o": {"x": 1}}, {"o": {"y": 2}}, {"o": {"x": 1, "y": 2}}),
        ({"a": [1]}, {"a": [1]}, {"a": [1, 2]}, {"a": [1, 2]}),
        ({"a": 1}, {"a": 2}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": True}, {"a": 1}, {"a": True}),
    ],
)
def test_edits_of_different_places_are_both_kept(base: Any, mine: Any, theirs: Any, merged: Any) -> None:
    """What one side changed is taken from it, at every depth, removals included."""
    found = merge(base, mine, theirs)
    assert same(found.document, merged)
    assert found.overlaps == ()


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "overlaps"),
    [
        ({"a": 1}, {"a": 2}, {"a": 3}, ("a",)),
        ({"a": 1}, {}, {"a": 3}, ("a",)),
        ({"a": 1}, {"a": 2}, {}, ("a",)),
        ({}, {"a": 2}, {"a": 3}, ("a",)),
        ({"a": 1}, {"a": 1.0}, {"a": True}, ("a",)),
        ({"o": {"x": {"y": 1}, "z": 1}}, {"o": {"x": {"y": 2}, "z": 2}}, {"o": {"x": {"y": 3}, "z": 1}}, ("o.x.y",)),
        ({"a": [1]}, {"a": [1, 2]}, {"a": [1, 3]}, ("a",)),
        ({"o": {"x": 1}}, {"o": 5}, {"o": {"x": 2}}, ("o",)),
        ({"o": {"x": 1}}, {"o": {"x": 2}}, {}, ("o",)),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, {"b": 3, "a": 3}, ("a", "b")),
    ],
)
def test_one_place_changed_by_both_is_named(base: Any, mine: Any, theirs: Any, overlaps: tuple[str, ...]) -> None:
    """A value that both sides changed differently is named by its path, and mine is in the document."""
    found = merge(base, mine, theirs)
    assert tuple(".".join(path) for path in found.overlaps) == overlaps
    for name in overlaps:
        here, there = found.document, mine
        for key in name.split("."):
            here, there = here.get(key, "removed"), there.get(key, "removed")
        assert same(here, there)


def test_a_set_keeps_the_additions_and_removals_of_both() -> None:
    """A list that stands for a set never overlaps, in the server's order with mine behind."""
    found = merge({"m": ["a", "b", "c"]}, {"m": ["b", "c", "x"]}, {"m": ["y", "a", "b"]}, sets=("m",))
    assert found == Merged({"m": ["y", "b", "x"]}, ())


@pytest.mark.parametrize("theirs", [None, "x", [{"a": 1}], {"a": 1}])
def test_what_is_no_list_of_strings_is_merged_as_any_value(theirs: Any) -> None:
    """A field meant as a set that holds something else is an overlap, not an error."""
    assert merge({"m": ["a"]}, {"m": ["b"]}, {"m": theirs}, sets=("m",)).overlaps == (("m",),)


def test_a_set_that_one_side_made_is_merged() -> None:
    """Two sides that both began a list share it."""
    assert merge({}, {"m": ["a"]}, {"m": ["b"]}, sets=("m",)) == Merged({"m": ["b", "a"]}, ())


@given(documents, documents)
def test_one_side_alone_gets_its_way(base: Any, other: Any) -> None:
    """When only one side changed anything the result is that side's document."""
    assert same(merge(base, other, base).document, other)
    assert same(merge(base, base, other).document, other)
    assert merge(base, other, base).overlaps == merge(base, base, other).overlaps == merge(base, other, other).overlaps


@given(documents, documents, documents)
def test_both_sides_agree_on_the_overlaps(base: Any, mine: Any, theirs: Any) -> None:
    """Who is called mine changes no overlap, and without one not the result; the three inputs are left alone."""
    before = copy([base, mine, theirs])
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert one.overlaps == other.overlaps
    if not one.overlaps:
        assert same(one.document, other.document)
    assert same([base, mine, theirs], before)


@given(documents, documents, documents)
def test_a_clean_merge_loses_no_edit(base: Any, mine: Any, theirs: Any) -> None:
    """Without an overlap every top-level field that one side changed has that side's value, or a merge of objects."""
    found = merge(base, mine, theirs)
    if found.overlaps:
        return
    missing = object()
    for key in {*base, *mine, *theirs}:
        was, here, there = (document.get(key, missing) for document in (base, mine, theirs))
        got = found.document.get(key, missing)
        if same(was, here):
            assert same(got, there)
        elif same(was, there):
            assert same(got, here)
