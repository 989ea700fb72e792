"""What an object remembers of the server, and what its user changed since.

One class serves buckets, groups, collections and records. It does no I/O: the flows read it to plan a request and
tell it what the server answered.

What was seen is kept cheaply, since a listing makes many objects whose data is never looked at: until `.data` is first
read the server's document is kept as it came, and is its own snapshot. From then on the snapshot is kept as
bytes, and the decoded document itself is what the user edits.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, TypeAlias, cast

from ..protocol.errors import DeletedError, ModelError, NotLoadedError, UsageError
from ..protocol.ids import Kind
from ..protocol.jsontypes import JSONObject, copy, freeze, is_frozen, is_object, same, thaw
from ..protocol.messages import quote_etag
from .changes import Changes, changes_between
from .context import Context
from .documents import MISSING, PLAIN, Codec, is_plain, with_drawn, without_metadata
from .merge import merge
from .permissions import Lists, Permissions, PermissionsInput, permissions_from
from .typevars import D

if TYPE_CHECKING:
    from .checks import Checks


class _Unread(Enum):
    UNREAD = "unread"


Unread: TypeAlias = Literal[_Unread.UNREAD]
UNREAD: Final = _Unread.UNREAD
"""Stands for data that was not asked for yet."""

MEMORY: Final = (
    "_acl",
    "_base",
    "_created",
    "_data",
    "_deleted",
    "_id",
    "_partial",
    "_sealed",
    "_seen",
    "_stale",
    "last_modified",
)
"""What makes the memory of an object, whatever its place."""


class State(Generic[D]):
    """The memory of one object. Its class is the public one; what starts with `_` is for flows and façade."""

    __slots__ = ("__weakref__", *MEMORY)

    _kind: ClassVar[Kind]

    _codec: Codec[D]

    last_modified: int | None
    """The server's version in milliseconds since 1970; None when nothing was seen yet."""

    def __init__(self, id: str, row: JSONObject | None = None) -> None:  # noqa: A002  # the design's word
        self._id = id
        self._data: D | Unread = UNREAD
        self._seen: JSONObject | bytes | None = row
        self._base: JSONObject | None = None
        self._acl: Permissions | Mapping[str, Any] | None = None
        self._created: bool | None = None
        self._deleted = False
        self._partial: tuple[str, ...] = ()  # the fields that were read, when it was not all
        self._sealed = False
        self._stale = False
        self.last_modified = None if row is None else row.get("last_modified")

    # ---- what the subclasses know ----

    @property
    def path(self) -> str:
        """The server path, without the version: `/buckets/b/collections/c`. It never changes."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The object's URL, version included. Objects with the same URL are equal."""
        raise NotImplementedError

    @property
    def _context(self) -> Context:
        raise NotImplementedError

    @property
    def _checked(self) -> "tuple[State[dict[str, Any]], Checks] | None":
        """The collection whose schema it is checked against before it is sent, and the checks; None: it is not."""
        return None

    # ---- metadata ----

    @property
    def id(self) -> str:
        """The object's id. For the default bucket it is the real one once the bucket was loaded."""
        return self._id

    @property
    def modified_at(self) -> datetime | None:
        """`last_modified` as an aware UTC datetime."""
        if self.last_modified is None:
            return None
        seconds, ms = divmod(self.last_modified, 1000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=ms * 1000)

    @property
    def etag(self) -> str | None:
        """`last_modified` as the server writes it in an `ETag`, quotes included."""
        return None if self.last_modified is None else quote_etag(self.last_modified)

    @property
    def created(self) -> bool | None:
        """Whether the last `create_*` or first `save()` made the object; False when it existed, None before."""
        return self._created

    @property
    def is_dirty(self) -> bool:
        """Whether `save()` has something to do: create it, send edits, or settle a write whose outcome is unknown."""
        return self._stale or (self._seen is None and self._data is not UNREAD) or bool(self.unsaved)

    @property
    def unsaved(self) -> Changes:
        """The edits that `save()` would send: fields set, fields removed, permissions. Falsy when there are none.

        Raises:
            ModelError: the data is no longer a value of its model, or not JSON.
        """
        if self._sealed:
            self._unseal()
        return self._survey()[0]

    def _survey(self) -> tuple[Changes, JSONObject | None, JSONObject | None]:
        """The unsaved edits, the user's data as a document (None when it was never read), and what was seen of it.

        What was seen is told where it had to be looked at, which costs something.
        """
        acl = self._edited_acl
        lists = None if acl is None else acl._for_patch()
        if self._data is UNREAD:
            return Changes({}, (), lists), None, None
        mine = self._mine()
        if isinstance(self._seen, bytes) and is_frozen(mine, self._seen):
            return Changes({}, (), lists), mine, None
        seen = self._seen_document()
        if seen is None:
            return Changes(mine, (), lists), mine, None
        return changes_between(seen, self._shown(seen), mine, lists), mine, seen

    # ---- the user's document ----

    @property
    def data(self) -> D:
        """The user's document: the model's instance, or a dict. Edit it in place or assign another, then `save()`.

        A dict that is assigned is held as a copy, of plain JSON: a datetime in it as the text that is sent. With one
        that says nothing of an `attachment` the known one stays, as with `replace()`.

        Raises:
            NotLoadedError: nothing was read yet; it never reads by itself.
            ModelError: the server's document does not fit the model.
        """
        if self._data is not UNREAD:
            if self._sealed:
                self._unseal()
            return self._data
        # Read here and not in a method of its own, since a list does it for each record that is looked at.
        seen = self._seen
        if seen is None:
            raise self._not_loaded()
        row: Any = thaw(seen) if isinstance(seen, bytes) else seen
        codec: Any = self._codec
        if codec is PLAIN:
            # As its structure() does: what was seen becomes what the user edits.
            row.pop("id", None)
            row.pop("last_modified", None)
            self._seen = freeze(row)
            data: D = row
            self._data = data
            return data
        try:
            data = codec.structure(row)
        except ModelError as error:
            raise self._misfit(error) from error.__cause__
        if not codec.aliases_safe:
            self._seen = freeze(row)
        if not codec.stable:
            self._base = codec.unstructure(data)
        self._data = data
        return data

    @data.setter
    def data(self, value: D) -> None:
        self._assign(value)

    def _assign(self, value: D) -> None:
        codec = self._codec
        self._check_declared_id(value)
        document: Any = codec.unstructure(value)
        # A dict is held as the JSON it is written as: a copy, so that one can serve as the template of many objects.
        # Nobody has seen it, so that it can be sent as it is, and be what the server answers afterwards.
        self._sealed = is_plain(codec)
        if self._sealed:
            document = self._with_attachment(document)
        self._data = document if self._sealed else value

    def _unseal(self) -> None:
        """Set data apart from the request that may hold it: from now on the user can edit it."""
        self._data = copy(self._data)
        self._sealed = False

    def _hold(self, value: D) -> None:
        # A dict is the document of the request, which must not be edited along with the data.
        kept: Any = copy(value) if is_object(value) else value
        self._data = kept
        self._sealed = False

    def _misfit(self, error: ModelError) -> ModelError:
        advice = "change the model, or read it without one to repair it"
        if self._partial:
            advice = "it was read in part: load() the whole of it, or name these fields too"
        elif self._context.dry_run is not None and not self._context.dry_run.reads_pass:
            advice = "a dry run knows of it what was written in it alone; dry_run='writes' reads the rest"
        return ModelError(f"{self.path} {error}; {advice}", error.problems)

    def _mine(self) -> JSONObject:
        """The user's data as a JSON document. Raises NotLoadedError when there is none."""
        data: Any = self._data
        if data is UNREAD:
            raise self._not_loaded()
        if self._sealed:
            return cast("JSONObject", data)
        self._check_declared_id(data)
        try:
            return self._codec.unstructure(data)
        except ModelError as error:
            raise ModelError(f"{self.path}: {error}; nothing was sent", error.problems) from error.__cause__

    def _check_declared_id(self, data: Any, codec: Codec[Any] | None = None) -> None:
        declared = (codec or self._codec).declared_id(data)
        if declared is not None and declared != self._id:
            raise UsageError(f"{self.path}: the id in its data is {declared!r}; an object's id can't be changed")

    def _not_loaded(self) -> NotLoadedError:
        return NotLoadedError(f"{self.path} has not been loaded; call load() first, or get it with get_{self._kind}()")

    def _seen_document(self) -> JSONObject | None:
        """What the server had, None when nothing was seen. To be read only: it may be the memory itself."""
        seen = self._seen
        if isinstance(seen, bytes):
            seen = thaw(seen)
        return None if seen is None else without_metadata(seen)

    def _shown(self, seen: JSONObject) -> JSONObject:
        """What the user was shown of the document seen: through a model that may be less, or more.

        Nothing when it does not fit the model, in which case the user can only assign other data.
        """
        codec = self._codec
        if self._base is not None:
            return self._base
        if is_plain(codec):
            return seen
        try:
            return codec.unstructure(codec.structure(self._with_metadata(seen)))
        except ModelError:
            return {}

    def _with_metadata(self, document: JSONObject) -> JSONObject:
        return {**document, "id": self._id, "last_modified": self.last_modified}

    def _document(self) -> JSONObject:
        """The whole document as it is now: what was seen with the edits on top."""
        seen = self._seen_document()
        if self._data is UNREAD:
            if seen is None:
                raise self._not_loaded()
            return seen
        mine = self._mine()
        return mine if seen is None else changes_between(seen, self._shown(seen), mine, None).apply(seen)

    def _with_attachment(self, document: JSONObject) -> JSONObject:
        """The document with the attachment that is known: the server drops one that a PUT does not carry."""
        if self._kind != "record" or self._deleted or "attachment" in document:
            return document
        attachment = (self._seen_document() or {}).get("attachment")
        return {**document, "attachment": attachment} if is_object(attachment) else document

    def to_dict(self) -> JSONObject:
        """The object as `{"id", "last_modified", **document}`, JSON-ready, unsaved edits included.

        Raises:
            NotLoadedError: nothing was read yet.
        """
        return {"id": self._id, "last_modified": self.last_modified, **copy(self._document())}

    # ---- permissions ----

    @property
    def permissions(self) -> Permissions:
        """The object's own access control list; assign a whole one with `obj.permissions = {"read": [...]}`.

        Reading or editing it raises NotLoadedError while it is not loaded (the object came from a list) or not
        visible (the caller is not directly in its `write`, so the server shows nothing).
        """
        acl = self._acl
        if not isinstance(acl, Permissions):
            acl = self._acl = permissions_from(self.path, acl)
        return acl

    @permissions.setter
    def permissions(self, lists: PermissionsInput) -> None:
        self.permissions._assign(lists)

    @property
    def _edited_acl(self) -> Permissions | None:
        """The permissions, if they have unsaved edits."""
        acl = self._acl
        # To ask for the class of an abstract one takes long, and most objects have none here.
        return acl if acl is not None and isinstance(acl, Permissions) and acl._is_edited else None

    # ---- as a Python object ----

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return self.url == other.url

    def __hash__(self) -> int:
        return hash(self.url)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}{self._condition()}>"

    # ---- what flows tell ----

    def _absorb(
        self,
        body: Mapping[str, Any],
        *,
        expected: JSONObject | Unread | None,
        keep_permissions: bool = False,
        lists: Lists | None = None,
    ) -> None:
        """Take the server's answer `{"data", "permissions"}`.

        `expected` is the document at which an unedited field of the user's data stands, at any depth: such a field
        takes the server's value, one that differs is an edit not sent yet, and stays. UNREAD stands for what was seen
        so far; None drops every edit. `keep_permissions` carries permission edits over: the request did not send them.
        `lists` are those it sent: later edits are carried over.
        """
        row: JSONObject = body["data"]
        if expected is UNREAD:
            seen = None if self._data is UNREAD else self._seen_document()
            expected = {} if seen is None else self._shown(seen)
        self._absorb_permissions(body, keep=keep_permissions, lists=lists)
        self._id = row.get("id", self._id)
        self.last_modified = row.get("last_modified")
        self._stale = self._deleted = False
        self._partial = ()
        if self._sealed and expected is not None and expected is not self._data:
            self._unseal()  # assigned meanwhile
        if self._data is UNREAD or self._sealed or not self._absorb_data(self._data, row, expected):
            self._seen, self._base, self._data = row, None, UNREAD
            self._sealed = False

    def _absorb_permissions(self, body: Mapping[str, Any], *, keep: bool, lists: Lists | None = None) -> None:
        acl = self._acl
        # To ask for the class of an abstract one takes long, and most objects have none here.
        if acl is None or not isinstance(acl, Permissions):
            self._acl = body.get("permissions")
            return
        newer = permissions_from(self.path, body.get("permissions"))
        pending = acl if keep else acl._since(lists) if lists is not None else None
        acl._take(newer if pending is None or not pending._is_edited else pending._carried_to(newer))

    def _absorb_data(self, data: D, row: JSONObject, expected: JSONObject | None) -> bool:
        """Update the user's data in place; False when that can't be, and it is to be read anew."""
        codec = self._codec
        document = without_metadata(row)
        snapshot = document if codec.aliases_safe else freeze(document)
        if not codec.shows_metadata and codec.writes(data, document):
            # By far the most frequent: the server has what the user has, so that is what the user was shown.
            self._seen, self._base = snapshot, None if is_plain(codec) else document
            return True
        try:
            mine = codec.unstructure(data)
        except (ModelError, UsageError):
            mine = None  # edited into what can't be sent
        try:
            base = None if codec.stable else self._drawn(document)
            shown = document if base is None else copy(base)
            # Key by key at every depth: of a field that was edited, the rest may have been patched, or not read before.
            target = shown if expected is None else None if mine is None else merge(expected, mine, shown).document
            if target is not None:
                self._data = self._updated(data, target, shown, mine, expected)
        except ModelError:
            return False
        self._seen, self._base = snapshot, base
        return True

    def _updated(
        self, data: D, target: JSONObject, shown: JSONObject, mine: JSONObject | None, expected: JSONObject | None
    ) -> D:
        """The data with the target in it. Raises ModelError when the document itself does not fit the model."""
        try:
            return self._codec.update(data, self._with_metadata(target))
        except ModelError:
            if mine is None or expected is None:
                raise
        # It is the edits that do not fit. They stay, to be put right, and the fields beside them follow the server.
        edited = {key for key in {*mine, *expected} if not same(mine.get(key, MISSING), expected.get(key, MISSING))}
        return self._codec.update(data, self._with_metadata(shown), keep=edited)

    def _drawn(self, document: JSONObject) -> JSONObject:
        """What the user is shown of a newer document by a model whose defaults differ at each reading: drawn once."""
        filled = with_drawn(document, self._seen_document(), self._base)
        return self._codec.unstructure(self._codec.structure(self._with_metadata(filled)))

    def _forget(self, tombstone: Mapping[str, Any]) -> None:
        """The object was deleted."""
        self._deleted, self._stale = True, False
        self.last_modified = tombstone.get("last_modified", self.last_modified)

    def _as_seen(self) -> tuple[JSONObject | None, JSONObject | None]:
        """The document and the permissions that the server showed last, as it writes them. None: not seen."""
        seen, acl = self._seen_document(), self._acl
        if isinstance(acl, Permissions):
            acl = acl._as_seen
        return None if seen is None else self._with_metadata(seen), dict(acl) if acl else None

    def _memory(self) -> dict[str, Any]:
        """All that is remembered, for a copy of the object elsewhere, which shares nothing with this one."""
        memory = {name: getattr(self, name) for name in MEMORY}
        if isinstance(self._seen, bytes):
            memory["_seen"] = thaw(self._seen)
        return deepcopy(memory)

    def _remember(self, memory: Mapping[str, Any]) -> None:
        for name, value in memory.items():
            setattr(self, name, value)

    def _condition(self) -> str:
        """What `repr` says of the object's condition, without any of its data."""
        if self._deleted:
            return " (deleted)"
        if self._stale:
            return " (outcome of the last write unknown)"
        if self._seen is None:
            return " (not loaded)" if self._data is UNREAD else " (not saved)"
        return f" @{self.last_modified}"

    def _refuse_deleted(self) -> None:
        if self._deleted:
            raise DeletedError(f"{self.path} was deleted; replace(data) makes it anew")
