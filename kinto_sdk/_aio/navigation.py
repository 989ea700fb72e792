"""The way from the root to the objects, for a client and for a batch."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..objects.context import Context
from ..protocol.absent import ABSENT, Absent
from ..protocol.errors import UsageError
from ..protocol.ids import draw_id
from .port import AsyncPort, AsyncRequiring

if TYPE_CHECKING:
    from ..objects.form import Form
    from ..objects.permissions import PermissionsInput
    from .account import AsyncAccount
    from .bucket import AsyncBucket
    from .collection import AsyncCollection
    from .group import AsyncGroup
    from .query import AsyncQuery
    from .record import AsyncRecord

M = TypeVar("M")


class AsyncNavigation:
    """Buckets, and the objects below them by path."""

    def __init__(self, port: AsyncPort, context: Context) -> None:
        self._port: AsyncPort = port
        self._context: Context = context

    def bucket(self, id: str | Absent = ABSENT) -> "AsyncBucket":  # noqa: A002  # the design's word
        """A handle on a bucket, by default on the client's default bucket. Sends nothing.

        Raises:
            InvalidIdError: the id is not a string, is empty, or not of the server's form.
        """
        from .bucket import AsyncBucket

        return AsyncBucket(self, self._context.bucket if id is ABSENT else id)

    def buckets(self) -> "AsyncQuery[AsyncBucket]":
        """The buckets the caller may see, as a lazy query. Sends nothing until it is iterated."""
        from .bucket import AsyncBucket
        from .query import AsyncQuery

        return AsyncQuery(path="/buckets", port=self._port, make=lambda row: AsyncBucket(self, row["id"], row))

    async def create_bucket(
        self,
        id: str | None = None,  # noqa: A002  # the design's word
        data: dict[str, Any] | None = None,
        *,
        permissions: "PermissionsInput | None" = None,
        if_not_exists: bool = False,
    ) -> "AsyncBucket":
        """Create a bucket: PUT with `If-None-Match: *`. Without an id one is drawn.

        `if_not_exists=True` returns the bucket that exists, with its data and permissions; `.created` says which.

        Raises:
            AlreadyExistsError: there is one with this id, and `if_not_exists` is False.
            PermissionDeniedError: the caller may not create buckets.
        """
        from ..flows import objects as flows

        bucket = self.bucket(draw_id("bucket") if id is None else id)._fill({} if data is None else data, permissions)
        return await self._port.perform(bucket, flows.create(bucket, if_not_exists=if_not_exists))

    async def get_bucket(self, id: str | Absent = ABSENT) -> "AsyncBucket":  # noqa: A002  # the design's word
        """Read a bucket: `bucket(id)` and `load()` in one call."""
        return await self.bucket(id).load()

    # ---- accounts ----

    def account(self, name: str) -> "AsyncAccount":
        """A handle on an account. Sends nothing.

        Raises:
            InvalidIdError: the name is not a string, is empty, or not of the server's form.
        """
        from .account import AsyncAccount

        return AsyncAccount(self, name)

    def accounts(self) -> "AsyncQuery[AsyncAccount]":
        """The accounts the caller may see, as a lazy query. Sends nothing until it is iterated.

        That is the caller's own. An administrator sees all of them where the operator set
        `account_read_principals`, and otherwise the own one too. Needs the `accounts` plugin.
        """
        from .account import AsyncAccount
        from .query import AsyncQuery

        port = AsyncRequiring(self._port, self._context, "accounts", "accounts()")
        return AsyncQuery(path="/accounts", port=port, make=lambda row: AsyncAccount(self, row["id"], row))

    async def create_account(self, name: str, password: str, data: dict[str, Any] | None = None) -> "AsyncAccount":
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
        return await account._port.perform(account, accounts.create(account, password))

    @overload
    def from_path(
        self, uri: str, model: None = None
    ) -> "AsyncBucket | AsyncGroup | AsyncCollection[dict[str, Any]] | AsyncRecord[dict[str, Any]] | AsyncAccount": ...

    @overload
    def from_path(
        self, uri: str, model: type[M]
    ) -> "AsyncBucket | AsyncGroup | AsyncCollection[M] | AsyncRecord[M] | AsyncAccount": ...

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
        from .collection import AsyncCollection

        found = parse_path(uri, self._context.server_url)
        if found.bucket is None:
            return self.account(found.account or "")
        bucket = self.bucket(found.bucket)
        if found.group is not None:
            return bucket.group(found.group)
        if found.collection is None:
            return bucket
        collection: AsyncCollection[Any] = AsyncCollection(bucket, found.collection, form)
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
