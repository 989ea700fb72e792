"""What the program shows: tables for people, JSON Lines for programs, progress and messages on standard error."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeAlias

import attrs
from rich.console import Console
from rich.text import Text

from ...protocol.errors import UsageError
from .text import line, pretty, visible

Advance: TypeAlias = Callable[..., None]
"""Called with how much is done, and how much there is when that is known."""


@attrs.define(eq=False)
class Output:
    """Where everything goes that the program shows."""

    json: bool = False
    """JSON Lines were asked for. They are also what comes when standard output is no terminal."""
    quiet: bool = False
    assume_yes: bool = False
    console: Console = attrs.field(factory=lambda: Console(highlight=False, emoji=False, markup=False), init=False)
    errors: Console = attrs.field(
        factory=lambda: Console(stderr=True, highlight=False, emoji=False, markup=False, soft_wrap=True), init=False
    )

    def __attrs_post_init__(self) -> None:
        # What rich takes for a terminal may be a pipe: FORCE_COLOR is about colours.
        self.json = self.json or not sys.stdout.isatty()

    # ---- standard output ----

    def row(self, value: Any) -> None:
        """One line of JSON."""
        sys.stdout.write(f"{line(value)}\n")

    def document(self, value: Any) -> None:
        """A value as JSON: on one line, or for people on several and in colours."""
        if self.json:
            self.row(value)
            return
        self.console.print(_coloured(pretty(value)), soft_wrap=True)

    def words(self, text: str, style: str = "") -> None:
        """A line for people. Line ends and control characters in it are shown as such."""
        self.console.print(Text(visible(text), style), soft_wrap=True)

    def flush(self) -> None:
        """Let the reader of a pipe have what there is so far."""
        sys.stdout.flush()

    # ---- standard error ----

    def note(self, text: str, style: str = "dim") -> None:
        """A remark that does not belong to the result."""
        if not self.quiet:
            self.errors.print(Text(visible(text), style))

    def error(self, text: str) -> None:
        """What went wrong, on one line."""
        self.errors.print(Text.assemble(("error: ", "bold red"), visible(text)))

    @property
    def shows_progress(self) -> bool:
        """Whether somebody watches."""
        return sys.stderr.isatty() and not self.quiet

    @contextmanager
    def progress(self, label: str, *, unit: str = "records") -> Generator[Advance]:
        """A bar on standard error, when that is a terminal. Gives what is to be told of the progress."""
        if not self.shows_progress:
            yield lambda *_: None
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[shown]}"),
            TimeElapsedColumn(),
            console=self.errors,
            transient=True,
        )
        with bar:
            task = bar.add_task(visible(label), total=None, shown="")

            def advance(done: int, total: int | None = None) -> None:
                of = "" if total is None else f" of {total:,}"
                bar.update(task, completed=done, total=total, shown=f"{done:,}{of} {unit}".rstrip())

            yield advance

    # ---- questions ----

    def confirm(self, question: str) -> bool:
        """Ask before something is deleted.

        Raises:
            UsageError: there is nobody to ask, and no `--yes`.
        """
        if self.assume_yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError(f"{question} Nobody is there to ask; pass --yes")
        self.errors.print(Text(f"{visible(question)} [y/N] ", "bold"), end="")
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def _coloured(text: str) -> Text:
    from rich.highlighter import JSONHighlighter

    return JSONHighlighter()(Text(text))
