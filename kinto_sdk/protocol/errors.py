"""Every error a user can meet, as one tree under `KintoError`.

`str(error)` is one line that names the call, the cause and, where it is known, the next step. All of them pickle.
An error that a Python programmer would catch as a builtin (`ValueError`, `LookupError`, `TimeoutError`) is one too.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any

import attrs

from .jsontypes import is_list, is_object, same

if TYPE_CHECKING:
    from .messages import Request, Response


class KintoError(Exception):
    """The base of every error this package raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[KintoError], args: tuple[Any, ...], attributes: dict[str, Any]) -> KintoError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


# ---- before any request --------------------------------------------------------------------------------------------


class UsageError(KintoError, ValueError):
    """The call can't be right as written. Nothing was sent and nothing is lost."""


class InvalidIdError(UsageError):
    """An id that the server would refuse, or read as something else. Nothing was sent."""


class NotLoadedError(KintoError, LookupError):
    """What was asked for has not been read from the server yet: `load()` the object first."""


class DeletedError(KintoError, LookupError):
    """The object was deleted through this very object: `replace()` makes it anew."""


class ModelError(KintoError, ValueError):
    """A document does not fit its model, or a model's value is not JSON. The paths are in the message."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[str, ...] = tuple(problems)
        """One line per misfit, with its path."""


class NotOneError(KintoError, LookupError):
    """`one()` found nothing, or several."""


class ResyncRequiredError(KintoError):
    """What changed since a version can't be told any more: read the whole collection again."""


class CapabilityMissingError(KintoError):
    """The server runs without the plugin this call needs. Nothing but the root view was asked for."""

    def __init__(self, capability: str, call: str = "this call") -> None:
        super().__init__(
            f"the server does not offer {capability!r}, which {call} needs; "
            "ask its operator to enable the plugin (client.server_info().capabilities lists what it offers)"
        )
        self.capability: str = capability
        """The plugin's name."""


class BackoffError(KintoError):
    """The server asked for calm (`Backoff`), and the client was told to raise rather than wait. Nothing was sent."""

    def __init__(self, call: str, seconds: float) -> None:
        super().__init__(
            f"{call}: the server asks to wait {ceil(seconds)} s more; try again then, or on_backoff='wait'"
        )
        self.seconds: float = seconds
        """How long to wait, in seconds."""


class IntegrityError(KintoError):
    """A file arrived that is not the one the record describes: cut short, or with other bytes. It was thrown away."""


class LoginError(KintoError):
    """A login with a browser came to nothing: not in time, refused, or no browser. What needed it was not sent."""


class SignatureError(KintoError):
    """Signed content does not match its signature, or the signature can't be trusted."""


class MergeConflictError(KintoError):
    """Both sides changed the same fields to different values, or one edited what the other deleted.

    Nothing was changed on either side. Its `__cause__` is the ConflictError, with what each side has.
    """

    def __init__(self, path: str, fields: Sequence[str], *, deleted: bool = False) -> None:
        names = ", ".join(fields) or "the permissions"
        super().__init__(
            f"{path}: {names} changed here, and it was deleted on the server meanwhile; "
            "save(on_conflict='mine') makes it anew, on_conflict='theirs' lets it go"
            if deleted
            else f"{path}: both sides changed {names}; "
            "save() with on_conflict='mine' or a function that decides, or load() to take theirs"
        )
        self.fields: tuple[str, ...] = tuple(fields)
        """The fields that both sides changed, dots between the keys of nested objects."""
        self.deleted: bool = deleted
        """Whether the object was deleted on the server."""


# ---- no answer -----------------------------------------------------------------------------------------------------


class TransportError(KintoError):
    """No usable answer came. The request may or may not have reached the server."""

    def __init__(self, message: str, *, request: "Request | None" = None) -> None:
        super().__init__(message)
        self.request: Request | None = None if request is None else request.as_shown()
        """The request that got no answer, without secrets."""


class RequestTimeoutError(TransportError, TimeoutError):
    """The server took longer than `timeout`."""


class DeadlineExceededError(TransportError, TimeoutError):
    """The total deadline passed while waiting for the next attempt."""


class UnreadableResponseError(TransportError):
    """An answer came that is not Kinto's: not JSON, or without the parts it must have."""


# ---- the server said no --------------------------------------------------------------------------------------------


@attrs.frozen
class Problem:
    """One thing wrong with a request, as the server describes it."""

    location: str
    """Where: `body`, `querystring`, `header` or `path`."""
    name: str
    """The field, `""` when the server names none."""
    description: str

    def __str__(self) -> str:
        return f"{self.name or self.location}: {self.description}"


