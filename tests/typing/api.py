"""The types a user gets, checked by mypy and pyright and never run."""

from pathlib import Path
from typing import Any, Literal, assert_type

import attrs

from kinto_sdk import (
    EVERYONE,
    Account,
    AsyncBucket,
    AsyncClient,
    AsyncCollection,
    AsyncGroup,
    AsyncQuery,
    AsyncRecord,
    Attachment,
    AuthInput,
    Batch,
    Bucket,
    Capabilities,
    Check,
    Client,
    Collection,
    DryRunLog,
    Group,
    Heartbeat,
    JSONPatch,
    MergePatch,
    OnConflict,
    Outcome,
    Permissions,
    PermissionsInput,
    Principal,
    Query,
    RaiseOnError,
    Record,
    Resource,
    Response,
    RetryPolicy,
    ServerInfo,
    TimeoutInput,
    User,
)
from kinto_sdk.objects.members import Members
from kinto_sdk.protocol.plugins import HistoryCapability


@attrs.define
class Todo:
    """A model."""

    title: str
    done: bool = False


def around(  # each of them is an argument of ours
    client: Client,
    *,
    auth: AuthInput,
    timeout: TimeoutInput,
    who: Principal,
    permissions: PermissionsInput,
    on_conflict: OnConflict[Todo],
    raise_on_error: RaiseOnError,
) -> Capabilities:
    """What a function of the user's passes on has a name to import."""
    client = client.clone(auth=auth, timeout=timeout)
    todos = client.create_bucket("b", permissions=permissions).collection("c", Todo)
    todo: Resource[Todo] = todos.create_record(Todo("x"))
    todo.save(on_conflict=on_conflict)
    todo.grant("read", who)
    todos.create_records([Todo("y")], raise_on_error=raise_on_error)
    return client.server_info().capabilities


def sync_types(client: Client) -> None:
    """The sync colour."""
    assert_type(client.clone(timeout=(1, 2), retry=RetryPolicy(retries=1), dry_run="writes"), Client)
    assert_type(Client.from_env(bucket="b"), Client)
    assert_type(client.check(), Check)
    assert_type(client.whoami(), User | None)
    assert_type(client.server_info().capabilities.history, HistoryCapability | None)
    assert_type(client.dry_run_log, DryRunLog)
    assert_type(client.bucket("b"), Bucket)
    assert_type(client.bucket(), Bucket)
    assert_type(client.bucket("b").collection("c"), Collection[dict[str, Any]])
    assert_type(client.bucket("b").collection("c", Todo), Collection[Todo])
    assert_type(client.bucket("b").collection(model=Todo), Collection[Todo])
    assert_type(client.bucket("b").collection("c", Todo).record("r"), Record[Todo])
    assert_type(client.bucket("b").collection("c", Todo).record("r").data.title, str)
    assert_type(client.bucket("b").collection("c").record("r").data, dict[str, Any])
    assert_type(client.bucket("b").collection("c", Todo).records(), Query[Record[Todo]])
    assert_type(client.bucket("b").collection("c", Todo).create_record(Todo("x")), Record[Todo])
    assert_type(client.bucket("b").collection("c", Todo).new_record(Todo("x")).save(), Record[Todo])
    assert_type(client.bucket("b").collection("c", Todo).get_record("r").load().refresh(), bool)
    assert_type(client.bucket("b").collection("c", Todo).record("r").delete(), bool)
    assert_type(client.bucket("b").collection("c", Todo).record("r").last_modified, int | None)
    assert_type(client.bucket("b").permissions, Permissions)
    assert_type(client.bucket("b").groups(), Query[Group])
    assert_type(client.bucket("b").create_collection("c"), Collection[dict[str, Any]])
    assert_type(client.buckets(), Query[Bucket])
    assert_type(client.server_info(), ServerInfo)
    assert_type(client.bucket("b").collection("c", Todo).record("r").add_attachment(b"x", filename="x"), Record[Todo])
    assert_type(client.bucket("b").collection("c", Todo).record("r").attachment, Attachment | None)
    assert_type(client.bucket("b").collection("c", Todo).record("r").download_attachment(), Path)
    assert_type(client.bucket("b").collection("c", Todo).add_attachments("folder"), list[Record[Todo]])
    with client.bucket("b").collection("c").record("r").open_attachment() as file:
        assert_type(file.read(), bytes)
    assert_type(client.account("alice"), Account)
    assert_type(client.accounts(), Query[Account])
    assert_type(client.create_account("alice", "s3cret").change_password("new"), Account)
    assert_type(client.heartbeat(), Heartbeat)
    assert_type(client.endpoint("records", collection="c"), str)
    assert_type(client.request("GET", "/"), Response)
    for record in client.bucket("b").collection("c", Todo).records():
        assert_type(record, Record[Todo])


