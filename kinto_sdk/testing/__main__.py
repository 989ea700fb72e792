"""Serve an embedded Kinto from a shell, until it is interrupted."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from typing import cast

from kinto_sdk.testing import KintoServer, KintoServerError, Setting

DEFAULT_PORT = 8888


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the server, print its URL, and wait for an interrupt (Ctrl-C) or a SIGTERM."""
    parser = argparse.ArgumentParser(
        prog="python -m kinto_sdk.testing",
        description="Serve a real Kinto on this machine, with empty storage that is gone when it stops.",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="the port to listen on, 0 for a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--backend", choices=("memory", "postgresql"), default="memory", help="where objects are stored"
    )
    parser.add_argument("--postgresql-url", metavar="URL", help="store objects in this PostgreSQL database")
    parser.add_argument("--workers", type=int, default=1, help="how many processes serve (needs PostgreSQL)")
    parser.add_argument("--plugin", action="append", default=[], metavar="MODULE", help="one more plugin to include")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="KEY=VALUE",
        help="a setting of Kinto, such as paginate_by=2 (a value that is no JSON is a string)",
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with KintoServer(
            backend=options.backend,
            postgresql_url=options.postgresql_url,
            port=options.port,
            workers=options.workers,
            plugins=options.plugin,
            settings=dict(options.set),
        ) as server:
            print(server.url, flush=True)
            server.wait()
            sys.exit("error: the server ended by itself")
    except KeyboardInterrupt:
        return
    except (ImportError, ValueError, KintoServerError) as error:
        sys.exit(f"error: {error}")


def _setting(text: str) -> tuple[str, Setting]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form KEY=VALUE")
    try:
        return name, cast("Setting", json.loads(value))
    except ValueError:
        return name, value


if __name__ == "__main__":
    main()
