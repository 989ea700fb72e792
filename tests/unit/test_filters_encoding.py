"""Properties of the encoding that hold for every value."""

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinto_sdk.protocol.criteria import encode_item
from kinto_sdk.protocol.dates import write_datetime
from kinto_sdk.protocol.errors import UsageError
from kinto_sdk.protocol.filters import F
from kinto_sdk.protocol.timestamps import to_ms

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=10)
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC))  # noqa: DTZ001
VERSIONS = st.datetimes(datetime(1971, 1, 1), datetime(4999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def read_list(text: str) -> list[Any]:
    """A list as the server reads it: split at commas, then each item as JSON."""
    return [json.loads(item) for item in text.split(",")]


@given(DOCUMENTS)
def test_json_comes_back(value: Any) -> None:
    """What the server decodes is what was given, whatever it holds."""
    ((_, text),) = (F.x == value).params
    assert json.loads(text) == value


@given(st.lists(SCALARS, min_size=1))
@example(["a,b", "\\u002c", '",'])
def test_lists_come_back(values: list[Any]) -> None:
    """The items of is_in survive the server's splitting at commas, commas included."""
    ((_, text),) = F.x.is_in(values).params
    assert read_list(text) == values


@given(st.lists(NUMBERS, min_size=2))
def test_arrays_in_lists_are_refused(value: list[Any]) -> None:
    """An array that needs a comma is refused, never split."""
    with pytest.raises(UsageError, match="commas"):
        encode_item(value, "F.x.is_in(...)")


@given(MOMENTS, MOMENTS)
def test_moments_are_ordered_as_text(one: datetime, other: datetime) -> None:
    """The order of the texts is the order of the moments."""
    assert (write_datetime(one) < write_datetime(other)) == (one < other)
    assert datetime.fromisoformat(write_datetime(one)) == one


@given(VERSIONS, st.integers(-5, 5))
def test_a_moment_between_milliseconds_selects_the_same_versions(moment: datetime, step: int) -> None:
    """For every version, comparing milliseconds gives what comparing moments gives."""
    version = to_ms(moment) + step
    changed = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=version)

    def sent(params: Iterable[tuple[str, str]]) -> int:
        ((_, text),) = params
        return int(text)

    assert (version < sent((F.last_modified < moment).params)) == (changed < moment)
    assert (version <= sent((F.last_modified <= moment).params)) == (changed <= moment)
    assert (version > sent((F.last_modified > moment).params)) == (changed > moment)
    assert (version >= sent((F.last_modified >= moment).params)) == (changed >= moment)


@given(NUMBERS)
def test_every_number_is_inside_the_bounds(number: float) -> None:
    """The bound under the numbers is at or below each of them."""
    bounds = dict((F.x < number).params)
    assert float(bounds["min_x"]) <= number
    assert math.isfinite(float(bounds["min_x"]))
