"""The options of users' scripts: what is read, what it means for the client, and that no secret shows."""

import argparse
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kinto_sdk import AsyncClient, BasicAuth, BearerAuth, Client, UsageError
from kinto_sdk.cli import add_parser_options, client_from_args, setup_logging

URL = "https://kinto.example.com/v1"
SERVER = ["--server", URL]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the settings of whoever runs the tests out of the environment."""
    for name in ("SERVER_URL", "AUTH", "BUCKET", "COLLECTION", "RETRY", "TIMEOUT"):
        monkeypatch.delenv(f"KINTO_{name}", raising=False)


def parse(*words: str, **options: object) -> argparse.Namespace:
    """Read a command line with the options as they come."""
    return add_parser_options(**options).parse_args(list(words))  # type: ignore[arg-type]  # whatever a script gives


def client(*words: str) -> Client:
    """Make the client of a command line."""
    return client_from_args(parse(*SERVER, *words))


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Tell what a command line is refused with."""
    with pytest.raises(SystemExit) as caught:
        parse(*words)
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


# ---- what is read ----


def test_each_option_reaches_the_client() -> None:
    """Everything given on the command line is a setting of the client."""
    made = client(
        *("-a", "alice:pa:ss", "-b", "blog", "-c", "todos", "--retry", "7", "--retry-after", "2.5"),
        *("--timeout", "4", "--header", "X-Tenant: a: b", "--header", "X-Trace:1", "--dry-run"),
    )
    options = made._session.options
    assert made.server_url == URL
    assert options.auth == BasicAuth("alice", "pa:ss")
    assert made.bucket().collection().path == "/buckets/blog/collections/todos"
    assert (options.retry.retries, options.retry.retry_after) == (7, 2.5)
    assert options.timeout.read == 4
    assert options.headers == {"X-Tenant": "a: b", "X-Trace": "1"}
    assert options.dry_run == "writes"


def test_what_is_not_given_is_left_to_the_client() -> None:
    """A bare command line makes the client that `Client(url)` makes."""
    assert client()._session.options == Client(URL)._session.options
    assert client().bucket().id == "default"


def test_no_timeout_at_all() -> None:
    """`--timeout none` waits for ever."""
    assert client("--timeout", "none")._session.options.timeout.read is None


def test_the_environment_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of `Client.from_env()` are the defaults, before those of the script, and after what is given."""
    for name, value in {
        "SERVER_URL": URL,
        "AUTH": "Bearer t:1",
        "BUCKET": "blog",
        "COLLECTION": "todos",
        "RETRY": "9",
        "TIMEOUT": "none",
    }.items():
        monkeypatch.setenv(f"KINTO_{name}", value)
    scripts = {"default_server": "http://localhost:8888", "default_auth": "a:b", "default_bucket": "x"}
    made = client_from_args(parse("-c", "other", **scripts))
    known = Client.from_env(collection="other")
    assert made._session.options == known._session.options
    assert made._context.bucket == known._context.bucket == "blog"
    assert made._context.collection == "other"
    monkeypatch.setenv("KINTO_SERVER_URL", "")
    assert client_from_args(parse(**scripts)).server_url == "http://localhost:8888/v1"


def test_options_can_be_added_to_a_parser_that_is_there() -> None:
    """A script keeps its own parser and leaves out what it is not about."""
    own = argparse.ArgumentParser()
    own.add_argument("folder")
    assert add_parser_options(own, include_bucket=False, include_collection=False) is own
    args = own.parse_args(["pictures", *SERVER])
    assert args.folder == "pictures"
    assert not hasattr(args, "bucket")
    assert client_from_args(args).server_url == URL
    assert add_parser_options(description="Copies.").description == "Copies."


def test_settings_of_the_script_win() -> None:
    """What the script says itself is in place of the command line, and any kind of client can be made."""
    args = parse(*SERVER, "-a", "alice", "--timeout", "3")
    made = client_from_args(args, AsyncClient, auth=None, timeout=5, user_agent="copier/1")
    assert isinstance(made, AsyncClient)
    assert made._session.options.auth is None
    assert made._session.options.timeout.read == 5


# ---- credentials ----


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("alice:secret with spaces", BasicAuth("alice", "secret with spaces")),
        ("Bearer ab:cd", BearerAuth("ab:cd")),
        ("Bearer+google  abc", BearerAuth("abc", type="Bearer+google")),
        ("Token abc", BearerAuth("abc", type="Token")),
        ("Basic YTpi", BasicAuth("a", "b")),
    ],
)
def test_forms_of_credentials(written: str, read: object) -> None:
    """A user with a password, and a token after any word, are told apart."""
    assert client("--auth", written)._session.options.auth == read


def test_a_password_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user alone is asked for the password when the first client is made, not before."""
    asked: list[str] = []
    args = parse(*SERVER, "-a", "alice")
    assert args.auth == "alice"
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or "s3cret")
    made = [client_from_args(args), client_from_args(args, AsyncClient)]
    assert [each._session.options.auth for each in made] == [BasicAuth("alice", "s3cret")] * 2
    assert asked == ["Password of alice: "]


