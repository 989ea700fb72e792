"""Work that takes long without a request in it gives the rest of the event loop its turns."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kinto_sdk import AsyncClient, AsyncCollection
from kinto_sdk.protocol.signatures import signed_text
from kinto_sdk.transport import async_waiting, sync_waiting
from kinto_sdk.transport.async_waiting import PORTION, giving_way

PORTIONS = 20
ROWS: list[dict[str, Any]] = [
    {"id": f"r{number:03d}", "last_modified": 1 + number} for number in range(PORTIONS * PORTION)
]
KEY = ec.generate_private_key(ec.SECP384R1())
PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def changeset() -> dict[str, Any]:
    """All rows, signed."""
    numbers = decode_dss_signature(KEY.sign(b"".join(signed_text(ROWS, 9)), ec.ECDSA(hashes.SHA384())))
    text = base64.urlsafe_b64encode(b"".join(number.to_bytes(48) for number in numbers)).decode()
    metadata = {"signature": {"signature": text, "mode": "p384ecdsa"}}
    return {"timestamp": 9, "metadata": metadata, "changes": ROWS}


def answer(request: httpx.Request) -> httpx.Response:
    """A server with all rows in one page."""
    if request.url.path.endswith("/records"):
        return httpx.Response(200, json={"data": ROWS}, headers={"ETag": '"9"'})
    if request.url.path.endswith("/changeset"):
        return httpx.Response(200, content=json.dumps(changeset()))
    return httpx.Response(200, json={"capabilities": {"changes": {}}})


async def ticks_during(work: Awaitable[object]) -> int:
    """How many turns another task gets until the work is done."""
    ticks = 0

    async def ticking() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(ticking())
    await work
    other.cancel()
    return ticks


async def iterate(todos: AsyncCollection) -> None:
    """Read the records in a loop that waits for nothing."""
    async for _ in todos.records():
        pass


async def prefetch(todos: AsyncCollection) -> None:
    """Read them with the next page on its way."""
    async for _ in todos.records().prefetch():
        pass


WORK: dict[str, tuple[Callable[[AsyncCollection], Awaitable[object]], int]] = {
    "verified": (lambda todos: todos.verified_records(public_key=PEM), 2),
    "planned": (lambda todos: todos.plan(ROWS, delete=True), 2),
    "validated": (lambda todos: todos.validate(schema={}), 1),
    "validated, at hand": (lambda todos: todos.validate(ROWS, schema={}), 1),
    "iterated": (iterate, 1),
    "prefetched": (prefetch, 1),
}
"""What works on all the rows, and how many times."""


@pytest.mark.parametrize("name", WORK)
async def test_others_get_turns_in_between(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each portion takes too long another task gets a turn before the next; where none does, there is none."""
    work, times = WORK[name]
    async with AsyncClient("http://server/v1", transport=httpx.MockTransport(answer)) as client:
        todos = client.bucket("b").collection("c")
        monkeypatch.setattr(async_waiting, "LONGEST_HOLD", float("inf"))
        in_one = await ticks_during(work(todos))
        monkeypatch.setattr(async_waiting, "LONGEST_HOLD", -1.0)
        in_portions = await ticks_during(work(todos))
    assert in_one < PORTIONS / 2
    assert in_portions >= times * (PORTIONS - 1)


@pytest.mark.parametrize(("milliseconds", "turns"), [(0.01, 1), (0.15, 10), (1.0, 19)])
async def test_turns_come_as_time_passes(milliseconds: float, turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first portion, which may have been long in coming, the time counts, and not the number of items."""
    now = 0.0
    monkeypatch.setattr(async_waiting, "monotonic", lambda: now)
    done: list[int] = []

    async def work() -> None:
        nonlocal now
        async for portion in giving_way(range(PORTIONS * PORTION)):
            now += len(portion) * milliseconds / 1000
            done.extend(portion)

    # The other task's first turn is the one before its end.
    assert await ticks_during(asyncio.create_task(work())) - 1 == turns
    assert done == list(range(PORTIONS * PORTION))


def test_the_sync_client_has_nobody_to_give_way_to() -> None:
    """There all comes in one, and is not kept."""
    rows = [1, 2, 3]
    (portion,) = sync_waiting.giving_way(iter(rows))
    assert list(portion) == rows
    assert list(portion) == []
