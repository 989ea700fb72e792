"""Serve a real Kinto over HTTP, in a process of its own.

Kinto replaces the JSON module of `requests`, keeps settings in globals and warns on the standard error: none
of it may happen in the process that runs the tests. `Child` runs this script, and says what it reads and
answers. It imports nothing of kinto_sdk, so that it starts as fast as Kinto does, and Kinto only after it was
told where to look for modules.
"""

import json
import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

Environ: TypeAlias = dict[str, Any]
App: TypeAlias = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

HOST = "127.0.0.1"


def main() -> None:
    """Serve until the standard input is closed."""
    config = json.loads(sys.stdin.readline())
    sys.path[:] = config["sys_path"]  # plugins are found where the tests find them
    report = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Kinto and its plugins print is no answer

    listener = socket.create_server((HOST, config["port"]), backlog=1024)
    if config["create_database"]:
        create_database(**config["create_database"])
    import_module("kinto")  # takes most of the time, so it is done before the fork
    migrated, release = os.pipe()
    worker = fork(config["workers"])
    if worker != 0:
        os.close(release)
    threading.Thread(target=end_with_input, args=[config["directory"] if worker == 0 else None], daemon=True).start()

    port = listener.getsockname()[1]
    app = make_app(config["settings"], origin=f"http://{HOST}:{port}")
    if worker == 0:
        if config["migrate"]:
            migrate(app)
        os.close(release)
    os.read(migrated, 1)  # nothing is ever written: this waits until the first worker has closed its end

    server = import_module("waitress").create_server(
        with_attachments(app, Path(config["attachments_dir"])),
        sockets=[listener],
        threads=config["threads"],
        asyncore_use_poll=True,
    )
    print(json.dumps({"port": port, "pid": os.getpid()}), file=report, flush=True)
    server.run()


def fork(workers: int) -> int:
    """Fork into `workers` processes, and return the number of this one.

    They share the listening socket and nothing else: this comes before anything connects or starts a thread.
    """
    for number in range(1, workers):
        if os.fork() == 0:
            return number
    return 0


def end_with_input(directory: str | None) -> None:
    """End the process at once when its input is closed, and take its files along."""
    sys.stdin.read()
    if directory is not None:
        shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)


def make_app(settings: dict[str, Any], *, origin: str) -> Any:
    """Return Kinto, with these settings and none from the environment."""
    kinto = import_module("kinto")
    for name in (*settings, *kinto.DEFAULT_SETTINGS, *kinto.core.DEFAULT_SETTINGS):
        variable = name.replace(".", "_").replace("-", "_").upper()
        os.environ.pop(variable, None)
        os.environ.pop(f"KINTO_{variable}", None)
    filled = {
        name: value.replace("{origin}", origin) if isinstance(value, str) else value for name, value in settings.items()
    }
    return kinto.main({}, **filled)


def create_database(server_url: str, name: str) -> None:
    """Create an empty database."""
    connection = import_module("psycopg2").connect(server_url)
    connection.autocommit = True
    # Copying the template's files is faster than logging them when nothing has to survive a crash.
    connection.cursor().execute(f'CREATE DATABASE "{name}" STRATEGY = FILE_COPY')
    connection.close()


def migrate(app: Any) -> None:
    """Create or update the tables. A read-only server needs them, too, and Kinto would refuse it."""
    settings = app.registry.settings
    readonly, settings["readonly"] = settings["readonly"], False
    import_module("kinto.core.scripts").migrate({"registry": app.registry})
    settings["readonly"] = readonly


def with_attachments(app: App, directory: Path) -> App:
    """Serve the uploaded files, as a web server in front of Kinto would."""
    files = import_module("webob.static").DirectoryApp(str(directory), index_page=None)

    def serve(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith("/attachments/"):
            return app(environ, start_response)
        answer: Iterable[bytes] = files({**environ, "PATH_INFO": path.removeprefix("/attachments")}, start_response)
        return answer

    return serve


if __name__ == "__main__":
    main()
