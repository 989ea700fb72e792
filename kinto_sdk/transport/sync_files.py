"""Work on files that would hold up an event loop, for the sync client, which has none."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def away(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do it at once."""
    return work(*args, **kwargs)
