"""Retrying, as a transformer of flows: what it waits for is a value it yields, so it needs no clock to be tested."""

from typing import TypeVar

from ..protocol.errors import TransportError
from ..protocol.messages import Effects, Flow

R = TypeVar("R")


def retrying(flow: Flow[R]) -> Effects[R]:
    """The flow's requests, each sent again while the policy says so."""
    try:
        request = next(flow)
        while True:
            try:
                response = yield request
            except TransportError as error:
                request = flow.throw(error)
            else:
                if response is None:
                    raise RuntimeError("a request was answered with nothing")
                request = flow.send(response)
    except StopIteration as stop:
        value: R = stop.value
        return value
    finally:
        flow.close()
