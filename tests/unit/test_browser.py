"""Logging in with a browser, step by step: what is asked, what is believed, and what is kept."""

import asyncio
import base64
import json
import pickle
import re
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk import AsyncClient, BrowserOAuth, CapabilityMissingError, Client, LoginError, UsageError
from kinto_sdk.transport.browser import Wait, choose, read_providers
from kinto_sdk.transport.login_listener import Refusal, Token, read_callback
from kinto_sdk.transport.token_store import Credential, TokenStore
from kinto_sdk.transport.types import SERVER_URL

ROOT = "http://kinto.example.com/v1"
PROVIDERS = [
    {"name": "one", "auth_path": "/openid/one/login", "header_type": "Bearer"},
    {"name": "two", "auth_path": "/openid/two/login", "header_type": ""},
]


def a_request(server: str = ROOT) -> httpx.Request:
    """A request as the client makes it."""
    return httpx.Request(
        "GET", f"{server}/buckets", headers={"User-Agent": "me"}, extensions={SERVER_URL: server, "timeout": {}}
    )


def hello(body: object = None, status: int = 200) -> httpx.Response:
    """The root view, with two providers."""
    shown = {"capabilities": {"openid": {"providers": PROVIDERS}}} if body is None else body
    return httpx.Response(status, json=shown, request=httpx.Request("GET", f"{ROOT}/"))


def brought(**token: object) -> str:
    """What the browser brings behind the callback."""
    return quote(base64.b64encode(json.dumps(token).encode()).decode())


def bring(url: str, answer: str) -> None:
    """Be the browser: go straight from the login page to the callback."""
    (callback,) = parse_qs(urlsplit(url).query)["callback"]
    assert httpx.get(callback + answer).status_code == 200


def see_through(waiting: object) -> None:
    """Start what is waited for, and wait until it is there: the listener answers the browser before it tells."""
    assert isinstance(waiting, Wait)
    waiting.start()
    assert waiting.future.result(timeout=10)


def log_in(auth: BrowserOAuth, request: httpx.Request) -> Generator[Any, Any, None]:
    """Run the steps up to the request itself."""
    steps = auth._steps(request)
    assert next(steps).url == f"{ROOT}/"
    see_through(steps.send(hello()))
    assert steps.send(None) is request
    return steps


# ---- steps ---------------------------------------------------------------------------------------------------------


def test_the_first_request_logs_in_and_the_second_does_not() -> None:
    """The root view is asked without credentials, then the browser; the token goes with this request and the next."""
    urls: list[str] = []

    def opener(url: str) -> None:
        urls.append(url)
        bring(url, brought(access_token="abc", token_type="bearer"))

    auth = BrowserOAuth("two", opener=opener)
    first, second = a_request(), a_request()
    steps = auth._steps(first)
    asked = next(steps)
    assert isinstance(asked, httpx.Request)
    assert (asked.method, asked.url) == ("GET", f"{ROOT}/")
    assert "Authorization" not in asked.headers
    assert asked.headers["User-Agent"] == "me"
    waiting = steps.send(hello())
    assert isinstance(waiting, Wait)
    assert waiting.seconds == 300
    see_through(waiting)
    assert steps.send(None) is first
    assert first.headers["Authorization"] == "bearer abc"
    assert next(auth._steps(second)) is second
    assert second.headers["Authorization"] == "bearer abc"
    (url,) = urls
    assert url.startswith(f"{ROOT}/openid/two/login?callback=http%3A%2F%2F127.0.0.1%3A")
    assert url.endswith("&scope=openid+email")


def test_a_token_is_for_one_server() -> None:
    """A token of one server is never sent to another."""
    auth = BrowserOAuth(opener=lambda url: bring(url, brought(access_token="abc")))
    log_in(auth, a_request())
    other = a_request("https://elsewhere.example.com/v1")
    asked = next(auth._steps(other))
    assert isinstance(asked, httpx.Request)
    assert asked.url == "https://elsewhere.example.com/v1/"
    assert "Authorization" not in other.headers


