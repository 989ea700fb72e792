# Generated from tests/server/aio/test_attachments.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Files on records of a real server, in the sync colour."""

import io
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import pytest

from kinto_sdk import (
    Client,
    Collection,
    Record,
    Attachment,
    CapabilityMissingError,
    ConflictError,
    IntegrityError,
    InvalidRequestError,
    NotFoundError,
    ResponseError,
    RetryPolicy,
    TransportError,
    UsageError,
)
from kinto_sdk.testing import KintoServer
from tests.chaos.canned import Answer, Asked, CannedServer

CONTENT = bytes(range(256)) * 4096  # 1 MB


@attrs.define
class Picture:
    """A model."""

    title: str


@pytest.fixture
def pictures(kinto_client: Client) -> Collection[dict[str, Any]]:
    """Return an empty collection."""
    bucket = kinto_client.create_bucket("b")
    return bucket.create_collection("pictures")


def names(folder: Path) -> list[str]:
    """What is in a folder and below."""
    return sorted(str(entry.relative_to(folder)) for entry in folder.rglob("*") if entry.is_file())


def test_the_life_of_a_file(pictures: Collection[dict[str, Any]], tmp_path: Path) -> None:
    """Up with data and permissions, down again, replaced, removed; the record is current after each."""
    source = tmp_path / "photo.png"
    source.write_bytes(CONTENT)
    sent: list[tuple[int, int]] = []
    record = pictures.record("p").add_attachment(
        source,
        data={"title": "x"},
        permissions={"read": ["system.Everyone"]},
        on_progress=lambda done, total: sent.append((done, total)),
    )
    assert record.created
    assert record.attachment is not None
    assert record.attachment == Attachment(
        "photo.png", record.attachment.location, sha256(CONTENT).hexdigest(), "image/png", len(CONTENT)
    )
    assert sent[-1] == (len(CONTENT), len(CONTENT))
    assert record.data["title"] == "x"
    assert record.permissions.read == {"system.Everyone"}

    record.data["title"] = "y"
    record.add_attachment(io.BytesIO(b"{}"), filename="é ü.json")
    assert record.attachment.filename == "é ü.json"
    record.save()
    assert (pictures.get_record("p")).data["title"] == "y"

    target = record.download_attachment(tmp_path)
    assert target == tmp_path / "é ü.json"
    assert target.read_bytes() == b"{}"
    with record.open_attachment() as file:
        assert file.read() == b"{}"

    record.remove_attachment()
    assert record.attachment is None
    record.data["title"] = "z"
    record.save()


def test_a_file_that_cant_be_sent(pictures: Collection[dict[str, Any]], tmp_path: Path) -> None:
    """What is wrong with it comes through, and is not taken for a lost connection and tried again."""
    source = tmp_path / "shrinking.bin"
    source.write_bytes(bytes(1_000_000))
    calls: list[int] = []

    def shrink(done: int, _: int) -> None:
        calls.append(done)
        os.truncate(source, 600_000)

    with pytest.raises(UsageError, match=r"^shrinking\.bin became shorter while it was being sent"):
        pictures.record("p").add_attachment(source, on_progress=shrink)
    assert len(calls) == len(set(calls))

    def stop(*_: int) -> None:
        raise InterruptedError("the user has had enough")

    with pytest.raises(InterruptedError, match="enough"):
        pictures.record("p").add_attachment(CONTENT, filename="a", on_progress=stop)


def test_a_record_is_created_with_its_file(kinto_client: Client) -> None:
    """Under a drawn id and under a given one; a refused file leaves no record, an existing record stays."""
    bucket = kinto_client.create_bucket("b")
    bucket.create_collection("pictures")
    pictures = bucket.collection("pictures", Picture)
    record = pictures.create_record(Picture("x"), attachment=("a.png", b"1"))
    assert record.created
    assert record.data == Picture("x")
    assert record.attachment is not None
    given = pictures.create_record(Picture("y"), id="given", attachment=("a.png", b"2", "image/x-other"))
    assert given.attachment is not None
    assert given.attachment.mimetype == "image/x-other"
    again = pictures.create_record(Picture("z"), id="given", attachment=("a.png", b"3"), if_not_exists=True)
    assert again.created is False
    assert again.attachment == given.attachment
    given.add_attachment(b"4", filename="b.png", data=Picture("new"))
    assert given.data == Picture("new")
    with pytest.raises(InvalidRequestError, match="extension"):
        pictures.create_record(Picture("x"), id="refused", attachment=("a.exe", b"1"))
    assert not pictures.record("refused").exists()
    with pytest.raises(InvalidRequestError, match="extension"):
        pictures.create_record(Picture("x"), attachment=("a.exe", b"1"))
    assert {each.id for each in pictures.records()} == {record.id, "given"}


