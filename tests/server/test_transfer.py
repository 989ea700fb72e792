"""Exports and imports on a real server, through the program's commands."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kinto_sdk import Client, TransportError
from kinto_sdk.cli.transfer.importing import Importer
from kinto_sdk.cli.transfer.records import RecordWriter
from kinto_sdk.testing import KintoServer
from tests.console import Program
from tests.server import remote_settings

pytestmark = pytest.mark.backends("memory")

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "votes": {"type": "integer"}}}
RECORDS = 230


@pytest.fixture
def client(kinto_server: KintoServer) -> Iterator[Client]:
    """Return a client of an empty server."""
    with Client(kinto_server.url, auth="me:secret") as client:
        yield client


@pytest.fixture
def program(kinto_server: KintoServer, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return the program, for the same server and user."""
    return Program(monkeypatch, {"KINTO_SERVER_URL": kinto_server.url, "KINTO_AUTH": "me:secret", "KINTO_RETRY": "0"})


def fill(client: Client, records: int = 3) -> None:
    """Make a bucket with everything that an export can hold."""
    bucket = client.create_bucket("blog", {"about": "food"}, permissions={"read": ["system.Everyone"]})
    bucket.create_group("editors", ["account:bob", "account:ann"], permissions={"write": ["account:bob"]})
    bucket.create_collection("empty")
    todos = bucket.create_collection(
        "todos", {"schema": SCHEMA}, permissions={"record:create": ["/buckets/blog/groups/editors"]}
    )
    for outcome in todos.create_records({"id": f"r{number}", "title": "é" * number} for number in range(records)):
        assert outcome.ok
    todos.record("r1").grant("read", "account:zoe")
    todos.record("r2").add_attachment(b"white", filename="milk.txt")


