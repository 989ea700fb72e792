"""What the async client does without sending anything; the tests of the sync one, its twin, say the same at length."""

import pickle

import attrs
import httpx
import pytest

from kinto_sdk import AsyncClient, Client, Request, Response, ServerError, UsageError
from kinto_sdk.objects.misfit import Misfit, fitting
from kinto_sdk.protocol.messages import Flow, Once
from kinto_sdk.transport.async_session import AsyncSession

URL = "http://server/v1"


@attrs.define
class Todo:
    """A model without an id."""

    title: str


@pytest.fixture
def session() -> AsyncSession:
    """Return the session of a client that answers everything."""
    network = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
    return AsyncClient(URL, transport=network)._session


def test_the_environment_has_to_name_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it there is no client."""
    monkeypatch.delenv("KINTO_SERVER_URL", raising=False)
    with pytest.raises(UsageError, match="KINTO_SERVER_URL is not set"):
        AsyncClient.from_env()


def test_a_setting_of_no_client_is_refused_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the variable is missing, that its name was to stand for."""
    monkeypatch.delenv("KINTO_SERVER_URL", raising=False)
    with pytest.raises(UsageError, match=r"from_env\(\) does not know url; it takes what AsyncClient takes"):
        AsyncClient.from_env(url="x")  # type: ignore[call-arg]  # wrong on purpose


def test_the_url_of_an_object_leads_to_it() -> None:
    """On its own server."""
    client = AsyncClient(URL)
    record = client.bucket("b").collection("c").record("r")
    assert client.from_path(record.url) == record
    with pytest.raises(UsageError, match="is not the path of an object"):
        client.from_path("http://elsewhere/v1/buckets/b")


def test_a_clone_knows_its_settings() -> None:
    """A setting of no client is refused, and rules for ids are its own."""
    client = AsyncClient(URL)
    with pytest.raises(UsageError, match=r"clone\(\) does not know timeuot; it takes what AsyncClient takes"):
        client.clone(timeuot=3)  # type: ignore[call-arg]  # wrong on purpose
    assert client.clone(bucket="x", id_patterns={"bucket": "x+"}).bucket("xx").id == "xx"


def test_a_client_is_not_pickled() -> None:
    """It holds connections and credentials."""
    with pytest.raises(UsageError, match="not pickled"):
        pickle.dumps(AsyncClient(URL))


def test_endpoints_have_urls() -> None:
    """The ids that are not given are the client's."""
    client = AsyncClient(URL, bucket="blog", collection="todos")
    assert client.endpoint("records") == f"{URL}/buckets/blog/collections/todos/records"
    assert client.endpoint("record", record="a") == f"{URL}/buckets/blog/collections/todos/records/a"


async def test_objects_want_arguments_of_their_own_kind() -> None:
    """A client of the other colour, what is no entry of a history, and no schema at all are refused."""
    todos = AsyncClient(URL).bucket("b").collection("c")
    with pytest.raises(UsageError, match=r"using\(.*give it the client"):
        todos.using(Client(URL))  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(UsageError, match=r"restore\('x'\): give an entry"):
        await todos.record("r").restore("x")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(UsageError, match="has no model"):
        await todos.ensure_schema()


async def test_what_was_unpickled_writes_nothing_in_bulk() -> None:
    """It belongs to no client."""
    todos = pickle.loads(pickle.dumps(AsyncClient(URL).bucket("b").collection("c")))  # noqa: S301  # our own
    with pytest.raises(UsageError, match="unpickled"):
        async for _ in todos.create_records([{}]):
            pass
    with pytest.raises(UsageError, match="unpickled"):
        todos._port.each([])


async def test_a_flow_runs_once(session: AsyncSession) -> None:
    """A flow that has run is refused: its answer would silently be None."""

    def flow() -> Flow[Response]:
        return (yield Request("GET", "/"))

    spent = flow()
    await session.ask(spent)
    with pytest.raises(RuntimeError, match="already run"):
        await session.ask(spent)


async def test_a_shared_answer_is_not_asked_for_again(session: AsyncSession) -> None:
    """Who asks after it came gets it at once."""
    once = Once()
    request = Request("GET", "/", once=once)
    first = await session._share(request, once)
    assert await session._share(request, once) is first is once.answer


async def test_a_copy_that_sends_nothing_at_all_can_be_planned() -> None:
    """Where nothing is read, there are no permissions to copy."""
    bucket = AsyncClient(URL, dry_run=True).bucket("b")
    plan = await bucket.collection("c").copy_to(bucket.collection("d"))
    assert plan.deletes == ()


async def test_a_copy_of_what_is_gone_meanwhile() -> None:
    """An object that was deleted after it was listed is left out; another failure ends the planning."""
    answers: dict[str, object] = {
        "/v1/": {"settings": {}},
        "/v1/buckets/b": {"data": {"id": "b", "last_modified": 1}, "permissions": {"write": ["me"]}},
        "/v1/buckets/b/groups": {"data": [{"id": "g", "last_modified": 5, "members": []}]},
        "/v1/buckets/b/collections": {"data": []},
    }
    status = 404

    def answer(request: httpx.Request) -> httpx.Response:
        found = answers.get(request.url.path)
        if found is not None:
            return httpx.Response(200, json=found)
        return httpx.Response(404 if "copy" in request.url.path else status, json={})

    client = AsyncClient(URL, retry=0, transport=httpx.MockTransport(answer))
    plan = await client.bucket("b").copy_to(client.bucket("copy"))
    assert [each.id for each in plan.creates] == ["copy"]
    status = 500
    with pytest.raises(ServerError):
        await client.bucket("b").copy_to(client.bucket("copy"))


async def test_a_plan_of_models_without_ids() -> None:
    """They are told by another field."""
    there = {"data": [{"id": "x", "last_modified": 1, "title": "Buy milk"}]}
    network = httpx.MockTransport(lambda _: httpx.Response(200, json=there))
    todos = AsyncClient(URL, transport=network).bucket("b").collection("c", Todo)
    plan = await todos.plan([Todo("Buy milk"), Todo("Buy bread")], key="title")
    assert [(each.key, each.id) for each in plan.creates] == [("Buy bread", None)]
    assert plan.unchanged == 1


def test_what_has_no_model_fits() -> None:
    """A lenient list lets through what is neither an object nor an entry."""
    misfits: list[Misfit[int]] = []
    assert list(fitting([1, 2], misfits)) == [1, 2]
    assert misfits == []
