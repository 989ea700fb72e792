# Generated from kinto_sdk/_aio/resource.py by tools/unasync.py. Edit that file, then run `make generate`.
"""What buckets, groups, collections and records can do alike."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self

from ..flows import conflicts
from ..flows import objects as flows
from ..flows import permissions as grants
from ..flows.conflicts import OnConflict, saving
from ..flows.patches import Patch, patching
from ..objects.context import Context
from ..objects.documents import field_names
from ..objects.form import UNTYPED, Form
from ..objects.permissions import PermissionsInput
from ..objects.state import State
from ..objects.typevars import D
from ..protocol.errors import ConflictError, UsageError
from ..protocol.principals import Principal
from .port import Detached, Port

if TYPE_CHECKING:
    from .navigation import Navigation


class Resource(State[D], Generic[D]):
    """An object on the server, or a handle on one: equal to another one with the same path on the same server."""

    __slots__ = ("_parent",)

    _parent: Any

    @property
    def _port(self) -> Port:
        port: Port = self._parent._port
        return port

    @property
    def _context(self) -> Context:
        context: Context = self._parent._context
        return context

    @property
    def _form(self) -> Form[Any]:
        return UNTYPED

    @property
    def url(self) -> str:
        """The object's URL, version included."""
        return self._context.server_url + self.path

    def load(self, *, fields: Sequence[str] | None = None) -> Self:
        """Read the object from the server into this one, dropping unsaved edits. Returns it.

        Sends a GET. `fields` reads these fields alone, dots reaching into sub-objects: what needs the whole document
        (removing a field, `replace`) then raises NotLoadedError, and so does saving a field of which a part was read.
        An instance of a model has its defaults in place of what was not read, which can't be saved either. The
        permissions stay not loaded.

        Raises:
            NotFoundError: it, or the collection it is in, does not exist.
            PermissionDeniedError: the caller may not read it. A bucket that does not exist is a 403 as well.
        """
        return self._port.perform(self, flows.load(self, fields=None if fields is None else field_names(fields)))

    def refresh(self) -> bool:
        """Read the object again if it changed on the server: GET with `If-None-Match`.

        Returns False when nothing changed there; unsaved edits are then kept. When it did change they are dropped, as
        by `load()`. Raises what `load()` raises.
        """
        return self._port.ask(flows.refresh(self))

    def exists(self) -> bool:
        """Whether the object exists: a HEAD, which reads nothing into this object.

        For a bucket a 403 is a no, since the server does not tell "not there" from "not yours".

        Raises:
            PermissionDeniedError: the caller may not read it (anything but a bucket).
        """
        return self._port.ask(flows.exists(self))

    def save(
        self, *, safe: bool = True, if_match: int | str | None = None, on_conflict: OnConflict[D] | None = None
    ) -> Self:
        """Send what changed: nothing when nothing did, a PATCH of the fields that did, a PUT when one was removed.

        The version seen goes along as `If-Match`, so that no other change is overwritten; an object never seen is
        created with `If-None-Match: *` and never overwrites one. `safe=False` sends neither. `if_match` protects
        another version (milliseconds or an ETag). Afterwards the object holds the server's answer, in the same
        `.data`. Returns the object.

        `on_conflict` resolves conflicts and saves again, as often as somebody else is faster (bounded):

        - `"merge"`: fields that one side changed are taken from it, at every depth, and a group's members as a set.
        - `"mine"`: as "merge", and my value holds where both sides changed one. A deleted object is made anew.
        - `"theirs"`: my edits are dropped, and the object is what the server has; deleted, if it was.
        - a function: it gets the ConflictError and returns the whole document to save, as a dict or as the model.
          Fields that the model does not declare stay the server's, and so does an attachment that a dict leaves out.

        Permission edits are carried over as additions and removals, which takes a GET.

        Raises:
            ConflictError: the object changed, or was deleted, on the server meanwhile. Nothing was written.
            MergeConflictError: "merge", and both sides changed a field, or it was deleted. Nothing was written.
            AlreadyExistsError: one with this id exists already.
            InvalidRequestError: the server refused the document (a schema, say); `problems` names the fields.
            ModelError: the data does not fit its model, is not JSON, or does not fit the schema that it is checked
                against (`validate=True`). Nothing was sent.
            DeletedError: it was deleted through this object.
        """
        return self._port.perform(self, saving(self, on_conflict, safe=safe, if_match=if_match))

    def rebase(self, error: ConflictError) -> Self:
        """Merge the unsaved edits into what a ConflictError found on the server; `save()` then sends them.

        Sends nothing, but a GET when permissions were edited, since a conflict does not show any. Otherwise the
        permissions are not loaded afterwards. Edits land in the same `.data`. Returns the object.

        Raises:
            MergeConflictError: both sides changed a field to different values, or the object was deleted. Nothing
                changed here.
            UsageError: the error is about another object.
        """
        return self._port.perform(self, conflicts.rebase(self, error))

    def replace(
        self,
        data: D,
        *,
        permissions: PermissionsInput | None = None,
        safe: bool = True,
        if_match: int | str | None = None,
    ) -> Self:
        """Make this the whole document: a PUT, with `If-Match` when a version was seen and without one otherwise.

        Fields that are not in `data` disappear, but for a known `attachment`. Works on a handle never loaded, and
        makes a deleted object anew. `permissions` replaces the whole list; the server adds the caller to `write`.
        The object holds both once they are written: after an error its data and permissions are as before.

        Raises:
            ConflictError: the object changed on the server since it was seen. Nothing was written.
            ModelError: the data does not fit the model, or is not JSON. Nothing was sent.
            NotLoadedError: only some fields were read, so that an attachment might be lost.
        """
        return self._port.perform(self, flows.replacing(self, data, permissions, safe=safe, if_match=if_match))

    def patch(
        self, patch: Patch, *, safe: bool = True, if_match: int | str | None = None, take_write: bool = False
    ) -> Self:
        """Send a partial change now: a PATCH, with `If-Match` when a version was seen.

        - a dict sets these top-level fields; None is stored as null.
        - a `MergePatch` merges objects at every depth, and None removes.
        - a `JSONPatch`, or a list of RFC 6902 operations, is done as a whole or not at all. It is sent again after a
          lost answer only with `If-Match`.

        Works on a handle never loaded. Unsaved edits stay unsaved. Returns the object, holding the answer.

        A JSON Patch by somebody whose right to write is inherited (from the bucket, say) would clear the object's
        `read` and `write` lists: the server does that. So an operation goes in front that lets it fail instead.
        `take_write=True` then enters the caller into the object's `write` list and patches again.

        Raises:
            ConflictError: the object changed on the server since it was seen. Nothing was written.
            NotFoundError: it does not exist.
            InvalidRequestError: an operation does not fit the object, a `test` failed, or a schema refused the result.
            PermissionDeniedError: the caller may not write it, or only by inheritance (a JSON Patch).
            NotLoadedError: a MergePatch of permissions that are not known: the server would clear those not seen.
            UsageError: what the server would refuse, ignore, or break on.
        """
        flow = patching(self, patch, safe=safe, if_match=if_match, take_write=take_write)
        return self._port.perform(self, flow)

    def grant(self, permission: str, *who: Principal) -> Self:
        """Give a permission to principals now, whatever else changes meanwhile: `grant("read", "account:bob")`.

        Works on a handle never loaded; unsaved edits stay unsaved. Sends a JSON Patch that adds these principals
        alone. A caller whose right to write is inherited becomes a direct writer of the object first, as by any other
        write: that takes a GET and a PATCH more. Returns the object.

        Raises:
            NotFoundError: it does not exist.
            PermissionDeniedError: the caller may not write it.
            UsageError: this kind of object has no such permission, or what is given is no principal.
        """
        return self._port.perform(self, grants.grant(self, permission, who))

    def revoke(self, permission: str, *who: Principal) -> Self:
        """Take a permission from principals now; who does not have it is left out. The reverse of `grant()`.

        The server puts whoever writes into `write`, so the caller can't leave that list. What a principal has through
        a group, or from the collection or bucket, is not taken. Sends, returns and raises what `grant()` does.
        """
        return self._port.perform(self, grants.revoke(self, permission, who))

    def delete(self, *, safe: bool = True, if_match: int | str | None = None, if_exists: bool = False) -> bool:
        """Delete the object and all below it: a DELETE, with `If-Match` when a version was seen.

        Returns True when it was deleted. `if_exists=True` returns False when it was not there (for a bucket on a 403
        too, which may also mean that it is somebody else's).

        Raises:
            ConflictError: the object changed on the server since it was seen. It was not deleted.
            NotFoundError: it was not there.
            DeletedError: it was deleted through this object before, and `if_exists` is False.
        """
        return self._port.ask(flows.delete(self, safe=safe, if_match=if_match, if_exists=if_exists))

    def using(self, client: "Navigation") -> Self:
        """The same object, edits included, through another client: another user, other headers, after unpickling."""
        from .navigation import Navigation

        if not isinstance(client, Navigation):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
            raise UsageError(f"using({client!r}): give it the client to go on with, of the same kind as this object")
        twin: Self = client._adopt(self.path, self._form, self._memory())
        return twin

    def _fill(self, data: Any, permissions: PermissionsInput | None) -> Self:
        self._assign(data)
        if permissions is not None:
            self.permissions = permissions
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._context, self.path, self._form.portable(), self._memory())


def _restore(context: Context, path: str, form: Form[Any], memory: Mapping[str, Any]) -> Any:
    from .navigation import Navigation

    return Navigation(Detached(), context)._adopt(path, form, memory)
