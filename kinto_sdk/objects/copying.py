"""What is copied of buckets, groups, collections and records, and how each compares with what is there."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject
from ..protocol.principals import PERMISSION_NAMES
from .comparison import Comparison, ignored_fields, partial_view
from .difference import Difference
from .members import changed
from .state import State


@attrs.frozen(kw_only=True)
class Copying:
    """What is copied, and how."""

    delete: bool
    permissions: bool
    record_permissions: bool
    attachments: bool
    ignore: Iterable[str] = attrs.field(converter=ignored_fields)
    me: str = ""
    """Who writes: the server puts them into `write`, whatever is asked for."""
    groups: tuple[str, str] = ("", "")
    """The start of the principals of groups, there and here."""
    tracked: frozenset[str] = frozenset()
    """The metadata of collections that stays as it is: a status would be an order to a server with reviews."""

    def __attrs_post_init__(self) -> None:
        self.comparison()  # what can't be right is refused before anything is read

    def comparison(self, *, ignore: Iterable[str] = (), files: bool = False) -> Comparison:
        """Compare objects by their ids."""
        return Comparison(delete=self.delete, ignore=ignore, files=files, me=self.me)

    def lists(self, state: State[Any]) -> dict[str, list[str]]:
        """The permissions of an object that is copied, for where it is copied to.

        Raises:
            UsageError: the caller does not see them.
        """
        before, after = self.groups
        return {
            name: [after + who.removeprefix(before) if who.startswith(before) else who for who in principals]
            for name, principals in seen_lists(state).items()
        }

    def compared(
        self,
        wanted: Iterable[State[Any]],
        there: Iterable[State[Any]],
        counts: Mapping[str, int] | None = None,
        *,
        tracked: frozenset[str] = frozenset(),
        renamed: str | None = None,
    ) -> Difference:
        """What is to be done to buckets, groups or collections."""
        comparison = self.comparison(ignore=tracked)
        by_id = {each.id if renamed is None else renamed: each for each in there}
        for each in wanted:
            document = {name: value for name, value in row_of(each).items() if name not in tracked}
            document["id"] = each.id if renamed is None else renamed
            beside = by_id.get(document["id"])
            if beside is not None and "members" in document:
                desired, known = document["members"], row_of(beside)["members"]
                document["members"] = changed(known, desired, set(known).difference(desired) if self.delete else ())
            shown = None if self.delete else partial_view(document)
            comparison.want(document, shown=shown, permissions=self.lists(each) if self.permissions else None)
        for id_, each in by_id.items():
            lists = seen_lists(each) if self.permissions else None
            comparison.there({**row_of(each), "id": id_}, lists, contains=(counts or {}).get(id_, 0))
        return comparison.difference()


def seen_lists(state: State[Any]) -> Mapping[str, list[str]]:
    """The permissions of an object that was read.

    Raises:
        UsageError: the caller does not see them.
    """
    if not state.permissions.known:
        dry_run = state._context.dry_run
        if dry_run is not None and not dry_run.reads_pass:
            return {}
        raise UsageError(
            f"the permissions of {state.path} are not visible to this caller, who is not directly in its write "
            "list; copy as somebody who is, or without permissions; nothing was sent"
        )
    known = PERMISSION_NAMES[state._kind]
    return {name: who for name, who in state.permissions.to_dict().items() if name in known}


def row_of(state: State[Any]) -> JSONObject:
    """An object that was read, as the server shows it."""
    row, _ = state._as_seen()
    assert row is not None
    if state._kind == "group":
        # One that was made without a body has none.
        row.setdefault("members", [])
    return row
