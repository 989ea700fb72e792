"""What turns one set of documents into another, and how it is shown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk import Applied, Difference, Outcome, UsageError, diff
from kinto_sdk.objects.comparison import Comparison, partial_view
from kinto_sdk.protocol.attachments import attachment_from
from kinto_sdk.protocol.jsontypes import same

SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "é"]) | st.just(1.5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["r1", "r2", "r3", "r4"]), st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3)
)


def rows(documents: dict[str, dict[str, Any]], *, version: int = 1) -> list[dict[str, Any]]:
    """Documents with metadata, as a server has them."""
    return [
        {"id": id_, "last_modified": version + place, **fields} for place, (id_, fields) in enumerate(documents.items())
    ]


def applied(current: list[dict[str, Any]], difference: Difference) -> dict[str, dict[str, Any]]:
    """Documents by id, once a difference was written."""
    found = {row["id"]: {name: row[name] for name in row if name not in ("id", "last_modified")} for row in current}
    for create in difference.creates:
        assert create.id not in found
        found[str(create.id)] = create.document
    for update in difference.updates:
        assert same(found[str(update.id)], update.before)
        found[str(update.id)] = update.document
    for delete in difference.deletes:
        assert same(found.pop(str(delete.id)), delete.document)
    return found


@given(DOCUMENTS, DOCUMENTS)
def test_applying_the_difference_gives_what_is_desired(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]
) -> None:
    """What is there, with the writes done, is what is desired; and then there is nothing left to do."""
    current, desired = rows(before), rows(after, version=100)
    difference = diff(current, desired)
    found = applied(current, difference)
    assert same(found, after)
    assert not diff(rows(found), desired)
    assert len(difference) + difference.unchanged == len({*before, *after})
    assert bool(difference) is not same(before, after)


@given(DOCUMENTS, DOCUMENTS)
def test_nothing_goes_unless_it_may(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> None:
    """Without `delete`, documents that are not desired stay."""
    current = rows(before)
    assert same(applied(current, diff(current, rows(after), delete=False)), {**before, **after})


def test_each_change_is_told() -> None:
    """An update knows the version it was made for, and tells the fields that differ."""
    (update,) = diff(
        [{"id": "a", "last_modified": 7, "x": 1, "y": 2, "z": 3}], [{"id": "a", "x": 1, "y": 4, "n": 5}]
    ).updates
    assert (update.id, update.key, update.last_modified) == ("a", "a", 7)
    assert update.diff.added == {"n": 5}
    assert update.diff.removed == {"z": 3}
    assert update.diff.changed == {"y": (2, 4)}
    assert not update.diff.granted
    assert update.document == {"x": 1, "y": 4, "n": 5}


# ---- what makes no difference ----

STAMP = 1_895_832_000_000
"""As the server writes it into what it has checked: a version of the collection."""


def test_metadata_and_stamps_make_no_difference() -> None:
    """Versions, schema stamps, attachments that are not mentioned and ignored fields stay as they are."""
    there = {"id": "a", "last_modified": 7, "schema": STAMP, "attachment": {"size": 1}, "seen": 1, "x": 1}
    desired = {"id": "a", "last_modified": 9, "schema": STAMP + 1, "seen": 2, "kept": True, "x": 1}
    assert not diff([there], [desired], ignore=["seen", "kept"])
    (update,) = diff([there], [{**desired, "x": 2}], ignore=["seen", "kept"]).updates
    assert update.document == {"schema": STAMP, "attachment": {"size": 1}, "seen": 1, "x": 2}


def test_what_is_no_stamp_counts() -> None:
    """A field named `schema` that holds something else is the user's, and a new record has no stamp of another one."""
    (update,) = diff([{"id": "a", "schema": {"type": "object"}}], [{"id": "a", "schema": {}}]).updates
    assert update.document == {"schema": {}}
    (create,) = diff([], [{"id": "a", "schema": STAMP, "x": 1}]).creates
    assert create.document == {"x": 1}


def test_a_small_number_is_no_stamp() -> None:
    """Where the server checks nothing, a field named `schema` may be somebody's own number."""
    (create,) = diff([], [{"id": "a", "schema": 3}]).creates
    assert create.document == {"schema": 3}
    (update,) = diff([{"id": "a", "schema": 2}], [{"id": "a", "schema": 3}]).updates
    assert update.diff.changed == {"schema": (2, 3)}
    (update,) = diff([{"id": "a", "schema": 2}], [{"id": "a"}]).updates
    assert update.document == {}


