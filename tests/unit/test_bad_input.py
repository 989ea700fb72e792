"""Arguments that can't be right: each is told on one line that says what to do, before anything is sent."""

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import httpx
import pytest
from cattrs import Converter

from kinto_sdk import (
    AsyncClient,
    Client,
    InvalidIdError,
    KintoError,
    ModelError,
    Plan,
    TransportError,
    UnreadableResponseError,
    UsageError,
    fields,
    json_schema,
    model_source,
)
from kinto_sdk.models import kinto_field


@attrs.define
class Todo:
    """Something to do."""

    title: str


def refuse(request: httpx.Request) -> httpx.Response:
    """Nothing may be sent."""
    raise AssertionError(f"{request.method} {request.url} was sent")


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a client that must not send anything."""
    with Client("http://server/v1", transport=httpx.MockTransport(refuse)) as client:
        yield client


def RECORDS(client: Client) -> Any:  # noqa: N802  # a constant, but for the client
    """Return a collection."""
    return client.bucket("b").collection("c")


def OTHER(client: Client) -> Any:  # noqa: N802  # as above
    """Return another collection."""
    return client.bucket("b").collection("d")


CALLS: dict[str, tuple[Callable[[Client], Any], type[KintoError], str]] = {
    "bucket id": (lambda c: c.bucket(5), InvalidIdError, "a bucket id is a string, not 5; write str"),
    "account name": (lambda c: c.account(5), InvalidIdError, "an account id is a string, not 5"),
    "bucket None": (lambda c: c.bucket(None), InvalidIdError, "not None; leave it out for the client's default"),
    "bucket empty": (lambda c: c.bucket(""), InvalidIdError, "''"),
    "bucket object": (lambda c: c.bucket(c.bucket("b")), InvalidIdError, "; pass its .id"),
    "record id None": (lambda c: RECORDS(c).record(None), InvalidIdError, "a record id is a string, not None"),
    "collection None": (lambda c: c.bucket("b").collection(None), InvalidIdError, "not None"),
    "no collection": (lambda c: c.bucket("b").collection(), UsageError, "which collection"),
    "group": (lambda c: c.bucket("b").group(None), InvalidIdError, "not None"),
    "record": (lambda c: c.bucket("b").collection("c").record(5), InvalidIdError, "not 5"),
    "model": (lambda c: c.bucket("b").collection("c", 5), UsageError, "5"),
    "model instance": (lambda c: c.bucket("b").collection("c", Todo("x")), UsageError, "Todo"),
    "model converter": (lambda c: c.bucket("b").collection("c", Todo, converter=5), UsageError, "converter=5"),
    "clone converter": (lambda c: c.clone(converter=5), UsageError, "converter=5"),
    "model str": (lambda c: c.bucket("b").collection("c", str), UsageError, "str"),
    "create bucket id": (lambda c: c.create_bucket(""), InvalidIdError, "''"),
    "create bucket data": (lambda c: c.create_bucket("b", 5), UsageError, "data must be a dict, not int"),
    "create bucket permissions": (lambda c: c.create_bucket("b", permissions=5), UsageError, "permissions"),
    "permission names": (lambda c: c.create_bucket("b", permissions={"read": "bob"}), UsageError, "list of principals"),
    "permission principal": (lambda c: c.create_bucket("b", permissions={"read": [5]}), UsageError, "principal"),
    "permission key": (lambda c: c.create_bucket("b", permissions={5: ["a"]}), UsageError, "5"),
    "group members text": (lambda c: c.bucket("b").create_group("g", "bob"), UsageError, "members"),
    "group members dict": (lambda c: c.bucket("b").create_group("g", {"members": ["a"]}), UsageError, "data="),
    "group members int": (lambda c: c.bucket("b").create_group("g", 5), UsageError, "members"),
    "group members of int": (lambda c: c.bucket("b").create_group("g", [5]), UsageError, "5"),
    "group data": (lambda c: c.bucket("b").create_group("g", [], data="x"), UsageError, "data must be a dict"),
    "collection data": (lambda c: c.bucket("b").create_collection("c", "x"), UsageError, "dict"),
    "record None": (lambda c: c.bucket("b").collection("c").create_record(None), UsageError, "dict, not NoneType"),
    "record list": (lambda c: c.bucket("b").collection("c").create_record([1]), UsageError, "dict, not list"),
    "record instance": (lambda c: c.bucket("b").collection("c").create_record(Todo("x")), UsageError, "model"),
    "record of model None": (lambda c: c.bucket("b").collection("c", Todo).create_record(None), ModelError, "a Todo"),
    "record of model dict": (lambda c: c.bucket("b").collection("c", Todo).create_record({}), ModelError, "a Todo"),
    "record of model misfit": (
        lambda c: c.bucket("b").collection("c", Todo).create_record(Todo(object())),
        ModelError,
        "Todo",
    ),
    "record set": (lambda c: c.bucket("b").collection("c").create_record({"a": {1}}), UsageError, r"data\.a"),
    "record NaN": (lambda c: c.bucket("b").collection("c").create_record({"a": float("nan")}), UsageError, r"data\.a"),
    "record key": (lambda c: c.bucket("b").collection("c").create_record({5: 1}), UsageError, "5"),
    "record id": (lambda c: c.bucket("b").collection("c").create_record({}, id="a/b"), InvalidIdError, "a/b"),
    "record data id": (lambda c: c.bucket("b").collection("c").create_record({"id": 5}), InvalidIdError, "5"),
    "record two ids": (lambda c: c.bucket("b").collection("c").create_record({"id": "a"}, id="b"), UsageError, "two"),
    "load fields text": (lambda c: c.bucket("b").load(fields="title"), UsageError, "list of field names"),
    "load fields int": (lambda c: c.bucket("b").load(fields=5), UsageError, "list of field names"),
    "load no fields": (lambda c: c.bucket("b").load(fields=[]), UsageError, "list of field names"),
    "load field of int": (lambda c: c.bucket("b").load(fields=[5]), UsageError, "5"),
    "load in a batch": (lambda c: c.batch().load(c.bucket("b"), fields="title"), UsageError, "list of field names"),
    "load field comma": (lambda c: c.bucket("b").load(fields=["a,b"]), UsageError, "a,b"),
    "replace data": (lambda c: c.bucket("b").replace(5), UsageError, "dict"),
    "replace id": (lambda c: c.bucket("b").replace({"id": "x"}), UsageError, "can't be changed"),
    "patch text": (lambda c: c.bucket("b").patch("x"), UsageError, "patch"),
    "patch None": (lambda c: c.bucket("b").patch(None), UsageError, "patch"),
    "patch id": (lambda c: c.bucket("b").patch({"id": "x"}), UsageError, "can't be changed"),
    "patch set": (lambda c: c.bucket("b").patch({"a": {1}}), UsageError, "a"),
    "path garbage": (lambda c: c.from_path("garbage"), UsageError, "is not the path of an object"),
    "path int": (lambda c: c.from_path(5), UsageError, "is not the path of an object"),
    "path hostile": (lambda c: c.from_path("/buckets/%2E%2E"), InvalidIdError, r"\.\."),
    "request path": (lambda c: c.request("GET", "buckets"), UsageError, "begin with one '/'"),
    "request control": (lambda c: c.request("GET", "/x\n"), UsageError, "control character"),
    "request half a pair": (lambda c: c.request("GET", "/buckets/\ud800"), UsageError, "half a surrogate pair"),
    "request params half a pair": (lambda c: c.request("GET", "/", params={"a": "\ud800"}), UsageError, "params="),
    "path half a pair": (lambda c: c.from_path("/buckets/\ud800"), InvalidIdError, r"\\ud800"),
    "load field half a pair": (lambda c: c.bucket("b").load(fields=["\ud800"]), UsageError, "not the name"),
    "grant half a pair": (lambda c: c.bucket("b").grant("read", "\ud800"), UsageError, "not a principal"),
    "request url": (lambda c: c.request("GET", "//other/x"), UsageError, "begin with one '/'"),
    "request path int": (lambda c: c.request("GET", 5), UsageError, "begin with one '/'"),
    "request method": (lambda c: c.request(5, "/"), UsageError, "method"),
    "request method words": (lambda c: c.request("GET /", "/"), UsageError, "method"),
    "request bodies": (lambda c: c.request("PUT", "/x", json={}, content=b""), UsageError, "not both"),
    "request json": (lambda c: c.request("PUT", "/x", json={"a": {1}}), UsageError, "json"),
}


@pytest.mark.parametrize("name", CALLS)
def test_bad_input_is_told_before_anything_is_sent(client: Client, name: str) -> None:
    """The error names what is wrong on one line; nothing is sent."""
    call, error, words = CALLS[name]
    with pytest.raises(error, match=words) as caught:
        call(client)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


CALLS |= {
    "using None": (lambda c: c.bucket("b").using(None), UsageError, "the client to go on with"),
    "using the other kind": (lambda c: c.bucket("b").using(AsyncClient("http://s")), UsageError, "of the same kind"),
    "restore text": (lambda c: RECORDS(c).record("r").restore("x"), UsageError, r"an entry of record\.history\(\)"),
    "watch text": (lambda c: RECORDS(c).watch(interval="x"), UsageError, "interval='x'"),
    "watch bool": (lambda c: RECORDS(c).watch(interval=True), UsageError, "interval=True"),
    "watch zero": (lambda c: RECORDS(c).watch(interval=0), UsageError, "above 0"),
    "watch never": (lambda c: RECORDS(c).watch(interval=float("inf")), UsageError, "interval=inf"),
    "watch patience": (lambda c: RECORDS(c).watch(patience=float("nan")), UsageError, "patience=nan"),
    "delete all": (lambda c: RECORDS(c).records().delete(everything="no"), UsageError, "everything=True"),
    "review message": (lambda c: RECORDS(c).review.request(5), UsageError, "text, not 5"),
    "review comment": (lambda c: RECORDS(c).review.decline(b"no"), UsageError, "text, not b'no'"),
    "public key": (lambda c: RECORDS(c).verified_records(public_key=5), UsageError, "PEM"),
    "fingerprint": (
        lambda c: RECORDS(c).verified_records(root_fingerprint=5, signer="x"),
        UsageError,
        "64 hex digits",
    ),
    "signer": (lambda c: RECORDS(c).verified_records(root_fingerprint="a" * 64, signer=5), UsageError, "signer="),
    "concurrency": (lambda c: RECORDS(c).create_records([{}], concurrency=None), UsageError, "concurrency=None"),
    "concurrency half": (lambda c: RECORDS(c).save_records([], concurrency=1.5), UsageError, "concurrency=1.5"),
    "downloads at once": (lambda c: RECORDS(c).download_attachments("x", concurrency=0), UsageError, "concurrency=0"),
    "update": (lambda c: RECORDS(c).update("r", coroutine), UsageError, r"plain function \(no coroutine\) of the data"),
    "conflict": (lambda c: RECORDS(c).record("r").save(on_conflict="yours"), UsageError, "'theirs' or a plain .*yours"),
    "conflict later": (lambda c: RECORDS(c).record("r").save(on_conflict=coroutine), UsageError, "no coroutine"),
    "file name": (lambda c: RECORDS(c).record("r").add_attachment(b"", filename=5), UsageError, "needs a name"),
    "file type": (
        lambda c: RECORDS(c).record("r").add_attachment(b"", filename="x", mimetype="a\r\nb: c"),
        UsageError,
        "no media type",
    ),
    "file type int": (
        lambda c: RECORDS(c).create_record({}, attachment=("x", b"", 5)),
        UsageError,
        "mimetype=5 is no media type",
    ),
    "download path": (lambda c: RECORDS(c).record("r").download_attachment(b"x"), UsageError, "path=b'x' is no path"),
    "downloads folder": (lambda c: RECORDS(c).download_attachments(None), UsageError, "folder=None is no path"),
    "uploads folder": (lambda c: RECORDS(c).add_attachments(5), UsageError, "folder=5 is no path"),
    "uploads data": (lambda c: RECORDS(c).add_attachments(".", data={}), UsageError, "data= is a plain function"),
    "uploads permissions": (lambda c: RECORDS(c).add_attachments(".", permissions=5), UsageError, "permissions take"),
    "request content": (lambda c: c.request("PUT", "/x", content="x"), UsageError, "content= is bytes, not str"),
    "request params": (lambda c: c.request("GET", "/x", params=5), UsageError, "params= is a mapping"),
    "account data": (lambda c: c.create_account("a", "b", 5), UsageError, "data must be a dict, not int"),
    "plan ignore": (lambda c: RECORDS(c).plan([], ignore=5), UsageError, "ignore=5 takes a list"),
    "plan delete": (lambda c: RECORDS(c).plan([], delete="no"), UsageError, "delete='no' is True or False"),
    "schema of an instance": (lambda _: json_schema(Todo("x")), UsageError, "a model is a class, not Todo"),
    "fields of an instance": (lambda _: fields(Todo("x")), UsageError, "a model is a class, not Todo"),
    "source of text": (lambda _: model_source("{}"), UsageError, r"json\.loads"),
    "no name for a field": (lambda _: kinto_field(5), UsageError, r"kinto_field\(5\)"),
    "copy ignore": (lambda c: RECORDS(c).copy_to(OTHER(c), ignore="x"), UsageError, r"write \['x'\]"),
    "copy delete": (lambda c: c.bucket("b").copy_to(c.bucket("d"), delete=None), UsageError, "delete=None"),
}


async def coroutine(*_: object) -> None:
    """Be nothing that can simply be called."""
    raise AssertionError  # pragma: no cover  # nobody awaits it


PROGRESS: dict[str, Callable[[Client, Any], Any]] = {
    "create_records": lambda c, told: RECORDS(c).create_records([{}], on_progress=told),
    "save_records": lambda c, told: RECORDS(c).save_records([], on_progress=told),
    "query.delete": lambda c, told: RECORDS(c).records().where(a=1).delete(on_progress=told),
    "plan.apply": lambda c, told: Plan(client=c, parts=()).apply(on_progress=told),
    "add_attachment": lambda c, told: RECORDS(c).record("r").add_attachment(b"", filename="x", on_progress=told),
    "download_attachment": lambda c, told: RECORDS(c).record("r").download_attachment(on_progress=told),
    "open_attachment": lambda c, told: RECORDS(c).record("r").open_attachment(on_progress=told),
    "add_attachments": lambda c, told: RECORDS(c).add_attachments(".", on_progress=told),
    "download_attachments": lambda c, told: RECORDS(c).download_attachments(".", on_progress=told),
}


@pytest.mark.parametrize("told", [5, coroutine])
@pytest.mark.parametrize("name", PROGRESS)
def test_progress_is_told_to_a_function(client: Client, name: str, told: object) -> None:
    """What can't be called, or would have to be awaited, is refused before anything is sent."""
    with pytest.raises(UsageError, match=r"on_progress= is a plain function \(no coroutine\)"):
        PROGRESS[name](client, told)


