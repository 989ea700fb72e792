"""The runner of flows for the async client."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext, suppress
from copy import copy
from typing import Any, TypeVar

import attrs
import httpx

from ..protocol.errors import KintoError, TransportError, UsageError
from ..protocol.messages import Flow, Once, Request, Response, Sink, Sleep, Source
from .async_documents import Documents, iterating, take
from .connection import Connection
from .session import CLOSED, FAILURES, Outcome, SessionBase
from .wire import CHUNK_BYTES

R = TypeVar("R")
S = TypeVar("S")

NO_LOOP = (
    "an AsyncClient runs on asyncio, and none is running here; "
    "with trio use a Client in threads: await trio.to_thread.run_sync(client.check)"
)
OTHER_LOOP = (
    "an AsyncClient belongs to the event loop of its first request, and this is another one; "
    "make it in the coroutine that asyncio.run() runs"
)


@attrs.define(eq=False)
class Pool:
    """The connections, which a client shares with its clones. They are closed with the client that made them."""

    http: httpx.AsyncClient
    owned: bool
    slots: AbstractAsyncContextManager[Any]
    """How many requests may be under way at once: a few dozen are faster than a thousand."""
    closed: asyncio.Event = attrs.field(factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None
    """That of the first request, to which the connections belong."""
    flights: dict[Once, "asyncio.Future[Outcome]"] = attrs.field(factory=dict[Once, "asyncio.Future[Outcome]"])


def this_loop() -> asyncio.AbstractEventLoop:
    """The event loop that runs.

    Raises:
        UsageError: none does. The coroutine is run by something else than asyncio.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError as error:
        raise UsageError(NO_LOOP) from error


class AsyncSession(SessionBase[Pool]):
    """Runs flows over a connection pool: one request at a time for each flow, any number of flows in tasks."""

    def _make_pool(self, connection: Connection) -> Pool:
        most = connection.in_flight
        slots = nullcontext() if most is None else asyncio.Semaphore(most)
        return Pool(connection.async_client(), owned=connection.http_client is None, slots=slots)

    async def perform(self, target: S, flow: Flow[Any], /) -> S:
        """Run a flow that loads or changes an object the caller holds."""
        await self._drive(flow)
        return target

    async def ask(self, flow: Flow[R], /) -> R:
        """Run a flow for its answer."""
        return await self._drive(flow)

    async def each(self, flows: Documents[Flow[R]], /, concurrency: int = 1) -> AsyncIterator[R]:
        """Run flows, up to `concurrency` of them at a time, and give their answers in order.

        No more flows are taken than are under way. When taking one fails, what is under way still ends first.
        """
        source = iterating(flows)
        running: deque[asyncio.Task[R]] = deque()
        more, failure = True, None
        try:
            while more or running:
                while more and len(running) < concurrency:
                    try:
                        taken = await take(source, 1)
                        running.extend(asyncio.ensure_future(self._drive(flow)) for flow in taken)
                        more = bool(taken)
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
        effects = self._effects(flow)
        try:
            effect = next(effects)
            while True:
                if isinstance(effect, Sleep):
                    await self._pause(effect.seconds)
                    effect = effects.send(None)
                    continue
                try:
                    response = (
                        await self._exchange(effect) if effect.once is None else await self._share(effect, effect.once)
                    )
                except KintoError as error:
                    effect = effects.throw(error)
                else:
                    effect = effects.send(response)
        except StopIteration as stop:
            value: R = stop.value
            return value
        finally:
            effects.close()

    async def _pause(self, seconds: float) -> None:
        """Wait, at most until the client is closed."""
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._pool.closed.wait(), seconds)
        except RuntimeError as error:
            raise UsageError(OTHER_LOOP) from error

    async def _share(self, request: Request, once: Once) -> Response:
        """Send a request unless another task is doing it already, whose answer is then ours too."""
        flights = self._pool.flights
        while (flight := flights.get(once)) is not None:
            # Neither is cancelled by the other.
            await asyncio.wait([flight])
            shared = flight.result()
            if isinstance(shared, FAILURES):
                raise copy(shared) from shared
            if shared is not None:
                return shared
        if once.answer is not None:
            return once.answer
        mine: asyncio.Future[Outcome] = this_loop().create_future()
        flights[once] = mine
        outcome: Outcome = None
        try:
            outcome = answer = await self._exchange(request)
        except FAILURES as error:
            outcome = error
            raise
        else:
            once.answer = answer if answer.ok else None
            return answer
        finally:
            del flights[once]
            mine.set_result(outcome)

    async def _exchange(self, request: Request) -> Response:
        if not self._tell.heard:
            return await self._transfer(request)
        from .events import RequestFailed, RequestSent, ResponseReceived

        self._tell(RequestSent(request))
        started = time.perf_counter()
        try:
            response = await self._transfer(request)
        except TransportError as error:
            self._tell(RequestFailed(request, error, time.perf_counter() - started))
            raise
        self._tell(ResponseReceived(request, response, time.perf_counter() - started))
        return response

    async def _transfer(self, request: Request) -> Response:
        pool, wire = self._pool, self._wire
        if pool.loop is None:
            pool.loop = this_loop()
        upload = None if request.upload is None else Upload(request.upload)
        try:
            async with pool.slots:
                if self._closed or pool.closed.is_set():
                    raise UsageError(CLOSED)
                # Built only now: thousands that wait for their turn would hold a lot, which slows each collection.
                sent = wire.build(request, upload)
                auth = wire.auth(request)
                if request.sink is not None:
                    return await self._download(request, request.sink, sent, auth)
                answer = await pool.http.send(sent, auth=auth, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if upload is not None and upload.failure is not None:
                # aiohttp tells of a connection that failed, whatever reading the file has raised.
                raise upload.failure from None
            # httpx looks at where a redirect leads even when it is not to follow it.
            raise wire.failure(request, error) from error
        except RuntimeError as error:
            if pool.http.is_closed:
                raise UsageError(CLOSED) from error
            if pool.loop is not asyncio.get_running_loop():
                raise UsageError(OTHER_LOOP) from error
            raise
        return wire.read(request, answer)

    async def _download(self, request: Request, sink: Sink, sent: httpx.Request, auth: httpx.Auth | None) -> Response:
        async with aclosing(await self._pool.http.send(sent, auth=auth, follow_redirects=False, stream=True)) as answer:
            if answer.status_code != 200:
                await answer.aread()
                return self._wire.read(request, answer)
            sink.begin()
            async for chunk in answer.aiter_bytes(CHUNK_BYTES):
                await asyncio.to_thread(sink.write, chunk)
            return self._wire.read(request, answer, b"")

    async def close(self) -> None:
        """Close the connections, if this session made them. Closing again does nothing."""
        self._closed = True
        if self._made_pool and not self._pool.closed.is_set():
            self._pool.closed.set()
            if self._pool.owned:
                await self._pool.http.aclose()


class Upload:
    """The body of an upload, opened anew whenever it is sent, and read outside of the event loop."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.failure: Exception | None = None
        """Why it could not be read to its end."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            chunks = await asyncio.to_thread(self._source.open)
            while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
                yield chunk
        except Exception as error:
            self.failure = error
            raise
