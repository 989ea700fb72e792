"""What plugins tell of themselves, typed."""

from typing import Any

import pytest

from kinto_sdk.protocol.capabilities import Capabilities
from kinto_sdk.protocol.plugins import (
    AccountsCapability,
    AttachmentsCapability,
    HistoryCapability,
    OpenIDCapability,
    OpenIDProvider,
)

PROVIDER = {"name": "auth0", "issuer": "https://i", "auth_path": "/openid/auth0/login", "client_id": "c"}


@pytest.mark.parametrize(
    ("raw", "name", "typed"),
    [
        ({"attachments": {"version": "8", "base_url": None}}, "attachments", AttachmentsCapability("8", None)),
        ({"attachments": {"base_url": "https://f/"}}, "attachments", AttachmentsCapability("", "https://f/")),
        ({"accounts": {"validation_enabled": True}}, "accounts", AccountsCapability(validation_enabled=True)),
        ({"accounts": {}}, "accounts", AccountsCapability(validation_enabled=False)),
        ({"history": {}}, "history", HistoryCapability(None, (), ())),
        (
            {
                "history": {
                    "auto_trim_max_count": 5,
                    "auto_trim_user_ids": ["account:bot"],
                    "excluded_resources": [{"bucket": "b"}],
                }
            },
            "history",
            HistoryCapability(5, ("account:bot",), ({"bucket": "b"},)),
        ),
        (
            {"openid": {"providers": [{**PROVIDER, "header_type": "Bearer+OIDC"}, "nonsense"]}},
            "openid",
            OpenIDCapability((OpenIDProvider("auth0", "https://i", "/openid/auth0/login", "c", "Bearer+OIDC"),)),
        ),
        ({"openid": {}}, "openid", OpenIDCapability(())),
        ({"accounts": "nonsense"}, "accounts", AccountsCapability(validation_enabled=False)),
    ],
)
def test_what_is_known_is_typed(raw: Any, name: str, typed: object) -> None:
    """Each known plugin is a value of its own type; what it leaves out has a default."""
    assert getattr(Capabilities(raw), name) == typed


@pytest.mark.parametrize("name", ["attachments", "accounts", "history", "openid"])
def test_what_is_off_is_none(name: str) -> None:
    """A plugin that is not there is None."""
    assert getattr(Capabilities({"other": {}}), name) is None


def test_the_rest_is_kept() -> None:
    """A plugin nobody knows is there with all that it says."""
    found = Capabilities({"quotas": {"bytes": 5}, "schema": {}})
    assert dict(found) == {"quotas": {"bytes": 5}, "schema": {}}
    assert "quotas" in found
    assert repr(found) == "<Capabilities quotas, schema>"


@pytest.mark.parametrize("raw", [None, [], "x"])
def test_a_server_that_says_nothing(raw: Any) -> None:
    """It has no plugins."""
    assert len(Capabilities(raw)) == 0
