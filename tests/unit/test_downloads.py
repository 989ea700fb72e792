"""Files on their way down: checked, put in place whole, and never outside of their folder."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinto_sdk import Attachment, IntegrityError, UsageError
from kinto_sdk.objects.downloads import (
    Download,
    FileDownload,
    is_there,
    matches,
    spooled,
    target_path,
    write_metadata,
)
from kinto_sdk.protocol.attachments import attachment_from, attachment_url, safe_filename

CONTENT = b"the content"


def attachment(content: bytes = CONTENT, filename: str = "a.txt", location: str = "files/1.txt") -> Attachment:
    """What the server would say of a file."""
    return Attachment(filename, location, sha256(content).hexdigest(), "text/plain", len(content))


def names(folder: Path) -> list[str]:
    """What a folder holds."""
    return sorted(entry.name for entry in folder.iterdir())


def test_a_whole_file_takes_its_place(tmp_path: Path) -> None:
    """After the commit the target is the file, made as any file is, and nothing else is left."""
    target = tmp_path / "sub" / "a.txt"
    with FileDownload(attachment(), target) as download:
        download.begin()
        download.write(CONTENT[:4])
        download.write(CONTENT[4:])
        assert download.problem() is None
        assert not target.exists()
        assert download.commit() == target
    assert target.read_bytes() == CONTENT
    (tmp_path / "other").touch()
    assert target.stat().st_mode == (tmp_path / "other").stat().st_mode
    assert names(target.parent) == ["a.txt"]


def test_what_is_not_committed_leaves_no_trace(tmp_path: Path) -> None:
    """After a failure the former file is as it was, and no temporary file is left."""
    target = tmp_path / "a.txt"
    target.write_bytes(b"before")
    with FileDownload(attachment(), target) as download:
        download.begin()
        download.write(CONTENT)
    assert target.read_bytes() == b"before"
    assert names(tmp_path) == ["a.txt"]


def test_nothing_is_made_before_something_arrives(tmp_path: Path) -> None:
    """A refused download makes neither folder nor file."""
    with FileDownload(attachment(), tmp_path / "sub" / "a.txt"):
        pass
    assert names(tmp_path) == []


def test_a_second_attempt_starts_over(tmp_path: Path) -> None:
    """What a broken attempt left is forgotten."""
    target = tmp_path / "a.txt"
    with FileDownload(attachment(), target) as download:
        download.begin()
        download.write(b"broken")
        download.begin()
        download.write(CONTENT)
        assert download.problem() is None
        download.commit()
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(("arrived", "words"), [(CONTENT[:-1], "10 of its 11 bytes"), (b"the c0ntent", "SHA-256")])
def test_a_file_that_is_not_the_one_is_found_out(arrived: bytes, words: str) -> None:
    """A short file and a changed byte are noticed, and the error says what to do."""
    with spooled() as file:
        download = Download(attachment(), file)
        download.begin()
        download.write(arrived)
        problem = download.problem()
    assert words in str(problem)
    assert "load()" in str(problem)


def test_a_stream_without_an_end_ends() -> None:
    """More bytes than announced are refused as they come."""
    with spooled() as file:
        download = Download(attachment(), file)
        download.begin()
        with pytest.raises(IntegrityError, match="more than its 11 bytes"):
            download.write(CONTENT + b"!")


def test_a_full_disk_leaves_the_former_file(tmp_path: Path, small_files: None) -> None:
    """What the system says of the disk comes through, and the half of a file is removed."""
    target = tmp_path / "a.txt"
    target.write_bytes(b"before")

    def download(content: bytes) -> None:
        with FileDownload(attachment(content), target) as file:
            file.begin()
            file.write(content)
            file.commit()

    with pytest.raises(OSError, match="too large"):
        download(b"x" * 1_000_000)
    assert names(tmp_path) == ["a.txt"]
    assert target.read_bytes() == b"before"


def test_progress_is_told_in_bytes() -> None:
    """It grows to the size."""
    told: list[tuple[int, int]] = []
    with spooled() as file:
        download = Download(attachment(), file, lambda done, total: told.append((done, total)))
        download.begin()
        download.write(CONTENT[:4])
        download.write(CONTENT[4:])
    assert told == [(4, 11), (11, 11)]


def test_where_a_download_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is a file; a folder gets the attachment's own name, made safe."""
    monkeypatch.chdir(tmp_path)
    hostile = attachment(filename="../../.ssh/authorized_keys")
    assert target_path(None, hostile) == Path("authorized_keys")
    assert target_path(tmp_path, hostile) == tmp_path / "authorized_keys"
    assert target_path(tmp_path / "b.txt", hostile) == tmp_path / "b.txt"
    assert target_path("new/", hostile) == Path("new/authorized_keys")
    assert target_path("new", hostile) == Path("new")


