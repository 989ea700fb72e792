"""The command for files of records: attachments."""

from pathlib import Path
from typing import Annotated

from ...protocol.errors import UsageError
from ..places import Place
from .common import Run
from .output import Output
from .parameters import argument, flag
from .reading import Path_
from .text import counted


def attachments(
    run: Run,
    path: Path_,
    folder: Annotated[Path, argument("FOLDER", "Where the files are to be, or are.")],
    *,
    upload: Annotated[bool, flag("--upload", text="The other way: attach the files of FOLDER to the records.")] = False,
    overwrite: Annotated[bool, flag("--overwrite", text="Replace files that are there and differ.")] = False,
) -> None:
    """Download the files of a collection's records, each as FOLDER/RECORD/NAME; or of one record, as FOLDER/NAME.

    What is there already is not downloaded again, so that a download can be repeated until it is complete. With
    --upload what was downloaded so is given back, and what did not change is not sent.
    """
    place = run.place(path, "attachments", "collection", "record")
    client = run.client(place)
    if place.record is not None and upload:
        raise UsageError("attachments --upload: give a collection, and FOLDER/RECORD/FILE")
    if run.dry and not upload:
        _tell_files(run, place)
        return
    with run.out.progress(str(place), unit="files") as advance:
        if place.record is None and upload:
            records = place.of_collection(client).add_attachments(folder, on_progress=advance)
            found = [Path(record.id) for record in records]
        elif place.record is None:
            found = place.of_collection(client).download_attachments(folder, overwrite=overwrite, on_progress=advance)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            record = place.of_collection(client).record(place.record)
            found = [record.download_attachment(folder, overwrite=overwrite, on_progress=advance)]
    if not run.dry:
        _tell(run.out, found, "attached" if upload else "downloaded")


def _tell_files(run: Run, place: Place) -> None:
    """The files that there are."""
    collection = place.of_collection(run.client(place))
    for record in collection.records() if place.record is None else [collection.get_record(place.record)]:
        file = record.attachment
        if file is None:
            continue
        if run.out.json:
            run.out.row({"record": record.id, "filename": file.filename, "size": file.size})
        else:
            run.out.words(f"{record.id}  {file.filename} ({file.size:,} bytes)")


def _tell(out: Output, found: list[Path], done: str) -> None:
    if out.json:
        for path in found:
            out.row({done: str(path)})
    else:
        out.note(f"{counted(len(found), 'file')} {done}")
