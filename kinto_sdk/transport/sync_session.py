"""The runner of flows for the sync client."""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, TypeVar

import httpx

from ..protocol.errors import TransportError, UsageError
from ..protocol.messages import Effects, Flow, Request, Response, Sink, Sleep, Source
from .options import Options
from .retry import retrying
from .wire import CHUNK_BYTES, Wire, read_headers

R = TypeVar("R")
S = TypeVar("S")


class Session:
    """Runs flows one request at a time over a connection pool."""

    def __init__(self, options: Options) -> None:
        self.options: Options = options
        self._wire = Wire(options)
        self._http: httpx.Client = options.http_client or httpx.Client(transport=options.transport)
        self._owns_http = options.http_client is None
        self._closed = False

    def perform(self, target: S, flow: Flow[Any], /) -> S:
        """Run a flow that loads or changes an object the caller holds."""
        self._drive(flow)
        return target

    def ask(self, flow: Flow[R], /) -> R:
        """Run a flow for its answer."""
        return self._drive(flow)

    def each(self, flows: Iterable[Flow[R]], /, concurrency: int = 1) -> Iterator[R]:
        """Run flows one after the other, whatever `concurrency` says, and give their answers in order."""
        for flow in flows:
            yield self._drive(flow)

    def _drive(self, flow: Flow[R]) -> R:
        if getattr(flow, "gi_frame", flow) is None:
            raise RuntimeError("this flow has already run")
        effects: Effects[R] = retrying(flow)
        try:
            effect = next(effects)
            while True:
                if isinstance(effect, Sleep):
                    time.sleep(effect.seconds)
                    effect = effects.send(None)
                    continue
                try:
                    response = self._exchange(effect)
                except TransportError as error:
                    effect = effects.throw(error)
                else:
                    effect = effects.send(response)
        except StopIteration as stop:
            value: R = stop.value
            return value
        finally:
            effects.close()

    def _exchange(self, request: Request) -> Response:
        if self._closed:
            raise UsageError("the client is closed; make a new one, or keep using it inside its with block")
        body = None if request.upload is None else Upload(request.upload)
        sent = self._wire.build(request, body)
        auth = self._wire.auth(request)
        try:
            if request.sink is not None:
                return self._download(request, request.sink, sent, auth)
            answer = self._http.send(sent, auth=auth, follow_redirects=False)
        except httpx.HTTPError as error:
            raise self._wire.failure(request, error) from error
        return self._wire.read(request, answer)

    def _download(self, request: Request, sink: Sink, sent: httpx.Request, auth: httpx.Auth | None) -> Response:
        with closing(self._http.send(sent, auth=auth, follow_redirects=False, stream=True)) as answer:
            if answer.status_code != 200:
                answer.read()
                return self._wire.read(request, answer)
            sink.begin(read_headers(answer))
            for chunk in answer.iter_bytes(CHUNK_BYTES):
                sink.write(chunk)
            return self._wire.read(request, answer, b"")

    def close(self) -> None:
        """Close the connections. Closing again does nothing."""
        self._closed = True
        if self._owns_http:
            self._http.close()


class Upload:
    """The body of an upload, opened anew whenever it is sent."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        return self._source.open()