def everything(path: Path) -> list[dict[str, Any]]:
    """Read an export, without what every server writes anew."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        data = row.get("data") or {}
        if row["kind"] != "record" or "attachment" in data:
            row.pop("last_modified", None)
        if row["kind"] == "record":
            data.pop("schema", None)
            data.get("attachment", {}).pop("location", None)
    return sorted(rows, key=lambda row: (row["kind"], row["path"]))


def test_a_round_trip_is_exact(
    program: Program, client: Client, make_server: Callable[..., KintoServer], tmp_path: Path
) -> None:
    """Data, groups, permissions, schema, versions and files are the same there; a second time nothing is done."""
    fill(client, RECORDS)
    exported, again, files = tmp_path / "blog.jsonl", tmp_path / "again.jsonl", str(tmp_path / "files")
    assert program("export", "blog", "-o", str(exported), "--attachments", files).code == 0
    target = ["-s", make_server(paginate_by=50).url]
    options = ["--keep-last-modified", "--attachments", files, *target, "-a", "me:secret"]
    assert program("import", str(exported), "--check", *options).code == 1
    (told,) = program("import", str(exported), *options).rows
    assert told == {"created": RECORDS + 4, "updated": 0, "deleted": 0, "unchanged": 0, "refused": 0}
    assert program("import", str(exported), "--check", *options).code == 0
    assert program("import", str(exported), *options).rows[0]["unchanged"] == RECORDS + 4
    program("export", "blog", "-o", str(again), *target, "-a", "me:secret")
    assert everything(again) == everything(exported)
    assert len(everything(again)) == RECORDS + 5


def test_an_export_is_the_same_for_the_same_content(program: Program, client: Client, tmp_path: Path) -> None:
    """Standard output and a file, a collection, a bucket and all buckets; record permissions can be left out."""
    fill(client)
    whole = program("export", "blog").out
    assert whole == program("export", "blog").out
    assert program("export").out.splitlines()[1:] == whole.splitlines()[1:]
    kinds = [(row["kind"], row["path"]) for row in map(json.loads, whole.splitlines())]
    assert kinds == [
        ("export", "blog"),
        ("bucket", "blog"),
        ("group", "blog/@editors"),
        ("collection", "blog/empty"),
        ("collection", "blog/todos"),
        ("record", "blog/todos/r0"),
        ("record", "blog/todos/r1"),
        ("record", "blog/todos/r2"),
    ]
    lean = program("export", "blog/todos", "--no-record-permissions").rows
    assert [row["kind"] for row in lean] == ["export", "bucket", "collection", "record", "record", "record"]
    assert "permissions" in lean[2]
    assert "permissions" not in lean[3]
    file = tmp_path / "out.jsonl"
    shown = program("export", "blog", "-o", str(file), terminal=True)
    assert shown.err.splitlines()[-1].startswith("3 records in ")
    assert file.read_text() == whole
    assert program("export", "blog", "-o", "/dev/null").code == 0
    nowhere = program("export", "blog", "-o", str(tmp_path / "no" / "x"))
    assert nowhere.code == 2
    assert f"there is no folder {tmp_path / 'no'}" in "".join(nowhere.err.splitlines())
    assert program("export", "nope", "-o", str(file)).code == 3
    assert file.read_text() == whole
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.jsonl"]
    assert program("export", terminal=True).out == program("export").out
    assert program("export", "blog/todos", terminal=True).out == program("export", "blog/todos").out


def test_a_record_that_is_deleted_meanwhile_is_left_out(
    program: Program, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export holds what is there when it is read; one that can't be read is an error."""
    fill(client)
    load = type(client.batch()).load

    def deleting(self: Any, resource: Any, **options: Any) -> Any:
        if resource.id == "r1":
            resource.using(client).delete(if_exists=True, safe=False)
        return load(self, resource, **options)

    monkeypatch.setattr("kinto_sdk._sync.batch.Batch.load", deleting)
    assert [row["path"] for row in program("export", "blog/todos").rows[3:]] == ["blog/todos/r0", "blog/todos/r2"]

    def breaking(self: Any, resource: Any, **_: Any) -> Any:
        return load(self, client.bucket("nope").collection("x").record(resource.id))

    monkeypatch.setattr("kinto_sdk._sync.batch.Batch.load", breaking)
    assert program("export", "blog/todos").code == 3


def test_an_import_updates_what_differs(program: Program, client: Client, tmp_path: Path) -> None:
    """Data, permissions, metadata and members are brought back; what the file does not have stays."""
    fill(client)
    file = tmp_path / "blog.jsonl"
    file.write_text(program("export", "blog").out)
    bucket = client.bucket("blog")
    todos = bucket.collection("todos")
    todos.get_record("r0").patch({"title": "changed", "votes": 3})
    todos.record("r1").revoke("read", "account:zoe")
    todos.create_record({"title": "new"}, id="extra")
    bucket.get_group("editors").remove_member("account:bob")
    bucket.revoke("read", "system.Everyone")
    bucket.patch({"about": "drinks"})
    checked = program("import", str(file), "--check")
    assert checked.code == 1
    assert [(row["action"], row["path"]) for row in checked.rows] == [
        ("update", "blog"),
        ("update", "blog/@editors"),
        ("update", "blog/todos/r0"),
        ("update", "blog/todos/r1"),
    ]
    assert checked.rows[0] | {"action": "", "path": ""} == {
        "action": "",
        "path": "",
        "changed": {"about": {"before": "drinks", "after": "food"}},
        "granted": {"read": ["system.Everyone"]},
    }
    shown = program("import", str(file), "--dry-run", terminal=True, width=100)
    assert shown.code == 0
    assert '~ blog/todos/r0: title: "changed" → "", - votes: 3\n' in shown.out
    assert "0 to create, 4 to update, 0 to delete, 3 as they were\n" in shown.err
    assert todos.get_record("r0").data["title"] == "changed"
    assert "1 record has a file in it; --attachments FOLDER" in shown.err
    done = program("import", str(file), "-v", terminal=True)
    assert done.err.splitlines()[-1] == "0 created, 4 updated, 0 deleted, 3 as they were"
    assert "~ blog/@editors" in done.out
    assert program("import", str(file), "--check").code == 0
    assert todos.get_record("extra").data["title"] == "new"
    assert todos.get_record("r1").permissions.read == {"account:zoe"}
    assert bucket.get_group("editors").members == {"account:bob", "account:ann"}


