"""Between our requests and httpx's: built, read and, when it fails, explained. What both runners share."""

import sys
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import attrs
import httpx

from .. import __version__
from ..protocol.errors import KintoError, RequestTimeoutError, TransportError, UsageError
from ..protocol.messages import Request, Response, Sender
from .auth import BasicAuth, BearerAuth
from .options import Options
from .origins import same_origin
from .types import SERVER_URL

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
_READ = httpx.ByteStream(b"")
"""The stream of an answer that was read to its end."""
_DEFAULTS_OF_HTTPX = frozenset({"accept", "accept-encoding", "connection", "user-agent"})


@attrs.define(eq=False, slots=False)
class Wire:
    """Translates for one session."""

    options: Options

    @cached_property
    def _public(self) -> list[Pair]:
        """What any server may see of us."""
        name = self.options.user_agent
        return merged(_FIXED, [] if name is None else encoded({"User-Agent": f"{name} {USER_AGENT}"}))

    @cached_property
    def _always(self) -> list[Pair]:
        headers = self._public
        given: httpx.Client | httpx.AsyncClient | None = self.options.connection.http_client
        if given is not None:
            own = {name: value for name, value in given.headers.items() if name not in _DEFAULTS_OF_HTTPX}
            headers = merged(headers, encoded(own))
        return merged(headers, encoded(self.options.headers))

    @cached_property
    def _extensions(self) -> dict[str, object]:
        return {"timeout": self.options.timeout.as_dict(), SERVER_URL: self.options.server_url}

    @cached_property
    def sender(self) -> Sender:
        """What turns a request into a command line: curl asks for the password itself."""
        auth = self.options.auth
        words: tuple[str, ...] = ()
        if isinstance(auth, BasicAuth):
            words = ("-u", auth.user)
        elif auth is not None:
            words = ("-H", f"Authorization: {auth.type + ' ' if isinstance(auth, BearerAuth) else ''}***")
        return Sender(self.options.server_url, words)

    def is_ours(self, request: Request) -> bool:
        """Whether the request goes to the server's own origin, where credentials may go."""
        path = request.path
        return path.startswith("/") or same_origin(path, self.options.server_url)

    def auth(self, request: Request) -> Any:
        """The client's credentials, as httpx takes them, for a request of its own server that does not bring others.

        Where the client was given none, an `http_client` may have some.
        """
        if not self.is_ours(request) or "Authorization" in request.headers:
            return None
        if self.options.auth is None and self.options.connection.http_client is not None:
            return httpx.USE_CLIENT_DEFAULT
        return self.options.auth

    def build(self, request: Request, body: Any = None) -> httpx.Request:
        """The request as httpx sends it. `body` is the stream of an upload.

        A body in memory goes as bytes: a stream would become a chunked one. To another origin go neither credentials
        nor the client's own headers, which may hold some.
        """
        headers = self._always if self.is_ours(request) else self._public
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
            return httpx.Request(
                request.method, parsed(url), headers=headers, content=content, extensions=self._extensions
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise UsageError(f"{request.method} {request.path!a}: {error}") from error

    def read(self, request: Request, answer: httpx.Response, content: bytes | None = None) -> Response:
        """The answer as ours; `content` when it was not read into the answer itself."""
        body = answer.content if content is None else content
        if content is None:
            # In httpx an answer and its stream hold on to each other: each body would stay in memory until Python looks
            # for such rings, and the next one would take new memory, which is slow.
            answer.stream = _READ
        return Response(answer.status_code, read_headers(answer), body, request=request, sender=self.sender)

    def failure(self, request: Request, error: Exception) -> KintoError:
        """Why no answer came."""
        line = f"{request.method} {request.path}"
        if isinstance(error, (httpx.LocalProtocolError, httpx.UnsupportedProtocol)):
            return UsageError(f"{line}: this request can't be sent ({error})")
        shown = request.as_shown(self.sender)
        if timed_out(error):
            return RequestTimeoutError(
                f"{line}: no answer within the timeout ({type(error).__name__}); a longer timeout may help",
                request=shown,
            )
        reason = str(error) or type(error).__name__
        ours = self.is_ours(request)
        where = self.options.server_url if ours else "the file's server"
        advice = "; check the server's address, and that it runs" if ours and unconnected(error) else ""
        return TransportError(f"{line}: no answer from {where} ({reason}){advice}", request=shown)


@lru_cache(maxsize=256)
def parsed(url: str) -> httpx.URL:
    """The URL as httpx has it. To parse one takes longer than all else of making a request, and many come again."""
    return httpx.URL(url)


def timed_out(error: Exception) -> bool:
    """Whether the time was up. httpx-aiohttp says so of every lost connection; what it translated knows better."""
    cause = error.__cause__
    if type(cause).__module__.startswith("aiohttp"):
        return isinstance(cause, TimeoutError)
    return isinstance(error, httpx.TimeoutException)


def unconnected(error: Exception) -> bool:
    """Whether nobody was there to talk to: an unknown host, a refused connection. TLS only begins with somebody."""
    cause = error.__cause__
    if type(cause).__module__.startswith("aiohttp"):
        found = type(cause).__name__.startswith("ClientConnector")
    else:
        found = isinstance(error, httpx.ConnectError)
    return found and "SSL" not in str(error)


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
    """The headers of an answer; of a repeated one the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers.raw}
