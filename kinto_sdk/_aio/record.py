"""A record."""

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self

from ..flows import history as flows
from ..objects.documents import Codec
from ..objects.state import UNREAD
from ..objects.typevars import D
from ..protocol.errors import UsageError
from ..protocol.filters import F
from ..protocol.jsontypes import JSONObject
from ..protocol.paths import Kind, parse_path, quote_id
from .history import AsyncHistory, AsyncHistoryEntry, history_of
from .resource import AsyncResource

if TYPE_CHECKING:
    from .collection import AsyncCollection


class AsyncRecord(AsyncResource[D], Generic[D]):
    """A record of a collection. `record.data` is the collection's model, or a dict."""

    __slots__ = ()

    _kind: ClassVar[Kind] = "record"
    _parent: "AsyncCollection[D]"

    def __init__(self, collection: "AsyncCollection[D]", id: str, row: JSONObject | None = None) -> None:  # noqa: A002
        # What State.__init__ does, without the call: a list makes very many records.
        self._parent = collection
        self._id = id
        self._data = UNREAD
        self._seen = row
        self._base = self._acl = self._created = None
        self._deleted = self._partial = self._stale = False
        self.last_modified = None if row is None else row.get("last_modified")

    @property
    def path(self) -> str:
        """The server path, without the version. It never changes."""
        return f"{self._parent._records_path}/{quote_id(self._id)}"

    @property
    def collection(self) -> "AsyncCollection[D]":
        """The collection it is in."""
        return self._parent

    @property
    def _codec(self) -> Codec[D]:
        return self._parent._record_codec

    @property
    def _model(self) -> type[Any] | None:
        return self._parent.model

    def history(self) -> AsyncHistory[D]:
        """Who changed the record, as a lazy query of `HistoryEntry`, newest first. Sends nothing.

        `history().diffs()` tells what each change did; `restore(entry)` brings a version back.

        Raises:
            CapabilityMissingError: on reading, when the server runs without the history plugin.
        """
        scope = (F.collection_id == self._parent._id, F.record_id == self._id)
        codec: Codec[D] = self._codec
        return history_of(self._parent._parent, scope=scope, single=True, codec=codec, model=self._model)

    async def restore(self, entry: AsyncHistoryEntry[Any], *, safe: bool = True) -> Self:
        """Bring a version of this record back, or the record itself when it was deleted.

        Sends a PUT of the version's whole document, with `If-Match` the version seen here; a record never loaded is
        read first. When there is no record, it is created with `If-None-Match: *`. Unsaved edits are dropped. The
        attachment stays the one there is, and so do the permissions: `entry.permissions` has the old ones.

        Raises:
            UsageError: the entry is about another object, or a deletion: restore the entry before it.
            ConflictError: the record changed on the server since it was seen. Nothing was written.
            InvalidRequestError: the old document does not fit the collection's schema of today.
        """
        document = entry.document
        named = parse_path(entry.uri)
        if (named.collection, named.record) != (self._parent._id, self._id):
            raise UsageError(f"restore(): the entry is about {entry.uri}, not about {self.path}")
        if document is None:
            raise UsageError(f"restore(): the entry is the deletion of {entry.uri}; restore the entry before it")
        return await self._port.perform(self, flows.restore(self, document, safe=safe))
