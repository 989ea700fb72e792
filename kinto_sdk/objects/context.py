"""What every object of one client shares: where the server is, which ids it takes, the defaults."""

from collections.abc import Mapping
from re import Pattern
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from ..protocol.errors import CapabilityMissingError, UsageError
from ..protocol.ids import DEFAULT_ID_PATTERNS, Kind, check_id
from ..protocol.messages import Once

if TYPE_CHECKING:
    from cattrs import Converter

    from ..protocol.server import ServerInfo
    from .dry_run import DryRun


@attrs.define(eq=False)
class Common:
    """What was learnt of the server by any user, shared by a client and all its clones for that server."""

    info: "ServerInfo | None" = None
    """Settings and plugins are the same for all. Its `user` may be another one."""


@attrs.define(eq=False)
class ServerMemory:
    """What was learnt of the server, shared by a client and its clones for the same user."""

    info: "ServerInfo | None" = None
    once: Once = attrs.field(factory=Once)
    """The answer of the root view, which all who ask at the same time share."""
    certificates: Mapping[str, bytes] = attrs.field(factory=dict[str, bytes])
    """The certificates last found good, by URL."""
    common: Common = attrs.field(factory=Common)


class Placed(Protocol):
    """An object, as far as it says where it lives."""

    @property
    def path(self) -> str:
        """Its server path."""
        ...

    @property
    def _context(self) -> "Context": ...


@attrs.frozen(kw_only=True)
class Context:
    """The client as its objects see it."""

    server_url: str
    """The API root with its version and without a trailing slash. With a path it identifies an object."""
    bucket: str = "default"
    collection: str | None = None
    id_patterns: Mapping[Kind, Pattern[str]] = DEFAULT_ID_PATTERNS
    converter: "Converter | None" = None
    memory: ServerMemory = attrs.field(factory=ServerMemory)
    dry_run: "DryRun | None" = None
    """Where writes are kept instead of sent; None when they are sent."""

    def __attrs_post_init__(self) -> None:
        self.check_id("bucket", self.bucket)
        if self.collection is not None:
            self.check_id("collection", self.collection)
        check_converter(self.converter)

    def check_id(self, kind: Kind, value: object) -> str:
        """The id itself, or InvalidIdError."""
        return check_id(kind, value, self.id_patterns)

    def accept(self, target: Placed) -> None:
        """Refuse an object of another server, or of another dry run than the client's.

        What a dry run makes up must not get into an object that others take for the server's.
        """
        theirs = target._context
        if theirs is self:
            return
        if theirs.server_url != self.server_url:
            raise UsageError(
                f"{target.path} lives on {theirs.server_url}, not on {self.server_url}; pass the object's using(client)"
            )
        if theirs.dry_run is not self.dry_run:
            raise UsageError(
                f"{target.path}: a dry run takes its own objects alone, and nothing else takes them; pass the object's "
                "using(client), with the client of this call"
            )

    def __getstate__(self) -> dict[str, Any]:
        """What a pickled object keeps: where it lives. Converters and what was learnt stay behind."""
        return {
            "server_url": self.server_url,
            "bucket": self.bucket,
            "collection": self.collection,
            "id_patterns": dict(self.id_patterns),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in {**state, "converter": None, "memory": ServerMemory(), "dry_run": None}.items():
            object.__setattr__(self, name, value)


def check_converter(converter: object) -> None:
    """Refuse what is no converter of cattrs, which is loaded when one is given."""
    if converter is None:
        return
    from cattrs import Converter

    if not isinstance(converter, Converter):
        raise UsageError(f"converter={converter!r}: it is a cattrs.Converter, as kinto_sdk.models.converter() makes")


def require(info: "ServerInfo", capability: str, call: str) -> Mapping[str, Any]:
    """What the server tells of a plugin. Raises CapabilityMissingError when it is not there."""
    found = info.capabilities.get(capability)
    if found is None:
        raise CapabilityMissingError(capability, call)
    return found
