# Generated from kinto_sdk/_aio/bucket.py by tools/unasync.py. Edit that file, then run `make generate`.
"""A bucket, and the way to what is in it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload

from ..flows import objects as flows
from ..objects.documents import PLAIN
from ..objects.form import UNTYPED, Form, model_schema
from ..objects.members import member_ids
from ..objects.permissions import PermissionsInput
from ..protocol.absent import ABSENT, Absent
from ..protocol.filters import F
from ..protocol.ids import Kind, draw_id, quote_id
from ..protocol.jsontypes import JSONObject
from ..protocol.principals import Principal
from .collection import Collection
from .group import Group
from .history import History, history_of
from .navigation import chosen
from .query import Query
from .resource import Resource

if TYPE_CHECKING:
    from cattrs import Converter

    from .navigation import Navigation
    from .plan import Plan

M = TypeVar("M")


class Bucket(Resource[dict[str, Any]]):
    """A bucket. `bucket.data` is its own metadata, a dict."""

    __slots__ = ("_path",)

    _kind: ClassVar[Kind] = "bucket"
    _codec = PLAIN
    _parent: "Navigation"

    def __init__(self, navigation: "Navigation", id: str, row: JSONObject | None = None) -> None:  # noqa: A002
        super().__init__(navigation._context.check_id("bucket", id), row)
        self._parent = navigation
        self._path = f"/buckets/{quote_id(self._id)}"

    @property
    def path(self) -> str:
        """The server path, without the version. `/buckets/default` stays that for life."""
        return self._path

    # ---- collections ----

    @overload
    def collection(
        self, id: str | Absent = ABSENT, model: None = None, *, validate: bool = False
    ) -> Collection[dict[str, Any]]: ...

    @overload
    def collection(
        self,
        id: str | Absent = ABSENT,
        *,
        model: type[M],
        strict: bool = False,
        validate: bool = False,
        converter: "Converter | None" = None,
    ) -> Collection[M]: ...

    @overload
    def collection(
        self,
        id: str | Absent,
        model: type[M],
        *,
        strict: bool = False,
        validate: bool = False,
        converter: "Converter | None" = None,
    ) -> Collection[M]: ...

    def collection(
        self,
        id: str | Absent = ABSENT,  # noqa: A002  # the design's word
        model: type[Any] | None = None,
        *,
        strict: bool = False,
        validate: bool = False,
        converter: "Converter | None" = None,
    ) -> Collection[Any]:
        """A handle on a collection, by default on the client's default one. Sends nothing.

        Args:
            id: the collection's id.
            model: an attrs class or a dataclass; its records hold instances of it. Without one, dicts.
            strict: fields that the model does not declare are a ModelError when `record.data` is read, at every
                depth. Without it they are left out of `data`, kept by every save, and found in `record.extra`.
            validate: check each document against the collection's JSON Schema, or its model's when it has none,
                before it is sent: create, save, replace, patch. All that is wrong is then one ModelError, and nothing
                is sent. The schema is read when the first document is checked, unless the collection is loaded. Of a
                record that was never read, a dict's fields are checked, and a MergePatch or JSONPatch is left to the
                server. Needs the extra `validation`.
            converter: reads and writes the model in place of the client's; see `kinto_sdk.models.converter()`.

        Raises:
            InvalidIdError: the id is not a string, is empty, or not of the server's form.
            UsageError: it is no model, or has a field whose type has no JSON form; the extra is not installed.
        """
        form: Form[Any] = Form(model=model, strict=strict, validate=validate, converter=converter)
        return Collection(self, chosen("collection", id, self._context.collection), form)

    def collections(self) -> Query[Collection[dict[str, Any]]]:
        """The collections the caller may see, as a lazy query. Sends nothing until it is iterated."""

        def collection(row: JSONObject) -> Collection[dict[str, Any]]:
            return Collection(self, row["id"], row=row)

        return Query(path=f"{self._path}/collections", port=self._port, make=collection)

    @overload
    def create_collection(
        self,
        id: str | None = None,
        data: dict[str, Any] | None = None,
        *,
        permissions: PermissionsInput | None = None,
        if_not_exists: bool = False,
    ) -> Collection[dict[str, Any]]: ...

    @overload
    def create_collection(
        self,
        id: str | None = None,
        *,
        data: type[M],
        permissions: PermissionsInput | None = None,
        if_not_exists: bool = False,
    ) -> Collection[M]: ...

    @overload
    def create_collection(
        self,
        id: str | None,
        data: type[M],
        *,
        permissions: PermissionsInput | None = None,
        if_not_exists: bool = False,
    ) -> Collection[M]: ...

    def create_collection(
        self,
        id: str | None = None,  # noqa: A002  # the design's word
        data: dict[str, Any] | type[Any] | None = None,
        *,
        permissions: PermissionsInput | None = None,
        if_not_exists: bool = False,
    ) -> Collection[Any]:
        """Create a collection: PUT with `If-None-Match: *`. Without an id one is drawn.

        `data` is the collection's metadata, or a model: then its JSON Schema is the metadata, and the collection is of
        that model. `if_not_exists=True` returns the collection that exists, with its data and permissions; `.created`
        says which. Its schema is left as it is: `ensure_schema()` brings it in step.

        Raises:
            AlreadyExistsError: there is one with this id, and `if_not_exists` is False.
            PermissionDeniedError: the caller may not create collections here, or the bucket does not exist.
            UsageError: `data` is neither a dict nor a model.
        """
        form: Form[Any] = UNTYPED
        if data is not None and not isinstance(data, dict):
            form, data = Form(model=data), {"schema": model_schema(data)}
        collection: Collection[Any] = Collection(self, draw_id("collection") if id is None else id, form)
        collection._fill({} if data is None else data, permissions)
        return self._port.perform(collection, flows.create(collection, if_not_exists=if_not_exists))

    @overload
    def get_collection(
        self, id: str | Absent = ABSENT, model: None = None
    ) -> Collection[dict[str, Any]]: ...

    @overload
    def get_collection(self, id: str | Absent = ABSENT, *, model: type[M]) -> Collection[M]: ...

    @overload
    def get_collection(self, id: str | Absent, model: type[M]) -> Collection[M]: ...

    def get_collection(
        self,
        id: str | Absent = ABSENT,  # noqa: A002  # the design's word
        model: type[Any] | None = None,
    ) -> Collection[Any]:
        """Read a collection: `collection(id, model)` and `load()` in one call."""
        collection: Collection[Any] = self.collection(id, model)
        return collection.load()

    # ---- groups ----

    def group(self, id: str) -> Group:  # noqa: A002  # the design's word
        """A handle on a group. Sends nothing.

        Raises:
            InvalidIdError: the id is not a string, is empty, or not of the server's form.
        """
        return Group(self, id)

    def groups(self) -> Query[Group]:
        """The groups the caller may see, as a lazy query. Sends nothing until it is iterated."""
        return Query(
            path=f"{self._path}/groups", port=self._port, make=lambda row: Group(self, row["id"], row)
        )

    def create_group(
        self,
        id: str | None = None,  # noqa: A002  # the design's word
        members: Iterable[Principal] = (),
        data: dict[str, Any] | None = None,
        *,
        permissions: PermissionsInput | None = None,
        if_not_exists: bool = False,
    ) -> Group:
        """Create a group with these members (user ids): PUT with `If-None-Match: *`. Without an id one is drawn.

        `if_not_exists=True` returns the group that exists, with its data and permissions; `.created` says which.

        Raises:
            AlreadyExistsError: there is one with this id, and `if_not_exists` is False.
            UsageError: a member is not a user id: a group, or `EVERYONE`.
        """
        group = self.group(draw_id("group") if id is None else id)
        group._fill({} if data is None else data, permissions)
        ids = member_ids(members)
        if ids or "members" not in group.data:
            group.data["members"] = ids
        return self._port.perform(group, flows.create(group, if_not_exists=if_not_exists))

    def get_group(self, id: str) -> Group:  # noqa: A002  # the design's word
        """Read a group: `group(id)` and `load()` in one call."""
        return self.group(id).load()

    # ---- copies ----

    def copy_to(
        self,
        other: "Bucket",
        *,
        delete: bool = False,
        permissions: bool = True,
        record_permissions: bool = False,
        attachments: bool = False,
        ignore: Iterable[str] = (),
    ) -> "Plan":
        """Plan a copy to another bucket, which may be on another server and need not exist: `plan.apply()` writes.

        Copied are the metadata, permissions, groups with their members, and collections with their metadata (not the
        state of a review) and records, all under their ids. What only the other side has stays: collections, groups,
        members, records, fields of metadata, principals. `delete=True` takes it away, so that the other bucket
        becomes a mirror of this one.

        Args:
            other: the bucket to write to.
            delete: delete what is only there, collections with all their records included.
            permissions: copy those of the bucket, its groups and collections. Groups of this bucket become the same
                groups of the other one.
            record_permissions: copy those of each record, too: one more request for each, on both sides.
            attachments: copy the files of records, through this machine. Without it, the copies have none.
            ignore: fields of records that make no difference, and stay as they are in records that are there.

        Raises:
            CapabilityMissingError: `attachments`, and the other server has no such plugin.
            PermissionDeniedError: the caller may not read this bucket, or it does not exist.
            UsageError: the caller does not see permissions that are to be copied, or both are the same bucket.
        """
        from ..objects.copying import Copying
        from .copying import copy_bucket

        copying = Copying(
            delete=delete,
            permissions=permissions,
            record_permissions=record_permissions,
            attachments=attachments,
            ignore=ignore,
        )
        return copy_bucket(self, other, copying)

    # ---- history ----

    def history(self) -> History[dict[str, Any]]:
        """Who changed the bucket and all that is in it, as a lazy query of `HistoryEntry`, newest first. Sends nothing.

        `history().own()` is about the bucket alone.

        Raises:
            CapabilityMissingError: on reading, when the server runs without the history plugin.
        """
        return history_of(self, own=(F.resource_name == "bucket",))
