"""What an import does, told step by step."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import attrs

from ...objects.difference_text import show
from ...objects.history import Diff
from ...protocol.jsontypes import JSONObject
from ..places import Place

Action: TypeAlias = Literal["create", "update", "delete"]

SIGNS: Mapping[Action, str] = {"create": "+", "update": "~", "delete": "-"}


@attrs.frozen
class Step:
    """One object that is created, updated or deleted."""

    action: Action
    place: Place
    diff: Diff | None = None
    """What changes, in an update."""
    file: str | None = None
    """The name of the file that it gets; empty when its file goes."""

    def __str__(self) -> str:
        told = ", ".join(self.changes())
        return f"{SIGNS[self.action]} {self.place}{': ' if told else ''}{told}"

    def changes(self) -> Iterator[str]:
        """What changes, one field or permission after the other."""
        if self.diff is not None:
            yield from (f"{name}: {show(a, 40)} → {show(b, 40)}" for name, (a, b) in self.diff.changed.items())
            yield from (f"+ {name}: {show(value, 40)}" for name, value in self.diff.added.items())
            yield from (f"- {name}: {show(value, 40)}" for name, value in self.diff.removed.items())
            for sign, lists in (("+", self.diff.granted), ("-", self.diff.revoked)):
                yield from (f"{sign} {name}: {' '.join(sorted(who))}" for name, who in lists.items())
        if self.file is not None:
            yield f"file {self.file}" if self.file else "- its file"

    def to_dict(self) -> JSONObject:
        """The step as JSON."""
        row: JSONObject = {"action": self.action, "path": str(self.place)}
        if self.diff is not None:
            row |= diff_to_dict(self.diff)
        if self.file is not None:
            row["file"] = self.file or None
        return row


def diff_to_dict(diff: Diff) -> JSONObject:
    """What changed as JSON; what is empty is left out."""
    found: dict[str, Any] = {
        "added": dict(diff.added),
        "removed": dict(diff.removed),
        "changed": {name: {"before": before, "after": after} for name, (before, after) in diff.changed.items()},
        "granted": {name: sorted(who) for name, who in diff.granted.items()},
        "revoked": {name: sorted(who) for name, who in diff.revoked.items()},
    }
    return {name: value for name, value in found.items() if value}


def nothing(*_: object) -> None:
    """What is done where nobody wants to know."""


@attrs.frozen(eq=False)
class Report:
    """What becomes of an import, as it goes on."""

    on_step: Callable[[Step], object] = nothing
    """Called with what was done, or is to be done."""
    on_refusal: Callable[[Place, Exception], object] = nothing
    """Called with the error of each record, or file of one, that the server does not take. The others go on."""
    counts: Counter[str] = attrs.field(factory=Counter[str], init=False)
    """How many objects there were of each kind: create, update, delete, unchanged, refused; and files_left."""

    def add(self, step: Step) -> None:
        """One step more."""
        self.counts[step.action] += 1
        self.on_step(step)

    def refuse(self, place: Place, error: Exception) -> None:
        """One record, or its file, was refused."""
        self.counts["refused"] += 1
        self.on_refusal(place, error)

    def to_dict(self) -> JSONObject:
        """The counts as JSON."""
        names = {"created": "create", "updated": "update", "deleted": "delete"}
        return {name: self.counts[names.get(name, name)] for name in (*names, "unchanged", "refused")}
