# Generated from kinto_sdk/_aio/query.py by tools/unasync.py. Edit that file, then run `make generate`.
"""A list of objects, read lazily."""

from collections.abc import Iterator, Callable
from typing import Generic, TypeVar

import attrs

from ..flows import listing as flows
from ..objects.query import QueryBase
from ..protocol.jsontypes import JSONObject
from .port import Port

T = TypeVar("T")


@attrs.frozen(kw_only=True, eq=False)
class Query(QueryBase[T], Generic[T]):
    """A lazy, immutable list: nothing is sent until it is iterated, and it can be iterated again.

    Iterating streams every page, holding one in memory at a time.
    """

    _port: Port = attrs.field(alias="port", repr=False)
    _make: Callable[[JSONObject], T] = attrs.field(alias="make", repr=False)

    def __iter__(self) -> Iterator[T]:
        path: str | None = self.path + "?" + self.query_string
        make = self._make
        while path is not None:
            page = self._port.ask(flows.page(path))
            for row in page.rows:
                yield make(row)
            path = page.next_path

    def all(self) -> list[T]:
        """Every item, in one list."""
        return [item for item in self]