def test_a_file_hides_no_conflict(pictures: Collection[dict[str, Any]]) -> None:
    """Somebody else's change of what is edited is not overwritten, whatever is done with files before the save."""

    def add(record: Record[dict[str, Any]]) -> None:
        record.add_attachment(b"2", filename="b.txt")

    def remove(record: Record[dict[str, Any]]) -> None:
        record.remove_attachment()

    def read(record: Record[dict[str, Any]]) -> None:
        with record.open_attachment() as file:
            assert file.read() == b"1"

    for number, act in enumerate((add, remove, read)):
        made = pictures.create_record({"title": "x"}, id=f"r{number}", attachment=("a.txt", b"1"))
        record = pictures.records().only("title").where(id=made.id).one()
        made.data["title"] = "theirs"
        made.save()
        record.data["title"] = "mine"
        act(record)
        with pytest.raises(ConflictError):
            record.save()
        assert (made.load()).data["title"] == "theirs"


def test_data_that_is_assigned_keeps_the_file(pictures: Collection[dict[str, Any]]) -> None:
    """The server drops one that a PUT does not carry."""
    record = pictures.create_record({"title": "x"}, attachment=("a.txt", b"1"))
    file = record.attachment
    record.data = {"name": "y"}
    record.save()
    assert (pictures.update(record.id, lambda data: {"name": data["name"] + "z"})).attachment == file
    record.load()
    assert record.data == {"name": "yz", "attachment": record.data["attachment"]}
    del record.data["attachment"]
    record.save()
    assert (record.load()).attachment is None


def test_removing_creates_nothing(pictures: Collection[dict[str, Any]]) -> None:
    """The server would make a record of a missing one; the client does not let it."""
    with pytest.raises(NotFoundError):
        pictures.record("missing").remove_attachment()
    assert not pictures.record("missing").exists()


def test_a_replaced_file_is_told_of(pictures: Collection[dict[str, Any]], tmp_path: Path) -> None:
    """A record read before its file was replaced has an address without a file; the error says to load."""
    record = pictures.create_record({}, attachment=("a.txt", b"1"))
    pictures.record(record.id).add_attachment(b"2", filename="a.txt")
    with pytest.raises(NotFoundError, match=r"load\(\)"):
        record.download_attachment(tmp_path)
    record.load()
    assert (record.download_attachment(tmp_path)).read_bytes() == b"2"


def test_a_folder_goes_up_and_comes_down(pictures: Collection[dict[str, Any]], tmp_path: Path) -> None:
    """What was downloaded can be given back; what is there already is not transferred again."""
    up, down = tmp_path / "up", tmp_path / "down"
    (up / "named").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "named/c.txt"):
        (up / name).write_text(name)
    told: list[tuple[int, int]] = []
    records = pictures.add_attachments(
        up,
        data=lambda path: {"title": path.stem},
        permissions={"read": iter(["system.Everyone"])},  # looked at once, and sent with each
        on_progress=lambda done, total: told.append((done, total)),
        concurrency=2,
    )
    assert [record.data["title"] for record in records] == ["a", "b", "c"]
    assert records[2].id == "named"
    assert all(record.permissions.read == {"system.Everyone"} for record in records)
    assert told == [(1, 3), (2, 3), (3, 3)]
    before = [record.last_modified for record in records]
    (up / "b.txt").write_text("changed")
    after = [record.last_modified for record in pictures.add_attachments(up)]
    assert [new == old for new, old in zip(after, before, strict=True)] == [True, False, True]

    pictures.create_record({"title": "without a file"})
    told.clear()
    paths = pictures.download_attachments(
        down, save_metadata=True, on_progress=lambda done, total: told.append((done, total))
    )
    assert sorted(path.read_text() for path in paths) == ["a.txt", "changed", "named/c.txt"]
    assert len(names(down)) == 6
    assert told == [(1, 3), (2, 3), (3, 3)]
    changed = [path.stat().st_mtime_ns for path in paths]
    pictures.download_attachments(down, save_metadata=True)
    pictures.download_attachments(down)
    assert [path.stat().st_mtime_ns for path in paths] == changed
    assert len(pictures.add_attachments(down)) == 3


