"""Credentials, from what a user writes. None of them shows a secret in its repr, or can be pickled."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Generator
from typing import Any, NoReturn, TypeGuard, cast

import httpx

from ..protocol.errors import UsageError
from ..protocol.jsontypes import plain_text

FORMS = (
    "write ('user', 'password'), 'user:password', 'Bearer TOKEN', 'Basic BASE64', BasicAuth(…), BearerAuth(…), "
    "BrowserOAuth(), any httpx.Auth, or None"
)


class _Fixed(httpx.Auth):
    """The same header with every request."""

    def __init__(self, header: str) -> None:
        self._header = header

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = self._header
        yield request

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fixed) and self._header == other._header

    def __hash__(self) -> int:
        return hash(self._header)

    def __reduce__(self) -> NoReturn:
        raise UsageError("credentials are not pickled; give them again where they are needed")


class BasicAuth(_Fixed):
    """A user and a password, for accounts and for `basicauth`. They are sent as UTF-8.

    Raises:
        UsageError: the user is empty, or has a colon or a control character in it.
    """

    def __init__(self, user: str, password: str) -> None:
        if not _are_strings(user, password):
            raise UsageError(f"auth: the user and the password are strings; {FORMS}")
        if not user or ":" in user or not (user + password).isprintable():
            raise UsageError(f"auth: a user is not empty, and neither has a control character, nor a user ':'; {FORMS}")
        self.user: str = plain_text(user)
        """The user's name: `alice` for `account:alice`."""
        super().__init__("Basic " + b64encode(f"{self.user}:{plain_text(password)}".encode()).decode())

    def __repr__(self) -> str:
        return f"BasicAuth({self.user!r}, '***')"


class BearerAuth(_Fixed):
    """A token, for OpenID. `type` is the word before it; a server may want another for each provider.

    Raises:
        UsageError: the token is empty, or has a space or a character in it that can't be in a header.
    """

    def __init__(self, token: str, type: str = "Bearer") -> None:  # noqa: A002  # the incumbent's word
        if not _are_strings(token, type) or not all(re.fullmatch(r"[!-~]+", word) for word in (token, type)):
            raise UsageError("auth: a bearer's type and token are words of printable ASCII, without spaces")
        self.type: str = plain_text(type)
        """The word before the token."""
        super().__init__(f"{self.type} {plain_text(token)}")

    def __repr__(self) -> str:
        return f"BearerAuth('***', {self.type!r})"


def _are_strings(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def read_auth(value: Any) -> httpx.Auth | None:
    """The credentials as httpx applies them.

    Raises:
        UsageError: they are in no form that is known; the message never shows them.
    """
    if value is None or isinstance(value, httpx.Auth):
        return value
    if isinstance(value, str):
        return _from_string(value)
    if is_pair(value):
        return BasicAuth(*value)
    raise UsageError(f"auth of type {type(value).__name__} is not understood; {FORMS}")


def is_pair(value: Any) -> TypeGuard[tuple[Any, Any]]:
    """Whether it is a tuple or list of two."""
    return isinstance(value, (tuple, list)) and len(cast("list[Any]", value)) == 2


def _from_string(value: str) -> httpx.Auth:
    # A scheme is a first word without a colon: "Bearer a:b" is a token, "bearer:b" a user and a password.
    scheme = re.fullmatch(r"(bearer[^\s:]*|basic) +(\S.*)", value, re.IGNORECASE)
    if scheme is None:
        user, colon, password = value.partition(":")
        if not colon:
            raise UsageError(f"auth as a string is not understood; {FORMS}")
        return BasicAuth(user, password)
    word, secret = scheme.groups()
    if word.lower() != "basic":
        return BearerAuth(secret, type=word)
    try:
        user, colon, password = b64decode(secret, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = colon = password = ""
    if not colon:
        raise UsageError("auth: 'Basic …' is followed by user:password in base64")
    return BasicAuth(user, password)
