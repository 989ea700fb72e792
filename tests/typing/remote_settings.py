"""The types of reviews, changesets and signatures, checked by mypy and pyright and never run."""

from typing import Any, assert_type

import attrs

from kinto_sdk import (
    AsyncClient,
    AsyncCollection,
    AsyncRecord,
    AsyncReview,
    Changeset,
    Client,
    Collection,
    MonitorEntry,
    PendingChanges,
    Record,
    Review,
    ReviewEvent,
    ReviewPolicy,
)


@attrs.define
class Setting:
    """A model."""

    title: str


def sync_types(client: Client) -> None:
    """The sync colour."""
    settings = client.bucket("b").collection("c", Setting)
    assert_type(settings.review, Review[Setting])
    assert_type(settings.review.load(), Review[Setting])
    assert_type(settings.review.request("please").approve().status, str | None)
    assert_type(settings.review.policy, ReviewPolicy)
    assert_type(settings.review.last_edit, ReviewEvent | None)
    assert_type(settings.review.source, Collection[Setting])
    assert_type(settings.review.preview, Collection[Setting] | None)
    assert_type(settings.review.pending(), PendingChanges[Record[Setting]])
    assert_type(settings.review.pending().updates[0].published.data, Setting)
    assert_type(settings.changeset(since=1), Changeset[Record[Setting]])
    assert_type(settings.verified_records(public_key="PEM"), list[Record[Setting]])
    assert_type(client.monitor(), Changeset[MonitorEntry[Collection[dict[str, Any]]]])


async def async_types(client: AsyncClient) -> None:
    """The async colour."""
    settings = client.bucket("b").collection("c", Setting)
    assert_type(settings.review, AsyncReview[Setting])
    assert_type(await settings.review.load(), AsyncReview[Setting])
    assert_type(settings.review.destination, AsyncCollection[Setting])
    assert_type(await settings.review.pending(), PendingChanges[AsyncRecord[Setting]])
    assert_type(await settings.changeset(), Changeset[AsyncRecord[Setting]])
    assert_type((await settings.verified_records(public_key=b"PEM"))[0].data, Setting)
    assert_type((await client.monitor()).changes[0].resource, AsyncCollection[dict[str, Any]])
