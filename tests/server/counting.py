"""Counts with many processes in one field of one record, and tells what was lost.

`python tests/server/counting.py` measures it on both backends, for plain updates and for updates behind a lock.
"""

# ruff: noqa: T201  # what it prints is its result
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import kinto_sdk
from kinto_sdk import Client
from kinto_sdk.testing import KintoServer

ME = ("user", "secret")


def add_one(data: dict[str, Any]) -> None:
    """Count, and leave a mark, so that nobody's write can be taken for somebody else's."""
    data["n"] += 1
    data["by"] = str(uuid4())


def update(client: Client) -> None:
    """Read, add one, save if nobody was faster."""
    client.bucket("b").collection("c").update("r", add_one)


def update_behind_a_lock(client: Client) -> None:
    """The same, in one batch with a write that makes the others wait: a batch is one transaction on PostgreSQL."""
    records = client.bucket("b").collection("c")
    saved = False
    while not saved:
        record = records.get_record("r")
        add_one(record.data)
        with client.batch(raise_on_error="server") as batch:
            batch.patch(records.record("lock"), {})
            batch.save(record)
        saved = all(outcome.status == "succeeded" for outcome in batch.results())


WAYS: dict[str, Callable[[Client], None]] = {"update": update, "lock": update_behind_a_lock}


def work(url: str, way: str, times: int) -> None:
    """Count so many times, once a line comes in."""
    with Client(url, auth=ME) as client:
        client.server_info()
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(times):
            WAYS[way](client)
        print("done", flush=True)


def count(server: KintoServer, way: str, processes: int, times: int) -> tuple[int, float]:
    """Let processes count at the same time; what the record holds in the end, and the seconds it took."""
    server.flush()
    with Client(server.url, auth=ME) as client:
        records = client.create_bucket("b").create_collection("c")
        records.create_record({}, id="lock")
        records.create_record({"n": 0}, id="r")
    command = [sys.executable, __file__, "work", server.url, way, str(times)]
    environment = os.environ | {"PYTHONPATH": str(Path(kinto_sdk.__file__).parents[1])}
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(processes)
    ]
    try:
        assert [child.stdout.readline() for child in children] == ["ready\n"] * processes
        start = perf_counter()
        for child in children:
            child.stdin.write("\n")
            child.stdin.flush()
        assert [child.communicate()[0] for child in children] == ["done\n"] * processes
        seconds = perf_counter() - start
    finally:
        for child in children:
            child.kill()
            child.communicate()
    with Client(server.url, auth=ME) as client:
        return client.bucket("b").collection("c").get_record("r").data["n"], seconds


def main() -> None:
    """Measure, and print a line for each backend and way."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    total = options.processes * options.times
    for backend, threads in (("memory", 1), ("memory", 4), ("postgresql", 4)):
        with KintoServer(backend=backend, threads=threads) as server:
            for way in WAYS:
                for _ in range(options.runs):
                    found, seconds = count(server, way, options.processes, options.times)
                    print(
                        f"{backend:10} {threads} threads {way:6} lost {total - found:3} of {total} in {seconds:.1f} s",
                        flush=True,
                    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
