"""Attachments: what is sent for a file, in which order, and what the record knows afterwards."""

from hashlib import sha256
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    Attachment,
    CapabilityMissingError,
    DeletedError,
    IntegrityError,
    InvalidRequestError,
    NotFoundError,
    NotLoadedError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
    TransportError,
    UsageError,
)
from kinto_sdk._sync.record import Record
from kinto_sdk.flows import attachments, objects
from kinto_sdk.objects.downloads import Download, spooled
from kinto_sdk.objects.uploads import Upload, read_upload
from kinto_sdk.protocol.server import server_info_from
from tests.flows.driving import LOST, Answer, body, navigation, row, run
from tests.flows.records import Todo

CONTENT = b"hello"
FILE = {
    "filename": "a.txt",
    "location": "http://files/1.txt",
    "hash": sha256(CONTENT).hexdigest(),
    "mimetype": "text/plain",
    "size": 5,
}
PLUGIN = {"attachments": {"base_url": "http://files/"}}


def record(id: str = "r", model: Any = None, capabilities: Any = PLUGIN, /) -> Record[Any]:  # noqa: A002
    """A handle on a record of a server that has said what it can."""
    root = navigation()
    root._context.memory.info = server_info_from({"capabilities": capabilities})
    return root.bucket("b").collection("c", model).record(id)


def seen(**fields: Any) -> Record[Any]:
    """A record that was loaded."""
    found = record()
    found._absorb(body(1, **fields), expected=None)
    return found


def upload() -> Upload:
    """A small file."""
    return read_upload(CONTENT, filename="a.txt")


def sent(request: Any) -> bytes:
    """The body of an upload."""
    return b"".join(request.upload.open())


# ---- up ------------------------------------------------------------------------------------------------------------


def test_a_file_is_posted_and_the_record_read() -> None:
    """The version after an upload is the server's, since the answer to it has none of the rest of the record."""
    handle = record()
    ran = run(
        attachments.add_attachment(handle, upload(), data={"n": 1}, permissions={"read": ["x"]}),
        Answer(201, FILE),
        Answer(200, body(7, n=1, attachment=FILE)),
    )
    post, get = ran.requests
    assert (post.method, post.path) == ("POST", "/buckets/b/collections/c/records/r/attachment")
    assert post.repeatable
    assert post.goes_alone
    assert post.headers == {}
    assert b'{"n":1}' in sent(post)
    assert b'{"read":["x"]}' in sent(post)
    assert CONTENT in sent(post)
    assert (get.method, get.path) == ("GET", "/buckets/b/collections/c/records/r")
    assert handle.last_modified == 7
    assert handle.created
    assert handle.attachment == Attachment(**FILE)
    assert not handle.is_dirty


def test_unsaved_edits_outlive_an_upload() -> None:
    """What was edited stays an edit, on the new version; what changed on the server comes."""
    found = seen(title="x", other=1)
    found.data["title"] = "y"
    found.permissions.read.add("account:bob")
    run(
        attachments.add_attachment(found, upload()),
        Answer(200, FILE),
        Answer(200, body(9, title="x", other=2, attachment=FILE)),
    )
    assert found.data["other"] == 2
    assert dict(found.unsaved.set) == {"title": "y"}
    assert found.unsaved.permissions == {"read": ["account:bob"]}
    assert run(objects.save(found), Answer(200, body(10))).request.headers["If-Match"] == '"9"'


ADDED = (Answer(200, FILE), Answer(200, body(9, title="theirs", size=5, attachment=FILE)))
REMOVED = (Answer(200), Answer(204), Answer(200, body(9, title="theirs", attachment=None)))


@pytest.mark.parametrize("adding", [True, False])
def test_a_file_hides_no_conflict(adding: object) -> None:
    """When somebody else changed what is edited here, saving is a conflict still; the file is known, and its fields."""
    found = seen(title="x", size=1, attachment={"hash": "old"})
    found.data["title"] = "mine"
    if adding:
        run(attachments.add_attachment(found, upload(), data={"size": 5}), *ADDED)
    else:
        run(attachments.remove_attachment(found), *REMOVED)
    assert found.attachment == (Attachment(**FILE) if adding else None)
    assert dict(found.unsaved.set) == {"title": "mine"}
    assert found.data["size"] == (5 if adding else 1)
    assert next(objects.save(found)).headers == {"If-Match": '"1"'}


