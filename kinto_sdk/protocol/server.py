"""What a server says of itself on its root URL."""

from collections.abc import Mapping
from typing import Any

import attrs

from .capabilities import Capabilities
from .jsontypes import JSONObject, is_object, loads

BATCH_MAX_REQUESTS = 25
"""How many operations a server takes at once when it does not say, or can't be asked."""


@attrs.frozen
class ServerSettings:
    """The settings that a server publishes."""

    batch_max_requests: int
    """How many operations one batch may hold."""
    readonly: bool
    """Whether every write is refused."""
    explicit_permissions: bool
    """Whether the server adds whoever writes an object to its `write` list."""
    raw: Mapping[str, Any] = attrs.field(repr=False)
    """All of them as they came; plugins add their own."""


@attrs.frozen
class User:
    """Who the server takes the caller for."""

    id: str
    """The user id: `account:alice`."""
    principals: tuple[str, ...]
    """All principals of the caller, groups included."""
    bucket: str | None
    """The id of the caller's default bucket, None without that plugin."""


@attrs.frozen
class ServerInfo:
    """The root view of a server."""

    project_name: str
    project_version: str
    http_api_version: str
    url: str
    settings: ServerSettings
    capabilities: Capabilities
    """The plugins that are on, with what each tells of itself: by name, and known ones as typed attributes."""
    user: User | None
    """The caller; None when anonymous, or when the credentials are wrong: the root view does not refuse them."""
    eos: str | None
    """The end-of-service date announced by the operator (ISO), if any."""
    raw: Mapping[str, Any] = attrs.field(repr=False)
    """The whole answer as it came."""


@attrs.frozen
class Heartbeat:
    """How the parts of a server are. True when all of them are up."""

    parts: Mapping[str, bool]
    """Whether each part is up, by name: `storage`, `permission`, `cache`, and those of plugins."""

    @property
    def down(self) -> tuple[str, ...]:
        """The names of the parts that are down."""
        return tuple(name for name, up in self.parts.items() if not up)

    def __bool__(self) -> bool:
        return not self.down


def server_info_from(body: JSONObject) -> ServerInfo:
    """The typed view of a root view's body."""
    settings, user = body.get("settings"), body.get("user")
    settings = settings if is_object(settings) else {}
    # To the server 0 is no limit, and with less than that it takes no batch at all.
    most: object = settings.get("batch_max_requests")
    return ServerInfo(
        project_name=str(body.get("project_name", "")),
        project_version=str(body.get("project_version", "")),
        http_api_version=str(body.get("http_api_version", "")),
        url=str(body.get("url", "")),
        settings=ServerSettings(
            batch_max_requests=most if type(most) is int and most > 0 else BATCH_MAX_REQUESTS,
            readonly=bool(settings.get("readonly", False)),
            explicit_permissions=bool(settings.get("explicit_permissions", True)),
            raw=settings,
        ),
        capabilities=Capabilities(body.get("capabilities")),
        user=_user_from(user) if is_object(user) and user.get("id") else None,
        eos=body.get("eos"),
        raw=body,
    )


def _user_from(user: JSONObject) -> User:
    return User(str(user["id"]), tuple(user.get("principals") or ()), user.get("bucket"))


@attrs.frozen
class Alert:
    """What the operator says of the service's future, with every answer."""

    code: str
    """`soft-eol`: it will be retired. `hard-eol`: it has been. Empty when the server sent something else."""
    message: str
    url: str | None
    """Where to read more."""

    @property
    def advice(self) -> str:
        """The operator's words on one line, and where to read more."""
        words = " ".join(self.message.split())
        return f"{words} ({self.url})" if words and self.url else words or self.url or ""

    def __str__(self) -> str:
        end = {"soft-eol": "the service will be retired", "hard-eol": "the service has been retired"}
        said = end.get(self.code, "the server sent an alert")
        return f"{said}: {self.advice}" if self.advice else said


def alert_from(header: str) -> Alert:
    """The value of an `Alert` header, which is JSON with the servers that exist and text with others."""
    try:
        body = loads(header.encode())
    except ValueError:
        return Alert("", header, None)
    if not is_object(body):
        return Alert("", header, None)
    url = body.get("url")
    return Alert(str(body.get("code") or ""), str(body.get("message") or ""), None if url is None else str(url))
