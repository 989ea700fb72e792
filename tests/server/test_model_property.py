"""Models and values of every type go through a live server unchanged, in both colours."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kinto_sdk import AsyncClient, Client
from kinto_sdk.objects.models import codec_for
from kinto_sdk.objects.settle import alike
from kinto_sdk.testing import KintoServer
from tests.unit.model_cases import VALUES, instances

FEW = settings(
    max_examples=20,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
ALL = attrs.make_class(
    "All", {f"f{index}": attrs.field(type=kind) for index, (kind, _) in enumerate(VALUES)}, kw_only=True
)
EVERYTHING = st.builds(ALL, **{f"f{index}": values for index, (_, values) in enumerate(VALUES)})


@pytest.fixture
def sent() -> list[str]:
    """Return a list for the methods of the requests that were sent."""
    return []


@pytest.fixture
def listener(sent: list[str]) -> Callable[[Any], None]:
    """Return what notes them."""

    def listen(event: Any) -> None:
        if type(event).__name__ == "RequestSent":
            sent.append(event.request.method)

    return listen


@pytest.fixture
def client(kinto_server: KintoServer, listener: Callable[[Any], None]) -> Iterator[Client]:
    """Return a client whose requests are counted."""
    with Client(kinto_server.url, auth=("user", "secret"), on_event=listener) as client:
        client.create_bucket("b")
        yield client


def unchanged(instance: Any, found: Any) -> bool:
    """Whether it is the same data but for the last digits of floats."""
    codec = codec_for(type(instance))
    return alike(codec.unstructure(instance), codec.unstructure(found))


def test_saving_without_an_edit_sends_nothing_for_every_type(client: Client, sent: list[str]) -> None:
    """Created, loaded or listed: once it is read there is nothing to save, and an edit sends its own field alone."""

    @settings(FEW, max_examples=5)
    @given(EVERYTHING)
    def check(instance: Any) -> None:
        records = client.bucket("b").collection("c", ALL)
        records.ensure_schema()
        created = records.create_record(instance)
        loaded = records.get_record(created.id)
        [listed] = records.records().where(id=created.id).all()
        for record in (created, loaded, listed):
            assert unchanged(instance, record.data)
            assert record.extra == {}
            del sent[:]
            record.save()
            assert (sent, record.is_dirty) == ([], False)
        loaded.data.f3 = not loaded.data.f3
        assert loaded.unsaved.set == {"f3": loaded.data.f3}
        assert unchanged(loaded.data, loaded.save().data)
        assert sent == ["PATCH"]

    check()


@pytest.mark.backends("memory")
def test_any_model_goes_there_and_back(client: Client) -> None:
    """Alone and in a batch, created and replaced, loaded and listed, checked by the model's own schema."""
    count = iter(range(1000))

    @FEW
    @given(instances())
    def check(instance: Any) -> None:
        records = client.bucket("b").create_collection(f"c{next(count)}", type(instance))
        record = records.create_record(instance)
        with client.batch() as batch:
            other = batch.bucket("b").collection(records.id, type(instance)).create_record(instance)
        assert unchanged(instance, record.data)
        assert unchanged(instance, other.data)
        assert unchanged(instance, records.record(other.id).replace(attrs.evolve(instance)).data)
        assert all(unchanged(instance, each.data) and not each.is_dirty for each in records.records())
        assert records.validate() == []

    check()


@pytest.mark.backends("memory")
def test_any_model_goes_there_and_back_in_async(kinto_server: KintoServer) -> None:
    """The same in the other colour."""

    async def check(client: AsyncClient, instance: Any, number: int) -> None:
        records = await client.bucket("b").create_collection(f"c{number}", type(instance))
        record = await records.create_record(instance)
        loaded = await records.get_record(record.id)
        assert unchanged(instance, loaded.data)
        assert not (await loaded.save()).is_dirty
        assert [unchanged(instance, each.data) async for each in records.records().prefetch()] == [True]
        assert await records.validate() == []

    with asyncio.Runner() as runner:
        client = AsyncClient(kinto_server.url, auth=("user", "secret"))
        runner.run(client.create_bucket("b"))
        count = iter(range(1000))

        @FEW
        @given(instances())
        def check_each(instance: Any) -> None:
            runner.run(check(client, instance, next(count)))

        check_each()
        runner.run(client.close())
