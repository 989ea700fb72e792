"""Run a throw-away PostgreSQL, in a process that takes it down when its input is closed.

`Child` runs this script, and says what it reads and answers. It imports nothing but the standard library.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

# Speed, since nothing has to survive a crash; no TCP port, so that no other user can connect.
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def main() -> None:
    """Serve until the standard input is closed."""
    config = json.loads(sys.stdin.readline())
    directory = Path(config["directory"])
    programs = Path(config["programs"])
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        identity = unprivileged()
        os.chown(directory, identity["user"], identity["group"])
        if not reachable(programs):
            programs = copy_programs(programs, directory, identity)
    data = directory / "data"
    subprocess.run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **identity,
    )
    options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    postgres: subprocess.Popen[Any] = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", directory, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **identity,
    )
    try:
        wait_until_ready(postgres, data)
        print("{}", flush=True)
        sys.stdin.read()
    finally:
        postgres.send_signal(signal.SIGQUIT)  # at once: what it holds is thrown away
        postgres.wait()
    shutil.rmtree(directory, ignore_errors=True)  # not after a failure, which the log in there explains


def unprivileged() -> dict[str, Any]:
    """Return how `subprocess` runs a program as the user that owns nothing."""
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def reachable(path: Path) -> bool:
    """Whether everybody may enter each folder on the way to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def copy_programs(programs: Path, directory: Path, owner: dict[str, Any]) -> Path:
    """Copy PostgreSQL out of a folder that is closed to others, and return where its programs are now.

    The shared libraries that its wheel brings are found by their place next to the package.
    """
    package = programs.parent.parent
    home = directory / "programs"
    release = home / package.name / programs.parent.name
    shutil.copytree(programs.parent, release)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / libraries.name)
    for path in (home, *home.rglob("*")):
        os.chown(path, owner["user"], owner["group"], follow_symlinks=False)
    return release / programs.name


def wait_until_ready(postgres: "subprocess.Popen[Any]", data: Path) -> None:
    """Wait until it takes connections. It accepts and refuses them before, so connecting would not tell."""
    status = data / "postmaster.pid"
    while postgres.poll() is None:
        if status.exists() and status.read_text().rstrip().endswith("\nready"):
            return
        time.sleep(0.01)
    raise SystemExit("PostgreSQL ended while it started")


if __name__ == "__main__":
    main()
