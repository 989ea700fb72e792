"""The types of the arguments that reach the transport, so that no other module names httpx."""

import os
import ssl
from typing import Literal, TypeAlias

import httpx

SERVER_URL = "kinto_sdk.server_url"
"""The extension of an httpx request that tells its credentials which server it is for."""

AuthInput: TypeAlias = httpx.Auth | tuple[str, str] | str | None
"""Credentials: `("user", "password")`, `"user:password"`, `"Bearer token"`, any `httpx.Auth`, or None."""
TimeoutInput: TypeAlias = float | tuple[float | None, float | None] | httpx.Timeout | None
"""Seconds for each wait of a request, (connect, read), or an `httpx.Timeout`; None waits for ever."""
PathInput: TypeAlias = str | os.PathLike[str]
VerifyInput: TypeAlias = ssl.SSLContext | PathInput | bool
"""How TLS is verified: an SSL context, the path of a file or folder of authorities, or whether at all."""
CertInput: TypeAlias = PathInput | tuple[PathInput, PathInput] | tuple[PathInput, PathInput, str] | None
"""A client certificate: the path of a PEM file, (certificate, key), or (certificate, key, its password)."""
ProxyInput: TypeAlias = str | httpx.URL | httpx.Proxy | None
Limits: TypeAlias = httpx.Limits
Transport: TypeAlias = httpx.BaseTransport
AsyncTransport: TypeAlias = httpx.AsyncBaseTransport
HttpClient: TypeAlias = httpx.Client
AsyncHttpClient: TypeAlias = httpx.AsyncClient
DryRunMode: TypeAlias = bool | Literal["writes"]
"""True: nothing is sent. `"writes"`: what reads is sent, what writes is kept."""
