"""The settings of a client: what is refused, what is sent, and what a clone keeps."""

import asyncio
import pickle
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from kinto_sdk import AsyncClient, BasicAuth, Client, KintoError, RetryPolicy, UsageError
from kinto_sdk.transport import connection
from kinto_sdk.transport.connection import IN_FLIGHT, Connection, tls
from kinto_sdk.transport.options import read_server_url, read_timeout

URL = "https://kinto.example.com/v1"
SEEN = list[httpx.Request]


def recording(seen: SEEN) -> httpx.MockTransport:
    """Make a network that answers everything with an empty object, and keeps what was sent."""

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {"id": "b", "last_modified": 1}})

    return httpx.MockTransport(answer)


@pytest.fixture
def seen() -> SEEN:
    """Return the requests that were sent."""
    return []


@pytest.fixture
def client(seen: SEEN) -> Client:
    """Return a client with many settings."""
    return Client(
        URL,
        auth=("alice", "s3cret"),
        bucket="blog",
        collection="todos",
        timeout=3,
        retry=0,
        headers={"X-Tenant": "a"},
        user_agent="importer/1",
        transport=recording(seen),
    )


# ---- the server's address ----


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
def test_the_address_may_be_short(tail: str) -> None:
    """The version and the slash may be left out."""
    assert Client("https://kinto.example.com" + tail).server_url == URL
    assert Client("http://host:8888/kinto" + tail).server_url == "http://host:8888/kinto/v1"


def test_credentials_in_the_address_are_moved(seen: SEEN) -> None:
    """They become `auth`, decoded, and the address does not show them."""
    client = Client("https://alice:s3%20cret@kinto.example.com", transport=recording(seen))
    assert client.server_url == URL
    client.get_bucket("b")
    assert seen[0].headers["Authorization"] == httpx.BasicAuth("alice", "s3 cret")._auth_header
    assert "cret" not in str(seen[0].url) + repr(client)


def test_given_credentials_win_over_those_in_the_address(seen: SEEN) -> None:
    """`auth` says what it says."""
    Client("https://bob:x@kinto.example.com", auth="Bearer t", transport=recording(seen)).get_bucket("b")
    assert seen[0].headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize(
    "url",
    [
        *("", "kinto.example.com", "ftp://host", "http://", "https://h/v1?x=1", "https://h/v1#x", 42, None),
        *("http://a b", "http://a\tb", "http://..", "http://a..b", "http://" + "a" * 64),
    ],
)
def test_an_address_that_cant_be_right(url: Any) -> None:
    """It is refused when the client is made."""
    with pytest.raises(UsageError, match="server_url"):
        Client(url)


def test_a_wrong_address_is_not_shown_with_its_password() -> None:
    """The message keeps what comes before the @ to itself."""
    with pytest.raises(UsageError) as caught:
        read_server_url("ftp://alice:s3cret@host")
    assert "s3cret" not in str(caught.value)


