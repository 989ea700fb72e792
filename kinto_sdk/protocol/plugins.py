"""What the known plugins of a server tell of themselves. Loaded when somebody asks."""

from collections.abc import Mapping

import attrs


@attrs.frozen
class AttachmentsCapability:
    """The plugin for files."""

    version: str
    base_url: str | None
    """Where the files are; None when the server did not say."""


@attrs.frozen
class AccountsCapability:
    """The plugin for users with passwords."""

    validation_enabled: bool
    """Whether a new account must be confirmed by mail."""


@attrs.frozen
class HistoryCapability:
    """The plugin for the history of objects."""

    auto_trim_max_count: int | None
    """How many entries of each object are kept; None when all are."""
    auto_trim_user_ids: tuple[str, ...]
    """The users whose entries alone are trimmed; empty when everybody's are."""
    excluded_resources: tuple[Mapping[str, str], ...]
    """The objects without a history, each by the ids of what it is in: `{"bucket": "b", "collection": "c"}`."""


@attrs.frozen
class OpenIDProvider:
    """One way to log in with a browser."""

    name: str
    issuer: str
    auth_path: str
    """The path of the login page, below the API root."""
    client_id: str
    header_type: str
    """The word before the token in `Authorization`."""


@attrs.frozen
class OpenIDCapability:
    """The plugin for logins with a browser."""

    providers: tuple[OpenIDProvider, ...]
