"""The commands that compare and copy: diff, copy."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from ...objects.history import diff_between
from ...protocol.errors import UsageError
from ..places import Place, place_of
from ..transfer.steps import SIGNS, Step
from .common import Run
from .completing import complete_path
from .errors import Code
from .parameters import argument, flag, option
from .text import counted

if TYPE_CHECKING:
    from ..._sync.plan import Plan

STYLES = {"+": "green", "-": "red", "~": "yellow"}

Source = Annotated[str, argument("FROM", "A bucket or collection; a URL for one on another server.", complete_path)]
Target = Annotated[str, argument("TO", "The same, on the other side.", complete_path)]
SourceAuth = Annotated[
    str | None, option("--source-auth", metavar="LOGIN", text="For the server of FROM, if it is another one.")
]
TargetAuth = Annotated[
    str | None, option("--target-auth", metavar="LOGIN", text="For the server of TO, if it is another one.")
]
Permissions = Annotated[bool, flag("--permissions", "-p", text="Those of buckets, groups and collections, too.")]
RecordPermissions = Annotated[
    bool, flag("--record-permissions", text="Those of every record, too, which takes a request for each.")
]
Files = Annotated[bool, flag("--attachments", text="The files of records, too.")]
Ignore = Annotated[str | None, option(metavar="FIELDS", text="Fields of records that make no difference.")]


def diff(
    run: Run,
    source: Source,
    target: Target,
    *,
    permissions: Permissions = False,
    record_permissions: RecordPermissions = False,
    attachments: Files = False,
    ignore: Ignore = None,
    source_auth: SourceAuth = None,
    target_auth: TargetAuth = None,
) -> Code | None:
    """Tell what would turn FROM into TO: + what is there alone, - what is here alone, ~ what differs.

    Ends with 1 when there are differences. Two records or two groups can be compared as well.
    """
    kinds = ("bucket", "group", "collection", "record")
    here, there = run.place(source, "diff", *kinds), run.place(target, "diff", *kinds)
    if here.kind != there.kind:
        raise UsageError(f"diff: {here} is a {here.kind}, {there} is a {there.kind}")
    if here.kind in ("group", "record"):
        return _diff_two(run, (here, source_auth), (there, target_auth))
    plan = _plan(
        run,
        (there, target_auth),
        (here, source_auth),
        delete=True,
        permissions=permissions,
        record_permissions=record_permissions,
        attachments=attachments,
        ignore=ignore,
    )
    if not plan:
        run.out.note("no differences")
        return None
    show_plan(run, plan)
    return Code.DIFFERENT


def copy(
    run: Run,
    source: Source,
    target: Target,
    *,
    delete: Annotated[bool, flag("--delete", text="Delete what is in TO alone. Asks before.")] = False,
    no_permissions: Annotated[
        bool, flag("--no-permissions", text="Leave out those of bucket, groups and collections.")
    ] = False,
    record_permissions: RecordPermissions = False,
    attachments: Files = False,
    ignore: Ignore = None,
    source_auth: SourceAuth = None,
    target_auth: TargetAuth = None,
) -> None:
    """Copy a bucket or a collection, with all that is in it: only what is missing or differs is written.

    With --dry-run, tell what that is.
    """
    here, there = run.place(source, "copy", "bucket", "collection"), run.place(target, "copy", "bucket", "collection")
    if here.kind != there.kind:
        raise UsageError(f"copy: {here} is a {here.kind}, {there} is a {there.kind}")
    plan = _plan(
        run,
        (here, source_auth),
        (there, target_auth),
        delete=delete,
        permissions=not no_permissions,
        record_permissions=record_permissions,
        attachments=attachments,
        ignore=ignore,
    )
    if run.dry or run.verbose:
        show_plan(run, plan)
    if run.dry:
        return
    gone = sum(1 + each.contains for each in plan.deletes)
    if gone and not run.out.confirm(f"Delete {counted(gone, 'object')} from {there}?"):
        run.out.note("nothing was done")
        return
    with run.out.progress(str(there), unit="writes") as advance:
        applied = plan.apply(on_progress=advance)
    if run.out.json:
        names = ("created", "updated", "deleted", "files")
        run.out.row({**{name: getattr(applied, name) for name in names}, "unchanged": plan.unchanged})
    else:
        run.out.note(f"{applied}, {plan.unchanged:,} as they were", "")


Side = tuple[Place, str | None]


def _plan(run: Run, source: Side, target: Side, *, ignore: str | None, **options: bool) -> "Plan":
    (here, here_auth), (there, there_auth) = source, target
    one, other = run.client(here, here_auth), run.client(there, there_auth)
    fields = ignore.split(",") if ignore else ()
    with run.out.progress(f"comparing {here} and {there}", unit=""):
        if here.kind == "bucket":
            return here.of_bucket(one).copy_to(there.of_bucket(other), ignore=fields, **options)
        return here.of_collection(one).copy_to(there.of_collection(other), ignore=fields, **options)


def _diff_two(run: Run, source: Side, target: Side) -> Code | None:
    (here, here_auth), (there, there_auth) = source, target
    one = here.resource(run.client(here, here_auth)).load()
    other = there.resource(run.client(there, there_auth)).load()
    found = diff_between(dict(one.data), dict(other.data), {}, {})
    if not found:
        run.out.note("no differences")
        return None
    show_step(run, Step("update", here, found))
    return Code.DIFFERENT


def show_plan(run: Run, plan: "Plan") -> None:
    """What is to be done, for people as the plan tells it, and otherwise step by step."""
    if run.out.json:
        for step in steps_of(plan):
            run.out.row(step.to_dict())
        return
    for text in str(plan).split("\n"):
        run.out.words(text, STYLES.get(text.lstrip()[:1], ""))


def steps_of(plan: "Plan") -> Iterator[Step]:
    """Every write of a plan."""
    for path, difference in plan.differences.items():
        yield from (Step("create", place_of(f"{path}/{each.id}")) for each in difference.creates)
        yield from (Step("update", place_of(f"{path}/{each.id}"), each.diff) for each in difference.updates)
        yield from (Step("delete", place_of(f"{path}/{each.id}")) for each in difference.deletes)
        for file in difference.files:
            name = "" if file.attachment is None else file.attachment.filename
            yield Step("update", place_of(f"{path}/{file.id}"), None, name)


def show_step(run: Run, step: Step) -> None:
    """One thing that was done, or would be."""
    if run.out.json:
        run.out.row(step.to_dict())
    else:
        run.out.words(str(step), STYLES[SIGNS[step.action]])
