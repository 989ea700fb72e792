"""What the review of a collection asks: where it stands, its steps, and what publishing would change."""

from collections.abc import Mapping

import attrs

from ..objects.context import Context
from ..objects.query import PAGE_SIZE
from ..objects.review import ReviewState
from ..protocol.errors import UsageError
from ..protocol.ids import quote_id
from ..protocol.jsontypes import JSONObject, same
from ..protocol.messages import Flow, Request
from ..protocol.paths import ObjectPath
from ..protocol.review import SIGNED, TO_ROLLBACK, TO_SIGN, ReviewPolicy, policy_for, refusal, reviewed_by
from . import listing
from .answers import read
from .server import capability

PAGE = f"?_limit={PAGE_SIZE}"


@attrs.frozen
class RowDiff:
    """What publishing would change, as rows."""

    creates: list[JSONObject]
    updates: list[tuple[JSONObject, JSONObject]]
    """Each as it is published, and as it is in the source."""
    deletes: list[JSONObject]


def load(context: Context, review: ReviewState) -> Flow[None]:
    """Read the policy (known after the first time) and the source's metadata."""
    policy = yield from _policy(context, review, "collection.review")
    yield from _read(review, policy)


def step(context: Context, review: ReviewState, status: str, comments: Mapping[str, str]) -> Flow[None]:
    """PATCH the status, then read the source again, since what the PATCH answers is out of date at once.

    There is no precondition: the server itself changes the collection at each write of a record.
    """
    for text in comments.values():
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
            raise UsageError(f"the message of a review is text, not {text!r}")
    policy = yield from _policy(context, review, "collection.review")
    before = review._metadata
    document = {"data": {"status": status, **comments}}
    response = yield Request("PATCH", path_of(policy.source), json=document, repeatable=True)
    if not response.ok:
        if response.retried and response.status == 400 and status in (TO_SIGN, TO_ROLLBACK):
            # An attempt whose answer was lost may have done it, and then there is nothing left to do.
            yield from _read(review, policy)
            if review.status == SIGNED and review._metadata != before:
                return
        raise refusal(response, policy)
    yield from _read(review, policy)


def pending(context: Context, review: ReviewState) -> Flow[RowDiff]:
    """Read all of the destination and the source, and tell them apart."""
    policy = yield from _policy(context, review, "collection.review.pending()")
    published: dict[str, JSONObject] = {}
    path: str | None = f"{path_of(policy.destination)}/records{PAGE}"
    while path is not None:
        page = yield from listing.page(path)
        published.update((row["id"], row) for row in page.rows)
        path = page.next_path
    diff = RowDiff([], [], [])
    path = f"{path_of(policy.source)}/records{PAGE}"
    while path is not None:
        page = yield from listing.page(path)
        for row in page.rows:
            twin = published.pop(row["id"], None)
            if twin is None:
                diff.creates.append(row)
            elif not same(_content(twin), _content(row)):
                diff.updates.append((twin, row))
        path = page.next_path
    diff.deletes.extend(published.values())
    return diff


def path_of(place: ObjectPath) -> str:
    """The path of a source, preview or destination."""
    assert place.bucket is not None
    assert place.collection is not None
    return f"/buckets/{quote_id(place.bucket)}/collections/{quote_id(place.collection)}"


def _policy(context: Context, review: ReviewState, call: str) -> Flow[ReviewPolicy]:
    if review._policy is None:
        signer = yield from capability(context, "signer", call)
        review._policy = policy_for(signer, *review._ids)
        if review._policy is None:
            raise UsageError(f"{review.path} is not reviewed on this server, which reviews {reviewed_by(signer)}")
    return review._policy


def _read(review: ReviewState, policy: ReviewPolicy) -> Flow[None]:
    found = yield from read(path_of(policy.source))
    review._metadata = found["data"]


def _content(row: JSONObject) -> JSONObject:
    return {key: value for key, value in row.items() if key not in ("last_modified", "schema")}
