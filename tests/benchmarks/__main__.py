"""`make bench`: measures every line of the performance budget and writes docs/benchmarks.md.

Contenders of a line run as processes of their own, a round each in turn, so that a machine that gets slower gets
slower for all. What counts is the client's CPU time; the figure of a line is the ratio of the medians.
"""

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import attrs
import live

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
BARE, PLAIN = ("httpx_aiohttp", "orjson"), ("orjson",)


@attrs.frozen
class Contender:
    """A case, and the modules hidden from it."""

    case: str
    without: tuple[str, ...] = ()


@attrs.frozen
class Line:
    """A line of the budget: ours against another, at most this ratio."""

    work: str
    ours: Contender
    other: Contender
    budget: float
    rounds: int = 5

    @property
    def against(self) -> str:
        """Whom it is compared with."""
        return "kinto-http" if "kinto_http" in self.other.case else "bare httpx"


LINES = [
    Line("one GET", Contender("get_ours"), Contender("get_httpx"), 1.10, 9),
    Line("one GET", Contender("get_ours"), Contender("get_kinto_http"), 0.65, 9),
    Line("one PATCH save, dict", Contender("save_ours"), Contender("save_httpx"), 1.10, 9),
    Line("one PATCH save, dict", Contender("save_ours"), Contender("save_kinto_http"), 0.70, 9),
    Line("one PATCH save, typed", Contender("save_ours_typed"), Contender("save_httpx"), 1.10, 9),
    Line("one PATCH save, typed", Contender("save_ours_typed"), Contender("save_kinto_http"), 0.70, 9),
    Line("100 x 1000 records, data unread", Contender("iterate_ours_unread"), Contender("iterate_kinto_http"), 0.40),
    Line("100 x 1000 records, dict", Contender("iterate_ours"), Contender("iterate_kinto_http"), 0.55),
    Line("100 x 1000 records, typed", Contender("iterate_ours_typed"), Contender("iterate_kinto_http"), 0.70),
    Line("the same without orjson, dict", Contender("iterate_ours", PLAIN), Contender("iterate_kinto_http"), 0.75),
    Line(
        "the same without orjson, typed", Contender("iterate_ours_typed", PLAIN), Contender("iterate_kinto_http"), 0.85
    ),
    Line("10 000 saves in batches", Contender("batch_ours"), Contender("batch_kinto_http"), 0.55),
    Line("10 000 saves, without orjson", Contender("batch_ours", PLAIN), Contender("batch_kinto_http"), 0.65),
    Line("2 000 async GETs, 20 in flight", Contender("async_ours"), Contender("async_kinto_http"), 0.30),
    Line("2 000 async GETs, all at once", Contender("async_ours_at_once"), Contender("async_kinto_http_at_once"), 0.35),
]
"""The budget. Without a word on extras, both `speed` and `aiohttp` are installed."""

NOTES = [
    Line("2 000 async GETs, without aiohttp", Contender("async_ours", BARE), Contender("async_kinto_http"), 0),
    Line("10 000 saves in batches", Contender("batch_ours"), Contender("batch_httpx"), 0),
    Line("100 x 1000 records, data unread", Contender("iterate_ours_unread"), Contender("iterate_httpx"), 0),
]
"""Measured for the reader; no budget."""

MEMORY_BUDGET, IMPORT_BUDGET, CALLBACK_BUDGET = 20 * 2**20, 1.5, 10_000


