"""An enum that is a `str`, as many programs keep their names in: what counts is the text, not the member's name."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import attrs
import pytest

from kinto_sdk import EVERYONE, BasicAuth, BearerAuth, Client, F, JSONPatch, json_schema
from kinto_sdk.models import kinto_field


class Name(str, Enum):  # noqa: UP042  # StrEnum shows its value, and needs no care
    """Texts of a program. Formatted, one of them is `Name.BLOG`."""

    BLOG = "blog"
    TODOS = "todos"
    MILK = "milk"
    READ = "read"
    CREATE = "record:create"
    DOWN = "-votes"
    USER = "alice"
    SECRET = "s3cret"
    BOB = "account:bob"


@pytest.fixture
def client() -> Iterator[Client]:
    """A client that sends nothing."""
    with Client("https://kinto.example.com/v1", auth=(Name.USER, Name.SECRET), dry_run=True) as client:
        yield client


RECORD = "/buckets/blog/collections/todos/records/milk"

CALLS: list[tuple[Callable[[Client], Any], Any]] = [
    (lambda client: client.bucket(Name.BLOG).path, "/buckets/blog"),
    (lambda client: client.bucket(Name.BLOG).id, "blog"),
    (lambda client: client.bucket(Name.BLOG).group(Name.TODOS).path, "/buckets/blog/groups/todos"),
    (lambda client: client.bucket(Name.BLOG).collection(Name.TODOS).record(Name.MILK).path, RECORD),
    (lambda client: client.bucket("blog").collection("todos").new_record({"id": Name.MILK}).path, RECORD),
    (lambda client: client.clone(bucket=Name.BLOG).bucket().path, "/buckets/blog"),
    (lambda client: client.account(Name.USER).path, "/accounts/alice"),
    (
        lambda client: client.endpoint("record", bucket=Name.BLOG, collection=Name.TODOS, record=Name.MILK),
        f"https://kinto.example.com/v1{RECORD}",
    ),
    (
        lambda client: client.buckets().where(F[Name.READ] == 1, F.a[Name.READ] == Name.MILK).request_params[:2],
        [("read", "1"), ("a.read", '"milk"')],
    ),
    (lambda client: client.buckets().order_by(Name.DOWN, Name.READ).request_params[0], ("_sort", "-votes,read")),
    (lambda client: client.buckets().only(Name.READ).request_params[0], ("_fields", "read")),
    (lambda client: client.buckets().param(Name.READ, Name.MILK).request_params[0], ("read", "milk")),
    (lambda client: client.bucket("blog").create_group("g", [Name.BOB]).data["members"], ["account:bob"]),
    (
        lambda client: client.create_bucket("blog", permissions={Name.READ: [Name.BOB]}).permissions.read,
        {"account:bob"},
    ),
]


@pytest.mark.parametrize(("call", "expected"), CALLS)
def test_the_text_of_an_enum_is_what_is_sent(client: Client, call: Callable[[Client], Any], expected: Any) -> None:
    """Ids, names of fields and permissions, principals and credentials are the member's text wherever they stand."""
    assert call(client) == expected


def test_grants_name_the_permission_by_its_text(client: Client) -> None:
    """A grant builds a path of the permission and the principal."""
    client.bucket("blog").collection("todos").grant(Name.CREATE, Name.BOB, EVERYONE)
    assert "/permissions/record:create/account:bob" in str(client.dry_run_log)


def test_a_field_of_a_model_may_be_named_by_an_enum(client: Client) -> None:
    """The name on the server is the member's text."""

    @attrs.define
    class Todo:
        done: bool = attrs.field(metadata=kinto_field(Name.READ))

    record = client.bucket("blog").collection("todos", Todo).create_record(Todo(True))
    assert record.to_dict()["read"] is True
    assert list(json_schema(Todo)["properties"]) == ["read"]


def test_pointers_and_credentials_have_its_text() -> None:
    """A pointer and a header are made of texts."""
    assert JSONPatch.data(Name.READ, 0) == "/data/read/0"
    assert JSONPatch.permission(Name.CREATE, Name.BOB) == "/permissions/record:create/account:bob"
    assert BasicAuth(Name.USER, Name.SECRET) == BasicAuth("alice", "s3cret")
    assert repr(BasicAuth(Name.USER, Name.SECRET)) == "BasicAuth('alice', '***')"
    assert BearerAuth(Name.SECRET, Name.USER) == BearerAuth("s3cret", "alice")
