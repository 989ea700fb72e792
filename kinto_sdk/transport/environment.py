"""The settings of a client from environment variables."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..protocol.errors import UsageError
from ..protocol.ids import DEFAULT_ID_PATTERNS, Kind, check_id
from .auth import read_auth
from .options import read_retry, read_server_url, read_timeout

N = TypeVar("N", int, float)


def settings_from(
    environ: Mapping[str, str], patterns: Mapping[Kind, re.Pattern[str]] = DEFAULT_ID_PATTERNS
) -> dict[str, Any]:
    """The arguments of a client. A variable that is empty counts as not set.

    Raises:
        UsageError: a variable can't be understood; the message names it, and shows no secret.
    """
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "KINTO_SERVER_URL": ("server_url", server_url_from),
        "KINTO_AUTH": ("auth", read_auth),
        "KINTO_BUCKET": ("bucket", lambda value: check_id("bucket", value, patterns)),
        "KINTO_COLLECTION": ("collection", lambda value: check_id("collection", value, patterns)),
        "KINTO_TIMEOUT": ("timeout", _timeout),
        "KINTO_RETRY": ("retry", _retry),
    }
    found: dict[str, Any] = {}
    for variable, (name, read) in readers.items():
        value = environ.get(variable, "").strip()
        if value:
            try:
                found[name] = read(value)
            except UsageError as error:
                raise UsageError(f"{variable}: {error}") from None
    return found


def server_url_from(value: str) -> str:
    """The address of a server, as it is written.

    Raises:
        UsageError: it is none.
    """
    read_server_url(value)
    return value


def _timeout(value: str) -> Any:
    return read_timeout(
        None if value.lower() == "none" else number_from(value, float, "seconds, or none to wait for ever")
    )


def _retry(value: str) -> Any:
    return read_retry(number_from(value, int, "a number of retries"), None)


def number_from(value: str, kind: type[N], form: str) -> N:
    """A number as somebody writes it.

    Raises:
        UsageError: it is none.
    """
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{value!r} is not understood; write {form}") from None
