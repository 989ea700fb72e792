"""What a server's plugins tell of themselves, typed where it is known."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .jsontypes import JSONObject, is_list, is_object

if TYPE_CHECKING:
    from .plugins import (
        AccountsCapability,
        AttachmentsCapability,
        HistoryCapability,
        OpenIDCapability,
        OpenIDProvider,
    )


class Capabilities(Mapping[str, Mapping[str, Any]]):
    """The plugins that are on: what each tells of itself by its name, and typed as attributes.

    `"history" in capabilities` asks whether a plugin is on; `capabilities.history` is its typed description, or None.
    """

    def __init__(self, raw: Any = None) -> None:
        found: JSONObject = raw if is_object(raw) else {}
        self._raw: dict[str, JSONObject] = {name: value if is_object(value) else {} for name, value in found.items()}

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self._raw[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __repr__(self) -> str:
        return f"<Capabilities {', '.join(sorted(self._raw))}>"

    @cached_property
    def attachments(self) -> "AttachmentsCapability | None":
        """The plugin for files."""
        from .plugins import AttachmentsCapability

        raw = self._raw.get("attachments")
        if raw is None:
            return None
        return AttachmentsCapability(_text(raw, "version"), _text(raw, "base_url") or None)

    @cached_property
    def accounts(self) -> "AccountsCapability | None":
        """The plugin for users with passwords."""
        from .plugins import AccountsCapability

        raw = self._raw.get("accounts")
        return None if raw is None else AccountsCapability(raw.get("validation_enabled") is True)

    @cached_property
    def history(self) -> "HistoryCapability | None":
        """The plugin for the history of objects."""
        from .plugins import HistoryCapability

        raw = self._raw.get("history")
        if raw is None:
            return None
        count = raw.get("auto_trim_max_count")
        return HistoryCapability(
            count if isinstance(count, int) else None,
            tuple(map(str, _list(raw, "auto_trim_user_ids"))),
            tuple(filter(is_object, _list(raw, "excluded_resources"))),
        )

    @cached_property
    def openid(self) -> "OpenIDCapability | None":
        """The plugin for logins with a browser."""
        from .plugins import OpenIDCapability

        raw = self._raw.get("openid")
        if raw is None:
            return None
        return OpenIDCapability(tuple(map(_provider, filter(is_object, _list(raw, "providers")))))


def _provider(raw: JSONObject) -> "OpenIDProvider":
    from .plugins import OpenIDProvider

    return OpenIDProvider(
        name=_text(raw, "name"),
        issuer=_text(raw, "issuer"),
        auth_path=_text(raw, "auth_path"),
        client_id=_text(raw, "client_id"),
        header_type=_text(raw, "header_type") or "Bearer",
    )


def _text(raw: JSONObject, name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _list(raw: JSONObject, name: str) -> list[Any]:
    value = raw.get(name)
    return value if is_list(value) else []
