"""What threads that want the same answer make of how the first of them fared."""

from concurrent.futures import Future
from typing import Any

import httpx
import pytest

from kinto_sdk import Client, LoginError, Request, TransportError
from kinto_sdk.protocol.messages import Once
from kinto_sdk.transport.sync_session import Session

URL = "http://server/v1"


@pytest.fixture
def sent() -> list[httpx.Request]:
    """Return what is sent."""
    return []


@pytest.fixture
def session(sent: list[httpx.Request]) -> Session:
    """Return the session of a client that answers everything."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    return Client(URL, transport=httpx.MockTransport(answer))._session


def under_way(session: Session, once: Once, outcome: Any) -> None:
    """Let another thread be sending the request, with this outcome as soon as somebody waits for it."""

    class Flight(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            del session._pool.flights[once]
            return outcome

    session._pool.flights[once] = Flight()


def test_an_answer_is_everybodys(session: Session, sent: list[httpx.Request]) -> None:
    """Who waits gets it, and so does who asks afterwards; it is sent once."""
    once = Once()
    request = Request("GET", "/", once=once)
    first = session._share(request, once)
    assert session._share(request, once) is first
    other = Once()
    under_way(session, other, first)
    assert session._share(Request("GET", "/", once=other), other) is first
    assert len(sent) == 1


def test_a_failure_is_everybodys(session: Session, sent: list[httpx.Request]) -> None:
    """Each that waits gets an error of its own."""
    for failure in (TransportError("GET /: no answer", request=Request("GET", "/")), LoginError("nobody logged in")):
        once = Once()
        under_way(session, once, failure)
        with pytest.raises(type(failure), match=str(failure)) as caught:
            session._share(Request("GET", "/", once=once), once)
        assert caught.value is not failure
        assert vars(caught.value) == vars(failure)
    assert sent == []


def test_who_gave_up_is_replaced(session: Session, sent: list[httpx.Request]) -> None:
    """When the thread that was sending ended without an outcome, one that waited sends."""
    once = Once()
    under_way(session, once, None)
    assert session._share(Request("GET", "/", once=once), once).ok
    assert len(sent) == 1


def test_settings_and_plugins_are_asked_for_once_for_all_users() -> None:
    """A service that clones its client for each user's token does not ask with each of them what they may enlist."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        user = request.headers.get("authorization")
        if request.url.path == "/v1/batch":
            each = {"status": 201, "path": "", "headers": {}, "body": {"data": {"id": "a", "last_modified": 5}}}
            return httpx.Response(200, json={"responses": [each, each]})
        return httpx.Response(
            200,
            json={
                "settings": {"batch_max_requests": 2},
                "capabilities": {"history": {}},
                "user": {"id": user, "principals": []},
                "data": [],
            },
        )

    with Client(URL, transport=httpx.MockTransport(answer)) as client:
        for token in ("one", "two"):
            mine = client.clone(auth=f"Bearer {token}", headers={"X-Request-Id": token})
            with mine.batch() as batch:
                records = [batch.bucket("b").collection("c").create_record({}) for _ in range(4)]
                assert [len(chunk) for chunk in batch.plan()] == ([4] if token == "one" else [2, 2])
            assert [record.last_modified for record in records] == [5] * 4
            assert mine.bucket("b").history().all() == []
        assert asked.count("GET /v1/") == 1
        # Who the user is, is asked for each.
        for token in ("one", "two"):
            user = client.clone(auth=f"Bearer {token}").server_info().user
            assert user is not None
            assert user.id == f"Bearer {token}"
        elsewhere = client.clone(server_url="http://other/v1", auth="Bearer three")
        assert elsewhere.bucket("b").history().all() == []
    assert asked.count("GET /v1/") == 4