def test_what_can_not_be_sent_outlives_an_upload() -> None:
    """Whether somebody else changed it can't be told then, so the version stays."""
    found = seen(title="x")
    found.data["title"] = object()
    run(attachments.add_attachment(found, upload()), *ADDED)
    assert found.attachment == Attachment(**FILE)
    found.data["title"] = "mine"
    assert next(objects.save(found)).headers == {"If-Match": '"1"'}


def test_an_unsaved_record_keeps_its_data() -> None:
    """The upload makes the record; what the user wrote is still to be saved."""
    new = record()._fill({"title": "x"}, None)
    run(
        attachments.add_attachment(new, upload()),
        Answer(201, FILE),
        Answer(200, body(1, attachment=FILE)),
    )
    assert dict(new.unsaved.set) == {"title": "x"}
    assert new.created


@pytest.mark.parametrize(
    "answers",
    [
        [LOST],
        [Answer(500)],
        [Answer(200, FILE), LOST],
        [Answer(200, FILE), Answer(503)],
        [Answer(200, FILE), Answer(403, {"errno": 121})],
    ],
)
def test_an_upload_without_a_known_end_is_remembered(answers: list[Any]) -> None:
    """When either answer is lost, or the record can't be read, it is not taken for clean."""
    found = seen()
    with pytest.raises((TransportError, ServerError, ThrottledError, PermissionDeniedError)):
        run(attachments.add_attachment(found, upload()), *answers)
    assert found.is_dirty


def test_a_refused_file_changes_nothing_here() -> None:
    """A refusal is the precise error, and the record stays as it was."""
    found = seen()
    refusal = Answer(400, {"errno": 107, "message": "File extension is not allowed."})
    with pytest.raises(InvalidRequestError, match=r"extension is not allowed; the file is '.+'$"):
        run(attachments.add_attachment(found, upload()), refusal)
    assert not found.is_dirty
    assert found.last_modified == 1


@attrs.define
class Named:
    """A model that declares its id."""

    title: str
    id: str = ""


def test_data_that_goes_with_a_file_is_the_records_own() -> None:
    """Another record's id in it is a mistake, as it is in a save; its metadata is left out."""
    for handle, data in ((record(), {"id": "other"}), (record("r", Named), Named("x", "other"))):
        with pytest.raises(UsageError, match="the id in its data is 'other'"):
            handle.add_attachment(b"x", filename="a.txt", data=data)
    assert attachments.fields_of(record(), {"id": "r", "last_modified": 5, "a": 1}) == {"a": 1}
    assert attachments.fields_of(record("r", Named), Named("x", "r")) == {"title": "x"}
    assert attachments.fields_of(record(), None) is None


def test_a_deleted_record_takes_no_file() -> None:
    """Attaching a file would make the record anew behind the user's back."""
    found = seen()
    found._forget(row(2))
    with pytest.raises(DeletedError):
        run(attachments.add_attachment(found, upload()))
    with pytest.raises(DeletedError):
        run(attachments.remove_attachment(found))
    with pytest.raises(DeletedError):
        run(attachments.download_attachment(found))


def test_a_record_with_a_drawn_id_is_created_with_its_file() -> None:
    """Document, permissions and file go in one request."""
    new = record()._fill({"title": "x"}, {"read": ["account:bob"]})
    flow = attachments.create_attached(new, upload())
    written = {"data": row(3, title="x", attachment=FILE), "permissions": {"write": ["me"], "read": ["account:bob"]}}
    ran = run(flow, Answer(201, FILE), Answer(200, written))
    post = sent(ran.requests[0])
    assert b'{"title":"x"}' in post
    assert b'{"read":["account:bob"]}' in post
    assert new.created
    assert not new.is_dirty
    assert new.data == {"title": "x", "attachment": FILE}
    assert new.permissions.read == {"account:bob"}


def test_a_typed_record_is_created_with_its_file() -> None:
    """The model's document goes along; fields it does not declare do no harm."""
    new = record("r", Todo)._fill(Todo("x"), None)
    ran = run(
        attachments.create_attached(new, upload()),
        Answer(201, FILE),
        Answer(200, body(3, title="x", done=False, attachment=FILE)),
    )
    assert b'{"title":"x","done":false}' in sent(ran.requests[0])
    assert new.data == Todo("x")
    assert not new.is_dirty
    assert new.attachment == Attachment(**FILE)