def test_delete_makes_it_the_same(program: Program, client: Client, tmp_path: Path) -> None:
    """With --delete records go that the file does not have, and of a whole bucket groups and collections; it asks."""
    fill(client)
    file, part = tmp_path / "blog.jsonl", tmp_path / "todos.jsonl"
    file.write_text(program("export", "blog").out)
    part.write_text(program("export", "blog/todos").out)
    bucket = client.bucket("blog")
    bucket.collection("todos").create_record({}, id="extra")
    bucket.create_group("others")
    bucket.create_collection("spare").create_record({})
    assert [row["path"] for row in program("import", str(part), "--check", "--delete").rows] == ["blog/todos/extra"]
    found = {row["path"] for row in program("import", str(file), "--check", "--delete").rows}
    assert found == {"blog/todos/extra", "blog/@others", "blog/spare"}
    assert program("import", str(file), "--delete").code == 2
    kept = program("import", str(file), "--delete", terminal=True, stdin="n\n")
    assert f"Delete 3 objects that {file} does not have?" in kept.err.replace("\n", "")
    assert program("import", str(file), "--delete", "--yes").rows[0]["deleted"] == 3
    assert program("import", str(file), "--delete", "--check").code == 0
    client.bucket("blog").delete()
    assert program("import", str(file), "--delete", "--check").code == 1


def test_a_collection_can_be_imported_where_there_is_no_bucket(
    program: Program, client: Client, tmp_path: Path
) -> None:
    """Its bucket is made; where the caller may not see or make the bucket, what is in it is written all the same."""
    fill(client)
    file = tmp_path / "todos.jsonl"
    file.write_text(program("export", "blog/todos", "--no-record-permissions").out)
    client.bucket("blog").delete()
    assert program("import", str(file), "-").code == 2
    told = program("import", "-", stdin=file.read_text())
    assert told.rows[0]["created"] == 5
    client.bucket("blog").collection("todos").grant("write", "system.Everyone")
    client.bucket("blog").collection("todos").record("r0").delete()
    other = program("import", str(file), "-a", "somebody:else")
    assert other.err.startswith("1 record has a file in it; --attachments")
    assert client.bucket("blog").collection("todos").record("r0").exists()
    client.bucket("blog").delete()
    lines = file.read_text().replace(
        '"kind":"bucket","path":"blog","data":null', '"kind":"bucket","path":"blog","data":{}'
    )
    (tmp_path / "no.jsonl").write_text(lines)
    client.create_bucket("blog")
    assert program("import", str(tmp_path / "no.jsonl"), "-a", "somebody:else").code == 3


def test_what_the_server_refuses_does_not_stop_the_others(program: Program, client: Client, tmp_path: Path) -> None:
    """A record against the schema is told, and ends it with 3; the rest is written. Many are counted."""
    fill(client)
    rows = [{"kind": "export", "version": 1, "path": "blog/todos"}]
    for number in range(25):
        data = {"title": number} if number else {"title": "good"}
        rows.append({"kind": "record", "path": f"blog/todos/n{number}", "data": data})
    file = tmp_path / "bad.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    result = program("import", str(file), terminal=True)
    assert result.code == 3
    assert "error: blog/todos/n1: " in result.err
    assert "more refusals are counted alone" in result.err
    assert "1 created, 0 updated, 0 deleted, 0 as they were, 24 refused" in result.err
    assert client.bucket("blog").collection("todos").record("n0").exists()


