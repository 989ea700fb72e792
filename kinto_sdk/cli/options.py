"""The options of a script that talks to Kinto, for argparse."""

import argparse
import logging
import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from ..protocol.errors import UsageError
from ..protocol.headers import check_headers
from ..transport.auth import BearerAuth, read_auth
from ..transport.environment import number_from, server_url_from
from ..transport.options import read_retry, read_server_url, read_timeout

if TYPE_CHECKING:
    from .._aio.client import AsyncClient
    from .._aio.settings import AsyncSettings
    from .._sync.client import Client
    from .._sync.settings import Settings
    from ..transport.types import AuthInput

    A = TypeVar("A", bound=AsyncClient)
    C = TypeVar("C", bound=Client)

CHATTY = ("httpx", "httpcore", "asyncio")
"""Loggers that tell of the same requests once more."""


def add_parser_options(
    parser: argparse.ArgumentParser | None = None,
    *,
    default_server: str | None = None,
    default_auth: "AuthInput" = None,
    default_bucket: str | None = None,
    default_collection: str | None = None,
    default_retry: int | None = None,
    default_retry_after: float | None = None,
    default_timeout: float | None = None,
    include_bucket: bool = True,
    include_collection: bool = True,
    **parser_options: Any,
) -> argparse.ArgumentParser:
    """Add the options every script needs to a parser, or to a new one made with `parser_options`. Returns it.

    `-s/--server -a/--auth -b/--bucket -c/--collection --retry --retry-after --timeout --header --dry-run`, and
    `-v/--verbose -q/--quiet -D/--debug`. What is not given comes from the environment variable that
    `Client.from_env()` reads, then from the `default_…` here, then from the client. When none of them has a server,
    `--server` is required. `include_bucket=False` and `include_collection=False` leave these two out.

    `client_from_args(args)` makes the client, and `setup_logging(args)` shows what it does.
    """
    parser = argparse.ArgumentParser(**parser_options) if parser is None else parser
    group = parser.add_argument_group("Kinto")

    def add(*flags: str, read: Callable[[str], Any], default: Any, variable: str, text: str, metavar: str) -> None:
        shown = f"${variable}"
        if default is not None and read is not _auth:
            shown += f", or {read_server_url(default)[0] if read is server_url_from else default}"
        value = os.environ.get(variable, "").strip()
        group.add_argument(
            *flags,
            type=_reader(read),
            default=_FromEnvironment(value, variable) if value else default,
            required=read is server_url_from and default is None and not value,
            metavar=metavar,
            help=f"{text} (default: {shown})".replace("%", "%%"),
        )

    add(
        *("-s", "--server"),
        read=server_url_from,
        default=default_server,
        variable="KINTO_SERVER_URL",
        text="the server's address: https://kinto.example.com/v1",
        metavar="URL",
    )
    add(
        *("-a", "--auth"),
        read=_auth,
        default=default_auth,
        variable="KINTO_AUTH",
        text="USER:PASSWORD, USER to be asked for the password, or 'Bearer TOKEN'",
        metavar="CREDENTIALS",
    )
    if include_bucket:
        add(
            *("-b", "--bucket"),
            read=str,
            default=default_bucket,
            variable="KINTO_BUCKET",
            text="the bucket",
            metavar="ID",
        )
    if include_collection:
        add(
            *("-c", "--collection"),
            read=str,
            default=default_collection,
            variable="KINTO_COLLECTION",
            text="the collection",
            metavar="ID",
        )
    add(
        "--retry",
        read=_retry,
        default=default_retry,
        variable="KINTO_RETRY",
        text="how often a request is sent again after a failure that may pass",
        metavar="TIMES",
    )
    group.add_argument(
        "--retry-after",
        type=_reader(_seconds),
        default=default_retry_after,
        metavar="SECONDS",
        help="how long to wait before that, instead of what the server asks for",
    )
    add(
        "--timeout",
        read=_timeout,
        default=default_timeout,
        variable="KINTO_TIMEOUT",
        text="how many seconds to wait for the server; none: for ever",
        metavar="SECONDS",
    )
    group.add_argument(
        "--header",
        type=_reader(_header),
        action="append",
        metavar="'NAME: VALUE'",
        help="a header to send with every request; may be given more than once",
    )
    group.add_argument("--dry-run", action="store_true", help="read, but write nothing")
    messages = parser.add_argument_group("messages")
    for short, long, level, text in (
        ("-v", "--verbose", logging.INFO, "show what is done"),
        ("-q", "--quiet", logging.CRITICAL, "show critical errors alone"),
        ("-D", "--debug", logging.DEBUG, "show every request"),
    ):
        messages.add_argument(short, long, action="store_const", const=level, dest="verbosity", help=text)
    return parser


