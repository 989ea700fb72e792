"""Faults between client and server, in the async colour. The sync one is generated from this folder."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from kinto_sdk import (
    AsyncClient,
    AsyncCollection,
    RequestTimeoutError,
    RetryPolicy,
    RetryScheduled,
    ThrottledError,
    TransportError,
)
from kinto_sdk.testing import KintoServer
from tests.chaos.proxy import DROP_AFTER, DROP_BEFORE, DROP_MID_BODY, Fault, FaultProxy

pytestmark = pytest.mark.backends("memory")

FAULTS = {
    "drop before": DROP_BEFORE,
    "drop after": DROP_AFTER,
    "drop mid body": DROP_MID_BODY,
    "503": Fault(status=503),
    "503 with Retry-After": Fault(status=503, headers="Retry-After: 0\r\n"),
    "502 after": Fault(status=502),
}
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))


@pytest.fixture
def proxy(kinto_server: KintoServer) -> Iterator[FaultProxy]:
    """Return a proxy in front of the server."""
    with FaultProxy(kinto_server.url) as proxy:
        yield proxy


@pytest.fixture
def told() -> list[Any]:
    """Return the events of the client."""
    return []


@pytest.fixture
async def client(proxy: FaultProxy, told: list[Any]) -> AsyncIterator[AsyncClient]:
    """Return a client behind the proxy, which does not wait for long."""
    policy = RetryPolicy(first_wait=0.01)
    async with AsyncClient(proxy.url, auth=("user", "secret"), retry=policy, on_event=told.append) as client:
        yield client


@pytest.fixture
async def todos(client: AsyncClient, proxy: FaultProxy) -> AsyncCollection[dict[str, Any]]:
    """Return an empty collection, with all that was asked forgotten."""
    bucket = await client.create_bucket("blog")
    todos = await bucket.create_collection("todos")
    proxy.requests.clear()
    return todos


async def rows(todos: AsyncCollection[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Read what the server has."""
    return {record.id: record.data async for record in todos.records()}


@each_fault
async def test_a_create_makes_one_record(
    todos: AsyncCollection[dict[str, Any]], proxy: FaultProxy, fault: Fault
) -> None:
    """The id is drawn once, so that a second attempt makes no second record, and it is a success."""
    proxy.faults.append(fault)
    record = await todos.create_record({"title": "milk"})
    assert await rows(todos) == {record.id: {"title": "milk"}}
    assert proxy.requests[:2] == [f"PUT /v1{record.path}"] * 2
    assert record.last_modified is not None
    assert not record.is_dirty


@each_fault
async def test_a_save_is_no_conflict_with_itself(
    todos: AsyncCollection[dict[str, Any]], proxy: FaultProxy, fault: Fault
) -> None:
    """A second attempt that meets the first one's work is a success, and the version is the server's."""
    record = await todos.create_record({"title": "milk", "votes": 1}, id="r")
    proxy.faults.append(fault)
    record.data["votes"] = 2
    await record.save()
    assert await rows(todos) == {"r": {"title": "milk", "votes": 2}}
    record.data["votes"] = 3
    await record.save()
    assert await rows(todos) == {"r": {"title": "milk", "votes": 3}}


@each_fault
async def test_a_delete_succeeds_once(todos: AsyncCollection[dict[str, Any]], proxy: FaultProxy, fault: Fault) -> None:
    """A second attempt that finds nothing knows who deleted it."""
    record = await todos.create_record({"title": "milk"}, id="r")
    proxy.faults.append(fault)
    assert await record.delete() is True
    assert await rows(todos) == {}


@each_fault
async def test_a_bucket_is_deleted_once(client: AsyncClient, proxy: FaultProxy, fault: Fault) -> None:
    """Once it is gone its own deleter is refused, which is no refusal of what was asked."""
    bucket = await client.create_bucket("blog")
    proxy.faults.append(fault)
    assert await bucket.delete() is True
    assert await bucket.exists() is False


async def test_an_account_is_deleted_once(proxy: FaultProxy) -> None:
    """Once it is gone its credentials are not good any more."""
    async with AsyncClient(proxy.url, retry=RetryPolicy(first_wait=0.01)) as anonymous:
        await anonymous.create_account("alice", "s3cret")
        account = await anonymous.clone(auth=("alice", "s3cret")).account("alice").load()
        proxy.faults.append(DROP_AFTER)
        assert await account.delete() is True


