"""Running the console program in this process, in a pipe or as if on a terminal."""

import io
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from kinto_sdk.cli.console import main


@attrs.frozen
class Result:
    """What came of one command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Stream(io.TextIOWrapper):
    """A standard stream that says whether it is a terminal."""

    def __init__(self, content: str = "", *, terminal: bool, buffer: io.BytesIO | None = None) -> None:
        super().__init__(buffer or io.BytesIO(content.encode()), encoding="utf-8", newline="\n", write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        """Whether it is taken for a terminal."""
        return self.terminal

    def text(self) -> str:
        """What was written, without its colours and other marks."""
        self.flush()
        written: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]  # it is a BytesIO
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written.decode())


@attrs.define(eq=False)
class Program:
    """The console program with its environment."""

    monkeypatch: pytest.MonkeyPatch
    environment: Mapping[str, str]

    def __call__(
        self, *arguments: str, stdin: str = "", terminal: bool = False, together: bool = False, width: int = 80
    ) -> Result:
        """Run a command. `terminal`: all three streams are one, `width` characters wide.

        `together`: what it says goes where its output goes, without bars of progress.
        """
        with self.monkeypatch.context() as patch:
            for name in ("KINTO_SERVER_URL", "KINTO_AUTH", "KINTO_TIMEOUT", "KINTO_RETRY", "FORCE_COLOR"):
                patch.delenv(name, raising=False)
            for name, value in {**self.environment, "COLUMNS": str(width), "NO_COLOR": "1", "TERM": "xterm"}.items():
                patch.setenv(name, value)
            streams = {name: Stream(terminal=terminal) for name in ("stdout", "stderr")}
            if together:
                streams["stderr"] = Stream(terminal=False, buffer=streams["stdout"].buffer)  # type: ignore[arg-type]  # it is a BytesIO
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            patch.setattr(sys, "stdin", Stream(stdin, terminal=terminal))
            try:
                code = main(list(arguments))
            except SystemExit as end:  # completion ends so
                code = 0 if end.code is None else int(end.code)
        return Result(int(code), streams["stdout"].text(), streams["stderr"].text())