def test_where_nobody_can_be_asked_for_a_password_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as in a cron job: an error of ours, with what to write."""

    def nobody(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", nobody)
    with pytest.raises(UsageError, match="ask for the password of alice; write alice:PASSWORD"):
        client_from_args(parse(*SERVER, "-a", "alice"))


def test_no_secret_shows(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the help, nor a refusal, nor the parsed arguments show credentials."""
    monkeypatch.setenv("KINTO_AUTH", "alice:s3cret")
    assert "s3cret" not in repr(parse(*SERVER))
    parser = add_parser_options(default_server="https://bob:s3cret@kinto.example.com", default_auth="bob:s3cret")
    assert "https://kinto.example.com/v1" in parser.format_help()
    assert "s3cret" not in parser.format_help()
    assert "s3cret" not in refusal(capsys, *SERVER, "--auth", "Bearer s3cret s3cret")


# ---- refusals ----


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--server", "kinto"], "argument -s/--server: server_url='kinto' is not a server's address"),
        ([*SERVER, "--retry", "x"], "argument --retry: 'x' is not understood; write a number of retries"),
        ([*SERVER, "--retry", "-1"], "argument --retry: retry=-1 is not understood"),
        ([*SERVER, "--retry-after", "soon"], "argument --retry-after: 'soon' is not understood; write seconds"),
        ([*SERVER, "--timeout", "0"], "argument --timeout: timeout=0.0 is not understood"),
        ([*SERVER, "--header", "X-Tenant"], "argument --header: a header is written 'NAME: VALUE'"),
        ([*SERVER, "--header", "X Tenant: a"], "argument --header: headers: 'X Tenant' can't be the name"),
        ([], "the following arguments are required: -s/--server"),
    ],
)
def test_what_is_refused(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    """A setting that can't be right is told in one line that names the option."""
    assert message in refusal(capsys, *words)


def test_a_wrong_variable_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks for an option that was not given: the message names the variable."""
    monkeypatch.setenv("KINTO_TIMEOUT", "soon")
    assert "argument --timeout: KINTO_TIMEOUT: 'soon' is not understood" in refusal(capsys, *SERVER)


def test_a_client_needs_a_server() -> None:
    """Arguments of another parser are told what is missing."""
    with pytest.raises(UsageError, match=r"there is no server; pass --server URL, or set KINTO_SERVER_URL"):
        client_from_args(argparse.Namespace())


# ---- messages ----


@pytest.fixture
def levels() -> Iterator[None]:
    """Put back the levels of the loggers."""
    names = (None, "httpx", "httpcore", "asyncio")
    before = {name: logging.getLogger(name).level for name in names}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("levels")
@pytest.mark.parametrize(
    ("words", "level"),
    [([], logging.WARNING), (["-v"], logging.INFO), (["-q"], logging.CRITICAL), (["-q", "-D"], logging.DEBUG)],
)
def test_how_much_is_told(words: list[str], level: int) -> None:
    """The level is that of every logger but those that would tell of the same requests again."""
    setup_logging(parse(*SERVER, *words))
    assert logging.getLogger("kinto_sdk").getEffectiveLevel() == level
    assert logging.getLogger("script").getEffectiveLevel() == level
    assert logging.getLogger("httpx").getEffectiveLevel() == logging.WARNING


def test_only_the_core_is_needed() -> None:
    """The helpers load neither the console program's libraries nor asyncio."""
    script = "import sys; import kinto_sdk.cli; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {"rich", "typer", "yaml", "asyncio", "kinto_sdk._aio"} & set(loaded) == set()
