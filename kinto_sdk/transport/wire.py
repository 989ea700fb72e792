"""Between our requests and httpx's: built, read and, when it fails, explained. What both runners share."""

from collections.abc import Mapping
from functools import cached_property

import attrs
import httpx

from .. import __version__
from ..protocol.errors import RequestTimeoutError, TransportError, UsageError
from ..protocol.messages import Request, Response
from .options import Options

USER_AGENT = f"kinto-sdk/{__version__} httpx/{httpx.__version__}"

_FIXED = ((b"Accept", b"application/json"), (b"User-Agent", USER_AGENT.encode()))
_JSON = (b"Content-Type", b"application/json")


@attrs.define(eq=False)
class Wire:
    """Translates for one session."""

    options: Options

    @cached_property
    def _always(self) -> list[tuple[bytes, bytes]]:
        given = [(name.encode(), value.encode()) for name, value in self.options.headers.items()]
        names = {name.lower() for name, _ in given}
        return [pair for pair in _FIXED if pair[0].lower() not in names] + given

    @cached_property
    def _extensions(self) -> dict[str, object]:
        return {"timeout": self.options.httpx_timeout().as_dict()}

    def build(self, request: Request) -> httpx.Request:
        """The request as httpx sends it. Its body goes as bytes: a stream would become a chunked one."""
        headers = self._always
        if request.headers:
            headers = [
                *headers,
                *((name.encode(), value.encode()) for name, value in request.headers.items()),
            ]
        body = request.body
        if body is not None and request.json is not None and "Content-Type" not in request.headers:
            headers = [*headers, _JSON]
        url = self.options.server_url + request.path
        try:
            return httpx.Request(request.method, url, headers=headers, content=body, extensions=dict(self._extensions))
        except httpx.InvalidURL as error:
            raise UsageError(f"{request.method} {request.path}: {error}") from error

    def read(self, request: Request, answer: httpx.Response) -> Response:
        """The answer as ours."""
        return Response(answer.status_code, read_headers(answer), answer.content, request=request)

    def failure(self, request: Request, error: Exception) -> TransportError:
        """Why no answer came."""
        line = f"{request.method} {request.path}"
        if isinstance(error, httpx.TimeoutException):
            return RequestTimeoutError(
                f"{line}: no answer within the timeout ({type(error).__name__}); give the client a longer timeout=",
                request=request,
            )
        reason = str(error) or type(error).__name__
        return TransportError(f"{line}: no answer from {self.options.server_url} ({reason})", request=request)


def read_headers(answer: httpx.Response) -> Mapping[str, str]:
    """The headers of an answer by lower-case name; of a repeated one the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers.raw}
