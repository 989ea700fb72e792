"""Runs contenders in turns, each in a process of its own, and compares what they cost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import attrs
from works import HTTPX, KINTO_HTTP, Contender, Entry, Work

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT["PYTHONPATH"] = str(ROOT)
"""With the package of this checkout, whichever is installed, and compiled once, as pip would have left it."""
STEADY = 1.05
"""How far from its fastest round the middle one of a contender may be, for the machine to have been quiet."""


def script(name: str, *arguments: str) -> list[str]:
    """The command line of a module here."""
    return [sys.executable, str(HERE / f"{name}.py"), *arguments]


def command(entry: Entry, size: int, url: str) -> list[str]:
    """The worker's command line."""
    hidden = [f"--without={module}" for module in entry.contender.without]
    return script("worker", entry.contender.module, entry.case, str(size), url, *hidden)


class Worker:
    """A contender's process."""

    def __init__(self, entry: Entry, size: int, url: str) -> None:
        self._process = subprocess.Popen(
            command(entry, size, url), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
        )

    def round(self) -> dict[str, Any]:
        """One round, measured by the process itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._process.args} ended with {self._process.wait()}")
        result: dict[str, Any] = json.loads(line)
        return result

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def canned_server() -> Iterator[str]:
    """The canned server's URL, while it runs in its own process."""
    with subprocess.Popen(
        script("canned"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()


@attrs.frozen
class Ratio:
    """What an entry costs, against another."""

    value: float
    """The fastest round of each. What else runs on the machine can only make a round slower."""
    least: float
    """The lowest of the ratios in one and the same round; far from the highest, the machine was busy."""
    greatest: float
    most: float | None
    """The budget."""

    @property
    def met(self) -> bool:
        """Whether the budget holds."""
        return self.most is None or round(self.value, 2) <= self.most


@attrs.frozen
class Result:
    """What an entry came to: microseconds per operation, in the fastest of its rounds."""

    work: Work
    entry: Entry
    cpu: float
    wall: float
    ratios: dict[str, Ratio]
    """By the name of the other."""


Costs = list[tuple[float, float]]
"""The CPU and the time of an operation in microseconds, of each entry in one round."""


def measure(work: Work, url: str) -> list[Result]:
    """Alternate the entries, after a round each that does not count; who begins changes with each round.

    On a machine that others use too a contender may have had no quiet round among the first. So they go on until the
    machine was as good as quiet for all of them.
    """
    with ExitStack() as stack:
        workers = [Worker(entry, work.size, url) for entry in work.entries]
        for worker in workers:
            stack.callback(worker.close)
            worker.round()
        rounds: list[Costs] = []
        end = time.monotonic() + work.longest
        while len(rounds) < work.rounds or not (steady(rounds) or time.monotonic() > end):
            number = len(rounds)
            found: dict[int, tuple[float, float]] = {}
            for turn in range(len(workers)):
                place = (turn + number) % len(workers)
                result = workers[place].round()
                if result["operations"] != work.size:
                    raise SystemExit(f"{work.entries[place].name}: did {result['operations']} of {work.size}")
                found[place] = result["cpu"] / work.size * 1e6, result["wall"] / work.size * 1e6
            rounds.append([found[place] for place in range(len(workers))])
    return [_result(work, place, rounds) for place in range(len(work.entries))]


def _result(work: Work, place: int, rounds: list[Costs]) -> Result:
    entry = work.entries[place]
    ratios: dict[str, Ratio] = {}
    budgets: list[tuple[Contender, float | None]] = [(KINTO_HTTP, entry.most), (HTTPX, entry.most_httpx)]
    for other, most in budgets:
        base = work.reference(other)
        if base is not None and base != place:
            each = [costs[place][0] / costs[base][0] for costs in rounds]
            ratios[other.name] = Ratio(fastest(rounds, place)[0] / fastest(rounds, base)[0], min(each), max(each), most)
    cpu, wall = fastest(rounds, place)
    return Result(work, entry, cpu, wall, ratios)


def steady(rounds: list[Costs]) -> bool:
    """Whether the middle round of each entry was about as fast as its fastest."""
    return all(
        median(costs[place][0] for costs in rounds) <= STEADY * fastest(rounds, place)[0]
        for place in range(len(rounds[0]))
    )


def fastest(rounds: list[Costs], place: int) -> tuple[float, float]:
    """The least CPU and the least time that an entry took for a round."""
    return min(costs[place][0] for costs in rounds), min(costs[place][1] for costs in rounds)
