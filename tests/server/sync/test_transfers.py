# Generated from tests/server/aio/test_transfers.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Uploads and downloads in chunks, in the sync colour."""

from collections.abc import Generator, Iterator

import attrs
import pytest

from kinto_sdk import Client, Request, Response
from tests.chaos.canned import Answer, Asked, CannedServer


@attrs.define
class Parts:
    """A body in three parts, which counts how often it was opened."""

    content_type: str = "image/png"
    content_length: int | None = 9
    opened: int = 0

    def open(self) -> Iterator[bytes]:
        """Give the parts anew."""
        self.opened += 1
        return iter([b"one", b"two", b"six"])


@attrs.define
class Kept:
    """Where a download goes."""

    content: bytes = b""
    begun: int = 0

    def begin(self) -> None:
        """Forget what was written."""
        self.begun += 1
        self.content = b""

    def write(self, chunk: bytes) -> None:
        """Keep the chunk."""
        self.content += chunk


def send(request: Request) -> Generator[Request, Response, Response]:
    """Send one request."""
    return (yield request)


def ask(client: Client, request: Request) -> Response:
    """Send one request through a client's session."""
    return client._port.ask(send(request))


@pytest.mark.parametrize(("length", "header"), [(9, "content-length"), (None, "transfer-encoding")])
def test_an_upload_is_sent_in_chunks(length: int | None, header: str) -> None:
    """The whole body arrives with its type, and with its length when the source knows it."""
    with CannedServer() as server:
        with Client(server.url, auth=("alice", "secret")) as client:
            ask(client, Request("POST", "/upload", upload=Parts(content_length=length)))
    (asked,) = server.asked
    assert asked.body == b"onetwosix"
    assert asked.headers["content-type"] == "image/png"
    assert asked.headers[header] in ("9", "chunked")
    assert asked.headers["authorization"].startswith("Basic ")


def test_an_upload_is_opened_anew_for_each_attempt() -> None:
    """A second attempt sends the whole body again, not what was left of it."""
    source = Parts()
    with CannedServer() as server:
        with Client(server.url) as client:
            for _ in range(2):
                ask(client, Request("POST", "/upload", upload=source))
    assert [asked.body for asked in server.asked] == [b"onetwosix", b"onetwosix"]
    assert source.opened == 2


def test_a_sink_receives_a_200() -> None:
    """The body of a 200 goes to the sink, and not into the response."""
    content = bytes(range(256)) * 1000
    sink = Kept()
    with CannedServer(lambda _: Answer(200, content)) as server:
        with Client(server.url) as client:
            response = ask(client, Request("GET", "/file", sink=sink))
    assert sink.content == content
    assert sink.begun == 1
    assert (response.status, response.content) == (200, b"")


def test_a_sink_receives_nothing_but_a_200() -> None:
    """The body of an error is read into the response, and the sink is left alone."""
    sink = Kept(b"before")
    with CannedServer(lambda _: Answer(404, {"errno": 111})) as server:
        with Client(server.url) as client:
            response = ask(client, Request("GET", "/file", sink=sink))
    assert (sink.content, sink.begun) == (b"before", 0)
    assert response.object() == {"errno": 111}


def test_credentials_stay_on_the_servers_own_origin() -> None:
    """A file elsewhere is asked for without credentials and without the client's headers; one here has both."""

    def answer(asked: Asked) -> Answer:
        return Answer(200, b"file")

    with CannedServer(answer) as server, CannedServer(answer) as files:
        with Client(server.url, auth=("alice", "secret"), headers={"x-key": "secret"}) as client:
            for root in (server.root, files.root):
                ask(client, Request("GET", f"{root}/files/a", sink=Kept()))
    assert {"authorization", "x-key"} <= server.asked[0].headers.keys()
    assert not {"authorization", "x-key"} & files.asked[0].headers.keys()
    assert files.asked[0].path == "/files/a"
