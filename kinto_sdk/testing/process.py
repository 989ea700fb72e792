"""Child processes that never outlive the process that started them."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from typing import IO, Final

# A start takes about a second. This only bounds the wait for one that hangs.
START_TIMEOUT_SECONDS: Final = 60.0
STOP_TIMEOUT_SECONDS: Final = 10.0


class KintoServerError(RuntimeError):
    """The embedded server could not be started, or refused what it was asked."""


class Child:
    """A script of this package that runs in its own process.

    The script reads one JSON line (its configuration) on its standard input, answers one JSON line for each
    of its workers once it is ready, and ends when its input is closed. The system closes it when this process
    ends, however it ends, so nothing is left behind even by a kill.
    """

    def __init__(self, script: str, config: Mapping[str, object], *, log: Path, workers: int = 1) -> None:
        """Start the script and wait until all its workers are ready."""
        self._log = log
        self._name = script
        with log.open("wb") as stderr:
            # Its own session: an interrupt typed in the terminal reaches this process alone, which then stops
            # the child in its own time. "-P" keeps the script's folder from hiding modules of the same names, and with
            # "-u" the log has at once what Kinto's plugins print.
            self._process = subprocess.Popen(
                [sys.executable, "-Pu", str(Path(__file__).parent / f"{script}.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        timer = Timer(START_TIMEOUT_SECONDS, self._abandon)
        timer.daemon = True
        timer.start()
        try:
            self.answers: list[dict[str, int]] = self._handshake(config, workers)
        except BaseException:
            self.stop()
            raise
        finally:
            timer.cancel()

    def _handshake(self, config: Mapping[str, object], workers: int) -> list[dict[str, int]]:
        # A child that died already breaks the pipe; its answer, which is missing, tells that better.
        with contextlib.suppress(BrokenPipeError):
            self._stdin.write(json.dumps({**config, "sys_path": sys.path}).encode() + b"\n")
            self._stdin.flush()
        answers = [self._stdout.readline() for _ in range(workers)]
        if not all(answers):
            raise KintoServerError(f"{self._name} did not start: {self._last_words()}")
        return [json.loads(answer) for answer in answers]

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None  # asked for with PIPE
        return self._process.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None  # asked for with PIPE
        return self._process.stdout

    def wait(self) -> None:
        """Wait until the process ends."""
        self._process.wait()

    def stop(self) -> None:
        """End the process, and wait until it has ended. Stopping it again does nothing."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()

    def _abandon(self) -> None:
        # Killing the process ends its answers, on which the handshake waits. Its workers hold that pipe as
        # well, and end by themselves when their input does.
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._process.kill()

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines() if self._log.exists() else []
        return lines[-1] if lines else "it ended without a word"
