"""What the server says of its own condition: that it wants calm, and that its end is near.

One gate is shared by a client, its clones, and all their threads and tasks.
"""

import math
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from ..protocol.server import Alert

HERE = str(Path(__file__).parents[1] / "_").rstrip("_")


@attrs.define(eq=False)
class Gate:
    """When the next request may go. Each method is one assignment or call that threads can't split."""

    until: float = 0.0
    """On the clock of the session. 0 as long as the server never asked for anything, which costs one test."""
    _known: set[str] = attrs.field(factory=set[str])
    _untold: "list[Alert]" = attrs.field(factory=list["Alert"])

    def learn(self, header: str, now: float) -> float | None:
        """Keep what a `Backoff` header asks for. Returns its seconds, None when it asks for nothing."""
        try:
            seconds = float(header)
        except ValueError:
            return None
        if not (math.isfinite(seconds) and seconds > 0):
            return None
        self.until = max(self.until, now + seconds)
        return seconds

    def remaining(self, now: float) -> float:
        """The seconds until the next request may go."""
        return max(0.0, self.until - now)

    def alert(self, header: str) -> "Alert | None":
        """Keep what an `Alert` header says, to be told later. Returns None when it was heard before."""
        if header in self._known:
            return None
        from ..protocol.server import alert_from

        self._known.add(header)
        alert = alert_from(header)
        self._untold.append(alert)
        return alert

    def warn(self) -> None:
        """Warn of each alert, once, at the line of the program that made the call."""
        if self._untold:
            # At once, for other threads tell them too.
            untold, self._untold = self._untold, []
            for alert in untold:
                warnings.warn(str(alert), DeprecationWarning, stacklevel=_outside())


def _outside() -> int:
    """How many frames up the first one lies that is not ours."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(HERE):
        frame, level = frame.f_back, level + 1
    return level
