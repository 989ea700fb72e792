"""The schemas of models, on a real Kinto: it takes them, and agrees about documents."""

from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinto_sdk.objects.models import codec_for
from kinto_sdk.objects.problems import schema_checker
from kinto_sdk.objects.schema import json_schema
from kinto_sdk.objects.settle import alike
from kinto_sdk.testing import KintoServer
from tests.unit.model_cases import VALUES, instances

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def http(kinto_server: KintoServer) -> Iterator[httpx.Client]:
    """Plain HTTP to a server with a bucket."""
    with httpx.Client(base_url=kinto_server.url, auth=("user", "secret")) as client:
        client.put("/buckets/b").raise_for_status()
        yield client


def put_schema(http: httpx.Client, schema: dict[str, Any]) -> None:
    """Make the collection check this schema."""
    answer = http.put("/buckets/b/collections/c", json={"data": {"schema": schema}})
    assert answer.is_success, answer.text


def test_the_server_takes_and_keeps_the_schema_of_every_type(http: httpx.Client) -> None:
    """A schema comes back as it was sent, so that it can be compared."""
    fields = {f"f{index}": attrs.field(type=kind) for index, (kind, _) in enumerate(VALUES)}
    schema = json_schema(attrs.make_class("All", fields, kw_only=True))
    put_schema(http, schema)
    assert http.get("/buckets/b/collections/c").json()["data"]["schema"] == schema


def test_the_server_accepts_and_keeps_what_models_write(http: httpx.Client) -> None:
    """A record of any model comes back as the same data, under the model's own schema."""

    @SETTINGS
    @given(instances())
    def check(instance: Any) -> None:
        codec = codec_for(type(instance))
        written = codec.unstructure(instance)
        put_schema(http, json_schema(type(instance)))
        answer = http.put("/buckets/b/collections/c/records/r", json={"data": written})
        assert answer.is_success, answer.text
        assert alike(codec.unstructure(codec.structure(answer.json()["data"])), written)

    check()


@pytest.mark.backends("memory")
def test_the_server_refuses_what_is_found_here(http: httpx.Client) -> None:
    """Our verdict on a document is the server's, right or wrong."""

    @SETTINGS
    @given(instances(), st.data())
    def check(instance: Any, data: st.DataObject) -> None:
        schema = json_schema(type(instance))
        document = codec_for(type(instance)).unstructure(instance)
        for key in data.draw(st.lists(st.sampled_from(sorted(document)), unique=True)):
            wrong = data.draw(st.sampled_from([..., None, 1, -1.5, "x", True, [], ["x", 1], {}, {"x": 1}]))
            if wrong is ...:
                del document[key]
            else:
                document[key] = wrong
        problems = schema_checker(schema)(document)
        put_schema(http, schema)
        answer = http.put("/buckets/b/collections/c/records/r", json={"data": document})
        assert answer.is_success == (not problems), (answer.text, problems)

    check()
