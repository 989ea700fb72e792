"""A typed SDK for Kinto, the JSON storage server over HTTP.

Everything a program needs is imported from here: `from kinto_sdk import Client`.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

from .objects.changes import Changes
from .objects.outcome import Operation, Outcome
from .objects.permissions import Permissions
from .protocol.errors import (
    AlreadyExistsError,
    AuthenticationError,
    BackoffError,
    BatchError,
    CapabilityMissingError,
    ConflictError,
    ContentionError,
    DeadlineExceededError,
    DeletedError,
    InvalidIdError,
    InvalidRequestError,
    KintoError,
    MergeConflictError,
    ModelError,
    NotFoundError,
    NotLoadedError,
    NotSentError,
    PermissionDeniedError,
    Problem,
    ReadOnlyServerError,
    RequestTimeoutError,
    ResponseError,
    RolledBackError,
    ServerError,
    ServiceDeprecatedError,
    SignatureError,
    ThrottledError,
    TransportError,
    UnreadableResponseError,
    UsageError,
)
from .protocol.messages import Request, Response
from .protocol.patches import JSONPatch, MergePatch
from .protocol.principals import AUTHENTICATED, EVERYONE
from .protocol.server import Heartbeat, ServerInfo, ServerSettings, User

if TYPE_CHECKING:
    from ._aio.account import AsyncAccount
    from ._aio.batch import AsyncBatch
    from ._aio.bucket import AsyncBucket
    from ._aio.client import AsyncClient
    from ._aio.collection import AsyncCollection
    from ._aio.group import AsyncGroup
    from ._aio.query import AsyncQuery
    from ._aio.record import AsyncRecord
    from ._aio.review import AsyncReview
    from ._sync.account import Account
    from ._sync.batch import Batch
    from ._sync.bucket import Bucket
    from ._sync.client import Client
    from ._sync.collection import Collection
    from ._sync.group import Group
    from ._sync.query import Query
    from ._sync.record import Record
    from ._sync.review import Review
    from .objects.dry_run import DryRunLog
    from .objects.review import PendingChanges, PendingUpdate
    from .protocol.changeset import Changeset, MonitorEntry
    from .protocol.check import Check
    from .protocol.review import ReviewEvent, ReviewPolicy
    from .protocol.server import Alert
    from .transport.auth import BasicAuth, BearerAuth
    from .transport.events import (
        BackoffReceived,
        Event,
        RequestFailed,
        RequestRecorded,
        RequestSent,
        ResponseReceived,
        RetryScheduled,
    )
    from .transport.retry import RetryPolicy

__all__ = [
    "AUTHENTICATED",
    "EVERYONE",
    "Account",
    "Alert",
    "AlreadyExistsError",
    "AsyncAccount",
    "AsyncBatch",
    "AsyncBucket",
    "AsyncClient",
    "AsyncCollection",
    "AsyncGroup",
    "AsyncQuery",
    "AsyncRecord",
    "AsyncReview",
    "AuthenticationError",
    "BackoffError",
    "BackoffReceived",
    "BasicAuth",
    "Batch",
    "BatchError",
    "BearerAuth",
    "Bucket",
    "CapabilityMissingError",
    "Changes",
    "Changeset",
    "Check",
    "Client",
    "Collection",
    "ConflictError",
    "ContentionError",
    "DeadlineExceededError",
    "DeletedError",
    "DryRunLog",
    "Event",
    "Group",
    "Heartbeat",
    "InvalidIdError",
    "InvalidRequestError",
    "JSONPatch",
    "KintoError",
    "MergeConflictError",
    "MergePatch",
    "ModelError",
    "MonitorEntry",
    "NotFoundError",
    "NotLoadedError",
    "NotSentError",
    "Operation",
    "Outcome",
    "PendingChanges",
    "PendingUpdate",
    "PermissionDeniedError",
    "Permissions",
    "Problem",
    "Query",
    "ReadOnlyServerError",
    "Record",
    "Request",
    "RequestFailed",
    "RequestRecorded",
    "RequestSent",
    "RequestTimeoutError",
    "Response",
    "ResponseError",
    "ResponseReceived",
    "RetryPolicy",
    "RetryScheduled",
    "Review",
    "ReviewEvent",
    "ReviewPolicy",
    "RolledBackError",
    "ServerError",
    "ServerInfo",
    "ServerSettings",
    "ServiceDeprecatedError",
    "SignatureError",
    "ThrottledError",
    "TransportError",
    "UnreadableResponseError",
    "UsageError",
    "User",
    "__version__",
]

# The two colours are imported on first use, so that a program pays for the one it uses alone.
_LAZY = {
    "Account": "_sync.account",
    "Alert": "protocol.server",
    "AsyncAccount": "_aio.account",
    "AsyncBatch": "_aio.batch",
    "AsyncBucket": "_aio.bucket",
    "AsyncClient": "_aio.client",
    "AsyncCollection": "_aio.collection",
    "AsyncGroup": "_aio.group",
    "AsyncQuery": "_aio.query",
    "AsyncRecord": "_aio.record",
    "AsyncReview": "_aio.review",
    "BackoffReceived": "transport.events",
    "BasicAuth": "transport.auth",
    "Batch": "_sync.batch",
    "BearerAuth": "transport.auth",
    "Bucket": "_sync.bucket",
    "Changeset": "protocol.changeset",
    "Check": "protocol.check",
    "Client": "_sync.client",
    "Collection": "_sync.collection",
    "DryRunLog": "objects.dry_run",
    "Event": "transport.events",
    "Group": "_sync.group",
    "MonitorEntry": "protocol.changeset",
    "PendingChanges": "objects.review",
    "PendingUpdate": "objects.review",
    "Query": "_sync.query",
    "Record": "_sync.record",
    "RequestFailed": "transport.events",
    "RequestRecorded": "transport.events",
    "RequestSent": "transport.events",
    "ResponseReceived": "transport.events",
    "RetryPolicy": "transport.retry",
    "RetryScheduled": "transport.events",
    "Review": "_sync.review",
    "ReviewEvent": "protocol.review",
    "ReviewPolicy": "protocol.review",
}


def __getattr__(name: str) -> Any:
    home = _LAZY.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
