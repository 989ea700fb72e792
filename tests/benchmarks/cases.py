"""The same work done by each contender. A case makes a function that does one round and can be called again.

Contenders: `ours` (with whatever extras the worker left importable), `kinto_http`, `httpx` (bare: the request and the
JSON, nothing else).
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import attrs
import httpx

Round = Callable[[], int]
"""Does a round of work and tells how many operations it was."""

AUTH = ("alice", "s3cret")
RECORD = "/buckets/b/collections/c/records/00000000-0000-4000-8000-000000000007"
ID = RECORD.rsplit("/", 1)[-1]
SINGLE = 300
PAGES_OF_1000 = 100
MILLION = 1_000_000
SAVES = 10_000
READS = 2_000


@attrs.define
class Todo:
    """The records of the canned server."""

    title: str
    votes: int
    done: bool
    due: datetime
    tags: list[str]


# ---- one request ---------------------------------------------------------------------------------------------------


def get_ours(url: str) -> Round:
    from kinto_sdk import Client

    collection = Client(url, auth=AUTH).bucket("b").collection("c")

    def work() -> int:
        for _ in range(SINGLE):
            collection.get_record(ID)
        return SINGLE

    return work


def get_kinto_http(url: str) -> Round:
    import kinto_http

    client = kinto_http.Client(server_url=url, auth=AUTH, bucket="b", collection="c")

    def work() -> int:
        for _ in range(SINGLE):
            client.get_record(id=ID)
        return SINGLE

    return work


def get_httpx(url: str) -> Round:
    client = httpx.Client(auth=AUTH)

    def work() -> int:
        for _ in range(SINGLE):
            client.get(url + RECORD).raise_for_status().json()
        return SINGLE

    return work


def save_ours(url: str, model: Any = None) -> Round:
    from kinto_sdk import Client

    record = Client(url, auth=AUTH).bucket("b").collection("c", model).get_record(ID)

    def work() -> int:
        for number in range(SINGLE):
            if model is None:
                record.data["votes"] = 1000 + number
            else:
                record.data.votes = 1000 + number
            record.save()
        return SINGLE

    return work


def save_ours_typed(url: str) -> Round:
    return save_ours(url, Todo)


def save_kinto_http(url: str) -> Round:
    import kinto_http

    client = kinto_http.Client(server_url=url, auth=AUTH, bucket="b", collection="c")
    found = client.get_record(id=ID)["data"]

    def work() -> int:
        data = found
        for number in range(SINGLE):
            patch = kinto_http.patch_type.BasicPatch({"votes": 1000 + number})
            data = client.patch_record(id=ID, original=data, changes=patch)["data"]
        return SINGLE

    return work


def save_httpx(url: str) -> Round:
    client = httpx.Client(auth=AUTH)

    def work() -> int:
        for number in range(SINGLE):
            headers = {"If-Match": '"1795466000007"'}
            body = {"data": {"votes": 1000 + number}}
            client.patch(url + RECORD, json=body, headers=headers).raise_for_status().json()
        return SINGLE

    return work


# ---- lists ---------------------------------------------------------------------------------------------------------


def iterate_ours(url: str, model: Any = None, *, read: bool = True, count: int = PAGES_OF_1000 * 1000) -> Round:
    from kinto_sdk import Client

    query = Client(url, auth=AUTH).bucket("b").collection("c", model).records().param("_count", str(count))

    def work() -> int:
        seen = 0
        if read:
            for record in query:
                if record.data is not None:
                    seen += 1
        else:
            for _ in query:
                seen += 1
        assert seen == count
        return seen

    return work


def iterate_ours_unread(url: str) -> Round:
    return iterate_ours(url, read=False)


def iterate_ours_typed(url: str) -> Round:
    return iterate_ours(url, Todo)


def iterate_million(url: str) -> Round:
    return iterate_ours(url, count=MILLION)


def iterate_kinto_http(url: str) -> Round:
    import kinto_http

    client = kinto_http.Client(server_url=url, auth=AUTH, bucket="b", collection="c")

    def work() -> int:
        return len(client.get_records(_limit=1000, pages=PAGES_OF_1000, _count=PAGES_OF_1000 * 1000))

    return work


def iterate_httpx(url: str) -> Round:
    client = httpx.Client(auth=AUTH)

    def work() -> int:
        seen = 0
        following: str | None = f"{url}/buckets/b/collections/c/records?_limit=1000&_count={PAGES_OF_1000 * 1000}"
        while following:
            response = client.get(following)
            seen += len(response.json()["data"])
            following = response.headers.get("Next-Page")
        return seen

    return work


# ---- batches -------------------------------------------------------------------------------------------------------


def batch_ours(url: str) -> Round:
    from kinto_sdk import Client

    client = Client(url, auth=AUTH)
    collection = client.bucket("b").collection("c")

    def work() -> int:
        with client.batch() as batch:
            for number in range(SAVES):
                batch.save(collection.new_record({"title": "x", "votes": number, "tags": ["one", "two"]}))
        return SAVES

    return work


def batch_kinto_http(url: str) -> Round:
    import logging

    import kinto_http

    # It logs each success as a warning; printing them would be measured too.
    logging.getLogger("kinto_http").setLevel(logging.CRITICAL)
    client = kinto_http.Client(server_url=url, auth=AUTH, bucket="b", collection="c")

    def work() -> int:
        with client.batch() as batch:
            for number in range(SAVES):
                batch.create_record(data={"title": "x", "votes": number, "tags": ["one", "two"]})
        return SAVES

    return work


def batch_httpx(url: str) -> Round:
    from uuid import uuid4

    client = httpx.Client(auth=AUTH)
    records = "/v1/buckets/b/collections/c/records/"
    headers = {"If-None-Match": "*"}

    def work() -> int:
        for start in range(0, SAVES, 25):
            items = [
                {
                    "method": "PUT",
                    "path": records + str(uuid4()),
                    "headers": headers,
                    "body": {"data": {"title": "x", "votes": number, "tags": ["one", "two"]}},
                }
                for number in range(start, start + 25)
            ]
            client.post(url + "/batch", json={"requests": items}).json()
        return SAVES

    return work


# ---- async ---------------------------------------------------------------------------------------------------------


async def in_flight(limit: int, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Run READS reads, at most `limit` at once (0: all at once)."""
    if not limit:
        await asyncio.gather(*(make() for _ in range(READS)))
        return
    slots = asyncio.Semaphore(limit)

    async def one() -> None:
        async with slots:
            await make()

    await asyncio.gather(*(one() for _ in range(READS)))


