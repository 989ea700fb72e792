# Generated from tests/server/aio/test_remote_settings.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Reviews, changesets and signatures on a real server with its plugins, in the async colour.

The sync one is generated from this folder.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kinto_sdk import (
    Client,
    Collection,
    CapabilityMissingError,
    InvalidRequestError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    SignatureError,
    UsageError,
)
from kinto_sdk.testing import Backend, KintoServer
from tests.server import remote_settings

# What the plugins do is the same on both, but for refusals: memory refuses, and keeps what it refused.
pytestmark = pytest.mark.backends("postgresql")


@attrs.define
class Setting:
    """What is published."""

    title: str
    enabled: bool = False


@pytest.fixture
def kinto_server(make_server: Callable[..., KintoServer], backend: Backend) -> KintoServer:
    """Return a server that reviews and signs."""
    return make_server(**remote_settings.options(backend))


@attrs.define(eq=False)
class People:
    """The clients of who works on the collection `news`."""

    admin: Client
    editor: Client
    reviewer: Client
    news: Collection[Setting]
    """As the admin has it."""

    def as_editor(self) -> Collection[Setting]:
        """The source as the editor has it."""
        return self.news.using(self.editor)

    def as_reviewer(self) -> Collection[Setting]:
        """The source as the reviewer has it."""
        return self.news.using(self.reviewer)


def user_id(client: Client) -> str:
    """The id of a client's user."""
    user = (client.server_info()).user
    assert user is not None
    return user.id


@pytest.fixture
def people(connect: Callable[..., Client]) -> People:
    """Return an admin, an editor and a reviewer, and their empty collection."""
    admin, editor, reviewer = connect("admin"), connect("editor"), connect("reviewer")
    ids = {client: user_id(client) for client in (editor, reviewer)}
    bucket = admin.create_bucket("main-workspace", permissions={"write": list(ids.values())})
    bucket.create_collection("news")
    news = bucket.collection("news", Setting)
    for name, client in (("editors", editor), ("reviewers", reviewer)):
        bucket.group(f"news-{name}").patch({"members": [ids[client]]})
    return People(admin, editor, reviewer, news)


def titles(collection: Collection[Setting]) -> list[str]:
    """The titles of a collection's records, sorted."""
    return sorted([record.data.title for record in collection.records()])


# ---- reviews -------------------------------------------------------------------------------------------------------


def test_a_new_collection_is_signed(people: People) -> None:
    """After its creation a collection is signed and empty, and its review names the collections and groups."""
    review = people.news.review
    assert "not loaded" in repr(review)
    assert review.load() is review is people.news.review
    assert review.status == "signed"
    assert (review.source.path, review.destination.path) == (people.news.path, "/buckets/main/collections/news")
    assert review.preview is not None
    assert review.preview.path == "/buckets/main-preview/collections/news"
    policy = review.policy
    assert (policy.to_review_enabled, policy.group_check_enabled) == (True, True)
    assert (policy.editors_group, policy.reviewers_group) == ("news-editors", "news-reviewers")
    assert review.last_edit is review.last_request is review.last_review is None
    assert review.last_signature is not None
    assert review.last_signature.by == user_id(people.admin)
    assert (review.editor_comment, review.reviewer_comment) == ("", "")
    assert repr(review).endswith("Review /buckets/main-workspace/collections/news (signed)>")


@pytest.mark.backends("memory", "postgresql")
def test_from_an_edit_to_its_publication(people: People) -> None:
    """An edit is requested by an editor, seen in the preview, approved by a reviewer, and then published."""
    source = people.as_editor()
    source.create_record(Setting("Hello"), id="hello")
    review = source.review.load()
    assert review.status == "work-in-progress"
    assert titles(review.destination) == []

    assert review.request("please look") is review
    assert review.status == "to-review"
    assert review.editor_comment == "please look"
    assert review.preview is not None
    assert titles(review.preview) == ["Hello"]
    assert titles(review.destination) == []

    approval = people.as_reviewer().review.approve("well done")
    assert approval.status == "signed"
    assert approval.reviewer_comment == "well done"
    assert titles(approval.destination) == ["Hello"]
    for event, client in (
        (approval.last_edit, people.editor),
        (approval.last_request, people.editor),
        (approval.last_review, people.reviewer),
        (approval.last_signature, people.reviewer),
    ):
        assert event is not None
        assert event.by == user_id(client)
        assert timedelta(minutes=-1) < datetime.now(UTC) - event.at < timedelta(minutes=1)


