"""Where tokens are kept between requests, and in a file between runs if the user wants that."""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from ..protocol.errors import UsageError
from ..protocol.jsontypes import is_object


@attrs.frozen
class Credential:
    """What is sent to one server."""

    header: str = attrs.field(repr=False)
    """The whole value of `Authorization`."""
    expires_at: float | None
    """In seconds since 1970; None when nobody knows."""

    def is_good(self, now: float) -> bool:
        """Whether its time is not over."""
        return self.expires_at is None or self.expires_at > now


class TokenStore:
    """Credentials by server. The file, of mode 0600, is read anew for a server without a good one in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Credential] = {}

    def get(self, server: str, now: float) -> Credential | None:
        """The credential for a server, None when there is none that is still good at this time."""
        found = self._known.get(server)
        if found is None or not found.is_good(now):
            # Another program may have logged in meanwhile.
            found = credential_from(self._read().get(server))
        if found is None or not found.is_good(now):
            return None
        self._known[server] = found
        return found

    def keep(self, server: str, credential: Credential) -> None:
        """Keep it, in place of another one for this server.

        Raises:
            UsageError: the file can't be written.
        """
        self._known[server] = credential
        self._write({**self._read(), server: attrs.asdict(credential)})

    def forget(self, server: str, credential: Credential) -> None:
        """Forget it, unless there is another one for this server by now."""
        if self._known.get(server) == credential:
            del self._known[server]
        kept = self._read()
        if credential_from(kept.get(server)) == credential:
            self._write({name: entry for name, entry in kept.items() if name != server})

    def _read(self) -> Mapping[str, Any]:
        if self._path is None:
            return {}
        # A file that can't be read holds no tokens: the next one overwrites it.
        with contextlib.suppress(OSError, ValueError):
            kept = json.loads(self._path.read_text())
            if is_object(kept):
                return kept
        return {}

    def _write(self, kept: Mapping[str, Any]) -> None:
        if self._path is None:
            return
        new = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            # Closed to others from its first moment, and never half written.
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(kept, file)
            new.replace(self._path)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise UsageError(f"token_file={str(self._path)!r} can't be written: {error.strerror}") from error


def credential_from(entry: object) -> Credential | None:
    """An entry of the file, None when it is not one."""
    if not is_object(entry):
        return None
    header, expires_at = entry.get("header"), entry.get("expires_at")
    if not isinstance(header, str) or not header.isascii() or not header.isprintable():
        return None
    return Credential(header, expires_at if isinstance(expires_at, (int, float)) else None)
