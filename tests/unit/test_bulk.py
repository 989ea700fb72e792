"""Several chunks of a bulk write under way at once, and batches that are cancelled, on a transport without network."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

import attrs
import httpx
import pytest

from kinto_sdk import (
    AsyncClient,
    AsyncCollection,
    AsyncRecord,
    BatchError,
    Client,
    ModelError,
    NotSentError,
    Outcome,
    TransportError,
    UsageError,
)

LIMIT = 2
Hook = Callable[[int], Any]


class Server:
    """Answers batches, each after what the hook for its number awaits; the hook may return a status."""

    def __init__(self) -> None:
        self.batches = 0
        self.under_way = 0
        self.most = 0
        self.hook: Hook | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer, as httpx asks a transport to."""
        if request.method == "GET":
            return httpx.Response(200, json={"settings": {"batch_max_requests": LIMIT}})
        number, self.batches = self.batches, self.batches + 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            status = None if self.hook is None else await self.hook(number)
        finally:
            self.under_way -= 1
        if status is not None:
            return httpx.Response(status, json={"code": status})
        items = json.loads(request.content)["requests"]
        parts = [
            {
                "status": 201,
                "headers": {},
                "body": {"data": {**item["body"]["data"], "id": item["path"].rsplit("/", 1)[1], "last_modified": 5}},
            }
            for item in items
        ]
        return httpx.Response(200, json={"responses": parts})


@pytest.fixture
def server() -> Server:
    """Return a server that takes two operations at once."""
    return Server()


@pytest.fixture
async def todos(server: Server) -> AsyncIterator[AsyncCollection]:
    """Return a collection on it."""
    transport = httpx.MockTransport(server)
    async with AsyncClient("http://server/v1", transport=transport, retry=0) as client:
        yield client.bucket("b").collection("c")


async def numbers(outcomes: AsyncIterator[Outcome[AsyncRecord]], into: list[Any]) -> None:
    """Collect what comes: numbers of records, or the kind of error."""
    async for outcome in outcomes:
        shown = outcome.resource.data["n"] if outcome.error is None else type(outcome.error).__name__
        into.append(shown)  # what came before an error counts


def documents(count: int) -> list[dict[str, int]]:
    """Numbered documents."""
    return [{"n": number} for number in range(count)]


async def test_outcomes_come_in_order_though_chunks_end_out_of_order(todos: AsyncCollection, server: Server) -> None:
    """The first chunk may be the last to end: no more than `concurrency` are under way, and the order is kept."""

    async def hook(number: int) -> None:
        await asyncio.sleep(0.02 if number == 0 else 0)

    server.hook = hook
    seen: list[Any] = []
    await numbers(todos.create_records(documents(20), concurrency=3), seen)
    assert seen == list(range(20))
    assert server.most == 3


async def test_one_chunk_at_a_time_unless_more_are_asked_for(todos: AsyncCollection, server: Server) -> None:
    """The default is one after the other."""
    await numbers(todos.create_records(documents(8)), [])
    assert (server.most, server.batches) == (1, 4)


async def test_a_failing_server_ends_the_writing_after_what_is_under_way(
    todos: AsyncCollection, server: Server
) -> None:
    """No further documents are taken after a 5xx, and the outcomes of what was sent beside it are given."""

    async def hook(number: int) -> int | None:
        await asyncio.sleep(0.01)
        return 503 if number == 1 else None

    server.hook = hook
    taken: list[int] = []

    def endless() -> Iterator[dict[str, int]]:
        while True:
            taken.append(1)
            yield {"n": len(taken)}

    seen: list[Any] = []
    with pytest.raises(BatchError, match="2 of"):
        await numbers(todos.create_records(endless(), concurrency=3), seen)
    assert seen[:6] == [1, 2, "ThrottledError", "ThrottledError", 5, 6]
    assert len(taken) == len(seen) <= 10


async def test_a_failing_server_may_be_left_to_the_caller(todos: AsyncCollection, server: Server) -> None:
    """With `raise_on_error=False` the next chunks are sent whatever happened to one."""

    async def hook(number: int) -> int | None:
        return 500 if number == 0 else None

    server.hook = hook
    seen: list[Any] = []
    await numbers(todos.create_records(documents(6), raise_on_error=False), seen)
    assert seen == ["ServerError", "ServerError", 2, 3, 4, 5]


