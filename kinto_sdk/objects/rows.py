"""What a query gives when it does not stream: a list that knows its version, and a page."""

from typing import Any, Generic, TypeVar

import attrs

from ..protocol.messages import quote_etag

T = TypeVar("T")


class Records(list[T], Generic[T]):
    """All that a query found, as a list that knows the version of what it was read from."""

    def __init__(self, items: "list[T]", last_modified: int | None) -> None:
        super().__init__(items)
        self.last_modified: int | None = last_modified
        """The version of the whole list on the server when reading began, in milliseconds; filters don't change it."""

    @property
    def etag(self) -> str | None:
        """`last_modified` as the server writes it in an `ETag`: for `all(if_changed_since=...)` and `changes()`."""
        return None if self.last_modified is None else quote_etag(self.last_modified)

    @property
    def by_id(self) -> dict[str, T]:
        """The items by their id; built at each call."""
        found: list[Any] = list(self)
        return {item.id: item for item in found}

    def __reduce__(self) -> tuple[Any, ...]:
        return Records, (list(self), self.last_modified)


@attrs.frozen
class Page(Generic[T]):
    """One page of a query."""

    items: list[T]
    last_modified: int | None
    """The version of the whole list on the server when this page was read, in milliseconds."""

    @property
    def etag(self) -> str | None:
        """`last_modified` as the server writes it in an `ETag`."""
        return None if self.last_modified is None else quote_etag(self.last_modified)
