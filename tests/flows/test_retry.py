"""Retries, waits and redirects by value: no clock, no randomness, no I/O."""

import json
import warnings
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import attrs
import pytest

from kinto_sdk.flows import objects as flows
from kinto_sdk.protocol.errors import (
    BackoffError,
    DeadlineExceededError,
    NotFoundError,
    RequestTimeoutError,
    ResponseError,
    ServiceDeprecatedError,
    TransportError,
    UsageError,
    error_from,
)
from kinto_sdk.protocol.messages import Effects, Flow, Request, Response, Sleep
from kinto_sdk.transport.backoff import Gate
from kinto_sdk.transport.events import BackoffReceived, Event, RetryScheduled
from kinto_sdk.transport.retry import RetryPolicy, Rules, retrying
from tests.flows.driving import LOST, Answer, body, navigation

READ = Request("GET", "/buckets/b", repeatable=True)
ONCE = Request("POST", "/__flush__")


@attrs.define
class Clock:
    """A clock that only a Sleep moves."""

    time: float = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.time


@attrs.define
class Course:
    """What a flow did: what it sent, how long it slept, what was told, and what came of it."""

    sent: list[Request] = attrs.field(factory=list)
    slept: list[float] = attrs.field(factory=list)
    told: list[Event] = attrs.field(factory=list)
    value: Any = None


def asking(request: Request = READ) -> Flow[Response]:
    """Send one request."""
    return (yield request)


def rules(clock: Clock | None = None, **changes: Any) -> Rules:
    """Make rules in which chance always gives the longest wait."""
    policy = changes.pop("policy", RetryPolicy())
    given = {"gate": Gate(), "now": clock or Clock(), "chance": lambda: 1.0, **changes}
    return Rules(server_url="http://server/v1", policy=policy, **given)


def drive(flow: Flow[Any], given: Rules, *answers: Answer | Exception, course: Course | None = None) -> Course:
    """Run a flow under these rules, answering each request with the next answer."""
    course = course or Course()
    effects: Effects[Any] = retrying(flow, attrs.evolve(given, tell=course.told.append))
    remaining = list(answers)
    try:
        effect = next(effects)
        while True:
            if isinstance(effect, Sleep):
                course.slept.append(effect.seconds)
                given.now.time += effect.seconds  # type: ignore[attr-defined]  # a clock set by hand
                effect = effects.send(None)
                continue
            course.sent.append(effect)
            answer = remaining.pop(0)
            effect = effects.throw(answer) if isinstance(answer, Exception) else effects.send(answer.to(effect))
    except StopIteration as stop:
        assert not remaining
        course.value = stop.value
        return course


def lost() -> TransportError:
    """Make the failure of a request that got no answer."""
    return TransportError("no answer")


# ---- what is sent again ----


def test_nobody_needs_to_listen() -> None:
    """A retry is the same when nobody is told of it."""
    effects = retrying(asking(), rules())
    assert next(effects) is READ
    assert effects.send(Answer(503).to(READ)) == Sleep(0.5)
    assert next(effects) is READ


@pytest.mark.parametrize("status", [409, 429, 502, 503, 504])
def test_a_repeatable_request_is_sent_again_after_a_passing_refusal(status: int) -> None:
    """A refusal that may pass is met with the same request, and the answer to that one counts."""
    course = drive(asking(), rules(), Answer(status), Answer(200))
    assert course.sent == [READ, READ]
    assert course.value.status == 200


@pytest.mark.parametrize("status", [200, 201, 304, 400, 401, 403, 404, 405, 410, 412, 500, 501])
def test_every_other_answer_stands(status: int) -> None:
    """What another attempt would not change is not tried again."""
    course = drive(asking(), rules(), Answer(status))
    assert (len(course.sent), course.slept) == (1, [])
    assert course.value.retried is False


@pytest.mark.parametrize("answer", [LOST, Answer(503), Answer(409), Answer(429, headers={"retry-after": "1"})])
def test_what_is_not_repeatable_is_never_sent_again(answer: Answer | Exception) -> None:
    """A request that may do its work twice is sent once, whatever comes of it."""
    course = Course()
    if isinstance(answer, Exception):
        with pytest.raises(TransportError):
            drive(asking(ONCE), rules(), answer, course=course)
    else:
        drive(asking(ONCE), rules(), answer, course=course)
    assert course.sent == [ONCE]
    assert course.slept == []