def test_what_a_file_does_not_tell_stays(program: Program, client: Client, tmp_path: Path) -> None:
    """A line without data, as one of permissions alone, leaves a record's document and its file; a new one is empty."""
    fill(client)
    rows: list[Any] = [{"kind": "export", "version": 1, "path": "blog/todos"}]
    rows += [
        {"kind": "record", "path": "blog/todos/r1", "data": None},
        {"kind": "record", "path": "blog/todos/r2", "permissions": {"read": ["account:zoe"]}},
        {"kind": "record", "path": "blog/todos/new"},
    ]
    file, wizard = tmp_path / "lists.jsonl", tmp_path / "lists.yaml"
    file.write_text("\n".join(map(json.dumps, rows)))
    checked = program("import", str(file), "--check", "--attachments", str(tmp_path))
    assert [row | {"action": ""} for row in checked.rows] == [
        {"action": "", "path": "blog/todos/r2", "granted": {"read": ["account:zoe"]}},
        {"action": "", "path": "blog/todos/new"},
    ]
    assert program("import", str(file), "--attachments", str(tmp_path)).code == 0
    wizard.write_text("buckets: {blog: {collections: {todos: {records: {r1: {permissions: {write: [account:zoe]}}}}}}}")
    assert program("import", str(wizard)).code == 0
    todos = client.bucket("blog").collection("todos")
    first, second = todos.get_record("r1"), todos.get_record("r2")
    assert first.data["title"] == "é"
    assert "account:zoe" in first.permissions.write
    assert (second.data["title"], second.permissions.read) == ("éé", {"account:zoe"})
    assert second.attachment is not None
    assert "title" not in todos.get_record("new").data


def test_a_later_line_holds(program: Program, client: Client, tmp_path: Path) -> None:
    """A record that comes twice, as it does when it changed during the export, is what the later line says."""
    fill(client)
    client.bucket("blog").create_collection("twice")
    rows: list[Any] = [{"kind": "export", "version": 1, "path": "blog/twice"}]
    rows += [{"kind": "record", "path": f"blog/twice/r{number}", "data": {"n": 1}} for number in range(100)]
    rows += [{"kind": "record", "path": f"blog/twice/r{number}", "data": {"n": 2}} for number in (0, 1, 1)]
    file = tmp_path / "twice.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    assert program("import", str(file)).rows[0] | {"unchanged": 0} == {
        "created": 100,
        "updated": 2,
        "deleted": 0,
        "unchanged": 0,
        "refused": 0,
    }
    assert client.bucket("blog").collection("twice").get_record("r1").data == {"n": 2}


def test_since_leaves_out_what_is_older(program: Program, client: Client, tmp_path: Path) -> None:
    """Records that did not change after the version are not even compared."""
    fill(client)
    file = tmp_path / "blog.jsonl"
    file.write_text(program("export", "blog/todos").out)
    version = json.loads(file.read_text().splitlines()[-2])["last_modified"]
    list(client.bucket("blog").collection("todos").records().pages())
    client.bucket("blog").collection("todos").records().delete(everything=True)
    assert program("import", str(file), "--since", str(version)).rows[0]["created"] == 1
    assert [record.id for record in client.bucket("blog").collection("todos").records()] == ["r2"]


