"""The review of a collection: what its steps ask, and what they make of the answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kinto_sdk import (
    CapabilityMissingError,
    InvalidRequestError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    Review,
    ReviewEvent,
    ServerError,
    TransportError,
    UnreadableResponseError,
    UsageError,
)
from kinto_sdk.flows import review as flows
from kinto_sdk.protocol.paths import ObjectPath
from kinto_sdk.protocol.review import policy_for
from tests.flows.driving import LOST, Answer, navigation, row, run


def place(bucket: str, collection: str | None = None) -> dict[str, Any]:
    """A collection, or all of a bucket, as the capability names them."""
    return {"bucket": bucket, "collection": collection}


SIGNER = {
    "to_review_enabled": True,
    "group_check_enabled": True,
    "editors_group": "{collection_id}-editors",
    "reviewers_group": "{collection_id}-reviewers",
    "resources": [
        {"source": place("work"), "preview": place("preview"), "destination": place("main")},
        {
            "source": place("work", "special"),
            "destination": place("main", "public"),
            "to_review_enabled": False,
            "editors_group": "writers",
        },
    ],
}
HELLO = Answer(200, {"capabilities": {"signer": SIGNER}})
WORK = "/buckets/work/collections/news"


def metadata(version: int, **fields: Any) -> Answer:
    """The source, read again."""
    return Answer(200, {"data": row(version, "news", **fields)})


def refused(status: int, message: str, **options: Any) -> Answer:
    """A step that the server refuses."""
    return Answer(status, {"code": status, "errno": 109, "message": message}, **options)


@pytest.fixture
def review() -> Review[dict[str, Any]]:
    """Return the review of a source whose policy is known."""
    review = navigation().bucket("work").collection("news").review
    review._policy = policy_for(SIGNER, "work", "news")
    return review


def step(review: Review[Any], status: str, *answers: Answer | TransportError, **comments: str):
    """Run one step."""
    return run(flows.step(review._collection._context, review, status, comments), *answers)


# ---- policies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bucket", ["work", "preview", "main"])
def test_all_three_collections_have_one_policy(bucket: str) -> None:
    """The policy of a bucket's resource is found from source, preview and destination, group names filled in."""
    policy = policy_for(SIGNER, bucket, "news")
    assert policy is not None
    assert policy.source == ObjectPath("work", collection="news")
    assert policy.preview == ObjectPath("preview", collection="news")
    assert policy.destination == ObjectPath("main", collection="news")
    assert (policy.editors_group, policy.reviewers_group) == ("news-editors", "news-reviewers")


def test_a_resource_of_one_collection_wins() -> None:
    """What a resource says itself counts more than what the server says of all, and than its bucket's resource."""
    policy = policy_for(SIGNER, "work", "special")
    assert policy is not None
    assert policy.destination == ObjectPath("main", collection="public")
    assert policy.preview is None
    assert (policy.to_review_enabled, policy.group_check_enabled) == (False, True)
    assert (policy.editors_group, policy.reviewers_group) == ("writers", "special-reviewers")
    assert policy_for(SIGNER, "main", "public") == policy


@pytest.mark.parametrize("signer", [SIGNER, {"resources": []}, {"resources": None}, {"resources": ["?"]}])
def test_other_collections_have_none(signer: dict[str, Any]) -> None:
    """A collection in no resource has no policy, whatever the capability looks like."""
    assert policy_for(signer, "blog", "news") is None


def test_a_dry_run_reviews_any_collection() -> None:
    """Where no server says what it reviews, a collection is its own destination."""
    policy = policy_for({}, "blog", "news")
    assert policy is not None
    assert policy.source == policy.destination == ObjectPath("blog", collection="news")
    assert policy.preview is None


def test_groups_have_default_names() -> None:
    """A server that names no groups has editors and reviewers, and checks nothing."""
    policy = policy_for({"resources": [{"source": place("a"), "destination": place("b")}]}, "a", "c")
    assert policy is not None
    assert (policy.editors_group, policy.reviewers_group) == ("editors", "reviewers")
    assert (policy.to_review_enabled, policy.group_check_enabled) == (False, False)


