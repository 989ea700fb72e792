"""What a record costs when there are many: `python tests/benchmarks/scale.py` draws docs/scale.svg.

Each line is the client's CPU time per record. A flat line means that twice the records take twice the time; what is
quadratic rises.
"""

import argparse
import sys
from pathlib import Path
from statistics import median

import attrs
from measuring import ROOT, Worker, canned_server
from plot import Line, draw
from works import SPEED, Entry

PICTURE = ROOT / "docs" / "scale.svg"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
FLAT = 2.0
"""A line is flat when its dearest figure is at most so many times its cheapest. What is quadratic would be a thousand
times as dear; a dict of a million entries alone, which the processor's cache can't hold, is half as dear again."""


@attrs.frozen
class Case:
    """An operation, and how many records it goes up to."""

    name: str
    case: str
    most: int = SIZES[-1]


CASES = (
    Case("client.batch(), save()", "batch", 100_000),
    Case("create_records()", "bulk"),
    Case("collection.plan()", "plan"),
    Case("collection.changes()", "changes"),
    Case("iterating, dicts", "iterate"),
)


def cost(case: str, size: int, url: str) -> float:
    """Microseconds of CPU per record: the median of some rounds, a single one where there are many records."""
    worker = Worker(Entry(SPEED, case), size, url)
    rounds = 1 if size >= 1_000_000 else 3 if size >= 100_000 else 7
    if size < 1_000_000:
        worker.round()
    found = median(worker.round()["cpu"] / size * 1e6 for _ in range(rounds))
    worker.close()
    return found


def main() -> int:
    """Measure, draw, and fail when a line is not flat."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="how many records to go up to")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    arguments = parser.parse_args()
    lines: list[Line] = []
    with canned_server() as url:
        for case in CASES:
            sizes = [size for size in SIZES if size <= min(case.most, arguments.most)]
            costs = [cost(case.case, size, url) for size in sizes]
            print(f"{case.name}:", *(f"{each:.1f}" for each in costs), "µs", flush=True)
            lines.append(Line(case.name, tuple(zip(sizes, costs, strict=True))))
    arguments.picture.write_text(draw(lines, "records", "client CPU per record, µs"))
    steep = [line.name for line in lines if line.greatest > FLAT * line.least]
    if steep:
        print("not flat:", *steep)
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())
