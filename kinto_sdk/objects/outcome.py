"""What became of the operations of a batch."""

from collections.abc import Iterable, Sequence
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import attrs

from ..protocol.errors import BatchError, ContentionError, KintoError, ResponseError, ThrottledError, UsageError
from .state import State

S = TypeVar("S", bound=State[Any])

Status: TypeAlias = Literal["succeeded", "failed", "rolled_back", "not_sent"]
RaiseOnError: TypeAlias = bool | Literal["server"]
"""Which failures raise a BatchError: all (True), all but those that the server refused (`"server"`), or none."""

MOST_ERRORS = 100
"""How many errors of a bulk write are kept for the one it raises at its end."""


@attrs.frozen
class Operation(Generic[S]):
    """One enlisted operation, not sent yet."""

    verb: str
    """What is to be done: `create`, `save`, `delete` …"""
    resource: S
    """The object it is done to."""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource.path}"


@attrs.frozen
class Outcome(Generic[S]):
    """What became of one operation."""

    status: Status
    """`succeeded`; `failed`: refused, or its outcome unknown; `rolled_back`: done, and undone by the server because
    of another operation; `not_sent`: the server never saw it."""
    resource: S
    """The object, in the state the operation left it."""
    error: Exception | None = None
    """Why it did not succeed; None when it did."""
    verb: str = "operation"
    """What was to be done: `create`, `save`, `delete` …"""

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.status == "succeeded"

    def __str__(self) -> str:
        path = self.resource.path
        if self.error is None:
            return f"{self.status}: {self.verb} {path}"
        line = _line(self.error)
        return f"{self.status}: {line}" if path in line else f"{self.status}: {self.verb} {path}: {line}"


def is_refusal(error: Exception) -> bool:
    """Whether the server understood and said no (4xx), which trying again would not change."""
    return (
        isinstance(error, ResponseError)
        and error.status < 500
        and not isinstance(error, (ContentionError, ThrottledError))
    )


def _check(_tally: object, _attribute: object, value: object) -> None:
    if value not in (True, False, "server"):
        raise UsageError(f"raise_on_error={value!r} must be True, False or 'server' (which tolerates 4xx)")


@attrs.define(eq=False, on_setattr=attrs.setters.NO_OP)
class Tally:
    """Counts outcomes, and makes one error of those that count as failures."""

    raise_on_error: RaiseOnError = attrs.field(validator=_check)
    total: int = 0
    failed: int = 0
    _errors: list[Exception] = attrs.field(factory=list[Exception])

    def add(self, errors: Iterable[Exception | None], *, most: int | None = None) -> None:
        """Count operations by their errors, None for a success. At most `most` errors are kept."""
        for error in errors:
            self.total += 1
            if error is None or self.raise_on_error is False or (self.raise_on_error == "server" and is_refusal(error)):
                continue
            self.failed += 1
            if most is None or len(self._errors) < most:
                self._errors.append(error)

    def error(self) -> BatchError | None:
        """The error to raise; None when nothing failed."""
        errors: Sequence[Exception] = self._errors
        if not errors:
            return None
        shown = "" if len(errors) == self.failed else f", of which {len(errors)} are kept here"
        verb = "operation" if self.total == 1 else "operations"
        return BatchError(f"{self.failed} of {self.total} {verb} failed{shown}; the first: {_line(errors[0])}", errors)


def _line(error: Exception) -> str:
    return str(error) if isinstance(error, KintoError) else f"{type(error).__name__}: {error}"
