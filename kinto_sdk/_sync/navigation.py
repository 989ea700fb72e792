# Generated from kinto_sdk/_aio/navigation.py by tools/unasync.py. Edit that file, then run `make generate`.
"""The way from the root to the objects, for a client and for a batch."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..objects.context import Context
from ..protocol.absent import ABSENT, Absent
from ..protocol.errors import UsageError
from ..protocol.ids import draw_id
from .port import Port, Requiring

if TYPE_CHECKING:
    from ..objects.form import Form
    from ..objects.permissions import PermissionsInput
    from .account import Account
    from .bucket import Bucket
    from .collection import Collection
    from .group import Group
    from .query import Query
    from .record import Record

M = TypeVar("M")


class Navigation:
    """Buckets, and the objects below them by path."""

    def __init__(self, port: Port, context: Context) -> None:
        self._port: Port = port
        self._context: Context = context

    def bucket(self, id: str | Absent = ABSENT) -> "Bucket":  # noqa: A002  # the design's word
        """A handle on a bucket, by default on the client's default bucket. Sends nothing.

        Raises:
            InvalidIdError: the id is not a string, is empty, or not of the server's form.
        """
        from .bucket import Bucket

        return Bucket(self, self._context.bucket if id is ABSENT else id)

    def buckets(self) -> "Query[Bucket]":
        """The buckets the caller may see, as a lazy query. Sends nothing until it is iterated."""
        from .bucket import Bucket
        from .query import Query

        return Query(path="/buckets", port=self._port, make=lambda row: Bucket(self, row["id"], row))

    def create_bucket(
        self,
        id: str | None = None,  # noqa: A002  # the design's word
        data: dict[str, Any] | None = None,
        *,
        permissions: "PermissionsInput | None" = None,
        if_not_exists: bool = False,
    ) -> "Bucket":
        """Create a bucket: PUT with `If-None-Match: *`. Without an id one is drawn.

        `if_not_exists=True` returns the bucket that exists, with its data and permissions; `.created` says which.

        Raises:
            AlreadyExistsError: there is one with this id, and `if_not_exists` is False.
            PermissionDeniedError: the caller may not create buckets.
        """
        from ..flows import objects as flows

        bucket = self.bucket(draw_id("bucket") if id is None else id)._fill({} if data is None else data, permissions)
        return self._port.perform(bucket, flows.create(bucket, if_not_exists=if_not_exists))

    def get_bucket(self, id: str | Absent = ABSENT) -> "Bucket":  # noqa: A002  # the design's word
        """Read a bucket: `bucket(id)` and `load()` in one call."""
        return self.bucket(id).load()

    # ---- accounts ----

    def account(self, name: str) -> "Account":
        """A handle on an account. Sends nothing.

        Raises:
            InvalidIdError: the name is not a string, is empty, or not of the server's form.
        """
        from .account import Account

        return Account(self, name)

    def accounts(self) -> "Query[Account]":
        """The accounts the caller may see, as a lazy query. Sends nothing until it is iterated.

        That is the caller's own. An administrator sees all of them where the operator set
        `account_read_principals`, and otherwise the own one too. Needs the `accounts` plugin.
        """
        from .account import Account
        from .query import Query

        port = Requiring(self._port, self._context, "accounts", "accounts()")
        return Query(path="/accounts", port=port, make=lambda row: Account(self, row["id"], row))

    def create_account(self, name: str, password: str, data: dict[str, Any] | None = None) -> "Account":
        """Create an account: PUT with `If-None-Match: *`. `data` holds further fields of it.

        To sign up, use a client without credentials (or with the very ones of the new account), on a server that lets
        everybody. An administrator's client makes accounts for others. Needs the `accounts` plugin. The server takes
        some 0.2 seconds, on purpose, to hash the password.

        Raises:
            AlreadyExistsError: the name is taken. Its account was not changed.
            AuthenticationError: the server does not let everybody sign up, or the client's credentials are wrong.
            InvalidRequestError: the client is signed in as somebody else who is no administrator.
            UsageError: the password is empty, or longer than 72 bytes in UTF-8. Nothing was sent.
        """
        from ..flows import accounts
        from ..objects.accounts import ACCOUNT, check_password

        fields = {} if data is None else ACCOUNT.unstructure(data)
        account = self.account(name)._fill({**fields, "password": check_password(password)}, None)
        return account._port.perform(account, accounts.create(account, password))

    @overload
    def from_path(
        self, uri: str, model: None = None
    ) -> "Bucket | Group | Collection[dict[str, Any]] | Record[dict[str, Any]] | Account": ...

    @overload
    def from_path(
        self, uri: str, model: type[M]
    ) -> "Bucket | Group | Collection[M] | Record[M] | Account": ...

    def from_path(self, uri: str, model: type[Any] | None = None) -> Any:
        """The handle for a server path, with or without `/v1`: `/buckets/b/collections/c/records/r`. Sends nothing.

        The `url` of an object on this server will do, too.

        Raises:
            UsageError: the path does not lead to a bucket, group, collection, record or account.
        """
        from ..objects.form import Form

        return self._at(uri, Form(model=model))

    def _at(self, uri: str, form: "Form[Any]") -> Any:
        from ..protocol.paths import parse_path
        from .collection import Collection

        found = parse_path(uri, self._context.server_url)
        if found.bucket is None:
            return self.account(found.account or "")
        bucket = self.bucket(found.bucket)
        if found.group is not None:
            return bucket.group(found.group)
        if found.collection is None:
            return bucket
        collection: Collection[Any] = Collection(bucket, found.collection, form)
        return collection if found.record is None else collection.record(found.record)

    def _adopt(self, path: str, form: "Form[Any]", memory: Mapping[str, Any]) -> Any:
        handle = self._at(path, form)
        handle._remember(memory)
        return handle


def chosen(kind: str, id: str | Absent, default: str | None) -> str:  # noqa: A002  # the design's word
    """The id given, or the client's default when none was."""
    if id is not ABSENT:
        return id
    if default is None:
        raise UsageError(f"which {kind}? Give its id, or a default to the client: Client(..., {kind}='…')")
    return default
