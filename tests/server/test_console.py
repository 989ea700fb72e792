"""The console program on a real server: each command through its entry point, in a pipe and on a terminal."""

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kinto_sdk import Client
from kinto_sdk.cli.console import main
from kinto_sdk.testing import KintoServer
from tests.console import Program, Result

pytestmark = pytest.mark.backends("memory")

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "votes": {"type": "integer"}}}
PROGRAM = [sys.executable, "-c", "import sys; from kinto_sdk.cli.console import main; sys.exit(main())"]


def environment(server: KintoServer) -> dict[str, str]:
    """Tell the program where the server is, and who asks."""
    return {"KINTO_SERVER_URL": server.url, "KINTO_AUTH": "me:secret", "KINTO_RETRY": "0"}


@pytest.fixture
def program(kinto_server: KintoServer, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return the program, with an empty server."""
    return Program(monkeypatch, environment(kinto_server))


@pytest.fixture
def client(kinto_server: KintoServer) -> Iterator[Client]:
    """Return a client of the same server and user."""
    with Client(kinto_server.url, auth=("me", "secret")) as client:
        yield client


@pytest.fixture
def blog(client: Client) -> Client:
    """Fill the server: a bucket, a group, a collection with a schema, two records."""
    bucket = client.create_bucket("blog", {"about": "food"})
    bucket.create_group("editors", ["account:bob"])
    todos = bucket.create_collection("todos", {"schema": SCHEMA})
    todos.create_record({"title": "Buy milk", "votes": 1}, id="milk", permissions={"read": ["account:zoe"]})
    todos.create_record({"title": "Bread", "votes": 3}, id="bread")
    return client


def only(result: Result) -> Any:
    """Return the one document that was printed."""
    assert result.code == 0, result.err
    (row,) = result.rows
    return row


# ---- looking -------------------------------------------------------------------------------------------------------


def test_info_tells_the_server_and_the_caller(program: Program, kinto_server: KintoServer) -> None:
    """A terminal gets what matters and the plugins, a pipe the whole root view."""
    assert only(program("info"))["user"]["id"].startswith("basicauth:")
    shown = program("info", terminal=True, width=100).out
    assert kinto_server.url in shown
    assert "history" in shown
    assert "Track changes on data." in shown


@pytest.mark.filterwarnings("ignore:the service will be retired:DeprecationWarning")
def test_info_tells_wrong_credentials(make_server: Callable[..., KintoServer], monkeypatch: pytest.MonkeyPatch) -> None:
    """The root view takes wrong credentials for nobody; the program ends with 3, and shows an announced end."""
    server = make_server(**{"multiauth.policies": "account", "eos": "2099-01-01"})
    program = Program(monkeypatch, environment(server))
    result = program("info", terminal=True)
    assert result.code == 3
    assert "wrong: the server takes you for nobody" in result.out
    assert "2099-01-01" in result.out
    result = program("info")
    assert (result.code, len(result.rows)) == (3, 1)
    assert "error: credentials wrong: the server takes you for nobody; check --auth, or KINTO_AUTH" in result.err


def test_json_in_a_pipe_is_utf_8(kinto_server: KintoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the locale says: it is JSON, and the next program in the pipe can read it."""
    for name, value in environment(kinto_server).items():
        monkeypatch.setenv(name, value)
    written = io.BytesIO()
    with (
        io.TextIOWrapper(io.BytesIO('{"title": "Zoë ☃"}'.encode()), encoding="ascii") as stdin,
        io.TextIOWrapper(written, encoding="ascii") as stdout,
    ):
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(["create", "blog", "--data", "-"]) == 0
        assert json.loads(written.getvalue())["title"] == "Zoë ☃"


def test_ls_lists_buckets_groups_collections_and_records(program: Program, blog: Client) -> None:
    """Each PATH lists what is in it, as the documents are."""
    assert [row["id"] for row in program("ls").rows] == ["blog"]
    assert [row["id"] for row in program("ls", "blog").rows] == ["todos"]
    assert only(program("ls", "blog/@"))["members"] == ["account:bob"]
    rows = program("ls", "blog/todos", "--sort", "votes").rows
    assert [(row["id"], row["title"]) for row in rows] == [("milk", "Buy milk"), ("bread", "Bread")]
    assert only(program("ls", "blog/todos", "-w", "min_votes=2", "-w", "like_title=bread"))["id"] == "bread"
    assert only(program("ls", "blog/todos", "--limit", "1", "--fields", "title")).keys() == {
        "id",
        "last_modified",
        "title",
    }


def test_ls_draws_a_table_that_fits(program: Program, blog: Client) -> None:
    """On a terminal columns are left out rather than broken, long lists are cut, and hostile text is harmless."""
    items = blog.bucket("blog").create_collection("items")
    evil = {"note": "a\x1b[31m [bold]b[/bold] \u202e", "sides": {"left": 1}, "z": "x" * 100, "y": "y" * 100}
    list(items.create_records({"id": f"item-{number}", **evil} for number in range(120)))
    result = program("ls", "blog/items", terminal=True)
    lines = result.out.splitlines()
    assert lines[0].split() == ["id", "modified", "note", "sides", "z"]
    assert max(map(len, lines)) <= 80
    assert "a\\u001b[31m [bold]b" in lines[2]
    assert len(lines) == 102
    assert result.err.splitlines() == ["not shown: y", "the first 100 of 120; --limit shows more"]
    assert len(program("ls", "blog/items", "--limit", "110", terminal=True).out.splitlines()) == 112
    assert len(program("ls", "blog/items").rows) == 120
    assert program("ls", "blog/todos", "-w", "votes=9", terminal=True).err == "nothing there\n"
    short = program("ls", "blog/todos", terminal=True)
    assert (short.out.split("\n")[0].split(), short.err) == (["id", "modified", "title", "votes"], "")


def test_get_prints_a_document(program: Program, blog: Client) -> None:
    """One line in a pipe, several on a terminal, with the permissions on request."""
    assert only(program("get", "blog/todos/milk"))["title"] == "Buy milk"
    found = only(program("get", "blog/todos/milk", "--permissions"))
    assert found["data"]["votes"] == 1
    assert found["permissions"]["read"] == ["account:zoe"]
    assert '\n  "title": "Buy milk",\n' in program("get", "blog/todos/milk", terminal=True).out
    assert program("get", "/buckets/blog/groups/editors").rows[0]["members"] == ["account:bob"]
    missing = program("get", "blog/todos/nope")
    assert (missing.code, missing.out) == (3, "")
    assert missing.err.endswith("404 (errno 110) there is no record 'nope'\n")


def test_get_tells_that_permissions_are_hidden(program: Program, blog: Client) -> None:
    """Who is no direct writer of an object is not shown its permissions, and told so."""
    blog.bucket("blog").collection("todos").grant("read", "system.Everyone")
    result = program("get", "blog/todos/milk", "-p", "-a", "zoe:x")
    assert only(result)["permissions"] is None
    assert "shown to those alone" in result.err
    assert program("get", "blog/todos/milk", "-p", "-q", "-a", "zoe:x").err == ""


def test_history_tells_who_did_what(program: Program, blog: Client) -> None:
    """Of a record each change with what it did, of other objects which object it was."""
    record = blog.bucket("blog").collection("todos").get_record("milk")
    record.patch({"votes": 2})
    rows = program("history", "blog/todos/milk").rows
    assert [row["action"] for row in rows] == ["update", "create"]
    assert rows[0]["changes"] == {"changed": {"votes": {"before": 1, "after": 2}}}
    assert len(program("history", "blog", "--limit", "3").rows) == 3
    assert "changes" not in program("history", "blog", "--user", record.history().all()[0].user_id).rows[0]
    assert program("history", "blog", "--since", "2099-01-01", "-a", "me:secret").code == 3
    shown = program("history", "blog/todos/milk", terminal=True, width=160).out
    assert "votes: 1 → 2" in shown
    assert "blog/@editors" in program("history", "blog", terminal=True, width=160).out
    assert program("history", "blog/@nobody", terminal=True).err == "no history\n"


def test_schema_prints_json_or_python(program: Program, blog: Client) -> None:
    """The schema is what the collection has; the classes are a module that can be run."""
    assert only(program("schema", "blog/todos")) == SCHEMA
    source = program("schema", "blog/todos", "--python").out
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    assert namespace["Todos"](title="x").title == "x"
    blog.bucket("blog").create_collection("plain")
    assert program("schema", "blog/plain").err == "error: blog/plain has no schema\n"
    blog.bucket("blog").create_collection("titled", {"schema": {**SCHEMA, "title": "Task"}})
    assert "class Task:" in program("schema", "blog/titled", "--python").out


# ---- writing -------------------------------------------------------------------------------------------------------


def test_create_makes_each_kind_of_object(program: Program, client: Client) -> None:
    """Buckets, groups, collections and records; an id is drawn where a slash asks for it."""
    assert only(program("create", "blog", "about=food"))["about"] == "food"
    assert only(program("create", "blog/@editors", 'members=["account:bob"]'))["members"] == ["account:bob"]
    assert only(program("create", "blog/todos", "-d", json.dumps({"schema": SCHEMA})))["schema"] == SCHEMA
    made = only(program("create", "blog/todos/milk", "title=Buy milk", "--permissions", '{"read": ["account:zoe"]}'))
    assert made["title"] == "Buy milk"
    assert client.bucket("blog").collection("todos").get_record("milk").permissions.read == {"account:zoe"}
    drawn = only(program("create", "blog/todos/", "-d", "-", "votes=2", stdin='{"title": "Bread"}'))
    assert len(drawn["id"]) == 36
    assert program("create", "blog/").err == "error: create: blog/ has no id; write one, as in blog/todos\n"


def test_create_does_not_overwrite(program: Program, blog: Client) -> None:
    """What exists is a conflict, or taken as it is when that is asked for."""
    result = program("create", "blog/todos/milk", "title=Other")
    assert (result.code, result.out) == (4, "")
    assert "`set` replaces it" in result.err
    assert only(program("create", "blog/todos/milk", "title=Other", "--if-not-exists"))["title"] == "Buy milk"
    assert "created /buckets/blog/collections/todos/records/eggs" in program("create", "blog/todos/eggs", "-v").err


def test_set_replaces_the_whole_document(program: Program, blog: Client) -> None:
    """Fields that are not given are gone; what is not there is created; nothing given is no empty document."""
    found = only(program("set", "blog/todos/milk", "title=Oat milk"))
    assert found["title"] == "Oat milk"
    assert "votes" not in found
    assert only(program("set", "blog/todos/eggs", "title=Eggs"))["id"] == "eggs"
    assert program("set", "blog/todos/milk").code == 2
    assert only(program("set", "blog", "--permissions", '{"read": ["system.Everyone"]}')).get("about") is None


def test_patch_changes_some_fields(program: Program, blog: Client) -> None:
    """Fields, a deep merge, and the operations of a JSON Patch."""
    assert only(program("patch", "blog/todos/milk", "votes=5"))["title"] == "Buy milk"
    assert "votes" not in only(program("patch", "blog/todos/milk", "votes=null", "--merge"))
    operations = '[{"op": "add", "path": "/data/votes", "value": 7}]'
    assert only(program("patch", "blog/todos/milk", "-d", operations))["votes"] == 7
    for wrong in (["-d", operations, "votes=1"], [], ["-d", operations, "--merge"]):
        assert program("patch", "blog/todos/milk", *wrong).code == 2
    refused = program("patch", "blog/todos/milk", "votes=many")
    assert refused.code == 3
    assert "votes" in refused.err


def test_grant_and_revoke_change_one_list(program: Program, blog: Client) -> None:
    """The principals are added or taken, the others stay, and what there is then is printed."""
    lists = only(program("grant", "blog/todos/milk", "read", "account:bob", "blog/@editors"))
    assert lists["read"] == ["/buckets/blog/groups/editors", "account:bob", "account:zoe"]
    record = blog.bucket("blog").collection("todos").get_record("milk")
    assert record.permissions.to_dict() == lists
    assert record.data["title"] == "Buy milk"
    lists = only(program("revoke", "blog/todos/milk", "read", "account:zoe", "account:nobody"))
    assert lists["read"] == ["/buckets/blog/groups/editors", "account:bob"]
    assert only(program("grant", "blog/@editors", "read", "account:ann"))["read"] == ["account:ann"]
    assert only(program("grant", "blog/todos", "record:create", "account:ann"))["record:create"] == ["account:ann"]
    assert (
        program("grant", "blog", "write", "blog/@").err == "error: 'blog/@' is no principal; a group is BUCKET/@GROUP\n"
    )
    assert program("revoke", "blog/nope", "read", "account:bob").code == 3
    (row,) = program("grant", "blog/todos", "read", "account:bob", "--dry-run").rows
    assert row["method"] == "PATCH"
    assert not blog.bucket("blog").get_collection("todos").permissions.read


def test_rm_asks_before_it_deletes(program: Program, blog: Client) -> None:
    """It tells what goes along. Without anybody to ask and without --yes nothing is deleted."""
    refused = program("rm", "blog/todos")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "pass --yes" in refused.err
    answered = program("rm", "blog/todos", terminal=True, stdin="n\n")
    assert answered.err == "Delete the collection blog/todos and its 2 records? [y/N] nothing was deleted\n"
    assert "and its 1 collection with all records?" in program("rm", "blog", terminal=True, stdin="\n").err
    assert blog.bucket("blog").collection("todos").records().count() == 2
    assert program("rm", "blog/todos/milk", "blog/@editors", terminal=True, stdin="y\n").err.endswith(
        "deleted blog/todos/milk\ndeleted blog/@editors\n"
    )
    assert program("rm", "blog/todos/bread", "--yes").rows == [{"path": "blog/todos/bread", "deleted": True}]
    assert program("rm", "blog/todos/bread", "--yes").code == 3
    assert (
        program("rm", "blog/todos/bread", "-y", "--if-exists", terminal=True).err == "blog/todos/bread was not there\n"
    )
    assert program("rm", "blog/todos/", "-y").code == 2
    assert "collection blog/nope?" in program("rm", "blog/nope", terminal=True, stdin="n\n").err


def test_a_dry_run_writes_nothing_and_shows_what_it_would(program: Program, blog: Client) -> None:
    """Every command that writes shows the requests it did not send."""
    (row,) = program("--dry-run", "patch", "blog/todos/milk", "votes=9").rows
    assert (row["method"], row["json"]) == ("PATCH", {"data": {"votes": 9}})
    assert [row["method"] for row in program("rm", "blog", "--dry-run").rows] == ["DELETE"]
    shown = program("create", "shop", "--dry-run", terminal=True)
    assert shown.out.startswith("PUT /buckets/shop ")
    assert only(program("get", "blog/todos/milk"))["votes"] == 1
    assert [row["id"] for row in program("ls").rows] == ["blog"]


# ---- the options of all commands -----------------------------------------------------------------------------------


def test_options_stand_before_the_command_or_after_it(program: Program, blog: Client) -> None:
    """The later one holds, headers add up, and all of them reach the server."""
    assert program("-a", "nobody:x", "get", "blog").code == 3
    assert program("-a", "nobody:x", "get", "blog", "-a", "me:secret").code == 0
    before = program("--header", "X-A: 1", "--timeout", "5", "get", "blog", "--header", "X-B: 2", "--retry-after", "1")
    assert before.code == 0
    assert program("ls", "--json", terminal=True).rows[0]["id"] == "blog"


def test_credentials_go_to_the_server_they_are_for(program: Program, blog: Client, kinto_server: KintoServer) -> None:
    """Those of `--server` are not sent to another address; those in a URL, or given for it, are."""
    other = kinto_server.url.replace("127.0.0.1", "localhost")
    inside = other.replace("//", "//me:secret@")
    assert program("get", f"{kinto_server.url}/blog").code == 0
    assert program("get", f"{other}/blog").code == 3
    assert program("get", f"{other}/blog", "-a", "me:secret").code == 0
    assert program("get", f"{other}/blog", "-a", "me:secret", "-s", kinto_server.url).code == 3
    assert program("get", f"{inside}/blog").code == 0
    assert program("get", f"{inside}/blog", "-a", "nobody:x").code == 0


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("kinto-sdk exp", ["export"]),
        ("kinto-sdk export --no", ["--no-record-permissions"]),
        ("kinto-sdk get b", ["blog", "blog/"]),
        ("kinto-sdk get blog/to", ["blog/todos", "blog/todos/"]),
        ("kinto-sdk get blog/todos/m", ["blog/todos/milk"]),
        ("kinto-sdk get blog/@e", ["blog/@editors"]),
        ("kinto-sdk -a me:secret diff blog/todos x", []),
        ("kinto-sdk get -a nobody:x blog/", []),
        ("kinto-sdk get -a me blog/", []),
    ],
)
def test_the_shell_completes_commands_options_and_paths(
    blog: Client, kinto_server: KintoServer, monkeypatch: pytest.MonkeyPatch, line: str, offered: list[str]
) -> None:
    """Paths are what the server has; nothing is offered, and nothing said, where it can't be asked."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_KINTO_SDK_COMPLETE": "complete_bash"}
    program = Program(monkeypatch, {**environment(kinto_server), **words})
    result = program()
    assert (result.out.split(), result.err) == (offered, "")


# ---- comparing and copying -----------------------------------------------------------------------------------------


def test_diff_tells_what_differs_and_ends_with_1(program: Program, blog: Client) -> None:
    """Collections, buckets and records; the signs say what TO has besides."""
    other = blog.bucket("blog").create_collection("other")
    other.create_record({"title": "Buy milk", "votes": 2}, id="milk")
    other.create_record({"title": "Eggs"}, id="eggs")
    result = program("diff", "blog/todos", "blog/other")
    assert result.code == 1
    assert {(row["action"], row["path"]) for row in result.rows} == {
        ("update", "blog/todos"),
        ("create", "blog/todos/eggs"),
        ("update", "blog/todos/milk"),
        ("delete", "blog/todos/bread"),
    }
    shown = program("diff", "blog/todos", "blog/other", terminal=True)
    assert "+ eggs" in shown.out
    assert "votes: 1 → 2" in shown.out
    ignored = program("diff", "blog/todos", "blog/other", "--ignore", "title,votes")
    assert "blog/todos/milk" not in {row["path"] for row in ignored.rows}
    (row,) = program("diff", "blog/todos/bread", "blog/other/eggs").rows
    assert row["changed"]["title"] == {"before": "Bread", "after": "Eggs"}
    assert program("diff", "blog", "blog/todos").code == 2


def test_no_difference_is_0(program: Program, blog: Client) -> None:
    """A copy does not differ from what it was made of, records and buckets alike."""
    assert program("copy", "blog/todos", "blog/copied").rows == [
        {"created": 3, "updated": 0, "deleted": 0, "files": 0, "unchanged": 0}
    ]
    result = program("diff", "blog/todos", "blog/copied")
    assert (result.code, result.out, result.err) == (0, "", "no differences\n")
    assert program("diff", "blog/@editors", "/buckets/blog/groups/editors").code == 0


def test_copy_brings_a_bucket_to_another_server(
    program: Program, blog: Client, make_server: Callable[..., KintoServer]
) -> None:
    """With a URL in front of TO, groups and collections included; a second copy writes nothing."""
    server = make_server(paginate_by=2)
    target = server.url.replace("//", "//me:secret@") + "/blog"
    planned = program("copy", "blog", target, "--dry-run")
    assert {row["action"] for row in planned.rows} == {"create"}
    assert only(program("copy", "blog", target))["created"] == 5
    shown = program("copy", "blog", target, terminal=True)
    assert shown.err.splitlines()[-1].endswith(", 5 as they were")
    with Client(server.url, auth="me:secret") as other:
        assert other.bucket("blog").collection("todos").records().count() == 2
        assert other.bucket("blog").get_group("editors").members == {"account:bob"}
    assert program("copy", "blog", f"{server.url}/shop", "--target-auth", "me:secret", "--no-permissions").code == 0
    assert program("copy", "blog", "blog/todos").code == 2


def test_copy_asks_before_it_deletes(program: Program, blog: Client) -> None:
    """What is on the other side alone goes with --delete, after a question."""
    program("copy", "blog/todos", "blog/other")
    blog.bucket("blog").collection("other").create_record({}, id="extra")
    asked = program("copy", "blog/todos", "blog/other", "--delete", terminal=True, stdin="no\n")
    assert "Delete 1 object from blog/other?" in asked.err
    assert blog.bucket("blog").collection("other").records().count() == 3
    done = program("copy", "blog/todos", "blog/other", "--delete", "-y", "-v")
    assert done.rows[-1]["deleted"] == 1


# ---- files ---------------------------------------------------------------------------------------------------------


def test_attachments_come_and_go(program: Program, blog: Client, tmp_path: Path) -> None:
    """Files are downloaded by record, and given back to another collection; once there they are not sent again."""
    todos = blog.bucket("blog").collection("todos")
    todos.record("milk").add_attachment(b"white", filename="milk.txt")
    folder = tmp_path / "files"
    assert only(program("attachments", "blog/todos", str(folder), "--dry-run")) == {
        "record": "milk",
        "filename": "milk.txt",
        "size": 5,
    }
    assert "milk.txt (5 bytes)" in program("attachments", "blog/todos/milk", "x", "--dry-run", terminal=True).out
    assert only(program("attachments", "blog/todos", str(folder)))["downloaded"].endswith("milk.txt")
    assert (folder / "milk" / "milk.txt").read_text() == "white"
    program("attachments", "blog/todos/milk", str(tmp_path / "one"))
    assert (tmp_path / "one" / "milk.txt").read_text() == "white"
    blog.bucket("blog").create_collection("other")
    upload = ("attachments", "blog/other", str(folder), "--upload")
    (kept,) = program(*upload, "--dry-run").rows
    assert (kept["method"], kept["path"]) == ("POST", "/buckets/blog/collections/other/records/milk/attachment")
    assert "attached" not in program(*upload, "--dry-run", terminal=True).err
    assert blog.bucket("blog").collection("other").records().count() == 0
    assert "1 file attached" in program(*upload, terminal=True).err
    assert blog.bucket("blog").collection("other").get_record("milk").attachment is not None
    planned = program("copy", "blog/todos", "blog/copied", "--attachments", "--dry-run").rows
    assert {"action": "update", "path": "blog/copied/milk", "file": "milk.txt"} in planned
    assert program("attachments", "blog/todos/milk", str(folder), "--upload").code == 2
    assert program("attachments", "blog/todos/bread", str(folder)).code == 2


# ---- in a process of its own ---------------------------------------------------------------------------------------


def start(server: KintoServer, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
    """Start the program as a shell would."""
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        env={**os.environ, **environment(server), "PYTHONUNBUFFERED": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_watch_follows_a_collection_until_ctrl_c(blog: Client, kinto_server: KintoServer) -> None:
    """Changes come as lines of JSON as they happen; Ctrl-C ends it without a word."""
    todos = blog.bucket("blog").collection("todos")
    running = start(kinto_server, "watch", "blog/todos", "--interval", "0.1")
    assert running.stderr is not None
    assert running.stdout is not None
    assert running.stderr.readline() == "watching blog/todos, Ctrl-C ends it\n"
    todos.create_record({"title": "Eggs"}, id="eggs")
    assert json.loads(running.stdout.readline())["title"] == "Eggs"
    todos.record("milk").delete()
    assert json.loads(running.stdout.readline()) | {"last_modified": 0} == {
        "id": "milk",
        "last_modified": 0,
        "deleted": True,
    }
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (130, "", "")


def test_watch_shows_changes_on_a_terminal(program: Program, blog: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """People see a line for each change: when, which record, and what it is now, or that it is gone."""
    blog.bucket("blog").collection("todos").record("milk").delete()
    monkeypatch.setattr("kinto_sdk._sync.changes.Pause.wait", interrupt)
    result = program("watch", "blog/todos", "--since", "1", terminal=True)
    assert result.code == 130
    first, second = result.out.splitlines()
    assert '~ bread  {"title":"Bread","votes":3' in first
    assert second.endswith("- milk")
    assert json.loads(program("watch", "blog/todos", "--since", "1").out.splitlines()[1])["deleted"] is True


def interrupt(*_: object) -> None:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


def test_a_closed_pipe_ends_it_quietly(blog: Client, kinto_server: KintoServer) -> None:
    """`kinto-sdk ls … | head` is no error."""
    list(blog.bucket("blog").collection("todos").create_records({"title": "x" * 1000} for _ in range(200)))
    running = start(kinto_server, "ls", "blog/todos")
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.wait(timeout=20) == 141
    assert running.stderr.read() == ""
    running.stderr.close()


def test_a_pipe_that_breaks_is_141(program: Program, blog: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was still to be written is let go."""

    def broken(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("kinto_sdk.cli.console.output.Output.row", broken)
    result = program("ls")
    assert (result.code, result.err) == (141, "")


def test_serve_serves_a_kinto(kinto_server: KintoServer) -> None:
    """It tells its URL once it answers, and ends with Ctrl-C."""
    running = start(kinto_server, "serve", "--port", "0", "--set", "paginate_by=2", "--set", "project_name=mine")
    assert running.stdout is not None
    url = json.loads(running.stdout.readline())["url"]
    with Client(url) as client:
        assert client.server_info().project_name == "mine"
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=20)[1] == ""
    assert running.returncode == 130


