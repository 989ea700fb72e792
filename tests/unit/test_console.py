"""The console program's parts that need no server: paths, values, text, tables, errors, and its own face."""

import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from kinto_sdk import (
    AlreadyExistsError,
    AuthenticationError,
    BatchError,
    CapabilityMissingError,
    ConflictError,
    InvalidIdError,
    NotFoundError,
    PermissionDeniedError,
    Request,
    Response,
    ResponseError,
    ServerError,
    TransportError,
    UsageError,
)
from kinto_sdk.cli.console import main
from kinto_sdk.cli.console.errors import Code, code_of, message_of
from kinto_sdk.cli.console.tables import when
from kinto_sdk.cli.console.text import cell, line, pretty, visible
from kinto_sdk.cli.console.values import read_document, read_fields, read_json, read_moment, read_permissions
from kinto_sdk.cli.places import Place, place_of, read_place
from tests.console import Program, Stream


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return the program, without a server."""
    return Program(monkeypatch, {})


# ---- places --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", Place(inside=True)),
        ("blog", Place("blog")),
        ("blog/", Place("blog", inside=True)),
        ("blog/todos", Place("blog", collection="todos")),
        ("blog/todos/", Place("blog", collection="todos", inside=True)),
        ("blog/todos/milk", Place("blog", collection="todos", record="milk")),
        ("blog/@editors", Place("blog", group="editors")),
        ("blog/@", Place("blog", groups=True, inside=True)),
        ("/buckets", Place(inside=True)),
        ("/buckets/blog", Place("blog")),
        ("/v1/buckets/blog/collections/todos/records/milk", Place("blog", collection="todos", record="milk")),
        ("/buckets/blog/groups/editors", Place("blog", group="editors")),
        ("/buckets/blog/groups", Place("blog", groups=True, inside=True)),
        ("/buckets/blog/collections", Place("blog", inside=True)),
        ("/buckets/blog/collections/todos/records", Place("blog", collection="todos", inside=True)),
        ("https://k.example.com/v1", Place(inside=True, server="https://k.example.com/v1")),
        ("https://k.example.com/v1/", Place(inside=True, server="https://k.example.com/v1")),
        ("https://k.example.com/v1/blog/todos", Place("blog", collection="todos", server="https://k.example.com/v1")),
        ("https://a:b@k.example.com/x/v1/buckets/blog", Place("blog", server="https://a:b@k.example.com/x/v1")),
        ("https://k.example.com/v1/buckets", Place(inside=True, server="https://k.example.com/v1")),
    ],
)
def test_a_path_is_read_in_all_of_its_forms(text: str, place: Place) -> None:
    """The short form, the server's own and URLs name the same places."""
    assert read_place(text) == place