class ResponseError(KintoError):
    """The server answered, and the answer is no."""

    _advice: str = ""

    def __init__(self, response: "Response", *, advice: str | None = None) -> None:
        request = response.request.as_shown(response.sender)
        body = _error_body(response)
        self.status: int = response.status
        """The HTTP status."""
        self.errno: int | None = _integer(body.get("errno"))
        """Kinto's own error number, None when the answer has none (a proxy's, say)."""
        self.details: Any = body.get("details")
        """What the server adds; its shape depends on the error."""
        self.message: str = _message(response, body)
        """The server's words."""
        self.request: Request = request
        """What was sent, without secrets: `error.request.as_curl()`."""
        self.response: Response = response
        """The whole answer."""
        number = "" if self.errno is None else f" (errno {self.errno})"
        if advice is not None:
            self._advice = advice
        line = f"{request.method} {request.path}: {self.status}{number} {self.message}"
        super().__init__(f"{line.removesuffix('.')}; {self._advice}" if self._advice else line)


class AuthenticationError(ResponseError):
    """401: credentials are needed, or wrong."""

    _advice = "check the credentials given to the client (client.whoami() tells who the server sees)"

    def __init__(self, response: "Response", *, advice: str | None = None) -> None:
        if advice is None and response.sender is not None and not response.sender.curl:
            advice = "the client was given no credentials; pass auth="
        super().__init__(response, advice=advice)


_NO_SUCH_VERSION = 116
_FORBIDDEN = "This user cannot access this resource"
_FILE_IN_DATA = "Attachment metadata cannot be modified"


class PermissionDeniedError(ResponseError):
    """403: the caller may not. For a bucket it may also mean that there is no such bucket."""

    def __init__(self, response: "Response", *, advice: str | None = None) -> None:
        # Plugins have words of their own, which say more.
        told = str(_error_body(response).get("message", _FORBIDDEN)).startswith(_FORBIDDEN)
        if advice is None and told and response.request.path.startswith("/buckets"):
            advice = "the bucket may not exist: the server does not tell that from 'not yours'"
        super().__init__(response, advice=advice)


class NotFoundError(ResponseError, LookupError):
    """404: no such object, or its parent is missing."""

    def __init__(self, response: "Response", *, advice: str | None = None) -> None:
        if advice is None and _error_body(response).get("errno") == _NO_SUCH_VERSION:
            advice = "check the server URL, it ends in /v1"
        super().__init__(response, advice=advice)


class ReadOnlyServerError(ResponseError):
    """405: the server is read-only, or the endpoint does not allow the method."""

    _advice = "the server may be read-only (client.server_info().settings.readonly)"


class ServiceDeprecatedError(ResponseError):
    """410: the service has reached its end of life. The advice is the operator's, where there is one."""

    def __init__(self, response: "Response", *, advice: str | None = None) -> None:
        if advice is None:
            from .server import alert_from

            alert = alert_from(response.headers.get("alert", ""))
            advice = alert.advice or "the service has been retired by its operator"
        super().__init__(response, advice=advice)


class InvalidRequestError(ResponseError):
    """400, 406, 413, 415: the server does not accept what was sent. `problems` says why, field by field."""

    def __init__(self, response: "Response", *, advice: str | None = None) -> None:
        if advice is None and str(_error_body(response).get("message")).startswith(_FILE_IN_DATA):
            # It refuses a whole batch for one of its records.
            advice = "an `attachment` in the data is not the record's own; leave it out: add_attachment() sends files"
        super().__init__(response, advice=advice)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, in the server's order. A schema violation names the field; the server reports the first."""
        found = filter(is_object, self.details) if is_list(self.details) else ()
        return tuple(
            Problem(
                str(entry.get("location") or ""),
                "" if entry.get("name") is None else str(entry.get("name")),
                str(entry.get("description") or ""),
            )
            for entry in found
        )


class ContentionError(ResponseError):
    """409: another write got in the way; the same request may succeed later."""


class ThrottledError(ResponseError):
    """429 or 503: the server asks to come back later."""

    def __init__(self, response: "Response", *, advice: str | None = None) -> None:
        if advice is None:
            seconds = parse_retry_after(response.headers.get("retry-after"))
            advice = "try again later" if seconds is None else f"try again in {ceil(seconds)} s, as the server asks"
        super().__init__(response, advice=advice)

    @property
    def retry_after(self) -> float | None:
        """The seconds the server asked to wait, None when it did not say."""
        return parse_retry_after(self.response.headers.get("retry-after"))


class ServerError(ResponseError):
    """5xx: something broke on the server. A write may or may not have happened."""


