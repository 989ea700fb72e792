"""What the contenders' modules share: the place of the work, and how many requests are under way."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import attrs

Round = Callable[[], int]
"""Does a round of work, and tells how many operations it was."""

AUTH = ("alice", "s3cret")
BUCKET, COLLECTION = "b", "c"
ID = "00000000-0000-4000-8000-000000000007"
RECORDS = f"/buckets/{BUCKET}/collections/{COLLECTION}/records"
RECORD = f"{RECORDS}/{ID}"
PAGE = 1000


@attrs.define
class Todo:
    """The records of the canned server."""

    title: str
    votes: int
    done: bool
    due: datetime
    tags: list[str]


def document(number: int) -> dict[str, Any]:
    """What is written."""
    return {"title": "x", "votes": number, "tags": ["one", "two"]}


async def in_flight(limit: int, count: int, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Run `count` reads, at most `limit` of them at once (0: all at once)."""
    if not limit:
        await asyncio.gather(*(make() for _ in range(count)))
        return
    slots = asyncio.Semaphore(limit)

    async def one() -> None:
        async with slots:
            await make()

    await asyncio.gather(*(one() for _ in range(count)))