class Worker:
    """A contender's process."""

    def __init__(self, contender: Contender, url: str) -> None:
        hidden = [f"--without={module}" for module in contender.without]
        command = [sys.executable, str(HERE / "worker.py"), contender.case, url, *hidden]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

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
    command = [sys.executable, str(HERE / "canned.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()


@attrs.frozen
class Result:
    """What a line came to, in microseconds of CPU per operation."""

    line: Line
    ours: float
    other: float

    @property
    def ratio(self) -> float:
        """Ours to the other's."""
        return self.ours / self.other

    @property
    def met(self) -> bool:
        """Whether the budget holds."""
        return not self.line.budget or self.ratio <= self.line.budget


def measure(line: Line, url: str) -> Result:
    """Alternate the two contenders, after a round each that does not count."""
    with ExitStack() as stack:
        workers = [Worker(contender, url) for contender in (line.ours, line.other)]
        for worker in workers:
            stack.callback(worker.close)
            worker.round()
        costs: list[list[float]] = [[], []]
        for _ in range(line.rounds):
            for worker, cost in zip(workers, costs, strict=True):
                found = worker.round()
                cost.append(found["cpu"] / found["operations"] * 1e6)
    return Result(line, median(costs[0]), median(costs[1]))


def single(case: str, url: str, field: str) -> float:
    """One figure of a case, the least of three rounds in one process after a warm-up; memory: of a single round."""
    worker = Worker(Contender(case), url)
    try:
        if field == "peak":
            return float(worker.round()["peak"])
        worker.round()
        return min(float(worker.round()[field]) for _ in range(3))
    finally:
        worker.close()


def import_cost(statement: str) -> float:
    """CPU seconds of a process that does only this, the median of eleven."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)"
    )
    command = [sys.executable, "-c", script, statement]
    return median(float(subprocess.check_output(command, cwd=ROOT)) for _ in range(11))


def row(result: Result) -> str:
    """A line of the table."""
    line = result.line
    verdict = f"≤ {line.budget:.2f}" if line.budget else "none"
    mark = "" if result.met else " **missed**"
    costs = f"{result.ours:.2f} | {result.other:.2f} | **{result.ratio:.2f}**{mark}"
    return f"| {line.work} | {line.against} | {costs} | {verdict} |"


def report(results: list[Result], extras: list[str], live_rows: list[str]) -> str:
    """The page."""
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("httpx", "kinto-http", "orjson", "httpx-aiohttp", "cattrs")
    )
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Written by `make bench`. The client's CPU time per operation in microseconds, medians of several rounds",
            "against a canned local server in a process of its own; the contenders take turns round by round, so the",
            "ratios hold although the times drift with the machine.",
            "",
            f"Measured on CPython {platform.python_version()}, {platform.system()} {platform.machine()},",
            f"with {versions}.",
            "",
            "| work | against | ours | theirs | ratio | budget |",
            "|---|---|---|---|---|---|",
            *(row(result) for result in results),
            "",
            "| figure | measured | budget |",
            "|---|---|---|",
            *extras,
            "",
            *live_rows,
            "",
        ]
    )


def main() -> int:
    """Measure all, write the page, and fail when a line of the budget is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="lines whose name contains this; writes no page")
    only: str = parser.parse_args().only
    with canned_server() as url:
        results: list[Result] = []
        for line in [*LINES, *NOTES]:
            if only in line.work:
                results.append(measure(line, url))
                print(row(results[-1]), flush=True)
        if only:
            return 0
        peak = single("iterate_million", url, "peak")
        callback = single("longest_callback", url, "operations")
    imports = import_cost("from kinto_sdk import Client") / import_cost("import httpx")
    extras = [
        f"| peak memory while streaming 1 000 000 records | + {peak / 2**20:.1f} MB | ≤ 20 MB |",
        f"| longest event-loop callback of 2 000 GETs at once | {callback / 1000:.1f} ms | ≤ 10 ms |",
        f"| `from kinto_sdk import Client` ÷ `import httpx` | {imports:.2f} | ≤ {IMPORT_BUDGET} |",
    ]
    met = [result.met for result in results]
    met += [peak <= MEMORY_BUDGET, callback <= CALLBACK_BUDGET, imports <= IMPORT_BUDGET]
    print(*extras, sep="\n")
    PAGE.write_text(report(results, extras, live.measure()))
    print(f"{sum(met)} lines met, {len(met) - sum(met)} missed; written to {PAGE.relative_to(ROOT)}")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
