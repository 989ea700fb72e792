"""The types of plans, copies and the options of scripts, checked by mypy and pyright and never run."""

import argparse
from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

import attrs

from kinto_sdk import (
    Applied,
    AsyncClient,
    AsyncCollection,
    AsyncPlan,
    Bucket,
    Client,
    Collection,
    Diff,
    Difference,
    Plan,
    PlannedDelete,
    diff,
)
from kinto_sdk.cli import add_parser_options, client_from_args


@attrs.define
class Todo:
    """A model."""

    id: str
    title: str


def plans(
    todos: Collection[Todo], plain: Collection[dict[str, Any]], todo: Todo, rows: Iterator[dict[str, str]]
) -> None:
    """What may be desired, and what a plan tells."""
    plan = todos.plan([todo])
    assert_type(plan, Plan)
    plain.plan(rows, key="slug", delete=True, ignore=["seen"])
    plain.plan(todos)
    todos.plan(plain.records().where(done=True))
    todos.plan([todo, {"id": "milk"}])
    plain.plan(todos.records().all())
    plain.plan([todo])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    plain.plan("milk")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(plan.apply(max_deletes=3, raise_on_error=False), Applied)
    assert_type(plan.deletes, tuple[PlannedDelete, ...])
    assert_type(plan.updates[0].diff, Diff)
    assert_type(plan.updates[0].document, dict[str, Any])
    assert_type(diff(rows, [], key="slug"), Difference)


def copies(bucket: Bucket, todos: Collection[Todo], plain: Collection[dict[str, Any]]) -> None:
    """A copy is a plan, whatever the models of the two sides."""
    assert_type(bucket.copy_to(bucket, delete=True, attachments=True), Plan)
    assert_type(todos.copy_to(plain, record_permissions=True), Plan)
    bucket.copy_to(plain)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def in_the_background(todos: AsyncCollection[Todo], stream: AsyncIterator[Todo]) -> None:
    """The async ones are awaited, and take what comes as it comes."""
    plan = await todos.plan(stream)
    assert_type(plan, AsyncPlan)
    assert_type(await plan.apply(concurrency=4), Applied)
    assert_type(await todos.bucket.copy_to(todos.bucket), AsyncPlan)


def scripts(args: argparse.Namespace) -> None:
    """The client of a script is a Client unless another kind is asked for."""
    assert_type(add_parser_options(default_server="http://localhost:8888"), argparse.ArgumentParser)
    assert_type(client_from_args(args, timeout=5), Client)
    assert_type(client_from_args(args, Client), Client)
    assert_type(client_from_args(args, AsyncClient, user_agent="copier/1"), AsyncClient)
    client_from_args(args, timout=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
