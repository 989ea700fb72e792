"""The runner of flows for the sync client."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from copy import copy
from threading import TIMEOUT_MAX, Event, Lock
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

import attrs
import httpx

from ..protocol.errors import KintoError, TransportError, UsageError
from ..protocol.messages import Flow, Once, Request, Response, Sink, Sleep, Source
from .connection import Connection
from .session import CLOSED, FAILURES, Outcome, SessionBase
from .wire import CHUNK_BYTES

if TYPE_CHECKING:
    from concurrent.futures import Future


R = TypeVar("R")
S = TypeVar("S")


@attrs.define(eq=False)
class Pool:
    """The connections, which a client shares with its clones. They are closed with the client that made them."""

    http: httpx.Client
    owned: bool
    closed: Event = attrs.field(factory=Event)
    lock: Lock = attrs.field(factory=Lock)
    """Guards `flights`, and is never held while anything waits."""
    flights: "dict[Once, Future[Outcome]]" = attrs.field(factory=dict["Once", "Future[Outcome]"])
    parted: Connection | None = None
    """In a forked process that has sent nothing yet: what its own connections are to be made of."""

    def part(self, connection: Connection) -> None:
        """Let go of the connections of the parent process.

        They are not closed, for that takes locks which a thread of the parent may have held.
        """
        self.parted, self.lock, self.flights = connection, Lock(), {}

    def connect(self) -> None:
        """Have connections of one's own."""
        with self.lock:
            if self.parted is not None:
                self.http, self.parted = self.parted.client(), None


OPEN: WeakKeyDictionary[Pool, Connection] = WeakKeyDictionary()
"""The pools of this process whose connections are ours, with what they are made of."""


def part_after_fork() -> None:
    """Keep this process, which has just been forked, from reading the answers to its parent."""
    for pool, connection in list(OPEN.items()):
        pool.part(connection)


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has no forks
    os.register_at_fork(after_in_child=part_after_fork)


class Session(SessionBase[Pool]):
    """Runs flows over a connection pool: one request at a time for each flow, any number of flows in threads."""

    def _make_pool(self, connection: Connection) -> Pool:
        pool = Pool(connection.client(), owned=connection.http_client is None)
        if pool.owned:
            OPEN[pool] = connection
        return pool

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
        effects = self._effects(flow)
        try:
            effect = next(effects)
            while True:
                if isinstance(effect, Sleep):
                    # Wakes when the client is closed.
                    self._pool.closed.wait(min(effect.seconds, TIMEOUT_MAX))
                    effect = effects.send(None)
                    continue
                try:
                    once = effect.once
                    response = self._exchange(effect) if once is None else self._share(effect, once)
                except KintoError as error:
                    effect = effects.throw(error)
                else:
                    effect = effects.send(response)
        except StopIteration as stop:
            value: R = stop.value
            return value
        finally:
            effects.close()

    def _share(self, request: Request, once: Once) -> Response:
        """Send a request unless another thread is doing it already, whose answer is then ours too."""
        from concurrent.futures import Future

        pool = self._pool
        while True:
            with pool.lock:
                if once.answer is not None:
                    return once.answer
                flight = pool.flights.get(once)
                if flight is None:
                    mine: Future[Outcome] = Future()
                    pool.flights[once] = mine
                    break
            shared = flight.result()
            if isinstance(shared, FAILURES):
                raise copy(shared) from shared
            if shared is not None:
                return shared
        outcome: Outcome = None
        try:
            outcome = answer = self._exchange(request)
        except FAILURES as error:
            outcome = error
            raise
        else:
            once.answer = answer if answer.ok else None
            return answer
        finally:
            with pool.lock:
                del pool.flights[once]
            mine.set_result(outcome)

    def _exchange(self, request: Request) -> Response:
        if not self._tell.heard:
            return self._transfer(request)
        from .events import RequestFailed, RequestSent, ResponseReceived

        self._tell(RequestSent(request))
        started = time.perf_counter()
        try:
            response = self._transfer(request)
        except TransportError as error:
            self._tell(RequestFailed(request, error, time.perf_counter() - started))
            raise
        self._tell(ResponseReceived(request, response, time.perf_counter() - started))
        return response

    def _transfer(self, request: Request) -> Response:
        pool = self._pool
        if self._closed or pool.closed.is_set():
            raise UsageError(CLOSED)
        if pool.parted is not None:
            pool.connect()
        wire = self._wire
        sent = wire.build(request, None if request.upload is None else Upload(request.upload))
        auth = wire.auth(request)
        try:
            if request.sink is not None:
                return self._download(request, request.sink, sent, auth)
            answer = pool.http.send(sent, auth=auth, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # httpx looks at where a redirect leads even when it is not to follow it.
            raise wire.failure(request, error) from error
        except RuntimeError as error:
            if pool.http.is_closed:
                raise UsageError(CLOSED) from error
            raise
        return wire.read(request, answer)

    def _download(self, request: Request, sink: Sink, sent: httpx.Request, auth: httpx.Auth | None) -> Response:
        with closing(self._pool.http.send(sent, auth=auth, follow_redirects=False, stream=True)) as answer:
            if answer.status_code != 200:
                answer.read()
                return self._wire.read(request, answer)
            sink.begin()
            for chunk in answer.iter_bytes(CHUNK_BYTES):
                sink.write(chunk)
            return self._wire.read(request, answer, b"")

    def close(self) -> None:
        """Close the connections, if this session made them. Closing again does nothing."""
        self._closed = True
        if self._made_pool and not self._pool.closed.is_set():
            self._pool.closed.set()
            if self._pool.owned:
                OPEN.pop(self._pool, None)
                if self._pool.parted is None:
                    self._pool.http.close()


class Upload:
    """The body of an upload, opened anew whenever it is sent."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        return self._source.open()
