"""Arguments that several calls take, refused before anything is sent when they can't be right."""

import os

from .errors import UsageError


def check_function(value: object, wording: str) -> None:
    """Refuse what is no plain function: nobody would await a coroutine. `wording` says what it should be.

    Raises:
        UsageError: it can't be called, or is a coroutine function.
    """
    from inspect import iscoroutinefunction

    if not callable(value) or iscoroutinefunction(value):
        raise UsageError(f"{wording}, not {value!r}")


def check_progress(on_progress: object) -> None:
    """Refuse what can't be told of progress. None is told nothing."""
    if on_progress is not None:
        check_function(on_progress, "on_progress= is a plain function (no coroutine) of (done, total)")


def check_concurrency(concurrency: object) -> None:
    """Refuse a number with which nothing would ever begin."""
    if type(concurrency) is not int or concurrency < 1:
        raise UsageError(f"concurrency={concurrency!r} is a whole number, 1 or more")


def check_path(path: object, name: str) -> None:
    """Refuse what is no path on this machine."""
    if not isinstance(path, (str, os.PathLike)):
        raise UsageError(f"{name}={path!r} is no path; give text or an os.PathLike")


def shown(value: object) -> str:
    """The value as it was written. Python can't show all that it can hold: a very long number, a very deep list."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  # whatever keeps it from being shown
        return f"<{type(value).__name__}>"
