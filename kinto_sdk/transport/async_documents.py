"""Documents that a user of the async client has: at hand, or as they come."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, TypeAlias, TypeGuard, TypeVar

from ..objects.comparison import documents_in

T = TypeVar("T")

Documents: TypeAlias = Iterable[T] | AsyncIterable[T]


async def each_document(documents: object, name: str) -> AsyncIterator[Any]:
    """Each of the documents.

    Raises:
        UsageError: they are no list of documents.
    """
    if _comes_by_itself(documents):
        async for document in documents:
            yield document
    else:
        for document in documents_in(documents, name):
            yield document


def _comes_by_itself(documents: object) -> TypeGuard[AsyncIterable[Any]]:
    return isinstance(documents, AsyncIterable)