@each_fault
async def test_a_batch_is_done_once(
    client: AsyncClient, todos: AsyncCollection[dict[str, Any]], proxy: FaultProxy, fault: Fault
) -> None:
    """Every operation of a batch that was sent twice is a success."""
    await client.server_info()
    proxy.faults.append(fault)
    async with client.batch() as batch:
        for name in ("a", "b", "c"):
            batch.save(todos.new_record({"name": name}, id=name))
    assert [outcome.status for outcome in batch.results()] == ["succeeded"] * 3
    assert await rows(todos) == {name: {"name": name} for name in ("a", "b", "c")}


@each_fault
async def test_pages_are_repeated_one_by_one(
    todos: AsyncCollection[dict[str, Any]], proxy: FaultProxy, fault: Fault
) -> None:
    """A fault on each page costs one more request for each."""
    for number in range(4):
        await todos.create_record({"n": number}, id=f"r{number}")
    proxy.requests.clear()
    proxy.faults.extend([fault, Fault()] * 4)
    names = [record.id async for record in todos.records().page_size(1).order_by("n")]
    assert names == ["r0", "r1", "r2", "r3"]
    assert len(proxy.requests) in (8, 9, 10)


@pytest.mark.parametrize("fault", [DROP_BEFORE, DROP_AFTER, DROP_MID_BODY])
async def test_what_is_not_repeatable_is_sent_once(client: AsyncClient, proxy: FaultProxy, fault: Fault) -> None:
    """A POST whose answer is lost is an error: nobody knows whether it was done."""
    await client.server_info()
    proxy.requests.clear()
    proxy.faults.append(fault)
    with pytest.raises(TransportError, match="POST /buckets"):
        await client.request("POST", "/buckets", json={"data": {"id": "x"}})
    assert proxy.requests == ["POST /v1/buckets"]


async def test_a_server_that_is_always_down(client: AsyncClient, proxy: FaultProxy) -> None:
    """After the last attempt the refusal comes through."""
    proxy.faults.extend([Fault(status=503)] * 4)
    with pytest.raises(ThrottledError):
        await client.get_bucket("b")
    assert len(proxy.requests) == 4


async def test_the_server_says_when(client: AsyncClient, proxy: FaultProxy, told: list[Any]) -> None:
    """Retry-After is kept to."""
    proxy.faults.append(Fault(status=503, headers="Retry-After: 1\r\n"))
    started = time.monotonic()
    await client.server_info()
    assert time.monotonic() - started >= 0.95
    assert [event.seconds for event in told if isinstance(event, RetryScheduled)] == [1.0]


async def test_the_server_wants_calm(client: AsyncClient, proxy: FaultProxy) -> None:
    """After a Backoff, a clone's request waits."""
    proxy.faults.append(Fault(status=200, headers="Backoff: 0.3\r\n"))
    await client.request("GET", "/")
    started = time.monotonic()
    await client.clone(timeout=5).server_info()
    assert time.monotonic() - started >= 0.28


async def test_slow_answers(proxy: FaultProxy) -> None:
    """The timeout ends an attempt, the next one may succeed, and the deadline ends them all."""
    proxy.faults.extend([Fault(seconds=60)] * 12)
    async with AsyncClient(proxy.url, timeout=0.1, retry=0) as client:
        with pytest.raises(RequestTimeoutError, match="within the timeout"):
            await client.server_info()
        proxy.requests.clear()
        with pytest.raises(TransportError, match=r"deadline of 0\.3 s"):
            await client.clone(retry=RetryPolicy(retries=9, first_wait=0, deadline=0.3)).server_info()
        assert len(proxy.requests) in (1, 2, 3, 4)
        proxy.requests.clear()
        proxy.faults.clear()
        proxy.faults.append(Fault(seconds=60))
        await client.clone(timeout=0.5, retry=RetryPolicy(first_wait=0)).server_info()
        assert len(proxy.requests) == 2


async def test_nobody_is_there() -> None:
    """A refused connection is an error of ours that names the server."""
    async with AsyncClient("http://127.0.0.1:9", retry=RetryPolicy(retries=1, first_wait=0)) as client:
        with pytest.raises(
            TransportError, match=r"no answer from http://127\.0\.0\.1:9/v1 .*and that it runs.*tried 2 times"
        ):
            await client.server_info()
        assert "no answer" in str(await client.check())