@overload
def client_from_args(args: argparse.Namespace, /, **overrides: "Unpack[Settings]") -> "Client": ...


@overload
def client_from_args(args: argparse.Namespace, kind: "type[C]", /, **overrides: "Unpack[Settings]") -> "C": ...


@overload
def client_from_args(args: argparse.Namespace, kind: "type[A]", /, **overrides: "Unpack[AsyncSettings]") -> "A": ...


def client_from_args(args: argparse.Namespace, kind: Any = None, /, **overrides: Any) -> Any:
    """A client with what was given on the command line: a `Client`, or a `kind` such as `AsyncClient`. Sends nothing.

    For credentials without a password it is asked for on the terminal, once for all clients of these `args`.
    `--dry-run` becomes `dry_run="writes"`: what reads is sent, what writes is kept in `client.dry_run_log`.
    `overrides` are settings of the client, in place of those of the command line.

    Raises:
        UsageError: a setting that can't be right, or no server.
    """
    if kind is None:
        from .._sync.client import Client as kind  # noqa: N813  # the default for a class

    given: dict[str, Any] = {
        "server_url": getattr(args, "server", None),
        "bucket": getattr(args, "bucket", None),
        "collection": getattr(args, "collection", None),
        "retry": getattr(args, "retry", None),
        "retry_after": getattr(args, "retry_after", None),
        "timeout": getattr(args, "timeout", None),
        "headers": dict(getattr(args, "header", None) or ()) or None,
        "dry_run": "writes" if getattr(args, "dry_run", False) else None,
    }
    settings = {name: value for name, value in given.items() if value is not None}
    if settings.get("timeout") == math.inf:
        settings["timeout"] = None
    if "auth" not in overrides:
        settings["auth"] = args.auth = _with_password(getattr(args, "auth", None))
    settings.update(overrides)
    if "server_url" not in settings:
        raise UsageError("there is no server; pass --server URL, or set KINTO_SERVER_URL")
    return kind(**settings)


def setup_logging(args: argparse.Namespace) -> None:
    """Write log messages to stderr: warnings, with `-v` what is done, with `-D` every request, with `-q` next to none.

    It is the level of all loggers, the script's own included, but for those of the HTTP libraries, which would tell
    of every request once more. Handlers that the script has set up before stay in place of ours.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger().setLevel(args.verbosity or logging.WARNING)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


# ---- reading one option --------------------------------------------------------------------------------------------


class _FromEnvironment(str):
    """A default from an environment variable. argparse reads it as if it had been typed."""

    __slots__ = ("variable",)

    def __new__(cls, value: str, variable: str) -> Self:
        text = super().__new__(cls, value)
        text.variable = variable
        return text

    variable: str


def _reader(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def reader(value: str) -> Any:
        try:
            return read(value)
        except UsageError as error:
            # argparse would name the option alone, which nobody gave, and show the value, which may be secret.
            where = f"{value.variable}: " if isinstance(value, _FromEnvironment) else ""
            raise argparse.ArgumentTypeError(f"{where}{error}") from None

    return reader


def _auth(value: str) -> Any:
    word, _, rest = value.partition(" ")
    if not rest and ":" not in value:
        return value
    if rest and ":" not in word and word.lower() != "basic":
        return BearerAuth(rest.strip(), type=word)
    return read_auth(value)


def _with_password(auth: Any) -> Any:
    if not isinstance(auth, str) or not auth or ":" in auth or " " in auth:
        return auth
    from getpass import getpass

    try:
        return auth, getpass(f"Password of {auth}: ")
    except EOFError:
        raise UsageError(f"nobody is there to ask for the password of {auth}; write {auth}:PASSWORD") from None


def _retry(value: str) -> int:
    number = number_from(value, int, "a number of retries")
    read_retry(number, None)
    return number


def _seconds(value: str) -> float:
    return number_from(value, float, "seconds")


def _timeout(value: str) -> float:
    if value.lower() == "none":
        return math.inf
    seconds = number_from(value, float, "seconds, or none to wait for ever")
    read_timeout(seconds)
    return seconds


def _header(value: str) -> tuple[str, str]:
    name, colon, text = value.partition(":")
    if not colon:
        raise UsageError("a header is written 'NAME: VALUE'")
    check_headers({name.strip(): text.strip()})
    return name.strip(), text.strip()
