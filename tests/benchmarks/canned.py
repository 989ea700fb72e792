"""A server that answers from prepared bytes, so that what is measured is the client.

It speaks as much HTTP as the clients here need (keep-alive, Content-Length bodies) and as much Kinto: the root view,
one record, lists in pages by token, PUT and PATCH that echo, and batches. It prints its URL and ends with its stdin.
"""

import asyncio
import json
import sys
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

PREFIX = "/v1"
NOW = 1_795_466_000_000
WRITE = {"write": ["account:alice"]}
PAGE = 1000


def record(number: int) -> dict[str, Any]:
    """A record as people have them: text, a number, a flag, a date, a list."""
    return {
        "title": f"Record number {number}",
        "votes": number % 97,
        "done": number % 2 == 0,
        "due": "2030-01-31T12:34:56.000000+00:00",
        "tags": ["one", "two"],
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "last_modified": NOW + number,
    }


def encode(body: Any) -> bytes:
    """JSON as Kinto writes it."""
    return json.dumps(body, separators=(",", ":")).encode()


EXPOSED = b"Backoff, Alert, Retry-After, Content-Length, Content-Type"
POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none';"
CHANGED = "Mon, 23 Nov 2026 20:00:00 GMT"


def answer(status: str, body: bytes, extra: bytes = b"") -> bytes:
    """A response with the headers that Kinto and its web server send."""
    return (
        b"HTTP/1.1 "
        + status.encode()
        + b"\r\nAccess-Control-Expose-Headers: "
        + EXPOSED
        + b"\r\nContent-Length: "
        + str(len(body)).encode()
        + b"\r\nContent-Security-Policy: "
        + POLICY.encode()
        + b"\r\nContent-Type: application/json\r\nDate: Mon, 23 Nov 2026 23:31:20 GMT\r\n"
        + extra
        + b"Server: canned\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        + body
    )


ROOT = encode(
    {
        "project_name": "kinto",
        "project_version": "0",
        "http_api_version": "1.23",
        "url": "http://127.0.0.1/v1/",
        "settings": {"batch_max_requests": 25, "readonly": False, "explicit_permissions": True},
        "user": {"id": "account:alice", "principals": ["account:alice"]},
        "capabilities": {},
    }
)


@lru_cache(maxsize=120)
def rows(start: int, end: int) -> bytes:
    """A page of records, prepared when it is first asked for."""
    return encode({"data": [record(number) for number in range(start, end)]})


def listing(host: str, path: str, query: dict[str, list[str]]) -> bytes:
    """A page of a list of `_count` records, or as many as the collection's name says: `c1000`."""
    name = path.split("/")[4]
    count = int(query.get("_count", [name.strip("c") or "100000"])[0])
    start = int(query.get("_token", ["0"])[0])
    size = int(query.get("_limit", [str(PAGE)])[0])
    extra = f'Cache-Control: no-cache, no-store\r\nEtag: "{NOW + count}"\r\nLast-Modified: {CHANGED}\r\n'
    end = min(start + size, count)
    if end < count:
        extra += f"Next-Page: http://{host}{PREFIX}{path}?_count={count}&_limit={size}&_token={end}\r\n"
    return answer("200 OK", rows(start, end), extra.encode())


ONE = encode({"permissions": WRITE, "data": record(7)})


def reply(method: str, target: str, host: str, body: bytes) -> bytes:
    """The whole response to a request."""
    path, _, query = target.partition("?")
    path = path.removeprefix(PREFIX)
    if path == "/batch":
        items = json.loads(body)["requests"]
        return answer("200 OK", encode({"responses": [item_reply(item) for item in items]}))
    if path in ("", "/"):
        return answer("200 OK", ROOT)
    if path.endswith("/records") and method == "GET":
        return listing(host, path, parse_qs(query))
    etag = f'Etag: "{NOW + 7}"\r\nLast-Modified: {CHANGED}\r\n'.encode()
    if method == "GET":
        return answer("200 OK", ONE, b"Cache-Control: no-cache, no-store\r\n" + etag)
    status = "201 Created" if method == "PUT" else "200 OK"
    return answer(status, encode(written(method, path, json.loads(body or b"{}"))), etag)


def written(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a write leaves behind: a PUT what it carried, a PATCH the record with what it carried."""
    before = record(7) if method == "PATCH" else {}
    name = path.rsplit("/", 1)[-1]
    return {"permissions": WRITE, "data": {**before, **body.get("data", {}), "id": name, "last_modified": NOW + 7}}


def item_reply(item: dict[str, Any]) -> dict[str, Any]:
    """The response to one request of a batch."""
    path = PREFIX + item["path"].removeprefix(PREFIX)
    method = item.get("method", "GET")
    body = written(method, path, item.get("body") or {})
    headers = {
        "Last-Modified": CHANGED,
        "ETag": f'"{NOW + 7}"',
        "Content-Type": "application/json",
        "Content-Length": "280",
        "Access-Control-Expose-Headers": EXPOSED.decode(),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY,
    }
    return {"path": path, "status": 201 if method == "PUT" else 200, "headers": headers, "body": body}


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self) -> None:
        self._pending = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        assert self._transport is not None
        self._pending += data
        while (end := self._pending.find(b"\r\n\r\n")) >= 0:
            head = self._pending[:end]
            length, host = 0, ""
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                elif name.lower() == b"host":
                    host = value.strip().decode()
            if len(self._pending) < end + 4 + length:
                return
            body = self._pending[end + 4 : end + 4 + length]
            self._pending = self._pending[end + 4 + length :]
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            self._transport.write(reply(method, target, host, body))


async def main() -> None:
    """Serve until stdin ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{PREFIX}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
