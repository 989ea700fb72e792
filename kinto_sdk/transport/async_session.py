"""The runner of flows for the async client."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeVar

import httpx

from ..protocol.errors import TransportError, UsageError
from ..protocol.messages import Effects, Flow, Request, Response, Sleep
from .options import Options
from .retry import retrying
from .wire import Wire

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

    async def each(self, flows: Iterable[Flow[R]], concurrency: int = 1) -> AsyncIterator[R]:
        """Run flows one after the other and give their answers in order."""
        for flow in flows:
            yield await self._drive(flow)

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
        try:
            answer = await self._http.send(self._wire.build(request), auth=self.options.auth)
        except httpx.HTTPError as error:
            raise self._wire.failure(request, error) from error
        return self._wire.read(request, answer)

    async def close(self) -> None:
        """Close the connections. Closing again does nothing."""
        self._closed = True
        if self._owns_http:
            await self._http.aclose()
