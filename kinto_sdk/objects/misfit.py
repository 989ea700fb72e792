"""What did not fit: its model, or its collection's schema."""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar, cast

import attrs

from ..protocol.errors import ModelError
from .history import Entry
from .state import State

T = TypeVar("T")


@attrs.frozen
class Misfit(Generic[T]):
    """Something that does not fit its model, or its collection's schema."""

    item: T
    """The record, or whatever was checked. `record.to_dict()` shows the document as it is."""
    error: ModelError
    """What `record.data` raises, or a save would."""

    @property
    def problems(self) -> tuple[str, ...]:
        """All that is wrong: a line each, with the path and the reason."""
        return self.error.problems or (str(self.error),)

    def __str__(self) -> str:
        return str(self.error)


_TYPED: tuple[Any, ...] = (State, Entry)


def fitting(items: Iterable[T], misfits: list[Misfit[T]]) -> Iterator[T]:
    """The items that fit their models. The others are collected."""
    for item in items:
        try:
            if isinstance(item, _TYPED):
                _ = cast("Any", item).data
        except ModelError as error:
            misfits.append(Misfit(item, error))
        else:
            yield item
