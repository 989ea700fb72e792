"""A server on this machine that answers as the test says, and keeps what it was asked."""

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import attrs


@attrs.frozen
class Asked:
    """One request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


@attrs.frozen
class Answer:
    """One answer: `body` as bytes, or as JSON."""

    status: int = 200
    body: Any = attrs.field(factory=dict)
    headers: Mapping[str, str] = attrs.field(factory=dict)
    hang_up: bool = False
    """Close the connection instead of answering."""


class Listener(ThreadingHTTPServer):
    """Takes connections, many at once."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *args: object) -> None:
        """A client that hung up is what some tests want."""


class CannedServer:
    """Answers every request with `answer(asked)`, from a thread of its own for each connection.

    With `tls` it speaks TLS; a client whose certificate does not please it gets no answer.
    """

    def __init__(self, answer: Callable[[Asked], Answer] | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer or (lambda _: Answer())
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def _respond(self) -> None:
                asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self._body())
                outer.asked.append(asked)
                answer = outer.answer(asked)
                if answer.hang_up:
                    self.close_connection = True
                    return
                body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **answer.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)
                self.wfile.flush()

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    parts: list[bytes] = []
                    while size := int(self.rfile.readline(), 16):
                        parts.append(self.rfile.read(size))
                        self.rfile.readline()
                    self.rfile.readline()
                    return b"".join(parts)
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _respond  # noqa: N815  # the names of http.server

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = Listener(("127.0.0.1", 0), Handler)
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            # The handshake is left to the thread of the connection.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def root(self) -> str:
        """The server's origin."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The API root."""
        return self.root + "/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
