"""What went wrong, as one line and an exit code."""

from enum import IntEnum

from ...protocol.errors import (
    AlreadyExistsError,
    AuthenticationError,
    BackoffError,
    BatchError,
    ConflictError,
    ContentionError,
    KintoError,
    MergeConflictError,
    NotFoundError,
    NotLoadedError,
    ReadOnlyServerError,
    ResponseError,
    ServerError,
    ThrottledError,
    TransportError,
    UsageError,
)
from .text import visible


class Code(IntEnum):
    """How the program ends."""

    DONE = 0
    DIFFERENT = 1
    USAGE = 2
    REFUSED = 3
    CONFLICT = 4
    UNREACHABLE = 5
    INTERRUPTED = 130
    PIPE_CLOSED = 141


ADVICE: dict[type[ResponseError], str] = {
    AuthenticationError: "check --auth, or KINTO_AUTH",
    AlreadyExistsError: "`set` replaces it, `patch` changes it",
    ConflictError: "somebody else changed it meanwhile; look at it and try again",
    NotFoundError: "",
    ReadOnlyServerError: "the server may be read-only",
}
"""What to do next, at the command line; nothing where the words are enough."""


def code_of(error: BaseException) -> Code:
    """The exit code for an error; of several errors, the one that matters most."""
    if isinstance(error, BatchError):
        return max((code_of(inner) for inner in error.exceptions), default=Code.REFUSED)
    if isinstance(error, (UsageError, NotLoadedError, OSError, ImportError)) and not isinstance(error, TransportError):
        return Code.USAGE
    if isinstance(error, (ConflictError, ContentionError, MergeConflictError)):
        return Code.CONFLICT
    if isinstance(error, (TransportError, BackoffError, ThrottledError, ServerError)):
        return Code.UNREACHABLE
    return Code.REFUSED


def message_of(error: BaseException) -> str:
    """The error on one line, with advice for the command line in the place of that for programs."""
    if isinstance(error, ResponseError):
        number = "" if error.errno is None else f" (errno {error.errno})"
        call = f"{error.request.method} {error.request.path.split('?')[0]}"
        # The server has the same words for what exists already and for what changed.
        words = "it exists already" if isinstance(error, AlreadyExistsError) else error.message.rstrip(".")
        told = f"{call}: {error.status}{number} {words}"
        advice = next((ADVICE[kind] for kind in type(error).__mro__ if kind in ADVICE), error._advice)
        return visible(f"{told}; {advice}" if advice else told)
    if isinstance(error, BatchError):
        return message_of(error.exceptions[0]) if len(error.exceptions) == 1 else visible(error.message)
    if isinstance(error, OSError) and not isinstance(error, KintoError) and error.strerror:
        return visible(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return visible(str(error) or type(error).__name__)
