"""What an object remembers, and what it takes for an edit. With orjson and without it, which differ in how."""

import marshal
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk import ModelError, NotLoadedError, Record, UsageError
from kinto_sdk.flows import objects as flows
from kinto_sdk.objects import state as state_module
from kinto_sdk.objects.merge import merge
from kinto_sdk.objects.state import UNREAD
from kinto_sdk.protocol import jsontypes
from tests.flows.driving import Answer, body, navigation, row, run


@pytest.fixture(autouse=True, params=[True, False], ids=["orjson", "marshal"])
def with_and_without_orjson(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test both ways."""
    if not request.param:
        monkeypatch.setattr(state_module, "freeze", marshal.dumps)
        monkeypatch.setattr(state_module, "thaw", marshal.loads)
        monkeypatch.setattr(state_module, "is_frozen", jsontypes._is_marshalled)


@attrs.define
class Address:
    """A part of a document."""

    city: str
    zip: str = "00000"


@attrs.define
class Person:
    """A model with defaults, a part, and a list of parts."""

    name: str
    tags: list[str] = attrs.field(factory=list)
    home: Address | None = None
    others: list[Address] = attrs.field(factory=list)
    born: datetime | None = None


@attrs.define
class Loose:
    """A model with a value of any type."""

    extra: Any = None


@attrs.define
class Drawn:
    """A model with a default that differs each time."""

    name: str = ""
    token: str = attrs.field(factory=lambda: str(uuid4()))


@attrs.define
class Nest:
    """A model whose parts have such a default."""

    name: str = ""
    tags: list[str] = attrs.field(factory=list)
    part: Drawn | None = None
    parts: list[Drawn] = attrs.field(factory=list)


@attrs.frozen
class Point:
    """A model whose instances can't change."""

    x: int
    y: int = 0


@attrs.define
class Known:
    """A model that declares the metadata."""

    title: str
    id: str | None = None
    last_modified: int | None = None


def seen(model: type[Any] | None = None, version: int = 1, **fields: Any) -> Record[Any]:
    """A record as a list gives it."""
    collection: Any = navigation().bucket("b").collection("c", model)
    return Record(collection, "r", row(version, **fields))


def absorb(record: Record[Any], version: int, *, expected: Any = None, **fields: Any) -> None:
    """Let the server answer with a newer version."""
    record._absorb(body(version, **fields), expected=expected)


# ---- reading -------------------------------------------------------------------------------------------------------


def test_data_of_a_handle_is_an_error_that_names_the_next_step() -> None:
    """A handle never reads by itself."""
    record = navigation().bucket("b").collection("c").record("r")
    with pytest.raises(NotLoadedError, match=r"/buckets/b/collections/c/records/r .*load\(\)"):
        record.data  # noqa: B018  # the access is what is tested
    with pytest.raises(NotLoadedError):
        record.to_dict()
    assert not record.is_dirty
    assert (record.last_modified, record.modified_at, record.etag, record.created) == (None, None, None, None)


def test_metadata_of_a_version() -> None:
    """A version is milliseconds, an aware datetime, and an ETag."""
    record = seen(version=1795460361148)
    assert record.modified_at == datetime(2026, 11, 23, 18, 59, 21, 148000, UTC)
    assert record.etag == '"1795460361148"'


def test_data_has_no_metadata() -> None:
    """`id` and `last_modified` live on the object; `to_dict` puts them back."""
    record = seen(a=1)
    assert record.data == {"a": 1}
    assert record.to_dict() == {"id": "r", "last_modified": 1, "a": 1}


def test_a_document_that_does_not_fit_names_the_object() -> None:
    """A misfit is told when the data is read, with the object, the path and the next step."""
    record = seen(Person, name=5)
    with pytest.raises(ModelError, match=r"/records/r does not fit Person: name: .*; change the model") as caught:
        record.data  # noqa: B018  # the access is what is tested
    assert len(caught.value.problems) == 1
    assert record.to_dict()["name"] == 5


# ---- what is an edit -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [None, Person, Drawn, Loose, Known])
def test_reading_is_no_edit(model: type[Any] | None) -> None:
    """Neither defaults nor fields that the model does not declare make an object dirty."""
    record = seen(model, name="Ann", title="T", unknown={"deep": [1]})
    assert record.data is record.data
    assert not record.is_dirty
    assert not record.unsaved


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.0), (0, False), (1.0, True), ("1", 1), (None, 0)])
def test_values_that_python_takes_for_equal_are_edits(before: Any, after: Any) -> None:
    """`True`, `1` and `1.0` are different JSON."""
    record = seen(n=before, deep={"n": [before]})
    record.data["n"] = after
    record.data["deep"]["n"][0] = after
    assert dict(record.unsaved.set) == {"n": after, "deep": {"n": [after]}}
    assert type(record.unsaved.set["n"]) is type(after)


