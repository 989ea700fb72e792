"""Writers at the same time: threads, tasks and processes on one record."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from kinto_sdk import AlreadyExistsError, AsyncClient, Client, Record
from kinto_sdk.testing import KintoServer

ME = ("user", "secret")
EDITS = 50


def count(server: KintoServer, way: str, *, processes: int, times: int) -> Any:
    """Count as the script beside this file does, which can be run by itself."""
    spec = spec_from_file_location("counting", Path(__file__).with_name("counting.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.count(server, way, processes, times)


def make(server: KintoServer, **data: int) -> None:
    """Make the record."""
    with Client(server.url, auth=ME) as client:
        client.create_bucket("b").create_collection("c").create_record(data, id="r")


def result(server: KintoServer) -> dict[str, int]:
    """What the record holds in the end."""
    with Client(server.url, auth=ME) as client:
        return client.bucket("b").collection("c").get_record("r").data


@pytest.mark.backends("memory")
def test_two_threads_editing_one_record_lose_nothing(make_server: Callable[..., KintoServer]) -> None:
    """Each of two clients counts in a field of its own 50 times, merging what the other did."""
    kinto_server = make_server(threads=1)
    make(kinto_server, a=0, b=0)
    start = Barrier(2)

    def edit(name: str) -> None:
        with Client(kinto_server.url, auth=ME) as client:
            record = client.bucket("b").collection("c").get_record("r")
            start.wait()
            for _ in range(EDITS):
                record.data[name] += 1
                record.save(on_conflict="merge")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(edit, "ab"))
    assert result(kinto_server) == {"a": EDITS, "b": EDITS}


@pytest.mark.backends("memory")
async def test_two_tasks_editing_one_record_lose_nothing(make_server: Callable[..., KintoServer]) -> None:
    """The same with two async clients."""
    kinto_server = make_server(threads=1)
    make(kinto_server, a=0, b=0)

    async def edit(name: str) -> None:
        async with AsyncClient(kinto_server.url, auth=ME) as client:
            record = await client.bucket("b").collection("c").get_record("r")
            for _ in range(EDITS):
                record.data[name] += 1
                await record.save(on_conflict="merge")

    await asyncio.gather(edit("a"), edit("b"))
    assert result(kinto_server) == {"a": EDITS, "b": EDITS}


@pytest.mark.backends("memory")
def test_processes_counting_in_one_field_lose_nothing(make_server: Callable[..., KintoServer]) -> None:
    """Four processes add one fifteen times each, with `collection.update()`."""
    found, _ = count(make_server(threads=1), "update", processes=4, times=15)
    assert found == 60


@pytest.mark.backends("postgresql")
def test_processes_counting_behind_a_lock_lose_nothing(kinto_server: KintoServer) -> None:
    """PostgreSQL's transactions make each writer wait for the one in front, though the check alone is not atomic."""
    found, _ = count(kinto_server, "lock", processes=4, times=5)
    assert found == 20


def test_one_of_many_creates(kinto_server: KintoServer) -> None:
    """Of eight that create one object at the same time exactly one does, and the others get it."""
    make(kinto_server)
    start = Barrier(8)

    def create(number: int) -> Record:
        with Client(kinto_server.url, auth=ME) as client:
            client.server_info()
            start.wait()
            records = client.bucket("b").collection("c")
            return records.create_record({"by": number}, id="once", if_not_exists=True)

    with ThreadPoolExecutor(8) as pool:
        records = list(pool.map(create, range(8)))
    (winner,) = [record for record in records if record.created]
    assert all(record.data == winner.data for record in records)
    with Client(kinto_server.url, auth=ME) as client, pytest.raises(AlreadyExistsError):
        client.bucket("b").collection("c").create_record({}, id="once")
