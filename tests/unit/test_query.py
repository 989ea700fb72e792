"""The query builder: what goes out, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import attrs
import pytest

from kinto_sdk import Client
from kinto_sdk.objects.query import QueryBase
from kinto_sdk.protocol.errors import UsageError
from kinto_sdk.protocol.filters import F

if TYPE_CHECKING:
    from kinto_sdk.protocol.criteria import Condition

PATH = "/buckets/b/collections/c/records"
ALL: QueryBase[Any] = QueryBase(path=PATH)
LOWEST = "-1.7976931348623157e308"
LIMIT = ("_limit", "1000")


@pytest.mark.parametrize(
    ("query", "params"),
    [
        (ALL, [LIMIT]),
        (ALL.where(), [LIMIT]),
        (ALL.where(done=False, title="2"), [("done", "false"), ("title", '"2"'), LIMIT]),
        (ALL.where(F.n >= 3).where(F.n < 10), [("min_n", "3"), ("lt_n", "10"), LIMIT]),
        (ALL.where(F.n > 3, F.n >= 5), [("gt_n", "3"), ("min_n", "5"), ("lt_n", "false"), LIMIT]),
        (ALL.where(F.n > 3, F.m > 3), [("gt_n", "3"), ("gt_m", "3"), ("lt_n", "false"), ("lt_m", "false"), LIMIT]),
        (ALL.where(F.n == 3).where(n=3), [("n", "3"), LIMIT]),
        (ALL.where(F.s >= "a", F.s.like("b")), [("min_s", '"a"'), ("lt_s", LOWEST), ("like_s", '"b"'), LIMIT]),
        (ALL.where(F.n == 3, F.m.has()), [("has_m", "true"), ("n", "3"), LIMIT]),
        (ALL.where(F.n.raw > 3), [("gt_n", "3"), LIMIT]),
        (ALL.where(F.n.raw > 3, F.n < 5), [("gt_n", "3"), ("lt_n", "5"), ("min_n", LOWEST), LIMIT]),
        (ALL.where(F.n.not_in([])), [LIMIT]),
        (ALL.where(F.last_modified > 5), [("gt_last_modified", "5"), ("not_deleted", "true"), LIMIT]),
        (ALL.where(last_modified=5, id="a"), [("last_modified", "5"), ("id", '"a"'), ("not_deleted", "true"), LIMIT]),
        (
            ALL.where(F.last_modified > 5, F.deleted != True).since(1).before(9),  # noqa: E712
            [("gt_last_modified", "5"), ("not_deleted", "true"), ("_since", "1"), ("_before", "9"), LIMIT],
        ),
        (ALL.since(1).since('"2"'), [("_since", "2"), ("not_deleted", "true"), LIMIT]),
        (ALL.since(datetime.fromtimestamp(1.0005, UTC)), [("_since", "1000"), ("not_deleted", "true"), LIMIT]),
        (ALL.before(datetime.fromtimestamp(1.0005, UTC)), [("_before", "1001"), ("not_deleted", "true"), LIMIT]),
        (ALL.where(my_last_modified=5), [("my_last_modified", "5"), LIMIT]),
        (ALL.order_by("-votes", F.title, -F.a.b), [("_sort", "-votes,title,-a.b"), LIMIT]),
        (ALL.order_by("a").order_by("b"), [("_sort", "b"), LIMIT]),
        (ALL.order_by("a").order_by(), [LIMIT]),
        (ALL.only("a", F.b.c, "my-field"), [("_fields", "a,b.c,my-field"), LIMIT]),
        (ALL.limit(50), [("_limit", "50")]),
        (ALL.limit(5000), [LIMIT]),
        (ALL.limit(500).page_size(200), [("_limit", "200")]),
        (ALL.page_size(2000).limit(1500), [("_limit", "1500")]),
        (ALL.consistent(), [LIMIT]),
        (ALL.param("_expected", 0).param("plain", "text"), [("_expected", "0"), ("plain", "text"), LIMIT]),
        (ALL.where_raw("min_n=2&s=%22a%20b%22&t="), [("min_n", "2"), ("s", '"a b"'), ("t", ""), LIMIT]),
        (ALL.where_raw("title=abc=="), [("title", "abc=="), LIMIT]),
        (ALL.where(a__b=1), [("a__b", "1"), LIMIT]),
        (ALL.where_raw("?min_last_modified=2"), [("min_last_modified", "2"), ("not_deleted", "true"), LIMIT]),
        (ALL.where(F.n == 1).where_raw("has_m=true"), [("has_m", "true"), ("n", "1"), LIMIT]),
    ],
    ids=repr,
)
def test_what_is_sent(query: QueryBase[Any], params: list[tuple[str, str]]) -> None:
    """request_params is exactly what the first request asks, each name once, and a limit always."""
    assert query.request_params == params


def test_the_query_string_is_percent_encoded() -> None:
    """Whatever names and values hold, the server decodes the same names and values."""
    query = ALL.where(F["a b&c=d"] == "é&=+#% \n", F.s.like('"*"')).param("_x", "+")
    assert parse_qsl(query.query_string, keep_blank_values=True) == query.request_params
    assert query.query_string.isascii()
    assert ALL.where(F.n.is_in([1, 2])).query_string == "in_n=1,2&_limit=1000"


def test_a_query_never_changes() -> None:
    """Every method returns another query, so that one can be the start of several."""
    base = ALL.where(done=False)
    before = base.request_params
    for other in [
        base.where(n=1),
        base.since(1),
        base.order_by("a"),
        base.limit(1),
        base.only("a"),
        base.param("a", 1),
    ]:
        assert other.request_params != before
    assert base.request_params == before
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        base.path = "/buckets"  # type: ignore[misc]  # wrong on purpose


def test_a_subclass_keeps_what_it_adds() -> None:
    """The builder's methods return the class they are called on, with its own attributes."""

    @attrs.frozen(kw_only=True, eq=False, repr=False)
    class Query(QueryBase[str]):
        _port: object = attrs.field(alias="port")

    port = object()
    query = Query(path=PATH, port=port).where(n=1).since(1).order_by("a").limit(1).page_size(1).consistent()
    for made in (query.before(2), query.param("_a", 1), query.where_raw("b=1"), query.only("a")):
        assert type(made) is Query
        assert made._port is port
        assert made._consistent