def test_serve_tells_why_it_can_not(
    program: Program, kinto_server: KintoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that is taken is one line; so is a server that ends by itself, and the URL is shown to people."""
    taken = program("serve", "--port", str(kinto_server.port))
    assert taken.code == 5
    assert taken.err.count("\n") == 1
    monkeypatch.setattr(KintoServer, "wait", lambda _: None)
    assert program("serve", "--port", "0", "--set", "paginate_by=2", "--set", "project_name=mine").rows[0].keys() == {
        "url"
    }
    ended = program("serve", "--port", "0", terminal=True)
    assert ended.code == 5
    assert ended.out.startswith("http://127.0.0.1:")
    assert "create default/notes/ text=Hello" in ended.err
    assert ended.err.endswith("error: the server ended by itself\n")


def test_a_real_terminal_gets_tables_and_colours(blog: Client, kinto_server: KintoServer) -> None:
    """On a terminal of 80 columns there is a table that fits, with colours unless NO_COLOR is set."""
    coloured = on_a_terminal(kinto_server, "get", "blog/todos/milk")
    assert "\x1b[" in coloured
    plain = on_a_terminal(kinto_server, "ls", "blog/todos", NO_COLOR="1")
    assert "\x1b[3" not in plain
    assert "Buy milk" in plain
    assert "─" * 40 in plain


def on_a_terminal(server: KintoServer, *arguments: str, **more: str) -> str:
    """Run the program on a terminal of its own, and return what it shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        variables = {**os.environ, **environment(server), "TERM": "xterm-256color", "COLUMNS": "80", **more}
        os.execve(PROGRAM[0], [*PROGRAM, *arguments], variables)
    shown = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and select.select([terminal], [], [], 30)[0]:
        try:
            shown += (piece := os.read(terminal, 4096))
        except OSError:
            break
        if not piece:
            break
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return shown.decode()
