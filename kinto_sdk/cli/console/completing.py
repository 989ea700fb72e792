"""Completion of a PATH in the shell: the server is asked for what is there."""

import os
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import typer

from ..places import read_place
from .common import COMMON, Run, merged
from .output import Output

MOST = 100
"""How many paths are offered."""


def complete_path(ctx: typer.Context, incomplete: str) -> list[str]:
    """The paths that begin so. Nothing is offered where a password would have to be typed."""
    above: dict[str, Any] = {} if ctx.parent is None else ctx.parent.params
    given = merged(*({name: params.get(name) for name in COMMON} for params in (above, ctx.params)))
    auth = given["auth"] or os.environ.get("KINTO_AUTH", "")
    if auth and not {":", " "} & set(auth):
        return []
    hurried = {**given, "timeout": "2", "retry": "0", "dry_run": False}
    try:
        with closing(Run(hurried, Output(quiet=True))) as run:
            return list(islice(_paths(run, incomplete), MOST))
    except Exception:  # noqa: BLE001  # somebody in the middle of a line wants no errors
        return []


def _paths(run: Run, incomplete: str) -> Iterator[str]:
    above, slash, begun = incomplete.rpartition("/")
    place = read_place(above + slash)
    client = run.client(place)
    if place.bucket is None:
        ids = (bucket.id for bucket in client.buckets())
    elif place.collection is not None:
        ids = (record.id for record in place.of_collection(client).records().only("id"))
    elif begun.startswith("@"):
        ids = (f"@{group.id}" for group in place.of_bucket(client).groups())
    else:
        ids = (collection.id for collection in place.of_bucket(client).collections())
    for found in ids:
        if found.startswith(begun):
            yield f"{above}{slash}{found}"
            if place.collection is None and not begun.startswith("@"):
                # The shell goes on behind a path that may not be the end of it.
                yield f"{above}{slash}{found}/"
