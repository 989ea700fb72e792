"""A record that somebody else changes, and the conflict that this makes: what their tests share."""

from typing import Any

import attrs
import pytest

from kinto_sdk import ConflictError
from kinto_sdk._sync.record import Record
from kinto_sdk.flows import objects
from tests.flows.driving import Answer, navigation, row, run


@attrs.define
class Todo:
    """A model that declares less than the server keeps."""

    title: str
    done: bool = False
    tags: list[str] = attrs.field(factory=list)


@attrs.frozen
class Note:
    """A model that can't be edited in place."""

    text: str
    stars: int = 0


def record(version: int = 1, model: Any = None, /, **fields: Any) -> Record[Any]:
    """A record as a list shows it."""
    return Record(navigation().bucket("b").collection("c", model), "r", row(version, **fields))


def conflict_of(state: Record[Any], answer: Answer) -> ConflictError:
    """The error of a save that meets this answer."""
    with pytest.raises(ConflictError) as caught:
        run(objects.save(state), answer)
    return caught.value
