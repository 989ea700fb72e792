# Generated from tests/server/aio/test_browser_oauth.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Logging in with a browser, on the real server and an OpenID provider of our own, in the async colour.

The browser is an HTTP client that follows every redirect. The sync tests are generated from this folder.
"""

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from kinto_sdk import Client, BrowserOAuth, CapabilityMissingError, LoginError, UsageError
from kinto_sdk.testing import KintoServer
from tests.server.openid_provider import Provider, openid_provider

pytestmark = pytest.mark.backends("memory")


@pytest.fixture
def provider() -> Provider:
    """Return a provider that has seen nobody yet."""
    provider = openid_provider()
    provider.reset()
    return provider


@pytest.fixture
def kinto_server(make_server: Callable[..., KintoServer], provider: Provider) -> KintoServer:
    """Return a server that trusts the provider, and takes passwords as well."""
    policy = "multiauth.policy.house"
    return make_server(
        plugins=("kinto.plugins.openid",),
        settings={
            "multiauth.policies": "account house",
            f"{policy}.use": "kinto.plugins.openid.OpenIDConnectPolicy",
            f"{policy}.issuer": provider.url,
            f"{policy}.client_id": "kinto",
            f"{policy}.client_secret": "hush",
            "bucket_create_principals": "system.Authenticated",
        },
    )


class Browser:
    """Opens URLs as a user's browser would, and keeps the last page."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.page = ""

    def __call__(self, url: str) -> bool:
        """Follow every redirect from there."""
        self.opened.append(url)
        answer = httpx.get(url, follow_redirects=True)
        assert answer.status_code == 200
        self.page = answer.text
        return True


@pytest.fixture
def browser() -> Browser:
    """Return a browser that has opened nothing."""
    return Browser()


def test_a_user_logs_in_when_it_is_needed(kinto_server: KintoServer, provider: Provider, browser: Browser):
    """The first request opens the login page; that one and all later ones are made as the user."""
    auth = BrowserOAuth(opener=browser)
    with Client(kinto_server.url, auth=auth) as client:
        assert browser.opened == []
        bucket = client.create_bucket("blog")
        assert bucket.permissions.write == {"house:alice"}
        collection = bucket.create_collection("posts")
        collection.create_record({"title": "Hello"})
        with client.clone(timeout=5) as clone:
            assert (clone.server_info(refresh=True)).user is not None
    (url,) = browser.opened
    assert url.startswith(f"{kinto_server.url}/openid/house/login?callback=http%3A%2F%2F127.0.0.1%3A")
    assert "You are logged in" in browser.page
    assert provider.logins == 1


def test_a_token_that_is_refused_is_asked_for_anew_once(
    kinto_server: KintoServer, provider: Provider, browser: Browser
):
    """After a 401 the user logs in again and the request is made; when that is refused too, it is an error."""
    with Client(kinto_server.url, auth=BrowserOAuth("house", opener=browser)) as client:
        client.create_bucket("blog")
        kinto_server.flush()  # the server would trust a token for a day
        provider.tokens.clear()
        client.create_bucket("blog")
        assert provider.logins == 2

        kinto_server.flush()
        provider.tokens.clear()
        useless = BrowserOAuth(opener=lambda url: (browser(url), provider.tokens.clear()))
        with client.clone(auth=useless) as refused:
            with pytest.raises(Exception, match="401"):
                refused.create_bucket("blog")
        assert provider.logins == 3