def test_an_attachment_that_is_text_is_a_field_like_others() -> None:
    """It tells of no file, so that it goes when it is not desired."""
    (update,) = diff([{"id": "a", "attachment": "a.pdf"}], [{"id": "a"}]).updates
    assert update.diff.removed == {"attachment": "a.pdf"}


def test_an_attachment_that_is_given_counts() -> None:
    """Whoever mentions the attachment means it."""
    (update,) = diff([{"id": "a", "attachment": {"size": 1}}], [{"id": "a", "attachment": None}]).updates
    assert update.diff.changed == {"attachment": ({"size": 1}, None)}


def test_numbers_count_by_value() -> None:
    """A number that the server wrote in another form is no difference, and is not sent along with one."""
    there = {"id": "a", "n": 1.0, "flag": True}
    assert not diff([there], [{"id": "a", "n": 1, "flag": True}])
    (update,) = diff([{**there, "x": 1}], [{"id": "a", "n": 1, "flag": 1, "x": 1}]).updates
    assert update.diff.changed == {"flag": (True, 1)}


# ---- which belong together ----


def test_another_key() -> None:
    """Documents may be told apart by any field; the id is then the server's."""
    difference = diff(
        [{"id": "r1", "slug": "a", "x": 1}, {"id": "r2", "slug": "b"}],
        [{"slug": "a", "x": 2}, {"slug": "c"}],
        key="slug",
    )
    assert [(each.key, each.id) for each in difference.updates] == [("a", "r1")]
    assert [(each.key, each.id) for each in difference.creates] == [("c", None)]
    assert [(each.key, each.id) for each in difference.deletes] == [("b", "r2")]
    assert str(difference).splitlines()[:4] == [
        '+ c: {"slug": "c"}',
        "~ a (r1)",
        "    x: 1 → 2",
        '- b (r2): {"slug": "b"}',
    ]


def test_what_has_no_key_stays_when_nothing_is_deleted() -> None:
    """A document that is there without the key is none of the plan's business, unless it might have to go."""
    there = [{"id": "r1"}, {"id": "r2", "slug": "a"}]
    assert not diff(there, [{"slug": "a"}], key="slug", delete=False)
    with pytest.raises(UsageError, match='document "r1", which is there, has no slug'):
        diff(there, [{"slug": "a"}], key="slug")


@pytest.mark.parametrize(
    ("current", "desired", "options", "message"),
    [
        ([], [{"x": 1}], {}, 'desired document 0 has no id; each needs one, .* key="title"$'),
        ([], [{"id": None}], {}, "desired document 0 has id=null"),
        ([], [{"id": True}], {}, "desired document 0 has id=true"),
        ([], [{"id": "a"}, {"id": "a"}], {}, 'two desired documents have id="a"'),
        ([{"s": 1, "id": "a"}, {"s": 1, "id": "b"}], [{"s": 1}], {"key": "s"}, "two documents that are there have s=1"),
        ([], {"id": "a"}, {}, r'desired={"id": "a"} is no list of documents; write \[{...}\]'),
        ([], "a", {}, 'desired="a" is no list of documents'),
        (7, [], {}, "current=7 is no list of documents"),
        ([], ["a"], {}, r'desired\[0\] is a document, as a dict or as to_dict\(\) gives it, not "a"'),
        ([], [{"id": "a", "x": [{1}]}], {}, r"desired\[0\].x\[0\]"),
        ([{"id": "a", "x": float("nan")}], [], {}, r"current\[0\].x: nan has no JSON form"),
        ([], [], {"key": ""}, "key='' is not the name of a field"),
        ([], [], {"key": 1}, "key=1 is not the name of a field"),
        ([], [], {"ignore": "seen"}, r"ignore='seen' takes a list of fields; write \['seen'\]"),
    ],
)
def test_what_is_refused(current: Any, desired: Any, options: dict[str, Any], message: str) -> None:
    """Input that can't be compared is refused with the document's place in it."""
    with pytest.raises(UsageError, match=message):
        diff(current, desired, **options)


def test_nothing_is_changed() -> None:
    """What is compared stays as it was, and may be given piece by piece."""
    there, desired = {"id": "a", "last_modified": 1, "x": {"y": 1}}, {"id": "a", "last_modified": 2, "x": {"y": 2}}
    (update,) = diff(iter([there]), (each for each in [desired])).updates
    update.document["x"]["y"] = 3
    assert update.document == {"x": {"y": 2}}
    assert there == {"id": "a", "last_modified": 1, "x": {"y": 1}}
    assert desired == {"id": "a", "last_modified": 2, "x": {"y": 2}}