def test_the_order_of_keys_is_no_edit() -> None:
    """PostgreSQL does not keep the order of keys, so it means nothing."""
    record = seen(a=1, b={"c": 1, "d": 2})
    record.data = {"b": {"d": 2, "c": 1}, "a": 1}
    assert not record.is_dirty


def test_edits_in_place_count() -> None:
    """An append to a list inside the data is found, in dicts and models."""
    plain, typed = seen(tags=["x"]), seen(Person, name="Ann", tags=["x"])
    plain.data["tags"].append("y")
    typed.data.tags.append("y")
    assert dict(plain.unsaved.set) == dict(typed.unsaved.set) == {"tags": ["x", "y"]}


def test_an_edit_taken_back_is_none() -> None:
    """What is compared is the data, not what happened to it."""
    record = seen(Person, name="Ann")
    record.data.name = "Bob"
    assert record.is_dirty
    record.data.name = "Ann"
    assert not record.is_dirty


def test_removed_keys_are_told() -> None:
    """A key deleted from a dict is a removal."""
    record = seen(a=1, b=2)
    del record.data["a"]
    assert record.unsaved.removed == ("a",)
    assert record.to_dict() == {"id": "r", "last_modified": 1, "b": 2}


def test_a_value_of_any_type_is_not_aliased() -> None:
    """What the user edits inside a value typed `Any` is not the memory of what was seen."""
    record = seen(Loose, extra={"n": [1]})
    record.data.extra["n"].append(2)
    assert dict(record.unsaved.set) == {"extra": {"n": [1, 2]}}
    absorb(record, 2, expected={"extra": {"n": [1, 2]}}, extra={"n": [1, 2]})
    assert not record.is_dirty
    record.data.extra["n"].append(3)
    assert dict(record.unsaved.set) == {"extra": {"n": [1, 2, 3]}}


def test_a_default_that_is_drawn_stays_as_it_was_shown() -> None:
    """A default that differs each time is taken once, and is no edit, also after a write."""
    record = seen(Drawn, name="a")
    token = record.data.token
    assert not record.is_dirty
    record.data.name = "b"
    assert dict(record.unsaved.set) == {"name": "b"}
    absorb(record, 2, expected={"name": "b", "token": token}, name="b")
    assert record.data.token == token
    assert not record.is_dirty
    record.data.token = "mine"
    assert dict(record.unsaved.set) == {"token": "mine"}


def test_a_default_that_is_drawn_in_a_part_stays_as_it_was_shown() -> None:
    """At every depth a default is taken once; of a list, for the elements that stay as they are."""
    record = seen(Nest, part={"name": "a"}, parts=[{"name": "b"}, {"name": "c"}, {"name": "d"}])
    part, parts = record.data.part, list(record.data.parts)
    tokens = [part.token, parts[0].token, parts[2].token]
    part.name = "e"
    parts[1].name = "f"
    changed = record.unsaved.apply({})
    assert changed["part"] == {"name": "e"}
    absorb(record, 2, expected=record._mine(), **changed)
    assert [record.data.part.token, record.data.parts[0].token, record.data.parts[2].token] == tokens
    assert not record.is_dirty
    absorb(record, 3, expected=UNREAD, **changed, name="theirs")
    assert [record.data.part.token, record.data.parts[0].token, record.data.parts[2].token] == tokens
    assert not record.is_dirty


