"""Files on their way up: what can be sent, and how it is written as multipart/form-data."""

import io
import os
import tempfile
import tracemalloc
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk import UsageError
from kinto_sdk.objects.uploads import CHUNK_BYTES, Multipart, files_of_records, read_named, read_upload
from kinto_sdk.protocol.attachments import safe_filename


def content(upload: Any) -> bytes:
    """All the bytes of an upload."""
    return b"".join(upload.chunks())


def parts(body: Multipart) -> dict[str, Any]:
    """The parts of a body by name, as a parser of MIME sees them."""
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + b"".join(body.open()), policy=policy.HTTP)
    return {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}


def opened(path: Path) -> Any:
    """A binary file."""
    return path.open("rb")


@pytest.mark.parametrize("source", [str, Path, Path.read_bytes, lambda path: bytearray(path.read_bytes()), opened])
def test_every_kind_of_source_is_read_as_often_as_it_takes(source: Callable[[Path], Any], tmp_path: Path) -> None:
    """A path, bytes and a file object give the same body at each attempt, with its length known before."""
    path = tmp_path / "photo.png"
    path.write_bytes(bytes(range(256)) * (CHUNK_BYTES // 128))
    given_source = source(path)
    upload = read_upload(given_source, filename="photo.png")
    body = Multipart(upload, {})
    first, second = b"".join(body.open()), b"".join(body.open())
    assert first == second
    assert len(first) == body.content_length
    assert content(upload) == path.read_bytes()
    assert upload.mimetype == "image/png"
    if isinstance(given_source, io.IOBase):
        given_source.close()


def test_a_file_object_is_sent_from_where_it_stands() -> None:
    """What was read of a file object before does not go, at no attempt."""
    file = io.BytesIO(b"header|body")
    file.read(7)
    upload = read_upload(file, filename="a.txt")
    assert (upload.size, content(upload), content(upload)) == (4, b"body", b"body")


def test_the_name_of_a_file_is_its_own() -> None:
    """A path and a named file object bring their name; one that is given comes first."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        assert read_upload(file).filename == os.path.basename(file.name)  # noqa: PTH119  # a string
        assert read_upload(file.name).mimetype == "text/csv"
        assert read_upload(file.name, filename="b.txt", mimetype="text/x").mimetype == "text/x"
    assert read_named(("c.json", b"{}")).filename == "c.json"
    assert read_named(("c.json", b"{}", "text/x")).mimetype == "text/x"
    assert read_named(("c.unknown", b"{}")).mimetype == "application/octet-stream"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"no name", "filename='photo.png'; to create_record"),
        (io.StringIO("text"), "mode 'rb'"),
        (42, "not int"),
        (["a"], "not list"),
        (None, "not NoneType"),
    ],
)
def test_what_can_not_be_sent_is_refused(source: Any, words: str) -> None:
    """Text, nameless bytes and what is no file at all are a UsageError that says what to do."""
    with pytest.raises(UsageError, match=words):
        read_upload(source)


@pytest.mark.parametrize("named", [("a.txt",), ("a.txt", b"x", "text/plain", "more")])
def test_a_named_file_has_two_or_three_parts(named: Any) -> None:
    """A name, a file, and perhaps its type."""
    with pytest.raises(UsageError, match=r"\(name, file\)"):
        read_named(named)


def test_a_temporary_file_needs_a_name() -> None:
    """The number that an unnamed temporary file has for a name is not sent as one."""
    with tempfile.TemporaryFile() as file, pytest.raises(UsageError, match="filename="):
        read_upload(file)


def test_a_stream_that_can_not_be_read_twice_is_refused() -> None:
    """A pipe would send nothing at a second attempt."""
    read, write = os.pipe()
    os.close(write)
    with os.fdopen(read, "rb") as pipe, pytest.raises(UsageError, match="twice"):
        read_upload(pipe, filename="a.txt")


def test_local_files_raise_what_python_raises(tmp_path: Path) -> None:
    """A missing file is a FileNotFoundError; a folder leads to the method for folders."""
    with pytest.raises(FileNotFoundError):
        read_upload(tmp_path / "missing.txt")
    with pytest.raises(IsADirectoryError, match="add_attachments"):
        read_upload(tmp_path)


def test_a_file_that_shrinks_is_noticed(tmp_path: Path) -> None:
    """A body shorter than announced is not sent as if it were whole; what was appended does not go."""
    path = tmp_path / "log.txt"
    path.write_bytes(b"12345")
    upload = read_upload(path)
    path.write_bytes(b"1234567")
    assert content(upload) == b"12345"
    path.write_bytes(b"123")
    with pytest.raises(UsageError, match="shorter"):
        content(upload)


def test_the_parts_of_a_body() -> None:
    """The file goes with its name and type, data and permissions as JSON fields without a file name."""
    upload = read_upload(b"\x00\xff", filename="a.png")
    found = parts(Multipart(upload, {"data": {"é": 1}, "permissions": {"read": []}}))
    assert list(found) == ["data", "permissions", "attachment"]
    assert found["data"].get_payload(decode=True) == '{"é":1}'.encode()
    assert found["data"].get_filename() is None
    assert found["attachment"].get_filename() == "a.png"
    assert found["attachment"].get_content_type() == "image/png"
    assert found["attachment"].get_payload(decode=True) == b"\x00\xff"


@given(st.text(min_size=1).filter(lambda name: name.isprintable()), st.sampled_from(['"', "\r\n", '";\r\nX: y', ""]))
def test_no_name_breaks_out_of_its_header(name: str, ending: str) -> None:
    """Whatever the name of a file, the body has one part, and the header one line."""
    body = Multipart(read_upload(b"content", filename=name + ending), {})
    head = b"".join(body.open()).split(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    assert len(lines) == 3
    assert lines[1].endswith(b'"')
    assert lines[1].count(b'"') == 4


def test_progress_is_told_in_bytes_of_the_file() -> None:
    """It grows to the size of the file, at each attempt anew."""
    told: list[tuple[int, int]] = []
    size = CHUNK_BYTES * 2 + 1
    upload = read_upload(b"x" * size, filename="a.txt", on_progress=lambda sent, total: told.append((sent, total)))
    for _ in Multipart(upload, {}).open():
        pass
    assert told == [(CHUNK_BYTES, size), (CHUNK_BYTES * 2, size), (size, size)]


def test_an_empty_file_can_be_sent() -> None:
    """No bytes are a file too."""
    body = Multipart(read_upload(b"", filename="a.txt"), {})
    assert len(b"".join(body.open())) == body.content_length


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    """A file of 64 MB takes a few chunks of memory."""
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    body = Multipart(read_upload(path), {})
    tracemalloc.start()
    total = sum(len(chunk) for chunk in body.open())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == body.content_length
    assert peak < 4 * CHUNK_BYTES


def test_the_files_of_a_folder(tmp_path: Path) -> None:
    """Sub-folders name records, other files get an id from their own name; metadata and hidden files stay."""
    for name in ("a.txt", "b.txt", "b.txt.meta.json", ".hidden", "rec/c.txt", "rec/c.txt.meta.json", ".git/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = files_of_records(tmp_path)
    assert [path.name for _, path in found] == ["a.txt", "b.txt", "c.txt"]
    assert found == files_of_records(tmp_path)
    assert found[2][0] == "rec"
    assert len({id_ for id_, _ in found}) == 3
    (tmp_path / "rec" / "second.txt").write_text("x")
    with pytest.raises(UsageError, match="2 files"):
        files_of_records(tmp_path)
    with pytest.raises(FileNotFoundError):
        files_of_records(tmp_path / "missing")


@pytest.mark.parametrize("id_", ["con", "Aux", "lpt1", "_x", "__con", "rec"])
def test_the_folder_of_a_download_leads_back_to_its_record(id_: str, tmp_path: Path) -> None:
    """The ids that no folder may have on Windows have an underscore in front; the id is the one without."""
    folder = tmp_path / safe_filename(id_, "record")
    folder.mkdir()
    (folder / "a.txt").write_text("x")
    assert files_of_records(tmp_path) == [(id_, folder / "a.txt")]
