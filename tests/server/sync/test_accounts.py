# Generated from tests/server/aio/test_accounts.py by tools/unasync.py. Edit that file, then run `make generate`.
"""Accounts on a real server, in the sync colour."""

from collections.abc import Callable

import pytest

from kinto_sdk import (
    EVERYONE,
    AlreadyExistsError,
    Client,
    AuthenticationError,
    CapabilityMissingError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)
from kinto_sdk.flows.objects import exists
from kinto_sdk.testing import KintoServer
from tests.chaos.canned import Answer, CannedServer

pytestmark = pytest.mark.backends("memory")  # hashing passwords is slow, and no matter of the storage

ACCOUNTS = {"multiauth.policies": "account"}
"""Nobody but accounts may sign in, so that wrong credentials are refused."""


def test_the_life_of_an_account(make_server: Callable[..., KintoServer]) -> None:
    """Sign up, sign in, edit, change the password, list and delete; no hash is ever seen."""
    server = make_server(settings=ACCOUNTS)
    with Client(server.url) as anonymous:
        created = anonymous.create_account("bob", "first", {"nick": "b"})
        assert created.created
        assert created.data == {"nick": "b"}
        with pytest.raises(AlreadyExistsError, match="taken") as caught:
            anonymous.create_account("bob", "other")
        assert "$2b$" not in repr(caught.value.details) + str(caught.value)
    with Client(server.url, auth=("bob", "first")) as client:
        account = client.account("bob").load()
        assert account.data == {"nick": "b"}
        assert "write" in account.permissions
        account.data["nick"] = "c"
        account.save()
        assert [found.data for found in client.accounts()] == [{"nick": "c"}]
        account.change_password("second")
        assert account.data == {"nick": "c"}
        with pytest.raises(AuthenticationError):
            account.load()
    with Client(server.url, auth=("bob", "second")) as client:
        account = client.account("bob")
        bucket = client.create_bucket("b", permissions={"read": [account]})
        assert bucket.permissions.read == {"account:bob"}
        assert account.delete()
        with pytest.raises(AuthenticationError):
            account.load()


def test_what_is_granted_on_an_account(make_server: Callable[..., KintoServer]) -> None:
    """It means nothing to other users, and everything to callers without credentials."""
    server = make_server(settings=ACCOUNTS)
    with Client(server.url) as anonymous:
        for name in ("carl", "dora"):
            anonymous.create_account(name, "first")
        with Client(server.url, auth=("carl", "first")) as carl:
            carl.account("carl").grant("write", EVERYONE)
        with Client(server.url, auth=("dora", "first")) as dora:
            with pytest.raises(NotFoundError):
                dora.account("carl").load()
        anonymous.account("carl").change_password("taken over")
    with Client(server.url, auth=("carl", "taken over")) as thief:
        assert thief.account("carl").exists()


def test_who_may_make_accounts(make_server: Callable[..., KintoServer]) -> None:
    """One signs up for oneself; an administrator makes accounts for others, and lists them."""
    server = make_server(settings=ACCOUNTS)
    with Client(server.url, auth=("admin", "pw")) as admin, Client(server.url, auth=("al", "pw")) as al:
        # The credentials of an account that does not exist yet do for creating it.
        admin.create_account("admin", "pw")
        admin.create_account("al", "pw")
        with pytest.raises(InvalidRequestError, match="auth=None"):
            al.create_account("carl", "pw")
        with pytest.raises(PermissionDeniedError):
            al.account("admin").load()
        assert {account.id for account in admin.accounts()} == {"admin", "al"}
        assert admin.account("al").delete()


def test_wrong_credentials_are_told_from_a_name_that_is_taken(make_server: Callable[..., KintoServer]) -> None:
    """Where not everybody may sign up, the error is about credentials."""
    server = make_server(settings={**ACCOUNTS, "account_create_principals": "account:admin"})
    with Client(server.url) as client:
        with pytest.raises(AuthenticationError, match="sign up"):
            client.create_account("bob", "pw")
        with pytest.raises(AuthenticationError):
            client.account("bob").load()


def test_a_server_without_accounts() -> None:
    """Nothing is asked of accounts where the plugin is missing, not even whether one exists."""
    with CannedServer(lambda _: Answer(200, {"capabilities": {}})) as server:
        with Client(server.url) as client:
            with pytest.raises(CapabilityMissingError, match="'accounts'"):
                client.create_account("bob", "pw")
            with pytest.raises(CapabilityMissingError, match="'accounts'"):
                client.account("bob").exists()
            with pytest.raises(CapabilityMissingError, match="'accounts'"):
                client.accounts().all()
            bob = client.account("bob")
            with pytest.raises(CapabilityMissingError, match="'accounts'"):
                assert [answer for answer in bob._port.each([exists(bob)])]
    assert {asked.path for asked in server.asked} == {"/v1/"}