def async_ours(url: str, limit: int = 20) -> Round:
    from kinto_sdk import AsyncClient

    async def run() -> None:
        async with AsyncClient(url, auth=AUTH) as client:
            collection = client.bucket("b").collection("c")
            await in_flight(limit, lambda: collection.get_record(ID))

    def work() -> int:
        asyncio.run(run())
        return READS

    return work


def async_ours_at_once(url: str) -> Round:
    return async_ours(url, 0)


def async_kinto_http(url: str, limit: int = 20) -> Round:
    import kinto_http

    async def run() -> None:
        client = kinto_http.AsyncClient(server_url=url, auth=AUTH, bucket="b", collection="c")
        await in_flight(limit, lambda: client.get_record(id=ID))

    def work() -> int:
        asyncio.run(run())
        return READS

    return work


def async_kinto_http_at_once(url: str) -> Round:
    return async_kinto_http(url, 0)


def async_httpx(url: str, limit: int = 20) -> Round:
    async def run() -> None:
        async with httpx.AsyncClient(auth=AUTH, timeout=60) as client:

            async def read() -> None:
                (await client.get(url + RECORD)).json()

            await in_flight(limit, read)

    def work() -> int:
        asyncio.run(run())
        return READS

    return work


def longest_callback(url: str) -> Round:
    """All reads at once; the answer is the longest step of the event loop in microseconds, not a count."""
    import time

    from kinto_sdk import AsyncClient

    longest = 0.0
    plain = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        nonlocal longest
        started = time.thread_time()
        plain(handle)
        longest = max(longest, time.thread_time() - started)

    async def run() -> None:
        async with AsyncClient(url, auth=AUTH) as client:
            collection = client.bucket("b").collection("c")
            await collection.get_record(ID)
            nonlocal longest
            reads = [asyncio.ensure_future(collection.get_record(ID)) for _ in range(READS)]
            await asyncio.sleep(0)
            longest = 0.0
            await asyncio.gather(*reads)

    def work() -> int:
        nonlocal longest
        longest = 0.0
        asyncio.Handle._run = timed  # type: ignore[method-assign]  # measured from inside
        try:
            asyncio.run(run())
        finally:
            asyncio.Handle._run = plain  # type: ignore[method-assign]  # as it was
        return int(longest * 1e6)

    return work
