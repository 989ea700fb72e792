"""The settings of a client from environment variables."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..protocol.errors import UsageError
from ..protocol.ids import DEFAULT_ID_PATTERNS, Kind, check_id
from .auth import read_auth
from .options import read_retry, read_server_url, read_timeout


def settings_from(
    environ: Mapping[str, str], patterns: Mapping[Kind, re.Pattern[str]] = DEFAULT_ID_PATTERNS
) -> dict[str, Any]:
    """The arguments of a client. A variable that is empty counts as not set.

    Raises:
        UsageError: a variable can't be understood; the message names it, and shows no secret.
    """
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "KINTO_SERVER_URL": ("server_url", _server_url),
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


def _server_url(value: str) -> str:
    read_server_url(value)
    return value


def _timeout(value: str) -> Any:
    return read_timeout(None if value.lower() == "none" else _number(value, float, "seconds, or none to wait for ever"))


def _retry(value: str) -> Any:
    return read_retry(_number(value, int, "a number of retries"), None)


def _number(value: str, kind: type[int] | type[float], form: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{value!r} is not understood; write {form}") from None
