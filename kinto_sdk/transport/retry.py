"""Retrying, as a transformer of flows: what it waits for is a value it yields, so it needs no clock to be tested.

Only a request that says it is repeatable is sent again: a read, a create with the id drawn for it, a write that names
the version it is about. The one exception is a redirect, which says that nothing was done.
"""

from collections.abc import Callable, Generator
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

import attrs

from ..protocol.errors import (
    BackoffError,
    DeadlineExceededError,
    ResponseError,
    TransportError,
    UsageError,
    parse_retry_after,
)
from ..protocol.messages import Effects, Flow, Request, Response, Sleep, through
from .backoff import Gate
from .redirects import MOST_REDIRECTS, redirected
from .teller import Listener

R = TypeVar("R")

OnBackoff: TypeAlias = Literal["wait", "raise"]
"""What a request does while the server asks for calm: wait its turn, or raise BackoffError."""


def _not_negative(_: "RetryPolicy", field: "attrs.Attribute[Any]", value: object) -> None:
    if value is None and field.name in ("deadline", "retry_after"):
        return
    kinds = int if field.name == "retries" else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not value >= 0:
        kind = "a number of retries" if field.name == "retries" else "a number of seconds"
        raise UsageError(f"RetryPolicy({field.name}={value!r}): it is {kind}, 0 or more")


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """When a request that can be repeated is sent again, and how long to wait before that. All times are in seconds.

    A request is sent again when no answer came, and after a 409, 429, 502, 503 or 504. The wait is what the server
    asks for in `Retry-After`; otherwise it is drawn between 0 and a bound that doubles with each attempt, so that
    many clients do not come back at once.

    Raises:
        UsageError: a negative number, or none.
    """

    STATUSES: ClassVar[frozenset[int]] = frozenset({409, 429, 502, 503, 504})
    """The answers after which a request is sent again."""

    retries: int = attrs.field(default=3, validator=_not_negative)
    """How often a request is sent again; 0 sends each once."""
    first_wait: float = attrs.field(default=0.5, validator=_not_negative)
    """The bound of the first wait, which doubles with each further one."""
    longest_wait: float = attrs.field(default=30.0, validator=_not_negative)
    """No single wait is longer, whatever the server asks for, in `Backoff` too."""
    deadline: float | None = attrs.field(default=60.0, validator=_not_negative)
    """No attempt of a request starts later than this after its first; None sets no bound. A transfer under way is
    never cut."""
    retry_after: float | None = attrs.field(default=None, validator=_not_negative)
    """Always wait this long instead, whatever the server asks for."""

    def wait(self, attempt: int, asked: float | None, chance: float) -> float:
        """The seconds to wait after this attempt (the first is 1).

        `asked` is what the server asked for, None when it did not, and `chance` a random number between 0 and 1.
        """
        if self.retry_after is not None:
            return self.retry_after
        if asked is not None:
            return min(asked, self.longest_wait)
        # A power beyond 2**30 would overflow for nothing: the bound is reached long before.
        return chance * min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 30))


def _random() -> float:
    from random import random

    return random()  # noqa: S311  # it spreads clients over time, and hides nothing


@attrs.frozen(kw_only=True, eq=False)
class Rules:
    """All that decides on waiting, repeating and following, for one session."""

    server_url: str
    policy: RetryPolicy
    gate: Gate
    now: Callable[[], float]
    """A clock in seconds that never goes back."""
    on_backoff: OnBackoff = "wait"
    tell: Listener | None = None
    """Receives the events."""
    chance: Callable[[], float] = _random


def retrying(flow: Flow[R], rules: Rules) -> Effects[R]:
    """The flow's requests, each sent again while the rules say so, with the waits in between."""
    value = yield from through(flow, lambda request: _attempts(request, rules))
    # Told last, so that a program that turns warnings into errors has its objects in order all the same.
    rules.gate.warn()
    return value