def writing(client: Client) -> None:
    """Conflicts, patches, permissions and members."""
    record = client.bucket("b").collection("c", Todo).record("r")
    assert_type(record.save(on_conflict="merge"), Record[Todo])
    assert_type(record.save(on_conflict=lambda conflict: Todo(str(conflict.fields))), Record[Todo])
    assert_type(record.save(on_conflict=lambda conflict: conflict.theirs or {}), Record[Todo])
    assert_type(record.patch(JSONPatch().add(JSONPatch.data("a"), 1)), Record[Todo])
    assert_type(record.patch(MergePatch({"a": None})).patch({"a": 1}), Record[Todo])
    assert_type(record.patch([{"op": "remove", "path": "/data/a"}]), Record[Todo])
    assert_type(record.grant("read", EVERYONE, client.bucket("b").group("g")), Record[Todo])
    assert_type(
        client.bucket("b").collection("c", Todo).update("r", lambda todo: attrs.evolve(todo, done=True)), Record[Todo]
    )
    assert_type(client.bucket("b").collection("c").update("r", lambda data: data.update(n=1)), Record[dict[str, Any]])
    assert_type(client.bucket("b").group("g").add_member("account:a").members, Members)
    client.bucket("b").group("g").members = ["account:a"]


async def async_types(client: AsyncClient) -> None:
    """The async colour."""
    assert_type(client.bucket("b"), AsyncBucket)
    assert_type(client.bucket("b").collection("c"), AsyncCollection[dict[str, Any]])
    assert_type(client.bucket("b").collection("c", Todo), AsyncCollection[Todo])
    assert_type(client.bucket("b").collection("c", Todo).record("r"), AsyncRecord[Todo])
    assert_type(client.bucket("b").collection("c", Todo).record("r").data.title, str)
    assert_type(client.bucket("b").collection("c", Todo).records(), AsyncQuery[AsyncRecord[Todo]])
    assert_type(await client.bucket("b").collection("c", Todo).create_record(Todo("x")), AsyncRecord[Todo])
    assert_type(await client.bucket("b").collection("c", Todo).new_record(Todo("x")).save(), AsyncRecord[Todo])
    assert_type(await client.bucket("b").collection("c", Todo).record("r").delete(), bool)
    assert_type(await client.bucket("b").get_group("g"), AsyncGroup)
    assert_type(await client.server_info(), ServerInfo)
    async for record in client.bucket("b").collection("c", Todo).records():
        assert_type(record, AsyncRecord[Todo])


def batch_types(client: Client) -> None:
    """Enlisting gives back the object's own type, and a batch navigates as a client does."""
    todos = client.bucket("b").collection("c", Todo)
    with client.batch() as batch:
        assert_type(batch, Batch)
        assert_type(batch.save(todos.new_record(Todo("x"))), Record[Todo])
        assert_type(batch.replace(todos.record("r"), Todo("x")), Record[Todo])
        assert_type(batch.replace(client.bucket("b"), {"n": 1}), Bucket)
        assert_type(batch.delete(todos), Collection[Todo])
        assert_type(batch.grant(todos.record("r"), "read", "account:bob"), Record[Todo])
        assert_type(batch.bucket("b").collection("c", Todo).create_record(Todo("x")), Record[Todo])
        assert_type(batch.plan()[0][0].resource, Resource[Any])
    assert_type(batch.results()[0].status, Literal["succeeded", "failed", "rolled_back", "not_sent"])
    for outcome in todos.create_records([Todo("x")]):
        assert_type(outcome, Outcome[Record[Todo]])
        assert_type(outcome.resource.data.title, str)


async def async_batch_types(client: AsyncClient) -> None:
    """Enlisting is plain in the async colour too; navigating is awaited."""
    todos = client.bucket("b").collection("c", Todo)
    async with client.batch(raise_on_error="server") as batch:
        assert_type(batch.save(todos.new_record(Todo("x"))), AsyncRecord[Todo])
        assert_type(await batch.bucket("b").collection("c", Todo).create_record(Todo("x")), AsyncRecord[Todo])
    async for outcome in todos.save_records([todos.record("r")], concurrency=4):
        assert_type(outcome, Outcome[AsyncRecord[Todo]])


def bare_annotations(collection: Collection, record: AsyncRecord) -> None:
    """Without a parameter they are about dicts."""
    assert_type(collection, Collection[dict[str, Any]])
    assert_type(record, AsyncRecord[dict[str, Any]])


def refused(todos: Collection[Todo]) -> None:
    """What must not type-check; an ignore that nothing needs is an error in both checkers."""
    todos.create_record({"title": "x"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    todos.record("r").data.titel  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    Todo(title=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