def test_an_edit_made_during_an_upload_is_kept() -> None:
    """What the user writes while the file is under way is an edit for later."""
    new = record()._fill({"title": "x"}, None)
    flow = attachments.create_attached(new, upload())
    request = next(flow)
    new.data["title"] = "y"
    request = flow.send(Answer(201, FILE).to(request))
    with pytest.raises(StopIteration):
        flow.send(Answer(200, body(3, title="x", attachment=FILE)).to(request))
    assert dict(new.unsaved.set) == {"title": "y"}


def test_a_given_id_is_created_before_its_file() -> None:
    """Under an id that may be taken nothing is attached before the record is known to be new."""
    new = record()._fill({"title": "x"}, None)
    ran = run(
        attachments.create_record(new, upload()),
        Answer(201, body(1, title="x")),
        Answer(200, FILE),
        Answer(200, body(2, title="x", attachment=FILE)),
    )
    assert [request.method for request in ran.requests] == ["PUT", "POST", "GET"]
    assert ran.requests[0].headers == {"If-None-Match": "*"}
    assert new.created
    assert new.last_modified == 2


def test_a_record_that_exists_gets_no_file() -> None:
    """Another's record is left alone: an error, or the record as it is."""
    new = record()._fill({"title": "x"}, None)
    with pytest.raises(AlreadyExistsError):
        run(attachments.create_record(new, upload()), Answer(412, {"errno": 114}))
    ran = run(
        attachments.create_record(new, upload(), if_not_exists=True),
        Answer(412, {"errno": 114}),
        Answer(200, body(5, title="theirs")),
    )
    assert len(ran.requests) == 2
    assert new.created is False
    assert new.data == {"title": "theirs"}


@pytest.mark.parametrize("undone", [Answer(200, {"data": {"id": "r", "deleted": True}}), Answer(412), LOST])
def test_a_record_whose_file_is_refused_is_deleted_again(undone: Any) -> None:
    """The record goes if it is still the one that was made, and the error is the one about the file."""
    new = record()._fill({"title": "x"}, None)
    requests: list[Any] = []

    def watched() -> Any:
        flow = attachments.create_record(new, upload())
        request = next(flow)
        while True:
            requests.append(request)
            try:
                response = yield request
            except TransportError as error:
                request = flow.throw(error)
            else:
                request = flow.send(response)

    with pytest.raises(InvalidRequestError, match="extension"):
        run(watched(), Answer(201, body(4)), Answer(400, {"message": "File extension is not allowed."}), undone)
    assert (requests[2].method, requests[2].headers) == ("DELETE", {"If-Match": '"4"'})


# ---- removing ------------------------------------------------------------------------------------------------------


def test_a_file_is_removed_from_a_record_that_exists() -> None:
    """The record is looked up first, and read afterwards."""
    found = seen(attachment=FILE)
    ran = run(
        attachments.remove_attachment(found),
        Answer(200),
        Answer(204),
        Answer(200, body(2, attachment=None)),
    )
    assert [request.method for request in ran.requests] == ["HEAD", "DELETE", "GET"]
    assert ran.requests[1].path.endswith("/r/attachment")
    assert found.attachment is None
    assert found.last_modified == 2


def test_removing_never_creates_a_record() -> None:
    """On a missing record nothing is sent that would make one."""
    handle = record()
    with pytest.raises(NotFoundError):
        run(attachments.remove_attachment(handle), Answer(404))


def test_a_refused_removal_is_the_precise_error() -> None:
    """Whoever may read but not write is told so."""
    handle = record()
    with pytest.raises(PermissionDeniedError):
        run(attachments.remove_attachment(handle), Answer(200), Answer(403))


# ---- down ----------------------------------------------------------------------------------------------------------


def fetched(*answers: Any, content: list[bytes]) -> list[Any]:
    """Fetch the file; each 200 brings the next content. Gives the requests."""
    located = attachments.Located(Attachment(**FILE), FILE["location"], "what to do")
    pieces = iter(content)
    with spooled() as file:
        download = Download(located.attachment, file)

        def watched() -> Any:
            flow = attachments.fetch(located, download)
            request = next(flow)
            while True:
                response = yield request
                if response.status == 200:
                    download.begin()
                    download.write(next(pieces))
                try:
                    request = flow.send(response)
                except StopIteration:
                    file.seek(0)
                    assert file.read() == CONTENT
                    return

        return run(watched(), *answers).requests


