"""The options that every command takes, before its name or after it."""

import argparse
import inspect
import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import attrs

from ...protocol.errors import UsageError
from ...transport.options import read_server_url
from ...transport.origins import same_origin
from ..options import add_parser_options, client_from_args, setup_logging
from ..places import Place, read_place
from .output import Output
from .parameters import flag, option

if TYPE_CHECKING:
    from ..._sync.client import Client

SERVER, OUTPUT = "Server", "Output"


def _text(name: str, *flags: str, metavar: str, text: str) -> inspect.Parameter:
    made = option(*flags, metavar=metavar, text=text, panel=SERVER)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, made])


def _flag(name: str, *flags: str, text: str, panel: str) -> inspect.Parameter:
    made = flag(*flags, text=text, panel=panel)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, made])


_HEADER = option(
    "--header", metavar="HEADER", text="'NAME: VALUE', sent with every request; may come more than once.", panel=SERVER
)

_PARAMETERS = (
    _text("server", "-s", "--server", metavar="URL", text="https://kinto.example.com/v1 [$KINTO_SERVER_URL]"),
    _text(
        *("auth", "-a", "--auth"),
        metavar="LOGIN",
        text="USER:PASSWORD, USER to be asked for the password, or 'Bearer TOKEN'. [$KINTO_AUTH]",
    ),
    _text("timeout", "--timeout", metavar="SECONDS", text="How long to wait; none: for ever. [$KINTO_TIMEOUT]"),
    _text(
        "retry",
        "--retry",
        metavar="TIMES",
        text="How often to send a request again after a failure that may pass. [$KINTO_RETRY]",
    ),
    _text("retry_after", "--retry-after", metavar="SECONDS", text="How long to wait before that."),
    inspect.Parameter(
        "header", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[list[str] | None, _HEADER]
    ),
    _flag("dry_run", "--dry-run", text="Read, but write nothing; show what would be written.", panel=SERVER),
    _flag("yes", "-y", "--yes", text="Do not ask before something is deleted.", panel=OUTPUT),
    _flag("json", "--json", text="JSON Lines, as they come in a pipe.", panel=OUTPUT),
    _flag("verbose", "-v", "--verbose", text="Tell more.", panel=OUTPUT),
    _flag("quiet", "-q", "--quiet", text="Tell nothing but the result.", panel=OUTPUT),
    _flag("debug", "-D", "--debug", text="Show every request.", panel=OUTPUT),
)
COMMON: Mapping[str, inspect.Parameter] = {parameter.name: parameter for parameter in _PARAMETERS}
"""The options, as parameters that every command gets beside its own."""


def merged(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The options given before the command's name and after it: the later ones hold, and headers add up."""
    found = {name: after[name] or before[name] for name in COMMON}
    found["header"] = [*(before["header"] or ()), *(after["header"] or ())]
    return found


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message.removeprefix("argument "))


@attrs.define(eq=False)
class Run:
    """One run of a command: its options, what it shows, and its clients."""

    options: Mapping[str, Any]
    out: Output
    _stack: ExitStack = attrs.field(factory=ExitStack, init=False)
    _clients: "dict[tuple[str | None, str | None], Client]" = attrs.field(
        factory=dict[tuple[str | None, str | None], "Client"], init=False
    )

    @property
    def dry(self) -> bool:
        """Whether nothing is to be written."""
        return bool(self.options["dry_run"])

    @property
    def verbose(self) -> bool:
        """Whether to tell more."""
        return bool(self.options["verbose"] or self.options["debug"])

    def place(self, text: str, command: str, *kinds: str) -> Place:
        """What a PATH names, when it is one of these kinds."""
        return read_place(text).expect(command, *kinds)

    def client(self, place: Place | None = None, auth: str | None = None) -> "Client":
        """The client for a place: of the server in front of its path, or else of `--server`.

        Credentials are for `--server` alone when it is given. For a URL on another server they come from the URL or
        from `auth`; or from `--auth`, when that is given without `--server`.
        """
        url = None if place is None else place.server
        if (url, auth) not in self._clients:
            arguments = self._arguments(url, auth)
            args = add_parser_options(
                _Parser(add_help=False), include_bucket=False, include_collection=False
            ).parse_args(arguments)
            if url is not None and auth is None and not self._trusts(url):
                args.auth = None
            setup_logging(args)
            self._clients[url, auth] = self._stack.enter_context(client_from_args(args, user_agent="kinto-sdk"))
        return self._clients[url, auth]

    def close(self) -> None:
        """Close the clients. After a dry run, show what was not sent."""
        self._stack.close()
        for client in self._clients.values():
            log = client.dry_run_log
            for text, row in zip(log, log.data(), strict=True):
                if self.out.json:
                    self.out.row(row)
                else:
                    self.out.words(text)

    def _arguments(self, url: str | None, auth: str | None) -> list[str]:
        values = {**self.options, "server": url or self.options["server"], "auth": auth or self.options["auth"]}
        if values["server"] is None and not os.environ.get("KINTO_SERVER_URL", "").strip():
            raise UsageError("which server? Pass --server URL, or set KINTO_SERVER_URL")
        named = ("server", "auth", "timeout", "retry", "retry_after")
        words = [f"--{name.replace('_', '-')}={values[name]}" for name in named if values[name] is not None]
        words += [f"--header={header}" for header in values["header"]]
        return words + [
            f"--{name.replace('_', '-')}" for name in ("dry_run", "verbose", "quiet", "debug") if values[name]
        ]

    def _trusts(self, url: str) -> bool:
        """Whether `--auth`, or else `KINTO_AUTH`, is meant for this server."""
        address, credentials = read_server_url(url)
        if credentials is not None:
            return False
        server = self.options["server"]
        if server is None and self.options["auth"] is not None:
            return True
        server = server or os.environ.get("KINTO_SERVER_URL", "").strip()
        return not server or same_origin(read_server_url(server)[0], address)
