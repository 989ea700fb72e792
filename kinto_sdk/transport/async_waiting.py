"""How the async client waits, for a while or for the next page, and how it keeps others from waiting for it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable
from contextlib import aclosing
from itertools import islice
from math import inf
from time import monotonic
from typing import Any, Generic, TypeAlias, TypeVar

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")

Pages: TypeAlias = AsyncGenerator[Iterable[S], None]

PORTION = 10
"""So many items are worked on before looking at the clock."""
LONGEST_HOLD: float = 0.002
"""Seconds of work after which the event loop gets a turn."""


async def giving_way(items: Iterable[T]) -> AsyncIterator[list[T]]:
    """The items, some at a time, for work without requests: when it takes long, others get their turn in between."""
    source = iter(items)
    # Where there are many, decoding the answer that they were in took its time already.
    since = -inf
    portion = list(islice(source, PORTION))
    while portion:
        yield portion
        portion = list(islice(source, PORTION))
        if portion and monotonic() - since > LONGEST_HOLD:
            await asyncio.sleep(0)
            since = monotonic()


async def streamed(pages: Pages[S], make: Callable[[Iterable[S]], Iterable[T]]) -> AsyncIterator[T]:
    """What is made of the rows of each page, one after the other, giving way in between."""
    async with aclosing(pages):
        async for rows in pages:
            async for portion in giving_way(rows):
                for item in make(portion):
                    yield item


class AsyncPause:
    """Waits between two requests, until the time has passed or somebody ends it."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()

    def has_ended(self) -> bool:
        """Whether `end()` was called."""
        return self._ended.is_set()

    async def wait(self, seconds: float) -> None:
        """Wait, at most until `end()` is called."""
        try:
            await asyncio.wait_for(self._ended.wait(), seconds)
        except TimeoutError:
            return

    def end(self) -> None:
        """End this wait and all later ones."""
        self._ended.set()


class AsyncAhead(Generic[R]):
    """Begins a request while the answer to the one before is still in use. The first begins at once."""

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, R]]) -> None:
        self._ask = ask
        self._task: asyncio.Task[R] = asyncio.create_task(ask())

    def begin(self) -> None:
        """Start the next request, in a task of its own."""
        self._task = asyncio.create_task(self._ask())

    async def answer(self) -> R:
        """The answer to the request that was started last, or its error."""
        return await self._task

    def drop(self) -> None:
        """Give up a request that nobody wants the answer of any more."""
        if not self._task.cancel() and not self._task.cancelled():
            self._task.exception()  # looked at, so that asyncio does not report it
