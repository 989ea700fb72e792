"""Requests and responses as plain values, and the shape of a flow.

A *flow* is a generator that yields a `Request` and is sent its `Response`; it never does I/O. The sync session, the
async session and the batch drive the same flows, so an operation is written once. *Effects* are what the sessions
drive: a flow after retrying, which adds `Sleep` as a second thing to yield.
"""

import json as stdlib_json
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Protocol, TypeAlias, TypeVar

import attrs

from .errors import KintoError, UnreadableResponseError
from .jsontypes import dumps, is_object, loads

R = TypeVar("R")
Y = TypeVar("Y")
S = TypeVar("S")

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


class Source(Protocol):
    """A body to upload. It is opened anew at each attempt, which is what rewinds it for a retry."""

    content_type: str
    content_length: int | None
    """How many bytes it has; None when that is not known, and the body is then sent in chunks of unknown number."""

    def open(self) -> Iterator[bytes]:
        """The whole body from its start, in chunks. Called anew at each attempt, and read outside of an event loop."""
        ...


class Sink(Protocol):
    """Where the body of a 200 goes. Anything else than a 200 is read into the response as usual."""

    def begin(self) -> None:
        """A new attempt starts: forget what was written before."""
        ...

    def write(self, chunk: bytes) -> None:
        """The next bytes of the body."""
        ...


@attrs.define(eq=False)
class Once:
    """An answer that many may want at the same time: the first to ask sends, the others wait for that answer."""

    answer: "Response | None" = None


@attrs.frozen
class Sender:
    """Who sends requests, and where to: what turns a request into a command line."""

    server_url: str
    """The API root, without a trailing slash."""
    curl: tuple[str, ...] = ()
    """The options of `curl` that stand for the credentials, masked."""


