"""What façade objects know of whoever runs their flows: a session, a batch, or nobody."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, NoReturn, Protocol, TypeVar

from ..protocol.errors import UsageError
from ..protocol.messages import Flow

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

    def each(self, flows: Iterable[Flow[R]], /, concurrency: int = 1) -> AsyncIterator[R]:
        """Run many flows, and give their answers in order."""
        ...


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

    def each(self, flows: Iterable[Flow[R]], /, concurrency: int = 1) -> AsyncIterator[R]:
        """Refuse: there is no client."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UsageError("this object was unpickled and belongs to no client; go on with obj.using(client)")
