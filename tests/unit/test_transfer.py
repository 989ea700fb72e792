"""The format of exports, the YAML of kinto-wizard, and what an import tells of itself."""

import io
import json
from typing import Any

import pytest

from kinto_sdk import UsageError
from kinto_sdk.cli.places import Place
from kinto_sdk.cli.transfer.entries import Entry, header, read_entries, write_entry
from kinto_sdk.cli.transfer.portions import portions
from kinto_sdk.cli.transfer.steps import Report, Step
from kinto_sdk.cli.transfer.wizard import read_yaml
from kinto_sdk.objects.history import Diff

MILK = Place("blog", collection="todos", record="milk")


def test_what_is_written_is_read_again() -> None:
    """Each kind of object comes back as it was, absent permissions and versions included; blank lines do not matter."""
    entries = [
        Entry(Place("blog"), None),
        Entry(Place("blog", group="editors"), {"members": ["account:bob"]}, {"write": ["account:me"]}, 3),
        Entry(Place("blog", collection="todos"), {}, {}, 4),
        Entry(MILK, {"title": "é"}, None, 5),
    ]
    lines = [header(Place("blog")), b"\n", *map(write_entry, entries)]
    assert list(read_entries(lines, "x")) == [Place("blog"), *entries]
    assert entries[3].document == {"title": "é", "id": "milk"}
    assert [entry.id for entry in entries] == ["blog", "editors", "todos", "milk"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "line 2 is not of an export"),
        ("[]", "no object with a path"),
        ({"kind": "record"}, "no object with a path"),
        ({"kind": "record", "path": "blog"}, "'blog' is not the path of a record"),
        ({"kind": "thing", "path": "blog"}, "'blog' is not the path of a thing"),
        ({"kind": "bucket", "path": "blog/"}, "not the path of a bucket"),
        ({"kind": "bucket", "path": "https://x/v1/blog"}, "not the path of a bucket"),
        ({"kind": "bucket", "path": "a/b/c/d"}, "is not a PATH"),
        ({"kind": "bucket", "path": "blog", "data": []}, "its data is no object"),
        ({"kind": "bucket", "path": "blog", "permissions": {"read": "x"}}, "its permissions"),
        ({"kind": "bucket", "path": "blog", "permissions": {"read": [1]}}, "its permissions"),
        ({"kind": "export", "version": 2, "path": ""}, "its version is 2, this program reads 1"),
    ],
)
def test_a_line_that_is_none_is_told_by_its_number(row: Any, message: str) -> None:
    """A damaged file is refused at the line that is wrong, not half understood."""
    line = row if isinstance(row, str) else json.dumps(row)
    with pytest.raises(UsageError, match=message):
        list(read_entries([header(Place()), line.encode()], "x.jsonl"))


def test_a_file_without_a_header_is_no_export() -> None:
    """Other JSON Lines are not taken for an export."""
    with pytest.raises(UsageError, match=r"x.jsonl, line 1 is not of an export: the header is missing"):
        list(read_entries([write_entry(Entry(Place("blog"), {}))], "x.jsonl"))


def test_an_empty_file_is_no_export() -> None:
    """An export that was cut off before it began is not taken for one of nothing."""
    with pytest.raises(UsageError, match=r"x\.jsonl is empty: an export has a header at least"):
        list(read_entries([b"\n"], "x.jsonl"))


def test_the_yaml_of_kinto_wizard_is_read_in_its_order() -> None:
    """Buckets, groups, collections, records; dates become text, metadata leaves the data, what is not told stays so."""
    file = io.BytesIO(b"""
buckets:
  blog:
    data: {about: food}
    permissions: {write: [account:bob]}
    groups: {editors: {data: {members: [account:ann]}}}
    collections:
      todos:
        records:
          milk: {data: {id: milk, last_modified: 7, due: [2030-01-31, {at: 2030-01-31T12:00:00Z}]}}
          1:
""")
    assert list(read_yaml(file, "x.yaml")) == [
        Entry(Place("blog"), {"about": "food"}, {"write": ["account:bob"]}),
        Entry(Place("blog", group="editors"), {"members": ["account:ann"]}),
        Entry(Place("blog", collection="todos"), None),
        Entry(MILK, {"due": ["2030-01-31", {"at": "2030-01-31T12:00:00+00:00"}]}, None, 7),
        Entry(Place("blog", collection="todos", record="1"), None),
    ]


def test_yaml_may_say_next_to_nothing() -> None:
    """Empty parts are empty lists."""
    assert list(read_yaml(io.BytesIO(b"buckets:"), "x.yaml")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "x.yaml can't be read as YAML"),
        ("\x00", "x.yaml can't be read as YAML"),
        ("[]", "neither an export nor a file of kinto-wizard"),
        ("blog: {}", "neither an export nor a file of kinto-wizard"),
        ("buckets: [blog]", "buckets are no objects by their ids"),
        ("buckets: {blog: 1}", "buckets: blog is no object"),
        ("buckets: {blog: {groups: 1}}", "the groups of blog are no objects"),
        ("buckets: {blog: {data: 1}}", "blog: its data is no object"),
        ("buckets: {blog: {permissions: [1]}}", "blog: its permissions"),
        ("!!python/object/apply:os.getcwd []", "x.yaml can't be read as YAML"),
    ],
)
def test_what_is_no_file_of_kinto_wizard_is_refused(text: str, message: str) -> None:
    """The message says what is wrong, and where; nothing in a file is run."""
    with pytest.raises(UsageError, match=message):
        list(read_yaml(io.BytesIO(text.encode()), "x.yaml"))


def test_a_step_tells_what_changes() -> None:
    """For people on one line, for programs as JSON that leaves out what is empty."""
    diff = Diff(
        added={"a": 1},
        removed={"b": 2},
        changed={"c": (3, 4)},
        granted={"read": frozenset({"z", "y"})},
        revoked={"write": frozenset({"x"})},
    )
    step = Step("update", MILK, diff, "milk.txt")
    assert str(step) == "~ blog/todos/milk: c: 3 → 4, + a: 1, - b: 2, + read: y z, - write: x, file milk.txt"
    assert step.to_dict() == {
        "action": "update",
        "path": "blog/todos/milk",
        "added": {"a": 1},
        "removed": {"b": 2},
        "changed": {"c": {"before": 3, "after": 4}},
        "granted": {"read": ["y", "z"]},
        "revoked": {"write": ["x"]},
        "file": "milk.txt",
    }
    assert str(Step("create", MILK)) == "+ blog/todos/milk"
    assert Step("delete", MILK).to_dict() == {"action": "delete", "path": "blog/todos/milk"}
    assert str(Step("update", MILK, None, "")) == "~ blog/todos/milk: - its file"


def test_a_report_counts() -> None:
    """Steps and refusals are counted, whoever listens."""
    report = Report()
    report.add(Step("create", MILK))
    report.refuse(MILK, ValueError())
    assert report.to_dict() == {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "refused": 1}


def test_portions_are_full_but_for_the_last() -> None:
    """What is taken some at a time is all taken, in its order."""
    assert list(map(len, portions(range(250)))) == [100, 100, 50]
    assert list(portions("ab")) == [["a", "b"]]
    assert list(portions([])) == []
