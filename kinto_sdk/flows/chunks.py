"""Which operations may travel together in one request to the batch endpoint.

Within a chunk the operations advance side by side, so those whose order matters beyond their first request are kept
apart: two on one object, and the deletion of an object with anything below it.
"""

from typing import Protocol

import attrs

MAX_BYTES = 1_000_000
"""A body stays below this: proxies refuse those of more than 1 MiB unless told otherwise."""


class Target(Protocol):
    """The object of an operation."""

    @property
    def path(self) -> str:
        """Where it is on the server."""
        ...


@attrs.define(eq=False)
class Chunk:
    """Takes operations in their order until one has to wait for the next chunk."""

    limit: int
    """How many operations the server takes at once."""
    _count: int = 0
    _size: int = 0
    _targets: set[int] = attrs.field(factory=set[int])
    _paths: set[str] = attrs.field(factory=set[str])
    _above: set[str] = attrs.field(factory=set[str])
    _deleted: set[str] = attrs.field(factory=set[str])

    def has_room_for(self, target: object) -> bool:
        """Whether an operation on this object may be planned now: the chunk holds no other whose answer it needs."""
        return self._count < self.limit and id(target) not in self._targets

    def take(self, target: Target, method: str, path: str, *, size: int = 0, alone: bool = False) -> bool:
        """Add an operation; False when it has to wait for the next chunk. An empty chunk takes any."""
        if "?" in path:
            path = path.partition("?")[0]
        own = target.path  # its first request may read something else, such as the schema of the collection
        if self._count and (alone or self._size + size > MAX_BYTES or self._is_bound_to(method, path, own)):
            return False
        self._count = self.limit if alone else self._count + 1
        self._size += size
        self._targets.add(id(target))
        self._hold(method, path)
        if own != path:
            self._hold("", own)
        return True

    def _hold(self, method: str, path: str) -> None:
        self._paths.add(path)
        if method == "DELETE":
            self._deleted.add(path)
        cut = path.rfind("/")
        while cut > 0:
            path = path[:cut]
            if path in self._above:
                break
            self._above.add(path)
            cut = path.rfind("/")

    def _is_bound_to(self, method: str, path: str, own: str) -> bool:
        if path in self._paths or own in self._paths or (method == "DELETE" and path in self._above):
            return True
        if self._deleted:
            path = own
            cut = path.rfind("/")
            while cut > 0:
                path = path[:cut]
                if path in self._deleted:
                    return True
                cut = path.rfind("/")
        return False
