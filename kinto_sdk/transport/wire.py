"""Between our requests and httpx's: built, read and, when it fails, explained. What both runners share."""

import sys
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
import httpx

from .. import __version__
from ..protocol.errors import RequestTimeoutError, TransportError, UsageError
from ..protocol.messages import Request, Response
from .options import Options
from .origins import same_origin

USER_AGENT = f"kinto-sdk/{__version__} httpx/{httpx.__version__} python/{sys.version.split()[0]}"

CHUNK_BYTES = 64 * 1024
"""How much of a download is handed to its sink at once."""

Pair = tuple[bytes, bytes]

_FIXED: list[Pair] = [
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"User-Agent", USER_AGENT.encode()),
]
_FILE: list[Pair] = [(b"Accept", b"*/*"), (b"Accept-Encoding", b"identity")]
_JSON: Pair = (b"Content-Type", b"application/json")


@attrs.define(eq=False)
class Wire:
    """Translates for one session."""

    options: Options

    @cached_property
    def _always(self) -> list[Pair]:
        return merged(_FIXED, encoded(self.options.headers))

    @cached_property
    def _extensions(self) -> dict[str, object]:
        return {"timeout": self.options.httpx_timeout().as_dict()}

    def is_ours(self, request: Request) -> bool:
        """Whether the request goes to the server's own origin, where credentials may go."""
        path = request.path
        return path.startswith("/") or same_origin(path, self.options.server_url)

    def auth(self, request: Request) -> httpx.Auth | None:
        """The client's credentials, for a request of its own server that does not bring others."""
        return self.options.auth if self.is_ours(request) and "Authorization" not in request.headers else None

    def build(self, request: Request, body: Any = None) -> httpx.Request:
        """The request as httpx sends it. `body` is the stream of an upload.

        A body in memory goes as bytes: a stream would become a chunked one. To another origin go neither credentials
        nor the client's own headers, which may hold some.
        """
        ours = self.is_ours(request)
        headers = self._always if ours else _FIXED
        if request.sink is not None:
            headers = merged(headers, _FILE)
        content = request.body
        if content is not None and request.json is not None and "Content-Type" not in request.headers:
            headers = [*headers, _JSON]
        if request.upload is not None:
            content = body
            headers = merged(headers, upload_headers(request))
        if request.headers:
            headers = merged(headers, encoded(request.headers))
        url = self.options.server_url + request.path if request.path.startswith("/") else request.path
        try:
            return httpx.Request(request.method, url, headers=headers, content=content, extensions=self._extensions)
        except httpx.InvalidURL as error:
            raise UsageError(f"{request.method} {request.path}: {error}") from error

    def read(self, request: Request, answer: httpx.Response, content: bytes | None = None) -> Response:
        """The answer as ours; `content` when it was not read into the answer itself."""
        body = answer.content if content is None else content
        return Response(answer.status_code, read_headers(answer), body, request=request)

    def failure(self, request: Request, error: Exception) -> TransportError:
        """Why no answer came."""
        line = f"{request.method} {request.path}"
        if isinstance(error, httpx.TimeoutException):
            return RequestTimeoutError(
                f"{line}: no answer within the timeout ({type(error).__name__}); give the client a longer timeout=",
                request=request,
            )
        reason = str(error) or type(error).__name__
        return TransportError(f"{line}: no answer from {self.options.server_url} ({reason})", request=request)


def encoded(headers: Mapping[str, str]) -> list[Pair]:
    """Headers as httpx has them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def merged(headers: list[Pair], more: list[Pair]) -> list[Pair]:
    """Both, without those of the first that the second has too."""
    names = {name.lower() for name, _ in more}
    return [pair for pair in headers if pair[0].lower() not in names] + more


def upload_headers(request: Request) -> list[Pair]:
    """What describes the body of an upload."""
    source = request.upload
    assert source is not None
    pairs = [(b"Content-Type", source.content_type.encode("latin-1"))]
    if source.content_length is not None:
        pairs.append((b"Content-Length", str(source.content_length).encode()))
    return pairs


def read_headers(answer: httpx.Response) -> Mapping[str, str]:
    """The headers of an answer by lower-case name; of a repeated one the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers.raw}
