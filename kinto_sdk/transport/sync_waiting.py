"""How the sync client waits, for a while or for the next page."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")

Pages: TypeAlias = Generator[Iterable[S], None, None]


def giving_way(items: Iterable[T]) -> Iterable[Iterable[T]]:
    """The items, all in one: nobody else waits for a turn. Once they are gone through, nothing holds on to them."""
    return (iter(items),)


def streamed(pages: Pages[S], make: Callable[[Iterable[S]], Iterable[T]]) -> Iterator[T]:
    """What is made of the rows of each page, one after the other. Nothing of ours runs between two items."""
    return chain.from_iterable(map(make, pages))


class Pause:
    """Waits between two requests, until the time has passed or somebody ends it."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def has_ended(self) -> bool:
        """Whether `end()` was called."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, at most until `end()` is called."""
        self._ended.wait(seconds)

    def end(self) -> None:
        """End this wait and all later ones, from any thread."""
        self._ended.set()


class Ahead(Generic[R]):
    """Begins a request while the answer to the one before is still in use. The first begins at once."""

    def __init__(self, ask: Callable[[], R]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._ask = ask
        self._threads: ThreadPoolExecutor = ThreadPoolExecutor(1, "kinto-sdk-next-page")
        self._future: Future[R] = self._threads.submit(ask)

    def begin(self) -> None:
        """Start the next request, in a thread of its own."""
        self._future = self._threads.submit(self._ask)

    def answer(self) -> R:
        """The answer to the request that was started last, or its error."""
        return self._future.result()

    def drop(self) -> None:
        """Give up a request that nobody wants the answer of any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
