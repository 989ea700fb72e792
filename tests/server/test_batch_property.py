"""A batch does what the same operations do one by one: random sequences of them, against two live servers."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kinto_sdk import Batch, Client, Collection, KintoError, MergePatch, NotLoadedError, Record
from kinto_sdk.testing import KintoServer

Operation = tuple[str, str, dict[str, int]]

NAMES = ("same", "changed", "gone", "fresh", "handle")
"""Records in a condition each: as it was seen, changed or deleted meanwhile, never saved, never loaded."""

FIELDS = st.dictionaries(st.sampled_from(["n", "m"]), st.integers(0, 3), max_size=2)
EDITS = st.dictionaries(st.sampled_from(NAMES[:4]), FIELDS, max_size=4)


@pytest.fixture
def twins(make_server: Callable[..., KintoServer]) -> Iterator[tuple[Client, Client]]:
    """Return clients of two servers. The second, for batches, takes few operations at once: there are many chunks."""
    with (
        Client(make_server().url, auth=("user", "secret"), retry=0) as one,
        Client(make_server(batch_max_requests=3).url, auth=("user", "secret"), retry=0) as other,
    ):
        one.create_bucket("b")
        other.create_bucket("b")
        yield one, other


def prepared(client: Client, collection: str, edits: dict[str, dict[str, int]]) -> dict[str, Record]:
    """Records in their conditions, with unsaved edits."""
    todos = client.bucket("b").create_collection(collection)
    same, changed, gone = (todos.create_record({"n": 0, "k": 1}, id=name) for name in NAMES[:3])
    todos.record("changed").patch({"k": 2})
    todos.record("gone").delete()
    objects = {"same": same, "changed": changed, "gone": gone}
    objects["fresh"] = todos.new_record({"n": 9}, "fresh")
    objects["handle"] = todos.record("handle")
    for name, edit in edits.items():
        objects[name].data.update(edit)
    return objects


ALONE: dict[str, Callable[[Record, dict[str, int]], object]] = {
    "save": lambda record, _: record.save(),
    "merge": lambda record, _: record.save(on_conflict="merge"),
    "overwrite": lambda record, _: record.save(safe=False),
    "replace": lambda record, fields: record.replace({**fields}),
    "patch": lambda record, fields: record.patch(fields),
    "merge patch": lambda record, fields: record.patch(MergePatch(fields)),
    "delete": lambda record, _: record.delete(),
    "discard": lambda record, _: record.delete(safe=False, if_exists=True),
    "load": lambda record, _: record.load(),
    "grant": lambda record, _: record.grant("read", "account:bob"),
}
TOGETHER: dict[str, Callable[[Batch, Record, dict[str, int]], object]] = {
    "save": lambda batch, record, _: batch.save(record),
    "merge": lambda batch, record, _: batch.save(record, on_conflict="merge"),
    "overwrite": lambda batch, record, _: batch.save(record, safe=False),
    "replace": lambda batch, record, fields: batch.replace(record, {**fields}),
    "patch": lambda batch, record, fields: batch.patch(record, fields),
    "merge patch": lambda batch, record, fields: batch.patch(record, MergePatch(fields)),
    "delete": lambda batch, record, _: batch.delete(record),
    "discard": lambda batch, record, _: batch.delete(record, safe=False, if_exists=True),
    "load": lambda batch, record, _: batch.load(record),
    "grant": lambda batch, record, _: batch.grant(record, "read", "account:bob"),
}
NAVIGATED: dict[str, Callable[[Collection, str, dict[str, int]], object]] = {
    "create": lambda todos, name, fields: todos.create_record({**fields}, id=name),
    "get or create": lambda todos, name, fields: todos.create_record({**fields}, id=name, if_not_exists=True),
    "make the collection": lambda todos, _, __: todos.bucket.create_collection(todos.id, if_not_exists=True),
}
"""Done by the same calls through a client and through a batch."""

OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from([*ALONE, *NAVIGATED, "drop the collection"]), st.sampled_from([*NAMES, "same", "same"]), FIELDS
    ),
    min_size=6,
    max_size=14,
)


def one_by_one(todos: Collection, objects: dict[str, Record], operations: list[Operation]) -> list[str]:
    """Carry out operations through the objects themselves: the kind of error of each."""
    errors: list[str] = []
    for verb, name, fields in operations:
        try:
            if verb in ALONE:
                ALONE[verb](objects[name], fields)
            elif verb in NAVIGATED:
                NAVIGATED[verb](todos, name, fields)
            else:
                todos.delete(safe=False, if_exists=True)
        except KintoError as error:
            errors.append(type(error).__name__)
        else:
            errors.append("")
    return errors


def together(client: Client, todos: Collection, objects: dict[str, Record], operations: list[Operation]) -> list[str]:
    """Carry out operations in one batch: the kind of error of each."""
    with client.batch(raise_on_error=False) as batch:
        mine = batch.bucket("b").collection(todos.id)
        for verb, name, fields in operations:
            if verb in TOGETHER:
                TOGETHER[verb](batch, objects[name], fields)
            elif verb in NAVIGATED:
                NAVIGATED[verb](mine, name, fields)
            else:
                batch.delete(todos, safe=False, if_exists=True)
    return ["" if outcome.error is None else type(outcome.error).__name__ for outcome in batch.results()]


def condition(record: Record, on_server: dict[str, Any]) -> dict[str, Any]:
    """All that an object knows. Versions differ between servers: whether it is the server's counts."""
    try:
        document = {key: value for key, value in record.to_dict().items() if key != "last_modified"}
    except NotLoadedError:
        document = None
    there = on_server[record.id].get("data", {})
    return {
        "document": document,
        "dirty": record.is_dirty,
        "created": record.created,
        "text": repr(record).replace(str(record.last_modified), "version"),
        "current": record.last_modified == there.get("last_modified"),
        "permissions": repr(record.permissions),
    }


def server_state(client: Client, collection: str) -> dict[str, Any]:
    """What the server has, by record."""
    found: dict[str, Any] = {}
    for name in NAMES:
        path = f"/buckets/b/collections/{collection}/records/{name}"
        try:
            found[name] = client.request("GET", path).object()
        except KintoError as error:
            found[name] = {"error": type(error).__name__}
    return found


def without_versions(state: dict[str, Any]) -> dict[str, Any]:
    """The same for two servers with the same contents."""
    return {
        name: {
            **body,
            "data": {key: value for key, value in body.get("data", {}).items() if key != "last_modified"},
        }
        for name, body in state.items()
    }


numbers = count()


@pytest.mark.backends("memory")
@given(operations=OPERATIONS, edits=EDITS)
# A failure is shown as it was found: to shrink one against live servers takes minutes.
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_batch_does_what_one_by_one_does(
    twins: tuple[Client, Client], operations: list[Operation], edits: dict[str, dict[str, int]]
) -> None:
    """Errors, objects and server are the same, whether operations go together or one by one."""
    collection = f"c{next(numbers)}"
    single, batched = (prepared(client, collection, edits) for client in twins)
    todos = [client.bucket("b").collection(collection) for client in twins]
    expected = one_by_one(todos[0], single, operations)
    assert together(twins[1], todos[1], batched, operations) == expected
    states = [server_state(client, collection) for client in twins]
    assert without_versions(states[1]) == without_versions(states[0])
    for name in NAMES:
        assert condition(batched[name], states[1]) == condition(single[name], states[0])
