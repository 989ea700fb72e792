"""Measures what `concurrency=` brings to a bulk write: `python tests/benchmarks/concurrency.py --latency 50`.

Creates records through an AsyncClient on a Kinto of several workers on PostgreSQL, through a relay that delays every
message by half of the latency (milliseconds) in each direction, as a network would.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from kinto_sdk import AsyncClient, RetryPolicy
from kinto_sdk.testing import KintoServer


async def relay(port: int, seconds: float) -> asyncio.Server:
    """A server that hands everything on to this port, late."""

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                loop.call_later(seconds, writer.write, data)
        loop.call_later(seconds, writer.close)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        # Cancelled when the measurement is over.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(hand_on(reader, there_writer), hand_on(there_reader, writer))

    return await asyncio.start_server(connected, "127.0.0.1", 0)


async def measure(server: KintoServer, records: int, concurrency: int, latency: float) -> float:
    """The seconds that creating the records takes."""
    relaying = await relay(server.port, latency / 2)
    port = relaying.sockets[0].getsockname()[1]
    policy = RetryPolicy(retries=20, retry_after=0.05)
    async with AsyncClient(f"http://127.0.0.1:{port}/v1", auth=("user", "secret"), timeout=60, retry=policy) as client:
        async with client.batch() as batch:
            bucket = await batch.create_bucket("bulk", if_not_exists=True)
            await bucket.create_collection(f"c{time.time_ns()}")
        todos = batch.results()[1].resource
        collection = client.bucket("bulk").collection(todos.id)

        def documents() -> Iterator[dict[str, Any]]:
            for number in range(records):
                yield {"title": f"number {number}", "text": "x" * 100}

        started = time.monotonic()
        async for outcome in collection.create_records(documents(), concurrency=concurrency):
            assert outcome.ok
        seconds = time.monotonic() - started
        assert await collection.records().count() == records
    relaying.close()
    return seconds


def main() -> None:
    """Measure one chunk at a time against several, in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=500)
    parser.add_argument("--latency", type=float, default=50.0, help="round trip in milliseconds")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with KintoServer(backend="postgresql", workers=chosen.workers) as server:
        for concurrency in (1, 2, 4) * chosen.rounds:
            seconds = asyncio.run(measure(server, chosen.records, concurrency, chosen.latency / 1000))
            print(f"concurrency={concurrency}: {chosen.records / seconds:.0f} records/s ({seconds:.2f} s)")


if __name__ == "__main__":
    main()
