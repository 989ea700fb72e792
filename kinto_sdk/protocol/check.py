"""Whether a server can be reached, and what it makes of the credentials."""

from typing import Literal, TypeAlias

import attrs

from .server import ServerInfo

Credentials: TypeAlias = Literal["none", "good", "wrong", "doubtful", "unknown"]

VERDICTS = {
    "none": "none given, so you are anonymous",
    "good": "good",
    "wrong": "wrong: the server takes you for nobody",
    "doubtful": "not an account: there is none of this name, or its password is another one; the server takes any user "
    "and password, and makes somebody else of them",
    "unknown": "not known",
}


@attrs.frozen
class Login:
    """What is known of the credentials of a client, without their secret."""

    given: bool
    user: str | None = None
    """The name that goes with a password."""


@attrs.frozen
class Check:
    """What came of `client.check()`. Print it."""

    server_url: str
    error: str | None
    """Why the server was not reached, or did not answer as Kinto does; None when it did."""
    info: ServerInfo | None
    credentials: Credentials
    """`wrong`: the server did not take them. `doubtful`: where any user and password are accepted, those that are no
    account's make somebody else."""

    @property
    def ok(self) -> bool:
        """Whether the server answered and the credentials, if there are any, are good."""
        return self.error is None and self.credentials in ("none", "good")

    def __str__(self) -> str:
        if self.info is None:
            return f"{self.server_url}: {self.error}"
        user = self.info.user
        name, version, api = self.info.project_name, self.info.project_version, self.info.http_api_version
        lines = [
            f"{self.server_url}: {name} {version}, HTTP API {api}",
            f"credentials: {VERDICTS[self.credentials]}" + ("" if user is None else f" ({user.id})"),
            f"capabilities: {', '.join(sorted(self.info.capabilities)) or 'none'}",
        ]
        if self.info.settings.readonly:
            lines.append("the server is read-only")
        if self.info.eos:
            lines.append(f"the service ends on {self.info.eos}")
        return "\n".join(lines)


def judged(info: ServerInfo, login: Login) -> Credentials:
    """What the root view says of the credentials: it does not refuse wrong ones, it leaves the user out."""
    if not login.given:
        return "none"
    if info.user is None:
        return "wrong"
    if login.user is not None and "accounts" in info.capabilities and info.user.id != f"account:{login.user}":
        return "doubtful"
    return "good"
