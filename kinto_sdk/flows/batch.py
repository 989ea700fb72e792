"""The unit of work: many flows, driven side by side through the batch endpoint.

It is a flow itself, so whatever runs a flow runs a batch. The operations go chunk by chunk. The flows of a chunk start
when it does, so that one of them can build on the answers of the chunk before, and advance together: each round is one
`POST /batch`, and each answer in it goes to the flow that asked. All of a chunk ends before the next one starts.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any

import attrs

from ..objects.context import Context
from ..objects.outcome import Operation, Outcome, S
from ..protocol.errors import (
    BackoffError,
    KintoError,
    NotSentError,
    ResponseError,
    RolledBackError,
    ServerError,
    ServiceDeprecatedError,
    ThrottledError,
    TransportError,
    error_from,
)
from ..protocol.jsontypes import is_list, is_object
from ..protocol.messages import Flow, Request, Response
from ..protocol.server import BATCH_MAX_REQUESTS
from .chunks import Chunk
from .jobs import Job
from .server import common_info, known_info

RERUNS = 5
"""How often what a colliding write undid is sent again."""

ENDS_A_BATCH = (TransportError, BackoffError, ThrottledError, ServerError, ServiceDeprecatedError)
"""After these nothing more is sent: the rest would most likely meet the same, and must not run out of order."""

ALONE = frozenset({"grant", "revoke", "json_patch", "merge_patch", "add_attachment", "create_attached"})
"""The verbs that the batch endpoint can't carry. Known before they are planned for `plan()` alone."""


def run(jobs: Sequence[Job[Any]], context: Context) -> Flow[None]:
    """Carry out the jobs. Raises nothing: afterwards each knows its status and error, however it ended."""
    work = _Run(jobs, context)
    try:
        yield from work.everything()
    finally:
        work.settle()


def outcomes(jobs: Sequence[Job[S]], context: Context) -> Flow[list[Outcome[S]]]:
    """Carry out the jobs, and tell what became of them."""
    yield from run(jobs, context)
    return [job.outcome() for job in jobs]


def ends(error: Exception | None) -> bool:
    """Whether a batch ends with this error of one of its operations."""
    return isinstance(error, ENDS_A_BATCH)


def discard(jobs: Iterable[Job[Any]], why: str) -> None:
    """End the jobs whose turn has not come."""
    for job in jobs:
        if job.status is None:
            job.fail(NotSentError(f"{job}: not sent, {why}"))


def plan(jobs: Sequence[Job[S]], context: Context) -> list[list[Operation[S]]]:
    """The chunks as far as they are known before anything is planned."""
    info = known_info(context)
    limit = BATCH_MAX_REQUESTS if info is None else info.settings.batch_max_requests
    chunks: list[list[Operation[S]]] = []
    chunk = Chunk(0)
    for job in jobs:
        method = "DELETE" if job.verb == "delete" else "PATCH"
        path, alone = job.target.path, job.verb in ALONE
        if not (chunk.has_room_for(job.target) and chunk.take(job.target, method, path, alone=alone)):
            chunk = Chunk(limit)
            chunk.take(job.target, method, path, alone=alone)
            chunks.append([])
        chunks[-1].append(Operation(job.verb, job.target))
    return chunks


def limit_of(context: Context) -> Flow[int]:
    """How many operations the server takes at once. A server that hides its root view is taken for a usual one.

    Raises:
        KintoError: the server can't be reached, or can't serve now.
    """
    try:
        info = yield from common_info(context)
    except ResponseError as error:
        if ends(error):
            raise
        return BATCH_MAX_REQUESTS
    return info.settings.batch_max_requests


