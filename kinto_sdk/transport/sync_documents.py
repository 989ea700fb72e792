"""Documents that a user of the sync client has."""

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from .unbegun import Unbegun

R = TypeVar("R")
T = TypeVar("T")

Documents: TypeAlias = Iterable[T]
"""What is read one by one, as it is needed; it may be endless. An async iterable, too, for the async client."""

Stream: TypeAlias = Generator[T, None, None]
"""What a generator gives."""


class Outcomes(Unbegun, Iterator[T]):
    """What is sent as somebody iterates over it."""

    def __init__(self, call: str, stream: Stream[T]) -> None:
        super().__init__(call)
        self._stream = stream

    def __iter__(self) -> Iterator[T]:  # noqa: PYI034  # see below
        # The loop then has the stream itself, which is closed as soon as the loop is left.
        self._begun = True
        return self._stream

    def __next__(self) -> T:
        self._begun = True
        return next(self._stream)

    def close(self) -> None:
        """Send nothing more."""
        self._begun = True
        self._stream.close()


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
