"""What the two clients wait with."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from kinto_sdk._sync.navigation import Navigation
from kinto_sdk._sync.port import Detached
from kinto_sdk._sync.record import Record
from kinto_sdk.objects.context import Context
from kinto_sdk.objects.state import MEMORY
from kinto_sdk.transport.async_waiting import AsyncAhead, AsyncPause
from kinto_sdk.transport.sync_waiting import Ahead, Pause

LONG = 3600.0


async def test_a_pause_ends_when_the_time_has_passed_or_at_once() -> None:
    """Another task can end it, a cancelled task leaves it, and the wait does not hold up the loop."""
    pause = AsyncPause()
    await pause.wait(0.0)
    assert not pause.has_ended()
    waiting = asyncio.create_task(pause.wait(LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    waiting = asyncio.create_task(pause.wait(LONG))
    await asyncio.sleep(0)
    pause.end()
    await waiting
    await pause.wait(LONG)
    assert pause.has_ended()


def test_a_pause_is_ended_from_another_thread() -> None:
    """A wait that is under way ends, and so do the later ones."""
    pause = Pause()
    pause.wait(0.0)
    assert not pause.has_ended()
    waiting = threading.Thread(target=pause.wait, args=(LONG,))
    waiting.start()
    pause.end()
    waiting.join(10)
    assert not waiting.is_alive()
    pause.wait(LONG)
    assert pause.has_ended()


def counting(failing: int = -1) -> Callable[[], int]:
    """A request whose answer is how often it was asked, until one fails."""
    asked: list[None] = []

    def ask() -> int:
        asked.append(None)
        if len(asked) == failing:
            raise KeyError(failing)
        return len(asked)

    return ask


async def test_a_task_asks_ahead() -> None:
    """Answers come in order; an error comes where its answer would, and one that nobody wants is dropped."""
    ask = counting(failing=3)

    async def request() -> int:
        await asyncio.sleep(0)
        return ask()

    ahead = AsyncAhead(request)
    assert await ahead.answer() == 1
    ahead.begin()
    assert await ahead.answer() == 2
    ahead.begin()
    with pytest.raises(KeyError):
        await ahead.answer()
    ahead.drop()
    ahead.begin()
    ahead.drop()
    with pytest.raises(asyncio.CancelledError):
        await ahead.answer()


def test_a_thread_asks_ahead() -> None:
    """Answers come in order, and an error comes where its answer would."""
    ahead = Ahead(counting(failing=2))
    assert ahead.answer() == 1
    ahead.begin()
    with pytest.raises(KeyError):
        ahead.answer()
    ahead.drop()


def test_a_record_is_made_with_all_its_memory() -> None:
    """Records are made without the call of their base class, and have everything it would have set."""
    collection = Navigation(Detached(), Context(server_url="http://server/v1")).bucket("b").collection("c")
    record: Record[object] = Record(collection, "r")
    assert {name for name in (*MEMORY, "_parent") if not hasattr(record, name)} == set()
