"""What an operation leaves behind in memory."""

import gc
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from kinto_sdk import AsyncClient, Client


def answer(request: httpx.Request) -> httpx.Response:
    """A record, or a list of one."""
    record = {"id": "r", "last_modified": 7, "votes": 1}
    listed = request.url.path.endswith("/records")
    return httpx.Response(200, json={"data": [record] if listed else record}, headers={"ETag": '"7"'})


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "get": lambda collection: collection.get_record("r"),
    "list": lambda collection: collection.records().all(),
    "save": lambda collection: collection.record("r").replace({"votes": 2}),
    "count": lambda collection: collection.records().exists(),
}


def rings(work: Callable[[], Any]) -> int:
    """How many objects are left that hold on to each other, which only the garbage collector can free."""
    work()
    gc.collect()
    gc.disable()
    try:
        work()
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_waits_for_the_garbage_collector(name: str) -> None:
    """What a request needed is freed when it is over, the body of its answer first of all."""
    with Client("http://kinto.test", transport=httpx.MockTransport(answer)) as client:
        collection = client.bucket("b").collection("c")
        assert rings(lambda: OPERATIONS[name](collection)) == 0


@pytest.mark.parametrize("name", OPERATIONS)
async def test_nothing_waits_for_the_garbage_collector_async(name: str) -> None:
    """The same of the async client."""
    async with AsyncClient("http://kinto.test", transport=httpx.MockTransport(answer)) as client:
        collection = client.bucket("b").collection("c")

        def run(operation: Awaitable[Any]) -> None:
            # Nothing here waits, so that one step is all of it.
            with pytest.raises(StopIteration):
                operation.__await__().__next__()

        await collection.records().exists()
        assert rings(lambda: run(OPERATIONS[name](collection))) == 0
