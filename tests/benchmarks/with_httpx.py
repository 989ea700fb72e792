"""The work with bare httpx: the requests and their JSON, and nothing of what a client of Kinto is for."""

import asyncio
from uuid import uuid4

import httpx
from common import AUTH, PAGE, RECORD, RECORDS, Round, document, in_flight

CHUNK = 25


def get(url: str, size: int) -> Round:
    client = httpx.Client(auth=AUTH)

    def work() -> int:
        for _ in range(size):
            client.get(url + RECORD).raise_for_status().json()["data"]["votes"]
        return size

    return work


def patch(url: str, size: int) -> Round:
    client = httpx.Client(auth=AUTH)

    def work() -> int:
        version = 1
        for number in range(size):
            headers = {"If-Match": f'"{version}"'}
            body = {"data": {"votes": 1000 + number}}
            answer = client.patch(url + RECORD, json=body, headers=headers).raise_for_status().json()
            version = answer["data"]["last_modified"]
        return size

    return work


def walk(url: str) -> Round:
    """Read a list page by page."""
    client = httpx.Client(auth=AUTH)

    def work() -> int:
        seen = 0
        following: str | None = url
        while following:
            response = client.get(following).raise_for_status()
            seen += sum(record["votes"] >= 0 for record in response.json()["data"])
            following = response.headers.get("Next-Page")
        return seen

    return work


def iterate(url: str, size: int) -> Round:
    return walk(f"{url}{RECORDS}?_limit={PAGE}&_count={size}")


def read_all(url: str, size: int) -> Round:
    return walk(f"{url}{RECORDS}?_limit={PAGE}")


def batch(url: str, size: int) -> Round:
    client = httpx.Client(auth=AUTH)

    def work() -> int:
        for start in range(0, size, CHUNK):
            items = [
                {
                    "method": "PUT",
                    "path": f"{RECORDS}/{uuid4()}",
                    "headers": {"If-None-Match": "*"},
                    "body": {"data": document(number)},
                }
                for number in range(start, min(start + CHUNK, size))
            ]
            client.post(url + "/batch", json={"requests": items}).raise_for_status().json()
        return size

    return work


def reads(url: str, size: int, limit: int = 20, make: type[httpx.AsyncClient] = httpx.AsyncClient) -> Round:
    async def run() -> None:
        # Its pool has a hundred connections; those who wait for one must not run out of time.
        async with make(auth=AUTH, timeout=60) as client:

            async def read() -> None:
                (await client.get(url + RECORD)).raise_for_status().json()["data"]["votes"]

            await in_flight(limit, size, read)

    def work() -> int:
        asyncio.run(run())
        return size

    return work


def reads_on_aiohttp(url: str, size: int, limit: int = 20) -> Round:
    from httpx_aiohttp import HttpxAiohttpClient

    return reads(url, size, limit, HttpxAiohttpClient)
