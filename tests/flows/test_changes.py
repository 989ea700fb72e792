"""Following a collection: what is asked, in which order, and where the next reading begins."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlencode

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinto_sdk import (
    BackoffError,
    InvalidRequestError,
    Request,
    ResyncRequiredError,
    ServerError,
    ThrottledError,
    Tombstone,
    TransportError,
    UnreadableResponseError,
)
from kinto_sdk.flows.changes import Reader, Watcher
from kinto_sdk.objects.context import Context
from kinto_sdk.objects.feed import tombstone
from kinto_sdk.protocol.server import server_info_from
from tests.flows.driving import LOST, Answer, Ran, row, run

PATH = "/buckets/b/collections/c"
LINK = "http://x/v1/x?_token=a"
DATE = "Mon, 23 Nov 2026 20:00:00 GMT"
NOW = 1795464000000


def context(*capabilities: str) -> Context:
    """A client that knows its server already."""
    found = Context(server_url="http://server/v1")
    found.memory.info = server_info_from({"capabilities": {name: {} for name in capabilities}})
    return found


def reader(since: int | None = None, *capabilities: str) -> Reader:
    """A reader of a collection."""
    return Reader(context(*capabilities), PATH, since)


def page(rows: Iterable[dict[str, Any]], version: int, link: str | None = None) -> Answer:
    """A page of changes."""
    headers = {"etag": f'"{version}"', "date": DATE}
    return Answer(200, {"data": list(rows)}, headers if link is None else {**headers, "next-page": link})


def dealt_with(feed: Reader, ran: Ran[list[dict[str, Any]]]) -> list[int]:
    """The versions of the rows of a page, each dealt with."""
    return [each["last_modified"] for each in feed.deal_with(ran.value)]


def test_everything_is_asked_for_oldest_first() -> None:
    """The first reading has no bound, and an order that tells records of one version apart."""
    feed = reader()
    ran = run(feed.page(), page([row(1)], 5))
    assert ran.request.path == f"{PATH}/records?_sort=last_modified,id&_limit=1000"
    assert ran.request.headers == {}
    assert dealt_with(feed, ran) == [1]
    assert feed.finished
    assert feed.since == 5


def test_a_later_reading_begins_at_the_version_of_the_first_page() -> None:
    """What changes while pages are read has a later version: it is left for the next reading, which finds it."""
    feed = reader()
    assert dealt_with(feed, run(feed.page(), page([row(1), row(3)], 4, LINK))) == [1, 3]
    assert not feed.finished
    assert dealt_with(feed, run(feed.page(), page([row(4), row(6)], 6, LINK + "b"))) == [4]
    assert feed.finished
    assert feed.since == 4
    ran = run(feed.page(), page([row(6)], 6))
    assert ran.request.path.startswith(f"{PATH}/records?_since=4&")
    assert ran.request.headers == {"If-None-Match": '"4"'}


def test_nothing_new_is_one_request_without_a_body() -> None:
    """A 304 leaves everything as it was."""
    feed = reader(5, "history")
    ran = run(feed.page(), Answer(304))
    assert ran.value == []
    assert list(feed.deal_with(ran.value)) == []
    assert feed.finished
    assert feed.since == 5


def test_a_change_is_dealt_with_when_the_next_is_asked_for() -> None:
    """The version to go on from never passes what is being worked on, nor others of the same version."""
    feed = reader()
    rows = feed.deal_with(run(feed.page(), page([row(1), row(2), row(2), row(3)], 9)).value)
    seen: list[int | None] = []
    for _ in rows:
        seen.append(feed.since)  # noqa: PERF401  # read while the row is worked on
    assert seen == [0, 1, 1, 2]
    assert feed.since == 9


def test_beginning_anew_forgets_the_pages_left() -> None:
    """A loop that was left early is begun again from the last version dealt with, not from the next page."""
    feed = reader()
    rows = feed.deal_with(run(feed.page(), page([row(1), row(2), row(3)], 9, LINK)).value)
    assert [next(rows)["last_modified"], next(rows)["last_modified"]] == [1, 2]
    feed.start()
    assert "_since=1&" in run(feed.page(), page([row(2)], 9)).request.path


@pytest.mark.parametrize("since", [9, 10**13])
def test_a_version_before_the_last_one_is_another_list(since: int) -> None:
    """A list whose version went back was restored or made anew, and what changed can't be told."""
    with pytest.raises(ResyncRequiredError, match=f"its version 5 is before {since}"):
        run(reader(since).page(), page([], 5))


