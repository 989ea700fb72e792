"""What is asked of the server as a whole."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..flows import server as flows
from ..flows import utilities
from ..protocol.absent import ABSENT, Absent
from ..protocol.endpoints import Endpoint, endpoint_path
from ..protocol.ids import Kind, quote_id
from ..protocol.messages import Response
from .navigation import AsyncNavigation

if TYPE_CHECKING:
    from ..protocol.changeset import Changeset, MonitorEntry
    from ..protocol.jsontypes import JSONObject
    from ..protocol.server import Heartbeat, ServerInfo, User
    from .collection import AsyncCollection
    from .my_permissions import AsyncPermissionEntry
    from .query import AsyncQuery


class AsyncServer(AsyncNavigation):
    """A server, with what it tells of itself and of its caller."""

    @property
    def server_url(self) -> str:
        """The API root, with its version and without a trailing slash."""
        return self._context.server_url

    async def server_info(self, *, refresh: bool = False) -> "ServerInfo":
        """What the server says of itself: settings, capabilities, who you are. One GET for a client's life.

        `refresh=True` asks again. Threads or tasks that ask at the same time share one request.
        """
        return await self._port.ask(flows.server_info(self._context, refresh=refresh))

    async def heartbeat(self) -> "Heartbeat":
        """How the server's parts are: GET `/__heartbeat__`. True when all are up; `down` names those that are not.

        A part that is down is an answer (the server sends it as a 503), and is not asked for again.

        Raises:
            ThrottledError: a 503 that is no heartbeat: a proxy's, or of a server too busy to look.
        """
        return await self._port.ask(utilities.heartbeat())

    async def version(self) -> dict[str, Any] | None:
        """What the operator says of the deployed version: GET `/__version__`. None where there is no such file.

        The server answers 500 then, so None may also mean that it failed.
        """
        return await self._port.ask(utilities.version())

    async def openapi(self) -> dict[str, Any]:
        """The server's own description of its API, in OpenAPI 2.0: GET `/__api__`."""
        return await self._port.ask(utilities.openapi())

    async def flush(self) -> None:
        """Delete everything on the server, accounts included: POST `/__flush__`. For test servers.

        Sent once: after a lost answer it is not repeated.

        Raises:
            CapabilityMissingError: the server has no `flush` plugin, as it should be in production.
        """
        await self._port.ask(utilities.flush(self._context))

    def endpoint(
        self,
        name: Endpoint,
        *,
        bucket: str | Absent = ABSENT,
        collection: str | Absent = ABSENT,
        group: str | None = None,
        record: str | None = None,
        account: str | None = None,
    ) -> str:
        """The URL of an endpoint, lists and utility views included: `endpoint("records", collection="todos")`.

        Bucket and collection are the client's defaults when they are not given. Objects have their `url` as well.

        Raises:
            InvalidIdError: an id is empty, or not of the server's form.
            UsageError: there is no such endpoint, or an id of its path was not given.
        """
        ids: dict[Kind, str | None] = {
            "bucket": self._context.bucket if bucket is ABSENT else bucket,
            "collection": self._context.collection if collection is ABSENT else collection,
            "group": group,
            "record": record,
            "account": account,
        }
        quoted: dict[str, str | None] = {
            kind: None if value is None else quote_id(self._context.check_id(kind, value))
            for kind, value in ids.items()
        }
        return self.server_url + endpoint_path(name, quoted)

    async def monitor(
        self, *, since: int | str | datetime | None = None, expected: int | str = 0
    ) -> "Changeset[MonitorEntry[AsyncCollection[dict[str, Any]]]]":
        """Which collections the server watches, and when each last changed: one GET, in no particular order.

        `since` is a version in milliseconds, an ETag, or an aware datetime: only what changed after it comes, except
        that the server ignores one of long ago (21 days unless its operator chose otherwise) and tells of all.
        `expected` (any number or text) only tells apart what caches keep.

        Raises:
            CapabilityMissingError: the server has no monitor (plugin `changes`). Nothing else was sent.
        """
        from ..flows.changeset import changeset
        from ..protocol.changeset import MONITOR, check_expected, monitor_entry
        from ..protocol.timestamps import to_version

        def entry(row: "JSONObject") -> "MonitorEntry[AsyncCollection[dict[str, Any]]]":
            return monitor_entry(row, self.bucket(row["bucket"]).collection(row["collection"]))

        version = None if since is None else to_version(since, "monitor(since=)")
        checked = check_expected(expected)
        return await self._port.ask(
            changeset(self._context, MONITOR, entry, since=version, expected=checked, call="monitor()")
        )

    async def whoami(self) -> "User | None":
        """Who the server takes you for, with all your principals: a GET of the root view. None when anonymous.

        The root view does not refuse wrong credentials: with them you are anonymous too. `check()` tells the two apart.
        """
        return await self._port.ask(flows.whoami(self._context))

    def my_permissions(self) -> "AsyncQuery[AsyncPermissionEntry]":
        """What the caller may do, object by object, as a lazy query of `PermissionEntry`. Sends nothing.

        It lists the objects on which the caller, one of the caller's groups, or everybody was given a right; what that
        right means for the objects below is not spelt out. It can be filtered by `resource_name`, `uri` and ids, and
        counted. The server gives this list no version, so there is nothing to compare it with.

        Raises:
            CapabilityMissingError: on reading, when the server's operator has not enabled the list.
        """
        from .my_permissions import permissions_of

        return permissions_of(self)

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Response:
        """Send any request, with the client's credentials, retries and errors.

        `path` is relative to the API root: `/buckets/b/history`. GET, HEAD, PUT and DELETE may be sent again after a
        lost answer; others are sent once.

        Raises:
            ResponseError: the answer is neither a success nor a 304; the subclass tells which.
            UsageError: `path` does not begin with `/`, or both `json` and `content` are given.
        """
        from ..flows.escape import request as request_flow

        return await self._port.ask(
            request_flow(method, path, json=json, params=params, headers=headers, content=content)
        )
