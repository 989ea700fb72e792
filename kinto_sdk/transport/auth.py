"""Credentials, from what a user writes."""

import httpx

from ..protocol.errors import UsageError
from .types import AuthInput


def read_auth(value: AuthInput) -> httpx.Auth | None:
    """The credentials as httpx applies them.

    Raises:
        UsageError: they are in no form that is known; the message never shows them.
    """
    if value is None or isinstance(value, httpx.Auth):
        return value
    if isinstance(value, str):
        user, colon, password = value.partition(":")
        if not colon:
            raise UsageError("auth as a string is 'user:password' or 'Bearer TOKEN'")
        return httpx.BasicAuth(user, password)
    user, password = value
    return httpx.BasicAuth(user, password)