CLIENTS: dict[str, tuple[dict[str, Any], str]] = {
    "no scheme": ({"server_url": "kinto.example.com/v1"}, "write https://"),
    "host and port": ({"server_url": "localhost:8888"}, "write https://"),
    "other scheme": ({"server_url": "ftp://kinto.example.com"}, "write https://"),
    "no host": ({"server_url": "http:///v1"}, "write https://"),
    "empty": ({"server_url": ""}, "write https://"),
    "None": ({"server_url": None}, "is a string"),
    "query": ({"server_url": "http://server/v1?x=1"}, "query"),
    "port": ({"server_url": "http://server:port/v1"}, "server_url"),
    "brackets": ({"server_url": "http://[server/v1"}, "server_url"),
    "credentials with a slash": ({"server_url": "http://alice:s3cret/x@server"}, "auth="),
    "credentials": ({"server_url": "alice:s3cret@server"}, "server"),
    "auth int": ({"auth": 5}, "auth"),
    "auth word": ({"auth": "s3cret"}, "auth"),
    "auth three": ({"auth": ("s3cret", "b", "c")}, "auth"),
    "auth not text": ({"auth": ("alice", 5)}, "auth"),
    "timeout text": ({"timeout": "10"}, "timeout"),
    "timeout negative": ({"timeout": -1}, "timeout"),
    "headers": ({"headers": 5}, "headers"),
    "header value": ({"headers": {"X-A": 5}}, "X-A"),
    "header line": ({"headers": {"X-A": "a\r\nX-B: b"}}, "X-A"),
    "id patterns": ({"id_patterns": {"records": "x"}}, "id_patterns"),
    "bucket": ({"bucket": "a/b"}, "a/b"),
    "bucket None": ({"bucket": None}, "None"),
    "collection": ({"collection": 5}, "5"),
    "converter": ({"converter": 5}, "converter=5"),
    "converter class": ({"converter": Converter}, r"kinto_sdk\.models\.converter\(\)"),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_is_checked_when_it_is_made(name: str) -> None:
    """A setting that can't be right is told at once, and credentials are never shown."""
    options, words = CLIENTS[name]
    with pytest.raises(UsageError, match=words) as caught:
        Client(**{"server_url": "http://server/v1", **options})
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://server", "http://server/v1"),
        ("http://server/", "http://server/v1"),
        ("http://server/v1", "http://server/v1"),
        ("http://server/v1/", "http://server/v1"),
        (" https://server:8888/v1 ", "https://server:8888/v1"),
        ("https://alice:s3cret@server/kinto/", "https://server/kinto/v1"),
        ("http://server/v2", "http://server/v2"),
        ("http://[::1]:8888", "http://[::1]:8888/v1"),
    ],
)
def test_a_server_url_may_have_its_version_or_not(given: str, url: str) -> None:
    """All ways to write an address lead to the same API root."""
    with Client(given) as client:
        assert client.server_url == url


