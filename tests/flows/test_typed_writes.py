"""What does not fit its model is never sent: the record could not be read again."""

from enum import Enum
from typing import Any
from uuid import UUID

import attrs
import pytest

from kinto_sdk import ModelError, NotLoadedError, Record
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows import patches, permissions
from tests.flows.driving import Answer, body, navigation, run

WRONG: Any = 3
"""What a type checker would not let into a `str`."""

ID = "8f7f1a6c-3c43-4a1b-9d5e-0c8f1d2b3a4e"


class Color(Enum):
    """One of few."""

    RED = "red"


@attrs.define
class Todo:
    """Something to do."""

    title: str
    tags: list[str] = attrs.field(factory=list[str])


@attrs.define
class Known:
    """A model that shows the metadata."""

    title: str
    id: UUID
    last_modified: int = 0


def record() -> Record[Todo]:
    """A handle that was never seen."""
    return navigation().bucket("b").collection("c", Todo).record("r")


def seen() -> Record[Todo]:
    """One that was loaded, with a field that the model does not declare."""
    loaded = record()
    run(flows.load(loaded), Answer(200, body(1, title="Buy milk", tags=["home"], votes=2)))
    return loaded


def test_a_new_record_that_does_not_fit_is_not_sent() -> None:
    """Creating it is refused before the request, naming the record and every misfit."""
    new = navigation().bucket("b").collection("c", Todo).new_record(Todo(WRONG, [WRONG]), "r")
    with pytest.raises(
        ModelError, match="records/r: the data does not fit Todo: title: expected a string, got 3;"
    ) as e:
        run(flows.create(new))
    assert e.value.problems == ("title: expected a string, got 3", "tags[0]: expected a string, got 3")
    assert str(e.value).endswith("; nothing was sent")


def test_a_record_that_can_not_be_written_is_named() -> None:
    """What has no JSON form is refused with the record it is in: a bulk write has many."""

    @attrs.define
    class Painted:
        color: Color

    new = navigation().bucket("b").collection("c", Painted).record("r")
    new._data = Painted(WRONG)
    with pytest.raises(
        ModelError, match=r"^/buckets/b/collections/c/records/r: Painted can't be written .*; nothing was sent$"
    ):
        run(flows.save(new))


def test_an_edit_that_does_not_fit_is_not_sent_and_stays() -> None:
    """Saving it is refused, nothing is lost, and it is saved once it is mended."""
    todo = seen()
    todo.data.tags.append(WRONG)
    with pytest.raises(ModelError, match=r"tags\[1\]: expected a string"):
        run(flows.save(todo))
    todo.data.tags[1] = "shop"
    sent = run(flows.save(todo), Answer(200, body(2, title="Buy milk", tags=["home", "shop"], votes=2)))
    assert sent.request.json == {"data": {"tags": ["home", "shop"]}}


def test_a_patch_beside_an_edit_that_does_not_fit_leaves_it_to_be_mended() -> None:
    """The patch is done and seen, the edit stays, and what is sent later is the mended edit alone."""
    todo = seen()
    data = todo.data
    data.title = WRONG
    answer = Answer(200, body(2, title="Buy milk", tags=["shop"], votes=2))
    run(patches.patching(todo, {"tags": ["shop"]}), answer)
    assert (todo.data, todo.last_modified) == (Todo(WRONG, ["shop"]), 2)
    assert todo.data is data
    data.title = "Buy oat milk"
    sent = run(flows.save(todo), Answer(200, body(3, title="Buy oat milk", tags=["shop"], votes=2)))
    assert sent.request.json == {"data": {"title": "Buy oat milk"}}


def test_a_grant_beside_an_edit_that_does_not_fit_is_done() -> None:
    """The answer was for the permissions: the edit is no reason to fail, nor to be lost."""
    todo = seen()
    todo.data.title = WRONG
    lists = {"write": ["basicauth:me"], "read": ["p:x"]}
    answer = {**body(3, title="Buy milk", tags=["home"], votes=3), "permissions": lists}
    run(permissions.grant(todo, "read", ("p:x",)), Answer(200, answer))
    assert (todo.data, todo.last_modified, todo.extra) == (Todo(WRONG, ["home"]), 3, {"votes": 3})
    assert todo.permissions.read == {"p:x"}
    assert todo.unsaved.set == {"title": WRONG}


def test_an_answer_that_does_not_fit_is_read_anew_beside_an_edit_that_does_not() -> None:
    """What the server has is the error then, as for every record that does not fit."""
    todo = seen()
    todo.data.title = WRONG
    run(patches.patching(todo, {"tags": ["shop"]}), Answer(200, body(2, title="Buy milk", tags="shop")))
    with pytest.raises(ModelError, match="records/r does not fit Todo: tags: expected an array"):
        _ = todo.data
    run(flows.load(todo), Answer(200, body(3, title="Buy milk")))
    assert todo.data == Todo("Buy milk")
    run(flows.load(todo), Answer(200, body(4, title=WRONG)))
    with pytest.raises(ModelError, match="records/r does not fit Todo: title: expected a string"):
        _ = todo.data


def test_a_field_that_was_not_read_is_not_saved() -> None:
    """After a partial read an instance shows a default there: what is made of it would overwrite what was not seen."""
    todo = record()
    run(flows.load(todo, fields=("title",)), Answer(200, body(1, title="Buy milk")))
    todo.data.tags.append("shop")
    with pytest.raises(NotLoadedError, match=r"can't save tags, which was not read, after a partial read; load\(\)"):
        run(flows.save(todo))
    todo.data.tags.clear()
    todo.data.title = "Buy oat milk"
    run(flows.save(todo), Answer(200, body(2, title="Buy oat milk", tags=["home"])))
    assert todo.data == Todo("Buy oat milk", ["home"])


def test_a_replacement_that_does_not_fit_is_not_sent() -> None:
    """Replacing by it is refused, and the object keeps its data."""
    todo = seen()
    with pytest.raises(ModelError, match="title: expected a string"):
        run(flows.replace(todo, Todo(WRONG), {"title": WRONG, "tags": []}))
    assert todo.data == Todo("Buy milk", ["home"])
    assert not todo.is_dirty


def test_declared_metadata_is_checked_as_it_will_be_read() -> None:
    """A model with an id and a version, neither of which is sent, is saved before it has a version."""
    new = navigation().bucket("b").collection("c", Known).new_record(Known("Buy milk", UUID(ID)))
    sent = run(flows.create(new), Answer(201, body(7, ID, title="Buy milk")))
    assert sent.request.json == {"data": {"title": "Buy milk"}}
    assert new.data == Known("Buy milk", UUID(ID), 7)
    new.data.title = WRONG
    with pytest.raises(ModelError, match="title: expected a string"):
        run(flows.save(new))