# ---- reading -------------------------------------------------------------------------------------------------------


def test_the_policy_is_read_once() -> None:
    """Loading asks the root view for the policy the first time alone, then for the source."""
    review = navigation().bucket("main").collection("news").review
    context = review._collection._context
    first = run(flows.load(context, review), HELLO, metadata(1, status="signed"))
    assert [request.path for request in first.requests] == ["/", WORK]
    second = run(flows.load(context, review), metadata(2, status="to-review"))
    assert second.request.path == WORK
    assert review.status == "to-review"


def test_nothing_is_known_before_it_is_loaded() -> None:
    """Reading before loading is an error that names load(), for the status as for the collections."""
    review = navigation().bucket("work").collection("news").review
    for name in ("status", "policy", "source", "preview", "destination", "last_edit", "editor_comment"):
        with pytest.raises(NotLoadedError, match=r"review\.load\(\)"):
            getattr(review, name)
    assert repr(review) == "<Review /buckets/work/collections/news (not loaded)>"


def test_what_is_no_collection_is_unreadable(review: Review[Any]) -> None:
    """A proxy may answer for the server."""
    with pytest.raises(UnreadableResponseError, match="check"):
        run(flows.load(review._collection._context, review), Answer(200, {"hello": 1}))


def test_who_and_when(review: Review[Any]) -> None:
    """Users and moments come from the metadata, in UTC; what never happened is None."""
    run(
        flows.load(review._collection._context, review),
        metadata(
            1,
            status="signed",
            last_edit_by="account:ed",
            last_edit_date="2026-01-02T03:04:05.000006+02:00",
            last_review_by="account:rev",
            last_review_date="2026-01-02T03:04:05",
            last_editor_comment="please",
        ),
    )
    assert review.last_edit == ReviewEvent("account:ed", datetime(2026, 1, 2, 1, 4, 5, 6, UTC))
    assert review.last_review == ReviewEvent("account:rev", datetime(2026, 1, 2, 3, 4, 5, 0, UTC))
    assert review.last_request is None
    assert review.last_signature is None
    assert (review.editor_comment, review.reviewer_comment) == ("please", "")
    assert repr(review) == "<Review /buckets/work/collections/news (signed)>"


def test_a_missing_plugin_is_told_before_the_request() -> None:
    """Without the plugin nothing is asked of the collection."""
    review = navigation().bucket("work").collection("news").review
    with pytest.raises(CapabilityMissingError, match="'signer'"):
        run(flows.load(review._collection._context, review), Answer(200, {"capabilities": {}}))


@pytest.mark.parametrize(("signer", "places"), [(SIGNER, "work, work/special"), ({"resources": []}, "nothing")])
def test_a_collection_that_is_not_reviewed(signer: dict[str, Any], places: str) -> None:
    """The error names the places that are reviewed."""
    review = navigation().bucket("blog").collection("news").review
    with pytest.raises(UsageError, match=f"reviews {places}$"):
        run(
            flows.load(review._collection._context, review),
            Answer(200, {"capabilities": {"signer": signer}}),
        )


def test_a_missing_source_is_not_found(review: Review[Any]) -> None:
    """A source that does not exist is a NotFoundError."""
    with pytest.raises(NotFoundError):
        run(flows.load(review._collection._context, review), refused(404, "no such collection"))


# ---- steps ---------------------------------------------------------------------------------------------------------


def test_a_step_has_no_precondition_and_is_read_back(review: Review[Any]) -> None:
    """A step is a repeatable PATCH of the status; what it answers is out of date, so that the source is read again."""
    ran = step(review, "to-review", metadata(1, status="to-review"), metadata(2, status="x"), last_editor_comment="hi")
    patch, get = ran.requests
    assert (patch.method, patch.path, patch.repeatable, dict(patch.headers)) == ("PATCH", WORK, True, {})
    assert patch.json == {"data": {"status": "to-review", "last_editor_comment": "hi"}}
    assert (get.method, get.path) == ("GET", WORK)
    assert review.status == "x"


