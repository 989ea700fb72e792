"""The command that serves an embedded Kinto."""

import signal
from typing import Annotated, cast

import typer

from ...protocol.errors import UsageError
from ...testing import Backend, KintoServer, KintoServerError, Setting
from .common import Run
from .errors import Code
from .parameters import option
from .values import loads


def serve(
    run: Run,
    *,
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 8888,
    backend: Annotated[Backend, typer.Option(help="Where objects are stored.")] = "memory",
    settings: Annotated[
        list[str] | None,
        option("--set", metavar="KEY=VALUE", text="A setting of Kinto: paginate_by=2. May come more than once."),
    ] = None,
) -> Code | None:
    """Serve a real Kinto on this machine until Ctrl-C, with empty storage that is gone when it stops.

    Any user and password are accepted. Needs the extra server: pip install 'kinto-sdk[server]'.
    """
    given = dict(map(_setting, settings or ()))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with KintoServer(backend=backend, port=port, settings=given) as server:
            if run.out.json:
                run.out.row({"url": server.url})
            else:
                run.out.words(server.url)
                run.out.note(f"try: kinto-sdk -s {server.url} -a me:secret create default/notes/ text=Hello")
            run.out.flush()
            server.wait()
    except KintoServerError as error:
        run.out.error(str(error))
        return Code.UNREACHABLE
    run.out.error("the server ended by itself")
    return Code.UNREACHABLE


def _setting(text: str) -> tuple[str, Setting]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"--set: {text!r} is not of the form KEY=VALUE")
    try:
        return name, cast("Setting", loads(value))
    except ValueError:
        return name, value
