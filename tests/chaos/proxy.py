"""A TCP proxy in front of a server, which does to each exchange what the test says."""

import socket
import threading
from collections import deque
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import attrs


@attrs.frozen
class Fault:
    """What happens to one request, instead of being passed on and answered."""

    before: bool = False
    """Hang up before the server gets it."""
    after: bool = False
    """Hang up after the server did it, without an answer."""
    cut: int | None = None
    """Hang up so many bytes before the end of the answer."""
    status: int | None = None
    """Answer this, in the server's place."""
    headers: str = ""
    """Header lines of that answer, each with its line end."""
    seconds: float = 0.0
    """Wait before doing anything."""


DROP_BEFORE = Fault(before=True)
DROP_AFTER = Fault(after=True)
DROP_MID_BODY = Fault(cut=5)


class FaultProxy:
    """Passes requests on to a server, one connection at a time each. `faults` are for the next requests, in order."""

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._server = (parts.hostname, parts.port)
        self._path = parts.path
        self.faults: deque[Fault] = deque()
        self.requests: list[str] = []
        """Method and path of each request that came, those with a fault included."""
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        """The API root, through the proxy."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}{self._path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        # On Linux a thread in accept() is not woken by close().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (request := self._message(client)) is not None:
                self.requests.append(_line(request))
                fault = self.faults.popleft() if self.faults else Fault()
                if not self._handle(client, request, fault):
                    return

    def _handle(self, client: socket.socket, request: bytes, fault: Fault) -> bool:
        """Do one exchange; False hangs up."""
        self._closing.wait(fault.seconds)
        if fault.before:
            return False
        if fault.status is not None:
            head = f"HTTP/1.1 {fault.status} Fault\r\nContent-Length: 0\r\n{fault.headers}\r\n"
            client.sendall(head.encode())
            return True
        with socket.create_connection(self._server) as server:
            server.sendall(request)
            answer = self._message(server, bodiless=request.startswith(b"HEAD "))
        if fault.after or answer is None:
            return False
        try:
            client.sendall(answer[: None if fault.cut is None else -fault.cut])
        except OSError:
            return False
        return fault.cut is None

    def _message(self, peer: socket.socket, *, bodiless: bool = False) -> bytes | None:
        """Read one message, head and body; None when the peer hung up."""
        received = b""
        while b"\r\n\r\n" not in received:
            try:
                more = peer.recv(65536)
            except OSError:
                return None
            if not more:
                return None
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        lines = [line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:]]
        length = next((int(value) for name, value in lines if name == b"content-length"), 0)
        while len(body) < length and not bodiless:
            body += peer.recv(65536)
        return head + b"\r\n\r\n" + body


def _line(request: bytes) -> str:
    method, path, _ = request.split(b" ", 2)
    return f"{method.decode()} {path.decode()}"
