"""Three-way merge of documents: what both sides made of one they both had."""

from collections.abc import Collection
from typing import Any, TypeAlias

import attrs

from ..protocol.jsontypes import JSONObject, is_list, is_object, same
from .documents import MISSING

Path: TypeAlias = tuple[str, ...]
"""Where a value is in a document: the keys that lead to it."""


@attrs.frozen
class Merged:
    """A merged document. Where both sides changed one value differently it holds mine, and `overlaps` names it."""

    document: JSONObject
    overlaps: tuple[Path, ...]
    """Where both sides changed a value, sorted."""


def merge(base: JSONObject, mine: JSONObject, theirs: JSONObject, *, sets: Collection[str] = ()) -> Merged:
    """What both sides made of `base`, values shared with the three.

    Objects are merged key by key at every depth. Anything else is one value, lists too, but for the top-level fields
    named in `sets`: lists whose order says nothing, in which additions and removals of both sides are kept.
    """
    overlaps: list[Path] = []
    document: JSONObject = {}
    for key in {**theirs, **mine}:
        three = base.get(key, MISSING), mine.get(key, MISSING), theirs.get(key, MISSING)
        merged = _merge_set(*three) if key in sets else MISSING
        if merged is MISSING:
            merged = _merge(*three, (key,), overlaps)
        if merged is not MISSING:
            document[key] = merged
    return Merged(document, tuple(sorted(overlaps)))


def _merge(base: Any, mine: Any, theirs: Any, path: Path, overlaps: list[Path]) -> Any:
    if same(mine, theirs) or same(base, theirs):
        return mine
    if same(base, mine):
        return theirs
    if is_object(mine) and is_object(theirs) and (is_object(base) or base is MISSING):
        seen: JSONObject = base if is_object(base) else {}
        merged: JSONObject = {}
        for key in {**theirs, **mine}:
            three = seen.get(key, MISSING), mine.get(key, MISSING), theirs.get(key, MISSING)
            value = _merge(*three, (*path, key), overlaps)
            if value is not MISSING:
                merged[key] = value
        return merged
    overlaps.append(path)
    return mine


def _merge_set(base: Any, mine: Any, theirs: Any) -> Any:
    if not (_is_strings(mine) and _is_strings(theirs) and (_is_strings(base) or base is MISSING)):
        return MISSING
    before = frozenset[str]() if base is MISSING else frozenset(base)
    removed, known = before.difference(mine), before.union(theirs)
    return [value for value in theirs if value not in removed] + [value for value in mine if value not in known]


def _is_strings(value: Any) -> bool:
    return is_list(value) and all(isinstance(item, str) for item in value)