def test_the_history_tells_of_a_collection_made_anew() -> None:
    """The deletion of the collection is looked for where the server has a history, before any change is given."""
    ran = run(reader(5, "history").page(), page([row(7)], 7), page([], 7))
    assert ran.requests[1].path == (
        "/buckets/b/history?collection_id=%22c%22&resource_name=collection&action=delete"
        "&_since=5&not_deleted=true&_limit=1&_fields=id"
    )
    assert ran.value == [row(7)]
    with pytest.raises(ResyncRequiredError, match="drop what is not in it"):
        run(reader(5, "history").page(), page([row(7)], 7), page([row(6)], 7))


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_history_that_tells_nothing_is_no_obstacle(status: int) -> None:
    """Whoever may not read the history follows the changes all the same."""
    assert run(reader(5, "history").page(), page([row(7)], 7), Answer(status)).value == [row(7)]
    assert run(reader(5).page(), page([row(7)], 7)).value == [row(7)]


REFUSED = Answer(
    400,
    {"errno": 107, "message": "Invalid value for _since", "details": [{"location": "querystring", "name": "_since"}]},
    {"date": DATE},
)


def test_a_version_in_the_far_future_is_worked_around() -> None:
    """The server refuses it, so it is asked for more, by its own clock, and what is known is left out."""
    future = NOW + 10**10
    feed = reader(future)
    ran = run(feed.page(), REFUSED, page([row(NOW + 1), row(future), row(future + 1)], future + 1))
    latest = NOW + 23 * 3600 * 1000
    assert [f"_since={since}&" in request.path for since, request in zip((future, latest), ran.requests, strict=True)]
    assert [request.headers for request in ran.requests] == [{"If-None-Match": f'"{future}"'}] * 2
    assert dealt_with(feed, ran) == [future + 1]
    assert feed.since == future + 1
    silent = Answer(400, REFUSED.body)
    assert "_since=0&" in run(reader(future).page(), silent, page([], future)).requests[1].path


def test_other_refusals_are_raised() -> None:
    """A 400 that has another reason, or that the far future does not explain, comes through."""
    other = Answer(400, {"errno": 107, "message": "no", "details": [{"location": "header", "name": "x"}]})
    for feed, answer in ((reader(NOW + 10**10), other), (reader(NOW), REFUSED), (reader(), REFUSED)):
        with pytest.raises(InvalidRequestError):
            run(feed.page(), answer)


def test_a_list_without_a_version_is_unreadable() -> None:
    """Without an ETag there is nowhere to go on from."""
    with pytest.raises(UnreadableResponseError, match=r"GET /buckets.*no version"):
        run(reader().page(), Answer(200, {"data": []}))


@pytest.mark.parametrize("version", [None, "5"])
def test_a_record_without_a_version_is_unreadable(version: object) -> None:
    """It could not be told whether it was dealt with."""
    with pytest.raises(UnreadableResponseError, match="without a version"):
        run(reader().page(), page([row(1), {"id": "x", "last_modified": version}], 5))


