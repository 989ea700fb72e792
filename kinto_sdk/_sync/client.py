# Generated from kinto_sdk/_aio/client.py by tools/unasync.py. Edit that file, then run `make generate`.
"""The client: where a program begins."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..flows import server as flows
from ..flows import utilities
from ..flows.escape import request as request_flow
from ..objects.context import Context
from ..objects.outcome import RaiseOnError
from ..protocol.absent import ABSENT, Absent
from ..protocol.endpoints import Endpoint, endpoint_path
from ..protocol.messages import Response
from ..protocol.paths import Kind, quote_id
from ..protocol.paths import id_patterns as read_id_patterns
from ..protocol.server import Heartbeat, ServerInfo
from ..transport.sync_session import Session
from ..transport.options import Options, read_server_url
from ..transport.types import HttpClient, Transport, AuthInput, TimeoutInput
from .batch import Batch
from .navigation import Navigation

if TYPE_CHECKING:
    from cattrs import Converter

    from ..protocol.changeset import Changeset, MonitorEntry
    from ..protocol.jsontypes import JSONObject
    from .collection import Collection


class Client(Navigation):
    """A client of one Kinto server. Use it as a context manager, or call `close()` at the end.

    Making one sends nothing. One client serves many threads or tasks; the objects it gives are for one at a time.

    Args:
        server_url: the server's address, with or without `/v1`. Credentials in it are moved to `auth`.
        auth: `("user", "password")`, `"user:password"`, `"Bearer token"`, any `httpx.Auth`, or None.
        bucket: the bucket that `client.bucket()` means.
        collection: the collection that `bucket.collection()` means.
        timeout: seconds for each wait of a request, (connect, read), an `httpx.Timeout`, or None for ever.
        headers: sent with every request.
        id_patterns: regular expressions by kind of object, for a server whose operator changed its rules for ids.
        converter: the cattrs converter for models, from `kinto_sdk.models.converter()` and changed.
        transport: an httpx transport, for tests and special networks.
        http_client: an httpx client to use as it is; closing it stays yours.

    Raises:
        UsageError: an argument that can't be right; the message says what to write.
    """

    def __init__(
        self,
        server_url: str,
        *,
        auth: AuthInput = None,
        bucket: str = "default",
        collection: str | None = None,
        timeout: TimeoutInput = 10.0,
        headers: Mapping[str, str] | None = None,
        id_patterns: Mapping[str, str | re.Pattern[str]] | None = None,
        converter: "Converter | None" = None,
        transport: Transport | None = None,
        http_client: HttpClient | None = None,
    ) -> None:
        url, credentials = read_server_url(server_url)
        options = Options(
            server_url=url,
            auth=credentials if auth is None else auth,
            timeout=timeout,
            headers=dict(headers or {}),
            transport=transport,
            http_client=http_client,
        )
        context = Context(
            server_url=url,
            bucket=bucket,
            collection=collection,
            id_patterns=read_id_patterns(id_patterns or {}),
            converter=converter,
        )
        self._session: Session = Session(options)
        super().__init__(self._session, context)

    @property
    def server_url(self) -> str:
        """The API root, with its version and without a trailing slash."""
        return self._context.server_url

    def server_info(self, *, refresh: bool = False) -> ServerInfo:
        """What the server says of itself: settings, capabilities, who you are. One GET for a client's life.

        `refresh=True` asks again.
        """
        return self._port.ask(flows.server_info(self._context, refresh=refresh))

    def heartbeat(self) -> Heartbeat:
        """How the server's parts are: GET `/__heartbeat__`. True when all are up; `down` names those that are not.

        A part that is down is an answer (the server sends it as a 503), and is not asked for again.

        Raises:
            ThrottledError: a 503 that is no heartbeat: a proxy's, or of a server too busy to look.
        """
        return self._port.ask(utilities.heartbeat())

    def version(self) -> dict[str, Any] | None:
        """What the operator says of the deployed version: GET `/__version__`. None where there is no such file.

        The server answers 500 then, so None may also mean that it failed.
        """
        return self._port.ask(utilities.version())

    def openapi(self) -> dict[str, Any]:
        """The server's own description of its API, in OpenAPI 2.0: GET `/__api__`."""
        return self._port.ask(utilities.openapi())

    def flush(self) -> None:
        """Delete everything on the server, accounts included: POST `/__flush__`. For test servers.

        Sent once: after a lost answer it is not repeated.

        Raises:
            CapabilityMissingError: the server has no `flush` plugin, as it should be in production.
        """
        self._port.ask(utilities.flush(self._context))

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

    def monitor(
        self, *, since: int | str | datetime | None = None, expected: int | str = 0
    ) -> "Changeset[MonitorEntry[Collection[dict[str, Any]]]]":
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

        def entry(row: "JSONObject") -> "MonitorEntry[Collection[dict[str, Any]]]":
            return monitor_entry(row, self.bucket(row["bucket"]).collection(row["collection"]))

        version = None if since is None else to_version(since, "monitor(since=)")
        checked = check_expected(expected)
        return self._port.ask(
            changeset(self._context, MONITOR, entry, since=version, expected=checked, call="monitor()")
        )

    def request(
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
        return self._port.ask(
            request_flow(method, path, json=json, params=params, headers=headers, content=content)
        )

    def batch(self, *, raise_on_error: RaiseOnError = True) -> Batch:
        """A unit of work: `with client.batch() as batch: …`. What is enlisted is sent when the block ends.

        `raise_on_error` says which failures raise a BatchError then: every one, with `"server"` all but those that the
        server refused (4xx), with False none. `batch.results()` tells of all of them.
        """
        return Batch(self._session, self._context, raise_on_error=raise_on_error)

    def close(self) -> None:
        """Close the connections. Closing again does nothing."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.server_url}>"
