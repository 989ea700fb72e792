"""Where a browser brings the token of a login: a listener on this machine, for one login, that logs nothing."""

import base64
import html
import json
import re
import secrets
import time
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeGuard
from urllib.parse import parse_qs, unquote

import attrs

from ..protocol.jsontypes import is_object

_WORD = re.compile(r"[!-~]+")
_PAGE = """<!doctype html><meta charset="utf-8"><title>{title}</title>
<script>history.replaceState(null, "", "/")</script>
<body style="font-family: sans-serif; margin: 4em"><h1>{title}</h1><p>{text}</p>"""


@attrs.frozen
class Token:
    """What the server takes for the user's credentials."""

    text: str = attrs.field(repr=False)
    type: str | None = None
    """The word before it, as the provider has it."""
    expires_at: float | None = None
    """When it is no longer good, in seconds since 1970; None when nobody said."""


@attrs.frozen
class Refusal:
    """Why there is no token, in words for the user."""

    reason: str


class Listener:
    """Listens on a free port of 127.0.0.1 until it is closed. Only who knows the callback's secret path is heard."""

    def __init__(self) -> None:
        self.result: Future[Token | Refusal] = Future()
        """What the browser brought; never an exception."""
        path = f"/{secrets.token_urlsafe(24)}"
        result = self.result

        class Handler(BaseHTTPRequestHandler):
            timeout = 10  # browsers open connections that they may never use

            def do_GET(self) -> None:
                asked, _, query = self.path.partition("?")
                if asked != path:  # the page's icon, say
                    self.send_error(404)
                    return
                found = read_callback(query)
                if isinstance(found, Token):
                    title, text = "You are logged in", "You can close this page."
                else:
                    title, text = "The login failed", found.reason
                page = _PAGE.format(title=title, text=html.escape(text)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                self.wfile.write(page)
                if not result.done():
                    result.set_result(found)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
                """Say nothing: the path has the token in it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # What the server redirects to is this, with its answer right behind.
        self.callback: str = f"http://127.0.0.1:{self._server.server_address[1]}{path}?"
        Thread(target=self._server.serve_forever, name="kinto_sdk login", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # The end of serving is waited for elsewhere, since this may be an event loop's thread.
        Thread(target=self._close, name="kinto_sdk login end", daemon=True).start()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def read_callback(query: str) -> Token | Refusal:
    """What the server appended to the callback: the provider's token in base64, or an error as a form."""
    if query.startswith("error="):
        form = parse_qs(query)
        return _refused({name: values[0] for name, values in form.items()})
    try:
        raw = unquote(query).translate(str.maketrans("-_", "+/")).rstrip("=")
        answer: Any = json.loads(base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True))
    except (ValueError, RecursionError):
        return Refusal("what the server sent back is not a token")
    return read_answer(answer)


def read_answer(answer: Any) -> Token | Refusal:
    """What the provider told the server, which passes on whatever it is."""
    if not is_object(answer):
        return Refusal("what the server sent back is not a token")
    if "error" in answer:
        return _refused(answer)
    text: object = answer.get("access_token")
    kind: object = answer.get("token_type")
    seconds: object = answer.get("expires_in")
    if not _is_word(text):
        return Refusal("what the server sent back has no token in it")
    expires_at = time.time() + seconds if isinstance(seconds, (int, float)) else None
    return Token(text, kind if _is_word(kind) else None, expires_at)


def _refused(form: dict[str, Any]) -> Refusal:
    words = filter(None, (form.get("error"), form.get("error_description")))
    told = " ".join(": ".join(map(str, words)).split())
    return Refusal(f"the provider said {told[:300]!r}")


def _is_word(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None