def test_a_name_that_no_file_may_have_here_is_kept(
    pictures: Collection[dict[str, Any]], tmp_path: Path
) -> None:
    """A download writes it otherwise; given back, the file is not sent again, and a new one gets the old name."""
    record = pictures.create_record({}, attachment=("what? a: b.txt", b"1"))
    [path] = pictures.download_attachments(tmp_path)
    assert path.name == "what_ a_ b.txt"
    [same] = pictures.add_attachments(tmp_path)
    assert same.last_modified == record.last_modified
    path.write_bytes(b"2")
    [changed] = pictures.add_attachments(tmp_path)
    assert changed.attachment is not None
    assert (changed.attachment.filename, changed.attachment.size) == ("what? a: b.txt", 1)
    assert changed.last_modified != record.last_modified


def test_through_the_default_bucket(kinto_client: Client, tmp_path: Path) -> None:
    """Files go to the default bucket, whose collection appears by itself."""
    record = kinto_client.bucket().collection("pictures").create_record({}, attachment=("a.txt", b"1"))
    assert (record.download_attachment(tmp_path)).read_bytes() == b"1"


@pytest.mark.backends("memory")
def test_the_servers_own_refusals(make_server: Callable[..., KintoServer]) -> None:
    """A file that is too large, and any file without the plugin."""
    server = make_server(settings={"attachment.max_size_bytes": 10, "attachment.keep_old_files": True})
    with Client(server.url, auth=("user", "secret")) as client:
        pictures = client.bucket().collection("pictures")
        with pytest.raises(InvalidRequestError, match="exceeds the limit"):
            pictures.create_record({}, attachment=("a.txt", b"x" * 11))
        record = pictures.create_record({}, attachment=("a.txt", b"x"))
        with pytest.raises(InvalidRequestError, match="exceeds the limit"):
            record.add_attachment(b"x" * 11, filename="a.txt")
        assert (record.load()).attachment is not None


# ---- transfers that go wrong ---------------------------------------------------------------------------------------


@attrs.define
class Faulty:
    """A server with one record whose file it answers for as it is told."""

    filename: str = "a.bin"
    answers: list[Answer] = attrs.field(factory=list[Answer])
    """For the file, one after the other; the last one again and again."""

    def __call__(self, asked: Asked) -> Answer:
        """Answer as Kinto, or with the file."""
        location = {"filename": self.filename, "location": "1.bin", "mimetype": "text/plain"}
        attachment = {**location, "hash": sha256(CONTENT).hexdigest(), "size": len(CONTENT)}
        record = {"id": "r", "last_modified": 1, "attachment": attachment}
        if asked.path == "/v1/":
            return Answer(200, {"capabilities": {"attachments": {"base_url": "/files/"}}})
        if asked.path == "/files/1.bin":
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Answer(200, {"data": [record] if asked.path.split("?")[0].endswith("records") else record})


CUT = Answer(200, CONTENT[:100_000], {"Content-Length": str(len(CONTENT)), "Connection": "close"})
SHORT = Answer(200, CONTENT[:-1])
CORRUPT = Answer(200, b"?" + CONTENT[1:])
LONG = Answer(200, CONTENT + b"!")
WHOLE = Answer(200, CONTENT)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (CUT, TransportError),
        (SHORT, IntegrityError),
        (CORRUPT, IntegrityError),
        (LONG, IntegrityError),
        (Answer(404, b"<html>"), NotFoundError),
    ],
    ids=["cut", "short", "corrupt", "long", "gone"],
)
def test_a_download_that_fails_leaves_the_former_file(
    answer: Answer, error: type[Exception], tmp_path: Path
) -> None:
    """Whatever goes wrong, the file that was there is as it was, and nothing else is left."""
    target = tmp_path / "a.bin"
    target.write_bytes(b"before")
    with CannedServer(Faulty(answers=[answer])) as server:
        with Client(server.url, retry=0) as client:
            record = client.bucket("b").collection("c").record("r")
            with pytest.raises(error):
                record.download_attachment(target, overwrite=True)
            with pytest.raises(error):
                with record.open_attachment():
                    pass
            with pytest.raises(error):
                client.bucket("b").collection("c").download_attachments(tmp_path / "all")
    assert target.read_bytes() == b"before"
    assert names(tmp_path) == ["a.bin"]


