"""How the connections of a client are made. Clients with equal settings share theirs."""

import os
import ssl
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import attrs
import httpx

from ..protocol.errors import UsageError
from .types import CertInput, ProxyInput, VerifyInput

C = TypeVar("C")
H = TypeVar("H", httpx.Client, httpx.AsyncClient)

IN_FLIGHT = 20
"""How many requests an async client has under way at once; more than a few dozen only make each of them slower."""
KEPT_SECONDS = 5.0
"""How long an idle connection is kept."""
PROXY_URL = "proxy= is a URL such as 'http://proxy:8080'"


@attrs.frozen(kw_only=True)
class Connection:
    """TLS, proxies and pool, or a transport or client that somebody else made.

    Raises:
        UsageError: settings that contradict each other, or that can't be right.
    """

    verify: VerifyInput = True
    cert: CertInput = attrs.field(default=None, repr=False)
    proxy: ProxyInput = attrs.field(default=None, repr=False)
    http2: bool = False
    limits: httpx.Limits | None = None
    transport: Any = None
    http_client: Any = None

    def __attrs_post_init__(self) -> None:
        given = [field.name for field in attrs.fields(Connection) if getattr(self, field.name) != field.default]
        for whole in ("http_client", "transport"):
            if whole in given and len(given) > 1:
                others = ", ".join(f"{name}=" for name in given if name != whole)
                raise UsageError(f"{whole}= brings its own settings: give {others} to it instead of to the client")
        check_kinds(self.verify, self.proxy)
        check_pool(self.http2, self.limits)
        if self.http2 and find_spec("h2") is None:
            raise UsageError("http2=True needs the package h2: pip install httpx[http2]")

    @property
    def in_flight(self) -> int | None:
        """How many requests an async client sends at once; None when its transport decides."""
        if self.http_client is not None or self.transport is not None:
            return None
        return IN_FLIGHT if self.limits is None else self.limits.max_connections

    def client(self) -> httpx.Client:
        """The client of the sync session."""
        if self.http_client is not None:
            return checked(self.http_client, httpx.Client, "http_client")
        return self._made(Client, httpx.BaseTransport)

    def async_client(self) -> httpx.AsyncClient:
        """The client of the async session: on aiohttp when that is installed, and can do what is wanted."""
        if self.http_client is not None:
            return checked(self.http_client, httpx.AsyncClient, "http_client")
        make: Callable[..., httpx.AsyncClient] = AsyncClient
        if self.transport is None and not self.http2 and find_spec("httpx_aiohttp") is not None:
            from .aiohttp_client import AiohttpClient

            make = AiohttpClient
        return self._made(make, httpx.AsyncBaseTransport)

    def _made(self, make: Callable[..., H], kind: type[object]) -> H:
        limits = self.limits or httpx.Limits(
            max_connections=None, max_keepalive_connections=IN_FLIGHT, keepalive_expiry=KEPT_SECONDS
        )
        if self.transport is not None:
            return make(transport=checked(self.transport, kind, "transport"))
        try:
            context = tls(self.verify, self.cert, http2=self.http2)
        except OSError as error:
            raise UsageError(f"verify= or cert=: {error.strerror or error}") from error
        except TypeError:
            raise UsageError("cert= is a path, (certificate, key) or (certificate, key, password of the key)") from None
        try:
            return make(verify=context, proxy=self.proxy, http2=self.http2, limits=limits)
        except ImportError as error:
            raise UsageError("a socks proxy needs the package socksio: pip install httpx[socks]") from error
        except (ValueError, httpx.InvalidURL):
            # The cause would show the proxy's password.
            raise UsageError(PROXY_URL) from None


def check_kinds(verify: object, proxy: object) -> None:
    """Refuse what is nothing of what TLS and proxies are described with."""
    if not isinstance(verify, (bool, str, os.PathLike, ssl.SSLContext)):
        raise UsageError(f"verify={verify!r}: it is True, False, an ssl.SSLContext, or a path of authorities")
    if proxy is not None and not isinstance(proxy, (str, httpx.URL, httpx.Proxy)):
        raise UsageError(PROXY_URL)


def check_pool(http2: object, limits: object) -> None:
    """Refuse a pool that could never connect."""
    if not isinstance(http2, bool):
        raise UsageError(f"http2={http2!r}: it is True or False")
    if limits is None:
        return
    most = limits.max_connections if isinstance(limits, httpx.Limits) else 0
    if most is not None and most < 1:
        raise UsageError(f"limits={limits!r}: it is an httpx.Limits(max_connections=…), with 1 or more, or None")


def checked(value: Any, kind: type[C], name: str) -> C:
    """The value, which must be of the kind that the colour of the client needs."""
    if not isinstance(value, kind):
        raise UsageError(f"{name}= is an httpx.{kind.__name__}, not {type(value).__name__}")
    return value


def tls(verify: VerifyInput, cert: CertInput, *, http2: bool) -> ssl.SSLContext | bool:
    """What httpx is told about TLS. Paths are read here, since it has given that up."""
    if verify is True and cert is None:
        return usual_tls(http2, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    if verify is False and cert is None:
        return False
    if isinstance(verify, (str, os.PathLike)):
        folder = Path(verify).is_dir()
        context = ssl.create_default_context(capath=verify if folder else None, cafile=None if folder else verify)
    else:
        context = httpx.create_ssl_context(verify=verify)
    if cert is not None:
        parts: tuple[Any, ...] = cert if isinstance(cert, tuple) else (cert,)
        context.load_cert_chain(*parts)
    return context


@cache
def usual_tls(*_key: object) -> ssl.SSLContext:
    """The usual authorities. Reading them takes longer than several requests, so clients alike share them.

    The key is what they depend on: the environment, and HTTP/2, which a connection negotiates in its context.
    """
    return httpx.create_ssl_context()


class NoCookies(httpx.Cookies):
    """Keeps no cookies: the server sets none, and keeping a proxy's would make requests depend on each other."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep nothing."""


class Cookieless:
    """A part of an httpx client."""

    @property
    def cookies(self) -> httpx.Cookies:
        """None, whatever was set."""
        return _NONE

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """Keep nothing."""


_NONE = NoCookies()


class Client(Cookieless, httpx.Client):
    """An httpx client without cookies."""


class AsyncClient(Cookieless, httpx.AsyncClient):
    """An httpx client without cookies."""
