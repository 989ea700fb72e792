"""Comparing and writing the records of an import, a portion at a time."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ...objects.comparison import Comparison
from ...objects.difference import PlannedFile
from ...objects.outcome import is_refusal
from ...protocol.attachments import Attachment, attachment_from, safe_filename, without_file
from ...protocol.errors import AlreadyExistsError, KintoError, UsageError
from ...protocol.filters import F
from ..places import Place
from .entries import Entry
from .portions import loaded
from .steps import Report, Step

if TYPE_CHECKING:
    from ..._sync.client import Client
    from ..._sync.collection import Collection
    from ..._sync.record import Record

    Records = Mapping[str, Record[Any]]

LONGEST_LIST = 4000
"""How many characters of ids go in one URL."""


@attrs.frozen
class Write:
    """One record to bring to what a file says."""

    step: Step
    entry: Entry
    record: "Record[Any] | None"
    """The one that is there, edited."""
    file: PlannedFile | None


@attrs.define(eq=False)
class RecordWriter:
    """Brings records to what a file says."""

    client: "Client"
    report: Report
    write: bool = True
    """Whether anything is written, rather than compared only."""
    keep_versions: bool = False
    """Whether records that are created get the version that the file says."""
    attachments: Path | None = None
    """Where the files of records are. Without it files stay as they are."""
    _empty: dict[Place, bool] = attrs.field(factory=dict[Place, bool], init=False)
    """By collection, whether it had no records before."""

    def bring(self, place: Place, portion: Iterable[Entry], *, me: str, new: bool) -> None:
        """Create and update records of one collection. `new`: there was no such collection."""
        # Of a record that comes twice, the later line holds.
        entries = {entry.id: entry for entry in portion}
        collection = place.of_collection(self.client)
        if place not in self._empty:
            self._empty[place] = new or collection.records().count() == 0
        found: Records = {} if self._empty[place] else self._read(collection, entries)
        late = self._bring(collection, entries, found, me)
        if late:
            # They were made meanwhile, or come twice in the file.
            self._empty[place] = False
            self._bring(collection, late, self._read(collection, late), me)

    def _read(self, collection: "Collection[Any]", entries: Mapping[str, Entry]) -> "Records":
        """The records of these ids that are there."""
        if all(entry.permissions is None for entry in entries.values()) and len("".join(entries)) <= LONGEST_LIST:
            return {record.id: record for record in collection.records().where(F.id.is_in(list(entries)))}
        records = [collection.record(id_) for id_ in entries]
        return {record.id: record for record in loaded(self.client, records)}

    def _bring(
        self, collection: "Collection[Any]", entries: Mapping[str, Entry], found: "Records", me: str
    ) -> dict[str, Entry]:
        """Compare, and write what differs. Returns the entries of records that turn out to be there."""
        writes = self._compare(entries, found, me)
        self.report.counts["unchanged"] += len(entries) - len(writes)
        if not self.write:
            for write in writes:
                self.report.add(write.step)
            return {}
        with self.client.batch(raise_on_error=False) as batch:
            target = batch.bucket(collection.bucket.id).collection(collection.id)
            for write in writes:
                entry = write.entry
                if write.record is not None:
                    batch.save(write.record)
                else:
                    target.create_record(
                        without_file(entry.data or {}),
                        id=entry.id,
                        permissions=entry.permissions,
                        last_modified=entry.last_modified if self.keep_versions else None,
                    )
        late: dict[str, Entry] = {}
        for write, outcome in zip(writes, batch.results(), strict=True):
            error = outcome.error
            if isinstance(error, AlreadyExistsError):
                late[write.entry.id] = write.entry
            elif error is None:
                self._finish(write, collection.record(write.entry.id))
            elif is_refusal(error):
                self.report.refuse(write.entry.place, error)
            else:
                raise error
        return late

    def _compare(self, entries: Mapping[str, Entry], found: "Records", me: str) -> list[Write]:
        # Nothing but the entries' own records is compared, so that nothing is to be deleted.
        comparison = Comparison(files=self.attachments is not None, me=me)
        for id_, entry in entries.items():
            there = found.get(id_)
            document, attachment = {**without_file(entry.data or {}), "id": id_}, self._attachment(entry)
            if there is not None and entry.data is None:
                # The file does not tell: the record stays what it is, and keeps its file.
                document = there.to_dict()
                attachment = attachment_from(document.get("attachment"))
            comparison.want(document, permissions=entry.permissions, attachment=attachment)
        for there in found.values():
            acl = there.permissions
            comparison.there(there.to_dict(), acl.to_dict() if acl.known else None)
        difference = comparison.difference()
        files = {file.id: file for file in difference.files}
        updates = {update.id: update for update in difference.updates}
        writes: list[Write] = []
        for id_, entry in entries.items():
            record, update, file = found.get(id_), updates.get(id_), files.get(id_)
            name = None if file is None else ""
            if file is not None and file.attachment is not None:
                # A file that is missing is told before anything is sent.
                name = self._path(entry, file.attachment).name
            if record is None:
                writes.append(Write(Step("create", entry.place, None, name), entry, None, file))
            elif update is not None or file is not None:
                if update is not None:
                    update._edit(record)
                step = Step("update", entry.place, None if update is None else update.diff, name)
                writes.append(Write(step, entry, record, file))
        return writes

    # ---- files ----

    def _attachment(self, entry: Entry) -> Attachment | None:
        """The file that the record is to have, where files are wanted."""
        attachment = attachment_from((entry.data or {}).get("attachment"))
        if attachment is not None and self.attachments is None:
            self.report.counts["files_left"] += 1
            return None
        return attachment

    def _path(self, entry: Entry, attachment: Attachment) -> Path:
        """Where the file of a record is.

        Raises:
            UsageError: it is not there.
        """
        place = entry.place
        folder = Path(
            self.attachments or "", place.bucket or "", place.collection or "", safe_filename(entry.id, "record")
        )
        path = folder / safe_filename(attachment.filename)
        if not path.is_file():
            raise UsageError(f"{place}: its file is missing, {path}")
        return path

    def _finish(self, write: Write, record: "Record[Any]") -> None:
        if write.file is not None:
            try:
                self._bring_file(write.entry, write.file.attachment, record)
            except KintoError as error:
                if not is_refusal(error):
                    raise
                self.report.refuse(write.entry.place, error)
                return
        self.report.add(write.step)

    def _bring_file(self, entry: Entry, attachment: Attachment | None, record: "Record[Any]") -> None:
        if attachment is None:
            record.remove_attachment()
        else:
            path = self._path(entry, attachment)
            record.add_attachment(path, filename=attachment.filename, mimetype=attachment.mimetype)
