"""Arguments and options as all commands have them: a default is told by the text, where there is one to tell."""

from collections.abc import Callable
from typing import Any

import typer

Complete = Callable[[typer.Context, str], list[str]]


def argument(metavar: str, text: str, complete: Complete | None = None) -> Any:
    """A positional argument."""
    return typer.Argument(metavar=metavar, help=text, show_default=False, autocompletion=complete)


def option(*names: str, metavar: str, text: str, panel: str | None = None) -> Any:
    """An option with a value, under these names or that of its parameter."""
    return typer.Option(*names, metavar=metavar, help=text, show_default=False, rich_help_panel=panel)


def flag(*names: str, text: str, panel: str | None = None) -> Any:
    """An option without a value."""
    return typer.Option(*names, metavar="", help=text, rich_help_panel=panel)