@pytest.mark.parametrize("expected", [None, UNREAD])
def test_what_others_removed_is_no_default(expected: Any) -> None:
    """A field that the server has no more is not taken for a default that was drawn."""
    record = seen(Nest, tags=["a"], part={"name": "a", "token": "b"}, parts=[{"name": "c"}])
    assert record.data.part.token == "b"
    absorb(record, 2, expected=expected, part={"name": "a"})
    assert (record.data.tags, record.data.parts, record.is_dirty) == ([], [], False)
    assert record.data.part.token != "b"
    record.data.tags.append("new")
    assert record.unsaved.set == {"tags": ["new"]}


def test_assigned_data_is_no_default() -> None:
    """Assigned over what was seen, it stays unsaved beside an answer to something else, and loading drops it."""
    record = seen(Nest)
    record.data = Nest("mine", tags=["a"])
    absorb(record, 2, expected=UNREAD, other=1)
    assert record.unsaved.set == {"name": "mine", "tags": ["a"]}
    absorb(record, 3, other=1)
    assert (record.data, record.is_dirty) == (Nest(), False)


def test_a_new_object_is_dirty_even_when_empty() -> None:
    """`save()` of a new record creates it, whatever is in it."""
    record = navigation().bucket("b").collection("c").new_record({})
    assert record.is_dirty
    assert "not saved" in repr(record)
    record.data["a"] = 1
    assert dict(record.unsaved.set) == {"a": 1}


def test_an_assigned_dict_is_copied() -> None:
    """One dict can be the template of many records."""
    template: dict[str, Any] = {"tags": []}
    record = seen()
    record.data = template
    record.data["tags"].append("x")
    assert template == {"tags": []}


def test_an_assigned_dict_is_held_as_json() -> None:
    """What is read back before it is saved is what is read back afterwards."""
    record = seen()
    record.data = {"due": datetime(2026, 1, 2, tzinfo=UTC), "pair": (1, 2)}
    assert record.data == {"due": "2026-01-02T00:00:00.000000+00:00", "pair": [1, 2]}
    run(flows.replace(record, {"pair": (3, 4)}, {"pair": [3, 4]}), Answer(200, body(2, pair=[3, 4])))
    assert record.data == {"pair": [3, 4]}


@pytest.mark.parametrize("value", [None, 5, "x", [], Person("Ann")])
def test_data_of_the_wrong_type_is_refused(value: Any) -> None:
    """Without a model data is a dict, and the message says what to do for others."""
    record = seen(a=1)
    with pytest.raises(UsageError, match=r"must be a dict.*model"):
        record.data = value
    assert record.data == {"a": 1}


@pytest.mark.parametrize("model", [Person, Known])
@pytest.mark.parametrize("value", [None, {"name": "Ann"}, Point(1)])
def test_data_of_another_model_is_refused(model: type[Any], value: Any) -> None:
    """With a model data is an instance of it."""
    with pytest.raises(ModelError, match=f"must be a {model.__name__}"):
        seen(model, name="a", title="t").data = value


def test_what_is_not_json_is_refused_with_its_path() -> None:
    """A value that has no JSON form is named where it is."""
    record = seen()
    with pytest.raises(UsageError, match=r"data\.deep\[1\].*set"):
        record.data = {"deep": [1, {2}]}


# ---- ids and versions inside the data ------------------------------------------------------------------------------


def test_the_same_id_inside_the_data_is_not_sent() -> None:
    """An export can be assigned as it is."""
    record = seen(a=1)
    record.data = {"id": "r", "last_modified": 7, "a": 2}
    assert record.data == {"a": 2}
    assert dict(record.unsaved.set) == {"a": 2}
    record.data.update(id="r", last_modified=5)
    assert dict(record.unsaved.set) == {"a": 2}


@pytest.mark.parametrize("other", ["s", 5])
def test_another_id_inside_the_data_is_refused(other: Any) -> None:
    """An object's id can't change, neither by assignment nor by an edit."""
    record = seen()
    with pytest.raises(UsageError, match="can't be changed"):
        record.data = {"id": other}
    record.data["id"] = other
    with pytest.raises(UsageError, match="can't be changed"):
        flows.save(record).send(None)
    typed = seen(Known, title="T")
    typed.data.id = "s"
    with pytest.raises(UsageError, match="can't be changed"):
        typed.unsaved  # noqa: B018  # the access is what is tested


