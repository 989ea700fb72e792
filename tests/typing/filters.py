"""What mypy and pyright make of conditions, checked and never run."""

from datetime import UTC, datetime
from typing import Any, assert_type

import attrs

from kinto_sdk.objects.query import QueryBase
from kinto_sdk.objects.typed_fields import fields
from kinto_sdk.protocol.criteria import Condition
from kinto_sdk.protocol.filters import F, Field


@attrs.define
class Todo:
    """A model."""

    title: str
    votes: int = 0
    due: datetime | None = None


def conditions(query: QueryBase[Todo]) -> None:
    """Comparisons of F are conditions, and the builder keeps its type."""
    assert_type(F.votes, Field)
    assert_type(F.votes >= 3, Condition)
    assert_type(F.a.b == 3, Condition)
    assert_type(F.tags.contains("x"), Condition)
    assert_type(query.where(F.votes >= 3, done=False).order_by(-F.votes, "title"), QueryBase[Todo])
    assert_type(query.only("title"), QueryBase[Any])
    F.votes.isin([1])  # type: ignore[operator]  # pyright: ignore[reportCallIssue]  # no such operator


def attributes(query: QueryBase[Todo]) -> None:
    """fields() knows the attributes of a model and their types; F[...] gives them all operators."""
    todo = fields(Todo)
    assert_type(todo.votes, int)
    query.where(todo.votes >= 3, todo.title == "x")
    query.where(F[todo.due] < datetime.now(UTC), F[todo.title].like("a*")).order_by(F[todo.due], todo.title)
    query.order_by(todo.titel)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]  # misspelt
    query.where(todo.votes >= "3")  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnknownArgumentType]  # the wrong type
