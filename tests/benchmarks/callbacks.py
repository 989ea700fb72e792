"""How long our code holds up the event loop: `python tests/benchmarks/callbacks.py URL [--without orjson]`.

Every callback of the loop is timed (CPU of the thread, so that other processes don't count), and told apart by who
runs in it: a task that stands in kinto_sdk's code, or anything else, the benchmark's own loops for one. What Python's
garbage collector takes is told by itself: a full pass looks at every object of the program, and falls into whichever
callback is running.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

from common import AUTH, BUCKET, COLLECTION, ID, Todo, document

OURS = f"{os.sep}kinto_sdk{os.sep}"

Situation = Callable[[Any, int], Awaitable[object]]
"""Does the work with an AsyncClient, and returns what it made, so that freeing it is not measured."""


class Stopwatch:
    """Times each callback of the event loop while it is entered."""

    def __init__(self) -> None:
        self.ours = self.others = self.collector = 0.0
        self._collecting = self._collected = 0.0
        self._run = asyncio.Handle._run

    def __enter__(self) -> Self:
        run = self._run

        def timed(handle: asyncio.Handle) -> None:
            is_ours = runs_ours(handle)
            self._collected = 0.0
            started = time.thread_time()
            run(handle)
            seconds = time.thread_time() - started - self._collected
            if is_ours:
                self.ours = max(self.ours, seconds)
            else:
                self.others = max(self.others, seconds)

        asyncio.Handle._run = timed  # type: ignore[method-assign]  # measured from inside
        gc.callbacks.append(self._collects)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.Handle._run = self._run  # type: ignore[method-assign]  # as it was
        gc.callbacks.remove(self._collects)

    def _collects(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.thread_time()
            return
        seconds = time.thread_time() - self._collecting
        self._collected += seconds
        self.collector = max(self.collector, seconds)


def runs_ours(handle: asyncio.Handle) -> bool:
    """Whether a callback is a step of a task that goes on in kinto_sdk's code."""
    task = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]  # what the loop calls
    waiting: Any = task.get_coro() if isinstance(task, asyncio.Task) else None
    while waiting is not None:
        if type(waiting).__name__ == "async_generator_asend":
            # It does not tell of which generator it is, but to the garbage collector.
            waiting = next(found for found in gc.get_referents(waiting) if hasattr(found, "ag_code"))
        code = getattr(waiting, "cr_code", None) or getattr(waiting, "ag_code", None)
        if code is not None and OURS in code.co_filename:
            return True
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)
    return False


def place(client: Any, model: Any = None) -> Any:
    """The collection."""
    return client.bucket(BUCKET).collection(COLLECTION, model)


async def reads_at_once(client: Any, size: int) -> object:
    """GETs, all at once."""
    collection = place(client)
    return await asyncio.gather(*(collection.get_record(ID) for _ in range(size)))


async def iterate(client: Any, size: int, model: Any = None) -> None:
    """A list in pages of a thousand, the data of each record read."""
    async for record in place(client, model).records().param("_count", str(size)):
        _ = record.data


async def iterate_typed(client: Any, size: int) -> None:
    """The same with a model."""
    await iterate(client, size, Todo)


async def collect(client: Any, size: int) -> object:
    """The same as one list, nothing read."""
    return await place(client).records().param("_count", str(size)).all()


async def batch(client: Any, size: int) -> object:
    """Records created in batches."""
    collection = place(client)
    async with client.batch() as unit:
        for number in range(size):
            unit.save(collection.new_record(document(number)))
        # The block itself is the user's.
        await asyncio.sleep(0)
    return unit


async def bulk(client: Any, size: int) -> None:
    """The same with create_records()."""
    async for outcome in place(client).create_records(map(document, range(size)), concurrency=4):
        assert outcome.ok


SITUATIONS: dict[str, tuple[Situation, int]] = {
    "2 000 GETs at once": (reads_at_once, 2_000),
    "iterating over 100 000 records, dict": (iterate, 100_000),
    "iterating over 100 000 records, typed": (iterate_typed, 100_000),
    "100 000 records with `all()`": (collect, 100_000),
    "10 000 records created in a batch": (batch, 10_000),
    "10 000 records with `create_records()`, concurrency=4": (bulk, 10_000),
}


async def measure(url: str, situation: Situation, size: int) -> Stopwatch:
    """Time the callbacks of one situation, with a client that has been used before."""
    from kinto_sdk import AsyncClient

    async with AsyncClient(url, auth=AUTH) as client:
        await situation(client, min(size, 50))
        with Stopwatch() as watch:
            await asyncio.sleep(0)
            kept = await situation(client, size)
            await asyncio.sleep(0)
    del kept
    return watch


def main() -> None:
    """Print a line of JSON for each situation: milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--part", type=float, default=1.0, help="how much of the work to do")
    parser.add_argument("--without", action="append", default=[], help="a module to hide, as if not installed")
    arguments = parser.parse_args()
    for module in arguments.without:
        sys.modules[module] = None  # type: ignore[assignment]  # how the import system is told that it is not there
    for name, (situation, size) in SITUATIONS.items():
        watches = [asyncio.run(measure(arguments.url, situation, max(1, int(size * arguments.part)))) for _ in range(3)]
        figures = {
            # The least of three runs: an interruption of the machine makes one longer, nothing makes it shorter.
            "ours": min(watch.ours for watch in watches) * 1000,
            "others": min(watch.others for watch in watches) * 1000,
            "collector": min(watch.collector for watch in watches) * 1000,
        }
        print(json.dumps({"situation": name, **figures}), flush=True)


if __name__ == "__main__":
    main()
