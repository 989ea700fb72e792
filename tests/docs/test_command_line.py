"""The page on the command line shows what the program shows."""

import os
import re
import shlex
from pathlib import Path

import pytest

from kinto_sdk import Client
from kinto_sdk.testing import KintoServer
from tests.console import Program

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
MASKS = (
    (r"http://127\.0\.0\.1:\d+/v1", "http://127.0.0.1:8888/v1"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2030-01-31 12:00:00"),
    (r"\b1[0-9]{12}\b", "1895832000000"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "0a1b2c3d-0000-4000-8000-000000000000"),
    (r"kinto \d+\.\d+\.\d+, HTTP API [\d.]+", "kinto 26.5.0, HTTP API 1.23"),
)
"""What differs from one run to the next."""


def test_the_page_shows_real_output(kinto_server: KintoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the page is run. `UPDATE_PAGE=1` writes what they show into the page."""
    monkeypatch.chdir(tmp_path)
    rendered = render(PAGE.read_text(), kinto_server, monkeypatch)
    if os.environ.get("UPDATE_PAGE"):
        PAGE.write_text(rendered)
    assert rendered == PAGE.read_text()


def render(text: str, server: KintoServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the page with the output of its commands as it is."""
    with Client(server.url) as client:
        client.create_account("alice", "s3cret")
    program = Program(monkeypatch, {"KINTO_SERVER_URL": server.url, "KINTO_AUTH": "alice:s3cret"})

    def run(block: re.Match[str]) -> str:
        commands = [line for line in block[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{command}\n{shown(program, command)}" for command in commands)

    rendered = BLOCK.sub(run, text)
    for pattern, mask in MASKS:
        rendered = re.sub(pattern, mask, rendered)
    return rendered


def shown(program: Program, command: str) -> str:
    """Return what a command shows on a terminal, or in front of a pipe."""
    words = shlex.split(command)[2:]
    piped = words[-2:] == ["|", "cat"]
    result = program(*(words[:-2] if piped else words), terminal=not piped, together=True, stdin="y\n", width=88)
    return "".join(f"{line.rstrip()}\n" for line in result.out.replace("[y/N] ", "[y/N] y\n").splitlines())
