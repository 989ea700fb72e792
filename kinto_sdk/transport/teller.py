"""Who hears of a session's work: the log, and the user's listener. The events are only loaded when somebody does."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import attrs

if TYPE_CHECKING:
    from .events import Event

LOG = logging.getLogger("kinto_sdk")

Listener: TypeAlias = Callable[["Event"], object]
"""What `on_event=` takes: called with each event."""


def log(event: "Event") -> None:
    """Write an event to the `kinto_sdk` logger."""
    from .events import LEVELS

    level = LEVELS.get(type(event))
    if level is not None and LOG.isEnabledFor(level):
        LOG.log(level, "%s", event)


@attrs.define(eq=False)
class Teller:
    """Passes events on: to the log, and to the user's listener."""

    _listener: Listener | None = attrs.field(default=None, alias="listener")

    @property
    def heard(self) -> bool:
        """Whether anybody wants to know of every request."""
        return self._listener is not None or LOG.isEnabledFor(logging.DEBUG)

    def __call__(self, event: "Event") -> None:
        """Tell of an event."""
        log(event)
        if self._listener is not None:
            try:
                self._listener(event)
            except Exception:
                # A request that was sent can't be taken back because somebody failed to take note of it.
                LOG.exception("on_event failed on %r", type(event).__name__)
