"""A collection, and the way to its records."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from ..objects.form import UNTYPED, Form
from ..objects.typevars import D
from ..protocol.jsontypes import JSONObject
from ..protocol.timestamps import to_version
from .record import AsyncRecord
from .timeline import AsyncTimeline

if TYPE_CHECKING:
    from ..objects.misfit import Misfit
    from ..objects.schema_change import SchemaChange
    from ..protocol.changeset import Changeset
    from ..transport.async_documents import Documents
    from .bucket import AsyncBucket
    from .plan import AsyncPlan
    from .review import AsyncReview

T = TypeVar("T")


class AsyncCollection(AsyncTimeline[D], Generic[D]):
    """A collection of records of one model. `collection.data` is its own metadata, a dict."""

    __slots__ = ("_review",)

    def __init__(
        self,
        bucket: "AsyncBucket",
        id: str,  # noqa: A002  # the design's word
        form: Form[D] = UNTYPED,
        row: JSONObject | None = None,
    ) -> None:
        super().__init__(bucket, id, form, row)
        self._review: AsyncReview[D] | None = None

    @property
    def path(self) -> str:
        """The server path, without the version. It never changes."""
        return self._path

    @property
    def bucket(self) -> "AsyncBucket":
        """The bucket it is in."""
        return self._parent

    def record(self, id: str) -> AsyncRecord[D]:  # noqa: A002  # the design's word
        """A handle on a record. Sends nothing.

        Raises:
            InvalidIdError: the id is not a string, is empty, or not of the server's form.
        """
        return AsyncRecord(self, self._context.check_id("record", id))

    @property
    def _from_row(self) -> Callable[[JSONObject], AsyncRecord[D]]:
        make = cast("Callable[..., AsyncRecord[D]]", AsyncRecord)
        return partial(make, self, "")

    def _untyped(self) -> "AsyncCollection[dict[str, Any]]":
        if self._form.model is None:
            return cast("AsyncCollection[dict[str, Any]]", self)
        twin = AsyncCollection(self._parent, self._id, self._form.without_model())
        twin._checks = self._checks
        return twin

    # ---- its schema ----

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema that the server checks its records against; None when there is none.

        It is a part of `collection.data`, unsaved edits included. `kinto_sdk.models.model_source(schema)` writes
        attrs classes for it.

        Raises:
            NotLoadedError: the collection was not loaded; it never reads by itself.
        """
        from ..objects.checks import known_schema

        return known_schema(self)

    async def ensure_schema(self, schema: type[Any] | Mapping[str, Any] | None = None) -> "SchemaChange":
        """Give the collection this schema, unless it has it: a model's (by default its own), or a JSON Schema, Draft 7.

        Reads the collection. When the schema differs, PATCHes it alone, with `If-Match` the version just read, and
        looks again when somebody else was faster; a collection that does not exist is created (PUT with
        `If-None-Match: *`), with the data that this handle was given. Unsaved edits stay unsaved. Returns what
        changed, falsy when nothing did. Records that are there already are not checked by the server until they are
        next written: `validate()` tells which would be refused then.

        Raises:
            InvalidRequestError: the server refused the schema; it has to be valid by Draft 7.
            PermissionDeniedError: the caller may not read or write the collection, or the bucket does not exist.
            UsageError: there is neither an argument nor a model, or it is no model and no schema.
        """
        from ..flows.schemas import ensuring

        return await self._port.ask(ensuring(self, self.model, schema))

    @overload
    async def validate(
        self, records: None = None, schema: type[Any] | Mapping[str, Any] | None = None
    ) -> "list[Misfit[AsyncRecord[D]]]": ...

    @overload
    async def validate(
        self, records: "Documents[T]", schema: type[Any] | Mapping[str, Any] | None = None
    ) -> "list[Misfit[T]]": ...

    async def validate(
        self,
        records: "Documents[Any] | None" = None,
        schema: type[Any] | Mapping[str, Any] | None = None,
    ) -> "list[Misfit[Any]]":
        """Check records against a JSON Schema here, and return those that do not fit, with all that is wrong.

        `records` are records (as they are now, unsaved edits included), dicts or instances of the model; by default
        all that the collection has, page by page. `schema` is a model or a JSON Schema, for finding out what a new
        one would refuse. By default it is the collection's own, read if it is not known; when that has none, the
        model's. The server decides as this does, but tells of the first problem alone. Needs the extra `validation`.

        Raises:
            NotLoadedError: a record among them was never loaded.
            UsageError: there is no schema, it is not valid, or the extra is not installed.
        """
        from .validating import validate

        return await validate(self, records, schema)

    # ---- plans and copies ----

    async def plan(
        self,
        desired: "Documents[D | Mapping[str, Any] | AsyncRecord[Any]] | AsyncCollection[Any]",
        *,
        key: str = "id",
        delete: bool = False,
        ignore: Iterable[str] = (),
    ) -> "AsyncPlan":
        """Compare the records with what is desired, and write nothing: `plan.apply()` does. Reads both sides.

        `desired` is an iterable of dicts, of models or of records, a query, or another collection, which may be on
        another server. Documents belong together when they have the same `key`. A dict is the whole document; of a
        model, or a query with `only()`, the fields it has count alone. `last_modified`, the server's `schema` stamp
        and the fields in `ignore` make no difference, nor does an `attachment` that no dict mentions.

        A document without a record makes one, under its own id. `delete=True` deletes records that are not desired.
        All records are read, unless they are told by their ids, not to be deleted, and at most 500 are desired.

        Raises:
            InvalidIdError: an id in a document is not of the server's form.
            NotFoundError: the collection does not exist.
            PermissionDeniedError: the caller may not read it, or the bucket does not exist.
            UsageError: a document without the key, two with the same, one of which a part of a field was read, or
                something that is not JSON. Where the documents are no query or collection, nothing was sent.
        """
        from .planning import plan

        return await plan(self, desired, key=key, delete=delete, ignore=ignore)

    async def copy_to(
        self,
        other: "AsyncCollection[Any]",
        *,
        delete: bool = False,
        permissions: bool = True,
        record_permissions: bool = False,
        attachments: bool = False,
        ignore: Iterable[str] = (),
    ) -> "AsyncPlan":
        """Plan a copy to another collection, which may be on another server and need not exist: `plan.apply()` writes.

        Copied are the metadata (its schema, say; not the state of a review), the permissions, and the records under
        their ids. What only the other side has stays: records, fields of its metadata, principals. `delete=True` takes
        it away, so that the other one becomes a mirror of this one.

        Args:
            other: the collection to write to. Its bucket has to exist.
            delete: delete what is only there.
            permissions: copy those of the collection. Groups of its bucket become the same groups of the other one.
            record_permissions: copy those of each record, too: one more request for each, on both sides.
            attachments: copy the files of records, through this machine. Without it, the copies have none.
            ignore: fields of records that make no difference, and stay as they are in records that are there.

        Raises:
            CapabilityMissingError: `attachments`, and the other server has no such plugin.
            NotFoundError: this collection does not exist.
            PermissionDeniedError: the caller may not read one of the two, or a bucket does not exist.
            UsageError: the caller does not see permissions that are to be copied, or both are the same collection.
        """
        from ..objects.copying import Copying
        from .copying import copy_collection

        copying = Copying(
            delete=delete,
            permissions=permissions,
            record_permissions=record_permissions,
            attachments=attachments,
            ignore=ignore,
        )
        return await copy_collection(self, other, copying)

    # ---- signed collections ----

    @property
    def review(self) -> "AsyncReview[D]":
        """Its review before publication, where the server has the plugin `signer`. Sends nothing; always the same."""
        if self._review is None:
            from .review import AsyncReview

            self._review = AsyncReview(self)
        return self._review

    async def changeset(
        self, *, since: int | str | datetime | None = None, expected: int | str = 0
    ) -> "Changeset[AsyncRecord[D]]":
        """Read records, timestamp and metadata in one piece: GET of `…/changeset`, all in one page.

        `since` is a version in milliseconds, an ETag, or an aware datetime: only what changed after it comes, and the
        ids of what was deleted. A source or preview that was rolled back must be read without it: records went back
        to lower versions. `expected` (any number or text) only tells apart what caches keep: give the
        `last_modified` of the monitor's entry, so that nothing older comes.

        Raises:
            CapabilityMissingError: the server has no changesets (plugin `changes`). Nothing else was sent.
            NotFoundError: there is no such collection.
        """
        from ..flows.changeset import changeset
        from ..protocol.changeset import check_expected

        version = None if since is None else to_version(since, "changeset(since=)")
        return await self._port.ask(
            changeset(
                self._context,
                self._path,
                self._from_row,
                since=version,
                expected=check_expected(expected),
                call="changeset()",
            )
        )

    async def verified_records(
        self,
        *,
        public_key: str | bytes | None = None,
        root_fingerprint: str | None = None,
        signer: str | None = None,
        expected: int | str = 0,
    ) -> list[AsyncRecord[D]]:
        """All records of a signed collection, once their signature was found to be good. Needs the extra `signature`.

        Reads the changeset, and the certificates once. When the signature does not match, reads the changeset a
        second time, past every cache.

        Args:
            public_key: the key (PEM, P-384) that must have signed. No certificates are read then.
            root_fingerprint: the SHA-256, in hex, of the root certificate that must vouch for the key.
            signer: the DNS name that the signing certificate must be for; goes with `root_fingerprint`.
            expected: as for `changeset()`.

        Raises:
            SignatureError: the records are not what was signed, nobody trusted signed them, or a certificate is bad.
            UsageError: neither a key, nor a fingerprint and a name are given; or the extra is not installed.
            CapabilityMissingError: the server has no changesets (plugin `changes`). Nothing else was sent.
        """
        from ..protocol.changeset import check_expected
        from ..protocol.signatures import require_cryptography, trust_from
        from .signed import verified

        require_cryptography("verified_records()")
        trust = trust_from(public_key, root_fingerprint, signer)
        return await verified(self, trust, expected=check_expected(expected))
