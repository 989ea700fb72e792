# Generated from kinto_sdk/_aio/group.py by tools/unasync.py. Edit that file, then run `make generate`.
"""A group."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..flows import members as flows
from ..objects.documents import PLAIN
from ..objects.members import Members, member_ids
from ..protocol.errors import NotLoadedError
from ..protocol.filters import F
from ..protocol.ids import Kind, quote_id
from ..protocol.jsontypes import JSONObject
from ..protocol.principals import Principal, check_member, principal
from .history import History, history_of
from .resource import Resource

if TYPE_CHECKING:
    from .bucket import Bucket


class Group(Resource[dict[str, Any]]):
    """A group of a bucket: principals that share permissions. It may stand where a principal is asked for."""

    __slots__ = ("_path",)

    _kind: ClassVar[Kind] = "group"
    _codec = PLAIN
    _parent: "Bucket"

    def __init__(self, bucket: "Bucket", id: str, row: JSONObject | None = None) -> None:  # noqa: A002
        super().__init__(bucket._context.check_id("group", id), row)
        self._parent = bucket
        self._path = f"{bucket.path}/groups/{quote_id(self._id)}"

    @property
    def path(self) -> str:
        """The server path, without the version. It never changes."""
        return self._path

    @property
    def bucket(self) -> "Bucket":
        """The bucket it is in."""
        return self._parent

    @property
    def principal(self) -> str:
        """The principal that stands for the group's members in permissions.

        Raises:
            NotLoadedError: it is in the default bucket, whose real id, which the principal has in it, is not known yet.
        """
        if self._parent._id == "default" and self._parent._seen is None:
            raise NotLoadedError(
                f"{self.path}: a group is known to permissions by the real id of its bucket; load() the bucket first"
            )
        return f"/buckets/{self._parent.id}/groups/{self.id}"

    @property
    def members(self) -> Members:
        """The user ids in it, as a set: `group.members.add("account:bob")`, then `save()`. Or assign a list.

        It is a view of `group.data["members"]`. When somebody else changed them meanwhile, a rebase keeps the
        additions and removals of both.

        Raises:
            NotLoadedError: the group has not been loaded.
            UsageError: on adding a group or `EVERYONE`, which the server refuses.
        """
        return Members(self.data)

    @members.setter
    def members(self, members: Iterable[Principal]) -> None:
        self.data["members"] = member_ids(members)

    def add_member(self, *who: Principal) -> Self:
        """Put members into the group now, whoever else changes it meanwhile; unsaved edits stay unsaved.

        Sends a PATCH of the list with `If-Match`, after a GET when the group was not loaded or seems to have them
        already, and again on the newer list after a conflict. Returns the group.

        Raises:
            NotFoundError: there is no such group.
            PermissionDeniedError: the caller may not change it.
            UsageError: a group or `EVERYONE`, which can't be members.
        """
        return self._port.perform(self, flows.add_member(self, tuple(map(check_member, who))))

    def remove_member(self, *who: Principal) -> Self:
        """Take members out of the group now; who is none is left out. It sends and raises what `add_member()` does."""
        return self._port.perform(self, flows.remove_member(self, tuple(map(principal, who))))

    def history(self) -> History[dict[str, Any]]:
        """Who changed the group, as a lazy query of `HistoryEntry`, newest first. Sends nothing.

        `history().diffs()` tells what each change did.

        Raises:
            CapabilityMissingError: on reading, when the server runs without the history plugin.
        """
        return history_of(self._parent, scope=(F.group_id == self._id,), single=True)