@pytest.mark.backends("memory", "postgresql")
def test_what_is_pending(people: People) -> None:
    """The difference between source and destination has what publishing would create, change and delete."""
    source = people.as_editor()
    for name in ("same", "changed", "gone"):
        source.create_record(Setting(name), id=name)
    source.review.request()
    people.as_reviewer().review.approve()
    assert not source.review.pending()

    source.create_record(Setting("new"), id="new")
    changed = source.get_record("changed")
    changed.data.enabled = True
    changed.save()
    (source.get_record("gone")).delete()
    # Changed and changed back: it has another version, and nothing to publish.
    same = source.get_record("same")
    same.patch({"title": "other"})
    same.patch({"title": "same"})

    pending = source.review.pending()
    assert pending
    assert [record.data for record in pending.creates] == [Setting("new")]
    assert [(update.published.data, update.proposed.data) for update in pending.updates] == [
        (Setting("changed"), Setting("changed", enabled=True))
    ]
    assert pending.updates[0].proposed == changed
    assert [record.path for record in pending.deletes] == ["/buckets/main/collections/news/records/gone"]


def test_a_review_is_declined(people: People) -> None:
    """A decline puts the collection back in progress, with the reviewer's words, and publishes nothing."""
    source = people.as_editor()
    source.create_record(Setting("Hello"))
    source.review.request()
    review = people.as_reviewer().review.decline("not like this")
    assert (review.status, review.reviewer_comment, review.last_review) == ("work-in-progress", "not like this", None)
    assert titles(review.destination) == []


@pytest.mark.backends("memory", "postgresql")
def test_work_is_rolled_back(people: People) -> None:
    """A rollback makes the source what is published, and drops the comments."""
    source = people.as_editor()
    record = source.create_record(Setting("published"))
    source.review.request("first")
    people.as_reviewer().review.approve()
    record.patch({"title": "draft"})
    source.create_record(Setting("another draft"))
    review = source.review.rollback("start again")
    assert (review.status, review.editor_comment) == ("signed", "")
    assert titles(source) == ["published"]
    assert not review.pending()


def test_content_is_signed_again(people: People) -> None:
    """Signing again renews the signature and leaves status and records alone."""
    source = people.as_editor()
    source.create_record(Setting("Hello"))
    review = source.review.load()
    before = review.destination.changeset()
    review.resign()
    after = review.destination.changeset()
    assert review.status == "work-in-progress"
    assert before.metadata["signature"]["signature"] != after.metadata["signature"]["signature"]
    assert before.timestamp == after.timestamp


def test_steps_need_no_fresh_copy_of_the_collection(people: People) -> None:
    """Each write of a record changes the collection on the server, and no step minds that ours is out of date."""
    source = people.as_editor()
    source.load()
    source.create_record(Setting("one"))
    source.review.request()
    source.create_record(Setting("two"))  # cancels the request
    review = source.review.request()
    assert review.status == "to-review"
    people.as_reviewer().review.approve()
    assert titles(review.destination) == ["one", "two"]


def test_a_review_is_the_same_from_all_three_collections(people: People) -> None:
    """From the preview and the destination one gets to the source's review."""
    people.news.create_record(Setting("Hello"))
    for bucket in ("main-preview", "main"):
        review = people.admin.bucket(bucket).collection("news", Setting).review.load()
        assert review.status == "work-in-progress"
        assert review.source == people.news


def test_a_collection_of_its_own_policy(people: People) -> None:
    """A resource that names a collection wins over the one for its bucket; without preview there is none."""
    special = people.news.bucket.create_collection("special")
    review = special.review.load()
    assert review.preview is None
    assert review.destination.path == "/buckets/other/collections/published"
    assert (people.admin.bucket("other").collection("published").review.load()).source == special


def test_without_review_an_edit_is_published_at_once(connect: Callable[..., Client]) -> None:
    """Where the policy asks for no review, who may write publishes."""
    bucket = connect().create_bucket("free-workspace")
    source = bucket.create_collection("news")
    source.create_record({"title": "Hello"})
    review = source.review.approve()
    assert (review.policy.to_review_enabled, review.policy.group_check_enabled) == (False, False)
    assert review.status == "signed"
    assert len(review.destination.records().all()) == 1


