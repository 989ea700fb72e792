# Generated from kinto_sdk/_aio/settings.py by tools/unasync.py. Edit that file, then run `make generate`.
"""The arguments of a client by name, for what takes some of them: `clone()` and `from_env()`."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from ..transport.retry import OnBackoff, RetryPolicy
from ..transport.teller import Listener
from ..transport.types import (
    HttpClient,
    Transport,
    AuthInput,
    CertInput,
    DryRunMode,
    Limits,
    ProxyInput,
    TimeoutInput,
    VerifyInput,
)

if TYPE_CHECKING:
    from cattrs import Converter


class Settings(TypedDict, total=False):
    """The arguments of a client. All of them may be left out."""

    server_url: str
    auth: AuthInput
    bucket: str
    collection: str | None
    timeout: TimeoutInput
    retry: RetryPolicy | int
    retry_after: float | None
    headers: Mapping[str, str] | None
    user_agent: str | None
    dry_run: DryRunMode
    on_event: Listener | None
    on_backoff: OnBackoff
    verify: VerifyInput
    cert: CertInput
    proxy: ProxyInput
    http2: bool
    limits: Limits | None
    transport: Transport | None
    http_client: HttpClient | None
    id_patterns: Mapping[str, str | re.Pattern[str]] | None
    converter: "Converter | None"
