"""The benchmarks can be run, and tell what they found."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType, ModuleType]:
    """The modules of the benchmarks, which find each other as scripts do."""
    monkeypatch.syspath_prepend(str(HERE))
    import measuring
    import page
    import works

    return measuring, page, works


def test_every_contender_does_the_work() -> None:
    """Each case runs twice in a row against the canned server, and does as many operations as it was asked for."""
    done = subprocess.run(
        [sys.executable, str(HERE), "--check"], check=False, capture_output=True, text=True, cwd=HERE.parents[1]
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_contenders_take_turns_and_are_compared(modules: tuple[ModuleType, ModuleType, ModuleType]) -> None:
    """A work gives one result per contender, with its ratio to each other and the verdict on its budget."""
    measuring, page, works = modules
    ours = works.Entry(works.SPEED, "get", most=1e9, most_httpx=0.0)
    others = (works.Entry(works.KINTO_HTTP, "get"), works.Entry(works.HTTPX, "get"))
    with measuring.canned_server() as url:
        found = measuring.measure(works.Work("one GET", 5, (ours, *others), rounds=2, longest=0), url)
    assert [result.cpu > 0 and result.wall > 0 for result in found] == [True] * 3
    ratios = found[0].ratios
    assert ratios["kinto-http"].met
    assert not ratios["bare httpx"].met
    assert found[1].ratios.keys() == {"bare httpx"}
    total, lines = page.missed([found], [page.Figure("memory", 21.0, "MB", 20.0)])
    assert (total, len(lines)) == (3, 2)
    table = "\n".join(page.table(found))
    assert table.count("**missed**") == 1
    assert "kinto_sdk[speed]" in table


def test_rounds_go_on_until_the_machine_was_steady(modules: tuple[ModuleType, ModuleType, ModuleType]) -> None:
    """One lucky round is not taken for what a contender can do."""
    measuring, _, _ = modules
    lucky = [[(1.0, 0.0), (1.0, 0.0)], [(2.0, 0.0), (1.0, 0.0)], [(2.0, 0.0), (1.0, 0.0)]]
    assert not measuring.steady(lucky)
    assert measuring.steady([*lucky, [(1.0, 0.0), (1.0, 0.0)], [(1.04, 0.0), (1.0, 0.0)]])


def test_the_page_keeps_what_was_written_by_hand(
    modules: tuple[ModuleType, ModuleType, ModuleType], tmp_path: Path
) -> None:
    """Only what is between the marks is replaced."""
    _, page, _ = modules
    file = tmp_path / "page.md"
    file.write_text(f"# Ours\n{page.BEGIN}\nold\n{page.END}\nexplained\n")
    page.write(["new", "figures"], file)
    assert file.read_text() == f"# Ours\n{page.BEGIN}\n\nnew\nfigures\n{page.END}\nexplained\n"


def test_the_page_has_its_marks(modules: tuple[ModuleType, ModuleType, ModuleType]) -> None:
    """`make bench` finds where to write in docs/benchmarks.md."""
    _, page, _ = modules
    text = page.PAGE.read_text()
    assert text.count(page.BEGIN) == text.count(page.END) == 1
    assert text.index(page.BEGIN) < text.index(page.END)


def test_what_is_measured_on_a_real_server_exists(modules: tuple[ModuleType, ModuleType, ModuleType]) -> None:
    """Each entry names a function of its contender's module."""
    _, _, works = modules
    for entry in (entry for work in works.LIVE for entry in work.entries):
        assert callable(getattr(import_module(entry.contender.module), entry.case))


def test_a_drawing_has_each_line(modules: tuple[ModuleType, ModuleType, ModuleType]) -> None:
    """The plot is well-formed, and higher figures stand higher."""
    import plot

    lines = [plot.Line("a & b", ((1_000, 2.0), (10_000, 2.1))), plot.Line("c", ((1_000, 50.0),))]
    picture = ET.fromstring(plot.draw(lines, "records", "µs"))  # noqa: S314  # our own picture
    name = "{http://www.w3.org/2000/svg}"
    words = [text.text for text in picture.iter(f"{name}text")]
    assert {"a & b", "c", "1 000", "10 000", "µs", "records"} <= set(words)
    dots = {
        kind: [float(dot.attrib["cy"]) for dot in picture.iter(f"{name}circle") if kind in dot.attrib["class"]]
        for kind in ("c0", "c1")
    }
    assert [len(found) for found in dots.values()] == [2, 1]
    assert dots["c1"][0] < dots["c0"][1] < dots["c0"][0]
