"""One client in many threads, one async client in many tasks, and what aiohttp makes of nonsense."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kinto_sdk import AsyncClient, Client, RequestSent, TransportError
from kinto_sdk.testing import KintoServer
from tests.chaos.canned import Answer, CannedServer

pytestmark = pytest.mark.backends("memory")
AUTH = ("user", "secret")


def roots(told: list[Any]) -> int:
    """Count the requests for the root view."""
    return len([event for event in told if isinstance(event, RequestSent) and event.request.path == "/"])


def test_sixteen_threads(kinto_server: KintoServer) -> None:
    """No error, no mixed answers, and one request for the server's information."""
    told: list[Any] = []
    barrier = threading.Barrier(16)
    with Client(kinto_server.url, auth=AUTH, on_event=told.append) as client:
        todos = client.create_bucket("b").create_collection("c")

        def work(number: int) -> list[int]:
            barrier.wait()
            client.server_info()
            for step in range(3):
                todos.create_record({"n": number * 10 + step}, id=f"r{number}-{step}")
            return [todos.get_record(f"r{number}-{step}").data["n"] for step in range(3)]

        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(work, range(16)))
        assert len(list(todos.records())) == 48
    assert found == [[number * 10 + step for step in range(3)] for number in range(16)]
    assert roots(told) == 1


async def test_two_hundred_tasks(kinto_server: KintoServer) -> None:
    """No error, no mixed answers, and one request for the server's information."""
    told: list[Any] = []
    async with AsyncClient(kinto_server.url, auth=AUTH, on_event=told.append) as client:
        todos = await (await client.create_bucket("b")).create_collection("c")

        async def work(number: int) -> int:
            await client.server_info()
            await todos.create_record({"n": number}, id=f"r{number}")
            n: int = (await todos.get_record(f"r{number}")).data["n"]
            return n

        assert await asyncio.gather(*map(work, range(200))) == list(range(200))
    assert roots(told) == 1


async def test_requests_wait_their_turn() -> None:
    """No more requests are under way than the client's limit, however many tasks there are."""
    running = most = 0

    def answer(_: object) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1
        return Answer()

    with CannedServer(answer) as server:
        async with AsyncClient(server.url) as client:
            await asyncio.gather(*(client.request("GET", f"/{n}") for n in range(100)))
    assert 2 <= most <= 20


async def test_a_cancelled_leader_leaves_the_others_alone() -> None:
    """When the task that asks for all is cancelled, another one asks, and nobody else notices."""
    with CannedServer(lambda _: Answer(200, {"settings": {}})) as server:
        original, loop = server.answer, asyncio.get_running_loop()
        arrived, cancelled = asyncio.Event(), threading.Event()

        def slow(asked: Any) -> Answer:
            loop.call_soon_threadsafe(arrived.set)
            cancelled.wait(10)
            return original(asked)

        server.answer = slow
        async with AsyncClient(server.url) as client:
            tasks = [asyncio.create_task(client.server_info()) for _ in range(5)]
            await arrived.wait()
            tasks[0].cancel()
            cancelled.set()
            results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert len({id(result) for result in results[1:]}) == 1
    assert len(server.asked) == 2


async def test_a_failure_is_shared_too() -> None:
    """Those who wait for one answer learn together that there is none, each by an error of its own."""
    async with AsyncClient("http://127.0.0.1:9", retry=0) as client:
        errors = await asyncio.gather(*(client.server_info() for _ in range(5)), return_exceptions=True)
    assert len({id(error) for error in errors}) == 5
    assert len({str(error) for error in errors}) == 1


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """The URL of a server that answers one request of each connection with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_aiohttp_errors_are_ours() -> None:
    """An answer that is not HTTP is a TransportError, and so is a proxy that is not there."""
    async with answering(b"this is not HTTP\r\n\r\n") as url, AsyncClient(url, retry=0) as client:
        with pytest.raises(TransportError, match="no answer"):
            await client.get_bucket("b")
    async with AsyncClient("http://kinto.invalid", retry=0, proxy="http://127.0.0.1:9") as client:
        with pytest.raises(TransportError, match="no answer"):
            await client.get_bucket("b")


async def test_aiohttp_reads_what_httpx_reads() -> None:
    """A long header, as is the link to the next page of a long query, and a reason in any encoding do no harm."""
    body = b'{"data": [{"id": "a", "last_modified": 1}]}'
    head = b"HTTP/1.1 200 \xe9\r\nX-Long: %b\r\nContent-Length: %d\r\n\r\n" % (b"x" * 50_000, len(body))
    async with answering(head + body) as url, AsyncClient(url, retry=0) as client:
        assert [record.id for record in await client.bucket("b").collection("c").records().all()] == ["a"]
