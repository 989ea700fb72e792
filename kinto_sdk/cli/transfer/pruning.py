"""Deleting what a file does not have."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from ...objects.outcome import is_refusal
from ...protocol.errors import NotFoundError, PermissionDeniedError
from ..places import Place
from .entries import Entry
from .portions import portions
from .steps import Report, Step

if TYPE_CHECKING:
    from ..._sync.client import Client
    from ..._sync.resource import Resource


@attrs.define(eq=False)
class Pruner:
    """Remembers what is in a file, and finds what is on the server besides.

    That is records of the collections in the file, and groups and collections of a bucket that it is a whole export
    of. The ids of all records in the file are in memory.
    """

    client: "Client"
    scope: list[Place] = attrs.field(factory=list[Place])
    """What the file is an export of, as its headers say."""
    _ids: dict[Place, set[str]] = attrs.field(factory=dict[Place, set[str]], init=False)
    """The ids of records by collection."""
    _places: set[Place] = attrs.field(factory=set[Place], init=False)
    """Groups and buckets."""

    def watch(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries, remembered as they pass."""
        for entry in entries:
            place = entry.place
            if place.record is not None:
                self._ids.setdefault(place.parent, set()).add(place.record)
            elif place.collection is not None:
                self._ids.setdefault(place, set())
            else:
                self._places.add(place)
            yield entry

    def find(self) -> "list[tuple[Place, Resource[Any]]]":
        """What is on the server and not in the file."""
        found: list[tuple[Place, Resource[Any]]] = []
        for place, ids in self._ids.items():
            try:
                there = place.of_collection(self.client).records().only("id")
                found.extend((attrs.evolve(place, record=each.id), each) for each in there if each.id not in ids)
            except (NotFoundError, PermissionDeniedError):
                continue  # it was compared only, and would be made: a bucket that is not there is refused
        for place in self.scope:
            if place.kind == "bucket":
                found.extend(self._in_bucket(place))
        return found

    def _in_bucket(self, place: Place) -> "Iterator[tuple[Place, Resource[Any]]]":
        bucket = place.of_bucket(self.client)
        if not bucket.exists():
            return
        for group in bucket.groups():
            there = attrs.evolve(place, group=group.id)
            if there not in self._places:
                yield there, group
        for collection in bucket.collections():
            there = attrs.evolve(place, collection=collection.id)
            if there not in self._ids:
                yield there, collection

    def delete(self, found: "Iterable[tuple[Place, Resource[Any]]]", report: Report) -> None:
        """Delete them, unless they changed since they were found.

        Raises:
            KintoError: the server failed, or can't be reached.
        """
        for portion in portions(found):
            with self.client.batch(raise_on_error=False) as batch:
                for _, resource in portion:
                    batch.delete(resource, if_exists=True)
            for (place, _), outcome in zip(portion, batch.results(), strict=True):
                error = outcome.error
                if error is None:
                    report.add(Step("delete", place))
                elif is_refusal(error):
                    report.refuse(place, error)
                else:
                    raise error
