"""Files on their way from the server: checked while they arrive, and put in place when they are whole."""

import os
import secrets
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Self

from ..protocol.attachments import Attachment, safe_filename
from ..protocol.errors import IntegrityError
from ..protocol.jsontypes import JSONObject, dumps
from .uploads import METADATA_SUFFIX, FileProgress

IN_MEMORY_BYTES = 1024 * 1024
"""Above this an opened attachment is kept in a temporary file."""


class Download:
    """Where a download goes: a file, which is checked against what the server says of the attachment."""

    def __init__(self, attachment: Attachment, file: IO[bytes] | None, on_progress: FileProgress | None = None) -> None:
        self.attachment: Attachment = attachment
        self._file = file
        self._on_progress = on_progress
        self._hash = sha256()
        self._received = 0

    def begin(self) -> None:
        """A new attempt starts: forget what was written before."""
        self._hash = sha256()
        self._received = 0
        file = self._opened()
        file.seek(0)
        file.truncate()

    def write(self, chunk: bytes) -> None:
        """The next bytes. Raises IntegrityError when there are too many, so that a stream without an end ends."""
        self._received += len(chunk)
        if self._received > self.attachment.size:
            raise IntegrityError(self._line(f"more than its {self.attachment.size} bytes arrived"))
        self._opened().write(chunk)
        self._hash.update(chunk)
        if self._on_progress is not None:
            self._on_progress(self._received, self.attachment.size)

    def problem(self) -> IntegrityError | None:
        """What is wrong with the file as it arrived."""
        if self._received != self.attachment.size:
            return IntegrityError(self._line(f"{self._received} of its {self.attachment.size} bytes arrived"))
        if self._hash.hexdigest() != self.attachment.hash.lower():
            return IntegrityError(self._line("what arrived has another SHA-256"))
        return None

    def _opened(self) -> IO[bytes]:
        assert self._file is not None
        return self._file

    def _line(self, problem: str) -> str:
        return f"{self.attachment.location}: {problem}; load() the record in case the attachment was replaced"


class FileDownload(Download):
    """A download into a file next to its target, which it becomes when `commit()` is called.

    As a context manager it removes what was not committed, and leaves a former target as it was.
    """

    def __init__(self, attachment: Attachment, target: Path, on_progress: FileProgress | None = None) -> None:
        super().__init__(attachment, None, on_progress)
        self.target: Path = target
        self._temporary = target.parent / f".{secrets.token_hex(8)}.part"

    def begin(self) -> None:
        """A new attempt starts: the folder and the temporary file are made when there is something to put there."""
        if self._file is None:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._temporary.open("xb")
        super().begin()

    def commit(self) -> Path:
        """Put the file in place of the target."""
        self._opened().close()
        self._temporary.replace(self.target)
        self._file = None
        return self.target

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            try:
                self._file.close()
            finally:
                self._temporary.unlink(missing_ok=True)


def spooled() -> IO[bytes]:
    """A temporary file, in memory while it is small."""
    return SpooledTemporaryFile(IN_MEMORY_BYTES)


def target_path(path: str | os.PathLike[str] | None, attachment: Attachment) -> Path:
    """Where a download goes: a file, or the attachment's own name in a folder (by default the current one)."""
    name = safe_filename(attachment.filename)
    if path is None:
        return Path(name)
    target = Path(path)
    wants_folder = isinstance(path, str) and path.endswith(("/", os.sep))
    return target / name if wants_folder or target.is_dir() else target


def path_in(folder: str | os.PathLike[str], record_id: str, attachment: Attachment) -> Path:
    """Where the file of one of many records goes: into a sub-folder of the record's own."""
    return Path(folder, safe_filename(record_id, "record"), safe_filename(attachment.filename))


def is_there(target: Path, attachment: Attachment, *, overwrite: bool) -> bool:
    """Whether the target is the attachment already.

    Raises:
        FileExistsError: it is another file, which may not be overwritten.
    """
    if matches(target, attachment):
        return True
    if not overwrite and target.exists():
        raise FileExistsError(f"{target} is another file than the attachment; pass overwrite=True to replace it")
    return False


def matches(path: Path, attachment: Attachment) -> bool:
    """Whether a local file has the attachment's size and SHA-256."""
    if not path.is_file() or path.stat().st_size != attachment.size:
        return False
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == attachment.hash.lower()


def write_metadata(target: Path, record: JSONObject) -> None:
    """Keep the record beside its file, as `<file>.meta.json`."""
    temporary = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        temporary.write_bytes(dumps(record))
        temporary.replace(target.with_name(target.name + METADATA_SUFFIX))
    finally:
        temporary.unlink(missing_ok=True)