def test_a_file_is_fetched_from_where_it_is() -> None:
    """A record that was seen needs no other request."""
    found = seen(attachment=FILE)
    ran = run(attachments.download_attachment(found))
    assert ran.requests == []
    assert ran.value == attachments.Located(Attachment(**FILE), "http://files/1.txt", attachments.REPLACED)
    (get,) = fetched(Answer(200), content=[CONTENT])
    assert (get.method, get.path) == ("GET", "http://files/1.txt")
    assert get.repeatable


def test_a_record_not_seen_is_read_first() -> None:
    """A handle, or a record read in part, is read; unsaved edits are kept."""
    handle = record()
    run(attachments.download_attachment(handle), Answer(200, body(1, attachment=FILE)))
    handle._partial = ("a",)
    handle.data["n"] = 1
    run(attachments.download_attachment(handle), Answer(200, body(2, attachment=FILE)))
    assert dict(handle.unsaved.set) == {"n": 1}
    with pytest.raises(NotFoundError):
        run(attachments.download_attachment(record()), Answer(404))


@pytest.mark.parametrize("file", [FILE, None])
def test_reading_where_a_file_is_hides_no_conflict(file: Any) -> None:
    """A record read in part keeps its version when somebody else changed what is edited, and is still in part."""
    found = record()
    run(objects.load(found, fields=("title",)), Answer(200, {"data": row(1, title="x")}))
    found.data["title"] = "mine"
    located = run(attachments.locate_attachment(found), Answer(200, body(9, title="theirs", attachment=file))).value
    assert (located and located.attachment) == (Attachment(**FILE) if file else None)
    assert next(objects.save(found)).headers == {"If-Match": '"1"'}
    assert found._partial == ("title",)


def test_a_record_without_a_file() -> None:
    """It is a mistake to ask for one, and can be seen before."""
    found = seen(attachment=None)
    assert found.attachment is None
    assert seen().attachment is None
    with pytest.raises(UsageError, match=r"has no attachment: .* add_attachment\(\) gives it one"):
        run(attachments.download_attachment(found))


def test_what_was_not_read_is_not_guessed() -> None:
    """A handle, and a record read in part, do not say that there is no attachment."""
    with pytest.raises(NotLoadedError, match="load"):
        record().attachment  # noqa: B018  # the access is what is tested
    found = seen(title="x")
    found._partial = ("a",)
    with pytest.raises(NotLoadedError, match="load"):
        found.attachment  # noqa: B018  # as above


def test_a_relative_location_without_a_base() -> None:
    """Where the operator tells no base, the file is looked for below the API root, and an error tells about it."""
    found = record("r", None, {"attachments": {"base_url": None}})
    found._absorb(body(1, attachment={**FILE, "location": "b/c/1.txt"}), expected=None)
    located = run(attachments.download_attachment(found)).value
    assert located.url == "http://server/v1/b/c/1.txt"
    assert "base_url" in located.advice


def test_a_corrupt_file_is_asked_for_once_more() -> None:
    """One bad copy is replaced; two are an error."""
    assert len(fetched(Answer(200), Answer(200), content=[b"hellO", CONTENT])) == 2
    with pytest.raises(IntegrityError, match="SHA-256"):
        fetched(Answer(200), Answer(200), content=[b"hellO", b"hellO"])
    with pytest.raises(IntegrityError, match="4 of its 5"):
        fetched(Answer(200), Answer(204), content=[b"hell"])


def test_a_file_that_is_gone() -> None:
    """The error says what to do, and nothing of the server: files may be kept elsewhere."""
    with pytest.raises(NotFoundError, match=r"404 Not Found; what to do$"):
        fetched(Answer(404, b"<html>"), content=[])


# ---- the plugin ----------------------------------------------------------------------------------------------------


def test_without_the_plugin_nothing_is_sent() -> None:
    """The error names the plugin, before any request."""
    handle = record("r", None, {})._fill({}, None)
    for flow in (
        attachments.add_attachment(handle, upload()),
        attachments.create_attached(handle, upload()),
        attachments.create_record(handle, upload()),
        attachments.remove_attachment(handle),
        attachments.download_attachment(handle),
    ):
        with pytest.raises(CapabilityMissingError, match="'attachments'"):
            run(flow)
