"""A group."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ..objects.documents import PLAIN, Codec
from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject
from ..protocol.paths import Kind, quote_id
from .resource import AsyncResource

if TYPE_CHECKING:
    from .bucket import AsyncBucket


class AsyncGroup(AsyncResource[dict[str, Any]]):
    """A group of a bucket: principals that share permissions. It may stand where a principal is asked for."""

    __slots__ = ("_path",)

    _kind: ClassVar[Kind] = "group"
    _parent: "AsyncBucket"

    def __init__(self, bucket: "AsyncBucket", id: str, row: JSONObject | None = None) -> None:  # noqa: A002
        super().__init__(bucket._context.check_id("group", id), row)
        self._parent = bucket
        self._path = f"{bucket.path}/groups/{quote_id(id)}"

    @property
    def path(self) -> str:
        """The server path, without the version. It never changes."""
        return self._path

    @property
    def bucket(self) -> "AsyncBucket":
        """The bucket it is in."""
        return self._parent

    @property
    def principal(self) -> str:
        """The principal that stands for the group's members in permissions."""
        return f"/buckets/{self._parent.id}/groups/{self.id}"

    @property
    def _codec(self) -> Codec[dict[str, Any]]:
        return PLAIN


def member_ids(members: object) -> list[str]:
    """The members of a group; a bare string is refused, since its letters would become members."""
    if isinstance(members, (str, bytes)) or not isinstance(members, Iterable):
        raise UsageError(f"members takes a list of user ids such as ['account:bob'], not {members!r}")
    ids = list(cast("Iterable[object]", members))
    for member in ids:
        if not isinstance(member, str) or not member:
            raise UsageError(f"members: {member!r} is not a user id such as 'account:bob'")
    return cast("list[str]", ids)