# ---- bad input ----


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"timeout": -1}, "timeout=-1.*seconds above 0"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": "5"}, "timeout='5'"),
        ({"timeout": True}, "timeout=True"),
        ({"timeout": float("nan")}, "timeout=nan"),
        ({"timeout": float("inf")}, "None to wait for ever"),
        ({"timeout": (1, 2, 3)}, "timeout="),
        ({"timeout": (1, -2)}, "timeout="),
        ({"retry": -1}, "retry=-1.*RetryPolicy"),
        ({"retry": "3"}, "retry='3'"),
        ({"retry": True}, "retry=True"),
        ({"retry": 1.5}, "retry=1.5"),
        ({"retry_after": -5}, "retry_after=-5"),
        ({"retry": RetryPolicy(), "retry_after": 5}, "into the policy"),
        ({"headers": {"Bad Name": "x"}}, "'Bad Name'"),
        ({"headers": {"X": "a\r\nEvil: 1"}}, "value of 'X'"),
        ({"headers": {"X": 1}}, "value of 'X'"),
        ({"user_agent": "a\nb"}, "user_agent"),
        ({"dry_run": "reads"}, "dry_run='reads'.*'writes'"),
        ({"dry_run": 1}, "dry_run=1"),
        ({"on_backoff": "ignore"}, "on_backoff='ignore'"),
        ({"on_event": "log"}, "on_event="),
        ({"on_event": asyncio.sleep}, "no coroutine"),
        ({"http_client": httpx.Client(), "verify": False}, "give verify= to it"),
        ({"http_client": httpx.Client(), "transport": httpx.HTTPTransport()}, "http_client= brings"),
        ({"transport": httpx.HTTPTransport(), "proxy": "http://p", "http2": True}, "give proxy=, http2= to it"),
        ({"http_client": httpx.AsyncClient()}, "http_client= is an httpx.Client, not AsyncClient"),
        ({"transport": httpx.AsyncHTTPTransport()}, "transport= is an httpx.BaseTransport"),
        ({"verify": "/no/such/file.pem"}, "verify= or cert=: No such file"),
        ({"verify": Path("/no/such/file.pem")}, "verify= or cert=: No such file"),
        ({"verify": None}, "verify=None: it is True"),
        ({"cert": "/no/such/file.pem"}, "verify= or cert="),
        ({"cert": (Path("/no/such/file.pem"), "/no/such/key.pem")}, "verify= or cert="),
        ({"cert": ["certificate.pem", "key.pem"]}, "cert= is a path, "),
        ({"cert": ("certificate.pem", "key.pem", "hunter2", "x")}, "cert= is a path, "),
        ({"proxy": 5}, "proxy= is a URL"),
        ({"http2": "yes"}, "http2='yes': it is True or False"),
        ({"limits": 5}, "limits=5"),
        ({"limits": httpx.Limits(max_connections=0)}, "with 1 or more"),
        ({"limits": httpx.Limits(max_connections=-1)}, "with 1 or more"),
        ({"proxy": "nonsense://user:hunter2@proxy"}, "proxy= is a URL"),
    ],
)
def test_a_setting_that_cant_be_right(argument: dict[str, Any], message: str) -> None:
    """It is refused when the client is made, with what to write instead."""
    with pytest.raises(UsageError, match=message) as caught:
        Client(URL, **argument)
    assert "hunter2" not in str(caught.value)


def test_http2_needs_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, the error says what to install."""
    monkeypatch.setattr(connection, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"http2=True needs the package h2: pip install httpx\[http2\]"):
        Client(URL, http2=True)


def test_a_socks_proxy_needs_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, the error says what to install."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(UsageError, match=r"socksio: pip install httpx\[socks\]"):
        Client(URL, proxy="socks5://localhost:1")


def test_the_async_client_refuses_the_sync_ones_network() -> None:
    """A client and a transport are of one colour."""
    with pytest.raises(UsageError, match=r"httpx\.AsyncClient, not Client"):
        AsyncClient(URL, http_client=httpx.Client())  # type: ignore[arg-type]  # wrong on purpose


# ---- what is sent ----


def test_headers(client: Client, seen: SEEN) -> None:
    """Each request has the client's headers, and says what the program is made of."""
    client.get_bucket("b")
    sent = seen[0].headers
    assert sent["X-Tenant"] == "a"
    assert sent["Accept"] == "application/json"
    name, ours, http, python = sent["User-Agent"].split()
    assert (name, ours.split("/")[0], http.split("/")[0]) == ("importer/1", "kinto-sdk", "httpx")
    assert python.startswith("python/3.")
    assert sent.get_list("Authorization") == [httpx.BasicAuth("alice", "s3cret")._auth_header]


def test_a_header_replaces_ours(seen: SEEN) -> None:
    """A User-Agent that is given is the only one."""
    Client(URL, headers={"user-agent": "me"}, transport=recording(seen)).get_bucket("b")
    assert seen[0].headers.get_list("User-Agent") == ["me"]


