"""README.md and the pages of docs/ do what they say.

Every ```python block runs: the blocks of a page one after the other, in one namespace, on an empty server whose URL
is `server_url`. Commands of `make` in ```shell blocks exist.
"""

import re
import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kinto_sdk.testing import KintoServer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, *languages: str) -> str:
    """The code of a page in these languages, each line where it is on the page, so that tracebacks lead to it."""
    text = page.read_text()
    lines = [""] * (text.count("\n") + 1)
    for found in BLOCK.finditer(text):
        if found[2] in languages:
            start = text.count("\n", 0, found.start(3))
            for number, line in enumerate(found[3].splitlines(), start):
                lines[number] = line.removeprefix(found[1])
    return "\n".join(lines)


def names(page: Path) -> str:
    """A page as the name of its test."""
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python").strip()], ids=names)
def test_the_examples_of_a_page_run(
    page: Path, kinto_server: KintoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that a page shows raises, and what it asserts is so."""
    monkeypatch.chdir(tmp_path)
    code = compile(blocks(page, "python"), str(page), "exec", dont_inherit=True)
    # A module of its own, where models find the types of their fields by name.
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    module.__dict__["server_url"] = kinto_server.url
    exec(code, module.__dict__)


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_the_commands_of_a_page_exist(page: Path) -> None:
    """A `make` command that a page tells to run is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"\bmake ([a-z-]+)", blocks(page, "shell", "sh", "bash", "console")))
    assert told <= targets


def test_the_readme_shows_what_the_quickstart_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """The output in README.md is the program's own, word for word."""
    example = ROOT / "examples" / "quickstart.py"
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out.strip() in (ROOT / "README.md").read_text()


def test_every_page_is_in_the_navigation() -> None:
    """A page that nothing leads to is not found, and an entry without a page is a dead link."""
    listed = re.findall(r"^ +- [^:]+: (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(listed) == [page.relative_to(ROOT / "docs").as_posix() for page in PAGES if page.parent != ROOT]


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    """A link to a file of the repository names one that exists."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", BLOCK.sub("", page.read_text()))
    assert [link for link in links if not (page.parent / link).exists()] == []
