"""Every endpoint of the server by name, for those who build requests of their own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from .changeset import MONITOR
from .errors import UsageError

Endpoint: TypeAlias = Literal[
    "root",
    "batch",
    "permissions",
    "buckets",
    "bucket",
    "history",
    "groups",
    "group",
    "collections",
    "collection",
    "records",
    "record",
    "attachment",
    "changeset",
    "monitor",
    "accounts",
    "account",
    "heartbeat",
    "lbheartbeat",
    "version",
    "openapi",
    "flush",
]
"""The names that `client.endpoint` knows."""

_BUCKET = "/buckets/{bucket}"
_COLLECTION = _BUCKET + "/collections/{collection}"
_RECORD = _COLLECTION + "/records/{record}"

_TEMPLATES: dict[Endpoint, str] = {
    "root": "/",
    "batch": "/batch",
    "permissions": "/permissions",
    "buckets": "/buckets",
    "bucket": _BUCKET,
    "history": _BUCKET + "/history",
    "groups": _BUCKET + "/groups",
    "group": _BUCKET + "/groups/{group}",
    "collections": _BUCKET + "/collections",
    "collection": _COLLECTION,
    "records": _COLLECTION + "/records",
    "record": _RECORD,
    "attachment": _RECORD + "/attachment",
    "changeset": _COLLECTION + "/changeset",
    "monitor": MONITOR + "/changeset",
    "accounts": "/accounts",
    "account": "/accounts/{account}",
    "heartbeat": "/__heartbeat__",
    "lbheartbeat": "/__lbheartbeat__",
    "version": "/__version__",
    "openapi": "/__api__",
    "flush": "/__flush__",
}
TEMPLATES: Final[Mapping[Endpoint, str]] = MappingProxyType(_TEMPLATES)


def endpoint_path(name: Endpoint, ids: Mapping[str, str | None]) -> str:
    """The path of an endpoint, with these ids (quoted already) in it.

    Raises:
        UsageError: there is no such endpoint, or an id that its path has was not given.
    """
    template = TEMPLATES.get(name)
    if template is None:
        raise UsageError(f"{name!r} is not an endpoint; they are {', '.join(get_args(Endpoint))}")
    missing = [kind for kind, value in ids.items() if value is None and f"{{{kind}}}" in template]
    if missing:
        words = ", ".join(f"{kind}='…'" for kind in missing)
        raise UsageError(f"the {name} endpoint is that of one {missing[0]}; write endpoint({name!r}, {words})")
    return template.format_map(ids)
