"""An httpx client on aiohttp, which does the same for a fraction of the work. Imported only when it is installed."""

from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport, HttpxAiohttpClient

from .connection import Cookieless

HEADERS = "latin-1"
"""The encoding of headers. httpx would decode them all, twice for a request, to find one in which they can be."""
LONGEST_HEADER = 100 * 1024
"""What httpx itself takes of headers. A link to the next page repeats the query, which may be a long list of ids."""


class Answer(aiohttp.ClientResponse):
    """An answer without its reason phrase: in another encoding than UTF-8 it would break httpx-aiohttp."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        """Read the head."""
        await super().start(connection)
        self.reason: str | None = None
        return self


class Transport(AiohttpTransport):
    """httpx-aiohttp's transport, without cookies, and with every failure as httpx's."""

    def get_client(self) -> aiohttp.ClientSession:
        """The aiohttp session, made in the event loop that uses it."""
        connector = aiohttp.TCPConnector(
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry or 0,
            ssl=self.ssl_context,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            response_class=Answer,
            max_field_size=LONGEST_HEADER,
        )
        # aiohttp sends a PUT or DELETE again by itself when the connection is lost, and does not tell: a write that had
        # worked the first time would come back as a conflict. There is no public way to turn that off.
        session._retry_connection = False
        return session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. A few of aiohttp's errors would otherwise come through as they are."""
        request.headers.encoding = HEADERS
        try:
            answer = await super().handle_async_request(request)
        except aiohttp.ClientError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        answer.headers.encoding = HEADERS
        return answer


class AiohttpClient(Cookieless, HttpxAiohttpClient):
    """An httpx client with that transport, proxies of the environment included, but not proxies with credentials."""

    def _init_transport(self, *_: Any, **settings: Any) -> httpx.AsyncBaseTransport:
        settings.pop("transport", None)
        return Transport(**settings)

    def _init_proxy_transport(self, proxy: Any, *_: Any, **settings: Any) -> httpx.AsyncBaseTransport:
        if proxy.auth is not None:
            # httpx-aiohttp hands them on in a way that aiohttp warns of, with each request.
            return httpx.AsyncHTTPTransport(proxy=proxy, **settings)
        return Transport(proxy=proxy, **settings)
