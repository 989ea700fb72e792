"""The edges of a session: what is no request, no flow, no origin."""

from typing import Any

import httpx
import pytest

from kinto_sdk import AsyncClient, Client, Request, UsageError
from kinto_sdk.protocol.check import Check
from kinto_sdk.protocol.server import Alert, alert_from, server_info_from
from kinto_sdk.transport.origins import same_origin

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
    with pytest.raises(UsageError, match="GET /"):
        Client(URL).request("GET", "/buckets\x00")


async def test_an_async_http_client_is_used_as_it_is() -> None:
    """It is not closed with the client."""
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": {"id": "b", "last_modified": 1}}))
    async with httpx.AsyncClient(transport=answer) as http:
        async with AsyncClient(URL, http_client=http) as client:
            await client.get_bucket("b")
        assert not http.is_closed
