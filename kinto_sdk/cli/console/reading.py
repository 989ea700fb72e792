"""The commands that look: info, ls, get, history, watch, schema."""

import re
import sys
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...objects.feed import Change, Tombstone
from ...objects.history import Diff
from ...protocol.check import VERDICTS
from ...protocol.errors import UsageError
from ..places import Place, place_of
from ..transfer.steps import Step, diff_to_dict
from .common import Run
from .completing import complete_path
from .errors import Code
from .parameters import argument, flag, option
from .tables import show_documents, show_pairs, show_rows, when
from .text import line, visible
from .values import read_moment

if TYPE_CHECKING:
    from ..._sync.history import History, HistoryEntry
    from ..._sync.query import Query
    from ..._sync.record import Record

ON_A_TERMINAL = 100
"""How many objects a terminal shows unless told otherwise."""

PATH = "BUCKET, BUCKET/COLLECTION or BUCKET/COLLECTION/RECORD; BUCKET/@GROUP for a group."
Path_ = Annotated[str, argument("PATH", PATH, complete_path)]


def info(run: Run) -> Code | None:
    """Tell what the server is, who it takes you for, and which plugins it has.

    Ends with 3 when the server does not take the credentials.
    """
    client = run.client()
    found = client.server_info()
    credentials = client.check().credentials
    wrong = Code.REFUSED if credentials == "wrong" else None
    if run.out.json:
        run.out.row(found.raw)
        if wrong:
            run.out.error(f"credentials {VERDICTS[credentials]}; check --auth, or KINTO_AUTH")
        return wrong
    user = found.user
    told: list[tuple[str, Any]] = [
        ("server", client.server_url),
        ("project", f"{found.project_name} {found.project_version}, HTTP API {found.http_api_version}"),
        ("credentials", VERDICTS[credentials]),
    ]
    if user is not None:
        told += [("user", user.id), ("principals", " ".join(sorted(user.principals)))]
        told += [] if user.bucket is None else [("default bucket", user.bucket)]
    if found.eos:
        told.append(("end of service", found.eos))
    told += sorted(found.settings.raw.items())
    show_pairs(run.out, told)
    run.out.console.print()
    rows = [(name, found.capabilities[name].get("description", "")) for name in sorted(found.capabilities)]
    show_rows(run.out, ["plugin", "description"], rows)
    return wrong


def ls(
    run: Run,
    path: Annotated[
        str,
        argument(
            "PATH",
            "A bucket, for its collections; BUCKET/@ for its groups; a collection, for its records. "
            "Without one: the buckets.",
            complete_path,
        ),
    ] = "",
    *,
    where: Annotated[
        list[str] | None,
        option(
            "-w",
            "--where",
            metavar="FILTER",
            text="A filter as the server has them: done=false, min_votes=3, like_title=milk. May come more than once.",
        ),
    ] = None,
    sort: Annotated[
        str | None, option(metavar="FIELDS", text="The order: -votes,title. Otherwise what changed last comes first.")
    ] = None,
    fields: Annotated[str | None, option(metavar="FIELDS", text="Read these alone: title,votes.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, help=f"How many. On a terminal {ON_A_TERMINAL}, otherwise all.", show_default=False),
    ] = None,
) -> None:
    """List what is in a bucket or a collection.

    `kinto-sdk ls blog/todos -w done=false --sort -votes`
    """
    place = run.place(path, "ls", "server", "bucket", "collection")
    query = _listed(run, place)
    for text in where or ():
        try:
            query = query.where_raw(text)
        except UsageError as error:
            raise UsageError(f"--where {text}: {str(error).removeprefix(f'where_raw({text!r}): ')}") from None
    if sort:
        query = query.order_by(*sort.split(","))
    if fields:
        query = query.only(*fields.split(","))
    if limit is not None:
        query = query.limit(limit)
    if run.out.json:
        for found in query:
            run.out.row(found.to_dict())
        return
    found = [each.to_dict() for each in islice(query, ON_A_TERMINAL + 1 if limit is None else limit)]
    more = limit is None and len(found) > ON_A_TERMINAL
    if not found:
        run.out.note("nothing there")
        return
    show_documents(run.out, found[:ON_A_TERMINAL] if more else found)
    if more:
        run.out.note(f"the first {ON_A_TERMINAL} of {query.count():,}; --limit shows more")


def _listed(run: Run, place: Place) -> "Query[Any]":
    client = run.client(place)
    if place.bucket is None:
        return client.buckets()
    if place.collection is not None:
        return place.of_collection(client).records()
    bucket = place.of_bucket(client)
    return bucket.groups() if place.groups else bucket.collections()


def get(
    run: Run,
    path: Path_,
    *,
    permissions: Annotated[bool, flag("--permissions", "-p", text="With the permissions beside the data.")] = False,
) -> None:
    """Print one object as JSON."""
    place = run.place(path, "get", "bucket", "group", "collection", "record")
    resource = place.resource(run.client(place)).load()
    document = resource.to_dict()
    if permissions:
        acl = resource.permissions
        document = {"data": document, "permissions": acl.to_dict() if acl.known else None}
        if not acl.known:
            run.out.note("its permissions are shown to those alone who are in its own list of writers")
    run.out.document(document)


def history(
    run: Run,
    path: Path_,
    *,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"How many. On a terminal {ON_A_TERMINAL}, otherwise all.", show_default=False),
    ] = None,
    since: Annotated[str | None, option(metavar="MOMENT", text="After this date or version.")] = None,
    user: Annotated[str | None, option(metavar="ID", text="By this user: account:alice.")] = None,
) -> None:
    """Tell who changed an object, and what is in it, newest first. Of a record, tell what each change did."""
    place = run.place(path, "history", "bucket", "group", "collection", "record")
    query: History[Any] = place.resource(run.client(place)).history()
    query = query if since is None else query.since(read_moment(since, "--since"))
    query = query if user is None else query.where(user_id=user)
    most = limit if limit is not None else None if run.out.json else ON_A_TERMINAL
    changes: Iterable[tuple[HistoryEntry[Any], Diff | None]]
    if place.kind == "record":
        changes = islice(query.diffs(), most)
    else:
        changes = ((entry, None) for entry in (query if most is None else query.limit(most)))
    if run.out.json:
        for entry, diff in changes:
            run.out.row(_entry(entry, diff))
        return
    rows = [
        (
            f"{entry.date.astimezone():%Y-%m-%d %H:%M:%S}",
            entry.action,
            entry.user_id,
            str(place_of(entry.uri)) if diff is None else "; ".join(Step("update", place, diff).changes()),
        )
        for entry, diff in changes
    ]
    if rows:
        show_rows(run.out, ["date", "action", "user", "changes" if place.kind == "record" else "object"], rows)
    else:
        run.out.note("no history")