def test_a_corrupt_copy_is_replaced_by_a_good_one(tmp_path: Path) -> None:
    """A bad copy is asked for again, from its beginning."""
    with CannedServer(Faulty(answers=[CORRUPT, WHOLE])) as server:
        with Client(server.url, retry=0) as client:
            path = client.bucket("b").collection("c").record("r").download_attachment(tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_broken_connection_is_tried_again(tmp_path: Path) -> None:
    """A transfer that is cut starts over, and only the whole file counts."""
    policy = RetryPolicy(retries=1, first_wait=0)
    with CannedServer(Faulty(answers=[CUT, WHOLE])) as server:
        with Client(server.url, retry=policy) as client:
            path = client.bucket("b").collection("c").record("r").download_attachment(tmp_path)
    assert path.read_bytes() == CONTENT
    assert names(tmp_path) == ["a.bin"]


def test_an_upload_is_tried_again_from_its_beginning() -> None:
    """After a lost answer the whole file goes again, from where the file object stood."""
    file = io.BytesIO(b"header|" + CONTENT)
    file.seek(7)
    answers = iter([Answer(hang_up=True), Answer(503), Answer(201, {})])

    def answer(asked: Asked) -> Answer:
        if asked.method == "POST":
            return next(answers)
        capabilities = {"attachments": {"base_url": None}}
        return Answer(200, {"capabilities": capabilities, "data": {"id": "r", "last_modified": 1}})

    with CannedServer(answer) as server:
        with Client(server.url, retry=RetryPolicy(retries=2, first_wait=0)) as client:
            client.bucket("b").collection("c").record("r").add_attachment(file, filename="a.bin")
        bodies = [asked.body for asked in server.asked if asked.method == "POST"]
    assert len(bodies) == 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert b"\r\n\r\n" + CONTENT + b"\r\n--" in bodies[0]


def test_a_file_that_moved_is_followed_without_credentials(tmp_path: Path) -> None:
    """A redirect to where files are kept is followed; neither credentials nor own headers go there."""
    with CannedServer(lambda _: WHOLE) as files:
        moved = Answer(302, b"", {"Location": f"{files.root}/kept/1.bin"})
        with CannedServer(Faulty(answers=[moved])) as server:
            with Client(server.url, auth=("alice", "secret"), headers={"X-Key": "secret"}) as client:
                path = client.bucket("b").collection("c").record("r").download_attachment(tmp_path)
    assert path.read_bytes() == CONTENT
    (asked,) = files.asked
    assert asked.path == "/kept/1.bin"
    assert not {"authorization", "x-key"} & asked.headers.keys()
    assert all({"authorization", "x-key"} <= asked.headers.keys() for asked in server.asked)


def test_a_redirect_to_this_machine_is_not_followed(tmp_path: Path) -> None:
    """A redirect leads to web addresses only."""
    with CannedServer(Faulty(answers=[Answer(302, b"", {"Location": "file:///etc/passwd"})])) as server:
        with Client(server.url) as client:
            with pytest.raises(ResponseError, match="302"):
                client.bucket("b").collection("c").record("r").download_attachment(tmp_path)
    assert names(tmp_path) == []


def test_a_full_disk(tmp_path: Path, small_files: None) -> None:
    """The system's own error comes through, nothing is left, and the client goes on working."""
    with CannedServer(Faulty(answers=[WHOLE])) as server:
        with Client(server.url, retry=0) as client:
            record = client.bucket("b").collection("c").record("r")
            with pytest.raises(OSError, match="too large"):
                record.download_attachment(tmp_path)
            assert record.exists()
    assert names(tmp_path) == []


def test_an_identical_file_is_not_fetched_again(tmp_path: Path) -> None:
    """A file that is there is compared, not fetched; another one is not overwritten unasked."""
    target = tmp_path / "a.bin"
    target.write_bytes(CONTENT)
    with CannedServer(Faulty(answers=[WHOLE])) as server:
        with Client(server.url, retry=0) as client:
            record = client.bucket("b").collection("c").record("r")
            record.download_attachment(target)
            record.download_attachment(target, overwrite=True, save_metadata=True)
            assert "/files/1.bin" not in {asked.path for asked in server.asked}
            target.write_bytes(b"mine")
            with pytest.raises(FileExistsError, match="overwrite"):
                record.download_attachment(target)
            assert target.read_bytes() == b"mine"
            told: list[tuple[int, int]] = []
            record.download_attachment(
                target, overwrite=True, on_progress=lambda done, total: told.append((done, total))
            )
    assert target.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert names(tmp_path) == ["a.bin", "a.bin.meta.json"]


def test_a_hostile_name_stays_in_the_folder(tmp_path: Path) -> None:
    """The server's file name can't choose another folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with CannedServer(Faulty("../../outside/.ssh", [WHOLE])) as server:
        with Client(server.url, retry=0) as client:
            collection = client.bucket("b").collection("c")
            assert collection.record("r").download_attachment(folder) == folder / "ssh"
            assert collection.download_attachments(tmp_path / "all") == [tmp_path / "all" / "r" / "ssh"]
    assert names(tmp_path) == ["all/r/ssh", "folder/ssh"]


def test_an_upload_that_is_lost_is_not_taken_for_done(tmp_path: Path) -> None:
    """A connection that breaks during an upload is an error, and the record remembers that it may have arrived."""

    def answer(asked: Asked) -> Answer:
        if asked.path == "/v1/":
            return Answer(200, {"capabilities": {"attachments": {"base_url": None}}})
        return Answer(hang_up=True)

    with CannedServer(answer) as server:
        with Client(server.url, retry=0) as client:
            record = client.bucket("b").collection("c").record("r")
            with pytest.raises(TransportError):
                record.add_attachment(CONTENT, filename="a.bin")
            assert record.is_dirty


def test_a_file_that_can_not_be_read_sends_nothing(tmp_path: Path) -> None:
    """A missing file is told before any request."""
    with CannedServer() as server:
        with Client(server.url, retry=0) as client:
            collection = client.bucket("b").collection("c")
            with pytest.raises(FileNotFoundError):
                collection.record("r").add_attachment(tmp_path / "missing.txt")
            with pytest.raises(FileNotFoundError):
                collection.create_record({}, attachment=tmp_path / "missing.txt")
            with pytest.raises(FileNotFoundError):
                collection.add_attachments(tmp_path / "missing")
            with pytest.raises(UsageError, match="exclude each other"):
                collection.create_record({}, attachment=("a.txt", b"1"), last_modified=1)
            for concurrency in (0, -1):
                with pytest.raises(ValueError, match="concurrency"):
                    collection.add_attachments(tmp_path, concurrency=concurrency)
                with pytest.raises(ValueError, match="concurrency"):
                    collection.download_attachments(tmp_path, concurrency=concurrency)
    assert server.asked == []


def test_a_server_without_attachments(tmp_path: Path) -> None:
    """Nothing else is asked of a server without the plugin."""
    with CannedServer(lambda _: Answer(200, {"capabilities": {}})) as server:
        with Client(server.url, retry=0) as client:
            collection = client.bucket("b").collection("c")
            with pytest.raises(CapabilityMissingError, match="'attachments'"):
                collection.record("r").add_attachment(b"1", filename="a.txt")
            with pytest.raises(CapabilityMissingError, match="'attachments'"):
                collection.record("r").download_attachment()
            with pytest.raises(CapabilityMissingError, match="'attachments'"):
                with collection.record("r").open_attachment():
                    pass
            with pytest.raises(CapabilityMissingError, match="'attachments'"):
                collection.add_attachments(tmp_path)
            with pytest.raises(CapabilityMissingError, match="'attachments'"):
                collection.download_attachments(tmp_path)
    assert {asked.path for asked in server.asked} == {"/v1/"}


def test_a_dry_run_of_files(tmp_path: Path) -> None:
    """Nothing is sent, and records behave as if their files were there."""
    with Client("http://unreachable.invalid", auth=("alice", "secret"), dry_run=True) as client:
        pictures = client.bucket("b").collection("c")
        record = pictures.create_record({"title": "x"}, attachment=("a.png", b"12345"))
        assert record.created
        assert record.data["title"] == "x"
        assert record.attachment is not None
        assert (record.attachment.filename, record.attachment.mimetype, record.attachment.size) == (
            "a.png",
            "image/png",
            5,
        )
        record.add_attachment(b"1", filename="b.txt", permissions={"read": ["system.Everyone"]})
        assert record.attachment.filename == "b.txt"
        assert record.permissions.read == {"system.Everyone"}
        record.remove_attachment()
        assert record.attachment is None
        assert client.heartbeat()
        posts = [line for line in client.dry_run_log if line.startswith("POST")]
    assert posts == [f"POST {record.path}/attachment"] * 2


def test_files_in_a_batch(kinto_client: Client) -> None:
    """A batch sends files by themselves, in their place in its order."""
    kinto_client.bucket().collection("pictures").records().all()
    with kinto_client.batch() as batch:
        pictures = batch.bucket().collection("pictures")
        first = pictures.create_record({"title": "x"}, id="one")
        first.add_attachment(b"0", filename="a.txt")
        batch.add_attachment(first, b"1", filename="b.txt", data={"title": "y"})
        second = pictures.create_record({"title": "y"}, attachment=("b.txt", b"2"))
    assert first.attachment is not None
    assert first.attachment.filename == "b.txt"
    assert first.data["title"] == "y"
    assert second.attachment is not None
    assert [outcome.status for outcome in batch.results()] == ["succeeded"] * 4
