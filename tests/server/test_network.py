"""TLS, client certificates, proxies and HTTP/2, against small servers of this machine."""

import asyncio
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import attrs
import h2.config
import h2.connection
import h2.events
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kinto_sdk import AsyncClient, Client, TransportError, UsageError
from tests.certificates import Authority, pem_of
from tests.chaos.canned import Answer, CannedServer

Ask = Callable[..., Any]
AUTH = ("alice", "s3cret")


def ask_sync(url: str, **options: Any) -> Any:
    """Ask with a client."""
    with Client(url, auth=AUTH, retry=0, **options) as client:
        return client.request("GET", "/").json()


def ask_async(url: str, **options: Any) -> Any:
    """Ask with an async client."""

    async def ask() -> Any:
        async with AsyncClient(url, auth=AUTH, retry=0, **options) as client:
            return (await client.request("GET", "/")).json()

    return asyncio.run(ask())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Return a function that makes a client of either colour, and gives the answer to one request."""
    return request.param


# ---- TLS -----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Files:
    """The PEM files of an authority, and of a certificate of 127.0.0.1 that it issued."""

    authority: Path
    certificate: Path
    key: Path
    locked_key: Path
    """The same, encrypted with `hunter2`."""

    def server(self, *, mutual: bool = False) -> ssl.SSLContext:
        """What a server with the certificate speaks; `mutual` asks clients for theirs."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.authority)
        context.load_cert_chain(self.certificate, self.key)
        context.verify_mode = ssl.CERT_REQUIRED if mutual else ssl.CERT_NONE
        return context


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Return files that no client knows of."""
    folder = tmp_path_factory.mktemp("tls")
    files = Files(*(folder / name for name in ("authority.pem", "certificate.pem", "key.pem", "locked.pem")))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    root = Authority.root("root")
    leaf = root.issue("127.0.0.1", signing=False, extensions=((names, False),))
    files.authority.write_bytes(pem_of(root))
    files.certificate.write_bytes(pem_of(leaf))
    write = partial(leaf.key.private_bytes, serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    files.key.write_bytes(write(serialization.NoEncryption()))
    files.locked_key.write_bytes(write(serialization.BestAvailableEncryption(b"hunter2")))
    return files


@pytest.fixture
def tls_server(files: Files) -> Iterator[CannedServer]:
    """Return a server with that certificate."""
    with CannedServer(lambda _: Answer(200, {"hello": "you"}), tls=files.server()) as server:
        yield server


def test_an_unknown_authority_is_refused(ask: Ask, tls_server: CannedServer) -> None:
    """A server is verified unless it is said otherwise: nothing is sent to one that nobody vouches for."""
    with pytest.raises(TransportError, match=r"GET /: no answer from https://127.*(?i:certificate)") as caught:
        ask(tls_server.url)
    assert "that it runs" not in str(caught.value)
    assert tls_server.asked == []


@pytest.mark.parametrize(
    "verify",
    [
        lambda files: files.authority,
        lambda files: str(files.authority),
        lambda files: ssl.create_default_context(cafile=files.authority),
        lambda _: False,
    ],
    ids=["path", "str", "context", "not at all"],
)
def test_each_way_to_verify(ask: Ask, tls_server: CannedServer, files: Files, verify: Callable[[Files], Any]) -> None:
    """A file of authorities, a context, and not to verify at all lead to the server."""
    assert ask(tls_server.url, verify=verify(files)) == {"hello": "you"}


def test_the_environments_authorities(
    ask: Ask, tls_server: CannedServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that `SSL_CERT_FILE` names are the usual ones, also after other clients have used others."""
    monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
    assert ask(tls_server.url) == {"hello": "you"}


