"""The edges of a session: what is no request, no flow, no origin."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from math import inf
from threading import Thread
from typing import Any

import httpx
import pytest

from kinto_sdk import (
    AsyncClient,
    Client,
    Event,
    F,
    KintoError,
    Request,
    RetryPolicy,
    RetryScheduled,
    ThrottledError,
    TransportError,
    UsageError,
)
from kinto_sdk.protocol.check import Check
from kinto_sdk.protocol.server import Alert, alert_from, server_info_from
from kinto_sdk.transport.origins import same_origin
from kinto_sdk.transport.sync_session import part_after_fork

URL = "http://localhost:1/v1"


def test_a_check_tells_more() -> None:
    """A server that is read-only, or will end, is told so."""
    info = server_info_from({"settings": {"readonly": True}, "eos": "2030-01-01", "project_name": "kinto"})
    text = str(Check(URL, None, info, "none"))
    assert text.endswith("capabilities: none\nthe server is read-only\nthe service ends on 2030-01-01")


def test_an_alert_of_another_shape() -> None:
    """JSON that is no object is taken for the text that it is."""
    assert alert_from("[1]") == Alert("", "[1]", None)


def test_a_port_that_is_none() -> None:
    """A URL that can't be read is no origin of ours."""
    assert not same_origin("http://host:x/", "http://host/")
    assert same_origin("HTTP://Host:80/a", "http://host/b")


def test_a_flow_runs_once() -> None:
    """A flow that has run is refused: its answer would silently be None."""
    client = Client(URL, dry_run=True)

    def flow() -> Any:
        yield Request("GET", "/")

    spent = flow()
    client._session.ask(spent)
    with pytest.raises(RuntimeError, match="already run"):
        client._session.ask(spent)


@pytest.mark.parametrize("error", [httpx.LocalProtocolError("bad header"), httpx.UnsupportedProtocol("gopher")])
def test_a_request_that_cant_be_sent(error: Exception) -> None:
    """It is an error of the program, and is not tried again."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(UsageError, match="can't be sent"):
        Client(URL, transport=httpx.MockTransport(refuse)).get_bucket("b")


def test_a_path_that_is_no_path() -> None:
    """What httpx can't make a URL of is told with the path."""
    with pytest.raises(UsageError, match="GET '/xxx"):
        Client(URL).request("GET", "/" + "x" * 70_000)


def test_an_address_that_cant_be_written() -> None:
    """A server may say anything about where its next page or a file is."""

    def flow() -> Any:
        yield Request("GET", "https://cdn.example/\ud800")

    with pytest.raises(UsageError, match=r"GET 'https://cdn.example/\\ud800': .*surrogates"):
        Client(URL)._session.ask(flow())


def answer_nothing(_: httpx.Request) -> httpx.Response:
    """Answer with an empty object."""
    return httpx.Response(200, json={})


@pytest.mark.filterwarnings("ignore:.*use of fork")
def test_a_forked_process_has_connections_of_its_own() -> None:
    """On those of its parent each would read what the other asked for. A client of the user's stays as it is."""
    transport = httpx.MockTransport(answer_nothing)
    with httpx.Client(transport=transport) as given, Client(URL, transport=transport) as client:
        theirs, pool, lock = Client(URL, http_client=given), client._session._pool, client._session._pool.lock
        http = pool.http
        child = os.fork()
        if child == 0:  # pragma: no cover  # not seen from here
            client.version()
            os._exit(pool.http is http or pool.lock is lock)
        assert os.waitpid(child, 0)[1] == 0
        client.version()
        assert pool.http is http
        part_after_fork()
        pool.connect()
        own = pool.http
        pool.connect()
        assert http is not own is pool.http
        theirs.version()
        assert theirs._session._pool.http is given
        http.close()


def test_a_forked_process_leaves_the_connections_of_its_parent_open() -> None:
    """A client that it has not used closes nothing; one that it has used closes what it made."""
    transport = httpx.MockTransport(answer_nothing)
    for used in (True, False):
        client = Client(URL, transport=transport)
        http = client._session._pool.http
        client._session._pool.part(client._session.options.connection)
        if used:
            client.version()
        client.close()
        assert not http.is_closed
        assert client._session._pool.http.is_closed is used
        http.close()


def lead_astray(_: httpx.Request) -> httpx.Response:
    """Redirect to what is no place."""
    return httpx.Response(302, headers={"Location": "javascript:alert(1)"})


def test_a_redirect_that_httpx_cant_read() -> None:
    """It reads where one leads that it is not to follow; what it makes of that is no error of its network."""
    with (
        Client(URL, transport=httpx.MockTransport(lead_astray), retry=0) as client,
        pytest.raises(TransportError, match="GET /x: no answer"),
    ):
        client.request("GET", "/x")


