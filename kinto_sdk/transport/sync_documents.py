"""Documents that a user of the sync client has."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeAlias, TypeVar

R = TypeVar("R")
T = TypeVar("T")

Documents: TypeAlias = Iterable[T]
"""What is read one by one, as it is needed; it may be endless. An async iterable, too, for the async client."""


def each_document(documents: object, name: str) -> Iterable[Any]:
    """Each of the documents.

    Raises:
        UsageError: they are no list of documents.
    """
    from ..objects.comparison import documents_in

    return documents_in(documents, name)


def mapped(function: Callable[[Any], R], documents: object, name: str) -> Documents[R]:
    """What the function makes of each of the documents, as they are taken.

    Raises:
        UsageError: they are no list of documents.
    """
    from ..objects.comparison import documents_in

    return map(function, documents_in(documents, name))


def iterating(source: Documents[T]) -> Iterator[T]:
    """An iterator over what is at hand."""
    return iter(source)


def take(source: Iterator[T], count: int) -> list[T]:
    """The next ones, fewer at the end."""
    return list(islice(source, count))