def test_a_client_certificate(ask: Ask, files: Files) -> None:
    """It is shown to a server that asks for it, from one file or two; without it there is no answer."""
    both = files.key.with_name("both.pem")
    both.write_bytes(files.certificate.read_bytes() + files.key.read_bytes())
    with CannedServer(tls=files.server(mutual=True)) as server:
        with pytest.raises(TransportError, match="no answer"):
            ask(server.url, verify=files.authority)
        assert server.asked == []
        for cert in (
            (files.certificate, files.key),
            (str(files.certificate), str(files.locked_key), "hunter2"),
            both,
        ):
            assert ask(server.url, verify=files.authority, cert=cert) == {}
    with pytest.raises(UsageError, match="verify= or cert=") as caught:
        ask(server.url, cert=(files.certificate, files.locked_key, "wrong password"))
    assert "wrong password" not in str(caught.value)


# ---- proxies -------------------------------------------------------------------------------------------------------


class Proxy:
    """A forward proxy: passes requests on, and opens tunnels. It keeps what it was asked, and by whom."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.keep()
                headers = {name: value for name, value in self.headers.items() if not name.startswith("Proxy")}
                answer = httpx.get(self.path, headers=headers, trust_env=False)
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def do_CONNECT(self) -> None:
                self.keep()
                host, _, port = self.path.partition(":")
                with socket.create_connection((host, int(port))) as server:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.flush()
                    back = threading.Thread(target=pump, args=(server, self.connection), daemon=True)
                    back.start()
                    pump(self.connection, server)
                    back.join()
                self.close_connection = True

            def keep(self) -> None:
                outer.asked.append((f"{self.command} {self.path}", self.headers.get("Proxy-Authorization")))

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, user: str = "") -> str:
        """Where it is."""
        return f"http://{user}127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        """Stop it."""
        self.server.shutdown()
        self.server.server_close()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until it ends."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of the two hung up


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Return a proxy."""
    with closing(Proxy()) as proxy:
        yield proxy


def test_a_proxy_passes_requests_on(ask: Ask, proxy: Proxy) -> None:
    """The server gets the request and the user's credentials, the proxy alone its own."""
    with CannedServer(lambda _: Answer(200, {"hello": "you"})) as server:
        assert ask(server.url, proxy=proxy.url("bob:hunter2@")) == {"hello": "you"}
    basic = b64encode(b"bob:hunter2").decode()
    assert proxy.asked == [(f"GET {server.url}/", f"Basic {basic}")]
    (asked,) = server.asked
    assert asked.headers["authorization"] == f"Basic {b64encode(b'alice:s3cret').decode()}"
    assert not any(name.startswith("proxy") for name in asked.headers)


def test_a_proxy_sees_nothing_of_tls(ask: Ask, proxy: Proxy, tls_server: CannedServer, files: Files) -> None:
    """To a server of https it opens a tunnel."""
    assert ask(tls_server.url, proxy=proxy.url(), verify=files.authority) == {"hello": "you"}
    assert proxy.asked == [(f"CONNECT {tls_server.root.removeprefix('https://')}", None)]


def test_the_environments_proxy(ask: Ask, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is used where none is given, but for what `NO_PROXY` names."""
    monkeypatch.setenv("HTTP_PROXY", proxy.url())
    with CannedServer() as server:
        assert ask(server.url) == {}
        assert len(proxy.asked) == 1
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert ask(server.url) == {}
    assert len(proxy.asked) == 1
    assert len(server.asked) == 2


# ---- HTTP/2 --------------------------------------------------------------------------------------------------------


def serve_http2(listener: ssl.SSLSocket) -> None:
    """Answer the requests of one connection with the protocol's own name for them."""
    peer, _ = listener.accept()
    with peer:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        peer.sendall(connection.data_to_send())
        while data := peer.recv(65536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    path = dict(event.headers)[b":path"]
                    connection.send_headers(event.stream_id, [(":status", "200"), ("etag", '"5"')])
                    connection.send_data(event.stream_id, b'{"path": "%s"}' % path, end_stream=True)
            peer.sendall(connection.data_to_send())


def test_http2(ask: Ask, files: Files) -> None:
    """With `http2=True` it is spoken to a server that offers it."""
    context = files.server()
    context.set_alpn_protocols(["h2"])
    with context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True) as listener:
        serving = threading.Thread(target=serve_http2, args=[listener], daemon=True)
        serving.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        assert ask(url, http2=True, verify=files.authority) == {"path": "/v1/"}
        serving.join(10)
    assert not serving.is_alive()