def test_attempts_end() -> None:
    """After the last retry the failure comes through, and says how often it was tried."""
    course = Course()
    with pytest.raises(TransportError, match="no answer; tried 3 times"):
        drive(asking(), rules(policy=RetryPolicy(retries=2)), lost(), lost(), lost(), course=course)
    assert len(course.sent) == 3


def test_the_last_refusal_comes_through() -> None:
    """After the last retry the flow has the answer itself, with all that it says."""
    course = drive(
        asking(), rules(policy=RetryPolicy(retries=1)), Answer(503), Answer(429, headers={"retry-after": "9"})
    )
    assert course.value.status == 429
    assert course.value.headers["retry-after"] == "9"


def test_no_retries() -> None:
    """A policy of 0 sends everything once."""
    assert drive(asking(), rules(policy=RetryPolicy(retries=0)), Answer(503)).value.status == 503


# ---- what the flow learns ----


@pytest.mark.parametrize(
    ("first", "retried"),
    [
        (LOST, True),
        (Answer(502), True),
        (Answer(503), True),
        (Answer(504), True),
        (Answer(409), False),
        (Answer(429), False),
    ],
)
def test_the_answer_tells_whether_an_earlier_attempt_may_have_worked(first: Answer | Exception, retried: bool) -> None:
    """After no answer, or a 5xx, the write may have happened; a 409 and a 429 say that it did not."""
    assert drive(asking(), rules(), first, Answer(412)).value.retried is retried


def test_a_lost_create_that_had_worked_is_a_success() -> None:
    """The second attempt keeps the id, and its 412 with our own document is not a conflict."""
    record = navigation().bucket("b").collection("c").record("r")
    record.data = {"n": 1}
    existing = {"details": {"existing": {"id": "r", "last_modified": 5, "n": 1}}}
    course = drive(flows.save(record), rules(), lost(), Answer(412, existing))
    assert [(request.method, request.path) for request in course.sent] == [("PUT", record.path)] * 2
    assert record.last_modified == 5
    assert not record.is_dirty


def test_a_lost_delete_that_had_worked_is_a_success() -> None:
    """A 404 to the second attempt means that the first one deleted it."""
    record = navigation().bucket("b").collection("c").record("r")
    assert drive(flows.delete(record), rules(), lost(), Answer(404)).value is True


def test_a_404_without_a_lost_answer_stays_one() -> None:
    """Only a lost answer explains it away."""
    record = navigation().bucket("b").collection("c").record("r")
    with pytest.raises(NotFoundError):
        drive(flows.delete(record), rules(), Answer(429), Answer(404))


def test_a_write_lost_for_good_leaves_the_object_doubtful() -> None:
    """An object whose write may have happened is not taken for clean."""
    record = navigation().bucket("b").collection("c").record("r")
    drive(flows.load(record), rules(), Answer(200, body(1, n=1)))
    record.data["n"] = 2
    with pytest.raises(TransportError):
        drive(flows.save(record), rules(policy=RetryPolicy(retries=1)), lost(), lost())
    assert record.is_dirty
    assert "unknown" in repr(record)


def test_pages_are_retried_one_by_one() -> None:
    """The cost of failures is the number of failures, not a power of the number of pages."""

    def pages() -> Flow[int]:
        for number in range(50):
            yield Request("GET", f"/buckets?_page={number}", repeatable=True)
        return 50

    answers = [answer for _ in range(50) for answer in (lost(), Answer(200))]
    course = drive(pages(), rules(policy=RetryPolicy(deadline=None)), *answers)
    assert (course.value, len(course.sent)) == (50, 100)


# ---- how long it waits ----


def test_waits_grow_to_a_bound() -> None:
    """Without a word of the server each wait may be twice as long as the one before, up to the longest."""
    policy = RetryPolicy(retries=6, first_wait=1, longest_wait=5, deadline=None)
    course = drive(asking(), rules(policy=policy), *[lost() for _ in range(6)], Answer(200))
    assert course.slept == [1, 2, 4, 5, 5, 5]


def test_waits_are_drawn() -> None:
    """The wait is a part of its bound drawn by chance, so that clients do not return in step."""
    course = drive(asking(), rules(chance=lambda: 0.25), lost(), Answer(200))
    assert course.slept == [0.125]