@attrs.define(eq=False)
class _Run:
    jobs: Sequence[Job[Any]]
    context: Context
    trouble: Exception | None = None
    """Why nothing more is sent."""
    under_way: Sequence[Job[Any]] = ()

    def is_over(self) -> bool:
        """Whether nothing more is sent."""
        return self.trouble is not None

    def everything(self) -> Flow[None]:
        try:
            limit = yield from limit_of(self.context)
        except KintoError as error:
            self.trouble = error
            return
        waiting = iter(self.jobs)
        job = next(waiting, None)
        while job is not None and not self.is_over():
            chunk = Chunk(limit)
            members: list[Job[Any]] = []
            while job is not None and chunk.has_room_for(job.target):
                if job.request is None:
                    job.start()
                request = job.request
                if request is not None:
                    size = len(job.encoded)
                    if not chunk.take(job.target, request.method, request.path, size=size, alone=job.alone):
                        break
                    members.append(job)
                job = next(waiting, None)
            yield from self._chunk(members)

    def settle(self) -> None:
        """Leave no job without an outcome, and no object in doubt whose request was not sent."""
        for job in self.under_way:
            if job.status is None:
                job.interrupt()
        why = "the batch was interrupted"
        if self.trouble is not None:
            why = f"the batch ended before its turn: {self.trouble}"
        discard(self.jobs, why)

    def _chunk(self, members: Sequence[Job[Any]]) -> Flow[None]:
        reruns = 0
        while members and not self.is_over():
            collided = False
            for group in _groups(members):
                if len(group) == 1:
                    yield from self._single(group[0])
                else:
                    collided |= yield from self._together(group, last=reruns == RERUNS)
                if self.is_over():
                    return
            reruns += collided
            members = [job for job in members if job.status is None]

    def _single(self, job: Job[Any]) -> Flow[None]:
        assert job.request is not None
        self.under_way = (job,)
        try:
            response = yield job.request
        except KintoError as error:
            self.trouble = error
            job.fail(error)
        else:
            response.retried |= job.resent
            job.answer(response)
            if ends(job.error):
                self.trouble = job.error
        self.under_way = ()

    def _together(self, group: Sequence[Job[Any]], *, last: bool) -> Flow[bool]:
        """One `POST /batch`. Whether writes collided, so that some have to be sent again."""
        self.under_way = group
        collided = False
        try:
            outer = yield _envelope(group)
            if outer.status == 200:
                collided = _distribute(group, _answers(group, outer), last=last)
            elif outer.status == 409:
                # A collision met when the server closed the transaction: all of it was undone.
                collided = True
                _send_again(group, outer, last=last)
            else:
                self._refused(group, outer)
        except KintoError as error:
            self._unanswered(group, error)
        self.under_way = ()
        return collided

    def _refused(self, group: Sequence[Job[Any]], outer: Response) -> None:
        if outer.status >= 500:
            # What was done of it depends on the server's storage, so each object is in doubt.
            for job in group:
                assert job.request is not None
                job.answer(
                    Response(outer.status, outer.headers, outer.content, request=job.request, sender=outer.sender)
                )
            self.trouble = error_from(outer)
        elif outer.retried:
            self._unanswered(group, TransportError(str(error_from(outer)), request=outer.request))
        else:
            for job in group:
                job.fail(error_from(outer))
            self.trouble = error_from(outer)

    def _unanswered(self, group: Sequence[Job[Any]], error: KintoError) -> None:
        """Each flow gets an error of its own, since raising one adds to its traceback."""
        for job in group:
            own = copy(error)
            own.args = (f"{job}, sent in a batch: {error}",)
            own.__cause__ = error
            if isinstance(own, TransportError):
                assert job.request is not None
                own.request = job.request.as_shown(None if own.request is None else own.request.sender)
            job.fail(own)
        self.trouble = error


def _groups(members: Sequence[Job[Any]]) -> Iterator[Sequence[Job[Any]]]:
    group: list[Job[Any]] = []
    for job in members:
        if job.by_itself:
            if group:
                yield group
            yield [job]
            group = []
        else:
            group.append(job)
    if group:
        yield group


def _envelope(group: Sequence[Job[Any]]) -> Request:
    # Its own headers stay empty: the server gives them to every item.
    return Request(
        "POST",
        "/batch",
        json={"requests": [job.item for job in group]},
        content=b'{"requests":[' + b",".join([job.encoded for job in group]) + b"]}",
        repeatable=all(job.request is not None and job.request.repeatable for job in group),
    )


def _answers(group: Sequence[Job[Any]], outer: Response) -> list[Response]:
    parts = outer.object().get("responses")
    if not is_list(parts) or len(parts) != len(group):
        raise outer.unreadable(f"does not hold {len(group)} responses")
    answers: list[Response] = []
    retried, sender = outer.retried, outer.sender
    for job, part in zip(group, parts, strict=True):
        if not is_object(part) or not isinstance(status := part.get("status"), int):
            raise outer.unreadable("has a response without a status in it")
        assert job.request is not None
        answer = Response(status, part.get("headers") or {}, request=job.request, json=part.get("body"), sender=sender)
        answer.retried = retried or job.resent
        answers.append(answer)
    return answers


def _send_again(group: Sequence[Job[Any]], outer: Response, *, last: bool) -> None:
    for job in group:
        if last:
            job.fail(error_from(outer))
        job.resent |= outer.retried


def _distribute(group: Sequence[Job[Any]], answers: Sequence[Response], *, last: bool) -> bool:
    """Give each flow its answer, unless it can't be trusted: whether there are such.

    On PostgreSQL a 409 rolls back what the request did before it, though that was answered with success, and what
    comes after it may have failed for want of what was rolled back. So only the successes after the last 409 count.
    """
    fatal = -1
    for index, answer in enumerate(answers):
        if answer.status == 409:
            fatal = index
    for index, (job, answer) in enumerate(zip(group, answers, strict=True)):
        if fatal < 0 or (index > fatal and answer.ok):
            job.answer(answer)
        elif not last:
            # What was refused in every round was never done; anything else may have been, where nothing is undone.
            job.resent = answer.retried or answer.ok or answer.status == 409 or answer.status >= 500
            job.collisions += answer.status == 409
        elif answer.ok:
            job.fail(
                RolledBackError(f"{job}: undone by the server, {RERUNS + 1} times, by a collision beside it (409)")
            )
        else:
            job.answer(answer)
    return fatal >= 0