def test_a_partial_view_leaves_the_rest() -> None:
    """Fields that whoever desires was not shown stay, at every depth that can be told."""
    comparison = Comparison()
    comparison.want({"id": "a", "x": 2}, shown=partial_view({"id": "a", "x": 2, "gone": 1}))
    comparison.there({"id": "a", "x": 1, "y": 1, "gone": 1})
    (update,) = comparison.difference().updates
    assert update.document == {"x": 2, "y": 1}


# ---- permissions and files ----


def test_permissions_are_added_to_those_there() -> None:
    """Without `delete` principals only come; with it they go too, but for whoever writes."""
    there, desired = {"write": ["me", "old"], "read": ["old"]}, {"write": ["new"]}
    found: dict[bool, Any] = {}
    for delete in (False, True):
        comparison = Comparison(delete=delete, me="me")
        comparison.want({"id": "a"}, permissions=desired)
        comparison.there({"id": "a"}, there)
        (found[delete],) = comparison.difference().updates
    assert found[False].permissions == {"read": ["old"], "write": ["me", "new", "old"]}
    assert found[True].permissions == {"write": ["me", "new"]}
    assert found[True].diff.revoked == {"read": frozenset({"old"}), "write": frozenset({"old"})}
    assert found[True].diff.granted == {"write": frozenset({"new"})}
    assert str(comparison.difference()).splitlines() == [
        "~ a",
        "    + write: new",
        "    - read: old",
        "    - write: old",
        "1 to update, 0 as desired",
    ]


def test_all_permissions_may_go() -> None:
    """Permissions that are emptied are a change too."""
    comparison = Comparison()
    comparison.want({"id": "a"}, permissions={})
    comparison.there({"id": "a"}, {"read": ["x"]})
    (update,) = comparison.difference().updates
    assert update.permissions == {}


def test_files_are_compared_by_their_content_and_name() -> None:
    """A file goes along when the record there has none, or another one; it is removed where things may go."""
    file = {"filename": "a.txt", "location": "x", "hash": "h", "mimetype": "text/plain", "size": 1234}
    mine = attachment_from(file)
    for delete in (False, True):
        comparison = Comparison(files=True, delete=delete)
        for id_ in ("new", "none", "same", "other"):
            comparison.want({"id": id_}, attachment=mine)
        comparison.want({"id": "bare"})
        comparison.want({"id": "empty"})
        comparison.there({"id": "none", "attachment": None})
        comparison.there({"id": "same", "attachment": {**file, "location": "y"}})
        comparison.there({"id": "other", "attachment": {**file, "hash": "i"}})
        comparison.there({"id": "bare", "attachment": file})
        comparison.there({"id": "empty"})
        difference = comparison.difference()
        assert {each.id: each.attachment for each in difference.files} == {
            "none": mine,
            "other": mine,
            "new": mine,
            **({"bare": None} if delete else {}),
        }
    assert "+ none: file a.txt (1,234 bytes)" in str(difference)
    assert "- bare: its file" in str(difference)
    assert str(difference).endswith("1 to create, 4 files to copy, 5 as desired")


# ---- as text ----


def test_a_difference_can_be_read() -> None:
    """Each write has its lines: what comes, what changes, what goes."""
    there = [{"id": "a", "x": {"y": 1, "z": [1]}, "old": "t" * 100}, {"id": "b"}, {"id": "c", "n": 1}]
    desired = [{"id": "a", "x": {"y": 2, "z": [1]}, "new": None}, {"id": "b"}, {"id": "d"}]
    assert str(diff(there, desired)).splitlines() == [
        "+ d: {}",
        "~ a",
        "    x.y: 1 → 2",
        f'    - old: "{"t" * 58}…',
        "    + new: null",
        '- c: {"n": 1}',
        "1 to create, 1 to update, 1 to delete, 1 as desired",
    ]
    assert str(diff(there, there)) == "nothing to do, 3 as desired"


def test_a_long_difference_is_cut() -> None:
    """A hundred writes are shown; the rest are counted."""
    lines = str(diff([], [{"id": f"r{n}"} for n in range(1500)])).splitlines()
    assert len(lines) == 102
    assert lines[-2:] == ["… and 1,400 more", "1,500 to create, 0 as desired"]


def test_what_became_of_a_plan_can_be_read() -> None:
    """What was done, and what was not, in one line."""
    assert str(Applied()) == "nothing done"
    assert Applied().ok
    assert str(Applied(created=1200, deleted=1, files=1)) == "1,200 created, 1 deleted, 1 file copied"
    failed = Applied(updated=1, failed=(Outcome("failed", None, UsageError("no")),))  # type: ignore[type-var]  # it is not looked at
    assert str(failed) == "1 updated, 1 failed; the first: no"
    assert not failed.ok
