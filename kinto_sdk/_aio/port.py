"""What façade objects know of whoever runs their flows: a session, a batch, or nobody."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar

import attrs

from ..flows.server import requiring
from ..objects.context import Context
from ..protocol.errors import UsageError
from ..protocol.messages import Flow, named
from ..transport.async_documents import mapped

if TYPE_CHECKING:
    from ..transport.async_documents import Documents

R = TypeVar("R")
S = TypeVar("S")


class AsyncPort(Protocol):
    """Runs flows. A session does it at once; a batch enlists what it can and refuses what needs an answer."""

    async def perform(self, target: S, flow: Flow[Any], /) -> S:
        """Run a flow that loads or changes an object the caller holds, and return the object."""
        ...

    async def ask(self, flow: Flow[R], /) -> R:
        """Run a flow for its answer."""
        ...

    def each(self, flows: "Documents[Flow[R]]", /, concurrency: int = 1) -> AsyncIterator[R]:
        """Run many flows, and give their answers in order."""
        ...


@attrs.frozen
class AsyncRequiring:
    """A port for what needs a plugin: nothing else is asked of a server without it."""

    _port: AsyncPort = attrs.field(alias="port")
    _context: Context = attrs.field(alias="context", eq=False)
    _capability: str = attrs.field(alias="capability")
    _call: str = attrs.field(alias="call")

    async def perform(self, target: S, flow: Flow[Any], /) -> S:
        """Run the flow if the server has the plugin."""
        return await self._port.perform(target, self._required(flow))

    async def ask(self, flow: Flow[R], /) -> R:
        """Run the flow if the server has the plugin."""
        return await self._port.ask(self._required(flow))

    def each(self, flows: "Documents[Flow[R]]", /, concurrency: int = 1) -> AsyncIterator[R]:
        """Run the flows if the server has the plugin."""
        return self._port.each(mapped(self._required, flows, "flows"), concurrency)

    def _required(self, flow: Flow[R]) -> Flow[R]:
        required = requiring(self._context, self._capability, self._call, flow)
        return named(required, getattr(flow, "__name__", ""))


class AsyncDetached:
    """The port of objects that belong to no client: unpickled ones."""

    async def perform(self, target: S, flow: Flow[Any], /) -> S:
        """Refuse: there is no client."""
        flow.close()
        self._refuse()

    async def ask(self, flow: Flow[R], /) -> R:
        """Refuse: there is no client."""
        flow.close()
        self._refuse()

    def each(self, flows: "Documents[Flow[R]]", /, concurrency: int = 1) -> AsyncIterator[R]:
        """Refuse: there is no client."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UsageError("this object was unpickled and belongs to no client; go on with obj.using(client)")
