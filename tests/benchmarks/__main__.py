"""`make bench`: measures every line of the performance budget and writes what it found into docs/benchmarks.md.

What counts is the client's CPU time. Contenders of a work run as processes of their own, a round each in turn, so that
a machine that gets slower gets slower for all. Of each one's rounds the fastest counts, once most were about as fast.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module

import callbacks
import instructions
import live
import page
import scale
from measuring import ENVIRONMENT, ROOT, Result, Worker, canned_server, measure, script
from page import Figure
from works import KINTO_HTTP, SPEED, WORKS, Entry

MILLION = 1_000_000
FEW = 30


def peaks(url: str) -> Iterator[Figure]:
    """How far memory rises."""
    cases = [
        ("streaming 1 000 000 records, kinto_sdk[speed]", Entry(SPEED, "iterate"), MILLION, 20.0),
        ("100 000 records as a list, kinto_sdk[speed]", Entry(SPEED, "collect"), MILLION // 10, None),
        ("100 000 records as a list, kinto-http", Entry(KINTO_HTTP, "iterate"), MILLION // 10, None),
        ("100 000 records by get_paginated_records(), kinto-http", Entry(KINTO_HTTP, "iterate_pages"), 100_000, None),
    ]
    for name, entry, size, most in cases:
        worker = Worker(entry, size, url)
        yield Figure(f"memory: {name}", worker.round()["peak"] / 2**20, "MB", most)
        worker.close()


def longest_callbacks(url: str) -> Iterator[Figure]:
    """How long our code holds up the event loop, with the extras and without."""
    for extras, hidden in (("", []), (", without extras", ["--without=orjson", "--without=httpx_aiohttp"])):
        command = script("callbacks", url, *hidden)
        for line in subprocess.check_output(command, text=True, env=ENVIRONMENT).splitlines():
            found = json.loads(line)
            yield Figure(f"longest callback: {found['situation']}{extras}", found["ours"], "ms", 10.0)
            if "GETs" in found["situation"] and not extras:
                yield Figure("the same: the benchmark's, starting 2 000 tasks", found["others"], "ms")
                yield Figure("the same: one full pass of Python's garbage collector", found["collector"], "ms")


def imports(rounds: int = 25) -> Iterator[Figure]:
    """CPU of a process that imports and does no more, in turns. A first round compiles what was not compiled yet."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)"
    )
    statements = ("import httpx", "from kinto_sdk import Client", "import kinto_http")
    found: list[list[float]] = [
        [float(subprocess.check_output([sys.executable, "-c", script, what], env=ENVIRONMENT)) for what in statements]
        for _ in range(1 + rounds)
    ]
    httpx = min(costs[0] for costs in found)
    for place, most in ((1, 1.5), (2, None)):
        ratio = min(costs[place] for costs in found) / httpx
        yield Figure(f"`{statements[place]}` ÷ `import httpx`", ratio, "", most)


def check() -> int:
    """Do each work once, in small, in this process: the contenders do what they say. Measures nothing."""
    ways = {(entry.contender.module, entry.case) for work in WORKS for entry in work.entries}
    ways |= {(SPEED.module, case.case) for case in scale.CASES}
    with canned_server() as url:
        for module, case in sorted(ways):
            work = getattr(import_module(module), case)(url, FEW)
            done = work() + work()
            print(module, case, done)
            if done != 2 * FEW:
                return 1
        for name, (situation, _) in callbacks.SITUATIONS.items():
            watch = asyncio.run(callbacks.measure(url, situation, FEW))
            print(f"{name}: {watch.ours * 1000:.1f} ms")
            if not watch.ours:
                return 1
    return 0


def main() -> int:
    """Measure all, write the page, and fail when a line of the budget is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="works whose title contains this; writes no page")
    parser.add_argument("--check", action="store_true", help="do each work in small, and measure nothing")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    only: str = arguments.only
    started = time.monotonic()

    def tell(results: list[Result]) -> list[Result]:
        print(*page.table(results), sep="\n", flush=True)
        return results

    with canned_server() as url:
        results = [tell(measure(work, url)) for work in WORKS if only in work.title]
        if only:
            return 0
        counts = list(instructions.measure(url))
        figures = [*peaks(url), *longest_callbacks(url), *imports()]
    print(*page.instruction_table(counts), *page.figure_table(figures), sep="\n", flush=True)
    real = [tell(found) for found in live.measure_live()]
    total, lines = page.missed(results, figures)
    parts = [
        *page.conditions(total, lines, (time.monotonic() - started) / 60),
        *(line for found in results for line in page.table(found)),
        *page.instruction_table(counts),
        *page.figure_table(figures),
        *(line for found in real for line in page.table(found)),
    ]
    page.write(parts)
    print(f"{total - len(lines)} lines met, {len(lines)} missed; written to {page.PAGE.relative_to(ROOT)}")
    print(*lines, sep="\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