def test_one_401_asks_again_and_a_second_does_not() -> None:
    """A token that served is asked for anew after a 401; one that never did is only forgotten."""
    auth = BrowserOAuth(opener=lambda url: bring(url, brought(access_token="abc")))
    log_in(auth, a_request())
    request = a_request()
    steps = auth._steps(request)
    next(steps)
    asked = steps.send(httpx.Response(401))
    assert isinstance(asked, httpx.Request)
    assert asked.url == f"{ROOT}/"
    see_through(steps.send(hello()))
    assert steps.send(None) is request
    with pytest.raises(StopIteration):
        steps.send(httpx.Response(401))

    steps = log_in(BrowserOAuth(opener=auth._opener), a_request())
    with pytest.raises(StopIteration):
        steps.send(httpx.Response(401))


def test_others_wait_for_one_login() -> None:
    """Who comes during a login waits for it, and takes its token or its failure."""
    auth = BrowserOAuth(opener=lambda url: bring(url, brought(access_token="abc")))
    leader, follower = auth._steps(a_request()), auth._steps(request := a_request())
    next(leader)
    waiting = next(follower)
    assert isinstance(waiting, Wait)
    assert not waiting.future.done()
    see_through(leader.send(hello()))
    leader.send(None)
    assert waiting.future.done()
    assert follower.send(None) is request
    assert request.headers["Authorization"] == "Bearer abc"


def test_a_login_may_be_over_before_one_begins() -> None:
    """Who finds that there is a token by now, although there was none, opens no browser."""

    class Late(TokenStore):
        asked = 0

        def get(self, server: str, now: float) -> Credential | None:
            self.asked += 1
            return None if self.asked == 1 else ALICE

    auth = BrowserOAuth(opener=pytest.fail)
    auth._tokens = Late(None)
    request = a_request()
    assert next(auth._steps(request)) is request
    assert request.headers["Authorization"] == ALICE.header


def test_a_failure_is_everybodys() -> None:
    """When the login fails, each that waited gets an error of its own, and the next request tries again."""
    auth = BrowserOAuth(opener=lambda _: False)
    leader, follower = auth._steps(a_request()), auth._steps(a_request())
    next(leader)
    next(follower)
    see_through(leader.send(hello()))
    with pytest.raises(LoginError, match="no browser") as first:
        leader.send(None)
    with pytest.raises(LoginError, match="no browser") as second:
        follower.send(None)
    assert first.value is not second.value
    assert isinstance(next(auth._steps(a_request())), httpx.Request)


def test_who_gives_up_leaves_the_login_to_another() -> None:
    """When the request that logs in is cancelled, one that waited takes over."""
    auth = BrowserOAuth()
    leader, follower = auth._steps(a_request()), auth._steps(a_request())
    next(leader)
    next(follower)
    leader.close()
    asked = follower.send(None)
    assert isinstance(asked, httpx.Request)
    assert asked.url == f"{ROOT}/"


def test_a_request_of_another_client_is_refused() -> None:
    """With a plain httpx client the server is unknown, and nothing is sent."""
    with pytest.raises(UsageError, match="auth= of a Client"):
        next(BrowserOAuth()._steps(httpx.Request("GET", ROOT)))


# ---- what a server offers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"capabilities": {}},
        {"capabilities": {"openid": {"providers": []}}},
        {"capabilities": {"openid": {"providers": ["one", {"name": "x", "auth_path": "https://evil"}]}}},
    ],
)
def test_a_server_without_providers(body: object) -> None:
    """A server without any usable provider lacks the plugin."""
    with pytest.raises(CapabilityMissingError, match="'openid', which BrowserOAuth needs"):
        read_providers(hello(body))


@pytest.mark.parametrize("answer", [hello(status=503), hello([]), httpx.Response(200, text="<html>")])
def test_an_answer_that_is_not_a_kinto_servers(answer: httpx.Response) -> None:
    """What is no root view is told with the URL and the status."""
    answer.request = httpx.Request("GET", f"{ROOT}/")
    with pytest.raises(LoginError, match=rf"GET {ROOT}/: {answer.status_code}"):
        read_providers(answer)


def test_a_provider_is_chosen_by_name() -> None:
    """Without a name the first counts; an unknown name is refused with those that exist."""
    providers = read_providers(hello())
    assert choose(providers, None)["name"] == "one"
    assert choose(providers, "two")["name"] == "two"
    with pytest.raises(UsageError, match="it has 'one', 'two'"):
        choose(providers, "three")


