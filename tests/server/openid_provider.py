"""A small OpenID provider, run by the tests: it logs in whoever comes, unless it is told to refuse."""

import functools
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs


@attrs.define(eq=False)
class Provider:
    """The provider, and what it was asked."""

    url: str = ""
    error: str | None = None
    """What to say instead of logging in."""
    token_error: str | None = None
    """What to say when the server trades its code."""
    expires_in: int = 3600
    logins: int = 0
    tokens: list[str] = attrs.field(factory=list)
    """The tokens that are good."""
    codes: set[str] = attrs.field(factory=set)

    def start(self) -> None:
        """Serve until the tests end."""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.post(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def reset(self) -> None:
        """Behave, and forget all tokens."""
        self.error = self.token_error = None
        self.expires_in, self.logins = 3600, 0
        self.tokens.clear()

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        """What the provider is, the login page, and who a token belongs to."""
        parts = urlsplit(handler.path)
        if parts.path == "/.well-known/openid-configuration":
            endpoints = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token", "userinfo")}
            answer(handler, 200, {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **endpoints})
        elif parts.path == "/authorization":
            self.login(handler, {name: values[0] for name, values in parse_qs(parts.query).items()})
        elif parts.path == "/userinfo":
            _, _, token = handler.headers["Authorization"].partition(" ")
            if token in self.tokens:
                answer(handler, 200, {"sub": "alice", "email": "alice@example.com"})
            else:
                answer(handler, 401, {"error": "invalid_token"})
        else:
            answer(handler, 404, {})

    def login(self, handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        """Send the browser back to the server with a code, or with an error."""
        assert (asked["client_id"], asked["response_type"], asked["scope"]) == ("kinto", "code", "openid email")
        self.logins += 1
        if self.error is not None:
            told = {"error": self.error, "error_description": "no <way>"}
        else:
            told = {"code": secrets.token_hex(8)}
            self.codes.add(told["code"])
        handler.send_response(302)
        handler.send_header("Location", f"{asked['redirect_uri']}?{urlencode({**told, 'state': asked['state']})}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def post(self, handler: BaseHTTPRequestHandler) -> None:
        """Trade a code for a token."""
        form = parse_qs(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
        assert form["client_secret"] == ["hush"]
        self.codes.remove(form["code"][0])
        if self.token_error is not None:
            answer(handler, 400, {"error": self.token_error})
            return
        # Characters that base64 needs all of its alphabet for.
        token = f"SECRET-{secrets.token_hex(8)}-~~~???>>>"
        self.tokens.append(token)
        kind = {"token_type": "Bearer", "expires_in": self.expires_in}
        answer(handler, 200, {"access_token": token, "id_token": "x.y.z", **kind})


@functools.cache
def openid_provider() -> Provider:
    """The one provider of this process, running."""
    provider = Provider()
    provider.start()
    return provider


def answer(handler: BaseHTTPRequestHandler, status: int, body: dict[str, Any]) -> None:
    """Answer with JSON."""
    content = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
