"""The session on a real server, in the async colour. The sync one is generated from this folder."""

from collections.abc import Callable
from typing import Any

import pytest

from kinto_sdk import (
    AsyncClient,
    BackoffError,
    BackoffReceived,
    ResponseReceived,
    ServiceDeprecatedError,
)
from kinto_sdk.testing import KintoServer
from tests.chaos.canned import Answer, CannedServer

pytestmark = pytest.mark.backends("memory")
Make = Callable[..., KintoServer]


async def test_who_i_am(connect: Callable[..., AsyncClient], kinto_server: KintoServer) -> None:
    """The server's id and principals, and None for nobody."""
    user = await connect("alice").whoami()
    assert user is not None
    assert user.id.startswith("basicauth:")
    assert {user.id, "system.Authenticated", "system.Everyone"} <= set(user.principals)
    async with AsyncClient(kinto_server.url) as anonymous:
        assert await anonymous.whoami() is None
        assert (await anonymous.check()).credentials == "none"


async def test_an_account_is_checked(kinto_server: KintoServer) -> None:
    """The right password is good; with basicauth a wrong one makes another user, which is told."""
    async with AsyncClient(kinto_server.url) as anonymous:
        await anonymous.create_account("alice", "s3cret")
    async with AsyncClient(kinto_server.url, auth=("alice", "s3cret")) as good:
        check = await good.check()
        assert (check.ok, check.credentials) == (True, "good")
        assert "credentials: good (account:alice)" in str(check)
        assert "attachments" in str(check)
    async with AsyncClient(kinto_server.url, auth=("alice", "wrong")) as bad:
        check = await bad.check()
        assert (check.ok, check.credentials) == (False, "doubtful")
        assert "there is none of this name, or its password is another one" in str(check)


async def test_wrong_credentials_are_told(make_server: Make) -> None:
    """Where only accounts count, a wrong password is nobody, though the server answers with a 200."""
    server = make_server(**{"multiauth.policies": "account"})
    async with AsyncClient(server.url, auth=("alice", "wrong")) as client:
        check = await client.check()
        assert (check.ok, check.credentials, check.error) == (False, "wrong", None)
        assert await client.whoami() is None


async def test_a_server_that_is_no_kinto() -> None:
    """It is told on one line, and nothing is raised."""
    with CannedServer(lambda _: Answer(200, b"<html>")) as server:
        async with AsyncClient(server.url) as client:
            check = await client.check()
    assert (check.ok, check.info, check.credentials) == (False, None, "unknown")
    assert "not JSON" in str(check)


async def test_server_info_is_asked_once(kinto_server: KintoServer) -> None:
    """A client and its clones ask once, until they are told to ask again."""
    told: list[Any] = []
    async with AsyncClient(kinto_server.url, on_event=told.append) as client:
        first = await client.server_info()
        assert await client.server_info() is first
        assert await client.clone(timeout=3).server_info() is first
        again = await client.server_info(refresh=True)
        assert again is not first
        assert await client.server_info() is again
    assert len([event for event in told if isinstance(event, ResponseReceived)]) == 2


async def test_redirects_keep_method_and_body(connect: Callable[..., AsyncClient]) -> None:
    """A slash too many costs redirects, and nothing else."""
    client = connect()
    response = await client.request("PUT", "/buckets/blog/", json={"data": {"title": "x"}})
    assert response.status == 201
    assert (await client.get_bucket("blog")).data == {"title": "x"}


async def test_clones_of_several_users_share_connections(connect: Callable[..., AsyncClient]) -> None:
    """Each is who its credentials say."""
    alice = connect("alice")
    bob = alice.clone(auth=("bob", "secret"))
    first, second = await alice.whoami(), await bob.whoami()
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert (await alice.server_info()).user != (await bob.server_info()).user


async def test_a_service_that_will_end(make_server: Make) -> None:
    """The operator's notice is a DeprecationWarning, and in the server's information."""
    server = make_server(eos="2999-01-01", eos_message="Bye", eos_url="https://eol")
    async with AsyncClient(server.url) as client:
        with pytest.warns(DeprecationWarning, match=r"will be retired: Bye \(https://eol\)"):
            info = await client.server_info()
        assert info.eos == "2999-01-01"


async def test_a_service_that_has_ended(make_server: Make) -> None:
    """Everything is answered with one clear error."""
    server = make_server(eos="2000-01-01", eos_message="Gone", eos_url="https://eol")
    async with AsyncClient(server.url) as client:
        with pytest.raises(ServiceDeprecatedError, match=r"410.*Gone \(https://eol\)"):
            await client.get_bucket("b")


async def test_a_server_that_asks_for_calm(make_server: Make) -> None:
    """Each answer may do so; a client that does not want to wait learns how long it would."""
    server = make_server(backoff=10)
    told: list[Any] = []
    async with AsyncClient(server.url, on_backoff="raise", on_event=told.append) as client:
        await client.server_info()
        with pytest.raises(BackoffError) as caught:
            await client.server_info(refresh=True)
    assert 9 < caught.value.seconds <= 10
    assert [event.seconds for event in told if isinstance(event, BackoffReceived)] == [10.0]


async def test_a_dry_run_beside_a_real_client(connect: Callable[..., AsyncClient]) -> None:
    """With `dry_run="writes"` reads are real and writes are not."""
    client = connect()
    bucket = await client.create_bucket("blog", {"title": "old"})
    dry = client.clone(dry_run="writes")
    copy = await dry.get_bucket("blog")
    copy.data["title"] = "new"
    await copy.save()
    await dry.bucket("blog").create_collection("c")
    assert await dry.bucket("blog").collection("c").exists() is True
    assert (await bucket.load()).data == {"title": "old"}
    assert await bucket.collection("c").exists() is False
    assert [line.split()[0] for line in dry.dry_run_log] == ["PATCH", "PUT"]