# ---- what a browser brings -----------------------------------------------------------------------------------------


def test_a_token_is_read() -> None:
    """The token comes in base64 of either alphabet, with or without padding, quoted or not."""
    document = json.dumps({"access_token": "a~b", "token_type": "Bearer", "x": "???>>>"}).encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(document).decode()
        for form in (text, quote(text), quote(text, safe=""), text.rstrip("=")):
            assert read_callback(form) == Token("a~b", "Bearer", None)


def test_a_token_has_its_time() -> None:
    """How long a token is good is counted from now on."""
    found = read_callback(brought(access_token="a", expires_in=60))
    assert isinstance(found, Token)
    assert found.expires_at == pytest.approx(time.time() + 60, abs=5)
    assert found.type is None
    assert "'a'" not in repr(found)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("error=access_denied&error_description=no+way", "'access_denied: no way'"),
        ("error=access_denied", "'access_denied'"),
        ("error=" + "x" * 5000, "x" * 300 + "'$"),
        (brought(error="invalid_grant"), "'invalid_grant'"),
        (brought(error="a", error_description="b\n\tc"), "'a: b c'"),
        (brought(), "no token in it"),
        (brought(access_token=""), "no token in it"),
        (brought(access_token="a b"), "no token in it"),
        (brought(access_token="a\r\nX: y"), "no token in it"),
        (brought(access_token=1), "no token in it"),
        ("", "not a token"),
        ("%%%", "not a token"),
        (base64.b64encode(b"[]").decode(), "not a token"),
        (base64.b64encode(b"[" * 100_000).decode(), "not a token"),
    ],
)
def test_what_is_no_token_is_refused(query: str, reason: str) -> None:
    """Errors come as a form or in place of the token; nothing that could break a header is taken for a token."""
    found = read_callback(query)
    assert isinstance(found, Refusal)
    assert re.search(reason, found.reason)


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_anything_may_come(query: str) -> None:
    """Whatever is sent to the callback, reading it never fails."""
    assert isinstance(read_callback(query), Token | Refusal)


def test_only_the_secret_path_is_heard() -> None:
    """What comes to another path of the listener is not found, changes nothing, and the token still arrives."""

    def opener(url: str) -> None:
        (callback,) = parse_qs(urlsplit(url).query)["callback"]
        host = callback.rpartition("/")[0]
        answer = brought(access_token="evil")
        for path in ("/", "/favicon.ico", f"/?{answer}", f"/auth?{answer}"):
            assert httpx.get(host + path).status_code == 404
        bring(url, brought(access_token="good"))
        bring(url, brought(access_token="late"))

    request = a_request()
    log_in(BrowserOAuth(opener=opener), request)
    assert request.headers["Authorization"] == "Bearer good"


# ---- what is kept --------------------------------------------------------------------------------------------------

ALICE = Credential("Bearer alice", None)
BOB = Credential("Bearer bob", 100.0)


def test_tokens_are_kept_by_server(tmp_path: Path) -> None:
    """Another store on the same file has them all, until their time is over."""
    file = tmp_path / "tokens"
    store = TokenStore(file)
    store.keep("a", ALICE)
    store.keep("b", BOB)
    again = TokenStore(file)
    assert (again.get("a", 50), again.get("b", 50), again.get("c", 50)) == (ALICE, BOB, None)
    assert again.get("b", 100) is None
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600


def test_only_the_very_token_is_forgotten(tmp_path: Path) -> None:
    """A token that another program wrote meanwhile stays, and is found."""
    file = tmp_path / "tokens"
    store, other = TokenStore(file), TokenStore(file)
    store.keep("a", ALICE)
    other.keep("a", BOB)
    store.forget("a", ALICE)
    assert store.get("a", 50) == BOB
    store.forget("a", ALICE)
    assert store.get("a", 50) == BOB
    store.forget("a", BOB)
    assert store.get("a", 50) is None
    assert json.loads(file.read_text()) == {}


