"""Where something is, as it is written on the command line: `bucket/collection/record`."""

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from ..protocol.errors import UsageError
from ..protocol.paths import ObjectPath, parse_path

if TYPE_CHECKING:
    from .._sync.bucket import Bucket
    from .._sync.client import Client
    from .._sync.collection import Collection
    from .._sync.group import Group
    from .._sync.record import Record

    Dict: TypeAlias = dict[str, Any]
    Resource: TypeAlias = Bucket | Group | Collection[Dict] | Record[Dict]

FORMS = "BUCKET, BUCKET/COLLECTION, BUCKET/COLLECTION/RECORD, or BUCKET/@GROUP"

_URL = re.compile(r"(https?://.*?/v\d+)(?:/(.*))?", re.IGNORECASE)
_LISTS = re.compile(r"/?buckets(/[^/]+/(groups|collections(/[^/]+/records)?))?/?")


@attrs.frozen
class Place:
    """One object, or with `inside` the list of what is in it. Without a bucket: the server."""

    bucket: str | None = None
    group: str | None = None
    collection: str | None = None
    record: str | None = None
    inside: bool = False
    """Written with a slash at its end: something new in there."""
    groups: bool = False
    """The groups of the bucket, rather than its collections."""
    server: str | None = None
    """The URL in front of the path, if there was one. It may hold credentials."""

    @property
    def kind(self) -> str:
        """What it is: server, bucket, group, collection or record."""
        for kind in ("record", "collection", "group", "bucket"):
            if getattr(self, kind) is not None:
                return kind
        return "server"

    def __str__(self) -> str:
        if self.group is not None or self.groups:
            return f"{self.bucket}/@{self.group or ''}"
        return "/".join(part for part in (self.bucket, self.collection, self.record) if part is not None)

    @property
    def parent(self) -> "Place":
        """What it is in: the collection of a record, the bucket of a group or collection, the server of a bucket."""
        if self.record is not None:
            return attrs.evolve(self, record=None)
        return Place(None if self.kind == "bucket" else self.bucket, server=self.server)

    def expect(self, command: str, *kinds: str) -> "Place":
        """Itself, when it is one of these kinds.

        Raises:
            UsageError: it is something else.
        """
        if self.kind not in kinds:
            raise UsageError(f"{command} is for a {' or '.join(kinds)}; {str(self) or 'a server'!r} is a {self.kind}")
        return self

    def of_bucket(self, client: "Client") -> "Bucket":
        """The bucket it is in, or is."""
        return client.bucket(self.bucket or "")

    def of_collection(self, client: "Client") -> "Collection[Dict]":
        """The collection it is in, or is."""
        return self.of_bucket(client).collection(self.collection or "")

    def resource(self, client: "Client") -> "Resource":
        """A handle on the object."""
        if self.group is not None:
            return self.of_bucket(client).group(self.group)
        if self.collection is None:
            return self.of_bucket(client)
        return self.of_collection(client) if self.record is None else self.of_collection(client).record(self.record)


def read_place(text: str) -> Place:
    """A place as somebody writes it: in the short form, as a server path, or with the server's URL in front.

    Raises:
        UsageError: it is none of these.
    """
    server = None
    rest = text.strip()
    if "://" in rest:
        found = _URL.fullmatch(rest)
        if found is None:
            raise UsageError("a URL has the version of the API in it: https://kinto.example.com/v1/BUCKET/COLLECTION")
        server, rest = found[1], found[2] or ""
        if rest == "buckets" or rest.startswith("buckets/"):
            rest = f"/{rest}"
    place = _from_path(rest) if rest.startswith("/") else _from_words(rest)
    return attrs.evolve(place, server=server)


def place_of(uri: str) -> Place:
    """The place of an object that the server names."""
    return _from_object(parse_path(uri))


def _from_path(text: str) -> Place:
    listed = _LISTS.fullmatch(text)
    if listed is None:
        return _from_object(parse_path(text))
    parts = text.strip("/").split("/")
    match parts:
        case ["buckets"]:
            return Place(inside=True)
        case ["buckets", bucket, "groups"]:
            return Place(bucket, inside=True, groups=True)
        case _:
            return Place(parts[1], collection=parts[3] if len(parts) > 3 else None, inside=True)


def _from_object(found: ObjectPath) -> Place:
    if found.bucket is None:
        raise UsageError(f"/accounts/{found.account}: accounts are not handled here; a PATH is {FORMS}")
    return Place(found.bucket, found.group, found.collection, found.record)


def _from_words(text: str) -> Place:
    parts = text.split("/")
    inside = parts[-1] == ""
    parts = parts[:-1] if inside else parts
    if "" in parts or len(parts) > 3:
        raise UsageError(f"{text!r} is not a PATH; write {FORMS}")
    match parts:
        case []:
            return Place(inside=True)
        case [bucket]:
            return Place(bucket, inside=inside)
        case [bucket, second] if second.startswith("@"):
            return Place(bucket, second[1:] or None, inside=second == "@", groups=second == "@")
        case [bucket, second]:
            return Place(bucket, collection=second, inside=inside)
        case _:
            if parts[1].startswith("@"):
                raise UsageError(f"{text!r} is not a PATH; there is nothing in a group, which is BUCKET/@GROUP")
            return Place(parts[0], collection=parts[1], record=parts[2])
