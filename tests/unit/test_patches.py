"""The builders of patches: what they send, refuse, and make of a document."""

from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk import EVERYONE, JSONPatch, MergePatch, UsageError
from kinto_sdk.protocol.jsontypes import copy, same
from kinto_sdk.protocol.patches import guard

GROUP = "/buckets/b/groups/g"


class Account:
    """Stands for an account."""

    principal = "account:bob"


def test_each_operation_is_written_as_the_standard_does() -> None:
    """The builder's six operations are those of RFC 6902, in the order of the calls."""
    patch = JSONPatch().test("/data/a", 1).add("/data/b", None).remove("/data/c").replace("/data/d", [1])
    patch.move("/data/e", "/data/f").copy("/data/g", "/data/h")
    assert patch.operations == [
        {"op": "test", "path": "/data/a", "value": 1},
        {"op": "add", "path": "/data/b", "value": None},
        {"op": "remove", "path": "/data/c"},
        {"op": "replace", "path": "/data/d", "value": [1]},
        {"op": "move", "from": "/data/e", "path": "/data/f"},
        {"op": "copy", "from": "/data/g", "path": "/data/h"},
    ]
    assert len(patch) == 6
    assert patch == JSONPatch(patch.operations)
    assert patch != patch.operations
    assert JSONPatch()
    assert repr(JSONPatch().remove("/data/a")) == "JSONPatch([{'op': 'remove', 'path': '/data/a'}])"


@pytest.mark.parametrize(
    ("pointer", "written"),
    [
        (JSONPatch.data(), "/data"),
        (JSONPatch.data("a", "b"), "/data/a/b"),
        (JSONPatch.data("tags", 0), "/data/tags/0"),
        (JSONPatch.data("tags", "-"), "/data/tags/-"),
        (JSONPatch.data("a/b", "m~n", "~1"), "/data/a~1b/m~0n/~01"),
        (JSONPatch.data(""), "/data/"),
        (JSONPatch.permission("read"), "/permissions/read"),
        (JSONPatch.permission("read", EVERYONE), "/permissions/read/system.Everyone"),
        (JSONPatch.permission("record:create", Account()), "/permissions/record:create/account:bob"),
        (JSONPatch.permission("write", GROUP), "/permissions/write/~1buckets~1b~1groups~1g"),
    ],
)
def test_pointers_are_escaped(pointer: str, written: str) -> None:
    """Any key and any principal can be pointed at."""
    assert pointer == written


def test_a_principal_needs_no_value() -> None:
    """The value the server wants for a principal is filled in, whatever the permission."""
    patch = JSONPatch().add(JSONPatch.permission("write", GROUP)).add(JSONPatch.permission("record:create", "a:b"))
    assert [operation["value"] for operation in patch.operations] == [GROUP, "a:b"]


def test_a_whole_permission_is_set_in_the_form_the_server_takes() -> None:
    """A list of principals becomes the map that the server has in its place; removing it empties it."""
    path = JSONPatch.permission("record:create")
    patch = JSONPatch().add(path, ["a:x", Account()]).replace(path, [GROUP]).remove(path)
    assert patch.operations == [
        {"op": "add", "path": path, "value": {"a:x": "a:x", "account:bob": "account:bob"}},
        {"op": "add", "path": path, "value": {GROUP: GROUP}},
        {"op": "add", "path": path, "value": {}},
    ]


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"op": "ad", "path": "/data/a", "value": 1}, "'ad' is not an operation"),
        ({"path": "/data/a"}, "None is not an operation"),
        ({"op": "add", "path": "/data/a"}, "takes op, path, value"),
        ({"op": "remove", "path": "/data/a", "value": 1}, "takes op, path, not"),
        ({"op": "move", "path": "/data/a"}, "takes from, op, path"),
        ({"op": "add", "path": "/foo/a", "value": 1}, "does not begin with /data"),
        ({"op": "add", "path": "data/a", "value": 1}, "does not begin with /data"),
        ({"op": "add", "path": "/database", "value": 1}, "does not begin with /data"),
        ({"op": "add", "path": 5, "value": 1}, "does not begin with /data"),
        ({"op": "copy", "path": "/data/a", "from": "/x"}, "from='/x'"),
        ({"op": "add", "path": "/permissions/raed/x", "value": "x"}, "no permission 'raed'"),
        ({"op": "remove", "path": "/permissions/read"}, "without doing it"),
        ({"op": "remove", "path": "/data"}, "without its data"),
        ({"op": "move", "from": "/data", "path": "/permissions/read/x"}, "without its data"),
        ({"op": "remove", "path": "/permissions"}, "without its permissions"),
        ({"op": "move", "from": "/permissions", "path": "/data/a"}, "without its permissions"),
        ({"op": "add", "path": "/permissions", "value": {}}, "name one"),
        ({"op": "add", "path": "/data", "value": 5}, "a whole document, a dict, not 5"),
        ({"op": "replace", "path": "/data", "value": [1]}, r"a whole document, a dict, not \[1\]"),
        ({"op": "add", "path": "/permissions/read", "value": 5}, "takes a list of principals, not 5"),
        ({"op": "replace", "path": "/permissions/read", "value": [1]}, "1 is not a principal"),
        ({"op": "copy", "from": "/data/a", "path": "/permissions/read"}, "need not be principals"),
    ],
)
def test_operations_the_server_refuses_or_ignores_are_refused_here(operation: Any, words: str) -> None:
    """A mistake in a list of operations fails before any request, saying what is wrong."""
    with pytest.raises(UsageError, match=words):
        JSONPatch([operation])