@pytest.mark.parametrize(("asked", "waited"), [("3", 3), ("0", 0), ("3600", 30)])
def test_the_server_says_when(asked: str, waited: float) -> None:
    """Retry-After in seconds is kept to, as far as the longest wait."""
    course = drive(asking(), rules(), Answer(503, headers={"retry-after": asked}), Answer(200))
    assert course.slept == [waited]


def test_the_server_says_when_as_a_date() -> None:
    """Retry-After as a date is kept to as well."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    course = drive(asking(), rules(), Answer(503, headers={"retry-after": date}), Answer(200))
    assert course.slept == [pytest.approx(19.5, abs=1)]


@pytest.mark.parametrize("nonsense", ["soon", "", "Mon, 99 Foo", "9" * 400, "Mon, 01 Jan 99999999999 00:00:00 GMT"])
def test_a_retry_after_without_meaning_is_no_hot_loop(nonsense: str) -> None:
    """What can't be read is taken for nothing said: the wait is drawn."""
    course = drive(asking(), rules(), Answer(503, headers={"retry-after": nonsense}), Answer(200))
    assert course.slept == [0.5]


def test_a_fixed_wait() -> None:
    """`retry_after` waits that long, whatever the server asks for."""
    policy = RetryPolicy(retry_after=5)
    course = drive(asking(), rules(policy=policy), Answer(503, headers={"retry-after": "9"}), lost(), Answer(200))
    assert course.slept == [5, 5]


def test_a_retry_is_told() -> None:
    """Each retry is an event with its reason, its number and its wait."""
    course = drive(asking(), rules(), Answer(503, headers={"retry-after": "2"}), lost(), Answer(200))
    assert course.told == [RetryScheduled(READ, 1, 2.0, "status 503"), RetryScheduled(READ, 2, 1.0, "no answer")]


# ---- the deadline ----


def test_the_deadline_ends_retries_after_losses() -> None:
    """No attempt starts after it, and the error names it and the last failure."""
    course = Course()
    policy = RetryPolicy(retries=50, retry_after=25, deadline=60)
    with pytest.raises(DeadlineExceededError, match=r"gave up after 3 attempts.*60 s.*no answer") as caught:
        drive(asking(), rules(policy=policy), *[lost() for _ in range(3)], course=course)
    assert course.slept == [25, 25]
    assert isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value.__cause__, TransportError)


def test_the_deadline_ends_retries_after_refusals() -> None:
    """The refusal that there is no time to repeat is the answer."""
    policy = RetryPolicy(retries=50, deadline=10)
    course = drive(asking(), rules(policy=policy), Answer(503, headers={"retry-after": "20"}))
    assert course.value.status == 503
    assert course.slept == []


def test_the_deadline_is_each_requests_own() -> None:
    """A flow of many requests is not ended by the time they take together."""
    clock = Clock()

    def three() -> Flow[int]:
        for _ in range(3):
            yield READ
            clock.time += 50
        return 3

    assert drive(three(), rules(clock), Answer(), Answer(), Answer()).value == 3


# ---- Backoff ----


def test_backoff_delays_the_next_request() -> None:
    """A success may ask for calm too; who comes next waits for what is left of it."""
    clock, gate = Clock(), Gate()
    given = rules(clock, gate=gate)
    course = drive(asking(), given, Answer(200, headers={"backoff": "10"}))
    assert course.slept == []
    assert course.told == [BackoffReceived(READ, 10.0)]
    clock.time += 4
    assert drive(asking(), given, Answer(200)).slept == [6]
    assert drive(asking(), given, Answer(200)).slept == []


def test_backoff_is_shared() -> None:
    """What one client was told holds for its clones, which have other rules on the same gate."""
    clock, gate = Clock(), Gate()
    drive(asking(), rules(clock, gate=gate), Answer(200, headers={"backoff": "10"}))
    assert drive(asking(), rules(clock, gate=gate, policy=RetryPolicy(retries=0)), Answer(200)).slept == [10]


def test_backoff_is_bounded() -> None:
    """An hour is asked for, the longest wait is given, once per attempt."""
    gate = Gate()
    given = rules(gate=gate, policy=RetryPolicy(longest_wait=7))
    drive(asking(), given, Answer(200, headers={"backoff": "3600"}))
    assert drive(asking(), given, Answer(200)).slept == [7]