async def test_documents_may_come_by_themselves(todos: AsyncCollection, server: Server) -> None:
    """An async iterable is taken from as its documents are written: no more of them than are under way."""
    given = 0

    async def endless() -> AsyncIterator[dict[str, int]]:
        nonlocal given
        while True:
            await asyncio.sleep(0)
            yield {"n": given}
            given += 1

    seen: list[Any] = []
    progress: list[tuple[int, int | None]] = []
    writing = todos.create_records(
        endless(), concurrency=2, on_progress=lambda done, total: progress.append((done, total))
    )
    async for outcome in writing:
        seen.append(outcome.resource.data["n"])
        if len(seen) == 10:
            break
    assert seen == list(range(10))
    assert given <= 14
    assert progress[0] == (LIMIT, None)
    await writing.aclose()


async def test_records_may_come_by_themselves(todos: AsyncCollection, server: Server) -> None:
    """What ends is written to its end, and an error in between ends the writing after what is under way."""

    async def few(failing: bool) -> AsyncIterator[AsyncRecord]:
        for number in range(4):
            await asyncio.sleep(0)
            yield todos.new_record({"n": number})
        if failing:
            raise LookupError

    seen: list[Any] = []
    await numbers(todos.save_records(few(failing=False), concurrency=3), seen)
    assert seen == [0, 1, 2, 3]
    with pytest.raises(LookupError):
        await numbers(todos.save_records(few(failing=True), concurrency=3), seen)
    assert seen == [0, 1, 2, 3] * 2


@pytest.mark.parametrize("mistake", [5, None, "text", {"n": 1}])
async def test_what_is_no_list_is_refused_at_once(todos: AsyncCollection, mistake: Any) -> None:
    """One document by itself, say: nothing needs to be iterated over to find the mistake."""
    with pytest.raises(UsageError, match=r"create_records\(\)=.* is no list of documents"):
        todos.create_records(mistake)
    with pytest.raises(UsageError, match=r"save_records\(\)=.* is no list of documents"):
        todos.save_records(mistake)


async def test_who_forgets_to_iterate_is_told(todos: AsyncCollection, server: Server) -> None:
    """What was not begun says so when it is dropped, as a coroutine does; awaiting it says what to write."""
    for call, name in ((todos.create_records, "create_records"), (todos.save_records, "save_records")):
        writing: Any = call([])
        assert repr(writing) == f"<the outcomes of {name}(), not begun: iterate over them>"
        with pytest.warns(RuntimeWarning, match=rf"{name}\(\) was never iterated over: nothing was sent"):
            del writing
        with pytest.raises(UsageError, match=rf"write `async for outcome in ….{name}\(…\)`"):
            await cast("Any", call([]))
    closed: Any = todos.create_records([{}])
    await closed.aclose()
    del closed
    assert server.batches == 0


async def test_outcomes_may_be_taken_one_by_one(todos: AsyncCollection, server: Server) -> None:
    """A loop goes on where another one, or `anext()`, stopped."""
    writing = todos.create_records(documents(4))
    first = await anext(writing)
    assert first.resource.data == {"n": 0}
    assert repr(writing) == "<the outcomes of create_records(), begun>"
    seen: list[Any] = []
    await numbers(writing, seen)
    assert seen == [1, 2, 3]


def test_the_sync_client_tells_as_well() -> None:
    """Its iterator is no awaitable, and is closed, or dropped, with the same words."""
    with Client("http://server/v1", dry_run=True) as client:
        todos = client.bucket("b").collection("c")
        with pytest.warns(RuntimeWarning, match=r"create_records\(\) was never iterated over"):
            todos.create_records([{}])
        writing: Any = todos.create_records(documents(3))
        assert not hasattr(writing, "__await__")
        assert next(writing).ok
        writing.close()
        assert list(writing) == []
        assert str(client.dry_run_log).count("PUT") == 3


async def test_documents_are_not_saved(todos: AsyncCollection, server: Server) -> None:
    """Dicts in place of records are a mistake that is named."""
    mistake: Any = documents(1)
    with pytest.raises(UsageError, match=r"save_records\(\) takes records, .* create_records\(\) takes documents"):
        await numbers(todos.save_records(mistake), [])
    assert server.batches == 0


