"""The difference between what was seen and what the user has now."""

from collections.abc import Mapping
from typing import Any

import attrs

from ..protocol.jsontypes import JSONObject, same
from .documents import MISSING, overlay


@attrs.frozen
class Changes:
    """Unsaved edits: top-level fields set and removed, and permissions by name. Falsy when there are none."""

    set: Mapping[str, Any]
    """The fields added or changed, with the values that would be sent."""
    removed: tuple[str, ...]
    """The fields taken out."""
    permissions: Mapping[str, list[str]] | None
    """The whole list of each edited permission; None when no permission was edited."""

    def __bool__(self) -> bool:
        return bool(self.set or self.removed or self.permissions is not None)

    def apply(self, document: JSONObject) -> JSONObject:
        """The document with the field changes made, sharing the values that did not change."""
        changed = {key: value for key, value in document.items() if key not in self.removed}
        changed.update(self.set)
        return changed


def changes_between(
    seen: JSONObject, base: JSONObject, mine: JSONObject, permissions: Mapping[str, list[str]] | None
) -> Changes:
    """The edits that turn `base`, which the user was shown of `seen`, into `mine`."""
    changed = {
        key: overlay(seen.get(key, MISSING), base[key], value) if key in base else value
        for key, value in mine.items()
        if key not in base or not same(base[key], value)
    }
    removed = tuple(key for key in base if key not in mine)
    return Changes(changed, removed, permissions)
