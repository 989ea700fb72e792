"""A record."""

from typing import TYPE_CHECKING, Any, ClassVar, Generic

from ..objects.documents import Codec
from ..objects.typevars import D
from ..protocol.jsontypes import JSONObject
from ..protocol.paths import Kind, quote_id
from .resource import AsyncResource

if TYPE_CHECKING:
    from .collection import AsyncCollection


class AsyncRecord(AsyncResource[D], Generic[D]):
    """A record of a collection. `record.data` is the collection's model, or a dict."""

    __slots__ = ()

    _kind: ClassVar[Kind] = "record"
    _parent: "AsyncCollection[D]"

    def __init__(self, collection: "AsyncCollection[D]", id: str, row: JSONObject | None = None) -> None:  # noqa: A002
        super().__init__(id, row)
        self._parent = collection

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
