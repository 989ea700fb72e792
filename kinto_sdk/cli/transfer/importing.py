"""Bringing a server to what a file says: what is missing is created, what differs is updated."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from ...objects.comparison import Comparison
from ...protocol.errors import AlreadyExistsError, NotFoundError, PermissionDeniedError
from ...protocol.review import tracked_by
from ..places import Place
from .entries import Entry
from .portions import PORTION
from .records import RecordWriter
from .steps import Report, Step, nothing

if TYPE_CHECKING:
    from ..._sync.client import Client
    from ..._sync.resource import Resource


@attrs.define(eq=False, slots=False)
class Importer:
    """Compares what a file says with what is there, and writes what differs. It holds a portion of records at a time.

    Nothing that somebody else changes at the same time is overwritten: what is created must not be there, what is
    updated must be what was compared.
    """

    client: "Client"
    report: Report
    records: RecordWriter
    since: int | None = None
    """Records of this version or an earlier one are left out."""
    on_position: Callable[[int], object] = nothing
    """Called with how many entries are done with."""
    _portion: list[Entry] = attrs.field(factory=list[Entry], init=False)
    _new: set[Place] = attrs.field(factory=set[Place], init=False)
    """The buckets and collections that were not there."""

    @cached_property
    def me(self) -> str:
        """The caller's id, as it is in permissions; empty for nobody."""
        user = self.client.whoami()
        return "" if user is None else user.id

    @cached_property
    def _reviewed(self) -> frozenset[str]:
        """The metadata of a collection that stays as it is: a status would be an order to a server with reviews."""
        return tracked_by(self.client.server_info().capabilities)

    def run(self, entries: Iterable[Entry], *, skip: int = 0) -> None:
        """Import all of the entries, but for the first ones that an earlier run has done.

        Raises:
            UsageError: an entry can't be sent as it is.
            KintoError: the server refuses a bucket, group or collection, or can't be reached.
        """
        position = 0
        for position, entry in enumerate(entries, 1):
            if position <= skip or self._is_old(entry):
                continue
            if self._portion and not self._belongs(entry):
                self._flush()
                self.on_position(position - 1)
            if entry.place.record is None:
                self._import_one(entry)
                self.on_position(position)
            else:
                self._portion.append(entry)
        self._flush()
        self.on_position(position)

    def _is_old(self, entry: Entry) -> bool:
        since, version = self.since, entry.last_modified
        return entry.place.record is not None and since is not None and version is not None and version <= since

    def _belongs(self, entry: Entry) -> bool:
        """Whether a record can go with those that wait."""
        return (
            entry.place.record is not None
            and entry.place.parent == self._portion[0].place.parent
            and len(self._portion) < PORTION
        )

    def _flush(self) -> None:
        if self._portion:
            place = self._portion[0].place.parent
            self.records.bring(place, self._portion, me=self.me, new=place in self._new)
            self._portion.clear()

    # ---- buckets, groups, collections ----

    def _import_one(self, entry: Entry) -> None:
        place = entry.place
        resource: Resource[dict[str, Any]] = place.resource(self.client)
        if place.parent in self._new or not _loaded(resource):
            self._create(entry, resource)
            return
        row, acl = resource.to_dict(), resource.permissions
        comparison = Comparison(me=self.me, ignore=self._left(place))
        # The default bucket is told by another id than its name.
        wanted = row if entry.data is None else {**entry.data, "id": row["id"]}
        comparison.want(wanted, permissions=entry.permissions)
        comparison.there(row, acl.to_dict() if acl.known else None)
        for update in comparison.difference().updates:
            if self.records.write:
                update._edit(resource)
                resource.save()
            self.report.add(Step("update", place, update.diff))
            return
        self.report.counts["unchanged"] += 1

    def _left(self, place: Place) -> frozenset[str]:
        return self._reviewed if place.kind == "collection" else frozenset()

    def _create(self, entry: Entry, resource: "Resource[dict[str, Any]]") -> None:
        if self.records.write:
            left = self._left(entry.place)
            resource.data = {name: value for name, value in (entry.data or {}).items() if name not in left}
            if entry.permissions is not None:
                resource.permissions = entry.permissions
            try:
                resource.save()
            except (AlreadyExistsError, PermissionDeniedError) as error:
                # Who may not see a bucket may still write to what is in it.
                if entry.data is None and entry.permissions is None:
                    return
                if isinstance(error, AlreadyExistsError):
                    resource.load()  # it is there and may not be read, which is the reason to tell
                raise
        self._new.add(entry.place)
        self.report.add(Step("create", entry.place))


def _loaded(resource: "Resource[Any]") -> bool:
    """Whether the object is there, and read. A bucket that is not there is refused, as one that may not be read."""
    try:
        resource.load()
    except (NotFoundError, PermissionDeniedError):
        return False
    return True
