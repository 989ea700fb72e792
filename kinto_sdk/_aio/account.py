"""An account of the accounts plugin."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..flows import accounts as flows
from ..objects.accounts import ACCOUNT, check_password
from ..protocol.ids import Kind, quote_id
from ..protocol.jsontypes import JSONObject
from .port import AsyncPort, AsyncRequiring
from .resource import AsyncResource

if TYPE_CHECKING:
    from .navigation import AsyncNavigation


class AsyncAccount(AsyncResource[dict[str, Any]]):
    """A user with a name and a password. It may stand where a principal is asked for.

    `account.data` holds the account's other fields, a dict. The server answers every read with a bcrypt hash of the
    password; it is left out here, so that it can't end up in a log or an export.

    Everything below needs the server's `accounts` plugin and raises CapabilityMissingError without it. Who may read
    or change an account: its owner, and the administrators that the operator set. Permissions granted to other users
    have no effect, but those granted to EVERYONE do: callers without credentials could then change the password.
    """

    __slots__ = ("_path",)

    _kind: ClassVar[Kind] = "account"
    _codec = ACCOUNT
    _parent: "AsyncNavigation"

    def __init__(self, navigation: "AsyncNavigation", id: str, row: JSONObject | None = None) -> None:  # noqa: A002
        super().__init__(navigation._context.check_id("account", id), row)
        self._parent = navigation
        self._path = f"/accounts/{quote_id(self._id)}"

    @property
    def path(self) -> str:
        """The server path, without the version. It never changes."""
        return self._path

    @property
    def principal(self) -> str:
        """The principal that stands for the account in permissions and groups."""
        return f"account:{self.id}"

    @property
    def _port(self) -> AsyncPort:
        return AsyncRequiring(self._parent._port, self._context, "accounts", "an account")

    async def change_password(self, password: str) -> Self:
        """Give the account this password: a PATCH of it alone, without a precondition. Returns the account.

        The old password is refused from then on. A client signed in with it needs the new one: make another client.
        Works on a handle never loaded, and keeps unsaved edits.

        Raises:
            UsageError: the password is empty, or longer than 72 bytes in UTF-8. Nothing was sent.
            AuthenticationError: the client's credentials are wrong, or it has none.
            PermissionDeniedError: it is somebody else's account.
        """
        return await self._port.perform(self, flows.change_password(self, check_password(password)))
