"""How long our code holds up the event loop: `python tests/benchmarks/callbacks.py URL [--without orjson]`.

Every callback of the loop is timed (CPU of the thread, so that other processes don't count), and told apart by who
runs in it: a task that stands in kinto_sdk's code, or anything else, the benchmark's own loops for one. What Python's
garbage collector takes is told by itself: a full pass looks at every object of the program, and falls into whichever
callback is running.
"""

import argparse
import asyncio
import base64
import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, Self

import canned
import httpx
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


async def plan(client: Any, size: int) -> object:
    """Documents at hand compared with records that all differ from them."""
    documents = [{**canned.record(number), "votes": -1} for number in range(size)]
    collection = client.bucket(BUCKET).collection(f"c{size}")
    # In a task of its own, so that its first step counts as ours.
    return documents, await asyncio.create_task(collection.plan(documents))


async def validate(client: Any, size: int) -> object:
    """Documents at hand checked against a schema."""
    schema = {"type": "object", "properties": {"votes": {"type": "integer"}, "tags": {"items": {"type": "string"}}}}
    documents = list(map(document, range(size)))
    return documents, await asyncio.create_task(place(client).validate(documents, schema=schema))


async def verify(client: Any, size: int) -> object:
    """A signed collection, which is one answer. It comes at once: decoding it, in one step, counts as the others'."""
    key, changeset = signed(size)

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.path.endswith("/changeset")
        return httpx.Response(200, content=changeset if asked else b'{"capabilities":{"changes":{}}}')

    async with client.clone(transport=httpx.MockTransport(answer)) as alone:
        return await place(alone).verified_records(public_key=key)


@lru_cache
def signed(size: int) -> tuple[bytes, bytes]:
    """A public key, and a changeset that it has signed."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP384R1, generate_private_key
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA384
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from kinto_sdk.protocol.signatures import signed_text

    rows, key = list(map(canned.record, range(size))), generate_private_key(SECP384R1())
    pair = decode_dss_signature(key.sign(b"".join(signed_text(rows, canned.NOW)), ECDSA(SHA384())))
    text = base64.urlsafe_b64encode(b"".join(number.to_bytes(48) for number in pair)).decode()
    metadata = {"signature": {"signature": text, "mode": "p384ecdsa"}}
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem, canned.encode({"timestamp": canned.NOW, "metadata": metadata, "changes": rows})


SITUATIONS: dict[str, tuple[Situation, int]] = {
    "2 000 GETs at once": (reads_at_once, 2_000),
    "iterating over 100 000 records, dict": (iterate, 100_000),
    "iterating over 100 000 records, typed": (iterate_typed, 100_000),
    "100 000 records with `all()`": (collect, 100_000),
    "10 000 records created in a batch": (batch, 10_000),
    "10 000 records with `create_records()`, concurrency=4": (bulk, 10_000),
    "100 000 documents with `plan()`": (plan, 100_000),
    "10 000 documents with `validate()`": (validate, 10_000),
    "10 000 records with `verified_records()`": (verify, 10_000),
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