class ConflictError(ResponseError):
    """412: the object changed on the server since it was seen here. Nothing was written."""

    _advice = "rebase(error) and save() again, save(on_conflict=...), or load() to take theirs"

    base: dict[str, Any] | None = None
    """The document that was seen."""
    mine: dict[str, Any] | None = None
    """The document that was to be saved."""
    theirs: dict[str, Any] | None = None
    """The document that the server has now; None: deleted meanwhile."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields in which `mine` and `theirs` differ, sorted."""
        mine, theirs = self.mine or {}, self.theirs or {}
        ignored = {"id", "last_modified", "schema"}
        names = (mine.keys() | theirs.keys()) - ignored
        missing = object()
        return tuple(sorted(name for name in names if not same(mine.get(name, missing), theirs.get(name, missing))))

    def __init__(
        self,
        response: "Response",
        *,
        advice: str | None = None,
        base: dict[str, Any] | None = None,
        mine: dict[str, Any] | None = None,
        theirs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(response, advice=advice)
        self.base, self.mine, self.theirs = base, mine, theirs


class AlreadyExistsError(ConflictError):
    """412: an object with this id exists already; nothing was written. `theirs` is its document where it is known."""

    _advice = "load() the one that exists, pass if_not_exists=True to create_*(), or replace() to overwrite it"


def error_from(response: "Response", *, advice: str | None = None) -> ResponseError:
    """The precise error for an answer that is not a success."""
    status = response.status
    cls = _BY_STATUS.get(status)
    if cls is None:
        cls = ServerError if status >= 500 else ResponseError
        location = response.headers.get("location", "").partition("?")[0]
        if advice is None and 300 <= status < 400 and location:
            advice = f"it redirects to {location}, where nothing was sent; check the server URL"
    return cls(response, advice=advice)


_BY_STATUS: Mapping[int, type[ResponseError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: ReadOnlyServerError,
    406: InvalidRequestError,
    409: ContentionError,
    410: ServiceDeprecatedError,
    412: ConflictError,
    413: InvalidRequestError,
    415: InvalidRequestError,
    429: ThrottledError,
    503: ThrottledError,
}


def _error_body(response: "Response") -> Mapping[str, Any]:
    try:
        body = response.json()
    except UnreadableResponseError:
        return {}
    return body if is_object(body) else {}


def _message(response: "Response", body: Mapping[str, Any]) -> str:
    details = body.get("details")
    if is_object(details) and response.status == 404:
        kind, name = details.get("resource_name"), details.get("id")
        if kind and name:
            return f"there is no {kind} {name!r}"
    if response.status == 412 and response.request.headers.get("If-None-Match") == "*":
        return "it exists already"  # the server's words are those of any conflict
    words = body.get("message") or body.get("error")
    if isinstance(words, str) and words:
        return " ".join(words.split())
    try:
        phrase = HTTPStatus(response.status).phrase  # a HEAD has no body to say more
    except ValueError:
        phrase = "no reason given"
    if not response.content or body or response.request.sink is not None:
        return phrase  # files are not Kinto's own answers
    kind = response.headers.get("content-type", "an unknown type")
    check = "check the server URL; " if response.status == 404 else ""
    return f"{phrase}, not an answer of Kinto ({kind}); {check}a proxy may stand in between"


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def parse_retry_after(value: str | None, now: float | None = None) -> float | None:
    """A `Retry-After` header (seconds or an HTTP date) as seconds from `now` (a Unix time), never negative."""
    if not value:
        return None
    try:
        return max(0.0, float(int(value)))
    except (ValueError, OverflowError):
        pass
    import time
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, moment.timestamp() - (time.time() if now is None else now))


# ---- several at once -----------------------------------------------------------------------------------------------


class BatchError(KintoError, ExceptionGroup[Exception]):
    """Some operations of a batch failed. `exceptions` has one precise error per failure, for `except*`."""

    def derive(self, excs: Sequence[Any], /) -> "BatchError":  # type: ignore[override]  # a group of ours alone
        """A group of the same kind, as `split()` and `except*` need it."""
        return BatchError(self.message, excs)


class NotSentError(KintoError):
    """An operation of a batch that the server never saw: the batch was discarded, or ended before its turn."""


class RolledBackError(KintoError):
    """An operation of a batch was undone by the server, each time it was sent, because of a write beside it.

    When concurrent writes collide (409), the server rolls back what the request did so far.
    """


for _each in tuple(globals().values()):
    if isinstance(_each, type) and issubclass(_each, KintoError):
        _each.__module__ = "kinto_sdk"  # where programs import it from, for tracebacks and pickles
