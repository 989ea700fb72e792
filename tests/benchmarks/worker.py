"""One contender at one case, in a process of its own: `python tests/benchmarks/worker.py CASE URL [--without MODULE]`.

Each line on stdin asks for a round; the answer is a line of JSON: operations, CPU seconds, wall seconds and the growth
of the peak memory in bytes since before the first round.
"""

import argparse
import gc
import json
import resource
import sys
import time


def main() -> None:
    """Serve rounds until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("url")
    parser.add_argument("--without", action="append", default=[], help="a module to hide, as if not installed")
    arguments = parser.parse_args()
    for module in arguments.without:
        sys.modules[module] = None  # type: ignore[assignment]  # how the import system is told that it is not there
    import cases

    work = getattr(cases, arguments.case)(arguments.url)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in sys.stdin:
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        operations = work()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        print(json.dumps({"operations": operations, "cpu": cpu, "wall": wall, "peak": peak}), flush=True)


if __name__ == "__main__":
    main()
