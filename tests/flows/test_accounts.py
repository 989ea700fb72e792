"""Accounts: signing up, changing a password, and keeping what the server says of passwords to itself."""

import pickle
from base64 import b64decode
from typing import Any

import pytest

from kinto_sdk import (
    AlreadyExistsError,
    AuthenticationError,
    CapabilityMissingError,
    InvalidIdError,
    InvalidRequestError,
    Request,
    TransportError,
    UsageError,
)
from kinto_sdk._sync.account import Account
from kinto_sdk.flows import accounts, objects
from kinto_sdk.flows.server import requiring
from tests.flows.driving import LOST, Answer, navigation, run

HASH = "$2b$12$abcdefghijklmnopqrstuv"


def answer(version: int = 1, /, **fields: Any) -> dict[str, Any]:
    """An account as the server answers it."""
    return {
        "data": {"id": "bob", "password": HASH, "last_modified": version, **fields},
        "permissions": {"write": ["account:bob"]},
    }


def signing_up(**fields: Any) -> Account:
    """An account about to be created."""
    return navigation().account("bob")._fill({**fields, "password": "pw"}, None)


def refused(status: int, **body: Any) -> Answer:
    """The server's refusal."""
    return Answer(status, {"code": status, "errno": 104, "error": "Refused", **body})


def test_an_account_is_created_where_there_is_none() -> None:
    """The account is sent with its password, may overwrite no other, and holds neither password nor hash after."""
    account = signing_up(nick="b")
    flow = accounts.create(account, "pw")
    assert next(flow).json == {"data": {"nick": "b", "password": "pw"}}
    ran = run(accounts.create(account, "pw"), Answer(201, answer(5, nick="b")))
    assert (ran.request.method, ran.request.path) == ("PUT", "/accounts/bob")
    assert ran.request.headers == {"If-None-Match": "*"}
    assert account.data == {"nick": "b"}
    assert account.created
    assert account.last_modified == 5
    assert not account.is_dirty
    assert HASH not in repr(account._memory())


def test_a_name_that_is_taken_is_not_a_matter_of_credentials() -> None:
    """The name of an existing account is an AlreadyExistsError, in which its hash does not show."""
    taken = refused(412, details={"existing": {"id": "bob", "password": HASH, "nick": "theirs"}})
    with pytest.raises(AlreadyExistsError, match="taken") as caught:
        run(accounts.create(signing_up(), "pw"), taken)
    assert HASH not in repr(caught.value.details)
    assert HASH.encode() not in pickle.dumps(caught.value)
    assert caught.value.details == {"existing": {"id": "bob", "nick": "theirs"}}


def test_a_lost_answer_to_signing_up_is_no_conflict() -> None:
    """A name taken by the attempt whose answer was lost is ours: the new credentials, alone, prove it."""
    account = signing_up()
    taken = Answer(412, {"errno": 114}, retried=True)
    ran = run(accounts.create(account, "pw"), taken, Answer(200, answer(5)))
    check = ran.requests[1]
    assert (check.method, check.path) == ("GET", "/accounts/bob")
    assert b64decode(check.headers["Authorization"].removeprefix("Basic ")) == b"bob:pw"
    assert account.created
    assert account.data == {}


def test_a_name_that_somebody_else_took_meanwhile_stays_theirs() -> None:
    """When the new credentials do not open the account, it is another one's."""
    with pytest.raises(AlreadyExistsError):
        run(accounts.create(signing_up(), "pw"), Answer(412, {"errno": 114}, retried=True), refused(401))


@pytest.mark.parametrize(
    ("reply", "error", "advice"),
    [
        (refused(401), AuthenticationError, "sign up"),
        (refused(400, message="Username and account ID do not match."), InvalidRequestError, "auth=None"),
        (refused(400, message="data.nick in body: no"), InvalidRequestError, "no$"),
    ],
)
def test_a_refused_sign_up_says_what_to_do(reply: Answer, error: type[Exception], advice: str) -> None:
    """Closed sign-ups, another one's credentials and a bad document are told apart."""
    with pytest.raises(error, match=advice):
        run(accounts.create(signing_up(), "pw"), reply)


def test_a_password_is_changed_alone() -> None:
    """The password is sent without a precondition, and edits not saved yet stay so."""
    account = navigation().account("bob")
    account._absorb({"data": {"id": "bob", "last_modified": 1, "nick": "b"}}, expected=None)
    account.data["nick"] = "c"
    ran = run(accounts.change_password(account, "new"), Answer(200, answer(2, nick="b")))
    assert (ran.request.method, ran.request.json) == ("PATCH", {"data": {"password": "new"}})
    assert ran.request.headers == {}
    assert dict(account.unsaved.set) == {"nick": "c"}
    assert account.last_modified == 2


def test_a_new_password_hides_no_conflict() -> None:
    """When somebody else changed what is edited here, saving is the conflict it would have been."""
    account = navigation().account("bob")
    account._absorb({"data": {"id": "bob", "last_modified": 1, "nick": "b"}}, expected=None)
    account.data["nick"] = "c"
    run(accounts.change_password(account, "new"), Answer(200, answer(9, nick="theirs")))
    assert (account.unsaved.set, account.last_modified) == ({"nick": "c"}, 1)