def test_a_request_of_its_own_headers(client: Client, seen: SEEN) -> None:
    """What one request brings replaces what the client has, credentials included."""
    client.request("GET", "/x", headers={"x-tenant": "b", "Authorization": "Bearer t"})
    assert seen[0].headers.get_list("X-Tenant") == ["b"]
    assert seen[0].headers.get_list("Authorization") == ["Bearer t"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "buckets", None),
        ("GET", "//evil/x", None),
        ("GET", "https://evil/x", None),
        ("GET", "/buckets#x", None),
        ("GET\r\nX: 1", "/", None),
        ("GÉT", "/", None),
        ("GET", "/", {"X": "a\r\nEvil: 1"}),
        ("GET", "/", {"X": "\N{SNOWMAN}"}),
        ("GET", "/", {"X Y": "1"}),
        ("GET", "/", ["X"]),
    ],
)
def test_a_request_that_cant_be_right(client: Client, seen: SEEN, method: str, path: str, headers: Any) -> None:
    """What would be sent as something else, or elsewhere, is refused before anything is."""
    with pytest.raises(UsageError):
        client.request(method, path, headers=headers)
    assert seen == []


def test_iterating_thousands_of_pages_does_not_recurse() -> None:
    """Five thousand pages are one loop, and one request each."""
    asked = 0

    def page(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        assert request.url.host == "kinto.example.com"
        more = {} if asked == 5000 else {"Next-Page": f"http://evil/v1/buckets?_token={asked}"}
        return httpx.Response(200, json={"data": [{"id": f"b{asked}", "last_modified": asked}]}, headers=more)

    names = [bucket.id for bucket in Client(URL, transport=httpx.MockTransport(page)).buckets()]
    assert (len(names), asked) == (5000, 5000)


@pytest.mark.parametrize(
    ("given", "connect", "read"),
    [(3, 3, 3), ((1, 20), 1, 20), ((None, 20), None, 20), (None, None, None), (httpx.Timeout(7), 7, 7)],
)
def test_timeouts(given: Any, connect: float | None, read: float | None) -> None:
    """A number, (connect, read), httpx's own, or none at all."""
    timeout = read_timeout(given)
    assert (timeout.connect, timeout.read) == (connect, read)


def test_the_timeout_is_sent_along(client: Client, seen: SEEN) -> None:
    """Each request has it."""
    client.get_bucket("b")
    assert seen[0].extensions["timeout"]["read"] == 3
    Client(URL, transport=recording(seen)).get_bucket("b")
    assert seen[1].extensions["timeout"]["read"] == 10


def test_an_http_client_is_used_as_it_is(seen: SEEN) -> None:
    """Its headers and credentials go along, and closing it stays its owner's business."""
    http = httpx.Client(transport=recording(seen), headers={"X-Own": "1"}, auth=("bob", "x"), follow_redirects=True)
    with Client(URL, http_client=http) as client:
        client.get_bucket("b")
    assert seen[0].headers["X-Own"] == "1"
    assert seen[0].headers["Authorization"] == httpx.BasicAuth("bob", "x")._auth_header
    assert not http.is_closed
    Client(URL, http_client=http, auth="Bearer t").get_bucket("b")
    assert seen[1].headers["Authorization"] == "Bearer t"


def test_the_usual_authorities_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients alike share them; other authorities in the environment, and HTTP/2, make another context."""
    usual = tls(True, None, http2=False)
    assert tls(True, None, http2=False) is usual
    assert tls(True, None, http2=True) is not usual
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    with pytest.raises(UsageError, match="No such file"):
        Client(URL)


def test_tls_settings(tmp_path: Any) -> None:
    """A file or folder of authorities, an SSL context and a refusal to verify are all taken."""
    import certifi

    context = ssl.create_default_context()
    for verify in (certifi.where(), str(tmp_path), context, False, True):
        Client(URL, verify=verify).close()


def test_proxy_and_limits() -> None:
    """They reach the client that sends."""
    limits = httpx.Limits(max_connections=3)
    with Client(URL, proxy="http://user:pass@proxy:8080", limits=limits) as client:
        assert "pass" not in repr(client._session.options)
    assert Connection(limits=limits).in_flight == 3
    assert Connection().in_flight == IN_FLIGHT
    assert Connection(transport=httpx.AsyncHTTPTransport()).in_flight is None


async def test_the_async_client_prefers_aiohttp() -> None:
    """Where httpx-aiohttp is installed it is used; a transport or client of one's own refuses it."""
    from httpx_aiohttp import HttpxAiohttpClient

    async with AsyncClient(URL) as client:
        assert isinstance(client._session._pool.http, HttpxAiohttpClient)
    async with AsyncClient(URL, transport=httpx.AsyncHTTPTransport()) as client:
        assert not isinstance(client._session._pool.http, HttpxAiohttpClient)


# ---- clones ----


def test_a_clone_keeps_everything(client: Client, seen: SEEN) -> None:
    """Settings, defaults and connections are those of the first."""
    clone = client.clone()
    assert type(clone) is Client
    assert clone._session.options == client._session.options
    assert clone._session._pool is client._session._pool
    assert clone._session._rules.gate is client._session._rules.gate
    assert clone.bucket().collection().path == "/buckets/blog/collections/todos"
    assert clone._context.memory is client._context.memory


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"auth": ("bob", "x")}, ["timeout", "headers", "dry_run", "retry", "user_agent"]),
        ({"timeout": 60}, ["auth", "headers", "retry"]),
        ({"retry": 5, "retry_after": 1}, ["auth", "headers", "timeout"]),
        ({"retry_after": 1}, ["auth", "headers", "timeout"]),
        ({"dry_run": True}, ["auth", "headers", "timeout"]),
        ({"server_url": "https://other"}, ["auth", "headers", "timeout", "retry"]),
    ],
)
def test_a_clone_changes_only_what_is_given(client: Client, change: dict[str, Any], kept: list[str]) -> None:
    """Nothing is reset because something else is given."""
    before, after = client._session.options, client.clone(**change)._session.options
    assert before != after
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]


