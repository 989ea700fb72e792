"""What became of a collection's schema."""

from collections.abc import Mapping
from typing import Any

import attrs

from ..protocol.jsontypes import JSONObject, is_object
from .settle import alike


@attrs.frozen(kw_only=True)
class SchemaChange:
    """What `ensure_schema()` did. Falsy when the collection had the schema already."""

    before: JSONObject | None
    """The schema the collection had; None when it had none, or did not exist."""
    after: JSONObject
    """The schema it has."""
    created: bool = False
    """The collection did not exist, and was created."""

    def __bool__(self) -> bool:
        return self.created or self.before is None or not alike(self.before, self.after)

    @property
    def added(self) -> tuple[str, ...]:
        """The fields that the schema describes now and did not before, sorted."""
        old, new = self._properties()
        return tuple(sorted(new.keys() - old.keys()))

    @property
    def removed(self) -> tuple[str, ...]:
        """The fields that it described before."""
        old, new = self._properties()
        return tuple(sorted(old.keys() - new.keys()))

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields that it describes in another way, or of which it says now, or no more, that they are required."""
        old, new = self._properties()
        required = _names(self.before).symmetric_difference(_names(self.after))
        return tuple(
            name for name in sorted(old.keys() & new.keys()) if name in required or not alike(old[name], new[name])
        )

    def _properties(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        return _part(self.before, "properties"), _part(self.after, "properties")

    def __str__(self) -> str:
        if not self:
            return "unchanged"
        parts = (("added", self.added), ("changed", self.changed), ("removed", self.removed))
        said = "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names)
        return ("collection created; " if self.created else "") + (said or "schema set")


def _part(schema: JSONObject | None, name: str) -> Mapping[str, Any]:
    found = (schema or {}).get(name)
    return found if is_object(found) else {}


def _names(schema: JSONObject | None) -> frozenset[str]:
    return frozenset((schema or {}).get("required", ()))