def _entry(entry: "HistoryEntry[Any]", diff: Diff | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": entry.id,
        "last_modified": entry.last_modified,
        "date": entry.date.isoformat(),
        "action": entry.action,
        "user_id": entry.user_id,
        "uri": entry.uri,
        "data": entry.document,
        "permissions": entry.permissions,
    }
    return row if diff is None else {**row, "changes": diff_to_dict(diff)}


def watch(
    run: Run,
    path: Path_,
    *,
    since: Annotated[
        str | None,
        option(metavar="MOMENT", text="Begin after this date or version; 0: with everything. Otherwise now."),
    ] = None,
    interval: Annotated[float, typer.Option(metavar="SECONDS", help="How often to look.")] = 10.0,
) -> None:
    """Print the changes of a collection as they come, until Ctrl-C."""
    place = run.place(path, "watch", "collection")
    collection = place.of_collection(run.client(place))
    start = collection.records().timestamp() if since is None else read_moment(since, "--since")
    run.out.note(f"watching {place}, Ctrl-C ends it")
    for change in collection.watch(since=start, interval=interval):
        _tell_change(run, change)
        run.out.flush()


def _tell_change(run: Run, change: "Change[Record[Any]]") -> None:
    if isinstance(change, Tombstone):
        if run.out.json:
            run.out.row({"id": change.id, "last_modified": change.last_modified, "deleted": True})
        else:
            run.out.words(f"{when(change.last_modified)}  - {change.id}", "red")
        return
    document = change.record.to_dict()
    if run.out.json:
        run.out.row(document)
    else:
        told = line({name: value for name, value in document.items() if name not in ("id", "last_modified")})
        run.out.words(f"{when(change.last_modified)}  ~ {change.id}  {told}")


def schema(
    run: Run,
    path: Path_,
    *,
    python: Annotated[bool, flag("--python", text="As the source of attrs classes, to use as a model.")] = False,
) -> None:
    """Print the JSON Schema of a collection, or the Python classes for it."""
    place = run.place(path, "schema", "collection")
    found = place.of_collection(run.client(place)).load().data.get("schema")
    if not found:
        raise UsageError(f"{place} has no schema")
    if not python:
        run.out.document(found)
        return
    from ...objects.model_source import model_source

    words = re.split(r"[^a-zA-Z0-9]+", place.collection or "")
    name = None if found.get("title") else "".join(word[:1].upper() + word[1:] for word in words)
    for text in model_source(found, name).rstrip("\n").split("\n"):
        sys.stdout.write(f"{visible(text)}\n")