def _attempts(request: Request, rules: Rules) -> Effects[Response]:
    started = rules.now()
    attempt = hops = 0
    lost = False
    while True:
        if rules.gate.until:
            yield from _calm(request, rules, started, first=attempt == 0)
        attempt += 1
        try:
            response = yield request
        except TransportError as error:
            seconds, reason, lost = _after_loss(request, rules, started, attempt, error), _cause(request, error), True
        else:
            if response is None:
                raise RuntimeError("a request was answered with nothing")
            _heed(response, rules)
            status = response.status
            if 300 < status < 400 and (there := redirected(request, response, rules.server_url)) is not None:
                request, attempt, hops = there, attempt - 1, hops + 1
                if hops > MOST_REDIRECTS:
                    raise ResponseError(response, advice=f"it redirects more than {MOST_REDIRECTS} times")
                continue
            response.retried = lost
            again = _after_refusal(request, rules, started, attempt, response)
            if again is None:
                return response
            # A proxy's 5xx says nothing of what the server behind it did.
            seconds, reason, lost = again, f"status {status}", lost or status >= 500
        if rules.tell is not None:
            from .events import RetryScheduled

            rules.tell(RetryScheduled(request, attempt, seconds, reason))
        yield Sleep(seconds)


def _after_loss(request: Request, rules: Rules, started: float, attempt: int, error: TransportError) -> float:
    """How long to wait when no answer came. Raises when the request is not sent again."""
    if not request.repeatable or attempt > rules.policy.retries:
        if attempt > 1:
            error.args = (f"{error}; tried {attempt} times",)
        raise error
    seconds = rules.policy.wait(attempt, None, rules.chance())
    if _too_late(rules, started, seconds):
        raise _out_of_time(request, rules, attempt, f" (the last one: {_cause(request, error)})") from error
    return seconds


def _cause(request: Request, error: TransportError) -> str:
    return str(error).removeprefix(f"{request.method} {request.path}: ")


def _after_refusal(request: Request, rules: Rules, started: float, attempt: int, response: Response) -> float | None:
    """How long to wait before the request is sent again; None when the answer stands."""
    policy = rules.policy
    if response.status not in policy.STATUSES or not request.repeatable or attempt > policy.retries:
        return None
    asked = parse_retry_after(response.headers.get("retry-after"))
    seconds = policy.wait(attempt, asked, rules.chance())
    return None if _too_late(rules, started, seconds) else seconds


def _calm(request: Request, rules: Rules, started: float, *, first: bool) -> Generator[Sleep, Response | None, None]:
    """Wait until the server has had the calm it asked for, or for as long as the policy allows."""
    left = rules.policy.longest_wait
    while left > 0 and (seconds := min(left, rules.gate.remaining(rules.now()))) > 0:
        if first and rules.on_backoff == "raise":
            raise BackoffError(f"{request.method} {request.path}", rules.gate.remaining(rules.now()))
        if _too_late(rules, started, seconds):
            raise _out_of_time(request, rules, 0, f": the server asks to wait {seconds:.3g} s (Backoff)")
        yield Sleep(seconds)
        left -= seconds


def _heed(response: Response, rules: Rules) -> None:
    """Learn what the server says of its own condition."""
    headers = response.headers
    if "backoff" in headers and (seconds := rules.gate.learn(headers["backoff"], rules.now())) and rules.tell:
        from .events import BackoffReceived

        rules.tell(BackoffReceived(response.request, seconds))
    if "alert" in headers and (alert := rules.gate.alert(headers["alert"])) and rules.tell:
        rules.tell(alert)


def _too_late(rules: Rules, started: float, seconds: float) -> bool:
    deadline = rules.policy.deadline
    return deadline is not None and rules.now() + seconds - started > deadline


def _out_of_time(request: Request, rules: Rules, attempts: int, reason: str) -> DeadlineExceededError:
    tried = f"gave up after {attempts} attempt{'s' * (attempts > 1)}, " if attempts else ""
    return DeadlineExceededError(
        f"{request.method} {request.path}: {tried}since the next one would start after the deadline of "
        f"{rules.policy.deadline:g} s{reason}; give a longer one with retry=RetryPolicy(deadline=…)",
        request=request,
    )
