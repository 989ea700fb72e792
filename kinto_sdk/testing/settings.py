"""What an embedded Kinto is configured with, and what can be changed about it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

Backend: TypeAlias = Literal["memory", "postgresql"]
"""Where Kinto stores objects."""
Setting: TypeAlias = str | int | float | bool | Sequence[str] | None
"""The value of a setting of Kinto; None removes the setting."""

# kinto_attachment must come after default_bucket: it wraps views which that one redirects to.
PLUGINS: Final = (
    "kinto.plugins.default_bucket",
    "kinto.plugins.accounts",
    "kinto.plugins.history",
    "kinto.plugins.flush",
    "kinto_attachment",
)

# The process that serves knows its port, and puts its own address in the place of this.
ORIGIN: Final = "{origin}"


def build_settings(
    overrides: Mapping[str, Setting],
    *,
    attachments_dir: Path,
    plugins: Sequence[str] = (),
    postgresql_url: str | None = None,
) -> dict[str, Setting]:
    """Return the settings of one server: the defaults, with `overrides` laid over them.

    Names may carry the `kinto.` prefix that an ini file needs. A setting that is None is left out.
    """
    settings: dict[str, Setting] = {
        "userid_hmac_secret": "a secret for tests",
        # An account wins over basicauth, which takes any user and password without the cost of bcrypt.
        "multiauth.policies": "account basicauth",
        "multiauth.policy.account.use": "kinto.plugins.accounts.AccountsPolicy",
        "account_create_principals": "system.Everyone",
        "account_read_principals": "account:admin",
        "account_write_principals": "account:admin",
        "includes": [*PLUGINS, *plugins],
        "experimental_collection_schema_validation": True,
        "experimental_permissions_endpoint": True,
        "attachment.base_path": str(attachments_dir),
        "attachment.base_url": f"{ORIGIN}/attachments/",
    }
    for part in ("storage", "cache", "permission"):
        backend = "memory" if postgresql_url is None else "postgresql"
        settings[f"{part}_backend"] = f"kinto.core.{part}.{backend}"
        if postgresql_url is not None:
            settings[f"{part}_url"] = in_utc(postgresql_url)
    settings.update({name.removeprefix("kinto."): value for name, value in overrides.items()})
    return {name: value for name, value in settings.items() if value is not None}


def in_utc(url: str) -> str:
    """Return the URL of this database with sessions in UTC, in which Kinto compares timestamps rightly.

    One that has options of its own is left as it is.
    """
    if "options=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}options=-c%20timezone%3DUTC"
