"""The runner of flows for the async client."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any, TypeVar

import httpx

from ..protocol.errors import TransportError, UsageError
from ..protocol.messages import Effects, Flow, Request, Response, Sink, Sleep, Source
from .options import Options
from .retry import retrying
from .wire import CHUNK_BYTES, Wire, read_headers

R = TypeVar("R")
S = TypeVar("S")


class AsyncSession:
    """Runs flows one request at a time over a connection pool."""

    def __init__(self, options: Options) -> None:
        self.options: Options = options
        self._wire = Wire(options)
        self._http: httpx.AsyncClient = options.http_client or httpx.AsyncClient(transport=options.transport)
        self._owns_http = options.http_client is None
        self._closed = False

    async def perform(self, target: S, flow: Flow[Any], /) -> S:
        """Run a flow that loads or changes an object the caller holds."""
        await self._drive(flow)
        return target

    async def ask(self, flow: Flow[R], /) -> R:
        """Run a flow for its answer."""
        return await self._drive(flow)

    async def each(self, flows: Iterable[Flow[R]], /, concurrency: int = 1) -> AsyncIterator[R]:
        """Run flows, up to `concurrency` of them at a time, and give their answers in order.

        No more flows are taken than are under way. When taking one fails, what is under way still ends first.
        """
        source = iter(flows)
        running: deque[asyncio.Task[R]] = deque()
        more, failure = True, None
        try:
            while more or running:
                while more and len(running) < concurrency:
                    try:
                        running.append(asyncio.ensure_future(self._drive(next(source))))
                    except StopIteration:
                        more = False
                    except Exception as error:  # noqa: BLE001  # the caller's own; raised below
                        more, failure = False, error
                if running:
                    answer = await running[0]
                    del running[0]
                    yield answer
            if failure is not None:
                raise failure
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _drive(self, flow: Flow[R]) -> R:
        if getattr(flow, "gi_frame", flow) is None:
            raise RuntimeError("this flow has already run")
        effects: Effects[R] = retrying(flow)
        try:
            effect = next(effects)
            while True:
                if isinstance(effect, Sleep):
                    await asyncio.sleep(effect.seconds)
                    effect = effects.send(None)
                    continue
                try:
                    response = await self._exchange(effect)
                except TransportError as error:
                    effect = effects.throw(error)
                else:
                    effect = effects.send(response)
        except StopIteration as stop:
            value: R = stop.value
            return value
        finally:
            effects.close()

    async def _exchange(self, request: Request) -> Response:
        if self._closed:
            raise UsageError("the client is closed; make a new one, or keep using it inside its async with block")
        body = None if request.upload is None else Upload(request.upload)
        sent = self._wire.build(request, body)
        auth = self._wire.auth(request)
        try:
            if request.sink is not None:
                return await self._download(request, request.sink, sent, auth)
            answer = await self._http.send(sent, auth=auth, follow_redirects=False)
        except httpx.HTTPError as error:
            raise self._wire.failure(request, error) from error
        return self._wire.read(request, answer)

    async def _download(self, request: Request, sink: Sink, sent: httpx.Request, auth: httpx.Auth | None) -> Response:
        async with aclosing(await self._http.send(sent, auth=auth, follow_redirects=False, stream=True)) as answer:
            if answer.status_code != 200:
                await answer.aread()
                return self._wire.read(request, answer)
            sink.begin(read_headers(answer))
            async for chunk in answer.aiter_bytes(CHUNK_BYTES):
                await asyncio.to_thread(sink.write, chunk)
            return self._wire.read(request, answer, b"")

    async def close(self) -> None:
        """Close the connections. Closing again does nothing."""
        self._closed = True
        if self._owns_http:
            await self._http.aclose()


class Upload:
    """The body of an upload, opened anew whenever it is sent, and read outside of the event loop."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = await asyncio.to_thread(self._source.open)
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            yield chunk
