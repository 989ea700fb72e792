"""Taking things some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

PORTION = 100
"""How many records are held, compared and written at once."""


def portions(items: Iterable[T], size: int = PORTION) -> Iterator[list[T]]:
    """The items in lists of this size."""
    source = iter(items)
    while portion := list(islice(source, size)):
        yield portion
