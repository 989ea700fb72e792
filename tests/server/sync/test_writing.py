# Generated from tests/server/aio/test_writing.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Writing on a real server, in the sync colour."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    EVERYONE,
    AlreadyExistsError,
    Client,
    Collection,
    ConflictError,
    DeletedError,
    InvalidRequestError,
    JSONPatch,
    MergeConflictError,
    MergePatch,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    UsageError,
)

Connect = Callable[..., Client]
READER = "account:reader"
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


@attrs.define
class Todo:
    """A model that declares less than the server keeps."""

    title: str
    done: bool = False


@pytest.fixture
def items(kinto_client: Client) -> Collection[dict[str, Any]]:
    """Return an empty collection."""
    bucket = kinto_client.create_bucket("b")
    return bucket.create_collection("c")


def user_id(client: Client) -> str:
    """Who the server takes the client for."""
    user = (client.server_info()).user
    assert user is not None
    return user.id


def twins(items: Collection[dict[str, Any]], **data: Any) -> tuple[Any, Any]:
    """One record, seen by two."""
    mine = items.create_record(data, id="r")
    return mine, items.get_record("r")


# ---- what save() sends ---------------------------------------------------------------------------------------------


def test_each_row_of_the_table(items: Collection[dict[str, Any]]) -> None:
    """Created, unchanged, a field set, one removed, permissions edited: the server has what was meant each time."""
    record = items.new_record({"a": 1, "b": {"c": [1]}}, "r").save()
    assert record.created
    created = record.last_modified
    assert (record.save()).last_modified == created
    record.data["b"]["c"].append(2)
    record.save()
    assert (items.get_record("r")).data == {"a": 1, "b": {"c": [1, 2]}}
    del record.data["a"]
    record.permissions.read.add(READER)
    record.save()
    found = items.get_record("r")
    assert found.data == {"b": {"c": [1, 2]}}
    assert found.permissions.read == {READER}
    found.permissions.read.add(EVERYONE)
    found.save()
    found.data["b"] = {}
    found.save()
    found = items.get_record("r")
    assert (found.data, found.permissions.read) == ({"b": {}}, {READER, EVERYONE})
    del found.data["b"]
    found.save()
    assert ((record.load()).data, record.permissions.read) == ({}, {READER, EVERYONE})


def test_an_unseen_object_is_never_overwritten(items: Collection[dict[str, Any]]) -> None:
    """A new object of the same id is refused, unless the precondition is left out on purpose."""
    items.create_record({"a": 1}, id="r")
    with pytest.raises(AlreadyExistsError) as caught:
        items.new_record({"b": 1}, "r").save()
    assert caught.value.theirs == {"a": 1}
    again = items.new_record({"b": 1}, "r").save(safe=False)
    assert (again.created, (items.get_record("r")).data) == (None, {"b": 1})


def test_values_of_python_go_out_as_json(items: Collection[dict[str, Any]]) -> None:
    """Dates are ISO strings at every depth; what has no JSON form fails before the request, with its path."""
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    record = items.create_record({"when": moment, "deep": [{"day": date(2026, 1, 2)}]})
    kept = (items.get_record(record.id)).data
    assert kept["deep"] == [{"day": "2026-01-02"}]
    assert datetime.fromisoformat(kept["when"]) == moment
    for wrong in ({1}, float("nan"), "\0", "\ud800", 2**64):
        record.data["deep"] = [{"x": wrong}]
        with pytest.raises(UsageError, match=r"data\.deep\[0\]\.x"):
            record.save()
    assert (items.get_record(record.id)).last_modified == record.last_modified


def test_fields_a_model_does_not_declare_survive(items: Collection[dict[str, Any]]) -> None:
    """Saving, merging and making anew keep what the model does not know, nested too."""
    items.create_record({"title": "x", "secret": {"a": [1]}, "done": False}, id="r")
    todos = items.bucket.collection("c", Todo)
    mine, theirs = todos.get_record("r"), items.get_record("r")
    theirs.data["secret"]["a"].append(2)
    theirs.save()
    todo = mine.data
    todo.done = True
    mine.save(on_conflict="merge")
    assert mine.data is todo
    assert (theirs.load()).data == {"title": "x", "secret": {"a": [1, 2]}, "done": True}
    theirs.delete()
    todo.title = "y"
    mine.save(on_conflict="mine")
    assert (items.get_record("r")).data == {"title": "y", "secret": {"a": [1, 2]}, "done": True}


