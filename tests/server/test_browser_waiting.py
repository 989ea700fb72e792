"""What an event loop does while a user logs in."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from kinto_sdk import AsyncClient, BrowserOAuth

HELLO = {"capabilities": {"openid": {"providers": [{"name": "house", "auth_path": "/login", "header_type": "Bearer"}]}}}


def kinto(request: httpx.Request) -> httpx.Response:
    """A server that lists no buckets."""
    if request.url.path == "/v1/":
        return httpx.Response(200, json=HELLO)
    assert request.headers["Authorization"] == "Bearer abc"
    return httpx.Response(200, json={"data": []})


def bring_token(url: str) -> None:
    """Log in, as a browser would after the user did."""
    (callback,) = parse_qs(urlsplit(url).query)["callback"]
    token = base64.b64encode(json.dumps({"access_token": "abc"}).encode()).decode()
    httpx.get(callback + quote(token))


@pytest.fixture
def client() -> Callable[[Callable[[str], object]], AsyncClient]:
    """Return a function that makes a client whose users log in with this opener."""
    return lambda opener: AsyncClient(
        "http://server/v1", auth=BrowserOAuth(opener=opener), transport=httpx.MockTransport(kinto)
    )


async def test_the_loop_goes_on_during_a_login(client: Callable[..., AsyncClient]) -> None:
    """Neither a slow browser nor a slow user keeps other tasks from running."""
    opening, another_task_ran = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slowly(url: str) -> None:
        loop.call_soon_threadsafe(opening.set)
        assert another_task_ran.wait(10)
        bring_token(url)

    async with client(slowly) as slow:
        asking = asyncio.create_task(slow.request("GET", "/buckets"))
        await opening.wait()
        another_task_ran.set()
        assert (await asking).status == 200


async def test_a_cancelled_login_is_taken_over(client: Callable[..., AsyncClient]) -> None:
    """When the task that logs in is cancelled, another that waited opens the browser itself."""
    opened: list[str] = []

    def second_time(url: str) -> None:
        opened.append(url)
        if len(opened) == 2:
            bring_token(url)

    async with client(second_time) as user:
        first = asyncio.create_task(user.request("GET", "/buckets"))
        while not opened:  # noqa: ASYNC110  # it is another thread that opens
            await asyncio.sleep(0.005)
        second = asyncio.create_task(user.request("GET", "/buckets"))
        await asyncio.sleep(0.02)
        first.cancel()
        assert (await asyncio.wait_for(second, 10)).status == 200
        assert first.cancelled()
    assert len(opened) == 2


async def test_many_tasks_make_one_login(client: Callable[..., AsyncClient]) -> None:
    """Tasks of one client wait for the login of the first."""
    opened: list[str] = []

    def opener(url: str) -> None:
        opened.append(url)
        bring_token(url)

    async with client(opener) as user:
        answers = await asyncio.gather(*(user.request("GET", "/buckets") for _ in range(50)))
    assert {answer.status for answer in answers} == {200}
    assert len(opened) == 1
