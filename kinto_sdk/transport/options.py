"""How a client talks to its server, checked when the client is made."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import attrs
import httpx

from ..protocol.errors import UsageError
from .auth import read_auth
from .types import TimeoutInput


def read_server_url(value: object) -> tuple[str, tuple[str, str] | None]:
    """A server URL as the API root without a trailing slash, and the credentials that were in it.

    `https://kinto.example.com`, `…/`, `…/v1` and `…/v1/` all mean the same.

    Raises:
        UsageError: it is not an http or https URL.
    """
    if not isinstance(value, str):
        raise UsageError(f"server_url is a string, not {value!r}")
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        shown = value if "@" not in value else value.rsplit("@", 1)[1]
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


@attrs.frozen(kw_only=True)
class Options:
    """The settings of a session. `attrs.evolve` gives a clone's."""

    server_url: str
    auth: httpx.Auth | None = attrs.field(default=None, converter=read_auth, repr=False)
    timeout: TimeoutInput = 10.0
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    transport: Any = None
    http_client: Any = None

    def httpx_timeout(self) -> httpx.Timeout:
        """The timeout as httpx has it."""
        if isinstance(self.timeout, tuple):
            connect, read = self.timeout
            return httpx.Timeout(read, connect=connect)
        return httpx.Timeout(self.timeout)
