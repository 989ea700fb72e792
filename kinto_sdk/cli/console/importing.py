"""The command that imports a file."""

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Annotated, Any

import attrs

from ...protocol.errors import UsageError
from ...protocol.jsontypes import JSONObject, is_object
from ...protocol.timestamps import to_version
from ..places import Place
from ..transfer.entries import Entry, read_entries
from ..transfer.importing import Importer
from ..transfer.portions import PORTION
from ..transfer.pruning import Pruner
from ..transfer.records import RecordWriter
from ..transfer.steps import Report, Step
from ..transfer.wizard import read_yaml
from .common import Run
from .errors import Code, code_of, message_of
from .moving import show_step
from .output import Advance
from .parameters import argument, flag, option
from .text import counted
from .values import read_moment

MOST_REFUSALS = 20
"""How many refusals are shown; the others are counted."""


def import_file(
    run: Run,
    file: Annotated[str, argument("FILE", "An export, a YAML file of kinto-wizard, or - for stdin.")],
    *,
    check: Annotated[
        bool, flag("--check", text="Write nothing; tell what differs, and end with 1 if anything does.")
    ] = False,
    delete: Annotated[
        bool,
        flag(
            "--delete",
            text="Delete records, and of whole buckets groups and collections, that FILE does not have. Asks before.",
        ),
    ] = False,
    keep_last_modified: Annotated[
        bool, flag("--keep-last-modified", text="Create records with the versions they had, instead of new ones.")
    ] = False,
    attachments: Annotated[
        Path | None,
        option(metavar="FOLDER", text="Attach the files that are there, as `export --attachments` puts them."),
    ] = None,
    since: Annotated[
        str | None, option(metavar="MOMENT", text="Only records changed after this date or version.")
    ] = None,
    resume: Annotated[bool, flag("--resume", text="Go on where an import of FILE was interrupted.")] = False,
) -> Code | None:
    """Bring the server to what FILE says: create what is missing, update what differs, leave what is the same.

    Nothing that is changed at the same time is overwritten, and a second import of the same file writes nothing.
    """
    write = not (check or run.dry)
    client = run.client()
    refusals = Refusals(run)
    report = Report(lambda step: show_step(run, step) if not write or run.verbose else None, refusals.add)
    version = None if since is None else to_version(read_moment(since, "--since"), "--since")
    records = RecordWriter(client, report, write=write, keep_versions=keep_last_modified, attachments=attachments)
    mark = Mark(None if file == "-" else Path(f"{file}.resume"), client.server_url)
    skip = mark.read() if resume else 0
    pruner = Pruner(client) if delete else None
    with run.out.progress(f"{'importing' if write else 'comparing'} {Path(file).name}", unit="bytes") as advance:
        with _opened(file) as opened:
            entries = _entries(opened, file, pruner, advance)
            importer = Importer(client, report, records, since=version)
            if write:
                importer.on_position = mark.move
            try:
                importer.run(pruner.watch(entries) if pruner is not None else entries, skip=skip)
            except BaseException:
                if mark.write():
                    run.out.note(f"{mark.position:,} entries are done; --resume goes on from there")
                raise
        found = [] if pruner is None else pruner.find()
    if found:
        assert pruner is not None
        if not write:
            for place, _ in found:
                report.add(Step("delete", place))
        elif run.out.confirm(f"Delete {counted(len(found), 'object')} that {file} does not have?"):
            pruner.delete(found, report)
    if write:
        mark.remove()
    _tell(run, report, write=write)
    if check and any(report.counts[action] for action in ("create", "update", "delete")):
        return Code.DIFFERENT
    return refusals.code


def _entries(opened: IO[bytes], name: str, pruner: Pruner | None, advance: Advance) -> Iterator[Entry]:
    """The entries of a file; headers tell the pruner what it is an export of."""
    if name.endswith((".yaml", ".yml")):
        yield from read_yaml(opened, name)
        return
    size = Path(name).stat().st_size if opened.seekable() and name != "-" else None
    for number, found in enumerate(read_entries(opened, name), 1):
        if isinstance(found, Entry):
            if number % PORTION == 0 and size is not None:
                advance(opened.tell(), size)
            yield found
        elif pruner is not None:
            pruner.scope.append(found)


def _opened(name: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


def _tell(run: Run, report: Report, *, write: bool) -> None:
    counts = report.counts
    if left := counts["files_left"]:
        told = "1 record has a file" if left == 1 else f"{left:,} records have files"
        run.out.note(f"{told} in it; --attachments FOLDER takes care of that")
    if run.out.json:
        if write:
            run.out.row(report.to_dict())
        return
    verbs = ("created", "updated", "deleted") if write else ("to create", "to update", "to delete")
    parts = [f"{counts[action]:,} {verb}" for action, verb in zip(("create", "update", "delete"), verbs, strict=True)]
    parts += [f"{counts['unchanged']:,} as they were"] + (
        [f"{counts['refused']:,} refused"] if counts["refused"] else []
    )
    run.out.note(", ".join(parts), "")


@attrs.define(eq=False)
class Refusals:
    """What the server did not take: shown as it comes, and told by the exit code."""

    run: Run
    code: Code | None = None
    count: int = 0

    def add(self, place: Place, error: Exception) -> None:
        """One record was refused."""
        self.count += 1
        self.code = max(self.code or Code.REFUSED, code_of(error))
        if self.count <= MOST_REFUSALS:
            self.run.out.error(f"{place}: {message_of(error)}")
        elif self.count == MOST_REFUSALS + 1:
            self.run.out.error("more refusals are counted alone")


@attrs.define(eq=False)
class Mark:
    """How far an import has come, in a file beside the one that is imported."""

    path: Path | None
    """None for standard input, of which nothing can be read again."""
    server: str
    position: int = 0
    _about: JSONObject = attrs.field(factory=dict[str, Any], init=False)
    """What tells this import from others. The file is looked at before, since it may be replaced meanwhile."""

    def __attrs_post_init__(self) -> None:
        if self.path is not None:
            there = self.path.with_suffix("").stat()
            self._about = {"server": self.server, "size": there.st_size, "modified": there.st_mtime_ns}

    def move(self, position: int) -> None:
        """So many entries are done with."""
        self.position = position

    def read(self) -> int:
        """How many entries an earlier run has done.

        Raises:
            UsageError: it was for another server, or there can be none.
        """
        if self.path is None:
            raise UsageError("--resume: standard input can't be read again; give a file")
        try:
            found: Any = json.loads(self.path.read_text())
        except FileNotFoundError:
            return 0
        except ValueError:
            found = None
        done = found.pop("done", None) if is_object(found) else None
        if found != self._about or not isinstance(done, int):
            raise UsageError(f"--resume: {self.path} is not about this file and {self.server}; delete it to begin anew")
        return done

    def write(self) -> bool:
        """Keep it, for the next time, and tell whether that was done."""
        if self.path is None or not self.position:
            return False
        try:
            self.path.write_text(json.dumps({**self._about, "done": self.position}) + "\n")
        except OSError:
            return False  # what ended the import is to be told
        return True

    def remove(self) -> None:
        """The import is complete."""
        if self.path is not None and self.path.exists():  # a folder may be read-only
            self.path.unlink()