def test_a_clone_of_another_user_knows_nothing_of_the_first(client: Client) -> None:
    """What the server said to one user is not told to another; the connections are shared all the same."""
    clone = client.clone(auth="Bearer t")
    assert clone._context.memory is not client._context.memory
    assert clone._session._pool is client._session._pool


def test_headers_of_a_clone_are_added(client: Client, seen: SEEN) -> None:
    """One header can be added without knowing the others."""
    client.clone(headers={"X-Request": "1"}).get_bucket("b")
    assert (seen[0].headers["X-Tenant"], seen[0].headers["X-Request"]) == ("a", "1")


def test_defaults_of_a_clone(client: Client) -> None:
    """The default bucket and collection can be changed."""
    assert client.clone(bucket="b", collection=None).bucket().path == "/buckets/b"
    with pytest.raises(UsageError, match="which collection"):
        client.clone(collection=None).bucket().collection()
    assert client.clone(bucket="x", id_patterns={"bucket": "x+"}).bucket("xx").id == "xx"


def test_a_clone_refuses_what_a_client_does_not_have(client: Client) -> None:
    """A misspelt setting is an error, not a silence."""
    with pytest.raises(UsageError, match="does not know timeuot"):
        client.clone(timeuot=3)  # type: ignore[call-arg]  # wrong on purpose


def test_a_clone_with_its_own_connections(client: Client, seen: SEEN) -> None:
    """Other settings of the connections make other connections, which the clone closes."""
    other: SEEN = []
    with client.clone(transport=recording(other)) as clone:
        clone.get_bucket("b")
    assert (len(other), len(seen)) == (1, 0)
    client.get_bucket("b")


# ---- closing ----


def test_closing_a_clone_leaves_the_client(client: Client) -> None:
    """A clone closes only itself."""
    with client.clone() as clone:
        clone.get_bucket("b")
    with pytest.raises(UsageError, match="closed"):
        clone.get_bucket("b")
    client.get_bucket("b")