def test_a_step_in_a_batch(people: People) -> None:
    """A batch may hold edits and the request to review them; afterwards the review is up to date."""
    with people.editor.batch() as batch:
        source = batch.bucket("main-workspace").collection("news", Setting)
        source.create_record(Setting("one"))
        review = source.review.request("both")
        source.create_record(Setting("two"))
    assert review.status == "to-review"
    assert review.preview is not None
    assert titles(review.preview) == ["one", "two"]


def test_a_dry_run_sends_no_step(people: People) -> None:
    """A step of a dry run is only written down, with a server to ask and without."""
    with people.editor.clone(dry_run="writes") as dry:
        people.news.using(dry).review.request("hello")
        step = '{"data":{"status":"to-review","last_editor_comment":"hello"}}'
        assert next(iter(dry.dry_run_log)) == f"PATCH {people.news.path} {step}"
    assert (people.news.review.load()).status == "signed"
    with Client("http://nowhere.invalid/v1", dry_run=True) as nowhere:
        news = nowhere.bucket("b").collection("news")
        news.review.approve()
        assert not news.review.pending()
        assert (news.changeset()).changes == (nowhere.monitor()).changes == ()


def test_refused_steps_are_explained(people: People) -> None:
    """Each refusal says in one line who may, or what to do first, and changes nothing."""
    editor, reviewer = people.as_editor().review, people.as_reviewer().review
    with pytest.raises(InvalidRequestError, match="nothing to approve"):
        reviewer.approve()
    with pytest.raises(InvalidRequestError, match="nothing to roll back"):
        editor.rollback()
    people.as_editor().create_record(Setting("Hello"))
    with pytest.raises(InvalidRequestError, match=r"request\(\) the review again"):
        reviewer.approve()
    with pytest.raises(PermissionDeniedError, match="members of the group 'news-editors' request"):
        reviewer.request()
    editor.request()
    with pytest.raises(PermissionDeniedError, match="those of 'news-reviewers' approve"):
        editor.approve()
    people.news.bucket.group("news-reviewers").patch({"members": [user_id(people.editor)]})
    with pytest.raises(PermissionDeniedError, match="another member of 'news-reviewers' can") as caught:
        editor.approve()
    assert "\n" not in str(caught.value)
    assert (editor.load()).status == "to-review"


def test_a_stranger_may_not_take_steps(people: People, connect: Callable[..., Client]) -> None:
    """Who may not write is told where write permission is needed."""
    stranger = people.news.using(connect("stranger")).review
    with pytest.raises(PermissionDeniedError, match="write permission on /buckets/main-workspace/collections/news"):
        stranger.resign()
    with pytest.raises(NotLoadedError, match=r"review\.load\(\)"):
        stranger.status  # noqa: B018  # the access is what is tested


def test_a_collection_that_is_not_reviewed(people: People) -> None:
    """The review of any other collection is refused, with the places that are reviewed."""
    with pytest.raises(UsageError, match="not reviewed on this server, which reviews main-workspace"):
        people.admin.bucket("blog").collection("todos").review.load()


# ---- changesets and the monitor ------------------------------------------------------------------------------------


@pytest.mark.backends("memory", "postgresql")
def test_a_changeset_is_read_in_one_piece(kinto_client: Client) -> None:
    """Records, timestamp and metadata come together, from any collection; since a version, with what was deleted."""
    bucket = kinto_client.create_bucket("blog")
    bucket.create_collection("news", {"color": "red"})
    news = bucket.collection("news", Setting)
    news.create_record(Setting("one"), id="one")
    two = news.create_record(Setting("two"), id="two")

    first = news.changeset(expected=12)
    assert [record.data for record in first.changes] == [Setting("two"), Setting("one")]
    assert (first.timestamp, first.deleted, first.metadata["color"]) == (two.last_modified, {}, "red")

    assert (news.changeset(since=first.timestamp)).changes == ()
    one = news.get_record("one")
    one.patch({"enabled": True})
    two.delete()
    second = news.changeset(since=first.timestamp, expected="anything")
    assert [record.data for record in second.changes] == [Setting("one", enabled=True)]
    assert second.deleted == {"two": second.timestamp}
    with pytest.raises(NotFoundError):
        bucket.collection("missing").changeset()


