"""One contender at one work, in a process of its own: `python tests/benchmarks/worker.py MODULE CASE SIZE URL`.

Each line on stdin asks for a round; the answer is a line of JSON: operations, CPU seconds, wall seconds, and how far
the memory rose above what it was before the first round, in bytes.
"""

import argparse
import gc
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_memory() -> int:
    """The most memory the process has held since `forget_peak()`, in bytes; 0 where the system does not tell."""
    if not STATUS.exists():
        return 0
    return next(int(line.split()[1]) * 1024 for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))


def forget_peak() -> None:
    """Begin anew from what is held now."""
    if CLEAR.exists():
        CLEAR.write_text("5")


def main() -> None:
    """Serve rounds until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module")
    parser.add_argument("case")
    parser.add_argument("size", type=int)
    parser.add_argument("url")
    parser.add_argument("--without", action="append", default=[], help="a module to hide, as if not installed")
    parser.add_argument("--marked", action="store_true", help="do a round, then one between two calls of getppid()")
    arguments = parser.parse_args()
    for module in arguments.without:
        sys.modules[module] = None  # type: ignore[assignment]  # how the import system is told that it is not there
    work = getattr(import_module(arguments.module), arguments.case)(arguments.url, arguments.size)
    if arguments.marked:
        work()
        os.getppid()
        work()
        os.getppid()
        return
    gc.collect()
    forget_peak()
    before = peak_memory()
    for _ in sys.stdin:
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        operations = work()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(
            json.dumps({"operations": operations, "cpu": cpu, "wall": wall, "peak": peak_memory() - before}),
            flush=True,
        )


if __name__ == "__main__":
    main()