def test_many_requests_at_once_make_one_login(kinto_server: KintoServer, provider: Provider, browser: Browser):
    """Clients that share the credentials, in threads of their own, wait for the one login."""
    gate = threading.Barrier(3, timeout=20)
    auth = BrowserOAuth(opener=browser)
    ids: list[str] = []

    def ask() -> None:
        with Client(kinto_server.url, auth=auth) as client:
            gate.wait()
            user = (client.server_info()).user
            assert user is not None
            ids.append(user.id)

    threads = [threading.Thread(target=run, args=[ask]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids == ["house:alice"] * 3
    assert provider.logins == 1


def run(function: Callable[[], object]) -> None:
    """Run a function of either colour in this thread."""
    result = function()
    if result is not None:
        import asyncio

        asyncio.run(result)  # type: ignore[arg-type]  # a coroutine


def test_a_token_outlives_the_program_in_a_file(
    kinto_server: KintoServer, provider: Provider, browser: Browser, tmp_path: Path
):
    """With a file, that nobody else can read, another program needs no login; a refused token leaves it."""
    file = tmp_path / "tokens.json"
    for _ in range(2):
        auth = BrowserOAuth(opener=browser, token_file=file)
        with Client(kinto_server.url, auth=auth) as client:
            assert (client.server_info()).user is not None
    assert provider.logins == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert provider.tokens[0] in file.read_text()

    kinto_server.flush()
    provider.tokens.clear()
    with Client(kinto_server.url, auth=BrowserOAuth(opener=browser, token_file=file)) as client:
        client.create_bucket("blog")
    assert provider.logins == 2
    (kept,) = json.loads(file.read_text()).values()
    assert kept["header"] == f"Bearer {provider.tokens[0]}"


def test_a_token_whose_time_is_over_is_not_sent(kinto_server: KintoServer, provider: Provider, browser: Browser):
    """Since the server takes a stale token for nobody's, it is asked for anew when the provider's time is over."""
    provider.expires_in = 0
    with Client(kinto_server.url, auth=BrowserOAuth(opener=browser)) as client:
        for _ in range(2):
            assert (client.server_info(refresh=True)).user is not None
    assert provider.logins == 2


def test_a_refusal_is_told(kinto_server: KintoServer, provider: Provider, browser: Browser):
    """What the provider says against it is in the error and on the page, whichever way it comes."""
    with Client(kinto_server.url, auth=BrowserOAuth(opener=browser)) as client:
        provider.error = "access_denied"
        with pytest.raises(
            LoginError, match="the login at 'house' failed: the provider said 'access_denied: no <way>'"
        ):
            client.create_bucket("blog")
        assert "The login failed" in browser.page
        assert "no &lt;way&gt;" in browser.page

        provider.error, provider.token_error = None, "invalid_grant"
        with pytest.raises(LoginError, match="the provider said 'invalid_grant'"):
            client.create_bucket("blog")

        provider.token_error = None
        client.create_bucket("blog")


def test_nobody_logs_in(kinto_server: KintoServer, provider: Provider):
    """When the time is up, or no browser can be opened, the error says what to do, and the bucket is not stale."""
    with Client(kinto_server.url, auth=BrowserOAuth(opener=lambda _: None, timeout=0.1)) as client:
        bucket = client.bucket("blog")
        bucket.data = {"title": "Blog"}
        with pytest.raises(LoginError, match=r"nobody logged in at 'house' within 0\.1 seconds; try again"):
            bucket.save()
        assert "outcome" not in repr(bucket)
    with Client(kinto_server.url, auth=BrowserOAuth(opener=lambda _: False)) as client:
        with pytest.raises(LoginError, match="give opener=print"):
            client.create_bucket("blog")
    assert provider.logins == 0


def test_providers_that_are_not_there(kinto_server: KintoServer, browser: Browser):
    """A provider the server does not have is refused with those it has."""
    with Client(kinto_server.url, auth=BrowserOAuth("gogle", opener=browser)) as client:
        with pytest.raises(UsageError, match=r"'gogle'.*it has 'house'"):
            client.create_bucket("blog")
    assert browser.opened == []


def test_a_server_without_providers(make_server: Callable[..., KintoServer], browser: Browser):
    """A server without the plugin is told from one that is broken."""
    with Client(make_server().url, auth=BrowserOAuth(opener=browser)) as client:
        with pytest.raises(CapabilityMissingError, match="'openid', which BrowserOAuth needs"):
            client.create_bucket("blog")


def test_no_token_is_printed(
    kinto_server: KintoServer,
    provider: Provider,
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    """Neither what is logged at any level, nor the terminal, nor a repr or an error has the token in it."""
    caplog.set_level(logging.DEBUG, "kinto_sdk")
    auth = BrowserOAuth(opener=browser)
    with Client(kinto_server.url, auth=auth) as client:
        client.create_bucket("blog")
        with pytest.raises(Exception, match="412") as caught:
            client.create_bucket("blog")
    shown = [repr(auth), repr(client), repr(caught.value), str(caught.value), caplog.text, *capfd.readouterr()]
    shown.append(caught.value.request.as_curl())
    assert [text for text in shown if "SECRET" in text or provider.tokens[0] in text] == []
    assert len(caplog.text) > 0
