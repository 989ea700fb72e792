"""Where objects live, and where lists go on: the paths that the server names, read."""

import re
from urllib.parse import unquote, urlsplit

import attrs

from .errors import UsageError
from .ids import Kind
from .messages import Request, Response


@attrs.frozen
class ObjectPath:
    """The ids in a server path, None for what it does not name. `/buckets/b/groups/g` has a bucket and a group."""

    bucket: str | None = None
    group: str | None = None
    collection: str | None = None
    record: str | None = None
    account: str | None = None

    @property
    def kind(self) -> Kind:
        """What the path leads to."""
        for kind in ("account", "record", "collection", "group"):
            if getattr(self, kind) is not None:
                return kind
        return "bucket"


def parse_path(uri: object, server_url: str = "") -> ObjectPath:
    """The object behind a server path, as history, permissions and batch answers name it.

    A `/v1` in front, or the URL of the server, percent-encoding and a trailing slash are understood.

    Raises:
        UsageError: the path does not lead to one bucket, group, collection, record or account.
    """
    if not isinstance(uri, str):
        raise UsageError(f"{uri!r} is not the path of an object; one is /buckets/b/collections/c/records/r")
    parts = [unquote(part) for part in uri.removeprefix(server_url).split("?", 1)[0].strip("/").split("/")]
    if parts and re.fullmatch(r"v\d+", parts[0]):
        parts = parts[1:]
    match parts:
        case ["buckets", bucket]:
            return ObjectPath(bucket)
        case ["buckets", bucket, "groups", group]:
            return ObjectPath(bucket, group=group)
        case ["buckets", bucket, "collections", collection]:
            return ObjectPath(bucket, collection=collection)
        case ["buckets", bucket, "collections", collection, "records", record]:
            return ObjectPath(bucket, collection=collection, record=record)
        case ["accounts", account]:
            return ObjectPath(account=account)
        case _:
            raise UsageError(f"{uri!r} is not the path of an object; one is /buckets/b/collections/c/records/r")


def next_path(request: Request, response: Response) -> str | None:
    """Where the list goes on.

    The server builds `Next-Page` from the Host header, which behind a proxy names another host or scheme, so only its
    query string is kept, on the path that was asked: a token never leaves for another host.
    """
    link = response.headers.get("next-page")
    if not link:
        return None
    try:
        query = urlsplit(link).query
    except ValueError:
        raise response.unreadable("has a link to the next page that is no URL") from None
    following = f"{request.path.split('?', 1)[0]}?{query}"
    # Deleting ends by itself, when there is nothing left.
    if following == request.path and request.method == "GET":
        raise response.unreadable("has a link to the next page that leads to this one, which would never end")
    return following