def test_declared_metadata_is_filled_and_not_sent() -> None:
    """A model may declare `id` and `last_modified`: it gets them after each answer."""
    record = navigation().bucket("b").collection("c", Known).new_record(Known("T"), "r")
    data = record.data
    ran = run(flows.save(record), Answer(201, body(5, title="T")))
    assert ran.request.json == {"data": {"title": "T"}}
    assert record.data is data
    assert data == Known("T", "r", 5)
    assert not record.is_dirty
    data.last_modified = 99
    assert not record.is_dirty


# ---- after an answer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [None, Loose, Person, Drawn, Known])
def test_data_stays_the_same_instance(model: type[Any] | None) -> None:
    """Loading updates the data in place, nested values that did not change included."""
    record = seen(model, name="a", title="t", tags=["x"], extra=[1])
    data = record.data
    nested = data["tags"] if model is None else data.tags if model is Person else None
    absorb(record, 2, name="b", title="u", tags=["x"], extra=[1])
    assert record.data is data
    assert not record.is_dirty
    if nested is not None:
        assert (data["tags"] if model is None else data.tags) is nested
    assert record.last_modified == 2


def test_a_frozen_model_is_replaced() -> None:
    """Frozen data can't be updated in place: a new instance takes its place where something changed."""
    record = seen(Point, x=1)
    first = record.data
    absorb(record, 2, x=1)
    assert record.data is first
    absorb(record, 3, x=2)
    assert (record.data, first) == (Point(2), Point(1))
    record.data = attrs.evolve(record.data, y=4)
    assert dict(record.unsaved.set) == {"y": 4}


def test_loading_drops_keys_and_edits() -> None:
    """A dict has after a load what the server has, nothing more."""
    record = seen(a=1, b=2)
    record.data.update(a=5, c=6)
    absorb(record, 2, a=1)
    assert record.data == {"a": 1}


def test_loading_repairs_what_can_not_be_sent() -> None:
    """`load()` works on data edited into what is not JSON: it is the way out of it."""
    plain, typed = seen(a=1), seen(Person, name="Ann")
    data = plain.data
    data["a"] = {1, 2}
    typed.data.name = object()
    absorb(plain, 2, a=3)
    absorb(typed, 2, name="Bob")
    assert plain.data is data
    assert data == {"a": 3}
    assert typed.data == Person("Bob")


def test_edits_into_nonsense_meanwhile_stay() -> None:
    """Data edited into what is not JSON while a write is under way is kept, to be corrected."""
    record = seen(a=1)
    record.data["a"] = {1, 2}
    absorb(record, 2, expected={"a": 1}, a=1)
    assert record.data == {"a": {1, 2}}
    assert record.last_modified == 2
    record.data["a"] = 5
    assert dict(record.unsaved.set) == {"a": 5}


def test_an_answer_that_no_longer_fits_is_told_when_data_is_read() -> None:
    """The write happened, so it does not fail; reading the data does."""
    record = seen(Person, name="Ann")
    record.data  # noqa: B018  # opened
    absorb(record, 2, expected={"name": "Ann"}, name=5)
    assert record.last_modified == 2
    with pytest.raises(ModelError, match="name"):
        record.data  # noqa: B018  # the access is what is tested


def test_a_misfit_can_be_replaced_by_assignment() -> None:
    """A document that does not fit is repaired by assigning data that does."""
    record = seen(Person, name=5, unknown=1)
    record.data = Person("Ann")
    assert record.unsaved.set["name"] == "Ann"
    assert record.unsaved.removed == ()
    assert record.to_dict()["unknown"] == 1


def test_data_opened_while_a_request_is_under_way_takes_the_answer() -> None:
    """Data first read during a write is updated by its answer; what was edited in between stays an edit."""
    record = seen(a=1, b=2)
    record.data["b"] = 3
    record._absorb(body(2, a=9, b=2), expected=UNREAD)
    assert record.data == {"a": 9, "b": 3}
    assert dict(record.unsaved.set) == {"b": 3}


