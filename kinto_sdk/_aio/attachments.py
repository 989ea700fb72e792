"""Files of records: downloads into place, and whole folders in both directions."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, TypeVar

from ..flows import attachments as flows
from ..flows.server import capability
from ..objects.downloads import Download, FileDownload, is_there, matches, path_in, spooled, target_path, write_metadata
from ..objects.permissions import PermissionsInput
from ..objects.uploads import FileProgress, files_of_records, read_upload
from ..protocol.arguments import check_concurrency, check_function, check_path, check_progress
from ..protocol.attachments import safe_filename
from ..protocol.messages import Flow
from ..transport.async_files import away

if TYPE_CHECKING:
    from ..protocol.jsontypes import JSONObject
    from .record import AsyncRecord
    from .store import AsyncRecordStore

D = TypeVar("D")


async def download(
    record: "AsyncRecord[Any]",
    path: str | os.PathLike[str] | None,
    *,
    overwrite: bool,
    save_metadata: bool,
    on_progress: FileProgress | None,
) -> Path:
    """Fetch a record's file into place."""
    check_progress(on_progress)
    if path is not None:
        check_path(path, "path")
    located = await record._port.ask(flows.download_attachment(record))
    target = target_path(path, located.attachment)
    if not await away(is_there, target, located.attachment, overwrite=overwrite):
        with FileDownload(located.attachment, target, on_progress) as file:
            await record._port.ask(flows.fetch(located, file))
            await away(file.commit)
    if save_metadata:
        await away(write_metadata, target, flows.seen_row(record))
    return target


class AsyncOpenAttachment:
    """A record's file, fetched and checked when the block begins, and gone when it ends."""

    def __init__(self, record: "AsyncRecord[Any]", on_progress: FileProgress | None) -> None:
        check_progress(on_progress)
        self._record = record
        self._on_progress = on_progress
        self._stack = ExitStack()

    async def __aenter__(self) -> IO[bytes]:
        record = self._record
        located = await record._port.ask(flows.download_attachment(record))
        with ExitStack() as stack:
            file = stack.enter_context(spooled())
            await record._port.ask(flows.fetch(located, Download(located.attachment, file, self._on_progress)))
            self._stack = stack.pop_all()
        file.seek(0)
        return file

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()


async def download_all(
    collection: "AsyncRecordStore[Any]",
    folder: str | os.PathLike[str],
    *,
    concurrency: int,
    overwrite: bool,
    save_metadata: bool,
    on_progress: FileProgress | None,
) -> list[Path]:
    """Fetch the files of all records into a folder, each in a sub-folder of its record's."""
    context, port = collection._context, collection._port
    check_path(folder, "folder")
    check_concurrency(concurrency)
    check_progress(on_progress)
    await port.ask(capability(context, "attachments", "download_attachments()"))
    targets: list[Path] = []
    missing: list[tuple[flows.Located, FileDownload, JSONObject]] = []
    with ExitStack() as stack:
        async for record in collection.records():
            located = await port.ask(flows.locate_attachment(record))
            if located is None:
                continue
            target = path_in(folder, record.id, located.attachment)
            targets.append(target)
            if not await away(is_there, target, located.attachment, overwrite=overwrite):
                file = stack.enter_context(FileDownload(located.attachment, target))
                missing.append((located, file, flows.seen_row(record)))
            elif save_metadata:
                await away(write_metadata, target, flows.seen_row(record))
        done = len(targets) - len(missing)
        fetches = (flows.fetch(located, file) for located, file, _ in missing)
        rows = iter(missing)
        async for _ in port.each(fetches, concurrency):
            _, file, row = next(rows)
            await away(file.commit)
            if save_metadata:
                await away(write_metadata, file.target, row)
            done += 1
            if on_progress is not None:
                on_progress(done, len(targets))
    return targets


async def add_all(
    collection: "AsyncRecordStore[D]",
    folder: str | os.PathLike[str],
    *,
    data: Callable[[Path], D | Mapping[str, Any]] | None,
    permissions: PermissionsInput | None,
    concurrency: int,
    on_progress: FileProgress | None,
) -> "list[AsyncRecord[D]]":
    """Send the files of a folder that the records do not have yet."""
    context, port = collection._context, collection._port
    check_path(folder, "folder")
    check_concurrency(concurrency)
    check_progress(on_progress)
    if data is not None:
        check_function(data, "data= is a plain function (no coroutine) of a file's path")
    lists = flows.lists_of(collection.path, permissions)
    files = [(collection.record(id_), path) for id_, path in await away(files_of_records, Path(folder))]
    await port.ask(capability(context, "attachments", "add_attachments()"))
    there = {record.id: record async for record in collection.records()} if files else {}
    records: list[AsyncRecord[D]] = []
    changed: list[tuple[AsyncRecord[D], Path, str]] = []
    for record, path in files:
        known = there.get(record.id, record)
        records.append(known)
        attachment = None if known is record else known.attachment
        name = path.name
        if attachment is not None and safe_filename(attachment.filename) == name:
            name = attachment.filename  # a download may have had to write it otherwise
        if attachment is None or attachment.filename != name or not await away(matches, path, attachment):
            changed.append((known, path, name))
    done = len(records) - len(changed)

    def uploads() -> Iterator[Flow[None]]:
        for record, path, name in changed:
            yield flows.adding(record, read_upload(path, filename=name), None if data is None else data(path), lists)

    async for _ in port.each(uploads(), concurrency):
        done += 1
        if on_progress is not None:
            on_progress(done, len(records))
    return records
