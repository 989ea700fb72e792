"""Documents that a user of the sync client has."""

from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

from ..objects.comparison import documents_in

T = TypeVar("T")

Documents: TypeAlias = Iterable[T]


def each_document(documents: object, name: str) -> Iterable[Any]:
    """Each of the documents.

    Raises:
        UsageError: they are no list of documents.
    """
    return documents_in(documents, name)