def test_closing_the_client_closes_its_clones(client: Client) -> None:
    """The connections are the client's; a clone that outlives it says so, and no object takes it for a lost write."""
    record = client.clone().bucket("b").collection("c").new_record({"n": 1})
    client.close()
    client.close()
    with pytest.raises(UsageError, match="or the client that it was cloned from"):
        record.save()
    assert "unknown" not in repr(record)


def test_a_client_is_not_pickled(client: Client) -> None:
    """It holds connections and credentials."""
    with pytest.raises(UsageError, match="not pickled"):
        pickle.dumps(client)


def test_a_closed_client_wakes_its_sleepers(seen: SEEN) -> None:
    """A thread that waits for a retry learns at once that there is no client any more."""
    from threading import Timer

    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": "20"})

    client = Client(URL, transport=httpx.MockTransport(refuse))
    Timer(0.05, client.close).start()
    with pytest.raises(UsageError, match="closed"):
        client.get_bucket("b")


async def test_a_sleeping_task_can_be_cancelled() -> None:
    """Waiting for a retry blocks neither the loop nor the cancellation."""

    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": "20"})

    async with AsyncClient(URL, transport=httpx.MockTransport(refuse)) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.get_bucket("b")


# ---- the environment ----


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that sets the variables of a client."""

    def set_all(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"KINTO_{name}", value)

    for name in ("SERVER_URL", "AUTH", "BUCKET", "COLLECTION", "TIMEOUT", "RETRY"):
        monkeypatch.delenv(f"KINTO_{name}", raising=False)
    return set_all


def test_a_client_from_the_environment(environ: Callable[..., None]) -> None:
    """All six variables are read."""
    environ(SERVER_URL=URL, AUTH="alice:s3cret", BUCKET="b", COLLECTION="c", TIMEOUT="2.5", RETRY="7")
    for client in (Client.from_env(), AsyncClient.from_env()):
        options = client._session.options
        assert options.auth == BasicAuth("alice", "s3cret")
        assert (options.timeout.read, options.retry.retries) == (2.5, 7)
        assert client.bucket().collection().path == "/buckets/b/collections/c"


def test_arguments_win_over_the_environment(environ: Callable[..., None]) -> None:
    """What the program says itself counts; empty variables count as not set."""
    environ(SERVER_URL=URL, TIMEOUT="none", AUTH="", RETRY="7")
    options = Client.from_env(retry=1, bucket="x")._session.options
    assert (options.timeout.read, options.retry.retries, options.auth) == (None, 1, None)
    assert Client.from_env(server_url="https://other").server_url == "https://other/v1"


@pytest.mark.parametrize(
    "variables",
    [
        {"SERVER_URL": "nonsense"},
        {"AUTH": "hunter2"},
        {"AUTH": "Basic hunter2"},
        {"TIMEOUT": "soon"},
        {"TIMEOUT": "-1"},
        {"RETRY": "often"},
        {"RETRY": "-1"},
        {"BUCKET": "a/b"},
        {"COLLECTION": ".."},
    ],
)
def test_a_variable_that_cant_be_right(environ: Callable[..., None], variables: dict[str, str]) -> None:
    """The error names the variable, and shows no secret."""
    environ(**{"SERVER_URL": URL, **variables})
    with pytest.raises(UsageError, match=f"KINTO_{next(iter(variables))}: ") as caught:
        Client.from_env()
    assert "hunter2" not in str(caught.value)


def test_ids_of_another_form_in_the_environment(environ: Callable[..., None]) -> None:
    """They are checked by the rules that the client gets."""
    environ(SERVER_URL=URL, BUCKET="A.B")
    assert Client.from_env(id_patterns={"bucket": "[A-Z.]+"}).bucket().id == "A.B"


def test_no_address_in_the_environment(environ: Callable[..., None]) -> None:
    """The variable that is needed is named."""
    with pytest.raises(UsageError, match="KINTO_SERVER_URL is not set"):
        Client.from_env()
    assert issubclass(UsageError, KintoError)