@pytest.mark.parametrize(
    ("found", "is_tombstone"),
    [
        ({"id": "a", "last_modified": 1, "deleted": True}, True),
        ({"id": "a", "last_modified": 1, "deleted": True, "title": "x"}, False),
        ({"id": "a", "last_modified": 1, "deleted": 1}, False),
        ({"id": "a", "last_modified": 1}, False),
    ],
)
def test_a_tombstone_has_no_other_fields(found: dict[str, Any], is_tombstone: bool) -> None:
    """A live record may have a field `deleted` of its own."""
    assert tombstone(found) == (Tombstone("a", 1) if is_tombstone else None)


# ---- watching ------------------------------------------------------------------------------------------------------


def watcher(since: int | None = None, interval: float = 10.0, patience: float = 100.0) -> Watcher:
    """A watcher of a collection."""
    return Watcher(context(), PATH, since, interval=interval, patience=patience)


def test_a_watch_waits_when_it_has_read_everything() -> None:
    """Between two pages there is no wait, after the last the interval, after an unchanged list as well."""
    watch = watcher()
    dealt_with(watch, run(watch.page(), page([row(1)], 4, LINK)))
    assert watch.delay == 0.0
    dealt_with(watch, run(watch.page(), page([row(4)], 4)))
    assert watch.delay == 10.0
    dealt_with(watch, run(watch.page(), Answer(304)))
    assert watch.delay == 10.0


@pytest.mark.parametrize("answer", [LOST, Answer(500), Answer(502), Answer(503), Answer(429), Answer(200, b"<html>")])
def test_an_outage_gives_nothing_and_waits(answer: Answer | TransportError) -> None:
    """A server that can't be reached, fails, is too busy or hidden by a proxy's page is asked again later."""
    watch = watcher(5)
    assert dealt_with(watch, run(watch.page(), answer)) == []
    assert watch.delay == 10.0
    assert watch.since == 5
    ran = run(watch.page(), page([row(6)], 6))
    assert "_since=5&" in ran.request.path
    assert dealt_with(watch, ran) == [6]


def test_an_outage_between_two_pages_loses_nothing() -> None:
    """The rest is asked for from the last version dealt with: links need not outlive the server's restart."""
    watch = watcher()
    dealt_with(watch, run(watch.page(), page([row(1), row(2)], 4, LINK)))
    dealt_with(watch, run(watch.page(), LOST))
    ran = run(watch.page(), page([row(2), row(4)], 4))
    assert "_since=1&" in ran.request.path
    assert dealt_with(watch, ran) == [2, 4]


def test_the_waits_of_an_outage_grow_and_end() -> None:
    """They double up to a minute; once the patience is used up the error is raised; an answer renews it."""
    watch = watcher(patience=150.0)
    delays: list[float] = []
    for _ in range(5):
        dealt_with(watch, run(watch.page(), LOST))
        delays.append(watch.delay)
    assert delays == [10.0, 20.0, 40.0, 60.0, 20.0]
    with pytest.raises(TransportError, match="no answer"):
        run(watch.page(), LOST)
    with pytest.raises(ServerError):
        run(watcher(patience=0.0).page(), Answer(500))
    watch = watcher(patience=10.0)
    for _ in range(3):
        dealt_with(watch, run(watch.page(), LOST))
        dealt_with(watch, run(watch.page(), page([], 5)))


def test_a_watch_comes_back_when_the_server_says() -> None:
    """`Retry-After` lengthens the wait, within the patience; a long interval is not shortened."""
    watch = watcher()
    run(watch.page(), Answer(503, None, {"retry-after": "70"}))
    assert watch.delay == 70.0
    watch = watcher(patience=5.0)
    run(watch.page(), Answer(503, None, {"retry-after": "70"}))
    assert watch.delay == 5.0
    with pytest.raises(ThrottledError):
        run(watch.page(), Answer(503))
    watch = watcher(interval=600.0, patience=10_000.0)
    run(watch.page(), LOST)
    run(watch.page(), LOST)
    assert watch.delay == 600.0


