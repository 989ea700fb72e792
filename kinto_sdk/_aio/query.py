"""A list of objects, read lazily."""

from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

import attrs

from ..flows import listing as flows
from ..objects.query import QueryBase
from ..protocol.jsontypes import JSONObject
from .port import AsyncPort

T = TypeVar("T")


@attrs.frozen(kw_only=True, eq=False)
class AsyncQuery(QueryBase[T], Generic[T]):
    """A lazy, immutable list: nothing is sent until it is iterated, and it can be iterated again.

    Iterating streams every page, holding one in memory at a time.
    """

    _port: AsyncPort = attrs.field(alias="port", repr=False)
    _make: Callable[[JSONObject], T] = attrs.field(alias="make", repr=False)

    async def __aiter__(self) -> AsyncIterator[T]:
        path: str | None = self.path + "?" + self.query_string
        make = self._make
        while path is not None:
            page = await self._port.ask(flows.page(path))
            for row in page.rows:
                yield make(row)
            path = page.next_path

    async def all(self) -> list[T]:
        """Every item, in one list."""
        return [item async for item in self]