def test_what_another_program_logged_in_for_is_found_when_the_own_time_is_over(tmp_path: Path) -> None:
    """Nobody is asked to log in again who has just done so."""
    store, other = TokenStore(tmp_path / "tokens"), TokenStore(tmp_path / "tokens")
    store.keep("a", Credential("Bearer old", 50))
    other.keep("a", Credential("Bearer new", 100))
    assert store.get("a", 49) == Credential("Bearer old", 50)
    assert store.get("a", 50) == Credential("Bearer new", 100)
    assert store.get("a", 100) is None


def test_without_a_file_memory_is_all() -> None:
    """Without a file nothing outlives the object."""
    store = TokenStore(None)
    store.keep("a", ALICE)
    assert store.get("a", 0) == ALICE
    store.forget("a", ALICE)
    assert store.get("a", 0) is None


def test_an_open_file_is_closed_to_others(tmp_path: Path) -> None:
    """A file that others could read is replaced by one that they can't."""
    file = tmp_path / "tokens"
    file.write_text("{}")
    file.chmod(0o666)
    TokenStore(file).keep("a", ALICE)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": "Bearer x"}', '{"a": {"header": 1}}', '{"a": {"header": "x\\r\\nY: z"}}']
)
def test_a_broken_file_has_no_tokens(tmp_path: Path, text: str) -> None:
    """What is no file of ours holds nothing, and is overwritten."""
    file = tmp_path / "tokens"
    file.write_text(text)
    store = TokenStore(file)
    assert store.get("a", 0) is None
    store.keep("a", ALICE)
    assert TokenStore(file).get("a", 0) == ALICE


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """The error names the file, and has no token in it."""
    store = TokenStore(tmp_path / "missing" / "tokens")
    with pytest.raises(UsageError, match="missing/tokens' can't be written") as caught:
        store.keep("a", ALICE)
    assert "alice" not in str(caught.value)


# ---- secrets and bad input -----------------------------------------------------------------------------------------


def test_nothing_shows_or_pickles_the_token() -> None:
    """Neither a repr nor a pickle has a token in it."""
    auth = BrowserOAuth("house")
    auth._tokens.keep(ROOT, ALICE)
    assert repr(auth) == "BrowserOAuth('house')"
    assert repr(BrowserOAuth()) == "BrowserOAuth()"
    assert "alice" not in repr(ALICE)
    with pytest.raises(UsageError, match="not pickled"):
        pickle.dumps(auth)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), True])
def test_a_time_to_log_in_is_positive(timeout: float) -> None:
    """A time that is none is refused when the object is made."""
    with pytest.raises(UsageError, match="how many seconds"):
        BrowserOAuth(timeout=timeout)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({"provider": 5}, "provider=5"),
        ({"opener": 5}, "such as print, not 5"),
        ({"opener": asyncio.sleep}, "a plain function"),
        ({"timeout": "5"}, "how many seconds"),
        ({"token_file": 5}, "token_file=5"),
    ],
)
def test_arguments_of_another_kind(argument: dict[str, Any], words: str) -> None:
    """They are refused when the object is made, and not at the first login."""
    with pytest.raises(UsageError, match=words):
        BrowserOAuth(**argument)


async def test_a_login_that_fails_is_the_only_one_of_all_who_ask_for_the_same() -> None:
    """Those who wait for one answer of the server fail with the login, and open no page of their own."""
    shown: list[str] = []

    def no_browser(url: str) -> bool:
        shown.append(url)
        return False

    transport = httpx.MockTransport(lambda _: hello())
    async with AsyncClient(ROOT, auth=BrowserOAuth(opener=no_browser), transport=transport) as client:
        errors = await asyncio.gather(*(client.server_info() for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in errors] == [LoginError] * 3
    assert len({id(error) for error in errors}) == 3
    assert len(shown) == 1


def test_a_check_tells_of_a_login_that_is_not_possible() -> None:
    """It raises nothing for a server that has no providers; a client that is closed is another matter."""
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"settings": {}, "capabilities": {}}))
    client = Client("http://server", auth=BrowserOAuth(), transport=answer)
    check = client.check()
    assert (check.ok, check.credentials) == (False, "unknown")
    assert "'openid', which BrowserOAuth needs" in (check.error or "")
    client.close()
    with pytest.raises(UsageError, match="closed"):
        client.check()