@pytest.mark.parametrize(
    "build",
    [
        lambda: JSONPatch().add("/data/a"),
        lambda: JSONPatch().add(JSONPatch.permission("read")),
        lambda: JSONPatch().add(JSONPatch.permission("read"), "account:bob"),
        lambda: JSONPatch.permission("reed", "x"),
        lambda: JSONPatch.permission("read", ""),
    ],
)
def test_incomplete_steps_are_refused(build: Any) -> None:
    """The builder's own mistakes are UsageErrors too."""
    with pytest.raises(UsageError):
        build()


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/data", "value": {"a": 1}},
        {"op": "copy", "from": "/data/a", "path": "/data"},
        {"op": "test", "path": "/permissions", "value": {}},
        {"op": "add", "path": "/permissions/read", "value": {"account:bob": "account:bob"}},
        {"op": "replace", "path": "/permissions/read", "value": ["account:bob"]},
        {"op": "copy", "from": "/permissions/write", "path": "/permissions/read"},
    ],
)
def test_whole_documents_and_lists_may_be_set(operation: Any) -> None:
    """What leaves a document and lists of principals is sent as it is."""
    assert JSONPatch([operation]).operations == [operation]


@pytest.mark.parametrize("operation", ["add", "remove", "test"])
def test_a_listed_principal_may_come_without_value(operation: str) -> None:
    """RFC 6902 lists may leave out what the server fills in for a principal."""
    assert len(JSONPatch([{"op": operation, "path": "/permissions/read/account:bob"}])) == 1


def test_the_guard_fails_where_the_writer_is_not_shown() -> None:
    """The guard asks for the principal; one with a slash is copied, as the server compares tests in escaped form."""
    assert guard("account:me") == {"op": "test", "path": "/permissions/write/account:me", "value": "account:me"}
    path = "/permissions/write/~1buckets~1b~1groups~1g"
    assert guard(GROUP) == {"op": "copy", "from": path, "path": path}


scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab~/0", max_size=2)
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0", "~", "/"]), v),
    max_leaves=6,
)
documents = st.dictionaries(st.sampled_from(["a", "b", "0", "~", "/"]), values)


@given(documents, documents)
def test_a_json_patch_is_applied_as_the_server_applies_it(before: Any, after: Any) -> None:
    """Patches made by the server's own library turn one document into the other here as there."""
    operations = jsonpatch.make_patch({"data": before}, {"data": after}).patch
    original = copy(before)
    assert same(JSONPatch(operations).apply(before), after)
    assert same(before, original)


def test_applying_a_json_patch_leaves_its_values_alone() -> None:
    """A later operation works on what an earlier one put there, not on the value that is sent."""
    patch = JSONPatch().add("/data/l", []).add("/data/l/-", 1)
    assert patch.apply({}) == {"l": [1]}
    assert patch.operations[0]["value"] == []


@pytest.mark.parametrize(
    "patch",
    [
        JSONPatch().remove("/data/none"),
        JSONPatch().replace("/data/none", 1),
        JSONPatch().copy("/data/none", "/data/b"),
        JSONPatch().add("/data/a/b", 1),
        JSONPatch().add("/data/l/x", 1),
        JSONPatch().remove("/data/l/9"),
        JSONPatch().remove("/data/a/b"),
        JSONPatch().copy("/data/l", "/data"),
        JSONPatch().move("/permissions/read/x", "/data/x"),
    ],
)
def test_a_json_patch_that_does_not_fit_tells_nothing(patch: JSONPatch) -> None:
    """What the outcome would be is not guessed."""
    assert patch.apply({"a": 1, "l": [1]}) is None


def test_tests_and_permissions_do_not_change_the_document() -> None:
    """Only operations on the data count for what the document becomes."""
    patch = JSONPatch().test("/data/a", 7).add(JSONPatch.permission("read", EVERYONE)).add("/data/l/-", 2)
    assert patch.apply({"a": 1, "l": [1]}) == {"a": 1, "l": [1, 2]}


@pytest.mark.parametrize(
    ("document", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": 1}, {"a": None}, {"b": 1}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c", "d": 1}}, {"a": {"b": None, "e": 2}}, {"a": {"d": 1, "e": 2}}),
        ({}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({"a": [1]}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_a_merge_patch_is_applied_as_the_standard_says(document: Any, patch: Any, merged: Any) -> None:
    """Objects merge at every depth, None removes, anything else replaces."""
    original = copy(document)
    assert MergePatch(patch).apply(document) == merged
    assert document == original


def test_a_merge_patch_may_carry_permissions() -> None:
    """Lists are replaced by name, principals may be objects, and None clears one."""
    assert MergePatch(permissions={"read": [Account(), "a:x"], "write": None}).body() == {
        "data": {},
        "permissions": {"read": ["a:x", "account:bob"], "write": None},
    }
    with pytest.raises(UsageError, match="takes a list"):
        MergePatch(permissions={"read": "account:bob"}).body()
