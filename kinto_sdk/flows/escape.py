"""Any request a user makes up."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ..protocol.errors import UsageError, error_from
from ..protocol.headers import check_headers
from ..protocol.jsonable import jsonable
from ..protocol.messages import Flow, Request, Response

_PATH = re.compile(r"/(?!/)[^#\x00-\x1f\x7f\ud800-\udfff]*")
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


def request(
    method: object,
    path: object,
    *,
    json: Any = None,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> Flow[Response]:
    """Send it, and raise the precise error for a refusal."""
    if not isinstance(method, str) or not (method.isascii() and method.isalpha()):
        raise UsageError(f"method={method!r} is not an HTTP method such as 'GET'")
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise UsageError(
            f"path={path!r} must begin with one '/' and have no '#', control character or half a surrogate pair"
        )
    if json is not None and content is not None:
        raise UsageError("give json= or content=, not both")
    if content is not None and not isinstance(content, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
        raise UsageError(f"content= is bytes, not {type(content).__name__}; json= takes what is to be encoded")
    if params:
        try:
            path += ("&" if "?" in path else "?") + urlencode(params)
        except (TypeError, UnicodeError):
            raise UsageError("params= is a mapping from names to values that can be in a URL") from None
    verb = method.upper()
    response = yield Request(
        verb,
        path,
        json=None if json is None else jsonable(json, "json"),
        content=content,
        headers=check_headers(headers),
        repeatable=verb in REPEATABLE,
    )
    if not response.ok and response.status != 304:
        raise error_from(response)
    return response
