"""What is taken for credentials, and what is not."""

import copy
import pickle
from base64 import b64encode
from typing import Any

import httpx
import pytest

from kinto_sdk import BasicAuth, BearerAuth, UsageError
from kinto_sdk.transport.auth import read_auth


def header(auth: httpx.Auth | None) -> str:
    """Give the header that is sent."""
    assert auth is not None
    request = httpx.Request("GET", "http://server")
    next(auth.auth_flow(request))
    return request.headers["Authorization"]


def basic(text: str) -> str:
    """Give the header for a user and a password."""
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (("alice", "s3cret"), basic("alice:s3cret")),
        (["alice", "s3cret"], basic("alice:s3cret")),
        ("alice:s3cret", basic("alice:s3cret")),
        ("alice:pass:word", basic("alice:pass:word")),
        ("alice:", basic("alice:")),
        ("alice: spaced out", basic("alice: spaced out")),
        (("jürgen", "pässword"), basic("jürgen:pässword")),
        ("bearer:x", basic("bearer:x")),
        ("basic:x", basic("basic:x")),
        ("Bearer abc", "Bearer abc"),
        ("Bearer a:b", "Bearer a:b"),
        ("bearer abc", "bearer abc"),
        ("Bearer+OIDC abc.def", "Bearer+OIDC abc.def"),
        (basic("alice:s3cret"), basic("alice:s3cret")),
        (BasicAuth("alice", "s3cret"), basic("alice:s3cret")),
        (BearerAuth("abc"), "Bearer abc"),
        (BearerAuth("abc", type="Token"), "Token abc"),
        (httpx.BasicAuth("alice", "s3cret"), basic("alice:s3cret")),
    ],
)
def test_what_is_understood(given: Any, sent: str) -> None:
    """Each form is sent as it should be, and never taken for another."""
    assert header(read_auth(given)) == sent


def test_no_credentials() -> None:
    """None is nobody."""
    assert read_auth(None) is None


@pytest.mark.parametrize(
    "given",
    [
        "",
        "hunter2",
        "xbearer hunter2",
        "Bearer",
        "Bearer ",
        "Bearer hunter2 hunter2",
        "Bearer hünter2",
        "Basic hunter2",
        "Basic !hunter2",
        "Basic " + b64encode(b"hunter2").decode(),
        ":hunter2",
        ("", "hunter2"),
        ("ali:ce", "hunter2"),
        ("alice", "hunter2\n"),
        ("alice", None),
        ("hunter2",),
        ("alice", "hunter2", "x"),
        42,
        {"user": "hunter2"},
        lambda request: request,
    ],
)
def test_what_is_refused(given: Any) -> None:
    """Anything else is an error that says what to write, and never shows a secret."""
    with pytest.raises(UsageError, match="auth") as caught:
        read_auth(given)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("auth", [BasicAuth("alice", "hunter2"), BearerAuth("hunter2")])
def test_credentials_stay_here(auth: httpx.Auth) -> None:
    """They show no secret, and are not pickled or copied."""
    assert "hunter2" not in repr(auth) + str(auth)
    for leave in (pickle.dumps, copy.copy):
        with pytest.raises(UsageError, match="not pickled"):
            leave(auth)


def test_equal_credentials_are_equal() -> None:
    """Two clients with the same credentials can share what they learnt."""
    assert BasicAuth("a", "b") == BasicAuth("a", "b")
    assert BasicAuth("a", "b") != BasicAuth("a", "c")
    assert len({BearerAuth("a"), BearerAuth("a"), BearerAuth("b")}) == 2


def test_an_account_can_be_told() -> None:
    """The user's name is not a secret."""
    assert repr(BasicAuth("alice", "s3cret")) == "BasicAuth('alice', '***')"
    assert repr(BearerAuth("abc", "Token")) == "BearerAuth('***', 'Token')"
