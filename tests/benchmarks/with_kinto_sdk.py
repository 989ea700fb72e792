"""The work as it is written with kinto_sdk, with whatever extras the worker left importable.

A case takes the server's URL and how many operations make a round, and returns a function that does a round.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from common import AUTH, BUCKET, COLLECTION, ID, Round, Todo, document, in_flight

from kinto_sdk import AsyncClient, Client


def get(url: str, size: int) -> Round:
    collection = Client(url, auth=AUTH).bucket(BUCKET).collection(COLLECTION)

    def work() -> int:
        for _ in range(size):
            collection.get_record(ID).data["votes"]
        return size

    return work


def patch(url: str, size: int) -> Round:
    record = Client(url, auth=AUTH).bucket(BUCKET).collection(COLLECTION).get_record(ID)

    def work() -> int:
        for number in range(size):
            record.patch({"votes": 1000 + number}).data["votes"]
        return size

    return work


def save(url: str, size: int) -> Round:
    record = Client(url, auth=AUTH).bucket(BUCKET).collection(COLLECTION).get_record(ID)

    def work() -> int:
        for number in range(size):
            record.data["votes"] = 1000 + number
            record.save()
        return size

    return work


def save_typed(url: str, size: int) -> Round:
    record = Client(url, auth=AUTH).bucket(BUCKET).collection(COLLECTION, Todo).get_record(ID)

    def work() -> int:
        for number in range(size):
            record.data.votes = 1000 + number
            record.save()
        return size

    return work


def records(url: str, size: int, model: Any = None) -> Any:
    """The query of a list of so many records."""
    return Client(url, auth=AUTH).bucket(BUCKET).collection(COLLECTION, model).records().param("_count", str(size))


def iterate_unread(url: str, size: int) -> Round:
    query = records(url, size)

    def work() -> int:
        return sum(1 for _ in query)

    return work


def iterate(url: str, size: int) -> Round:
    query = records(url, size)

    def work() -> int:
        return sum(record.data["votes"] >= 0 for record in query)

    return work


def iterate_typed(url: str, size: int) -> Round:
    query = records(url, size, Todo)

    def work() -> int:
        return sum(record.data.votes >= 0 for record in query)

    return work


def collect(url: str, size: int) -> Round:
    query = records(url, size)

    def work() -> int:
        return sum(record.data["votes"] >= 0 for record in query.all())

    return work


def changes(url: str, size: int) -> Round:
    feed = Client(url, auth=AUTH).bucket(BUCKET).collection(f"c{size}").changes

    def work() -> int:
        return sum(change.last_modified > 0 for change in feed())

    return work


def plan(url: str, size: int) -> Round:
    """Every hundredth document differs."""
    from canned import record

    collection = Client(url, auth=AUTH).bucket(BUCKET).collection(f"c{size}")

    def desired() -> Iterator[dict[str, Any]]:
        for number in range(size):
            wanted = record(number)
            if number % 100 == 0:
                wanted["title"] = "changed"
            yield wanted

    def work() -> int:
        made = collection.plan(desired())
        assert len(made.updates) == -(-size // 100)
        return made.unchanged + len(made)

    return work


def batch(url: str, size: int) -> Round:
    client = Client(url, auth=AUTH)
    collection = client.bucket(BUCKET).collection(COLLECTION)

    def work() -> int:
        with client.batch() as unit:
            for number in range(size):
                unit.save(collection.new_record(document(number)))
        return size

    return work


def bulk(url: str, size: int) -> Round:
    collection = Client(url, auth=AUTH).bucket(BUCKET).collection(COLLECTION)

    def work() -> int:
        return sum(outcome.ok for outcome in collection.create_records(map(document, range(size))))

    return work


def reads(url: str, size: int, limit: int = 20) -> Round:
    async def run() -> None:
        async with AsyncClient(url, auth=AUTH) as client:
            collection = client.bucket(BUCKET).collection(COLLECTION)

            async def read() -> None:
                (await collection.get_record(ID)).data["votes"]

            await in_flight(limit, size, read)

    def work() -> int:
        asyncio.run(run())
        return size

    return work


def reads_at_once(url: str, size: int) -> Round:
    return reads(url, size, 0)


# ---- on a real server, where each round writes to a collection of its own ------------------------------------------


def new_collection(url: str) -> str:
    """Make an empty collection, and tell its id."""
    with Client(url, auth=AUTH) as client:
        return client.bucket(BUCKET).create_collection(f"c{time.time_ns()}").id


def read_all(url: str, size: int) -> Round:
    query = Client(url, auth=AUTH).bucket(BUCKET).collection(COLLECTION).records()

    def work() -> int:
        return sum(record.data["votes"] >= 0 for record in query)

    return work


def write_all(url: str, size: int) -> Round:
    client = Client(url, auth=AUTH)

    def work() -> int:
        collection = client.bucket(BUCKET).collection(new_collection(url))
        return sum(outcome.ok for outcome in collection.create_records(map(document, range(size))))

    return work


def write_concurrently(url: str, size: int, concurrency: int = 4) -> Round:
    async def run() -> int:
        written = 0
        async with AsyncClient(url, auth=AUTH) as client:
            collection = client.bucket(BUCKET).collection(new_collection(url))
            async for outcome in collection.create_records(map(document, range(size)), concurrency=concurrency):
                written += outcome.ok
        return written

    return lambda: asyncio.run(run())


def write_in_turn(url: str, size: int) -> Round:
    return write_concurrently(url, size, 1)
