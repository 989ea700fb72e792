"""Writing what is on a server to a file, object after object."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ...objects.documents import without_metadata
from ..places import Place
from .entries import Entry, header, write_entry
from .portions import loaded, portions
from .steps import nothing

if TYPE_CHECKING:
    from ..._sync.bucket import Bucket
    from ..._sync.client import Client
    from ..._sync.collection import Collection
    from ..._sync.record import Record
    from ..._sync.resource import Resource


@attrs.define(eq=False)
class Exporter:
    """Reads what an export is made of. It holds one page of records at a time."""

    client: "Client"
    record_permissions: bool = True
    """Whether those of records are read. Lists do not hold any, so that each record is read by itself, in batches."""
    attachments: Path | None = None
    """Where to put the files of records: in `<bucket>/<collection>/<record>/`."""
    on_record: Callable[[], object] = nothing
    """Called after each record."""

    def lines(self, place: Place) -> Iterator[bytes]:
        """The lines of an export of a bucket, of a collection, or of all buckets."""
        yield header(place)
        if place.bucket is None:
            for bucket in self.client.buckets().order_by("id"):
                yield from map(write_entry, self._bucket(bucket))
        elif place.collection is None:
            yield from map(write_entry, self._bucket(place.of_bucket(self.client)))
        else:
            # Whoever imports it may have no such bucket yet.
            yield write_entry(Entry(Place(place.bucket), None))
            yield from map(write_entry, self._collection(place.of_collection(self.client), place.bucket))

    def count(self, place: Place) -> int:
        """How many records there are."""
        if place.collection is not None:
            return place.of_collection(self.client).records().count()
        buckets = self.client.buckets() if place.bucket is None else [place.of_bucket(self.client)]
        return sum(collection.records().count() for bucket in buckets for collection in bucket.collections())

    def _bucket(self, bucket: "Bucket") -> Iterator[Entry]:
        # The default bucket is told by another id once it is read.
        name = bucket.id
        yield entry_of(Place(name), bucket.load())
        for group in bucket.groups().order_by("id"):
            yield entry_of(Place(name, group=group.id), group.load())
        for collection in bucket.collections().order_by("id"):
            yield from self._collection(collection, name)

    def _collection(self, collection: "Collection[dict[str, Any]]", bucket: str) -> Iterator[Entry]:
        place = Place(bucket, collection=collection.id)
        yield entry_of(place, collection.load())
        for record in self._records(collection):
            yield entry_of(attrs.evolve(place, record=record.id), record)
            self.on_record()
        if self.attachments is not None:
            collection.download_attachments(self.attachments / bucket / collection.id, overwrite=True)

    def _records(self, collection: "Collection[dict[str, Any]]") -> "Iterator[Record[dict[str, Any]]]":
        # A record that changes meanwhile moves to the end of this order, so that none is left out.
        query = collection.records().order_by("last_modified").prefetch()
        if not self.record_permissions:
            yield from query
            return
        for found in portions(query.only("id")):
            yield from loaded(self.client, [collection.record(record.id) for record in found])


def entry_of(place: Place, resource: "Resource[Any]") -> Entry:
    """What is known of an object."""
    acl = resource.permissions
    return Entry(
        place, without_metadata(resource.to_dict()), acl.to_dict() if acl.known else None, resource.last_modified
    )
