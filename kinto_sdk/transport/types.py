"""The types of the arguments that reach the transport, so that no other module names httpx."""

from typing import TypeAlias

import httpx

AuthInput: TypeAlias = httpx.Auth | tuple[str, str] | str | None
"""Credentials: `("user", "password")`, `"user:password"`, `"Bearer token"`, any `httpx.Auth`, or None."""
TimeoutInput: TypeAlias = float | tuple[float, float] | httpx.Timeout | None
"""Seconds for each wait of a request, (connect, read), or an `httpx.Timeout`; None waits for ever."""
Transport: TypeAlias = httpx.BaseTransport
AsyncTransport: TypeAlias = httpx.AsyncBaseTransport
HttpClient: TypeAlias = httpx.Client
AsyncHttpClient: TypeAlias = httpx.AsyncClient
