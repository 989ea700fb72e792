"""The command that writes an export."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO, Annotated

import attrs

from ...protocol.errors import UsageError
from ..transfer.exporting import Exporter
from ..transfer.portions import PORTION
from .common import Run
from .completing import complete_path
from .output import Advance
from .parameters import argument, flag, option
from .text import counted


def export(
    run: Run,
    path: Annotated[str, argument("PATH", "A bucket or a collection. Without one: all buckets.", complete_path)] = "",
    *,
    output: Annotated[Path | None, option("-o", "--output", metavar="FILE", text="Instead of standard output.")] = None,
    no_record_permissions: Annotated[
        bool,
        flag(
            "--no-record-permissions",
            text="Leave out those of records, which take a request for each (in batches): several times faster.",
        ),
    ] = False,
    attachments: Annotated[
        Path | None, option(metavar="FOLDER", text="Put the files of records there, as BUCKET/COLLECTION/RECORD/NAME.")
    ] = None,
) -> None:
    """Write a bucket or a collection as JSON Lines: data, permissions, groups, schemas, records.

    `kinto-sdk export blog -o blog.jsonl`

    The same content gives the same file. `import` reads it.
    """
    place = run.place(path, "export", "server", "bucket", "collection")
    exporter = Exporter(run.client(place), record_permissions=not no_record_permissions, attachments=attachments)
    with run.out.progress(f"exporting {str(place) or 'all buckets'}") as advance:
        total = exporter.count(place) if run.out.shows_progress else None
        exporter.on_record = counter = Counter(advance, total)
        with _written(output) as file:
            for line in exporter.lines(place):
                file.write(line)
            file.flush()
    if output is not None:
        run.out.note(f"{counted(counter.done, 'record')} in {output}")


@attrs.define(eq=False)
class Counter:
    """Counts records, and tells of some of them."""

    advance: Advance
    total: int | None
    done: int = 0

    def __call__(self) -> None:
        """One record more."""
        self.done += 1
        if self.done % PORTION == 0 or self.done == self.total:
            self.advance(self.done, self.total)


@contextmanager
def _written(path: Path | None) -> Generator[IO[bytes]]:
    """Standard output, or a file that takes its place once it is complete."""
    if path is None:
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():
        with path.open("wb") as file:  # a device
            yield file
        return
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}")
    temporary = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
