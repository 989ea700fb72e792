"""The console program, `kinto-sdk`. It needs the extra `cli`."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

NEEDED = ("typer", "rich", "yaml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with these arguments, by default those of the command line, and return its exit code."""
    if any(find_spec(module) is None for module in NEEDED):
        sys.stderr.write("kinto-sdk: the console program is an extra: pip install 'kinto-sdk[cli]'\n")
        return 2
    from .program import run

    return run(arguments)