def test_a_lost_answer_to_a_new_password_is_no_refusal() -> None:
    """Refused old credentials after a lost answer mean success when the new ones are good."""
    account = navigation().account("bob")
    run(accounts.change_password(account, "new"), replace_retried(refused(401)), Answer(200, answer(2)))
    assert account.last_modified == 2


@pytest.mark.parametrize("answers", [[refused(401)], [Answer(401, {"errno": 104}, retried=True), refused(401)]])
def test_wrong_credentials_change_no_password(answers: list[Answer]) -> None:
    """Wrong credentials are an AuthenticationError, after a lost answer too."""
    with pytest.raises(AuthenticationError):
        run(accounts.change_password(navigation().account("bob"), "new"), *answers)


def test_an_unknown_outcome_is_remembered() -> None:
    """An account whose creation got no answer is not taken for clean."""
    account = signing_up()
    with pytest.raises(TransportError):
        run(accounts.create(account, "pw"), LOST)
    assert account.is_dirty


@pytest.mark.parametrize(
    ("password", "words"),
    [("", "not empty"), (None, "string"), (b"bytes", "string"), ("é" * 37, "74 bytes"), ("\ud800", "UTF-8")],
)
def test_a_password_the_server_can_not_take_is_refused_before(password: Any, words: str) -> None:
    """A password that the server would fail on is a UsageError that does not show it."""
    account = navigation().account("bob")
    with pytest.raises(UsageError, match=words) as caught:
        account.change_password(password)
    assert not password or str(password) not in str(caught.value)
    with pytest.raises(UsageError, match=words):
        navigation().create_account("bob", password)
    with pytest.raises(UsageError, match="password"):
        account.data = {"password": password}


def test_an_edited_password_is_checked_too() -> None:
    """A password put into the data is checked when it would be sent."""
    account = navigation().account("bob")
    account._absorb({"data": {"id": "bob", "last_modified": 1}}, expected=None)
    account.data["password"] = "x" * 73
    with pytest.raises(UsageError, match="73 bytes"):
        run(objects.save(account))
    account.data["password"] = "x" * 72
    ran = run(objects.save(account), Answer(200, answer(2)))
    assert ran.request.json == {"data": {"password": "x" * 72}}
    assert account.data == {}


def test_a_listed_account_has_no_hash() -> None:
    """The hashes are taken out of a list too."""
    response = Answer(200, {"data": [answer()["data"], {"id": "al"}]}).to(request("/accounts?_limit=1"))
    assert response.json() == {"data": [{"id": "bob", "last_modified": 1}, {"id": "al"}]}


def test_a_record_keeps_its_password_field() -> None:
    """A field of that name in a record is the user's own."""
    response = Answer(200, {"data": {"password": "x"}}).to(request("/buckets/b/collections/c/records/r"))
    assert response.object() == {"data": {"password": "x"}}


@pytest.mark.parametrize("body", [None, [], "text", {"data": "text"}, {"data": ["text"], "details": []}])
def test_any_answer_of_accounts_can_be_read(body: object) -> None:
    """What is no account passes through."""
    assert Answer(200, body).to(request("/accounts")).json() == body


def test_an_account_is_a_principal() -> None:
    """An account stands in permissions for its user, and is the same object by path."""
    account = navigation().account("al+x@example.com")
    assert account.principal == "account:al+x@example.com"
    assert account.path == "/accounts/al%2Bx%40example.com"
    assert account.url == "http://server/v1/accounts/al%2Bx%40example.com"
    assert navigation().from_path(account.path) == account


@pytest.mark.parametrize("name", ["", "a/b", "-a", "a b", None])
def test_a_name_that_can_not_be_one_is_refused(name: Any) -> None:
    """A name that would change the URL is refused."""
    with pytest.raises(InvalidIdError):
        navigation().account(name)


def test_nothing_is_asked_of_a_server_without_accounts() -> None:
    """Without the plugin the error names it, before anything else is sent."""
    root = navigation()
    flow = requiring(root._context, "accounts", "an account", objects.load(root.account("bob")))
    with pytest.raises(CapabilityMissingError, match="'accounts'"):
        run(flow, Answer(200, {"capabilities": {}}))


def test_with_the_plugin_the_flow_runs() -> None:
    """The server is asked for its plugins once, then the flow goes on."""
    root = navigation()
    for requests in (2, 1):
        flow = requiring(root._context, "accounts", "an account", objects.exists(root.account("bob")))
        answers = [Answer(200, {"capabilities": {"accounts": {}}}), Answer(200)][-requests:]
        assert run(flow, *answers).value is True


def replace_retried(reply: Answer) -> Answer:
    """The same answer to a request that was sent before."""
    return Answer(reply.status, reply.body, retried=True)


def request(path: str) -> Request:
    """A request for a path."""
    return Request("GET", path)
