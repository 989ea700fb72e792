"""How much of our own code runs per operation, counted in bytecode instructions: the same on every machine.

The recorded figures are raised or lowered on purpose, together with the change that causes it:
`python tests/unit/test_cost.py` prints the current ones.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import httpx
import pytest

import kinto_sdk
from kinto_sdk import Client

PACKAGE = str(Path(kinto_sdk.__file__).parent)

RECORDED: dict[str, int] = {}
"""Instructions per operation on CPython 3.11, with orjson."""

TOLERANCE = 0.10


@attrs.define
class Todo:
    """A model."""

    title: str
    votes: int = 0


def answer(request: httpx.Request) -> httpx.Response:
    """The server's part: a record, a list of a hundred, or the batch's items echoed."""
    record = {"id": "r", "last_modified": 7, "title": "x", "votes": 1}
    if request.url.path.endswith("/records"):
        rows = [{**record, "id": f"r{number}"} for number in range(100)]
        return httpx.Response(200, json={"data": rows}, headers={"ETag": '"7"'})
    if request.url.path.endswith("/batch"):
        items = json.loads(request.content)["requests"]
        body = [
            {
                "status": 201,
                "path": item["path"],
                "headers": {"ETag": '"7"'},
                "body": {"data": {**record, **item["body"]["data"], "id": item["path"].rsplit("/", 1)[-1]}},
            }
            for item in items
        ]
        return httpx.Response(200, json={"responses": body})
    if request.url.path == "/v1/":
        return httpx.Response(200, json={"settings": {"batch_max_requests": 100}})
    sent = json.loads(request.content or b"{}").get("data", {})
    return httpx.Response(200, json={"data": {**record, **sent}, "permissions": {}}, headers={"ETag": '"7"'})


def count(work: Callable[[], Any]) -> int:
    """The instructions that our own code executes in a call."""
    executed = 0

    def step(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal executed
        if event == "call":
            if not frame.f_code.co_filename.startswith(PACKAGE):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        elif event == "opcode":
            executed += 1
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return executed


def operations() -> dict[str, tuple[Callable[[], Any], int]]:
    """Each operation warmed up, with how many operations one call is."""
    client = Client("http://kinto.test", transport=httpx.MockTransport(answer))
    plain = client.bucket("b").collection("c")
    typed = client.bucket("b").collection("c", Todo)
    record, todo = plain.get_record("r"), typed.get_record("r")

    def save() -> None:
        record.data["votes"] += 1
        record.save()

    def save_typed() -> None:
        todo.data.votes += 1
        todo.save()

    def batch() -> None:
        with client.batch() as unit:
            for number in range(100):
                unit.save(plain.new_record({"votes": number}, f"r{number}"))

    return {
        "get": (lambda: plain.get_record("r"), 1),
        "save": (save, 1),
        "save, typed": (save_typed, 1),
        "list a record": (lambda: sum(1 for _ in plain.records()), 100),
        "list a record, dict": (lambda: [item.data for item in plain.records()], 100),
        "list a record, typed": (lambda: [item.data for item in typed.records()], 100),
        "save in a batch": (batch, 100),
    }


def measured() -> dict[str, int]:
    """The current figures."""
    found: dict[str, int] = {}
    for name, (work, times) in operations().items():
        work()
        found[name] = round(count(work) / times)
    return found


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="each version of CPython has instructions of its own")
def test_operations_cost_what_is_recorded() -> None:
    """No operation runs ten percent more, or less, of our code than the recorded figure says."""
    pytest.importorskip("orjson", reason="the figures are recorded with the extra `speed`")
    found = measured()
    assert found.keys() == RECORDED.keys()
    drifted = {
        name: f"{figure}, recorded {RECORDED[name]}"
        for name, figure in found.items()
        if abs(figure - RECORDED[name]) > TOLERANCE * RECORDED[name]
    }
    assert drifted == {}


if __name__ == "__main__":
    print(json.dumps(measured(), indent=4))
