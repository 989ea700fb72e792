"""Writing many records: chunk after chunk, holding no more of them than are under way."""

from collections.abc import AsyncIterator, Callable, Sized
from typing import Any, TypeAlias, TypeVar

from ..flows import batch as unit
from ..flows.jobs import Job
from ..objects.context import Context
from ..objects.outcome import MOST_ERRORS, Outcome, RaiseOnError, Tally
from ..objects.state import State
from ..protocol.arguments import check_concurrency, check_progress
from ..protocol.messages import Flow
from ..transport.async_documents import Documents, Stream, iterating, take
from .port import AsyncPort

S = TypeVar("S", bound=State[Any])

Progress: TypeAlias = Callable[[int, int | None], object]
"""Called with how many operations are done, and how many there are when that is known."""


def bulk(
    port: AsyncPort,
    context: Context,
    jobs: Documents[Job[S]],
    source: Documents[Any],
    *,
    raise_on_error: RaiseOnError,
    on_progress: Progress | None,
    concurrency: int,
) -> Stream[Outcome[S]]:
    """Carry out jobs taken from `jobs` as they are needed; `source` may know how many there are."""
    check_concurrency(concurrency)
    check_progress(on_progress)
    tally = Tally(raise_on_error)
    total = len(source) if isinstance(source, Sized) else None
    return _bulk(port, context, jobs, total=total, tally=tally, on_progress=on_progress, concurrency=concurrency)


async def _bulk(
    port: AsyncPort,
    context: Context,
    jobs: Documents[Job[S]],
    *,
    total: int | None,
    tally: Tally,
    on_progress: Progress | None,
    concurrency: int,
) -> Stream[Outcome[S]]:
    limit = await port.ask(unit.limit_of(context))
    source = iterating(jobs)
    going = True

    async def portions() -> AsyncIterator[Flow[list[Outcome[S]]]]:
        while going and (portion := await take(source, limit)):
            yield unit.outcomes(portion, context)

    async for outcomes in port.each(portions(), concurrency):
        tally.add((outcome.error for outcome in outcomes), most=MOST_ERRORS)
        # What is under way still ends, and its outcomes are given.
        going = going and not (tally.raise_on_error and any(unit.ends(outcome.error) for outcome in outcomes))
        if on_progress is not None:
            on_progress(tally.total, total)
        for outcome in outcomes:
            yield outcome
    error = tally.error()
    if error is not None:
        raise error