def test_an_import_gives_no_orders_to_reviews(
    make_server: Callable[..., KintoServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where collections are reviewed, what the server writes about it stays as it is; elsewhere it is data."""
    server, file = make_server(**remote_settings.options("memory")), tmp_path / "news.jsonl"
    program = Program(monkeypatch, {"KINTO_SERVER_URL": server.url, "KINTO_AUTH": "me:secret"})
    with Client(server.url, auth="me:secret") as client:
        news = client.create_bucket("free-workspace").create_collection("news", {"sort": "title"})
        hello = news.create_record({"title": "Hello"}, id="hello")
        news.load().patch({"status": "to-sign"})
        assert program("export", "free-workspace/news", "-o", str(file)).code == 0
        assert '"status":"signed"' in file.read_text()
        assert program("import", str(file), "--check").code == 0
        news.load().patch({"sort": "-title"})
        hello.patch({"title": "Bye"})
        assert program("import", str(file)).rows == [
            {"created": 0, "updated": 2, "deleted": 0, "unchanged": 1, "refused": 0}
        ]
        found = news.load().data
        assert (found["sort"], found["status"]) == ("title", "work-in-progress")
        news.delete()
        assert program("import", str(file)).rows[0]["created"] == 2
        assert news.load().data["status"] == "work-in-progress"
    plain = make_server()
    assert program("import", str(file), "-s", plain.url, "-a", "me:secret").rows[0]["created"] == 3
    with Client(plain.url, auth="me:secret") as client:
        assert client.bucket("free-workspace").get_collection("news").data["status"] == "signed"


def test_a_file_that_is_refused_does_not_stop_the_others(
    program: Program,
    client: Client,
    make_server: Callable[..., KintoServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told as a record is, and ends the import with 3, so that nothing is left to resume; an outage ends it."""
    todos = client.create_bucket("blog").create_collection("todos")
    # One has an id that no folder may have on Windows.
    for id_, name in (("a", "a.png"), ("b", "b.txt"), ("con", "c.png")):
        todos.create_record({}, id=id_, attachment=(name, b"x"))
    file, folder = tmp_path / "blog.jsonl", tmp_path / "files"
    program("export", "blog", "-o", str(file), "--attachments", str(folder))
    images = make_server(**{"attachment.extensions": "images"}).url
    options = ["import", str(file), "--attachments", str(folder), "-s", images, "-a", "me:secret"]
    refused = program(*options)
    assert refused.code == 3
    assert refused.err.startswith("error: blog/todos/b: POST /buckets/blog/collections/todos/records/b/attachment: 400")
    assert refused.rows[0] | {"created": 4, "refused": 1} == refused.rows[0]
    assert not (tmp_path / "blog.jsonl.resume").exists()
    with Client(images, auth="me:secret") as other:
        records = other.bucket("blog").collection("todos").records()
        assert {each.id for each in records if each.attachment is not None} == {"a", "con"}

    def failing(*_: Any, **__: Any) -> None:
        raise TransportError("the cable was cut")

    monkeypatch.setattr("kinto_sdk._sync.record.Record.add_attachment", failing)
    assert program(*options).code == 5


def test_an_interrupted_import_goes_on(
    program: Program, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done is kept in a file beside; `--resume` goes on there, and refuses what it does not belong to."""
    fill(client, RECORDS)
    file = tmp_path / "blog.jsonl"
    mark = tmp_path / "blog.jsonl.resume"
    file.write_text(program("export", "blog", "--no-record-permissions").out)
    client.bucket("blog").delete()
    bring, calls = RecordWriter.bring, []

    def failing(self: RecordWriter, *arguments: Any, **options: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise TransportError("the cable was cut")
        bring(self, *arguments, **options)

    monkeypatch.setattr(RecordWriter, "bring", failing)
    result = program("import", str(file))
    told = "104 entries are done; --resume goes on from there\nerror: the cable was cut\n"
    assert (result.code, result.err) == (5, told)
    assert json.loads(mark.read_text())["done"] == 104
    assert client.bucket("blog").collection("todos").records().count() == 100
    assert program("import", str(file), "--resume", "--check").code == 1
    assert program("import", str(file), "--resume").rows[0]["created"] == RECORDS - 100
    assert not mark.exists()
    assert program("import", str(file), "--resume").rows[0]["created"] == 0
    assert program("import", "-", "--resume").code == 2
    for wrong in ("{", '{"server": "http://elsewhere/v1", "done": 3}'):
        mark.write_text(wrong)
        assert "is not about this file" in program("import", str(file), "--resume").err
    mark.unlink()
    client.bucket("blog").delete()
    calls.clear()
    assert program("import", str(file)).code == 5
    # The feed of the next day may be as long.
    os.utime(file, (1, 1))
    assert "is not about this file" in program("import", str(file), "--resume").err


def test_an_import_leaves_a_folder_that_it_may_not_write_to(
    program: Program, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done all the same; and when it is interrupted that is told, and not that nothing could be kept of it."""
    fill(client, RECORDS)
    file = tmp_path / "blog.jsonl"
    file.write_text(program("export", "blog", "--no-record-permissions").out)

    def refuse(path: Path, *_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr(Path, "write_text", refuse)
    assert program("import", str(file)).code == 0

    def failing(*_: Any, **__: Any) -> None:
        raise TransportError("the cable was cut")

    monkeypatch.setattr(RecordWriter, "bring", failing)
    result = program("import", str(file))
    assert (result.code, result.err) == (5, "error: the cable was cut\n")


def test_an_attachment_that_is_text_is_a_field_like_others(program: Program, client: Client, tmp_path: Path) -> None:
    """It tells of no file; an import brings it, and finds it changed."""
    notes = client.create_bucket("blog").create_collection("notes")
    notes.create_record({"attachment": "a.pdf"}, id="a")
    file = tmp_path / "blog.jsonl"
    program("export", "blog", "-o", str(file))
    client.bucket("blog").delete()
    program("import", str(file))
    assert notes.get_record("a").data == {"attachment": "a.pdf"}
    notes.record("a").delete()  # a server with the plugin lets nobody change it
    notes.create_record({"attachment": "b.pdf"}, id="a")
    assert program("import", str(file), "--check").rows[0]["changed"] == {
        "attachment": {"before": "b.pdf", "after": "a.pdf"}
    }


def test_files_follow_their_records(program: Program, client: Client, tmp_path: Path) -> None:
    """A file that differs is replaced, one that is too much is removed, one that is missing on disk is told before."""
    fill(client)
    folder = tmp_path / "files"
    file = tmp_path / "blog.jsonl"
    file.write_text(program("export", "blog/todos", "--attachments", str(folder)).out)
    todos = client.bucket("blog").collection("todos")
    todos.record("r2").add_attachment(b"other", filename="other.txt")
    todos.record("r0").add_attachment(b"more", filename="more.txt")
    options = ["import", str(file), "--attachments", str(folder)]
    assert {(row["path"], row["file"]) for row in program(*options, "--check").rows} == {
        ("blog/todos/r0", None),
        ("blog/todos/r2", "milk.txt"),
    }
    shown = program(*options, "--check", terminal=True).out
    assert "~ blog/todos/r0: - its file" in shown
    assert "~ blog/todos/r2: file milk.txt" in shown
    assert program(*options).code == 0
    with todos.record("r2").open_attachment() as content:
        assert content.read() == b"white"
    assert todos.get_record("r0").attachment is None
    (folder / "blog" / "todos" / "r2" / "milk.txt").unlink()
    todos.record("r2").remove_attachment()
    missing = program(*options)
    assert missing.code == 2
    assert "blog/todos/r2: its file is missing" in missing.err


def test_a_server_that_fails_ends_the_import(
    client: Client, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken server is no refusal of one record."""
    fill(client)
    file = tmp_path / "blog.jsonl"
    file.write_text(program("export", "blog/todos").out)
    client.bucket("blog").collection("todos").create_record({}, id="extra")
    client.bucket("blog").collection("todos").get_record("r0").patch({"title": "x"})

    def failing(self: Any, *arguments: Any, **options: Any) -> Any:
        return self._port.perform(arguments[0], broken())

    def broken() -> Any:
        raise TransportError("broken")
        yield

    with monkeypatch.context() as patch:
        patch.setattr("kinto_sdk._sync.batch.Batch.save", failing)
        assert program("import", str(file)).code == 5
    with monkeypatch.context() as patch:
        patch.setattr("kinto_sdk._sync.batch.Batch.delete", failing)
        assert program("import", str(file), "--delete", "-y").code == 5
    with monkeypatch.context() as patch:
        patch.setattr("kinto_sdk._sync.batch.Batch.load", failing)
        assert program("import", str(file)).code == 5


def test_deletions_that_are_refused_are_told(program: Program, client: Client, tmp_path: Path) -> None:
    """Who may not delete is told so for each object."""
    fill(client)
    file = tmp_path / "blog.jsonl"
    file.write_text(program("export", "blog/todos", "--no-record-permissions").out)
    todos = client.bucket("blog").collection("todos")
    todos.create_record({}, id="extra")
    client.bucket("blog").grant("read", "system.Everyone")
    result = program("import", str(file), "--delete", "-y", "-a", "somebody:else")
    assert result.code == 3
    assert "error: blog/todos/extra: DELETE" in result.err


def test_files_of_kinto_wizard_are_read(program: Program, client: Client, tmp_path: Path) -> None:
    """Its YAML is imported like an export, and checked like one."""
    file = tmp_path / "server.yaml"
    file.write_text(
        """
        buckets:
          blog:
            permissions: {write: &team [account:bob]}
            groups:
              editors: {data: {members: *team}}
            collections:
              todos:
                data: {schema: {type: object}}
                records:
                  milk: {data: {id: milk, last_modified: 12, title: Buy milk, due: 2030-01-31}}
                  bread:
        """
    )
    assert program("import", str(file)).rows[0]["created"] == 5
    assert program("import", str(file), "--check").code == 0
    assert client.bucket("blog").collection("todos").get_record("milk").data["due"] == "2030-01-31"


def test_what_is_missing_is_no_obstacle_to_a_check(program: Program, client: Client, tmp_path: Path) -> None:
    """Records, collections and buckets that are not there would be made, whatever else is asked for."""
    fill(client)
    file = tmp_path / "blog.jsonl"
    file.write_text(program("export", "blog").out)
    check = ["import", str(file), "--check", "--delete"]
    client.bucket("blog").collection("todos").record("r1").delete()
    assert [row["path"] for row in program(*check).rows] == ["blog/todos/r1"]
    client.bucket("blog").collection("todos").delete()
    assert {row["action"] for row in program(*check).rows} == {"create"}
    assert program("import", str(file)).rows[0]["created"] == 4
    client.bucket("blog").collection("todos").delete()
    file.write_text(program("export", "blog").out)
    assert program(*check).code == 0


def test_who_may_not_is_told(program: Program, client: Client, tmp_path: Path) -> None:
    """A collection that may not be made ends the import with 3."""
    fill(client)
    rows = [
        {"kind": "export", "version": 1, "path": "blog/new"},
        {"kind": "collection", "path": "blog/new", "data": {}},
    ]
    file = tmp_path / "new.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    refused = program("import", str(file), "-a", "somebody:else")
    assert refused.code == 3
    assert "PUT /buckets/blog/collections/new: 403" in refused.err


def test_memory_stays_flat(client: Client) -> None:
    """An import holds one portion of records, however many there are."""
    from kinto_sdk.cli.places import Place
    from kinto_sdk.cli.transfer.entries import Entry
    from kinto_sdk.cli.transfer.steps import Report

    client.create_bucket("blog").create_collection("todos")
    alive: list[int] = []
    report = Report()
    importer = Importer(client, report, RecordWriter(client, report), on_position=lambda _: alive.append(made))
    made = 0

    def entries() -> Iterator[Entry]:
        nonlocal made
        for made in range(1, 251):
            yield Entry(Place("blog", collection="todos", record=f"r{made}"), {"n": made})

    importer.run(entries())
    assert alive == [101, 201, 250]
    assert report.counts["create"] == 250
