"""What the async client does while it waits: nothing for a while, or the next page already."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

R = TypeVar("R")


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