async def test_a_redirect_that_httpx_cant_read_async() -> None:
    """The same of the async client."""
    async with AsyncClient(URL, transport=httpx.MockTransport(lead_astray), retry=0) as client:
        with pytest.raises(TransportError, match="GET /x: no answer"):
            await client.request("GET", "/x")


@pytest.mark.parametrize("most", [0, -1, None, "many", 1e400, True])
def test_a_batch_without_a_limit(most: object) -> None:
    """What is no number of operations that a batch can hold is taken for nothing said."""
    assert server_info_from({"settings": {"batch_max_requests": most}}).settings.batch_max_requests == 25


def test_a_closed_http_client() -> None:
    """Somebody else closed the client that ours was given."""
    http = httpx.Client()
    client = Client(URL, http_client=http)
    http.close()
    with pytest.raises(UsageError, match="the client is closed"):
        client.get_bucket("b")


async def test_a_closed_async_http_client() -> None:
    """Somebody else closed the client that ours was given."""
    http = httpx.AsyncClient()
    client = AsyncClient(URL, http_client=http)
    await http.aclose()
    with pytest.raises(UsageError, match="the client is closed"):
        await client.get_bucket("b")


class Clumsy(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport with a bug."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Fail."""
        raise RuntimeError("a bug")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Fail."""
        raise RuntimeError("Event loop is closed")


def test_the_bug_of_a_transport_is_its_own() -> None:
    """It comes through as it is."""
    with pytest.raises(RuntimeError, match="a bug"):
        Client(URL, transport=Clumsy()).get_bucket("b")


def test_an_async_client_belongs_to_one_event_loop() -> None:
    """In another one its connections fail, which is explained; in its own one, what fails is somebody else's bug."""
    client = AsyncClient(URL, transport=Clumsy())
    with pytest.raises(RuntimeError, match="loop is closed"):
        asyncio.run(client.server_info())
    with pytest.raises(UsageError, match="make it in the coroutine"):
        asyncio.run(client.server_info())


def test_no_event_loop_waits_for_another() -> None:
    """Where the connections do not mind, a wait between two attempts does, and says the same."""
    transport = httpx.MockTransport(lambda _: httpx.Response(503))
    client = AsyncClient(URL, transport=transport, retry=RetryPolicy(retries=1, retry_after=0.01))
    with pytest.raises(ThrottledError):
        asyncio.run(client.server_info())
    with pytest.raises(UsageError, match="make it in the coroutine"):
        asyncio.run(client.server_info())


@pytest.mark.parametrize("call", [AsyncClient.server_info, AsyncClient.whoami, lambda client: client.get_bucket("b")])
def test_an_async_client_runs_on_asyncio(call: Callable[[AsyncClient], Coroutine[Any, Any, Any]]) -> None:
    """Under anything else, such as trio, it says what to use instead."""
    with pytest.raises(UsageError, match=r"runs on asyncio.* with trio use a Client in threads"):
        call(AsyncClient(URL)).send(None)


async def test_closing_an_async_client_ends_its_waits() -> None:
    """What waits to be sent again does not hold up a program that ends."""
    answer = httpx.MockTransport(lambda _: httpx.Response(503))
    waits = asyncio.Event()

    def listen(event: Event) -> None:
        if isinstance(event, RetryScheduled):
            waits.set()

    client = AsyncClient(URL, transport=answer, retry=RetryPolicy(retry_after=inf, deadline=None), on_event=listen)
    task = asyncio.create_task(client.server_info())
    await waits.wait()
    await client.close()
    with pytest.raises(UsageError, match="the client is closed"):
        await asyncio.wait_for(task, 5)


def test_a_wait_longer_than_any_timeout() -> None:
    """It ends when the client is closed, and does not overflow."""
    answer = httpx.MockTransport(lambda _: httpx.Response(503))
    client = Client(URL, transport=answer, retry=RetryPolicy(retry_after=inf, deadline=None))
    told: list[BaseException] = []

    def ask() -> None:
        try:
            client.server_info()
        except KintoError as error:
            told.append(error)

    thread = Thread(target=ask)
    thread.start()
    client.close()
    thread.join(5)
    assert not thread.is_alive()
    assert [type(error) for error in told] == [UsageError]


def test_queries_are_equal_when_they_ask_the_same_of_the_same() -> None:
    """The same question put through another client is another query."""
    one, two = Client(URL), Client("http://other")
    assert one.buckets().where(a=1) == one.buckets().where(F.a == 1)
    assert hash(one.buckets().where(a=1)) == hash(one.buckets().where(a=1))
    assert one.buckets() != two.buckets()
    assert one.buckets() != one.buckets().limit(1)


async def test_an_async_http_client_is_used_as_it_is() -> None:
    """It is not closed with the client."""
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": {"id": "b", "last_modified": 1}}))
    async with httpx.AsyncClient(transport=answer) as http:
        async with AsyncClient(URL, http_client=http) as client:
            await client.get_bucket("b")
        assert not http.is_closed