def test_the_monitor_lists_what_changed(people: People) -> None:
    """Preview and destination are listed with the version of their records, and lead to the collections."""
    source = people.as_editor()
    before = people.admin.monitor()
    source.create_record(Setting("Hello"))
    source.review.request()
    monitor = people.admin.monitor(since=before.timestamp, expected=before.timestamp)
    (entry,) = monitor.changes
    assert (entry.bucket, entry.collection) == ("main-preview", "news")
    assert entry.host.startswith("127.0.0.1")
    assert entry.last_modified == monitor.timestamp
    assert entry.resource.path == "/buckets/main-preview/collections/news"
    changeset = entry.resource.changeset(expected=entry.last_modified)
    assert changeset.timestamp == entry.last_modified
    assert len((people.admin.monitor()).changes) == len(before.changes)


def test_a_version_of_long_ago_is_no_error(people: People) -> None:
    """The monitor answers for a version of years ago with all there is."""
    everything, old = people.admin.monitor(), people.admin.monitor(since=1)
    assert {entry.resource for entry in old.changes} == {entry.resource for entry in everything.changes}


# ---- signatures ----------------------------------------------------------------------------------------------------


def published(client: Client, bucket: str) -> Collection[dict[str, Any]]:
    """A published collection with records of every kind."""
    source = (client.create_bucket(f"{bucket}-workspace")).create_collection("news")
    source.create_record({"title": "Grüße 🎉", "nested": {"z": [1, 2.5, 0.1, None], "a": True}}, id="b")
    source.create_record({"big": 2**63, "path": 'a/b"\\\n'}, id="a")
    return (source.review.approve()).destination


@pytest.mark.backends("memory", "postgresql")
def test_signed_records_are_verified(kinto_client: Client) -> None:
    """What the server signed is found to be signed by its key."""
    destination = published(kinto_client, "free")
    records = destination.verified_records(public_key=remote_settings.public_key())
    assert {record.id: record.data["nested" if record.id == "b" else "big"] for record in records} == {
        "a": 2**63,
        "b": {"z": [1, 2.5, 0.1, None], "a": True},
    }


def test_an_empty_collection_is_verified(people: People) -> None:
    """An empty collection is signed, too."""
    review = people.news.review.load()
    assert review.destination.verified_records(public_key=remote_settings.public_key().decode()) == []


def test_what_was_not_signed_is_refused(kinto_client: Client) -> None:
    """A record put directly into the destination, another key, or no signature at all are SignatureErrors."""
    destination = published(kinto_client, "free")
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    other_pem = other.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(SignatureError, match="/buckets/free/collections/news: its records are not what was signed"):
        destination.verified_records(public_key=other_pem)
    destination.create_record({"title": "smuggled in"})
    with pytest.raises(SignatureError, match="not what was signed"):
        destination.verified_records(public_key=remote_settings.public_key())
    source = kinto_client.bucket("free-workspace").collection("news")
    with pytest.raises(SignatureError, match="it has no signature"):
        source.verified_records(public_key=remote_settings.public_key())


def test_certificates_lead_to_the_trusted_root(kinto_client: Client) -> None:
    """With certificates, the root's fingerprint and the signer's name are all one has to know; they are read once."""
    destination = published(kinto_client, "certified")
    service = remote_settings.signing_service()
    asked = service.chain_requests
    for _ in range(2):
        records = destination.verified_records(
            root_fingerprint=service.root_fingerprint, signer=remote_settings.SIGNER
        )
        assert len(records) == 2
    assert service.chain_requests == asked + 1
    with pytest.raises(SignatureError, match=r"is for remote-settings.*, not for somebody\.else"):
        destination.verified_records(root_fingerprint=service.root_fingerprint, signer="somebody.else")
    with pytest.raises(SignatureError, match="not the trusted one"):
        destination.verified_records(root_fingerprint="00" * 32, signer=remote_settings.SIGNER)


# ---- without the plugins -------------------------------------------------------------------------------------------


def test_missing_plugins_are_named(make_server: Callable[..., KintoServer]) -> None:
    """On a plain server each call names the plugin it needs."""
    with Client(make_server().url, auth=("user", "secret")) as client:
        collection = client.bucket("blog").collection("todos")
        with pytest.raises(CapabilityMissingError, match="'signer'"):
            collection.review.load()
        with pytest.raises(CapabilityMissingError, match="'changes'"):
            collection.changeset()
        with pytest.raises(CapabilityMissingError, match="'changes'"):
            collection.verified_records(public_key=remote_settings.public_key())
        with pytest.raises(CapabilityMissingError, match="'changes'"):
            client.monitor()
