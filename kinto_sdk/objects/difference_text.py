"""Differences as people read them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from ..protocol.jsontypes import JSONObject, is_object, same
from .difference import Difference, PlannedCreate, PlannedDelete, PlannedFile, PlannedUpdate
from .history import diff_between

MOST_SHOWN = 100
"""How many writes of a list are shown; the others are counted."""


def described(difference: Difference) -> Iterator[str]:
    """A few lines for each write: `+` what comes, `~` what changes, `-` what goes."""
    writes: Iterator[PlannedCreate | PlannedUpdate | PlannedDelete | PlannedFile] = chain(
        difference.creates, difference.updates, difference.deletes, difference.files
    )
    for write in islice(writes, MOST_SHOWN):
        yield from _lines(write)
    if len(difference) > MOST_SHOWN:
        yield f"… and {len(difference) - MOST_SHOWN:,} more"


def _lines(write: PlannedCreate | PlannedUpdate | PlannedDelete | PlannedFile) -> Iterator[str]:
    if isinstance(write, PlannedCreate):
        yield f"+ {_name(write)}: {show(write.document)}"
        yield from _permissions({}, write.permissions)
    elif isinstance(write, PlannedUpdate):
        yield f"~ {_name(write)}"
        yield from (f"    {line}" for line in _fields(write.before, write.document))
        yield from _permissions(write.permissions_before, write.permissions)
    elif isinstance(write, PlannedFile):
        file = write.attachment
        yield f"- {write.id}: its file" if file is None else f"+ {write.id}: file {file.filename} ({file.size:,} bytes)"
    else:
        records = f" and its records ({write.contains:,})" if write.contains else ""
        yield f"- {_name(write)}{records}: {show(write.document)}"


def _name(write: PlannedCreate | PlannedUpdate | PlannedDelete) -> str:
    return str(write.key) if write.id is None or write.id == write.key else f"{write.key} ({write.id})"


def _fields(before: JSONObject, after: JSONObject, above: str = "") -> Iterator[str]:
    for name, value in before.items():
        if name not in after:
            yield f"- {above}{name}: {show(value)}"
        elif is_object(value) and is_object(after[name]):
            yield from _fields(value, after[name], f"{above}{name}.")
        elif not same(value, after[name]):
            yield f"{above}{name}: {show(value, 40)} → {show(after[name], 40)}"
    for name, value in after.items():
        if name not in before:
            yield f"+ {above}{name}: {show(value)}"


def _permissions(before: Any, after: Any) -> Iterator[str]:
    moved = diff_between({}, {}, before or {}, after or {})
    for sign, lists in (("+", moved.granted), ("-", moved.revoked)):
        for name, who in lists.items():
            yield from (f"    {sign} {name}: {principal}" for principal in sorted(who))


def summary(differences: Sequence[Difference]) -> str:
    """How much there is to do, in one line."""
    within = sum(delete.contains for each in differences for delete in each.deletes)
    files = sum(len(each.files) for each in differences)
    counts = {
        "to create": sum(len(each.creates) for each in differences),
        "to update": sum(len(each.updates) for each in differences),
        "to delete": sum(len(each.deletes) for each in differences),
        "record with its collection" if within == 1 else "records with their collections": within,
        "file to copy" if files == 1 else "files to copy": files,
    }
    parts = [f"{count:,} {what}" for what, count in counts.items() if count] or ["nothing to do"]
    return ", ".join([*parts, f"{sum(each.unchanged for each in differences):,} as desired"])


def plan_text(differences: Mapping[str, Difference]) -> str:
    """The writes of a plan list by list, and how much there is to do."""
    lines: list[str] = []
    for path, difference in differences.items():
        if difference:
            lines.append(path)
            lines.extend(f"  {line}" for line in described(difference))
    return "\n".join([*lines, summary(list(differences.values()))])


def show(value: Any, most: int = 60) -> str:
    """A value as messages and plans print it: JSON, cut when it is long."""
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else text[: most - 1] + "…"