def test_a_closed_client_says_so() -> None:
    """Nothing is sent, and nothing is in doubt."""
    client = Client("http://server/v1", transport=httpx.MockTransport(refuse))
    record = client.bucket("b").collection("c").new_record({"a": 1})
    record._absorb({"data": {"id": record.id, "last_modified": 5, "a": 1}}, expected=None)
    client.close()
    client.close()
    with pytest.raises(UsageError, match="closed"):
        record.patch({"a": 2})
    with pytest.raises(UsageError, match="closed"):
        list(client.bucket("b").collections())
    assert not record.is_dirty


def test_an_unreachable_server_is_a_transport_error() -> None:
    """The error names the call and the server; httpx stays behind the curtain."""
    with (
        Client("http://127.0.0.1:1/v1", retry=0) as client,
        pytest.raises(TransportError, match=r"GET /buckets/b: .*http://127.0.0.1:1/v1") as caught,
    ):
        client.bucket("b").load()
    assert caught.value.request is not None


@pytest.mark.parametrize("content", [b"<html>Welcome</html>", b"", b"[]", b"{}", b'{"data": 5}'])
def test_another_server_is_told(content: bytes) -> None:
    """An answer that is not Kinto's names what to check, whatever was asked."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=content)

    with Client("http://server/v1", transport=httpx.MockTransport(answer), retry=0) as client:
        record = client.bucket("b").collection("c").record("r")
        for call in (
            record.load,
            record.delete,
            client.server_info,
            lambda: record.patch({"a": 1}),
            lambda: record.collection.create_record({}),
            lambda: list(record.collection.records()),
        ):
            with pytest.raises(UnreadableResponseError, match="check") as caught:
                call()
            assert "\n" not in str(caught.value)
