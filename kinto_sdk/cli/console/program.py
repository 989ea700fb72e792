"""The commands put together, and run."""

import contextlib
import inspect
import io
import os
import sys
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from typer.main import get_command

from ... import __version__
from ...protocol.errors import KintoError
from . import exporting, files, importing, moving, reading, serving, writing
from .common import COMMON, Run, merged
from .errors import Code, code_of, message_of
from .output import Output
from .parameters import flag

EPILOG = "Exit codes: 0 done, 1 differences found, 2 usage, 3 the server refused, 4 conflict, 5 unreachable."

app: typer.Typer = typer.Typer(
    name="kinto-sdk",
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)


def _begin(ctx: typer.Context, *, version: bool, **options: Any) -> None:
    """Look at, change, compare and move what is on a Kinto server.

    A PATH is BUCKET, BUCKET/COLLECTION or BUCKET/COLLECTION/RECORD; a group is BUCKET/@GROUP. The URL of a server
    may come in front of it. A terminal gets tables, a pipe gets JSON Lines. Every command takes options for the
    server and the output, behind its name or in front of it: `kinto-sdk ls --help` shows them.
    """
    ctx.obj = options
    if version:
        sys.stdout.write(f"kinto-sdk {__version__}\n")
    elif ctx.invoked_subcommand is None:
        sys.stdout.write(ctx.get_help() + "\n")


def _with_signature(
    function: Callable[..., Any], parameters: Sequence[inspect.Parameter], *, hidden: bool = False
) -> None:
    """Make a function look to typer as if it had these parameters."""
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    everything = [context, *own, *(_hidden(option) if hidden else option for option in COMMON.values())]
    function.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]  # functions may have one
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in everything}


def _hidden(parameter: inspect.Parameter) -> inspect.Parameter:
    """An option that works and is not shown: each command shows it."""
    kind, option = get_args(parameter.annotation)
    option = copy(option)
    option.hidden = True
    return parameter.replace(annotation=Annotated[kind, option])


def _add(function: Callable[..., Code | None], name: str, panel: str) -> None:
    """Make a command of a function `(run, ...)`: it takes the common options too, and its errors become exit codes."""

    def command(ctx: typer.Context, **values: Any) -> int:
        own = {option: values.pop(option) for option in COMMON}
        return _carry_out(function, merged(ctx.obj, own), values)

    _, *parameters = inspect.signature(function).parameters.values()
    _with_signature(command, parameters)
    command.__doc__ = function.__doc__
    app.command(name, rich_help_panel=panel, epilog=EPILOG)(command)


def _carry_out(function: Callable[..., Code | None], options: dict[str, Any], values: dict[str, Any]) -> int:
    out = Output(json=options["json"], quiet=options["quiet"], assume_yes=options["yes"])
    run = Run(options, out)
    try:
        with contextlib.closing(run):
            code = function(run, **values) or Code.DONE
        sys.stdout.flush()
    except KeyboardInterrupt:
        return Code.INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has enough. What is left in the buffer is not written at the end either.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Code.PIPE_CLOSED
    except (KintoError, OSError, ImportError) as error:
        out.error(message_of(error))
        return code_of(error)
    return code


_version = inspect.Parameter(
    "version",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, flag("--version", text="Tell the version, and end.")],
)
_with_signature(_begin, [_version], hidden=True)
app.callback(invoke_without_command=True)(_begin)

_COMMANDS: tuple[tuple[str, Callable[..., Code | None], str], ...] = (
    ("info", reading.info, "Look"),
    ("ls", reading.ls, "Look"),
    ("get", reading.get, "Look"),
    ("history", reading.history, "Look"),
    ("watch", reading.watch, "Look"),
    ("schema", reading.schema, "Look"),
    ("create", writing.create, "Write"),
    ("set", writing.replace, "Write"),
    ("patch", writing.patch, "Write"),
    ("grant", writing.grant, "Write"),
    ("revoke", writing.revoke, "Write"),
    ("rm", writing.rm, "Write"),
    ("diff", moving.diff, "Compare and move"),
    ("copy", moving.copy, "Compare and move"),
    ("export", exporting.export, "Compare and move"),
    ("import", importing.import_file, "Compare and move"),
    ("attachments", files.attachments, "Compare and move"),
    ("serve", serving.serve, "A server to try things on"),
)
for _command, _function, _panel in _COMMANDS:
    _add(_function, _command, _panel)


def _ready_streams() -> None:
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # whoever started the program closed it
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # it stays open
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8")  # as JSON is, whatever the locale
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal of another encoding shows escapes for what it can't.
            stream.reconfigure(errors="backslashreplace")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program, and return its exit code."""
    _ready_streams()
    try:
        return int(get_command(app).main(arguments, prog_name="kinto-sdk", standalone_mode=False) or Code.DONE)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        path = "kinto-sdk" if context is None else context.command_path
        Output().error(f"{' '.join(error.format_message().split()).rstrip('.')}; see {path} --help")
        return Code.USAGE
