"""Where a redirect leads. Credentials and bodies go to the server's own origin and nowhere else.

A file may be kept elsewhere: its download is followed there, and carries neither.
"""

from urllib.parse import urljoin

import attrs

from ..protocol.errors import ResponseError
from ..protocol.messages import Request, Response
from .origins import origin, same_origin

MOST_REDIRECTS = 5

KEEPING = (307, 308)
"""The method and the body stay what they were. The server knows no other redirect."""
OTHERS = (301, 302, 303)


def redirected(request: Request, response: Response, server_url: str) -> Request | None:
    """The request at the place where the response leads; None when it is no redirect that can be followed.

    Raises:
        ResponseError: it leads to what is no URL, or to another origin, and the request is no download. Nothing is
            sent there.
    """
    location = response.headers.get("location")
    reading = request.method in ("GET", "HEAD")
    if not location or not (response.status in KEEPING or (response.status in OTHERS and reading)):
        return None
    here = server_url + request.path if request.path.startswith("/") else request.path
    try:
        there = urljoin(here, location)
        scheme, host, port = origin(there)
    except ValueError:
        raise ResponseError(response, advice="the place that it redirects to is no URL") from None
    followed = request.sink is not None and scheme in ("http", "https")
    if not followed and not same_origin(here, there):
        raise ResponseError(
            response,
            advice=f"it redirects to {scheme}://{host}:{port}, where nothing was sent; "
            "if that is the right server, write it as server_url",
        )
    root = server_url + "/"
    return attrs.evolve(request, path=there[len(server_url) :] if there.startswith(root) else there)
