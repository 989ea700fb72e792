"""Documents that a user of the async client has: at hand, or as they come."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NoReturn, TypeAlias, TypeGuard, TypeVar

from ..protocol.errors import UsageError
from .async_waiting import giving_way
from .unbegun import Unbegun

R = TypeVar("R")
T = TypeVar("T")

Documents: TypeAlias = Iterable[T] | AsyncIterable[T]
"""What is read one by one, as it is needed; it may be endless."""

Stream: TypeAlias = AsyncGenerator[T, None]
"""What a generator gives."""


class Outcomes(Unbegun, AsyncIterator[T]):
    """What is sent as somebody iterates over it."""

    def __init__(self, call: str, stream: Stream[T]) -> None:
        super().__init__(call)
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[T]:  # noqa: PYI034  # see below
        # The loop then has the stream itself, which is closed as soon as the loop is left.
        self._begun = True
        return self._stream

    def __anext__(self) -> Awaitable[T]:
        self._begun = True
        return anext(self._stream)

    def __await__(self) -> NoReturn:
        self._begun = True
        raise UsageError(f"{self._call} is not awaited: write `async for outcome in ….{self._call[:-1]}…)`")

    async def aclose(self) -> None:
        """Cancel what is under way, and send nothing more."""
        self._begun = True
        await self._stream.aclose()


async def each_document(documents: object, name: str) -> AsyncIterator[Any]:
    """Each of the documents. Of those at hand some at a time, so that comparing a lot of them holds nobody up.

    Raises:
        UsageError: they are no list of documents.
    """
    from ..objects.comparison import documents_in

    if _comes_by_itself(documents):
        async for document in documents:
            yield document
    else:
        async for portion in giving_way(documents_in(documents, name)):
            for document in portion:
                yield document


def mapped(function: Callable[[Any], R], documents: object, name: str) -> Documents[R]:
    """What the function makes of each of the documents, as they are taken.

    Raises:
        UsageError: they are no list of documents.
    """
    from ..objects.comparison import documents_in

    if _comes_by_itself(documents):
        return (function(document) async for document in documents)
    return map(function, documents_in(documents, name))


def iterating(source: Documents[T]) -> Iterator[T] | AsyncIterator[T]:
    """An iterator over what is at hand, or comes."""
    return aiter(source) if isinstance(source, AsyncIterable) else iter(source)


async def take(source: Iterator[T] | AsyncIterator[T], count: int) -> list[T]:
    """The next ones, fewer at the end."""
    if isinstance(source, Iterator):
        return list(islice(source, count))
    taken: list[T] = []
    while len(taken) < count:
        try:
            taken.append(await anext(source))
        except StopAsyncIteration:
            break
    return taken


def _comes_by_itself(documents: object) -> TypeGuard[AsyncIterable[Any]]:
    return isinstance(documents, AsyncIterable)
