"""The scripts in examples/ do what they say. The quickstart's output is in README.md, whose test runs it."""

import json
import logging
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kinto_sdk import Client
from kinto_sdk.cli.options import CHATTY
from kinto_sdk.testing import KintoServer

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def run(
    kinto_server: KintoServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """Return a function that runs a script with these arguments, on the test's server, and gives what it printed."""
    monkeypatch.setenv("KINTO_SERVER_URL", kinto_server.url)
    monkeypatch.setenv("KINTO_AUTH", "user:secret")
    for logger in map(logging.getLogger, (None, *CHATTY)):
        monkeypatch.setattr(logger, "level", logger.level)  # put back after the test

    def run(name: str, *arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return run


def test_conflicts(run: Callable[..., list[str]]) -> None:
    """Each way to resolve a conflict ends as its line says."""
    told = run("conflicts.py")
    assert [line.split(":")[0] for line in told] == [
        "Nothing was overwritten. Both sides",
        "Merged, since these were different fields",
        "Not merged, since both changed",
        "Decided by a function",
        "Counted on what is there",
        "Left to the other",
    ]
    assert told[1].endswith("{'flour': 500, 'water': 320, 'note': 'Knead for ten minutes.', 'baked': 0}")
    assert [line.rpartition(" ")[2] for line in told[2:5]] == ["flour", "550", "8"]


def test_publishing(run: Callable[..., list[str]], kinto_client: Client, tmp_path: Path) -> None:
    """The collection becomes what the file says, a second run writes nothing, and an emptied file deletes nothing."""
    prices = kinto_client.create_bucket("shop").create_collection("prices")
    prices.create_record({"price": 80}, id="leek")
    file = tmp_path / "prices.json"
    file.write_text(json.dumps([{"id": "apple", "price": 120}, {"id": "pear", "price": 150}]))
    publish = partial(run, "publish.py", "--bucket", "shop", "--collection", "prices", str(file))
    assert publish()[-1] == "2 created, 1 deleted"
    published = prices.records().timestamp()
    assert publish()[0] == "nothing to do, 2 as desired"
    file.write_text("[]")
    with pytest.raises(SystemExit, match=r"not published: .*max_deletes=1"):
        publish("--max-deletes", "1")
    file.write_text("{")
    with pytest.raises(SystemExit, match="not published: Expecting"):
        publish()
    assert prices.records().timestamp() == published


def test_importing(
    run: Callable[..., list[str]], kinto_client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can be is imported, what is refused is told, and a second run makes nothing."""
    schema = {"properties": {"population": {"minimum": 0}}}
    kinto_client.create_bucket("atlas").create_collection("cities", {"schema": schema})
    file = tmp_path / "cities.csv"
    file.write_text("name,country,population\nOslo,Norway,700000\nBergen,Norway,-1\nLima,Peru,10000000\n")
    with pytest.raises(SystemExit) as ended:
        run("import_csv.py", str(file))
    assert ended.value.code == 1
    *_, refused, result = capsys.readouterr().out.splitlines()
    assert refused.startswith("Bergen was refused: PUT /buckets/atlas/")
    assert result == "2 made, 1 refused, 2 there"
    file.write_text("name,country,population\nOslo,Norway,700000\nLima,Peru,10000000\n")
    assert run("import_csv.py", str(file))[-1] == "0 made, 0 refused, 2 there"


def test_copying_a_bucket(run: Callable[..., list[str]], kinto_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket is copied once it was confirmed, and a second run finds nothing to do."""
    posts = kinto_client.create_bucket("blog").create_collection("posts")
    posts.create_record({"title": "Hello"}, id="hello")
    posts.record("hello").add_attachment(b"hello", filename="hello.txt")
    monkeypatch.setenv("KINTO_AUTH", "bob:secret")
    with KintoServer() as other:
        options = ("-a", "user:secret", "-b", "blog", "--to", other.url)
        monkeypatch.setattr("builtins.input", lambda _: "n")
        *_, last = run("copy_bucket.py", *options)
        assert last == "3 to create, 1 file to copy, 0 as desired"
        assert run("copy_bucket.py", *options, "--yes")[-1] == "3 created, 1 file copied"
        assert run("copy_bucket.py", *options, "--yes") == ["nothing to do, 3 as desired"]


def test_watching(kinto_server: KintoServer, kinto_client: Client, tmp_path: Path) -> None:
    """Changes come as they are made, those made while it did not run come after the start, and SIGTERM ends it."""
    settings = kinto_client.create_bucket("service").create_collection("settings")
    variables = {"KINTO_SERVER_URL": kinto_server.url, "KINTO_AUTH": "user:secret", "PYTHONPATH": str(EXAMPLES.parent)}

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, str(EXAMPLES / "watch.py"), str(tmp_path / "state")]
        service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **variables})
        assert service.stdout.readline() == "watching /buckets/service/collections/settings\n"
        return service

    with start() as service:
        colour = settings.create_record({"is": "blue"}, id="colour")
        assert service.stdout.readline() == "set colour {'is': 'blue'}\n"
        settings.create_record({"is": "large"}, id="size")
        assert service.stdout.readline() == "set size {'is': 'large'}\n"
        service.send_signal(signal.SIGTERM)
        assert service.stdout.read() == "stopped\n"
    colour.delete()
    with start() as service:
        assert service.stdout.readline() == "set size {'is': 'large'}\n"
        assert service.stdout.readline() == "removed colour\n"
        service.send_signal(signal.SIGTERM)
        assert service.wait(20) == 0
