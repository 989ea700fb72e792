"""Logging in with a browser, through an OpenID provider that the server trusts.

What is done is written once, as a generator of steps: a request to send, or something to wait for. Two short drivers
run it for the two kinds of httpx client.
"""

import math
import threading
import time
import webbrowser
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future, wait
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn, TypeAlias
from urllib.parse import urlencode

import attrs
import httpx

from ..protocol.arguments import check_function
from ..protocol.errors import CapabilityMissingError, LoginError, UsageError
from ..protocol.jsontypes import is_list, is_object
from .login_listener import Listener, Refusal
from .token_store import Credential, TokenStore
from .types import SERVER_URL

_SCOPE = "openid email"


@attrs.frozen
class Wait:
    """Start something, then wait until the future is done or the time is up."""

    future: "Future[Any]"
    seconds: float | None = None
    start: Callable[[], object] = lambda: None


Steps: TypeAlias = Generator[httpx.Request | Wait, httpx.Response | None, None]
Opener: TypeAlias = Callable[[str], object]


def _check_arguments(provider: object, opener: object, timeout: object, token_file: object) -> None:
    if provider is not None and not isinstance(provider, str):
        raise UsageError(f"provider={provider!r} is not the name of a provider")
    check_function(opener, "opener= is a plain function (no coroutine) that takes a URL, such as print")
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout < math.inf:
        raise UsageError(f"timeout={timeout!r}: how many seconds does the user have to log in?")
    if token_file is not None and not isinstance(token_file, (str, PathLike)):
        raise UsageError(f"token_file={token_file!r} is not the path of a file")


