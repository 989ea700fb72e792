"""The JSON that signatures are made over, compared with the program that signs."""

import json

import canonicaljson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinto_sdk.protocol.canonical_json import canonical_json

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(DOCUMENTS)
@example(562949953421312.25)
@example(-562949953421312.75)
def test_same_text_as_the_servers_library(document: object):
    """Any document is written as the server's own library writes it."""
    assert canonical_json(document) == canonicaljson.dumps(document)


@given(DOCUMENTS)
def test_reads_back_as_the_same_document(document: object):
    """Nothing is lost: the text reads back as the document."""
    assert json.loads(canonical_json(document)) == document


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.5, "1.5E0"),
        (0.1, "1E-1"),
        (10.0, "1E1"),
        (-0.0, "-0E0"),
        (0.0, "0E0"),
        (1e21, "1E21"),
        (123456.789, "1.23456789E5"),
        (5e-324, "5E-324"),
        (-1.7976931348623157e308, "-1.7976931348623157E308"),
    ],
)
def test_numbers_with_a_point(number: float, text: str):
    """A float has one digit before the point and an exponent, without plus sign or padding."""
    assert canonical_json(number) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes"])
def test_what_is_not_json_is_refused(value: object):
    """A value without a JSON form is a ValueError, wherever it stands."""
    with pytest.raises(ValueError, match="is not JSON"):
        canonical_json({"a": [value]})
