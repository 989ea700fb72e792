"""The benchmarks can be run, and tell what they found."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

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
        found = measuring.measure(works.Work("one GET", 5, (ours, *others), rounds=2), url)
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
