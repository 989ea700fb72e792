"""What the sync client does while it waits: nothing for a while, or the next page already."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

R = TypeVar("R")


class Pause:
    """Waits between two requests, until the time has passed or somebody ends it."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether `end()` was called."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, at most until `end()` is called."""
        self._ended.wait(seconds)

    def end(self) -> None:
        """End this wait and all later ones, from any thread."""
        self._ended.set()


class Ahead(Generic[R]):
    """Begins a request while the answer to the one before is still in use."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._future: Future[R] | None = None

    def begin(self, ask: Callable[[], R]) -> None:
        """Start a request, in a thread of its own."""
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(1, "kinto-sdk-next-page")
        self._future = self._threads.submit(ask)

    def answer(self) -> R:
        """The answer to the request that was started, or its error."""
        if self._future is None:
            raise RuntimeError("nothing was asked for")
        return self._future.result()

    def drop(self) -> None:
        """Give up a request that nobody wants the answer of any more."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