async def test_an_iterable_that_fails_does_not_cut_what_is_under_way(todos: AsyncCollection, server: Server) -> None:
    """The outcomes of chunks under way are given before the iterable's own error comes through."""

    async def hook(_: int) -> None:
        await asyncio.sleep(0.01)

    def failing() -> Iterator[dict[str, int]]:
        yield from documents(4)
        raise ZeroDivisionError

    server.hook = hook
    seen: list[Any] = []
    with pytest.raises(ZeroDivisionError):
        await numbers(todos.create_records(failing(), concurrency=4), seen)
    assert seen == [0, 1, 2, 3]


@attrs.define
class Priced:
    """A document with a number."""

    price: float


@pytest.mark.parametrize(
    ("model", "documents", "problem"),
    [
        (
            None,
            [{}, {}, {"x": float("nan")}],
            "document 2: data.x: nan has no JSON form; use None or leave the field out",
        ),
        (None, [{}, {}, {"id": "a/b"}], "document 2: 'a/b' can't be a record id: '/' can't be part of an id"),
        (Priced, [Priced(1.0), {"price": 2.0}], "document 1: data must be a Priced, not dict; write Priced(…)"),
        (
            Priced,
            [Priced(float("inf"))],
            "document 0: Priced.price: inf has no JSON form; use None or leave the field out",
        ),
    ],
)
async def test_a_document_that_cannot_be_sent_is_named(
    todos: AsyncCollection, server: Server, model: Any, documents: list[Any], problem: str
) -> None:
    """By its number, since it has no id yet; what comes before its chunk was sent."""
    priced: Any = todos.bucket.collection("todos", model)
    with pytest.raises((UsageError, ModelError)) as caught:
        _ = [outcome async for outcome in priced.create_records(documents)]
    assert str(caught.value) == f"create_records(), {problem}"
    assert server.batches == (len(documents) - 1) // LIMIT


async def test_stopping_early_cancels_what_is_under_way(todos: AsyncCollection, server: Server) -> None:
    """Who leaves the loop waits for nothing: chunks under way are cancelled, and their records in doubt."""

    async def hook(number: int) -> None:
        if number:
            await asyncio.sleep(60)

    server.hook = hook
    records = [todos.new_record(document) for document in documents(8)]
    writing = todos.save_records(records, concurrency=3)
    async for outcome in writing:
        assert outcome.ok
        break
    while server.under_way < 2:  # noqa: ASYNC110  # tasks that are about to send
        await asyncio.sleep(0)
    del outcome
    await writing.aclose()
    for _ in range(5):
        await asyncio.sleep(0)
    assert server.under_way == 0
    assert [record._stale for record in records] == [False] * 2 + [True] * 4 + [False] * 2


async def test_only_the_first_errors_are_kept(todos: AsyncCollection, server: Server) -> None:
    """The error at the end counts all failures and holds a hundred of them."""

    async def hook(_: int) -> int:
        return 403

    server.hook = hook
    with pytest.raises(BatchError, match="120 of 120 operations failed, of which 100 are kept here") as caught:
        await numbers(todos.create_records(documents(120)), [])
    assert len(caught.value.exceptions) == 100


async def test_a_cancelled_batch_knows_what_became_of_each_operation(todos: AsyncCollection, server: Server) -> None:
    """Done, in doubt or not sent: after a timeout each object's state is true, and the timeout comes through."""

    async def hook(number: int) -> None:
        if number:
            limit.reschedule(asyncio.get_running_loop().time())
            await asyncio.sleep(60)

    server.hook = hook
    records = [todos.new_record(document) for document in documents(6)]
    client = AsyncClient("http://server/v1", transport=httpx.MockTransport(server), retry=0)
    batch = client.batch()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as limit, client, batch:
            for record in records:
                batch.save(record)
    assert [outcome.status for outcome in batch.results()] == ["succeeded"] * 2 + ["failed"] * 2 + ["not_sent"] * 2
    assert [record._stale for record in records] == [False, False, True, True, False, False]
    errors = [type(outcome.error) for outcome in batch.results()[2:]]
    assert errors == [TransportError] * 2 + [NotSentError] * 2
