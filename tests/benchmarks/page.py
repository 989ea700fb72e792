"""The measured part of docs/benchmarks.md, between two marks; what is around it is written by hand."""

import os
import platform
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import attrs
from instructions import REQUESTS, Count
from measuring import ROOT, Ratio, Result
from works import HTTPX, KINTO_HTTP

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PACKAGES = ("httpx", "orjson", "httpx-aiohttp", "aiohttp", "attrs", "cattrs", "kinto-http", "requests", "kinto")


@attrs.frozen
class Figure:
    """Something else that is measured, which has a budget."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the budget holds."""
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        return f"{self.value:.1f} {self.unit}" if self.unit else f"{self.value:.2f}"


def shown(ratio: Ratio | None) -> str:
    """A ratio with its spread and its budget."""
    if ratio is None:
        return ""
    spread = f"{ratio.value:.2f} <small>{ratio.least:.2f} to {ratio.greatest:.2f}</small>"
    if ratio.most is None:
        return spread
    return f"**{spread}** ≤ {ratio.most:.2f}{'' if ratio.met else ' **missed**'}"


def table(results: Iterable[Result]) -> Iterator[str]:
    """One work."""
    rows = list(results)
    work = rows[0].work
    others = [other.name for other in (KINTO_HTTP, HTTPX) if work.reference(other) is not None]
    yield f"### {work.title}"
    yield ""
    yield f"| | CPU µs | wall µs |{''.join(f' CPU ÷ {other} |' for other in others)}"
    yield f"|---|---:|---:|{'---|' * len(others)}"
    for row in rows:
        name = row.entry.contender.name
        label = f"`{name}`" if name.startswith("kinto_sdk") else name
        if row.entry.note:
            label += f", {row.entry.note}"
        ratios = "".join(f" {shown(row.ratios.get(other))} |" for other in others)
        yield f"| {label} | {row.cpu:.1f} | {row.wall:.1f} |{ratios}"
    yield ""


def instruction_table(counts: list[Count]) -> Iterator[str]:
    """The instructions of single requests."""
    yield "### Instructions of one request"
    yield ""
    if not counts:
        yield "Not counted here: valgrind is not installed."
        yield ""
        return
    yield f"Thousands of machine instructions, counted by callgrind over {REQUESTS} requests after as many others:"
    yield "unlike times, the same on a busy machine."
    yield ""
    yield "| | | instructions | ÷ kinto-http | ÷ bare httpx |"
    yield "|---|---|---:|---|---|"
    for counted in counts:
        same = {other.entry.contender: other.thousands for other in counts if other.work == counted.work}
        cells: list[str] = []
        for other, most in ((KINTO_HTTP, counted.entry.most), (HTTPX, counted.entry.most_httpx)):
            ratio = counted.thousands / same[other]
            cells.append("" if counted.entry.contender is other else shown(Ratio(ratio, ratio, ratio, most)))
        cells = [re.sub(r" <small>.*</small>", "", cell) for cell in cells]
        yield f"| {counted.work} | {counted.entry.name} | {counted.thousands:.0f} k | {cells[0]} | {cells[1]} |"
    yield ""


def figure_table(figures: list[Figure]) -> Iterator[str]:
    """Memory, the event loop, imports."""
    yield "### Memory, event loop, import"
    yield ""
    yield "| | measured | budget |"
    yield "|---|---:|---:|"
    for figure in figures:
        budget = "" if figure.most is None else f"≤ {figure.most:g} {figure.unit}".strip()
        yield f"| {figure.name} | {figure}{'' if figure.met else ' **missed**'} | {budget} |"
    yield ""


def missed(results: list[list[Result]], figures: list[Figure]) -> tuple[int, list[str]]:
    """How many budgets there are, and the lines that don't hold theirs."""
    total, lines = 0, []
    for row in (row for rows in results for row in rows):
        for other, ratio in row.ratios.items():
            total += ratio.most is not None
            if not ratio.met:
                lines.append(f"{row.work.title}: {row.entry.name} ÷ {other}: {ratio.value:.2f}, at most {ratio.most}")
    total += sum(figure.most is not None for figure in figures)
    lines += [f"{figure.name}: {figure}, at most {figure.most:g}" for figure in figures if not figure.met]
    return total, lines


def machine() -> str:
    """Where it was measured."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    name = model[1] if model else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def conditions(total: int, lines: list[str], minutes: float) -> Iterator[str]:
    """What was measured where, and what came of the budget."""
    yield f"`make bench`, {datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} minutes. CPython {platform.python_version()};"
    yield f"{machine()}."
    yield "With " + ", ".join(f"{name} {version(name)}" for name in PACKAGES) + "."
    yield ""
    if lines:
        yield f"**{total - len(lines)} of {total} lines of the budget hold. Missed:**"
        yield ""
        yield from (f"- {line}" for line in lines)
    else:
        yield f"**All {total} lines of the budget hold.**"
    yield ""


def write(parts: Iterable[str], page: Path = PAGE) -> None:
    """Put what was measured between the marks."""
    text = page.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{chr(10).join(parts)}\n{END}{after}")
