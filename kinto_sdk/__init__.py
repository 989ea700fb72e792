"""A typed SDK for Kinto, the JSON storage server over HTTP.

Everything a program needs is imported from here: `from kinto_sdk import Client`.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ._aio.account import AsyncAccount
    from ._aio.batch import AsyncBatch
    from ._aio.bucket import AsyncBucket
    from ._aio.changes import AsyncFeed, AsyncWatch
    from ._aio.client import AsyncClient
    from ._aio.collection import AsyncCollection
    from ._aio.group import AsyncGroup
    from ._aio.history import AsyncHistory, AsyncHistoryEntry
    from ._aio.my_permissions import AsyncPermissionEntry
    from ._aio.plan import AsyncPlan
    from ._aio.query import AsyncQuery
    from ._aio.record import AsyncRecord
    from ._aio.resource import AsyncResource
    from ._aio.review import AsyncReview
    from ._sync.account import Account
    from ._sync.batch import Batch
    from ._sync.bucket import Bucket
    from ._sync.changes import Feed, Watch
    from ._sync.client import Client
    from ._sync.collection import Collection
    from ._sync.group import Group
    from ._sync.history import History, HistoryEntry
    from ._sync.my_permissions import PermissionEntry
    from ._sync.plan import Plan
    from ._sync.query import Query
    from ._sync.record import Record
    from ._sync.resource import Resource
    from ._sync.review import Review
    from .flows.conflicts import OnConflict
    from .objects.applied import Applied
    from .objects.changes import Changes
    from .objects.comparison import diff
    from .objects.difference import Difference, PlannedCreate, PlannedDelete, PlannedFile, PlannedUpdate
    from .objects.dry_run import DryRunLog
    from .objects.feed import Change, Tombstone, Upsert
    from .objects.fields import kinto_field
    from .objects.history import Diff
    from .objects.misfit import Misfit
    from .objects.model_source import model_source
    from .objects.outcome import Operation, Outcome, RaiseOnError
    from .objects.permissions import Permissions, PermissionsInput
    from .objects.review import PendingChanges, PendingUpdate
    from .objects.rows import Page, Records
    from .objects.schema import json_schema
    from .objects.schema_change import SchemaChange
    from .objects.typed_fields import fields
    from .protocol.attachments import Attachment
    from .protocol.capabilities import Capabilities
    from .protocol.changeset import Changeset, MonitorEntry
    from .protocol.check import Check
    from .protocol.criteria import Condition
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
        IntegrityError,
        InvalidIdError,
        InvalidRequestError,
        KintoError,
        LoginError,
        MergeConflictError,
        ModelError,
        NotFoundError,
        NotLoadedError,
        NotOneError,
        NotSentError,
        PermissionDeniedError,
        Problem,
        ReadOnlyServerError,
        RequestTimeoutError,
        ResponseError,
        ResyncRequiredError,
        RolledBackError,
        ServerError,
        ServiceDeprecatedError,
        SignatureError,
        ThrottledError,
        TransportError,
        UnreadableResponseError,
        UsageError,
    )
    from .protocol.filters import F
    from .protocol.messages import Request, Response
    from .protocol.patches import JSONPatch, MergePatch
    from .protocol.principals import AUTHENTICATED, EVERYONE, Principal
    from .protocol.review import ReviewEvent, ReviewPolicy
    from .protocol.server import Alert, Heartbeat, ServerInfo, ServerSettings, User
    from .transport.auth import BasicAuth, BearerAuth
    from .transport.browser import BrowserOAuth
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
    from .transport.types import AuthInput, TimeoutInput

__all__ = [
    "AUTHENTICATED",
    "EVERYONE",
    "Account",
    "Alert",
    "AlreadyExistsError",
    "Applied",
    "AsyncAccount",
    "AsyncBatch",
    "AsyncBucket",
    "AsyncClient",
    "AsyncCollection",
    "AsyncFeed",
    "AsyncGroup",
    "AsyncHistory",
    "AsyncHistoryEntry",
    "AsyncPermissionEntry",
    "AsyncPlan",
    "AsyncQuery",
    "AsyncRecord",
    "AsyncResource",
    "AsyncReview",
    "AsyncWatch",
    "Attachment",
    "AuthInput",
    "AuthenticationError",
    "BackoffError",
    "BackoffReceived",
    "BasicAuth",
    "Batch",
    "BatchError",
    "BearerAuth",
    "BrowserOAuth",
    "Bucket",
    "Capabilities",
    "CapabilityMissingError",
    "Change",
    "Changes",
    "Changeset",
    "Check",
    "Client",
    "Collection",
    "Condition",
    "ConflictError",
    "ContentionError",
    "DeadlineExceededError",
    "DeletedError",
    "Diff",
    "Difference",
    "DryRunLog",
    "Event",
    "F",
    "Feed",
    "Group",
    "Heartbeat",
    "History",
    "HistoryEntry",
    "IntegrityError",
    "InvalidIdError",
    "InvalidRequestError",
    "JSONPatch",
    "KintoError",
    "LoginError",
    "MergeConflictError",
    "MergePatch",
    "Misfit",
    "ModelError",
    "MonitorEntry",
    "NotFoundError",
    "NotLoadedError",
    "NotOneError",
    "NotSentError",
    "OnConflict",
    "Operation",
    "Outcome",
    "Page",
    "PendingChanges",
    "PendingUpdate",
    "PermissionDeniedError",
    "PermissionEntry",
    "Permissions",
    "PermissionsInput",
    "Plan",
    "PlannedCreate",
    "PlannedDelete",
    "PlannedFile",
    "PlannedUpdate",
    "Principal",
    "Problem",
    "Query",
    "RaiseOnError",
    "ReadOnlyServerError",
    "Record",
    "Records",
    "Request",
    "RequestFailed",
    "RequestRecorded",
    "RequestSent",
    "RequestTimeoutError",
    "Resource",
    "Response",
    "ResponseError",
    "ResponseReceived",
    "ResyncRequiredError",
    "RetryPolicy",
    "RetryScheduled",
    "Review",
    "ReviewEvent",
    "ReviewPolicy",
    "RolledBackError",
    "SchemaChange",
    "ServerError",
    "ServerInfo",
    "ServerSettings",
    "ServiceDeprecatedError",
    "SignatureError",
    "ThrottledError",
    "TimeoutInput",
    "Tombstone",
    "TransportError",
    "UnreadableResponseError",
    "Upsert",
    "UsageError",
    "User",
    "Watch",
    "__version__",
    "diff",
    "fields",
    "json_schema",
    "kinto_field",
    "model_source",
]

# Every name is imported on first use, so that a program pays for what it uses alone.
_LAZY = {
    "AUTHENTICATED": "protocol.principals",
    "Account": "_sync.account",
    "Alert": "protocol.server",
    "AlreadyExistsError": "protocol.errors",
    "Applied": "objects.applied",
    "AsyncAccount": "_aio.account",
    "AsyncBatch": "_aio.batch",
    "AsyncBucket": "_aio.bucket",
    "AsyncClient": "_aio.client",
    "AsyncCollection": "_aio.collection",
    "AsyncFeed": "_aio.changes",
    "AsyncGroup": "_aio.group",
    "AsyncHistory": "_aio.history",
    "AsyncHistoryEntry": "_aio.history",
    "AsyncPermissionEntry": "_aio.my_permissions",
    "AsyncPlan": "_aio.plan",
    "AsyncQuery": "_aio.query",
    "AsyncRecord": "_aio.record",
    "AsyncResource": "_aio.resource",
    "AsyncReview": "_aio.review",
    "AsyncWatch": "_aio.changes",
    "Attachment": "protocol.attachments",
    "AuthInput": "transport.types",
    "AuthenticationError": "protocol.errors",
    "BackoffError": "protocol.errors",
    "BackoffReceived": "transport.events",
    "BasicAuth": "transport.auth",
    "Batch": "_sync.batch",
    "BatchError": "protocol.errors",
    "BearerAuth": "transport.auth",
    "BrowserOAuth": "transport.browser",
    "Bucket": "_sync.bucket",
    "Capabilities": "protocol.capabilities",
    "CapabilityMissingError": "protocol.errors",
    "Change": "objects.feed",
    "Changes": "objects.changes",
    "Changeset": "protocol.changeset",
    "Check": "protocol.check",
    "Client": "_sync.client",
    "Collection": "_sync.collection",
    "Condition": "protocol.criteria",
    "ConflictError": "protocol.errors",
    "ContentionError": "protocol.errors",
    "DeadlineExceededError": "protocol.errors",
    "DeletedError": "protocol.errors",
    "Diff": "objects.history",
    "Difference": "objects.difference",
    "DryRunLog": "objects.dry_run",
    "EVERYONE": "protocol.principals",
    "Event": "transport.events",
    "F": "protocol.filters",
    "Feed": "_sync.changes",
    "Group": "_sync.group",
    "Heartbeat": "protocol.server",
    "History": "_sync.history",
    "HistoryEntry": "_sync.history",
    "IntegrityError": "protocol.errors",
    "InvalidIdError": "protocol.errors",
    "InvalidRequestError": "protocol.errors",
    "JSONPatch": "protocol.patches",
    "KintoError": "protocol.errors",
    "LoginError": "protocol.errors",
    "MergeConflictError": "protocol.errors",
    "MergePatch": "protocol.patches",
    "Misfit": "objects.misfit",
    "ModelError": "protocol.errors",
    "MonitorEntry": "protocol.changeset",
    "NotFoundError": "protocol.errors",
    "NotLoadedError": "protocol.errors",
    "NotOneError": "protocol.errors",
    "NotSentError": "protocol.errors",
    "OnConflict": "flows.conflicts",
    "Operation": "objects.outcome",
    "Outcome": "objects.outcome",
    "Page": "objects.rows",
    "PendingChanges": "objects.review",
    "PendingUpdate": "objects.review",
    "PermissionDeniedError": "protocol.errors",
    "PermissionEntry": "_sync.my_permissions",
    "Permissions": "objects.permissions",
    "PermissionsInput": "objects.permissions",
    "Plan": "_sync.plan",
    "PlannedCreate": "objects.difference",
    "PlannedDelete": "objects.difference",
    "PlannedFile": "objects.difference",
    "PlannedUpdate": "objects.difference",
    "Principal": "protocol.principals",
    "Problem": "protocol.errors",
    "Query": "_sync.query",
    "RaiseOnError": "objects.outcome",
    "ReadOnlyServerError": "protocol.errors",
    "Record": "_sync.record",
    "Records": "objects.rows",
    "Request": "protocol.messages",
    "RequestFailed": "transport.events",
    "RequestRecorded": "transport.events",
    "RequestSent": "transport.events",
    "RequestTimeoutError": "protocol.errors",
    "Resource": "_sync.resource",
    "Response": "protocol.messages",
    "ResponseError": "protocol.errors",
    "ResponseReceived": "transport.events",
    "ResyncRequiredError": "protocol.errors",
    "RetryPolicy": "transport.retry",
    "RetryScheduled": "transport.events",
    "Review": "_sync.review",
    "ReviewEvent": "protocol.review",
    "ReviewPolicy": "protocol.review",
    "RolledBackError": "protocol.errors",
    "SchemaChange": "objects.schema_change",
    "ServerError": "protocol.errors",
    "ServerInfo": "protocol.server",
    "ServerSettings": "protocol.server",
    "ServiceDeprecatedError": "protocol.errors",
    "SignatureError": "protocol.errors",
    "ThrottledError": "protocol.errors",
    "TimeoutInput": "transport.types",
    "Tombstone": "objects.feed",
    "TransportError": "protocol.errors",
    "UnreadableResponseError": "protocol.errors",
    "Upsert": "objects.feed",
    "UsageError": "protocol.errors",
    "User": "protocol.server",
    "Watch": "_sync.changes",
    "diff": "objects.comparison",
    "fields": "objects.typed_fields",
    "json_schema": "objects.schema",
    "kinto_field": "objects.fields",
    "model_source": "objects.model_source",
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
