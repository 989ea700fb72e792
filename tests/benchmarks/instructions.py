"""Counts the machine's instructions of single requests with valgrind: the same at every run, however busy the machine.

The worker calls getppid() before and after the round that counts; there callgrind writes down what it has counted and
begins anew, so that neither start-up nor the first requests are in the figures.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
from measuring import ENVIRONMENT, command
from works import HTTPX, KINTO_HTTP, PLAIN, SPEED, Entry

REQUESTS = 60

WORKS: dict[str, tuple[Entry, ...]] = {
    "One GET, its data read": (
        Entry(SPEED, "get", most=0.65, most_httpx=1.10),
        Entry(PLAIN, "get"),
        Entry(KINTO_HTTP, "get"),
        Entry(HTTPX, "get"),
    ),
    "Save a record with one field changed": (
        Entry(SPEED, "save", "dict", most=0.70, most_httpx=1.10),
        Entry(SPEED, "save_typed", "typed", most=0.70, most_httpx=1.10),
        Entry(PLAIN, "save", "dict"),
        Entry(KINTO_HTTP, "patch"),
        Entry(HTTPX, "patch"),
    ),
}


@attrs.frozen
class Count:
    """Thousands of instructions for one request."""

    work: str
    entry: Entry
    thousands: float


def count(entry: Entry, url: str, requests: int = REQUESTS) -> float:
    """Thousands of instructions for one of so many requests."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        valgrind = ["valgrind", "--tool=callgrind", "--dump-before=getppid", f"--callgrind-out-file={out}"]
        subprocess.run(
            [*valgrind, *command(entry, requests, url), "--marked"],
            check=True,
            capture_output=True,
            env={**ENVIRONMENT, "PYTHONHASHSEED": "0"},
        )
        # The first part is the start and the round before, the second the round that counts.
        found = re.search(r"^totals: (\d+)", out.with_suffix(".2").read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1]) / requests / 1000


def measure(url: str) -> Iterator[Count]:
    """Each entry of each work; nothing where there is no valgrind."""
    if shutil.which("valgrind") is None:
        return
    for work, entries in WORKS.items():
        for entry in entries:
            yield Count(work, entry, count(entry, url))