def test_backoff_beyond_the_deadline() -> None:
    """A wait that would pass the deadline is not begun, and nothing is sent."""
    given = rules(policy=RetryPolicy(deadline=5))
    drive(asking(), given, Answer(200, headers={"backoff": "10"}))
    with pytest.raises(DeadlineExceededError, match="asks to wait 10 s"):
        drive(asking(), given)


def test_backoff_raises_on_demand() -> None:
    """With `on_backoff="raise"` nothing is sent, and the error knows how long to stay away."""
    clock = Clock()
    given = rules(clock, on_backoff="raise")
    drive(asking(), given, Answer(200, headers={"backoff": "10"}))
    clock.time += 4
    with pytest.raises(BackoffError, match="6 s") as caught:
        drive(asking(), given)
    assert caught.value.seconds == 6


def test_a_write_that_backoff_kept_back_is_not_doubtful() -> None:
    """Nothing was sent, so nothing is unknown."""
    given = rules(on_backoff="raise")
    record = navigation().bucket("b").collection("c").record("r")
    drive(flows.load(record), given, Answer(200, body(1, n=1), {"backoff": "10"}))
    record.data["n"] = 2
    with pytest.raises(BackoffError):
        drive(flows.save(record), given)
    assert "unknown" not in repr(record)


def test_a_retry_respects_backoff_as_well() -> None:
    """Both waits are kept: Retry-After, and what is left of the Backoff that came with it."""
    headers = {"retry-after": "2", "backoff": "10"}
    assert drive(asking(), rules(), Answer(503, headers=headers), Answer(200)).slept == [2, 8]


@pytest.mark.parametrize("nonsense", ["", "soon", "-1", "0", "nan", "inf"])
def test_a_backoff_without_meaning(nonsense: str) -> None:
    """It is not waited for."""
    given = rules()
    drive(asking(), given, Answer(200, headers={"backoff": nonsense}))
    assert drive(asking(), given, Answer(200)).slept == []


# ---- Alert ----

EOL = json.dumps({"code": "soft-eol", "message": "Bye in May", "url": "https://eol"})


def test_an_alert_warns_once() -> None:
    """Each message is one DeprecationWarning, however many answers repeat it."""
    given = rules()

    def twice() -> None:
        for status in (200, 404):
            drive(asking(), given, Answer(status, headers={"alert": EOL}))

    with pytest.warns(DeprecationWarning, match=r"will be retired: Bye in May \(https://eol\)") as heard:
        twice()
    assert len(heard) == 1
    assert heard[0].filename == __file__


def test_an_alert_that_is_an_error_comes_after_the_work() -> None:
    """A program that turns warnings into errors has the answer in its objects all the same."""
    record = navigation().bucket("b").collection("c").record("r")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning, match="other words"):
            drive(flows.load(record), rules(), Answer(200, body(7, n=1), {"alert": "other words"}))
    assert record.last_modified == 7


def test_the_end_of_a_service() -> None:
    """A 410 is an error of its own that gives the operator's words."""
    alert = json.dumps({"code": "hard-eol", "message": None, "url": "https://eol"})
    response = Answer(410, {"errno": 202, "message": "Gone"}, {"alert": alert}).to(READ)
    error = error_from(response)
    assert isinstance(error, ServiceDeprecatedError)
    assert str(error) == "GET /buckets/b: 410 (errno 202) Gone; https://eol"
    assert "retired by its operator" in str(error_from(Answer(410).to(READ)))


# ---- redirects ----


def redirect(to: str, status: int = 307) -> Answer:
    """Make an answer that leads elsewhere."""
    return Answer(status, b"", {"location": to})


def test_a_redirect_keeps_method_body_and_headers() -> None:
    """The same request goes to the new path, and this counts as no attempt."""
    write = Request("PUT", "/buckets/b/", json={"data": {}}, headers={"If-Match": '"1"'})
    course = drive(asking(write), rules(), redirect("http://server/v1/buckets/b"), Answer(200))
    assert course.sent[1] == attrs.evolve(write, path="/buckets/b")
    assert course.value.retried is False


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/v1/buckets/c?_limit=1", "/buckets/c?_limit=1"),
        ("http://server:80/v1/x", "http://server:80/v1/x"),
        ("http://server/other", "http://server/other"),
        ("c", "/buckets/c"),
    ],
)
def test_where_a_redirect_leads(location: str, path: str) -> None:
    """Relative locations are understood; what is not below the API root keeps its whole URL."""
    assert drive(asking(), rules(), redirect(location), Answer(200)).sent[1].path == path


