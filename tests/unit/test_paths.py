"""Ids and paths."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk import InvalidIdError, UsageError
from kinto_sdk.protocol.ids import DEFAULT_ID_PATTERNS, Kind, check_id, draw_id, id_patterns, quote_id
from kinto_sdk.protocol.paths import ObjectPath, parse_path
from tests.flows.driving import navigation

KINDS: list[Kind] = ["bucket", "group", "collection", "record", "account"]
HOSTILE = [
    "",
    ".",
    "..",
    "...",
    "../x",
    "a/b",
    "a?b",
    "a#b",
    "a%2Fb",
    "a\\b",
    "a b",
    "a\tb",
    "a\0b",
    "a\x7fb",
    "x" * 513,
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_ids_are_refused_whatever_the_rule(kind: Kind, value: str) -> None:
    """Not even an operator's own rule lets an id change the meaning of a URL."""
    with pytest.raises(InvalidIdError, match=f"can't be an? {kind} id"):
        check_id(kind, value)
    with pytest.raises(InvalidIdError):
        check_id(kind, value, id_patterns({kind: ".*"}))


@pytest.mark.parametrize(
    ("value", "flaw"),
    [
        ("", "'' can't be a record id: it is empty"),
        ("x" * 513, "x…' can't be a record id: it is longer than 512 characters"),
        ("..", "'..' can't be a record id: in a URL it leads elsewhere"),
        ("a b", "'a b' can't be a record id: ' ' can't be part of an id"),
        ("a/../b", "'a/../b' can't be a record id: '/' can't be part of an id"),
    ],
)
def test_a_hostile_id_is_told_what_is_wrong_with_it(value: str, flaw: str) -> None:
    """The one thing that is wrong, not all that could be."""
    with pytest.raises(InvalidIdError) as caught:
        check_id("record", value)
    assert str(caught.value).endswith(flaw)


@pytest.mark.parametrize("value", [None, 5, 1.5, b"x", ["x"], True])
def test_ids_are_strings(value: Any) -> None:
    """Nothing else is turned into one silently: `str(None)` would be an id."""
    with pytest.raises(InvalidIdError, match="is a string, not"):
        check_id("record", value)


@pytest.mark.parametrize("value", ["-a", "_a", "a.b", "a@b", "é", "a:b"])
def test_the_server_rule_is_checked(value: str) -> None:
    """What the server would refuse is refused here, with the rule and how to change it."""
    with pytest.raises(InvalidIdError, match="id_patterns"):
        check_id("record", value)
    with pytest.raises(InvalidIdError):
        check_id("record", "ok\n")


def test_rules_can_be_an_operators_own() -> None:
    """A rule replaces the server's for its kind alone."""
    own = id_patterns({"record": r"[a-z.]+", "bucket": re.compile("[0-9]+")})
    assert check_id("record", "a.b", own) == "a.b"
    assert check_id("bucket", "5", own) == "5"
    assert check_id("group", "A", own) == "A"
    with pytest.raises(InvalidIdError):
        check_id("record", "A", own)


@pytest.mark.parametrize("overrides", [{"records": "x"}, {"record": "("}, {"record": 5}, 5])
def test_rules_that_are_none_are_refused(overrides: Any) -> None:
    """A misspelt kind, or what is no regular expression, is told when the client is made."""
    with pytest.raises(UsageError, match="id_patterns"):
        id_patterns(overrides)


@pytest.mark.parametrize("kind", ["bucket", "group", "collection", "record"])
def test_drawn_ids_are_valid_and_differ(kind: Kind) -> None:
    """The server would take each, and no two are the same."""
    drawn = {draw_id(kind) for _ in range(200)}
    assert len(drawn) == 200
    assert all(check_id(kind, value) for value in drawn)


@given(st.text(min_size=1))
def test_a_quoted_id_is_one_segment(value: str) -> None:
    """Whatever an id holds, in a URL it is one segment that reads back as it was."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    quoted = quote_id(value)
    assert not re.search(r"[/?#\s]", quoted)
    assert quoted.isascii()
    if value not in (".", ".."):
        assert parse_path(f"/accounts/{quoted}").account == value


@pytest.mark.parametrize(
    ("uri", "found", "kind"),
    [
        ("/buckets/b", ObjectPath("b"), "bucket"),
        ("/v1/buckets/b/", ObjectPath("b"), "bucket"),
        ("buckets/b", ObjectPath("b"), "bucket"),
        ("/buckets/b?x=/y", ObjectPath("b"), "bucket"),
        ("/buckets/b/groups/g", ObjectPath("b", group="g"), "group"),
        ("/buckets/b/collections/c", ObjectPath("b", collection="c"), "collection"),
        ("/v1/buckets/b/collections/c/records/r", ObjectPath("b", collection="c", record="r"), "record"),
        ("/accounts/a%40b.org", ObjectPath(account="a@b.org"), "account"),
    ],
)
def test_paths_are_read(uri: str, found: ObjectPath, kind: Kind) -> None:
    """As the server writes them in history, permissions and batches."""
    assert parse_path(uri) == found
    assert parse_path(uri).kind == kind


@pytest.mark.parametrize(
    "uri",
    ["", "/", "x", "/buckets", "/buckets/b/collections", "/buckets/b/x/y", "/buckets/b/groups/g/x", None, 5, b"/x"],
)
def test_what_is_no_path_of_an_object_is_refused(uri: Any) -> None:
    """The error shows what one looks like."""
    with pytest.raises(UsageError, match=r"/buckets/b/collections/c/records/r"):
        parse_path(uri)


def test_the_default_rules_can_not_be_changed_for_all() -> None:
    """One client's rules are not another's."""
    with pytest.raises(TypeError):
        DEFAULT_ID_PATTERNS["record"] = re.compile("")  # type: ignore[index]  # wrong on purpose


@pytest.mark.parametrize(
    "id", ["", ".", "..", "../x", "a/b", "a?b", "a#b", "a%2Fb", "a b", "é", "-a", "x" * 513, "a\n"]
)
def test_hostile_ids_never_become_a_path(id: str) -> None:  # noqa: A002  # the design's word
    """An id that could change the meaning of a URL is refused before any request, wherever it comes in."""
    top = navigation()
    for use in (
        top.bucket,
        top.bucket("b").collection,
        top.bucket("b").group,
        top.bucket("b").collection("c").record,
        lambda id: top.bucket("b").collection("c").new_record({}, id),  # noqa: A006  # the design's word
        lambda id: top.bucket("b").collection("c").new_record({"id": id}),  # noqa: A006  # as above
    ):
        with pytest.raises(InvalidIdError):
            use(id)