def test_a_schema_names_the_fields(items: Collection[dict[str, Any]]) -> None:
    """A document that the collection's schema refuses is an InvalidRequestError with the field's name."""
    items.patch({"schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}})
    for data, name in (({"n": "x"}, "n"), ({}, "n")):
        with pytest.raises(InvalidRequestError) as caught:
            items.create_record(data)
        assert [problem.name for problem in caught.value.problems] == [name]
    record = items.create_record({"n": 1}, id="r")
    assert record.data["schema"] == items.last_modified
    record.data["n"] = 2
    record.save()
    for patch in ({"n": "x"}, MergePatch({"n": "x"}), JSONPatch().replace("/data/n", "x")):
        with pytest.raises(InvalidRequestError) as caught:
            record.patch(patch)
        assert caught.value.problems[0].name == "n"
    assert (items.get_record("r")).data == {"n": 2, "schema": items.last_modified}


def test_imports_bring_their_version(items: Collection[dict[str, Any]]) -> None:
    """A version given at creation is the record's; the next save has the server's time."""
    record = items.create_record({"a": 1}, id="r", last_modified=datetime(2001, 1, 1, tzinfo=UTC))
    assert (items.get_record("r")).last_modified == record.last_modified == 978307200000
    record.data["a"] = 2
    record.save()
    assert record.last_modified > 1_700_000_000_000
    with pytest.raises(UsageError):
        items.create_record({}, last_modified=0)


# ---- preconditions -------------------------------------------------------------------------------------------------


VERBS = ("patch", "save", "put", "replace", "delete", "merge", "json")


def edited(items: Collection[dict[str, Any]], verb: str) -> tuple[Any, Any]:
    """A record edited here, that somebody else changed meanwhile."""
    old = items.create_record({"a": 1, "b": 1}, id=verb)
    new = items.get_record(verb)
    old.data["a"] = 3
    if verb == "put":
        del old.data["b"]
    new.patch({"a": 2})
    return old, new


def test_an_old_version_is_refused(items: Collection[dict[str, Any]]) -> None:
    """Every write of an object that changed meanwhile is a conflict that shows it, and changes nothing."""
    for verb in VERBS:
        old, new = edited(items, verb)
        with pytest.raises(ConflictError) as caught:
            attempt(old, verb)
        assert caught.value.theirs == {"a": 2, "b": 1}
        assert caught.value.base == {"a": 1, "b": 1}
        assert (new.refresh()) is False


def test_without_precondition_the_last_one_wins(items: Collection[dict[str, Any]]) -> None:
    """`safe=False` writes over whatever is there."""
    for verb in VERBS:
        old, new = edited(items, verb)
        attempt(old, verb, safe=False)
        if verb == "delete":
            assert not new.exists()
        else:
            assert (new.load()).data == ({"a": 3} if verb in ("put", "replace") else {"a": 3, "b": 1})


def test_another_version_can_be_protected(items: Collection[dict[str, Any]]) -> None:
    """`if_match` takes the place of the version seen, as milliseconds or as an ETag."""
    for verb in VERBS:
        old, new = edited(items, verb)
        with pytest.raises(ConflictError):
            attempt(old, verb, if_match=new.last_modified - 1)
        attempt(old, verb, if_match=new.etag)
        assert new.exists() is (verb != "delete")


def test_a_deletion_meets_each_verb(items: Collection[dict[str, Any]]) -> None:
    """What was seen and is gone is a conflict for edits, and not there for a deletion."""
    for verb in VERBS:
        old, new = edited(items, verb)
        new.delete()
        with pytest.raises(NotFoundError if verb == "delete" else ConflictError) as caught:
            attempt(old, verb)
        assert getattr(caught.value, "theirs", None) is None
        assert old.delete(if_exists=True) is False
        with pytest.raises(DeletedError):
            old.save()
        old.replace({"z": 1})
        assert (old.created, (new.load()).data) == (True, {"z": 1})


def attempt(record: Any, verb: str, **options: Any) -> None:
    """Write {"a": 3} in the way that the verb says."""
    if verb in ("save", "put"):
        record.save(**options)
    elif verb == "replace":
        record.replace({"a": 3}, **options)
    elif verb == "delete":
        record.delete(**options)
    elif verb == "patch":
        record.patch({"a": 3}, **options)
    elif verb == "merge":
        record.patch(MergePatch({"a": 3}), **options)
    else:
        record.patch(JSONPatch().replace("/data/a", 3), **options)


def test_preconditions_of_reads(items: Collection[dict[str, Any]]) -> None:
    """A refresh reads when the version moved alone; a handle reads always; what is gone is not found."""
    old, new = twins(items, a=1)
    assert old.refresh() is False
    assert items.record("r").refresh() is True
    new.patch({"a": 2})
    assert old.refresh() is True
    assert old.data == {"a": 2}
    new.delete()
    with pytest.raises(NotFoundError):
        old.refresh()


def test_a_version_that_protects_nothing(
    items: Collection[dict[str, Any]], kinto_client: Client
) -> None:
    """The server takes versions of 0 and ignores them as preconditions, so writes that rely on one are refused."""
    kinto_client.request("PUT", f"{items.path}/records/zero", json={"data": {"last_modified": 0}})
    record = items.get_record("zero")
    record.data["a"] = 1
    with pytest.raises(UsageError, match="safe=False"):
        record.save()
    record.save(safe=False)
    assert (items.get_record("zero")).data == {"a": 1}


# ---- conflicts -----------------------------------------------------------------------------------------------------


def test_a_conflict_resolved_each_way(items: Collection[dict[str, Any]]) -> None:
    """Merged, mine, theirs, by a function, and by hand with `rebase()`."""
    mine, theirs = twins(items, a=1, b=1, n=1)
    theirs.data["b"] = 2
    theirs.save()
    mine.data["a"] = 2
    mine.save(on_conflict="merge")
    assert (theirs.load()).data == mine.data == {"a": 2, "b": 2, "n": 1}

    theirs.patch({"a": 5, "b": 5})
    mine.data["a"] = 3
    with pytest.raises(MergeConflictError) as caught:
        mine.save(on_conflict="merge")
    assert caught.value.fields == ("a",)
    mine.save(on_conflict="mine")
    assert (theirs.load()).data == mine.data == {"a": 3, "b": 5, "n": 1}

    theirs.patch({"a": 6})
    mine.data.update(a=7, b=7)
    mine.save(on_conflict="theirs")
    assert (theirs.load()).data == mine.data == {"a": 6, "b": 5, "n": 1}

    theirs.patch({"n": 11})
    mine.data["n"] = 2
    mine.save(on_conflict=lambda c: {**c.theirs, "n": c.mine["n"] + c.theirs["n"] - c.base["n"]})
    assert (theirs.load()).data == mine.data == {"a": 6, "b": 5, "n": 12}

    theirs.patch({"b": 8})
    mine.data["a"] = 8
    with pytest.raises(ConflictError) as conflict:
        mine.save()
    (mine.rebase(conflict.value)).save()
    assert (theirs.load()).data == {"a": 8, "b": 8, "n": 12}


def test_permission_edits_survive_a_conflict(items: Collection[dict[str, Any]]) -> None:
    """What both sides added to and took from a list is added and taken."""
    mine, theirs = twins(items, a=1)
    mine.grant("read", READER, "account:out")
    theirs.load()
    theirs.permissions.read.add("account:theirs")
    theirs.data["a"] = 2
    theirs.save()
    mine.permissions.read.add("account:mine")
    mine.permissions.read.discard("account:out")
    mine.save(on_conflict="merge")
    theirs.load()
    assert theirs.permissions.read == {READER, "account:mine", "account:theirs"}
    assert theirs.data == mine.data == {"a": 2}


def test_an_edit_and_a_deletion(items: Collection[dict[str, Any]]) -> None:
    """With an edit here and a deletion there: refused, let go, or made anew with its permissions."""
    mine, theirs = twins(items, a=1, b=1)
    mine.grant("read", READER)
    theirs.delete(safe=False)
    mine.data["a"] = 2
    with pytest.raises(MergeConflictError, match="deleted"):
        mine.save(on_conflict="merge")
    mine.save(on_conflict="mine")
    found = items.get_record("r")
    assert (found.data, found.permissions.read) == ({"a": 2, "b": 1}, {READER})
    found.delete()
    mine.data["a"] = 3
    mine.save(on_conflict="theirs")
    assert not mine.exists()
    with pytest.raises(DeletedError):
        mine.save()


def test_a_deletion_and_an_edit(items: Collection[dict[str, Any]]) -> None:
    """With a deletion here and an edit there the deletion is refused, until it is meant."""
    mine, theirs = twins(items, a=1)
    theirs.patch({"a": 2})
    with pytest.raises(ConflictError, match=r"delete\(safe=False\)"):
        mine.delete()
    assert mine.delete(safe=False)


def test_update_reads_computes_and_saves(items: Collection[dict[str, Any]]) -> None:
    """A change by somebody else in between is computed on."""
    _, theirs = twins(items, n=1)
    calls: list[int] = []

    def add(data: dict[str, Any]) -> None:
        calls.append(data["n"])
        data["n"] += 1

    assert (items.update("r", add)).data == {"n": 2}
    theirs.load()
    theirs.patch({"n": 10})
    assert (items.update("r", add)).data == {"n": 11}
    assert calls == [1, 10]
    with pytest.raises(NotFoundError):
        items.update("none", add)


def test_a_conflict_inside_a_batch(items: Collection[dict[str, Any]], connect: Connect) -> None:
    """A save in a batch resolves its conflict in further rounds of the batch."""
    mine, theirs = twins(items, a=1, b=1)
    other = items.create_record({"n": 1}, id="other")
    theirs.patch({"b": 2})
    client = connect()
    mine, other = mine.using(client), other.using(client)
    with client.batch() as batch:
        mine.data["a"] = 2
        batch.save(mine, on_conflict="merge")
        batch.patch(other, JSONPatch().replace("/data/n", 2))
        batch.patch(other, MergePatch({"m": 1}))
        batch.grant(other, "read", READER)
    assert (theirs.load()).data == {"a": 2, "b": 2}
    assert (items.get_record("other")).data == {"n": 2, "m": 1}
    assert other.permissions.read == {READER}


# ---- create --------------------------------------------------------------------------------------------------------


def test_existing_objects_are_returned_or_made(kinto_client: Client) -> None:
    """Every kind of object: made at first, returned with data and permissions afterwards."""
    acl = {"read": [READER]}
    for created in (True, False):
        bucket = kinto_client.create_bucket("b", {"x": 1}, permissions=acl, if_not_exists=True)
        group = bucket.create_group("g", ["account:a"], permissions=acl, if_not_exists=True)
        collection = bucket.create_collection("c", {"x": 1}, permissions=acl, if_not_exists=True)
        record = collection.create_record({"x": 1}, id="r", permissions=acl, if_not_exists=True)
        for each in (bucket, group, collection, record):
            assert each.created is created
            assert each.permissions.read == {READER}
            assert each.data["members" if each is group else "x"] == (["account:a"] if each is group else 1)
            assert not each.is_dirty


def test_a_writer_without_the_right_to_create(items: Collection[dict[str, Any]], connect: Connect) -> None:
    """Whoever may write the object and not create gets it; whoever may do neither is refused."""
    bob = connect("bob")
    record = items.create_record({"a": 1}, id="r")
    theirs = bob.bucket("b").collection("c")
    with pytest.raises(PermissionDeniedError):
        theirs.create_record({"b": 1}, id="r", if_not_exists=True)
    record.grant("write", user_id(bob))
    found = theirs.create_record({"b": 1}, id="r", if_not_exists=True)
    assert (found.created, found.data) == (False, {"a": 1})
    with pytest.raises(PermissionDeniedError):
        theirs.create_record({"b": 1}, id="none", if_not_exists=True)
    bucket = bob.create_bucket("b", if_not_exists=True)
    assert (bucket.created, bucket.permissions.known) == (False, False)


def test_a_creator_without_the_right_to_read(items: Collection[dict[str, Any]], connect: Connect) -> None:
    """Whoever may create and not read gets the document that the refusal shows, without permissions."""
    bob = connect("bob")
    items.grant("record:create", user_id(bob))
    items.create_record({"a": 1}, id="r")
    found = bob.bucket("b").collection("c").create_record({"b": 1}, id="r", if_not_exists=True)
    assert (found.created, found.data) == (False, {"a": 1})
    with pytest.raises(NotLoadedError, match="not visible"):
        found.permissions.read.add(READER)


# ---- patches -------------------------------------------------------------------------------------------------------


def test_patches_of_each_kind(items: Collection[dict[str, Any]]) -> None:
    """Plain fields, a merge patch, a JSON Patch and a bare list of operations do what they say; edits stay."""
    record = items.create_record({"a": {"x": 1, "y": 1}, "l": [1], "keep": 1}, id="r")
    record.data["keep"] = "edited"
    record.patch({"n": None})
    record.patch(MergePatch({"a": {"x": None, "z": 2}, "n": None}))
    record.patch(
        JSONPatch().test("/data/l/0", 1).add("/data/l/-", 2).move("/data/a/y", "/data/y").copy("/data/l", "/data/m")
    )
    record.patch([{"op": "remove", "path": "/data/m/0"}])
    assert (items.get_record("r")).data == {"a": {"z": 2}, "l": [1, 2], "y": 1, "m": [2], "keep": 1}
    assert record.unsaved.set == {"keep": "edited"}
    with pytest.raises(InvalidRequestError, match="not equal"):
        record.patch(JSONPatch().remove("/data/y").test("/data/l/0", 9))
    assert (items.get_record("r")).data["y"] == 1
    with pytest.raises(UsageError, match="not an object"):
        record.patch(MergePatch({"y": {"z": 1}}))
    items.record("r").patch({"bare": True})
    with pytest.raises(ConflictError):
        record.patch({"late": True})


def test_an_edit_beside_what_is_patched(items: Collection[dict[str, Any]]) -> None:
    """A key that was edited is saved, and neither the patch beside it is undone nor what was not read is lost."""
    items.create_record({"a": {"b": 1, "c": 1, "d": 1}}, id="r")
    record = items.records().only("a.b").where(id="r").one()
    record.data["a"]["b"] = 2
    record.patch(MergePatch({"a": {"c": 9}}))
    record.save()
    assert (items.get_record("r")).data == {"a": {"b": 2, "c": 9, "d": 1}}


def test_permissions_in_patches(items: Collection[dict[str, Any]], connect: Connect) -> None:
    """Both kinds of patch change permissions; names with slashes and whole lists too."""
    group = items.bucket.create_group("g", ["account:a"])
    record = items.create_record({"a": 1}, id="r")
    read = JSONPatch.permission("read", group)
    record.patch(JSONPatch().add(read).add(JSONPatch.permission("read", READER)))
    assert record.permissions.read == {group.principal, READER}
    record.patch(JSONPatch().remove(read))
    assert record.permissions.read == {READER}
    record.patch(JSONPatch().remove(JSONPatch.permission("read")))
    assert record.permissions.read == set()
    items.patch(JSONPatch().add(JSONPatch.permission("record:create"), [READER]))
    assert items.permissions["record:create"] == {READER}
    record.patch(MergePatch(permissions={"read": [READER]}))
    record.patch(MergePatch(permissions={"read": None}))
    assert (items.get_record("r")).permissions.read == set()


def test_a_json_patch_by_an_inherited_writer(
    items: Collection[dict[str, Any]], connect: Connect, kinto_client: Client
) -> None:
    """The loss: the server clears the permissions. The guard: nothing is changed, and the error says what to do."""
    owner = connect("bob")
    items.grant("record:create", user_id(owner))
    theirs = owner.bucket("b").collection("c").create_record({"a": 1}, id="r", permissions={"read": [READER]})
    before = theirs.permissions.to_dict()

    with pytest.raises(PermissionDeniedError, match="take_write=True"):
        items.record("r").patch(JSONPatch().add("/data/b", 1))
    theirs.load()
    assert (theirs.data, theirs.permissions.to_dict()) == ({"a": 1}, before)

    taken = items.record("r").patch(JSONPatch().add("/data/b", 1), take_write=True)
    theirs.load()
    assert theirs.data == {"a": 1, "b": 1}
    assert theirs.permissions.read == {READER}
    me = user_id(kinto_client)
    assert theirs.permissions.write == taken.permissions.write == {me, *before["write"]}

    again = owner.bucket("b").collection("c").create_record({"a": 1}, id="s", permissions={"read": [READER]})
    kinto_client.request(
        "PATCH", again.path, content=b'[{"op": "add", "path": "/data/b", "value": 1}]', headers=JSON_PATCH
    )
    with pytest.raises(PermissionDeniedError):
        again.load()
    assert (items.get_record("s")).permissions == {"write": [me]}


def test_a_writer_through_a_group_patches(items: Collection[dict[str, Any]], connect: Connect) -> None:
    """A member of a group in the write list is shown the permissions, so nothing stands in the way."""
    bob = connect("bob")
    group = items.bucket.create_group("g", [user_id(bob)])
    items.create_record({"a": 1}, id="r", permissions={"write": [group], "read": [READER]})
    patched = bob.bucket("b").collection("c").record("r").patch(JSONPatch().add("/data/b", 1))
    assert patched.permissions.read == {READER}
    assert group in patched.permissions.write


# ---- permissions ---------------------------------------------------------------------------------------------------


def test_grants_and_revokes(items: Collection[dict[str, Any]]) -> None:
    """On bare handles, for every kind of object and name, with principals as strings and objects."""
    bucket = items.bucket
    group = bucket.create_group("g", [])
    record = items.create_record({"a": 1}, id="r")
    for each, name in ((bucket, "collection:create"), (bucket, "group:create"), (items, "record:create")):
        each.grant(name, group, READER)
        assert each.permissions[name] == {group.principal, READER}
        each.revoke(name, group, READER, "account:nobody")
        assert each.permissions[name] == set()
    bare = items.record("r")
    bare.grant("read", EVERYONE, group)
    items.record("r").revoke("read", EVERYONE)
    items.record("r").revoke("read", EVERYONE)
    assert (record.load()).permissions.read == {group.principal}
    record.grant("write", READER)
    record.revoke("write", READER)
    assert len(record.permissions.write) == 1
    with pytest.raises(NotFoundError):
        items.record("none").grant("read", EVERYONE)


def test_grants_by_an_inherited_writer(items: Collection[dict[str, Any]], connect: Connect) -> None:
    """The bucket's owner grants on another's record: nothing is lost, and the owner becomes a writer of it."""
    owner = connect("bob")
    items.grant("record:create", user_id(owner))
    theirs = owner.bucket("b").collection("c").create_record({"a": 1}, id="r", permissions={"read": [READER]})
    handle = items.record("r")
    with pytest.raises(NotLoadedError, match="not visible"):
        (handle.load()).permissions.read.add(EVERYONE)
    handle.grant("read", EVERYONE)
    theirs.load()
    assert theirs.permissions.read == {READER, EVERYONE}
    assert len(theirs.permissions.write) == 2
    items.record("r").revoke("read", READER)
    assert (theirs.load()).permissions.read == {EVERYONE}
    with pytest.raises(PermissionDeniedError):
        connect("eve").bucket("b").collection("c").record("r").grant("read", EVERYONE)


def test_permissions_of_listed_objects_are_not_loaded(items: Collection[dict[str, Any]]) -> None:
    """A list shows no permissions, so editing them is refused, and saving the data keeps them."""
    items.create_record({"a": 1}, id="r", permissions={"read": [READER]})
    (listed,) = [record for record in items.records()]
    with pytest.raises(NotLoadedError, match=r"load\(\)"):
        listed.permissions.read.add(EVERYONE)
    listed.data["a"] = 2
    listed.save()
    assert listed.permissions.read == {READER}
    listed.permissions = {"read": [EVERYONE]}
    listed.save()
    assert (items.get_record("r")).permissions.read == {EVERYONE}


# ---- groups --------------------------------------------------------------------------------------------------------


def test_members_of_groups(items: Collection[dict[str, Any]]) -> None:
    """Members are a set, changed with the group or at once, and merged with what others did."""
    bucket = items.bucket
    group = bucket.create_group("g", ["account:a", "account:b"])
    other = bucket.get_group("g")
    other.add_member("account:c")
    group.members.add("account:d")
    group.members.discard("account:a")
    with pytest.raises(ConflictError):
        group.save()
    group.save(on_conflict="merge")
    assert (bucket.get_group("g")).members == {"account:b", "account:c", "account:d"}
    other.remove_member("account:b", "account:nobody")
    bucket.group("g").add_member("account:e")
    assert (bucket.get_group("g")).members == {"account:c", "account:d", "account:e"}
    group.delete(safe=False)
    with pytest.raises(NotFoundError):
        bucket.group("g").add_member("account:f")


def test_a_group_made_without_a_body(
    items: Collection[dict[str, Any]], kinto_client: Client
) -> None:
    """The server keeps no members for it at all; it is an empty group all the same."""
    kinto_client.request("PUT", "/buckets/b/groups/g", json={})
    group = items.bucket.get_group("g")
    assert group.members == set()
    assert "members" not in group.data
    group.add_member("account:a")
    assert group.data == {"members": ["account:a"]}
    assert (items.bucket.create_group("h")).data == {"members": []}