@pytest.mark.parametrize(
    ("status", "message", "error", "advice"),
    [
        (403, "Not in news-editors group", PermissionDeniedError, "the members of the group 'news-editors' request"),
        (403, "Last editor cannot review", PermissionDeniedError, "another member of 'news-reviewers' can"),
        (403, "This user cannot access this resource.", PermissionDeniedError, f"write permission on {WORK}"),
        (400, "Collection not under review", InvalidRequestError, r"request\(\) the review again"),
        (400, "Collection already signed", InvalidRequestError, "nothing to approve"),
        (400, "Collection has no work-in-progress", InvalidRequestError, "nothing to roll back"),
        (400, "Something new", InvalidRequestError, "Something new$"),
        (500, "Oops", ServerError, "Oops"),
    ],
)
def test_refusals_are_explained(
    review: Review[Any], status: int, message: str, error: type[Exception], advice: str
) -> None:
    """A refusal is the precise error, with the server's words and what to do."""
    with pytest.raises(error, match=advice) as caught:
        step(review, "to-review", refused(status, message))
    assert message.removesuffix(".") in str(caught.value)


def test_a_lost_answer_is_no_refusal(review: Review[Any]) -> None:
    """When an approval whose answer was lost did its work, the repeated one is refused, and that is a success."""
    run(flows.load(review._collection._context, review), metadata(1, status="to-review"))
    again = refused(400, "Collection already signed", retried=True)
    step(review, "to-sign", again, metadata(2, status="signed"))
    assert review.status == "signed"


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("to-sign", metadata(1, status="signed")),  # as it was before: nothing was done
        ("to-sign", metadata(2, status="work-in-progress")),
        ("to-rollback", metadata(2, status="to-review")),
    ],
)
def test_a_refusal_after_a_lost_answer(review: Review[Any], status: str, found: Answer) -> None:
    """When nothing was approved or rolled back meanwhile, the refusal counts."""
    run(flows.load(review._collection._context, review), metadata(1, status="signed"))
    with pytest.raises(InvalidRequestError):
        step(review, status, refused(400, "Collection already signed", retried=True), found)


def test_other_steps_are_not_looked_into(review: Review[Any]) -> None:
    """A repeated request for review that is refused is refused: sending it twice is no error for the server."""
    with pytest.raises(InvalidRequestError):
        step(review, "to-review", refused(400, "Something new", retried=True))


def test_no_answer_comes_through(review: Review[Any]) -> None:
    """A step without any answer is a TransportError, and the review keeps what it knew."""
    run(flows.load(review._collection._context, review), metadata(1, status="signed"))
    with pytest.raises(TransportError):
        step(review, "to-resign", LOST)
    assert review.status == "signed"


# ---- what is pending -----------------------------------------------------------------------------------------------


def test_the_difference_is_found_over_all_pages(review: Review[Any]) -> None:
    """Both lists are read to their ends; versions and schemas do not count, and 1 and 1.0 and True differ."""
    more = {"next-page": "http://elsewhere/v1/x?_token=t"}
    ran = run(
        flows.pending(review._collection._context, review),
        Answer(200, {"data": [row(1, "same", n=1, schema=1), row(2, "typed", n=1)]}, more),
        Answer(200, {"data": [row(3, "changed", n=1), row(4, "gone")]}),
        Answer(200, {"data": [row(11, "same", n=1, schema=2), row(12, "typed", n=True)]}, more),
        Answer(200, {"data": [row(13, "changed", n=2), row(14, "new")]}),
    )
    assert [request.path for request in ran.requests] == [
        "/buckets/main/collections/news/records?_limit=1000",
        "/buckets/main/collections/news/records?_token=t",
        f"{WORK}/records?_limit=1000",
        f"{WORK}/records?_token=t",
    ]
    assert [found["id"] for found in ran.value.creates] == ["new"]
    assert [(old["last_modified"], new["last_modified"]) for old, new in ran.value.updates] == [(2, 12), (3, 13)]
    assert [found["id"] for found in ran.value.deletes] == ["gone"]