@pytest.mark.parametrize(
    ("query", "filtered"),
    [
        (ALL, False),
        (ALL.where(), False),
        (ALL.where(F.n.not_in([])), False),
        (ALL.limit(5).page_size(2).order_by("a").only("a").consistent(), False),
        (ALL.param("_expected", 1), False),
        (ALL.where(n=1), True),
        (ALL.where(F.n.is_in([])), True),
        (ALL.since(1), True),
        (ALL.before(1), True),
        (ALL.where_raw("n=1"), True),
        (ALL.param("n", 1), True),
    ],
    ids=repr,
)
def test_whether_it_would_delete_everything(query: QueryBase[Any], filtered: bool) -> None:
    """is_filtered is False exactly when nothing selects objects; limits and order do not."""
    assert query.is_filtered is filtered


REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    ("two equalities", lambda: ALL.where(n=1).where(n=2), "n=1 already"),
    ("two lower bounds", lambda: ALL.where(F.n > 1, F.n > 2), "merge the two conditions"),
    ("two presences", lambda: ALL.where(F.n.has(), F.n.has(False)), "has_n=true already"),
    ("number and text", lambda: ALL.where(F.n > 1, F.n < "a"), "no value is both number and text"),
    ("number and pattern", lambda: ALL.where(F.n > 1, F.n.like("a")), "no value is both number and text"),
    ("condition and raw", lambda: ALL.where(n=1).where_raw("n=2"), "n=1 already"),
    ("raw twice", lambda: ALL.where_raw("n=1&n=2"), "n=1 already"),
    ("a string", lambda: ALL.where("votes >= 3"), "where(F.votes >= 3"),  # type: ignore[arg-type]  # wrong on purpose
    ("a bool", lambda: ALL.where(True), "conditions are made by comparing fields"),
    ("a field", lambda: ALL.where(F.done), "F.done == True"),  # type: ignore[arg-type]  # wrong on purpose
    ("operator keyword", lambda: ALL.where(min_votes=3), "F['min_votes'] == value"),
    ("option keyword", lambda: ALL.where(_sort="a"), "option of the server"),
    ("lookup keyword", lambda: ALL.where(votes__gte=3), "as an expression: F.votes >= value"),
    ("nested lookup", lambda: ALL.where(a__b__like="x"), 'as an expression: F.a.b.like("x*")'),
    ("lookup within", lambda: ALL.where(title__icontains="x"), 'as an expression: F.title.like("x")'),
    ("presence as a lookup", lambda: ALL.where(tags__has=True), "as an expression: F.tags.has()"),
    ("naive since", lambda: ALL.since(datetime(2026, 1, 2)), "datetime.now(UTC)"),  # noqa: DTZ001
    ("negative since", lambda: ALL.since(-1), "after 1970"),
    ("float since", lambda: ALL.since(1.5), "int milliseconds"),
    ("text before", lambda: ALL.before("yesterday"), "int milliseconds"),
    ("no limit", lambda: ALL.limit(0), "above 0"),
    ("negative limit", lambda: ALL.limit(-1), "limit(-1): give a whole number above 0"),
    ("boolean limit", lambda: ALL.limit(True), "above 0"),
    ("float page", lambda: ALL.page_size(2.0), "above 0"),  # type: ignore[arg-type]  # wrong on purpose
    ("sort by -", lambda: ALL.order_by("my-field"), "sort in Python"),
    ("sort by --", lambda: ALL.order_by("--a"), "sort in Python"),
    ("sort by nothing", lambda: ALL.order_by(""), "sort in Python"),
    ("sort by a list", lambda: ALL.order_by("a,b"), "sort in Python"),
    ("sort by +", lambda: ALL.order_by("+a"), "sort in Python"),
    ("only nothing", ALL.only, "name the fields"),
    ("only empty", lambda: ALL.only(""), "one by one"),
    ("only a list", lambda: ALL.only("a,b"), "one by one"),
    ("limit as param", lambda: ALL.param("_limit", 5), "limit() or page_size()"),
    ("token as param", lambda: ALL.param("_token", "x"), "follows the pages"),
    ("since as raw", lambda: ALL.where_raw("_since=5"), "since()"),
    ("nameless param", lambda: ALL.param(" ", 5), "not the name of a parameter"),
    ("unfit param", lambda: ALL.param("_x", {1}), "no JSON form"),
    ("half a pair in a name", lambda: ALL.only("\ud800").query_string, "half a surrogate pair"),
    ("no query string", lambda: ALL.where_raw("votes"), "min_votes=3"),
    ("truth", lambda: bool(ALL), "query.exists()"),
    ("sort by None", lambda: ALL.order_by(None), "one by one"),  # type: ignore[arg-type]  # wrong on purpose
    ("sort by several at once", lambda: ALL.order_by(["a"]), "one by one"),  # type: ignore[arg-type]  # wrong on purpose
    ("only several at once", lambda: ALL.only(["a"]), "one by one"),  # type: ignore[arg-type]  # wrong on purpose
    ("only a number", lambda: ALL.only(5), "one by one"),  # type: ignore[arg-type]  # wrong on purpose
    ("a param of another type", lambda: ALL.param(5, 1), "not the name of a parameter"),  # type: ignore[arg-type]  # wrong on purpose
    ("a sign as raw", lambda: ALL.where_raw("votes>=3"), "min_votes=3 (>=), gt_votes (>), max_votes (<=)"),
    ("a sign without an equal sign as raw", lambda: ALL.where_raw("votes>3"), "gt_votes (>)"),
    ("a sign and blanks as raw", lambda: ALL.where_raw("votes != 3"), "not_votes (!=)"),
    ("two equal signs as raw", lambda: ALL.where_raw("done=true&votes==3"), "the server's filters are votes=3"),
    ("a sign alone as raw", lambda: ALL.where_raw(">=3"), "min_votes=3"),
    ("a sign in a param", lambda: ALL.param("votes<", 3), "max_votes"),
    ("no text as raw", lambda: ALL.where_raw(None), "min_votes=3"),  # type: ignore[arg-type]  # wrong on purpose
]


