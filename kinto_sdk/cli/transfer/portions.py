"""Taking and reading things some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from ...protocol.errors import NotFoundError

if TYPE_CHECKING:
    from ..._sync.client import Client
    from ..._sync.record import Record

T = TypeVar("T")

PORTION = 100
"""How many records are held, compared and written at once."""


def portions(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists of so many."""
    source = iter(items)
    while portion := list(islice(source, PORTION)):
        yield portion


def loaded(client: "Client", records: "list[Record[Any]]") -> "Iterator[Record[Any]]":
    """Those of the records that are there, read together."""
    with client.batch(raise_on_error=False) as batch:
        for record in records:
            batch.load(record)
    for record, outcome in zip(records, batch.results(), strict=True):
        if outcome.error is None:
            yield record
        elif not isinstance(outcome.error, NotFoundError):
            raise outcome.error
