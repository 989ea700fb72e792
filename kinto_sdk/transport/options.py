"""How a client talks to its server, checked when the client is made."""

import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import attrs
import httpx

from ..protocol.arguments import check_function
from ..protocol.errors import UsageError
from ..protocol.headers import check_headers
from .auth import BasicAuth, is_pair, read_auth
from .connection import Connection
from .retry import OnBackoff, RetryPolicy
from .teller import Listener
from .types import DryRunMode


def read_server_url(value: object) -> tuple[str, tuple[str, str] | None]:
    """A server URL as the API root without a trailing slash, and the credentials that were in it.

    `https://kinto.example.com`, `…/`, `…/v1` and `…/v1/` all mean the same.

    Raises:
        UsageError: it is not an http or https URL.
    """
    if not isinstance(value, str):
        raise UsageError(f"server_url is a string, not {value!r}")
    shown = value if "@" not in value else value.rsplit("@", 1)[1]
    try:
        value = value.strip()
        parts = urlsplit(value)
        known = (
            value.isprintable() and parts.scheme in ("http", "https") and _is_host(parts.hostname) and parts.port != 0
        )
    except ValueError:
        # Not with its words, which may be a part of the password.
        raise UsageError(
            f"server_url={shown!r}: its port is no number or its brackets do not match; "
            "percent-encode credentials, or pass them as auth="
        ) from None
    if not known:
        raise UsageError(f"server_url={shown!r} is not a server's address; write https://kinto.example.com/v1")
    if parts.query or parts.fragment:
        raise UsageError("server_url may not have a query or a fragment; write https://kinto.example.com/v1")
    credentials = None
    if parts.username is not None:
        credentials = unquote(parts.username), unquote(parts.password or "")
    path = parts.path.rstrip("/")
    last = path.rsplit("/", 1)[-1]
    if not (last.startswith("v") and last[1:].isdigit()):
        path += "/v1"
    host = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit((parts.scheme, host, path, "", "")), credentials


def _is_host(name: str | None) -> bool:
    """Whether it can be looked up: without blanks, and in parts of 1 to 63 characters."""
    if not name or " " in name:
        return False
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


def read_timeout(value: Any) -> httpx.Timeout:
    """A timeout as httpx has it.

    Raises:
        UsageError: it is not a positive number of seconds, nor one of the other forms.
    """
    if isinstance(value, httpx.Timeout):
        return value
    pair = value if is_pair(value) else (value, value)
    if not all(map(_is_wait, pair)):
        raise UsageError(
            f"timeout={value!r} is not understood; write seconds above 0, (connect, read), an httpx.Timeout, "
            "or None to wait for ever"
        )
    connect, read = pair
    return httpx.Timeout(read, connect=connect)


def _is_wait(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def read_retry(retry: object, retry_after: float | None) -> RetryPolicy:
    """A policy, from what a user writes: one, or the number of retries and a fixed wait.

    Raises:
        UsageError: it is neither, or a policy and `retry_after` were both given.
    """
    if isinstance(retry, RetryPolicy):
        if retry_after is not None:
            raise UsageError("retry_after= goes into the policy: retry=RetryPolicy(retry_after=…)")
        return retry
    if isinstance(retry, bool) or not isinstance(retry, int) or retry < 0:
        raise UsageError(f"retry={retry!r} is not understood; write a number of retries (0: none) or RetryPolicy(…)")
    return RetryPolicy(retries=retry, retry_after=retry_after)


def _one_of(*choices: object) -> Callable[[object, "attrs.Attribute[Any]", object], None]:
    def check(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
        if not any(value is choice or (isinstance(choice, str) and value == choice) for choice in choices):
            raise UsageError(f"{field.name}={value!r} is not understood; write {' or '.join(map(repr, choices))}")

    return check


def _header(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None and not (isinstance(value, str) and value.isascii() and value.isprintable()):
        raise UsageError(f"{field.name}={value!r} can't be in a header; write a name and a version: 'importer/1.2'")


def _callable(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None:
        check_function(value, f"{field.name}= is a plain function (no coroutine) that takes an event")


@attrs.frozen(kw_only=True)
class Options:
    """The settings of a session. `attrs.evolve` gives a clone's."""

    server_url: str = ""
    auth: httpx.Auth | None = attrs.field(default=None, converter=read_auth, repr=False)
    timeout: httpx.Timeout = attrs.field(default=httpx.Timeout(10.0), converter=read_timeout)
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)
    headers: dict[str, str] = attrs.field(factory=dict[str, str], converter=check_headers, repr=False)
    user_agent: str | None = attrs.field(default=None, validator=_header)
    dry_run: DryRunMode = attrs.field(default=False, validator=_one_of(False, True, "writes"))
    on_event: Listener | None = attrs.field(default=None, validator=_callable, repr=False)
    on_backoff: OnBackoff = attrs.field(default="wait", validator=_one_of("wait", "raise"))
    connection: Connection = attrs.field(factory=Connection)

    @property
    def login(self) -> str | None:
        """The name that the user gave with a password; None when there is none."""
        return self.auth.user if isinstance(self.auth, BasicAuth) else None

    def evolve(self, given: Mapping[str, Any]) -> "Options":
        """These options with those given, in the client's words, in their place. Headers are added one by one.

        Raises:
            UsageError: one of them can't be right.
        """
        changes: dict[str, Any] = {name: given[name] for name in _OWN & given.keys()}
        if "server_url" in given:
            changes["server_url"], credentials = read_server_url(given["server_url"])
            if credentials is not None and given.get("auth") is None:
                changes["auth"] = credentials
        if "headers" in given:
            changes["headers"] = self.headers | check_headers(given["headers"])
        if "retry" in given:
            changes["retry"] = read_retry(given["retry"], given.get("retry_after"))
        elif "retry_after" in given:
            changes["retry"] = attrs.evolve(self.retry, retry_after=given["retry_after"])
        connection = {name: given[name] for name in _CONNECTION & given.keys()}
        if connection:
            changes["connection"] = attrs.evolve(self.connection, **connection)
        return attrs.evolve(self, **changes)


_OWN = frozenset({"auth", "timeout", "user_agent", "dry_run", "on_event", "on_backoff"})
_CONNECTION = frozenset(field.name for field in attrs.fields(Connection))