@pytest.mark.parametrize(("make", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_can_not_be_right_is_refused(make: Callable[[], Any], words: str) -> None:
    """What can't be right raises when it is written, in one line that says why and what to write instead."""
    with pytest.raises(UsageError) as caught:
        make()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_list_with_fixed_fields_refuses_others() -> None:
    """History and permissions can be filtered, sorted and cut down by their own fields alone."""
    closed: QueryBase[Any] = QueryBase(path="/buckets/b/history", allowed=frozenset({"action", "target"}))
    assert closed.where(F.target.data.n == 2, action="create").order_by("-action").only("target.data").is_filtered
    makes: list[Callable[[], Any]] = [
        lambda: closed.where(title="x"),
        lambda: closed.where(F.data.n == 1),
        lambda: closed.order_by("-title"),
        lambda: closed.only("title"),
        lambda: closed.since(1),
        lambda: closed.before(1),
    ]
    for make in makes:
        with pytest.raises(UsageError, match=r"this list has no .*, the server knows action, target"):
            make()


def test_a_query_shows_what_it_asks() -> None:
    """The repr is the path and the query string, and equal queries are equal."""
    assert repr(ALL.where(n=1)) == f"<QueryBase {PATH}?n=1&_limit=1000>"
    assert ALL.where(n=1) == ALL.where(F.n == 1)


def test_conditions_are_shared_not_copied() -> None:
    """A condition is made once and can serve in many queries."""
    condition: Condition = F.n == 1
    assert ALL.where(condition)._conditions[0] is condition


def test_every_list_can_be_a_key() -> None:
    """Queries are values, also those that ask for a plugin first."""
    client = Client("http://kinto.test")
    lists = [client.buckets(), client.accounts(), client.my_permissions(), client.bucket("b").history()]
    assert len({*lists, *lists}) == 4
