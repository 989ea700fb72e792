"""What became of a plan."""

from typing import Any

import attrs

from .outcome import Outcome


@attrs.frozen
class Applied:
    """How many objects a plan created, updated and deleted. `print()` shows it."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    """Without what was in the collections deleted."""
    files: int = 0
    """Files copied, or removed."""
    failed: tuple[Outcome[Any], ...] = ()
    """What was not done, with the object and the error; empty unless `raise_on_error` tolerates failures."""

    @property
    def ok(self) -> bool:
        """Whether everything was done."""
        return not self.failed

    def __str__(self) -> str:
        counts = {
            "created": self.created,
            "updated": self.updated,
            "deleted": self.deleted,
            "file copied" if self.files == 1 else "files copied": self.files,
            "failed": len(self.failed),
        }
        done = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing done"
        return f"{done}; the first: {self.failed[0].error}" if self.failed else done
