"""Work on files that would hold up the event loop, for the async client."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def away(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do it in a thread."""
    return await asyncio.to_thread(work, *args, **kwargs)