@attrs.frozen(slots=False)
class Request:
    """One HTTP request, before authentication.

    `path` is percent-encoded and relative to the API root (`/buckets/b`), with its query string if it has one.
    An absolute URL is allowed for downloads only and is sent without credentials unless it is the server's own.
    """

    method: str
    path: str
    json: Any = attrs.field(default=None, kw_only=True)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)
    content: bytes | None = attrs.field(default=None, kw_only=True)
    """The body as bytes. Beside `json` it is the same, encoded already."""
    upload: Source | None = attrs.field(default=None, kw_only=True)
    sink: Sink | None = attrs.field(default=None, kw_only=True)
    repeatable: bool = attrs.field(default=False, kw_only=True)
    """Sending it twice does no more than sending it once, or the second answer tells that the first succeeded."""
    once: Once | None = attrs.field(default=None, kw_only=True)
    """Whoever asks the same at the same time shares one answer."""
    sender: Sender | None = attrs.field(default=None, kw_only=True)
    """Known of the request of an error, so that `error.request.as_curl()` can be run."""

    @property
    def goes_alone(self) -> bool:
        """Whether the batch endpoint can't carry this request.

        The server refuses nested batches by looking for `/batch` anywhere in the path, forces JSON on every item,
        and answers 500 for a whole batch in which one item is a 304.
        """
        return (
            self.upload is not None
            or self.sink is not None
            or self.content is not None
            or "/batch" in self.path
            or not self.path.startswith("/")
            or self.headers.get("Content-Type", "application/json") != "application/json"
            or (self.method in ("GET", "HEAD") and "If-None-Match" in self.headers)
        )

    @property
    def body(self) -> bytes | None:
        """The bytes to send: `content`, or `json` encoded. None when there is no body (or an upload)."""
        if self.content is not None:
            return self.content
        return None if self.json is None else dumps(self.json)

    def as_curl(self, server_url: str = "") -> str:
        """The request as a `curl` command line, credentials masked.

        The request of an error knows its server; for any other, give the API root, or get a path alone.
        """
        import shlex

        shown = self.as_shown()
        words = ["curl", "-X", self.method]
        sender = self.sender or Sender(server_url)
        if self.path.startswith("/"):
            words += sender.curl
        for name, value in shown.headers.items():
            words += ["-H", f"{name}: {value}"]
        if self.json is not None:
            if "Content-Type" not in self.headers:
                words += ["-H", "Content-Type: application/json"]
            words += ["--data", stdlib_json.dumps(shown.json)]
        elif self.upload is not None:
            words += ["-H", f"Content-Type: {self.upload.content_type}", "--data-binary", "@-"]
        elif self.content is not None:
            words += ["--data-binary", "@-"]
        root = server_url.rstrip("/") or sender.server_url
        return shlex.join([*words, root + self.path if self.path.startswith("/") else self.path])

    def as_shown(self, sender: Sender | None = None) -> "Request":
        """The request as an error has it: without secrets, and knowing who sent it, where that is known."""
        from .masking import masked_secrets, shown_headers

        return attrs.evolve(
            self,
            headers=shown_headers(self.headers),
            json=masked_secrets(self.json),
            # With both, the content is the JSON encoded.
            content=self.content if self.json is None else None,
            sender=sender or self.sender,
        )

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: no open files, no credentials."""
        return {**vars(self.as_shown()), "upload": None, "sink": None, "once": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"


class Response:
    """The answer to a request: `status`, `headers` with lower-case names, and a body read as JSON on demand."""

    __slots__ = ("_given", "_headers", "_json", "content", "request", "retried", "sender", "status")

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        content: bytes = b"",
        *,
        request: Request,
        json: Any = None,
        retried: bool = False,
        sender: Sender | None = None,
    ) -> None:
        self.status: int = status
        self._given = headers
        self._headers: Mapping[str, str] | None = None
        self.content: bytes = content
        self.request: Request = request
        self.retried: bool = retried
        """An earlier attempt at this request may have reached the server: no answer came, or a 5xx."""
        self.sender: Sender | None = sender
        self._json = json

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name. Of most of the answers in a batch nobody reads any."""
        if self._headers is None:
            self._headers = {name.lower(): value for name, value in self._given.items()}
        return self._headers

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked (2xx)."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; None when it is empty. Of accounts without the hash of the password, which comes along.

        Raises:
            UnreadableResponseError: the body is not JSON (a proxy's page, say).
        """
        if self._json is None and self.content:
            try:
                self._json = loads(self.content)
            except ValueError as error:
                raise self.unreadable("is not JSON") from error
        if self.request.path.startswith("/accounts"):
            from .masking import drop_hashes

            if drop_hashes(self._json) and self.content:
                # What is kept of it, in the pickle of an error for instance, is without them too.
                self.content = dumps(self._json)
        return self._json

    def object(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            UnreadableResponseError: the body is something else.
        """
        body = self.json()
        if not is_object(body):
            raise self.unreadable("is not a JSON object")
        return body

    def unreadable(self, problem: str) -> UnreadableResponseError:
        """The error for an answer that a Kinto server would not give: it "is not JSON", "has no version"."""
        return UnreadableResponseError(
            f"{self.request.method} {self.request.path}: the answer ({self.status}) {problem}; "
            "check that the server URL is a Kinto server's",
            request=self.request.as_shown(self.sender),
        )

    @property
    def etag(self) -> int | None:
        """The `ETag` as milliseconds; None when absent or not a Kinto timestamp."""
        return parse_etag(self.headers.get("etag"))

    def __repr__(self) -> str:
        return f"<Response {self.status} to {self.request.method} {self.request.path}>"


_ETAG = re.compile(r'"?(-?[0-9]+)"?')


def parse_etag(value: str | None) -> int | None:
    """A server's `ETag` (`"1795460361148"`) as int milliseconds, None when it is not one."""
    found = None if value is None else _ETAG.fullmatch(value)
    return None if found is None else int(found[1])


def quote_etag(last_modified: int) -> str:
    """A timestamp as the server wants it in `If-Match` and `If-None-Match`."""
    return f'"{last_modified}"'


@attrs.frozen
class Sleep:
    """Wait this many seconds before going on."""

    seconds: float


Flow: TypeAlias = Generator[Request, Response, R]
Effects: TypeAlias = Generator[Request | Sleep, Response | None, R]


def named(flow: Flow[R], name: str) -> Flow[R]:
    """The flow under another name: an operation is named after its flow in what a batch tells of it."""
    setattr(flow, "__name__", name)  # noqa: B010  # not declared by the type
    return flow


def through(flow: Flow[R], answer: "Callable[[Request], Generator[Y, S, Response]]") -> Generator[Y, S, R]:
    """A flow whose requests are answered by a generator each: one that sends them again, say, or keeps them."""
    try:
        request = next(flow)
        while True:
            try:
                response = yield from answer(request)
            except KintoError as error:
                request = flow.throw(error)
            else:
                request = flow.send(response)
    except StopIteration as stop:
        value: R = stop.value
        return value
    finally:
        flow.close()