def test_a_bare_handle_takes_the_answer_whole() -> None:
    """Data assigned to a handle is all edits until something is seen."""
    record = navigation().bucket("b").collection("c").new_record({"a": 1}, "r")
    record._absorb(body(2, b=2), expected=UNREAD)
    assert record.data == {"a": 1, "b": 2}
    assert dict(record.unsaved.set) == {"a": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


@given(before=DOCUMENTS, after=DOCUMENTS)
def test_the_edits_turn_the_one_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Whatever was seen and whatever is assigned: what would be sent, applied, gives what was assigned."""
    record = seen(**jsontypes.copy(before))
    record.data = after
    changes = record.unsaved
    assert jsontypes.same(changes.apply(before), after)
    assert bool(changes) is not jsontypes.same(before, after)
    assert record.is_dirty is bool(changes)


@given(before=DOCUMENTS, mine=DOCUMENTS, theirs=DOCUMENTS)
def test_an_answer_keeps_later_edits_and_takes_the_rest(
    before: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """What was edited after the request was planned stays, at every depth; all else takes the server's value."""
    record = seen(**jsontypes.copy(before))
    record.data.clear()
    record.data.update(jsontypes.copy(mine))
    record._absorb({"data": row(2, **jsontypes.copy(theirs))}, expected=before)
    assert jsontypes.same(record.data, merge(before, mine, theirs).document)
    assert jsontypes.same(record.unsaved.apply(theirs), record.data)


# ---- undeclared fields ---------------------------------------------------------------------------------------------


def test_undeclared_fields_survive_at_every_depth() -> None:
    """A key sent is what the server had with the edits on top, so that what the model does not know is kept."""
    record = seen(
        Person,
        name="Ann",
        top=1,
        home={"city": "Bern", "zip": "3000", "floor": 2},
        others=[{"city": "Rom", "gps": [1]}, {"city": "Paris", "gps": [2]}],
    )
    record.data.home.city = "Basel"
    record.data.others.insert(0, Address("Oslo"))
    changes = record.unsaved
    assert changes.set["home"] == {"city": "Basel", "zip": "3000", "floor": 2}
    assert [each.get("gps") for each in changes.set["others"]] == [None, [1], [2]]
    assert changes.removed == ()
    assert record.to_dict()["top"] == 1


def test_elements_that_stay_where_they_are_keep_undeclared_fields() -> None:
    """An edited element is sent as the model shows it, those around it as the server had them."""
    others = [{"city": name, "gps": number} for number, name in enumerate(("Rom", "Paris", "Oslo"))]
    record = seen(Person, name="Ann", others=others)
    record.data.others[1].city = "Lyon"
    assert record.unsaved.set["others"] == [others[0], {"city": "Lyon", "zip": "00000"}, others[2]]


def test_elements_that_look_equal_keep_what_is_their_own() -> None:
    """What the model does not know tells apart elements that are equal through it: none is lost, none is doubled."""
    others = [{"city": "Rom", "gps": number} for number in range(3)]
    record = seen(Person, name="Ann", others=others)
    record.data.others.insert(1, Address("Oslo"))
    sent = record.unsaved.set["others"]
    assert [each.get("gps") for each in sent] == [0, None, 2, 1]
    record.data.others.append(Address("Rom"))
    assert [each.get("gps") for each in record.unsaved.set["others"]] == [0, None, 2, 1, None]


def test_a_nested_default_is_not_added() -> None:
    """Editing a part does not write the defaults of its other fields."""
    record = seen(Person, name="Ann", home={"city": "Bern"})
    record.data.home.city = "Basel"
    assert record.unsaved.set["home"] == {"city": "Basel"}


def test_a_part_that_is_taken_out_goes() -> None:
    """Undeclared fields do not keep alive what the user removed."""
    record = seen(Person, name="Ann", home={"city": "Bern", "floor": 2})
    record.data.home = None
    assert dict(record.unsaved.set) == {"home": None}


# ---- copies --------------------------------------------------------------------------------------------------------


def test_a_copy_shares_nothing() -> None:
    """`using()` gives an object of its own: edits of one are not edits of the other."""
    record = seen(a=[1])
    twin = record.using(navigation())
    record.data["a"].append(2)
    assert not twin.is_dirty
    twin.data["a"].append(3)
    assert (record.data, twin.data) == ({"a": [1, 2]}, {"a": [1, 3]})
    assert record.is_dirty
    assert twin == record
