"""The commands that write: create, set, patch, grant, revoke, rm."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from ...protocol.errors import NotFoundError, UsageError
from ...protocol.ids import draw_id
from ...protocol.jsontypes import is_object
from ...protocol.patches import MergePatch
from ...protocol.principals import Principal
from ..places import Place, read_place
from .common import Run
from .completing import complete_path
from .parameters import argument, flag, option
from .reading import Path_
from .text import counted
from .values import read_document, read_fields, read_json, read_permissions

if TYPE_CHECKING:
    from ..._sync.client import Client
    from ..._sync.resource import Resource

Fields = Annotated[
    list[str] | None,
    argument(
        "FIELD=VALUE",
        "The data. A value is JSON if it reads as such, and text otherwise: done=true votes=3 title='Buy milk'.",
    ),
]
Data = Annotated[
    str | None, option("-d", "--data", metavar="JSON", text="The data as JSON, @FILE that holds it, or - for stdin.")
]
Lists = Annotated[str | None, option(metavar="JSON", text='Who may do what: \'{"read": ["account:bob"]}\', or @FILE.')]

Permission = Annotated[str, argument("PERMISSION", "read, write, or what may be created in it, such as record:create.")]
Principals = Annotated[
    list[str],
    argument("PRINCIPAL", "account:bob, BUCKET/@GROUP, system.Authenticated or system.Everyone."),
]


def create(
    run: Run,
    path: Annotated[
        str,
        argument(
            "PATH",
            "What to create. BUCKET/COLLECTION/ with a slash at its end is a record whose id is drawn.",
            complete_path,
        ),
    ],
    fields: Fields = None,
    *,
    data: Data = None,
    permissions: Lists = None,
    if_not_exists: Annotated[
        bool, flag("--if-not-exists", text="Take the one that is there, if there is one, as it is.")
    ] = False,
) -> None:
    """Create a bucket, group, collection or record, and print it. One that is there is not changed.

    `kinto-sdk create blog/todos/ title='Buy milk' done=false`
    """
    place = _new(run.place(path, "create", "bucket", "group", "collection", "record"))
    document, lists = read_document(fields or (), data), read_permissions(permissions)
    client = run.client(place)
    made: Resource[Any]
    if place.record is not None:
        target = place.of_collection(client)
        made = target.create_record(document, id=place.record, permissions=lists, if_not_exists=if_not_exists)
    elif place.collection is not None:
        target_bucket = place.of_bucket(client)
        made = target_bucket.create_collection(
            place.collection, document, permissions=lists, if_not_exists=if_not_exists
        )
    elif place.group is not None:
        target_bucket = place.of_bucket(client)
        made = target_bucket.create_group(place.group, (), document, permissions=lists, if_not_exists=if_not_exists)
    else:
        made = client.create_bucket(place.bucket, document, permissions=lists, if_not_exists=if_not_exists)
    _show(run, made, created=bool(made.created))


def _new(place: Place) -> Place:
    """The place of what is to be made; an id is drawn for something in there."""
    if not place.inside:
        return place
    if place.collection is None:
        raise UsageError(f"create: {place}/ has no id; write one, as in {place}/todos")
    return Place(place.bucket, collection=place.collection, record=draw_id("record"), server=place.server)


def replace(run: Run, path: Path_, fields: Fields = None, *, data: Data = None, permissions: Lists = None) -> None:
    """Make this the whole of an object, and print it. What it had besides is gone; what is not there is created.

    `kinto-sdk set blog/todos/milk title='Buy oat milk'`
    """
    place = run.place(path, "set", "bucket", "group", "collection", "record")
    document, lists = read_document(fields or (), data), read_permissions(permissions)
    resource: Resource[Any] = place.resource(run.client(place))
    if not document and data is None and lists is None:
        raise UsageError("set: give the data, as FIELD=VALUE or --data; --data '{}' makes it empty")
    resource.replace(document, permissions=lists)
    _show(run, resource, created=bool(resource.created))


def patch(
    run: Run,
    path: Path_,
    fields: Fields = None,
    *,
    data: Annotated[
        str | None,
        option(
            "-d",
            "--data",
            metavar="JSON",
            text="The change as JSON, @FILE, or - for stdin. A list is taken for the operations of a JSON Patch.",
        ),
    ] = None,
    merge: Annotated[
        bool, flag("--merge", text="Merge objects at every depth; null removes a field (RFC 7386).")
    ] = False,
) -> None:
    """Change some fields of an object, and print it. The others stay.

    `kinto-sdk patch blog/todos/milk done=true`
    """
    place = run.place(path, "patch", "bucket", "group", "collection", "record")
    change: Any = {} if data is None else read_json(data, "--data")
    if is_object(change):
        change = {**change, **read_fields(fields or ())}
    elif fields:
        raise UsageError("patch: FIELD=VALUE goes with an object in --data, not with a list of operations")
    if not change:
        raise UsageError("patch: nothing to change; give FIELD=VALUE or --data")
    if merge and not is_object(change):
        raise UsageError("patch --merge: give an object")
    resource: Resource[Any] = place.resource(run.client(place))
    resource.patch(MergePatch(change) if merge else change)
    _show(run, resource, created=False)


def grant(run: Run, path: Path_, permission: Permission, principals: Principals) -> None:
    """Give a permission to principals, whatever else changes meanwhile, and print who may do what.

    `kinto-sdk grant blog/todos read account:bob`
    """
    _share(run, "grant", path, permission, principals)


def revoke(run: Run, path: Path_, permission: Permission, principals: Principals) -> None:
    """Take a permission from principals, whatever else changes meanwhile, and print who may do what.

    What they have through a group, or from the collection or bucket, is not taken, nor can you take `write` from
    yourself: the server puts whoever writes into that list.

    `kinto-sdk revoke blog/todos read account:bob`
    """
    _share(run, "revoke", path, permission, principals)


def rm(
    run: Run,
    paths: Annotated[list[str], argument("PATH", "What to delete.", complete_path)],
    *,
    if_exists: Annotated[bool, flag("--if-exists", text="What is not there is no error.")] = False,
) -> None:
    """Delete objects and all that is in them. Asks before, unless --yes is given."""
    places = [run.place(path, "rm", "bucket", "group", "collection", "record") for path in paths]
    if any(place.inside for place in places):
        raise UsageError("rm: a slash at the end means what is in there; write the PATH without it")
    resources = [(place, place.resource(run.client(place))) for place in places]
    if not run.dry and not run.out.assume_yes:
        told = ", ".join(f"{place.kind} {place}{_contents(run, place)}" for place in places)
        if not run.out.confirm(f"Delete the {told}?"):
            run.out.note("nothing was deleted")
            return
    for place, resource in resources:
        deleted = resource.delete(if_exists=if_exists)
        if not run.dry:
            if run.out.json:
                run.out.row({"path": str(place), "deleted": deleted})
            else:
                run.out.note(f"deleted {place}" if deleted else f"{place} was not there")


def _contents(run: Run, place: Place) -> str:
    """What goes along with an object."""
    client = run.client(place)
    try:
        if place.kind == "collection":
            count = place.of_collection(client).records().count()
            return f" and its {counted(count, 'record')}"
        if place.kind == "bucket":
            count = place.of_bucket(client).collections().count()
            return f" and its {counted(count, 'collection')} with all records"
    except NotFoundError:
        pass  # deleting it tells
    return ""


def _show(run: Run, resource: "Resource[Any]", *, created: bool) -> None:
    if run.dry:
        return
    run.out.document(resource.to_dict())
    if created and run.verbose:
        run.out.note(f"created {resource.path}")


def _share(run: Run, command: str, path: str, permission: str, principals: Iterable[str]) -> None:
    place = run.place(path, command, "bucket", "group", "collection", "record")
    client = run.client(place)
    resource: Resource[Any] = place.resource(client)
    change = resource.grant if command == "grant" else resource.revoke
    change(permission, *(_principal(word, client) for word in principals))
    if not run.dry:
        run.out.document(resource.permissions.to_dict())


def _principal(word: str, client: "Client") -> Principal:
    """A principal as it is written here: a group by its PATH."""
    if "/@" not in word:
        return word
    place = read_place(word)
    if place.group is None or place.server is not None:
        raise UsageError(f"{word!r} is no principal; a group is BUCKET/@GROUP")
    return place.of_bucket(client).group(place.group)