@pytest.mark.parametrize(
    "location",
    ["https://server/v1/x", "http://server:8080/v1/x", "http://evil/v1/x", "//evil/x", "http://server@evil/v1"],
)
def test_a_redirect_to_another_origin_is_an_error(location: str) -> None:
    """Nothing is sent there, and the error names the place."""
    course = Course()
    with pytest.raises(ResponseError, match="where nothing was sent") as caught:
        drive(asking(), rules(), redirect(location), course=course)
    assert course.sent == [READ]
    assert caught.value.status == 307


def test_a_redirect_to_no_url_is_an_error() -> None:
    """It is told of, and nothing else is sent."""
    course = Course()
    with pytest.raises(ResponseError, match=r"307 .*is no URL"):
        drive(asking(), rules(), redirect("http://[bad"), course=course)
    assert course.sent == [READ]


def test_redirects_in_a_circle_end() -> None:
    """After a few the last one is an error."""
    course = Course()
    with pytest.raises(ResponseError, match="more than 5 times"):
        drive(asking(), rules(), *[redirect("/v1/buckets/b") for _ in range(6)], course=course)
    assert len(course.sent) == 6


def test_a_redirect_that_would_change_the_method() -> None:
    """A 302 is followed when reading alone: for a write it would become a GET."""
    assert len(drive(asking(), rules(), redirect("/v1/x", 302), Answer(200)).sent) == 2
    assert drive(asking(ONCE), rules(), redirect("/v1/x", 302)).value.status == 302


def test_a_file_elsewhere_may_move_on_its_own_origin() -> None:
    """What was asked of another origin without credentials is followed there, and not back to ours."""
    file = Request("GET", "https://files/a")
    assert drive(asking(file), rules(), redirect("/b"), Answer(200)).sent[1].path == "https://files/b"
    with pytest.raises(ResponseError, match="nothing was sent"):
        drive(asking(file), rules(), redirect("http://server/v1/buckets/b"))


# ---- the policy ----


@pytest.mark.parametrize(
    "arguments",
    [{"retries": -1}, {"retries": 1.5}, {"retries": True}, {"first_wait": -1}, {"longest_wait": "5"}, {"deadline": -1}],
)
def test_a_policy_that_cant_be_right(arguments: dict[str, Any]) -> None:
    """It is refused when it is made, with what to write."""
    with pytest.raises(UsageError, match=f"{next(iter(arguments))}=.*0 or more"):
        RetryPolicy(**arguments)


def test_an_answer_that_is_none_is_a_bug() -> None:
    """A runner that answers a request with nothing is told so."""
    effects = retrying(asking(), rules())
    next(effects)
    with pytest.raises(RuntimeError, match="answered with nothing"):
        effects.send(None)


def test_a_flow_may_handle_a_loss() -> None:
    """What is thrown into a flow can be caught there, and the flow goes on."""

    def persistent() -> Flow[str]:
        try:
            yield ONCE
        except RequestTimeoutError:
            yield READ
        return "done"

    assert drive(persistent(), rules(), RequestTimeoutError("late"), Answer(200)).value == "done"


def test_closing_closes_the_flow() -> None:
    """A cancelled call ends its flow, which can note that the outcome is unknown."""
    closed: list[str] = []

    def noting() -> Flow[None]:
        try:
            yield READ
        except GeneratorExit:
            closed.append("closed")
            raise

    effects = retrying(noting(), rules())
    next(effects)
    effects.close()
    assert closed == ["closed"]


def test_chance_is_drawn_between_0_and_1() -> None:
    """Without another source the waits are really random."""
    given = Rules(server_url="http://server/v1", policy=RetryPolicy(), gate=Gate(), now=Clock())
    draws = {given.chance() for _ in range(20)}
    assert len(draws) > 1
    assert all(0 <= draw < 1 for draw in draws)
