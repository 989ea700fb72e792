"""The review of a collection before it is signed and published: who decides what, and where it goes.

A *source* collection is edited, a *preview* shows what is under review, a *destination* holds what was published. Which
collections they are is in the server's `signer` capability; how far the review is, in the source's own metadata.
"""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from .errors import ResponseError, error_from
from .jsontypes import is_list, is_object
from .messages import Response
from .paths import ObjectPath

WORK_IN_PROGRESS: Final = "work-in-progress"
TO_REVIEW: Final = "to-review"
SIGNED: Final = "signed"
TO_SIGN: Final = "to-sign"
TO_RESIGN: Final = "to-resign"
TO_ROLLBACK: Final = "to-rollback"

TRACKED: Final = frozenset(
    {
        "status",
        "signature",
        "last_edit_by",
        "last_edit_date",
        "last_editor_comment",
        "last_review_by",
        "last_review_date",
        "last_review_request_by",
        "last_review_request_date",
        "last_reviewer_comment",
        "last_signature_by",
        "last_signature_date",
    }
)
"""What a server with reviews writes into the metadata of a collection; a new `status` is an order to it."""


def tracked_by(capabilities: Container[str]) -> frozenset[str]:
    """The metadata of a collection that a server with these plugins writes itself; without reviews it is data."""
    return TRACKED if "signer" in capabilities else frozenset()


@attrs.frozen
class ReviewEvent:
    """Who did something last, and when."""

    by: str
    """The user id: `account:alice`."""
    at: datetime
    """When, in UTC."""


@attrs.frozen
class ReviewPolicy:
    """What the server asks for before it publishes a collection."""

    source: ObjectPath
    """The collection that is edited."""
    preview: ObjectPath | None
    """The collection that shows what is under review, signed; None when there is none."""
    destination: ObjectPath
    """The collection that is published, signed."""
    to_review_enabled: bool
    """Whether somebody else than who requested the review must approve it."""
    group_check_enabled: bool
    """Whether only editors may request a review, and only reviewers approve it."""
    editors_group: str
    """The id of the editors' group, in the source's bucket."""
    reviewers_group: str
    """The id of the reviewers' group, in the source's bucket."""


def policy_for(signer: Mapping[str, Any], bucket: str, collection: str) -> ReviewPolicy | None:
    """The policy of a collection that is a source, preview or destination; None when it is none of them.

    `signer` is the capability. A resource without a collection stands for each one of its bucket, and yields to one
    that names the collection. A capability that names none, as in a dry run, takes any collection as it is.
    """
    if "resources" not in signer:
        place = {"bucket": bucket, "collection": collection}
        return _policy(signer, {"source": place, "destination": place}, collection)
    listed = signer.get("resources")
    found: Mapping[str, Any] | None = None
    for resource in filter(is_object, listed) if is_list(listed) else ():
        for side in ("source", "preview", "destination"):
            place = resource.get(side)
            if not is_object(place) or place.get("bucket") != bucket:
                continue
            if place.get("collection") == collection:
                return _policy(signer, resource, collection)
            if place.get("collection") is None:
                found = resource
    return None if found is None else _policy(signer, found, collection)


def _policy(signer: Mapping[str, Any], resource: Mapping[str, Any], collection: str) -> ReviewPolicy:
    # A resource tells only what differs from the settings for all.
    settings = {**signer, **resource}
    source = _place(resource["source"], collection)
    return ReviewPolicy(
        source=source,
        preview=_place(resource["preview"], collection) if resource.get("preview") else None,
        destination=_place(resource["destination"], collection),
        to_review_enabled=bool(settings.get("to_review_enabled", False)),
        group_check_enabled=bool(settings.get("group_check_enabled", False)),
        editors_group=_group(settings.get("editors_group"), "editors", source),
        reviewers_group=_group(settings.get("reviewers_group"), "reviewers", source),
    )


def _place(place: Mapping[str, Any], collection: str) -> ObjectPath:
    return ObjectPath(bucket=place["bucket"], collection=place.get("collection") or collection)


def _group(name: object, default: str, source: ObjectPath) -> str:
    return str(name or default).replace("{collection_id}", str(source.collection))


def reviewed_by(signer: Mapping[str, Any]) -> str:
    """The sources of a server in words, for an error."""
    listed = signer.get("resources")
    names: list[str] = []
    for resource in filter(is_object, listed) if is_list(listed) else ():
        source = resource["source"]
        names.append("/".join(filter(None, (source["bucket"], source.get("collection")))))
    return ", ".join(names) or "nothing"


def refusal(response: Response, policy: ReviewPolicy) -> ResponseError:
    """The error for a step that the server refused, with what to do about it."""
    error = error_from(response)
    advice = next((advice for words, advice in _ADVICE.items() if words in error.message), None)
    if advice is None:
        if response.status != 403:
            return error
        advice = "it takes write permission on {source}"
    source = f"/buckets/{policy.source.bucket}/collections/{policy.source.collection}"
    told = advice.format(editors=policy.editors_group, reviewers=policy.reviewers_group, source=source)
    return error_from(response, advice=told)


_ADVICE: Final = {
    "Last editor cannot review": "who requested the review can't approve it; another member of {reviewers!r} can",
    "not under review": "an edit cancels a request; request() the review again",
    "already signed": "there is nothing to approve: edit records, then request() a review",
    "no work-in-progress": "there is nothing to roll back: the collection is as it was published",
    "Not in": "the members of the group {editors!r} request reviews, those of {reviewers!r} approve them",
}