@pytest.mark.parametrize(
    "text", ["a/b/c/d", "a//b", "/nowhere", "blog/@editors/x", "https://k.example.com/blog", "/accounts/bob"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    """A path that names nothing is a usage error before anything is sent."""
    with pytest.raises(UsageError):
        read_place(text)


def test_a_place_tells_its_kind_its_path_and_its_parent() -> None:
    """Places print as they are written, and know what they are in."""
    found = {
        text: (place.kind, str(place), str(place.parent))
        for text in ("", "blog", "blog/todos", "blog/todos/milk", "blog/@editors", "blog/@")
        if (place := read_place(text))
    }
    assert found == {
        "": ("server", "", ""),
        "blog": ("bucket", "blog", ""),
        "blog/todos": ("collection", "blog/todos", "blog"),
        "blog/todos/milk": ("record", "blog/todos/milk", "blog/todos"),
        "blog/@editors": ("group", "blog/@editors", "blog"),
        "blog/@": ("bucket", "blog/@", ""),
    }
    assert place_of("/buckets/blog/groups/editors") == Place("blog", group="editors")
    with pytest.raises(UsageError, match="get is for a record; 'blog' is a bucket"):
        read_place("blog").expect("get", "record")


# ---- values --------------------------------------------------------------------------------------------------------


def test_a_field_is_json_if_it_reads_so_and_text_otherwise() -> None:
    """Numbers, booleans, lists and quoted text are what JSON says; anything else is the text itself."""
    words = ["a=1", "b=true", "c=Buy milk", 'd="1"', "e=[1, 2]", "f=", "g=x=y", "h=NaN", "i=null"]
    assert read_fields(words) == {
        "a": 1,
        "b": True,
        "c": "Buy milk",
        "d": "1",
        "e": [1, 2],
        "f": "",
        "g": "x=y",
        "h": "NaN",
        "i": None,
    }


@pytest.mark.parametrize(
    ("words", "message"), [(["x"], "FIELD=VALUE"), (["=1"], "FIELD=VALUE"), (["a=1", "a=2"], "twice")]
)
def test_a_word_that_is_no_field_is_refused(words: list[str], message: str) -> None:
    """A forgotten `=` is not taken for data."""
    with pytest.raises(UsageError, match=message):
        read_fields(words)


def test_data_comes_from_the_option_a_file_or_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--data` takes JSON, `@file` and `-`, and fields go on top."""
    file = tmp_path / "data.json"
    file.write_text('{"a": 1}')
    assert read_document(["b=2"], f"@{file}") == {"a": 1, "b": 2}
    assert read_json("[1]", "--data") == [1]
    monkeypatch.setattr("sys.stdin", Stream('{"a": 1}', terminal=False))
    assert read_json("-", "--data") == {"a": 1}
    for wrong in ("{", "@/nowhere/x", "[" * 100_000):
        with pytest.raises(UsageError, match="--data"):
            read_json(wrong, "--data")
    with pytest.raises(UsageError, match="an object"):
        read_document([], "[]")


def test_permissions_are_lists_by_name() -> None:
    """Anything else is refused with an example."""
    assert read_permissions(None) is None
    assert read_permissions('{"read": ["account:bob"]}') == {"read": ["account:bob"]}
    for wrong in ("[]", '{"read": "account:bob"}'):
        with pytest.raises(UsageError, match="--permissions"):
            read_permissions(wrong)


def test_a_moment_is_a_version_or_a_date() -> None:
    """Milliseconds, an ETag and a local date are understood."""
    assert read_moment("123", "--since") == read_moment('"123"', "--since") == 123
    assert read_moment("2030-01-31T12:00", "--since") == datetime(2030, 1, 31, 12).astimezone()
    with pytest.raises(UsageError, match="--since: 'soon'"):
        read_moment("soon", "--since")


# ---- text ----------------------------------------------------------------------------------------------------------


def test_no_control_character_reaches_a_terminal() -> None:
    """Escape sequences, line ends and marks of direction are shown as escapes, which leave JSON what it was."""
    evil = "a\x1b[31m\x9b2J\n\u202e\U000e0041\U0001f600é"
    assert visible(evil) == "a\\u001b[31m\\u009b2J\\u000a\\u202e\\udb40\\udc41\U0001f600é"
    for text in (line({"x": evil}), pretty({"x": [evil]})):
        assert set(text) - set("\n") == {character for character in text if character.isprintable()}
    assert json.loads(line({"x": evil})) == {"x": evil}
    assert cell([1]) == "[1]"
    assert cell("x") == "x"


def test_a_version_is_shown_as_local_time() -> None:
    """What is no time is shown as it is."""
    assert when(0)[:4] in ("1970", "1969")
    assert when(None) == ""
    assert when(10**20) == str(10**20)


# ---- errors --------------------------------------------------------------------------------------------------------


def response(status: int, path: str = "/buckets/b", **body: Any) -> Response:
    """Make an answer of the server."""
    return Response(status, {}, httpx.Response(200, json=body).content, request=Request("PUT", path))


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UsageError("what?"), Code.USAGE, "what?"),
        (InvalidIdError("no id"), Code.USAGE, "no id"),
        (
            FileNotFoundError(2, "No such file or directory", "x.jsonl"),
            Code.USAGE,
            "x.jsonl: No such file or directory",
        ),
        (OSError(28, "No space left on device"), Code.USAGE, "No space left on device"),
        (OSError("odd"), Code.USAGE, "odd"),
        (ImportError("pip install 'kinto-sdk[server]'"), Code.USAGE, "pip install 'kinto-sdk[server]'"),
        (CapabilityMissingError("history"), Code.REFUSED, None),
        (
            NotFoundError(response(404, message="gone.")),
            Code.REFUSED,
            "PUT /buckets/b: 404 gone",
        ),
        (
            AuthenticationError(response(401, errno=104, message="who?")),
            Code.REFUSED,
            "PUT /buckets/b: 401 (errno 104) who?; check --auth, or KINTO_AUTH",
        ),
        (
            PermissionDeniedError(response(403, message="This user cannot access this resource.")),
            Code.REFUSED,
            (
                "PUT /buckets/b: 403 This user cannot access this resource; "
                "the bucket may not exist: the server does not tell that from 'not yours'"
            ),
        ),
        (
            PermissionDeniedError(response(403, message="Not in editors group")),
            Code.REFUSED,
            "PUT /buckets/b: 403 Not in editors group",
        ),
        (
            PermissionDeniedError(response(403, "/accounts/x?y=1", message="no")),
            Code.REFUSED,
            "PUT /accounts/x: 403 no",
        ),
        (
            AlreadyExistsError(response(412, message="there")),
            Code.CONFLICT,
            "PUT /buckets/b: 412 it exists already; `set` replaces it, `patch` changes it",
        ),
        (
            ConflictError(response(412, message="changed")),
            Code.CONFLICT,
            "PUT /buckets/b: 412 changed; somebody else changed it meanwhile; look at it and try again",
        ),
        (
            NotFoundError(response(404, message="nothing"), advice="create_bucket() makes it"),
            Code.REFUSED,
            "PUT /buckets/b: 404 nothing",
        ),
        (
            ResponseError(response(302, message="Found"), advice="it redirects elsewhere"),
            Code.REFUSED,
            "PUT /buckets/b: 302 Found; it redirects elsewhere",
        ),
        (ServerError(response(500, message="broken")), Code.UNREACHABLE, "PUT /buckets/b: 500 broken"),
        (TransportError("no\nanswer"), Code.UNREACHABLE, "no\\u000aanswer"),
        (BatchError("2 failed", [UsageError("a"), TransportError("b")]), Code.UNREACHABLE, "2 failed"),
        (BatchError("1 failed", [UsageError("a")]), Code.USAGE, "a"),
        (KeyError(), Code.REFUSED, "KeyError"),
    ],
    ids=repr,
)
def test_an_error_is_one_line_and_a_code(error: Exception, code: Code, message: str | None) -> None:
    """Scripts learn what to do from the code, people from one line with advice for the command line."""
    assert code_of(error) == code
    assert message is None or message_of(error) == message
    assert "\n" not in message_of(error)


# ---- its face ------------------------------------------------------------------------------------------------------

COMMANDS = (
    *("info", "ls", "get", "history", "watch", "schema", "create", "set", "patch"),
    *("grant", "revoke", "rm"),
    *("diff", "copy", "export", "import", "attachments", "serve"),
)


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(program: Program, command: str, width: int) -> None:
    """`--help` fits the terminal, shows the options that all commands share, and the exit codes."""
    result = program(command, "--help", terminal=True, width=width)
    assert result.code == 0
    assert result.err == ""
    assert max(map(len, result.out.splitlines())) <= width
    assert "--server" in result.out
    assert "Exit codes" in result.out
    assert "…" not in result.out


def test_the_program_explains_itself(program: Program) -> None:
    """Without a command, it lists all of them; `--version` is told."""
    result = program(terminal=True)
    assert result.code == 0
    assert all(f"│ {command} " in result.out for command in COMMANDS)
    assert result.out == program("-h", terminal=True).out
    assert program("--version").out.startswith("kinto-sdk 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ls", "--nope"], "No such option: --nope; see kinto-sdk ls --help"),
        (["nope"], "No such command 'nope'; see kinto-sdk --help"),
        (["get"], "Missing argument 'PATH'; see kinto-sdk get --help"),
        (["ls"], "which server? Pass --server URL, or set KINTO_SERVER_URL"),
        (["-s", "ftp://x", "ls"], "server_url='ftp://x' is not a server's address"),
        (["ls", "-s", "http://x", "--retry", "often"], "--retry: 'often' is not understood"),
        (["ls", "-s", "http://x", "--header", "x"], "a header is written 'NAME: VALUE'"),
        (["get", "a/b/c/d", "-s", "http://x"], "'a/b/c/d' is not a PATH"),
        (["ls", "a/b", "-s", "http://x", "-w", "n>3"], "--where n>3: the server's filters are n=3, min_n=3"),
        (["grant", "blog", "read"], "Missing argument 'PRINCIPAL'; see kinto-sdk grant --help"),
        (["grant", "blog", "nope", "account:bob", "-s", "http://x"], "a bucket has no permission 'nope'; it has "),
        (["serve", "--set", "x"], "--set: 'x' is not of the form KEY=VALUE"),
    ],
)
def test_wrong_usage_is_one_line_and_2(program: Program, arguments: list[str], message: str) -> None:
    """Whatever is wrong with the arguments is told on one line of standard error."""
    result = program(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert message in result.err
    assert result.err.count("\n") == 1


def test_without_the_extra_it_names_it(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who did not install the extra is told how, on one line."""
    monkeypatch.setattr("kinto_sdk.cli.console.NEEDED", ("no_such_module",))
    result = program("ls")
    assert result.code == 2
    assert result.err == "kinto-sdk: the console program is an extra: pip install 'kinto-sdk[cli]'\n"


def test_it_writes_to_whatever_takes_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that a host program put in the place of the standard ones are used as they are."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["--version"]) == 0
    assert stream.getvalue().startswith("kinto-sdk ")


def test_closed_streams_are_as_good_as_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is started without standard streams ends as it would with them, and not with a traceback."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main(["rm", "blog/todos/milk", "-s", "http://127.0.0.1:1"]) == 2
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()


def test_scripts_do_not_pay_for_the_program() -> None:
    """What users' scripts import loads neither typer nor rich nor yaml."""
    code = "import sys, kinto_sdk.cli; print({'typer', 'rich', 'yaml', 'kinto_sdk.cli.console'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_unreachable_server_is_5(program: Program) -> None:
    """No answer is told apart from a refusal."""
    result = program("ls", "-s", "http://127.0.0.1:1", "--retry", "0")
    assert (result.code, result.out) == (5, "")
    assert result.err.startswith("error: GET /buckets?_limit=1000: no answer from http://127.0.0.1:1/v1")
    assert "check the server's address, and that it runs" in result.err
