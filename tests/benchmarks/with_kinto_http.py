"""The work as it is written with kinto-http."""

import asyncio
import logging
import time
from math import ceil

import kinto_http
from common import AUTH, BUCKET, COLLECTION, ID, PAGE, Round, document, in_flight
from kinto_http.patch_type import BasicPatch

# It logs each success of a batch as a warning; printing them would be measured too.
logging.getLogger("kinto_http").setLevel(logging.CRITICAL)


def make(url: str) -> kinto_http.Client:
    """A client as its documentation makes one."""
    return kinto_http.Client(server_url=url, auth=AUTH, bucket=BUCKET, collection=COLLECTION)


def get(url: str, size: int) -> Round:
    client = make(url)

    def work() -> int:
        for _ in range(size):
            client.get_record(id=ID)["data"]["votes"]
        return size

    return work


def patch(url: str, size: int) -> Round:
    client = make(url)
    found = client.get_record(id=ID)["data"]

    def work() -> int:
        record = found
        for number in range(size):
            record = client.patch_record(original=record, changes=BasicPatch({"votes": 1000 + number}))["data"]
        return size

    return work


def iterate(url: str, size: int) -> Round:
    client = make(url)

    def work() -> int:
        return sum(
            record["votes"] >= 0 for record in client.get_records(_limit=PAGE, pages=ceil(size / PAGE), _count=size)
        )

    return work


def iterate_pages(url: str, size: int) -> Round:
    client = make(url)

    def work() -> int:
        pages = client.get_paginated_records(_limit=PAGE, _count=size)
        return sum(record["votes"] >= 0 for page in pages for record in page["data"])

    return work


def batch(url: str, size: int) -> Round:
    client = make(url)

    def work() -> int:
        with client.batch() as unit:
            for number in range(size):
                unit.create_record(data=document(number))
        return size

    return work


def reads(url: str, size: int, limit: int = 20) -> Round:
    async def run() -> None:
        client = kinto_http.AsyncClient(server_url=url, auth=AUTH, bucket=BUCKET, collection=COLLECTION)

        async def read() -> None:
            (await client.get_record(id=ID))["data"]["votes"]

        await in_flight(limit, size, read)

    def work() -> int:
        asyncio.run(run())
        return size

    return work


def reads_at_once(url: str, size: int) -> Round:
    return reads(url, size, 0)


def read_all(url: str, size: int) -> Round:
    client = make(url)

    def work() -> int:
        return sum(record["votes"] >= 0 for record in client.get_records(_limit=PAGE, pages=size))

    return work


def write_all(url: str, size: int) -> Round:
    client = make(url)

    def work() -> int:
        name = f"c{time.time_ns()}"
        client.create_collection(id=name)
        with client.batch(collection=name) as unit:
            for number in range(size):
                unit.create_record(data=document(number))
        return size

    return work
