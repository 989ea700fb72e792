"""Files on their way to the server, as multipart/form-data read in chunks."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from io import SEEK_END, TextIOBase
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import attrs

from ..protocol.arguments import check_progress
from ..protocol.attachments import safe_filename
from ..protocol.errors import UsageError
from ..protocol.jsontypes import dumps

CHUNK_BYTES = 256 * 1024
METADATA_SUFFIX = ".meta.json"
"""Of the record kept beside its downloaded file."""

FileSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A file to upload: its path, its content as bytes, or a file object opened in binary mode."""
NamedSource: TypeAlias = FileSource | tuple[str, FileSource] | tuple[str, FileSource, str]
"""A file to upload, alone or as `(filename, source)` or `(filename, source, mimetype)`."""
FileProgress: TypeAlias = Callable[[int, int], object]
"""Called with how much is done and how much there is."""


@attrs.frozen
class Upload:
    """A file that can be read from its start as often as it takes."""

    filename: str
    mimetype: str
    size: int
    """In bytes."""
    chunks: Callable[[], Iterator[bytes]]
    """Reads the whole of it, anew at each call."""
    on_progress: FileProgress | None = None


def read_upload(
    source: FileSource,
    *,
    filename: str | None = None,
    mimetype: str | None = None,
    on_progress: FileProgress | None = None,
) -> Upload:
    """The file that a user wants to upload. A file object is sent from where it stands.

    Raises:
        UsageError: it is not one of the three kinds of source, has no name, or can't be read twice; or the type or
            `on_progress` can't be one.
        OSError: there is no such file, or it can't be read.
    """
    check_progress(on_progress)
    if isinstance(source, (bytes, bytearray, memoryview)):
        content = bytes(source)
        name, size, chunks = None, len(content), lambda: _slices(content)
    elif isinstance(source, (str, os.PathLike)):
        path = Path(source)
        name, size = path.name, _file_size(path)

        def chunks() -> Iterator[bytes]:
            with path.open("rb") as file:
                yield from _read(file, size, path.name)

    else:
        file = _checked_file(source)
        name, start = _name_of(file), file.tell()
        size = file.seek(0, SEEK_END) - start
        file.seek(start)

        def chunks() -> Iterator[bytes]:
            file.seek(start)
            yield from _read(file, size, filename or "the file")

    filename = filename or name
    if not filename or not isinstance(filename, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
        raise UsageError(
            "the server needs a name for the file: pass filename='photo.png'; to create_record(), "
            "attachment=('photo.png', content)"
        )
    if not _is_media_type(mimetype or ""):
        raise UsageError(f"mimetype={mimetype!r} is no media type such as 'image/png'")
    return Upload(filename, mimetype or guess_type(filename), size, chunks, on_progress)


def _is_media_type(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def read_named(named: NamedSource) -> Upload:
    """The file of `create_record(..., attachment=)`. Raises what `read_upload` raises."""
    if isinstance(named, tuple):
        if len(named) not in (2, 3):
            raise UsageError(f"attachment= takes a file, (name, file) or (name, file, type), not {len(named)} values")
        filename, source, *mimetype = named
        return read_upload(source, filename=filename, mimetype=mimetype[0] if mimetype else None)
    return read_upload(named)


def files_of_records(folder: Path) -> list[tuple[str, Path]]:
    """The files in a folder, each with the id of the record it is for, in the order of their names.

    A file in a sub-folder is for the record whose sub-folder it is in a download. The id for a file in the folder
    itself is made of the file's name, so that it is the same the next time. Hidden files and metadata are left out.

    Raises:
        UsageError: a sub-folder has several files, and a record takes one.
        OSError: there is no such folder.
    """
    found: list[tuple[str, Path]] = []
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.name.startswith("."):
            files = [file for file in sorted(entry.iterdir()) if _is_content(file)]
            if len(files) > 1:
                raise UsageError(f"{entry} has {len(files)} files; a record takes one attachment")
            found.extend((_record_id(entry.name), file) for file in files)
        elif _is_content(entry):
            found.append((str(uuid5(NAMESPACE_URL, entry.name)), entry))
    return found


def _record_id(folder: str) -> str:
    """The id of the record whose folder has this name: in front of a device of Windows a download puts a `_`."""
    name = folder.removeprefix("_")
    return name if safe_filename(name) == folder else folder


def _is_content(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".") and not file.name.endswith(METADATA_SUFFIX)


def guess_type(filename: str) -> str:
    """The media type that the name of a file suggests."""
    from mimetypes import guess_type as guess

    return guess(filename)[0] or "application/octet-stream"


class Multipart:
    """One file and some JSON fields as the body of a request: a source, opened anew at each attempt."""

    def __init__(self, upload: Upload, fields: Mapping[str, Any]) -> None:
        boundary = secrets.token_hex(16)
        parts = [_part(boundary, f'name="{name}"', "application/json") + dumps(fields[name]) for name in fields]
        name = _quoted(upload.filename)
        parts.append(_part(boundary, f'name="attachment"; filename="{name}"', upload.mimetype))
        self.upload: Upload = upload
        self.fields: Mapping[str, Any] = fields
        self._head = b"\r\n".join(parts)
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.content_type: str = f"multipart/form-data; boundary={boundary}"
        self.content_length: int | None = len(self._head) + upload.size + len(self._tail)

    def open(self) -> Iterator[bytes]:
        """The whole body from its start, in chunks."""
        upload = self.upload
        yield self._head
        sent = 0
        for chunk in upload.chunks():
            yield chunk
            sent += len(chunk)
            if upload.on_progress is not None:
                upload.on_progress(sent, upload.size)
        yield self._tail


def _part(boundary: str, disposition: str, mimetype: str) -> bytes:
    lines = (f"--{boundary}", f"Content-Disposition: form-data; {disposition}", f"Content-Type: {mimetype}", "", "")
    return "\r\n".join(lines).encode()


def _quoted(filename: str) -> str:
    """A file name between double quotes, as browsers write it."""
    return filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _slices(content: bytes) -> Iterator[bytes]:
    view = memoryview(content)
    for start in range(0, len(content), CHUNK_BYTES):
        yield bytes(view[start : start + CHUNK_BYTES])


def _read(file: BinaryIO, size: int, name: str) -> Iterator[bytes]:
    """This many bytes of a file: no more even when it grew, since the length was announced."""
    remaining = size
    while remaining:
        chunk = file.read(min(CHUNK_BYTES, remaining))
        if not chunk:
            raise UsageError(f"{name} became shorter while it was being sent; send it when nothing writes to it")
        remaining -= len(chunk)
        yield chunk


def _file_size(path: Path) -> int:
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; collection.add_attachments() sends the files in one")
    return path.stat().st_size


def _checked_file(source: object) -> BinaryIO:
    file: Any = source
    if isinstance(source, TextIOBase):
        raise UsageError("the file is open in text mode; open it with mode 'rb'")
    if not hasattr(source, "read") or not hasattr(source, "seek"):
        raise UsageError(f"a file to attach is a path, bytes or a binary file object, not {type(source).__name__}")
    if not file.seekable():
        raise UsageError("the stream can't be read twice, as a retry needs; copy it to a file first, or pass its bytes")
    checked: BinaryIO = file
    return checked


def _name_of(file: BinaryIO) -> str | None:
    """The name under which a file was opened; a temporary file has a number in place of one."""
    name: object = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else None
