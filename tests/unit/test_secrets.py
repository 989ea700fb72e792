"""No secret comes out: not in logs, reprs, messages, tracebacks, events or pickles, whatever goes wrong."""

import logging
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kinto_sdk import AsyncClient, BasicAuth, BearerAuth, Client, KintoError, RetryPolicy
from kinto_sdk.protocol.errors import BatchError
from kinto_sdk.protocol.server import server_info_from

PASSWORD, TOKEN, PROXY, NEW = "hunter2hunter2", "tok3ntok3n", "pr0xyp4ss", "n3wp4ssw0rd"
SECRETS = (PASSWORD, TOKEN, PROXY, NEW, "aHVudGVyMmh1bnRlcjI", BasicAuth("alice", PASSWORD)._header.split()[1])
URL = "http://localhost:1/v1"

FAILURES: list[Any] = [
    *(httpx.Response(status, json={"code": status, "errno": 999, "message": "no"}) for status in (400, 401, 403, 404)),
    *(httpx.Response(status, json={"code": status, "errno": 999}) for status in (405, 409, 410, 412, 429, 500, 503)),
    httpx.Response(307, headers={"Location": "https://elsewhere/v1"}),
    httpx.Response(200, text="<html>"),
    httpx.Response(200, json=[1]),
    httpx.Response(200, json={}),
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("late"),
    httpx.RemoteProtocolError("gone"),
]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Return all that is logged by us and by httpx, at every level."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def shown(error: BaseException) -> str:
    """Give all that can be seen of an error: with its causes, its attributes and its pickle."""
    parts = ["".join(traceback.format_exception(error)), repr(error), repr(vars(error))]
    request, response = getattr(error, "request", None), getattr(error, "response", None)
    if request is not None:
        parts += [repr(request), request.as_curl(), repr(request.headers), repr(request.json)]
    if response is not None:
        parts += [repr(response), repr(response.headers)]
    copy = pickle.dumps(error)
    parts += [repr(copy), repr(vars(pickle.loads(copy)))]  # noqa: S301  # our own
    return "\n".join(parts)


def clean(text: str) -> None:
    """Fail when a secret is in a text."""
    assert [secret for secret in SECRETS if secret in text] == []


def clients(failure: Any, told: list[Any]) -> Iterator[Client]:
    """Give clients with every kind of secret, whose network fails."""

    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(failure, Exception):
            raise failure
        return httpx.Response(failure.status_code, headers=failure.headers, content=failure.content)

    transport = httpx.MockTransport(answer)
    options: dict[str, Any] = {"transport": transport, "on_event": told.append, "retry": 1, "retry_after": 0}
    yield Client(URL, auth=("alice", PASSWORD), **options)
    yield Client(URL, auth=f"alice:{PASSWORD}", headers={"X-Api-Key": TOKEN}, **options)
    yield Client(URL, auth=f"Bearer {TOKEN}", **options)
    yield Client(f"http://alice:{PASSWORD}@localhost:1", **options)
    yield Client(URL, headers={"Authorization": f"Bearer {TOKEN}"}, **options)


def name(failure: Any) -> str:
    """Name a failure."""
    return str(getattr(failure, "status_code", type(failure).__name__))


def calls(client: Client) -> Iterator[Any]:
    """Give calls of every kind. The server is known to have accounts, so that a password is sent."""
    client._context.memory.info = server_info_from({"capabilities": {"accounts": {}}})
    record = client.bucket("b").collection("c").record("r")
    yield record.load
    yield lambda: client.create_bucket("b", {"x": 1})
    yield lambda: record.patch({"x": 1})
    yield record.delete
    yield lambda: record.grant("read", "account:bob")
    yield lambda: list(client.buckets())
    yield lambda: client.create_account("bob", NEW)
    yield lambda: client.request("POST", "/x", headers={"Authorization": f"Bearer {TOKEN}"}, json={"a": 1})
    yield lambda: client.server_info(refresh=True)

    def flush() -> None:
        with client.batch() as batch:
            batch.save(client.bucket("b").collection("c").new_record({"x": 1}))
            batch.create_account("bob", NEW)

    yield flush

    def give_up() -> None:
        hurried = client.clone(retry=RetryPolicy(retries=9, first_wait=9.0, longest_wait=9.0, deadline=0.0))
        hurried._context.memory.info = client._context.memory.info
        hurried.create_account("bob", NEW)

    yield give_up


@pytest.mark.parametrize("failure", FAILURES, ids=name)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_error_shows_a_secret(failure: Any, log: pytest.LogCaptureFixture) -> None:
    """Every kind of call with every kind of credentials, failing in every way."""
    told: list[Any] = []
    count = 0
    for client in clients(failure, told):
        for call in calls(client):
            try:
                call()
            except KintoError as error:
                count += 1
                clean(shown(error))
                if isinstance(error, BatchError):
                    for part in error.exceptions:
                        clean(shown(part))
        clean(repr(client) + repr(client._session.options) + repr(client._session.options.connection))
    assert count > 20
    clean(log.text)
    clean("".join(f"{event!r} {event}" for event in told))


@pytest.mark.parametrize("failure", FAILURES[-3:], ids=name)
async def test_no_async_error_shows_a_secret(failure: Any, log: pytest.LogCaptureFixture) -> None:
    """The async client keeps its secrets as well."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise failure

    async with AsyncClient(URL, auth=("alice", PASSWORD), retry=0, transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(KintoError) as caught:
            await client.get_bucket("b")
    clean(shown(caught.value))
    clean(log.text)


def test_objects_and_settings_show_no_secret() -> None:
    """What can be pickled has no credentials in it, and what has credentials shows none."""
    client = Client(URL, retry=0, auth=("alice", PASSWORD), proxy=f"http://u:{PROXY}@p:1", headers={"X": TOKEN})
    bucket = client.bucket("b")
    options = client._session.options
    copy = pickle.dumps(bucket)
    clean(repr(copy) + repr(options) + repr(vars(client)) + repr(bucket) + repr(client._session._wire.sender))
    clean(repr(BearerAuth(TOKEN)) + repr(client._context) + str(client.check()))


def test_a_dry_run_shows_no_secret() -> None:
    """Neither its lines nor its data nor its events."""
    told: list[Any] = []
    client = Client(URL, auth=("alice", PASSWORD), dry_run=True, on_event=told.append)
    client.create_account("bob", NEW)
    client.request("PUT", "/x", headers={"Authorization": f"Bearer {TOKEN}"}, json={"data": {"password": NEW}})
    with client.batch() as batch:
        batch.save(client.bucket("b").collection("c").new_record({"x": 1}))
    clean(str(client.dry_run_log) + repr(client.dry_run_log.data()) + repr(client.dry_run_log) + repr(told))