class BrowserOAuth(httpx.Auth):
    """Log in with a browser when the first request needs it: `Client(url, auth=BrowserOAuth())`.

    Asks the server for its OpenID providers, listens on a free port of 127.0.0.1, opens the login page, and waits for
    the browser to bring a token, which goes with every request from then on. Many requests at once make one login.
    When its time is over, or the server answers 401, the token is forgotten, and the user asked again, once. Tokens
    are kept for each server by itself; clones and other clients may share the object. Nothing of it is ever printed.

    Args:
        provider: the name of the server's provider to use; by default the first.
        opener: what shows a URL to the user: a function that returns False when it could not. `print` will do where
            there is no browser, for a user who opens the URL on this same machine.
        timeout: how many seconds the user has to log in.
        token_file: a file to keep tokens in between runs, of mode 0600. Give it a place that others can't write to.

    Requests raise:

    - LoginError: the user did not log in in time, the provider refused, or no browser could be opened.
    - CapabilityMissingError: the server has no OpenID providers.
    - UsageError: it has none of this name; or the file can't be written.
    """

    def __init__(
        self,
        provider: str | None = None,
        *,
        opener: Opener = webbrowser.open,
        timeout: float = 300.0,
        token_file: str | PathLike[str] | None = None,
    ) -> None:
        _check_arguments(provider, opener, timeout, token_file)
        self.provider: str | None = provider
        """The provider's name, None for the server's first."""
        self._opener = opener
        self._timeout = timeout
        self._tokens = TokenStore(None if token_file is None else Path(token_file))
        self._lock = threading.Lock()
        self._logins: dict[str, Future[Credential | str | None]] = {}

    # ---- what httpx calls ----

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token to a request of a sync client, after a login if there is none."""
        steps = self._steps(request)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Wait):
                    step.start()
                    wait([step.future], step.seconds)
                    step = steps.send(None)
                else:
                    response = yield step
                    if step is not request:
                        response.read()
                    step = steps.send(response)
        except StopIteration:
            return
        finally:
            steps.close()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add the token to a request of an async client, after a login if there is none, in which others go on."""
        import asyncio

        steps = self._steps(request)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Wait):
                    await asyncio.to_thread(step.start)
                    await asyncio.wait([asyncio.wrap_future(step.future)], timeout=step.seconds)
                    step = steps.send(None)
                else:
                    response = yield step
                    if step is not request:
                        await response.aread()
                    step = steps.send(response)
        except StopIteration:
            return
        finally:
            steps.close()

    # ---- what is done ----

    def _steps(self, request: httpx.Request) -> Steps:
        server = request.extensions.get(SERVER_URL)
        if not isinstance(server, str):
            raise UsageError("BrowserOAuth is for the auth= of a Client or AsyncClient: it has to know the server")
        known = self._tokens.get(server, time.time())
        credential = known or (yield from self._login(request, server))
        request.headers["Authorization"] = credential.header
        response = yield request
        if response is None or response.status_code != 401:
            return
        self._tokens.forget(server, credential)
        if known is not None:
            request.headers["Authorization"] = (yield from self._login(request, server)).header
            yield request

    def _login(
        self, request: httpx.Request, server: str
    ) -> Generator[httpx.Request | Wait, httpx.Response | None, Credential]:
        """Log in, or wait for who is doing it already."""
        while True:
            with self._lock:
                known = self._tokens.get(server, time.time())
                if known is not None:
                    return known
                login = self._logins.get(server)
                if login is None:
                    mine = self._logins[server] = Future[Credential | str | None]()
                    break
            yield Wait(login)
            outcome = login.result()
            if isinstance(outcome, str):
                raise LoginError(outcome)
            if outcome is not None:
                return outcome
            # Who was doing it gave up: it is somebody else's turn.
        outcome = None
        try:
            outcome = yield from self._ask(request, server)
        except LoginError as error:
            outcome = str(error)
            raise
        else:
            self._tokens.keep(server, outcome)
            return outcome
        finally:
            with self._lock:
                del self._logins[server]
            mine.set_result(outcome)

    def _ask(
        self, request: httpx.Request, server: str
    ) -> Generator[httpx.Request | Wait, httpx.Response | None, Credential]:
        """Have the user log in."""
        hello = httpx.Request(
            "GET",
            f"{server}/",
            headers={"Accept": "application/json", "User-Agent": request.headers.get("User-Agent", "kinto-sdk")},
            extensions=request.extensions,
        )
        answer = yield hello
        assert answer is not None  # a request is answered
        provider = choose(read_providers(answer), self.provider)
        with Listener() as listener:
            query = urlencode({"callback": listener.callback, "scope": _SCOPE})
            url = f"{server}{provider['auth_path']}?{query}"

            def start() -> None:
                if self._opener(url) is False and not listener.result.done():
                    listener.result.set_result(Refusal("no browser could be opened; give opener=print to see the URL"))

            yield Wait(listener.result, self._timeout, start)
            if not listener.result.done():
                raise LoginError(
                    f"nobody logged in at {provider['name']!r} within {self._timeout:g} seconds; "
                    "try again, or give BrowserOAuth a longer timeout="
                )
            found = listener.result.result()
        if isinstance(found, Refusal):
            raise LoginError(f"the login at {provider['name']!r} failed: {found.reason}")
        return Credential(f"{provider['header_type'] or found.type or 'Bearer'} {found.text}", found.expires_at)

    # ---- secrets ----

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'' if self.provider is None else repr(self.provider)})"

    def __reduce__(self) -> NoReturn:
        raise UsageError("credentials are not pickled; give them again where they are needed")


def read_providers(answer: httpx.Response) -> list[dict[str, str]]:
    """The OpenID providers of a server, from its root view: `name`, `auth_path`, `header_type`.

    Raises:
        CapabilityMissingError: there are none.
        LoginError: the answer is not a Kinto server's.
    """
    try:
        body: Any = answer.json()
    except ValueError:
        body = None
    if not answer.is_success or not is_object(body):
        raise LoginError(
            f"GET {answer.url}: {answer.status_code}, which is no Kinto server's answer; is the URL right?"
        )
    capabilities = body.get("capabilities")
    openid = capabilities.get("openid") if is_object(capabilities) else None
    listed = openid.get("providers") if is_object(openid) else None
    providers = [
        {name: str(entry.get(name) or "") for name in ("name", "auth_path", "header_type")}
        for entry in filter(is_object, listed if is_list(listed) else ())
        if str(entry.get("auth_path")).startswith("/")
    ]
    if not providers:
        raise CapabilityMissingError("openid", "BrowserOAuth")
    return providers


def choose(providers: list[dict[str, str]], name: str | None) -> dict[str, str]:
    """The provider of this name, or the first.

    Raises:
        UsageError: there is none of this name.
    """
    for provider in providers:
        if name in (None, provider["name"]):
            return provider
    names = ", ".join(repr(provider["name"]) for provider in providers)
    raise UsageError(f"BrowserOAuth({name!r}): the server has no such OpenID provider; it has {names}")
