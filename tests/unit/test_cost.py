"""How much of our own code an operation runs, counted in bytecode instructions: no clock, the same on every machine.

The recorded figures, in `cost.json` beside this file, are changed on purpose, together with what causes the change:
`RECORD_COST=1 .venv/bin/python -m pytest tests/unit/test_cost.py` writes the current ones there.
"""

import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import httpx
import pytest

import kinto_sdk
from kinto_sdk import Client
from kinto_sdk.protocol.messages import quote_etag

PACKAGE = str(Path(kinto_sdk.__file__).parent) + os.sep
RECORDED = Path(__file__).with_name("cost.json")
VERSION = (3, 11)
TOLERANCE = 0.10
pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != VERSION,
    reason="each version of CPython has instructions of its own, and its way to trace them",
)
UPDATE = "if that is meant, record it: RECORD_COST=1 .venv/bin/python -m pytest tests/unit/test_cost.py"


@attrs.define
class Todo:
    """A model."""

    title: str
    votes: int = 0


def answer(request: httpx.Request) -> httpx.Response:
    """The server's part: a record, a list of a hundred, or the batch's items echoed."""
    record = {"id": "r", "last_modified": 7, "title": "x", "votes": 1}
    if request.url.path.endswith("/records"):
        rows = [{**record, "id": f"r{number}", "last_modified": number + 1} for number in range(100)]
        return httpx.Response(200, json={"data": rows}, headers={"ETag": '"100"'})
    if request.url.path.endswith("/batch"):
        items = json.loads(request.content)["requests"]
        body = [
            {
                "status": 201,
                "path": item["path"],
                "headers": {"ETag": '"7"', "Content-Type": "application/json"},
                "body": {"data": {**item["body"]["data"], "id": item["path"].rsplit("/", 1)[-1], "last_modified": 7}},
            }
            for item in items
        ]
        return httpx.Response(200, json={"responses": body})
    if request.url.path == "/v1/":
        return httpx.Response(200, json={"settings": {"batch_max_requests": 100}})
    sent = json.loads(request.content or b"{}").get("data", {})
    return httpx.Response(200, json={"data": {**record, **sent}, "permissions": {}}, headers={"ETag": '"7"'})


def count(work: Callable[[], Any]) -> int:
    """The instructions that our own code executes in a call; those of the libraries below it don't count."""
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

    def run() -> None:
        sys.settrace(step)
        try:
            work()
        finally:
            sys.settrace(None)

    # In a thread of its own, where whoever measures the coverage of the tests is not in the way.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()
    return executed


def operations() -> dict[str, tuple[Callable[[], Any], int]]:
    """Each operation, with how many of them one call is."""
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

    def bulk() -> None:
        for _ in plain.create_records({"votes": number} for number in range(100)):
            pass

    return {
        "get": (lambda: plain.get_record("r").data, 1),
        "patch": (lambda: record.patch({"votes": 3}), 1),
        "save": (save, 1),
        "save, typed": (save_typed, 1),
        "list a record, unread": (lambda: sum(1 for _ in plain.records()), 100),
        "list a record, dict": (lambda: [item.data for item in plain.records()], 100),
        "list a record, typed": (lambda: [item.data for item in typed.records()], 100),
        "change of a feed": (lambda: sum(1 for _ in plain.changes()), 100),
        "save in a batch": (batch, 100),
        "create in bulk": (bulk, 100),
    }


def measured() -> dict[str, int]:
    """The current figures."""
    found: dict[str, int] = {}
    for name, (work, times) in operations().items():
        work()
        found[name] = round(count(work) / times)
    return found


@pytest.mark.skipif(find_spec("orjson") is None, reason="the figures are those with the extra `speed`")
def test_operations_cost_what_is_recorded() -> None:
    """No operation runs ten percent more, or less, of our code than is recorded."""
    found = measured()
    if "RECORD_COST" in os.environ:
        RECORDED.write_text(json.dumps(found, indent=4) + "\n")
    recorded: dict[str, int] = json.loads(RECORDED.read_text())
    assert found.keys() == recorded.keys(), UPDATE
    drifted = {
        name: f"{figure} instructions, recorded {recorded[name]}"
        for name, figure in found.items()
        if abs(figure - recorded[name]) > TOLERANCE * recorded[name]
    }
    assert drifted == {}, UPDATE


def test_what_libraries_run_does_not_count() -> None:
    """An upgrade of a dependency moves no figure."""
    assert count(lambda: httpx.Request("GET", "http://kinto.test/")) == 0
    assert count(lambda: quote_etag(7)) > 0