def test_what_is_there_already(tmp_path: Path) -> None:
    """The same content is found again by size and hash; another file is not overwritten unasked."""
    target = tmp_path / "a.txt"
    assert not is_there(target, attachment(), overwrite=False)
    target.write_bytes(CONTENT)
    assert is_there(target, attachment(), overwrite=False)
    assert is_there(target, attachment(), overwrite=True)
    target.write_bytes(b"the c0ntent")
    assert not matches(target, attachment())
    assert not is_there(target, attachment(), overwrite=True)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        is_there(target, attachment(), overwrite=False)


def test_the_record_is_kept_beside_its_file(tmp_path: Path) -> None:
    """The metadata is JSON in a file of its own, and nothing else is left."""
    write_metadata(tmp_path / "a.txt", {"id": "r", "title": "é"})
    assert names(tmp_path) == ["a.txt.meta.json"]
    assert json.loads((tmp_path / "a.txt.meta.json").read_bytes()) == {"id": "r", "title": "é"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.png", "photo.png"),
        ("Ünïcode — 文.txt", "Ünïcode — 文.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("..", "attachment"),
        ("", "attachment"),
        ("/", "attachment"),
        (".bashrc", "bashrc"),
        ("a\x00b\nc.txt", "a_b_c.txt"),
        ("file.txt:stream", "file.txt_stream"),
        ("CON.txt", "_CON.txt"),
        ("nul", "_nul"),
        ("trailing. ", "trailing"),
        ("\ud800.txt", "txt"),
    ],
)
def test_a_name_from_the_server_is_made_safe(name: str, safe: str) -> None:
    """Separators, devices, control characters and leading dots lose their meaning; ordinary names stay."""
    assert safe_filename(name) == safe


@given(st.text())
def test_no_name_leaves_its_folder(name: str) -> None:
    """Whatever the server says, the file lands in the folder, under a name that file systems take."""
    safe = safe_filename(name)
    assert os.path.normpath(os.path.join("/folder", safe)) == f"/folder/{safe}"  # noqa: PTH118  # as the system does
    assert 0 < len(safe.encode()) <= 200
    assert safe[0] != "."
    assert not set(safe) & set('/\\\0:*?"<>|')


def test_a_long_name_keeps_its_extension() -> None:
    """A name is cut to what file systems take, before its extension."""
    assert safe_filename("é" * 300 + ".png") == "é" * 98 + ".png"
    assert len(safe_filename("a." + "x" * 300)) == 200


@pytest.mark.parametrize(
    ("location", "base_url", "url"),
    [
        ("https://cdn.example.com/f/1.txt", None, "https://cdn.example.com/f/1.txt"),
        ("https://cdn.example.com/f/1.txt", "https://other/", "https://cdn.example.com/f/1.txt"),
        ("f/1.txt", "https://cdn.example.com/files/", "https://cdn.example.com/files/f/1.txt"),
        ("/files/1.txt", "https://cdn.example.com/files/", "https://cdn.example.com/files/1.txt"),
        ("/files/1.txt", "/files/", "http://server/files/1.txt"),
        ("1.txt", "/files/", "http://server/files/1.txt"),
        ("f/1.txt", None, "http://server/v1/f/1.txt"),
    ],
)
def test_where_a_file_is(location: str, base_url: str | None, url: str) -> None:
    """An absolute location is itself; a relative one is below the server's base URL, or else below the API root."""
    assert attachment_url(attachment(location=location), base_url, "http://server/v1") == url


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://host/file"])
def test_a_location_is_a_web_address(location: str) -> None:
    """A location that leads to this machine is not followed."""
    with pytest.raises(UsageError, match="not a web address"):
        attachment_url(attachment(location=location), None, "http://server/v1")


@pytest.mark.parametrize(
    "value",
    [None, "x", [], {}, {"filename": "a"}, {"filename": "a", "location": "b", "hash": "c", "mimetype": "d"}]
    + [{"filename": "a", "location": "b", "hash": "c", "mimetype": "d", "size": size} for size in (-1, True, "1", None)]
    + [{"filename": "", "location": "b", "hash": "c", "mimetype": "d", "size": 1}],
)
def test_what_is_no_attachment_is_none(value: object) -> None:
    """A field of that name which the plugin did not write is not taken for a file."""
    assert attachment_from(value) is None