def test_a_watch_waits_for_a_server_that_asks_for_calm() -> None:
    """A client that raises rather than waits would end the watch; it waits as long as it was asked to."""
    watch = watcher()
    flow = watch.page()
    next(flow)
    with pytest.raises(StopIteration) as stopped:
        flow.throw(BackoffError("GET /x", 42.0))
    assert stopped.value.value == []
    assert watch.delay == 42.0


def test_what_waiting_can_not_mend_is_raised_at_once() -> None:
    """A refusal is no outage."""
    with pytest.raises(InvalidRequestError):
        run(watcher().page(), Answer(400))
    with pytest.raises(ResyncRequiredError):
        run(watcher(9).page(), page([], 5))


# ---- nothing is missed ---------------------------------------------------------------------------------------------


@attrs.define
class List:
    """A list as the server keeps it: every write gets the next version, a page is what comes after the last row."""

    version: int = 0
    rows: dict[str, dict[str, Any]] = attrs.field(factory=dict)

    def write(self, name: str, *, delete: bool) -> None:
        """Create, change or delete a record."""
        self.version += 1
        self.rows[name] = row(self.version, name, **({"deleted": True} if delete else {"n": self.version}))

    def answer(self, request: Request) -> Answer:
        """A page of two rows, oldest first."""
        asked = parse_qs(request.path.partition("?")[2])
        headers = {"etag": f'"{self.version}"'}
        if request.headers.get("If-None-Match") == headers["etag"]:
            return Answer(304, None, headers)
        bound = int(asked.get("_token", asked.get("_since", ["0"]))[0])
        with_tombstones = "_since" in asked
        found = sorted(
            (
                each
                for each in self.rows.values()
                if each["last_modified"] > bound and (with_tombstones or "deleted" not in each)
            ),
            key=lambda each: each["last_modified"],
        )
        if len(found) > 2:
            link = {"_token": found[1]["last_modified"], **({"_since": asked["_since"][0]} if with_tombstones else {})}
            headers["next-page"] = f"http://x/v1/x?{urlencode(link)}"
        return Answer(200, {"data": found[:2]}, headers)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from("abcdef"), st.booleans()),
        st.tuples(st.sampled_from(["read", "crash"]), st.integers(0, 4), st.just(False)),
    ),
    max_size=40,
)


def follow(server: List, feed: Reader) -> Iterator[dict[str, Any]]:
    """The changes up to the version that the list has when this begins."""
    while True:
        flow = feed.page()
        request = next(flow)
        try:
            flow.send(server.answer(request).to(request))
        except StopIteration as stop:
            yield from feed.deal_with(stop.value)
        if feed.finished:
            return


def take(copy: dict[str, int], change: dict[str, Any]) -> None:
    """Keep a copy in step with a change."""
    if "deleted" in change:
        copy.pop(change["id"], None)
    else:
        copy[change["id"]] = change["last_modified"]


@given(STEPS)
@example([("write", "a", False), ("read", 0, False), ("read", 1, False), ("write", "a", True)])
def test_whatever_happens_a_copy_becomes_what_the_server_has(steps: list[tuple[Any, ...]]) -> None:
    """With writes between pages, and crashes between changes, a copy kept by a feed ends up as the original."""
    server, copy, feed = List(), dict[str, int](), reader()
    changes: Iterator[dict[str, Any]] = iter(())
    for what, argument, delete in steps:
        if what == "write":
            server.write(argument, delete=delete)
            continue
        for change in islice(changes, argument):
            take(copy, change)
        if what == "crash":
            # The change at hand is lost; what was kept is the copy, and the version to go on from.
            next(changes, None)
            feed = reader(feed.since)
        changes = follow(server, feed) if feed.finished else changes
    for _ in range(2):
        feed = reader(feed.since)
        for change in follow(server, feed):
            take(copy, change)
    assert copy == {name: each["last_modified"] for name, each in server.rows.items() if "deleted" not in each}
