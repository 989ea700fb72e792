"""The script that writes the sync half."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def unasync(repository: Path) -> ModuleType:
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("unasync", repository / "tools" / "unasync.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def house(unasync: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an async module, which the script works on with two rules."""
    (tmp_path / "aio").mkdir()
    (tmp_path / "aio" / "client.py").write_text("class AsyncClient:\n    async def load(self): await self.get()\n")
    monkeypatch.setattr(unasync, "ROOT", tmp_path)
    monkeypatch.setattr(unasync, "FOLDERS", [(tmp_path / "aio", tmp_path / "sync")])
    monkeypatch.setattr(unasync, "RULES", [(r"\bAsync(?=[A-Z])", ""), (r"\b(async|await) ", "")])
    return tmp_path


def test_the_sync_half_is_written(unasync: ModuleType, house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each module is written with a banner that names its source; a second run has nothing to do."""
    assert unasync.main([]) == 0
    assert capsys.readouterr().out == "written: sync/client.py\n"
    lines = (house / "sync" / "client.py").read_text().splitlines()
    assert lines[0].startswith("# Generated from aio/client.py")
    assert lines[1:] == ["class Client:", "    def load(self): self.get()"]
    assert unasync.main([]) == 0
    assert unasync.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_check_names_what_is_not_in_step(
    unasync: ModuleType, house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, edited and stray files fail the check, which changes none of them."""
    assert unasync.main(["--check"]) == 1
    assert not (house / "sync").exists()
    unasync.main([])
    edited, stray = house / "sync" / "client.py", house / "sync" / "old.py"
    edited.write_text(edited.read_text() + "x = 1\n")
    stray.write_text("")
    capsys.readouterr()
    assert unasync.main(["--check"]) == 1
    assert capsys.readouterr().out == "not in step: sync/client.py\nnot in step: sync/old.py\n"
    assert stray.exists()
    assert unasync.main([]) == 0
    assert not stray.exists()
    assert "x = 1" not in edited.read_text()


def test_a_rule_that_nothing_needs_fails(unasync: ModuleType, house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table of rules stays what the code is."""
    unasync.RULES.append((r"never_there", "x"))
    assert unasync.main([]) == 1
    assert "unused rule: never_there" in capsys.readouterr().out


def test_rules_apply_to_whole_words(unasync: ModuleType) -> None:
    """Names that only contain one are left alone, prose included."""
    text = "async def f(x: AsyncClient, asyncio_mode, asynchronous): return await x  # an awaited one\n"
    assert (
        unasync.sync_source(text, set()) == "def f(x: Client, asyncio_mode, asynchronous): return x  # an awaited one\n"
    )


def test_the_generated_half_is_in_step(unasync: ModuleType) -> None:
    """What is committed is what the script writes."""
    assert unasync.main(["--check"]) == 0
