# Generated from kinto_sdk/_aio/my_permissions.py by tools/unasync.py. Edit that file, then run `make generate`.
"""What the caller may do."""

from typing import TYPE_CHECKING, Any

from ..protocol.errors import NotLoadedError
from ..protocol.jsontypes import JSONObject
from .port import Requiring
from .query import Query

if TYPE_CHECKING:
    from .account import Account
    from .bucket import Bucket
    from .collection import Collection
    from .group import Group
    from .navigation import Navigation
    from .record import Record

FIELDS = frozenset({"uri", "resource_name", "bucket_id", "collection_id", "group_id", "record_id", "id", "permissions"})


class PermissionEntry:
    """What the caller may do with one object."""

    __slots__ = ("_navigation", "_row")

    def __init__(self, navigation: "Navigation", row: JSONObject) -> None:
        self._navigation = navigation
        self._row = row

    @property
    def uri(self) -> str:
        """The server path of the object; `/` for the server as a whole."""
        uri: str = self._part("uri")
        return uri

    @property
    def resource_name(self) -> str:
        """What it is: `bucket`, `group`, `collection`, `record`, `account`, or `root` for the server as a whole."""
        name: str = self._part("resource_name")
        return name

    @property
    def permissions(self) -> frozenset[str]:
        """What the caller may do: `read`, `write`, `record:create` and the like.

        `read:attributes` is to read the object, but not what is below it.
        """
        return frozenset(self._part("permissions"))

    @property
    def id(self) -> str | None:
        """The id of the object; None for the server as a whole."""
        return self._row.get("id")

    @property
    def resource(
        self,
    ) -> "Account | Bucket | Group | Collection[dict[str, Any]] | Record[dict[str, Any]]":
        """A handle on the object. Sends nothing.

        Raises:
            UsageError: the entry is about the server as a whole.
        """
        return self._navigation.from_path(self.uri)

    def _part(self, name: str) -> Any:
        if name not in self._row:
            raise NotLoadedError(f"the entry was read without its {name}; name it in only(), or leave only() out")
        return self._row[name]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._row.get('uri')} {', '.join(self._row.get('permissions', ()))}>"


def permissions_of(navigation: "Navigation") -> Query[PermissionEntry]:
    """The list of the objects that the caller was given rights on."""
    return Query(
        path="/permissions",
        port=Requiring(navigation._port, navigation._context, "permissions_endpoint", "my_permissions()"),
        make=lambda row: PermissionEntry(navigation, row),
        allowed=FIELDS,
        versioned=False,
    )
