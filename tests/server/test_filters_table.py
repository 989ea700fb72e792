"""Each operator selects what the same predicate selects in Python, on both backends, over values of every type."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, TypeAlias

import httpx
import pytest

from kinto_sdk.objects.query import QueryBase
from kinto_sdk.protocol.criteria import Condition
from kinto_sdk.protocol.dates import write_datetime
from kinto_sdk.protocol.filters import F
from kinto_sdk.testing import Backend

Document: TypeAlias = dict[str, Any]
Predicate: TypeAlias = Callable[[Document], bool]

PATH = "/buckets/b/collections/c/records"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
OLDEST = 1_700_000_000_000


class Missing:
    """What a document without the field has there."""


VALUES: dict[str, Any] = {
    "zero": 0,
    "one": 1,
    "one-float": 1.0,
    "five": 5,
    "half": 2.5,
    "tenth": 0.1,
    "negative": -3,
    "large": 2**63 + 1,
    "huge": 1.5e300,
    "yes": True,
    "no": False,
    "null": None,
    "empty": "",
    "abc": "abc",
    "Bcd": "Bcd",
    "digit": "1",
    "word-true": "true",
    "word-null": "null",
    "comma": "a,b",
    "quote": 'say "a"',
    "accent": "été",
    "emoji": "🥛",
    "odd": "50% (a.b) [c] \\d_{x}|^$+?",
    "no-array": "[1]",
    "noon": write_datetime(NOON),
    "night": write_datetime(NOON + timedelta(hours=12, microseconds=1)),
    "day": "2026-01-02",
    "nothing": [],
    "tags": ["red", "blue"],
    "numbers": [1, 2, "a,b"],
    "mixed": [None, True, 1.5, ["x"], {"k": 1}],
    "object": {},
    "deep": {"k": {"n": 3, "s": "milk"}},
    "deep-other": {"k": {"n": "3"}},
}
DOCUMENTS: dict[str, Document] = {
    **{name: {"x": value} for name, value in VALUES.items()},
    "missing": {"y": 1},
    "names": {"min_age": 3, "in_stock": True, "_hidden": 4, "my-field": 5, "eq_x": 6, "é": 7, "has_x": 8},
    "7": {"x": 7},
}


def value_of(document: Document, *names: str) -> Any:
    """The value of a field, as the server finds it."""
    value: Any = document
    for name in names:
        value = value.get(name, Missing) if isinstance(value, dict) else Missing
    return value


def is_number(value: Any) -> bool:
    """Whether it is a JSON number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same JSON: 1 is 1.0, but not true."""
    if is_number(left) and is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def x(predicate: Callable[[Any], bool]) -> Predicate:
    """A predicate on the field x."""
    return lambda document: predicate(value_of(document, "x"))


def matches(pattern: str) -> Callable[[Any], bool]:
    """Whether a value is text like the pattern."""
    parts = [re.escape(part) for part in (pattern if "*" in pattern else f"*{pattern}*").split("*")]
    expression = re.compile(".*".join(parts), re.IGNORECASE)
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def equalities() -> Iterator[tuple[Condition, Predicate]]:
    """== and != with a value of each kind, is_in and not_in with all of them."""
    for value in [*VALUES.values(), "nowhere", 4.5, {"k": {"n": 4}}]:
        yield F.x == value, x(lambda found, value=value: equal(found, value))
        if value is not None:
            yield F.x != value, x(lambda found, value=value: not equal(found, value))
    # The memory backend takes true for 1 in these two.
    listed = [value for value in VALUES.values() if not isinstance(value, (dict, bool)) and value not in (1, 0)]
    listed = [value for value in listed if not isinstance(value, list) or len(value) < 2]
    yield F.x.is_in(listed), x(lambda found: any(equal(found, value) for value in listed))
    yield F.x.not_in(listed), x(lambda found: not any(equal(found, value) for value in listed))
    yield F.x.is_in(["a,b", 'say "a"', "1"]), x(lambda found: found in ["a,b", 'say "a"', "1"])
    yield F.x.is_in([]), lambda _: False
    yield F.x.not_in([]), lambda _: True
    yield F.x != None, x(lambda found: found is not None and found is not Missing)  # noqa: E711
    yield F.x == NOON.astimezone(timezone(timedelta(hours=5))), x(lambda found: found == write_datetime(NOON))


def comparisons() -> Iterator[tuple[Condition, Predicate]]:
    """< <= > >= with numbers and with text."""
    for value in [0, 1, 2.5, 0.1, -3, 2**63 + 1, -1e308, 1e308]:
        yield F.x < value, x(lambda found, value=value: is_number(found) and found < value)
        yield F.x <= value, x(lambda found, value=value: is_number(found) and found <= value)
        yield F.x > value, x(lambda found, value=value: is_number(found) and found > value)
        yield F.x >= value, x(lambda found, value=value: is_number(found) and found >= value)
    for given in ["", "B", "abc", "été", "true", NOON, date(2026, 1, 2)]:
        text = write_datetime(given) if isinstance(given, datetime) else str(given)
        yield F.x < given, x(lambda found, text=text: isinstance(found, str) and found < text)
        yield F.x <= given, x(lambda found, text=text: isinstance(found, str) and found <= text)
        yield F.x > given, x(lambda found, text=text: isinstance(found, str) and found > text)
        yield F.x >= given, x(lambda found, text=text: isinstance(found, str) and found >= text)


def patterns() -> Iterator[tuple[Condition, Predicate]]:
    """like() with wildcards and with everything that is special in a regular expression or in SQL."""
    for pattern in [
        "",
        "B",
        "a*",
        "*C",
        "a*c",
        "*",
        "é",
        "50%",
        "%",
        "_",
        "(a.b)",
        "a?b",
        "\\d",
        "[c]",
        "{x}|^$+",
        '"',
    ]:
        yield F.x.like(pattern), x(matches(pattern))


def elements() -> Iterator[tuple[Condition, Predicate]]:
    """contains(), contains_any() and has()."""
    for values in [("red",), ("red", "blue"), ("red", "green"), (1,), ("a,b", 2), (None,), (True, 1.5), ({"k": 1},)]:

        def has_all(found: Any, values: tuple[Any, ...] = values) -> bool:
            return isinstance(found, list) and all(any(equal(item, value) for item in found) for value in values)

        def has_any(found: Any, values: tuple[Any, ...] = values) -> bool:
            return isinstance(found, list) and any(any(equal(item, value) for item in found) for value in values)

        yield F.x.contains(*values), x(has_all)
        yield F.x.contains_any(*values), x(has_any)
    # Text is no array of letters.
    yield F.x.contains("a"), lambda _: False
    yield F.x.contains_any("a", "b"), lambda _: False
    yield F.x.raw.contains([["x"]]), x(lambda found: isinstance(found, list) and ["x"] in found)
    yield F.x.has(), x(lambda found: found is not Missing)
    yield F.x.has(False), x(lambda found: found is Missing)


def names() -> Iterator[tuple[Condition, Predicate]]:
    """Sub-objects, names that look like operators, and names with anything in them."""
    yield F.x.k.n == 3, lambda document: equal(value_of(document, "x", "k", "n"), 3)
    yield F.x.k.n >= 3, lambda document: equal(value_of(document, "x", "k", "n"), 3)
    yield F.x.k.s.like("mil*"), lambda document: value_of(document, "x", "k", "s") == "milk"
    yield F.x.k.has(), lambda document: value_of(document, "x", "k") is not Missing
    for name, value in DOCUMENTS["names"].items():
        yield F[name] == value, lambda document, name=name: name in document
        if name != "my-field":
            yield F[name].is_in([9, value]), lambda document, name=name: name in document
            yield F[name].has(), lambda document, name=name: name in document
            if is_number(value):
                yield F[name] >= value, lambda document, name=name: name in document
                yield F[name] < value, lambda _: False


def server_fields() -> Iterator[tuple[Condition, Predicate]]:
    """The two fields of the server, id and last_modified."""
    for name in ["7", "abc", "null", "no-array"]:
        yield F.id == name, lambda document, name=name: document["id"] == name
        yield F.id != name, lambda document, name=name: document["id"] != name
        yield F.id < name, lambda document, name=name: document["id"] < name
        yield F.id >= name, lambda document, name=name: document["id"] >= name
    yield F.id.is_in(["7", "abc", "nowhere"]), lambda document: document["id"] in {"7", "abc"}
    yield F.id.not_in(["7", "abc"]), lambda document: document["id"] not in {"7", "abc"}
    yield F.id.like("no*"), lambda document: document["id"].startswith("no")
    middle = OLDEST + 10
    for given in [middle, str(middle), f'"{middle}"', datetime.fromtimestamp(middle / 1000, UTC)]:
        yield F.last_modified == given, lambda document: document["last_modified"] == middle
        yield F.last_modified != given, lambda document: document["last_modified"] != middle
        yield F.last_modified < given, lambda document: document["last_modified"] < middle
        yield F.last_modified <= given, lambda document: document["last_modified"] <= middle
        yield F.last_modified > given, lambda document: document["last_modified"] > middle
        yield F.last_modified >= given, lambda document: document["last_modified"] >= middle
    between = datetime.fromtimestamp(middle / 1000, UTC) + timedelta(microseconds=500)
    yield F.last_modified < between, lambda document: document["last_modified"] <= middle
    yield F.last_modified <= between, lambda document: document["last_modified"] <= middle
    yield F.last_modified > between, lambda document: document["last_modified"] > middle
    yield F.last_modified >= between, lambda document: document["last_modified"] > middle


CASES = [*equalities(), *comparisons(), *patterns(), *elements(), *names(), *server_fields()]

COMBINED: list[tuple[list[Condition], Predicate]] = [
    ([F.x > 0, F.x < 5], x(lambda found: is_number(found) and 0 < found < 5)),
    ([F.x >= "B", F.x < "b"], x(lambda found: isinstance(found, str) and "B" <= found < "b")),
    ([F.x >= "a", F.x.like("*c")], x(lambda found: isinstance(found, str) and found >= "a" and matches("*c")(found))),
    ([F.x.like("a*"), F.x.has()], x(matches("a*"))),
    ([F.x != 1, F.x.has()], x(lambda found: found is not Missing and not equal(found, 1))),
    ([F.x == 5, F.min_age.has(False)], x(lambda found: equal(found, 5))),
    ([F.x == 5, F.min_age.has()], lambda _: False),
    ([F.x.contains("red"), F.x.contains_any("blue", "green")], x(lambda found: found == ["red", "blue"])),
    ([F.x.is_in([5, 2.5]), F.x > 3], x(lambda found: equal(found, 5))),
    ([F.last_modified > OLDEST, F.x.has(False)], lambda document: document["id"] in {"missing", "names"}),
    ([F.x.raw > 3, F.x.raw < False], x(lambda found: is_number(found) and found > 3)),
]


@pytest.fixture(scope="module")
def kinto(servers: Any, backend: Backend) -> Iterator[httpx.Client]:
    """A server that has all the documents, one millisecond apart, and a tombstone."""
    server = servers.get({"backend": backend})
    server.flush()
    with httpx.Client(base_url=server.url, auth=("user", "secret"), timeout=60) as client:
        for path in ["/buckets/b", "/buckets/b/collections/c"]:
            client.put(path).raise_for_status()
        for position, (name, document) in enumerate(DOCUMENTS.items()):
            body = {"data": {**document, "last_modified": OLDEST + position}}
            client.put(f"{PATH}/{name}", json=body).raise_for_status()
        client.put(f"{PATH}/gone", json={"data": {"x": 5}}).raise_for_status()
        client.delete(f"{PATH}/gone").raise_for_status()
        yield client


def selected(kinto: httpx.Client, query: QueryBase[Any]) -> list[str]:
    """The ids of what the query selects."""
    response = kinto.get(f"{query.path}?{query.query_string}")
    assert response.status_code == 200, response.text
    return sorted(document["id"] for document in response.json()["data"])


def expected(predicate: Predicate) -> list[str]:
    """The ids of the documents that the predicate selects."""
    documents = [
        {**document, "id": name, "last_modified": OLDEST + position}
        for position, (name, document) in enumerate(DOCUMENTS.items())
    ]
    return sorted(document["id"] for document in documents if predicate(document))


@pytest.mark.parametrize(("condition", "predicate"), CASES, ids=[repr(condition) for condition, _ in CASES])
def test_a_condition_selects_what_python_selects(
    kinto: httpx.Client, condition: Condition, predicate: Predicate
) -> None:
    """A condition selects exactly the live records for which the same comparison holds in Python."""
    assert selected(kinto, QueryBase[Any](path=PATH).where(condition)) == expected(predicate)


@pytest.mark.parametrize(("conditions", "predicate"), COMBINED, ids=[repr(conditions) for conditions, _ in COMBINED])
def test_conditions_add_up(kinto: httpx.Client, conditions: list[Condition], predicate: Predicate) -> None:
    """Several conditions select what satisfies all of them, in whatever order they are given."""
    query = QueryBase[Any](path=PATH)
    assert selected(kinto, query.where(*conditions)) == expected(predicate)
    assert selected(kinto, query.where(*reversed(conditions))) == expected(predicate)


def test_since_and_before_list_live_records_only(kinto: httpx.Client) -> None:
    """since() and before() are strict bounds, and leave tombstones out."""
    query = QueryBase[Any](path=PATH).since(OLDEST + 1).before(datetime.fromtimestamp(OLDEST / 1000 + 0.005, UTC))
    assert selected(kinto, query) == expected(lambda document: OLDEST + 1 < document["last_modified"] < OLDEST + 5)
    assert "gone" not in selected(kinto, QueryBase[Any](path=PATH).since(0))


def test_head_counts_what_get_lists(kinto: httpx.Client) -> None:
    """HEAD, which count() will use, gives the number of records that GET lists."""
    query = QueryBase[Any](path=PATH).where(F.x >= 1)
    response = kinto.head(f"{query.path}?{query.query_string}")
    assert int(response.headers["Total-Objects"]) == len(selected(kinto, query))


def test_order_and_projection_reach_the_server(kinto: httpx.Client) -> None:
    """order_by(), only() and limit() do what they say."""
    query = QueryBase[Any](path=PATH).where(F.x > 0, F.x < 10).order_by(-F.x, "id").only(F.x).limit(3)
    response = kinto.get(f"{query.path}?{query.query_string}")
    rows = [(row["id"], row["x"]) for row in response.json()["data"]]
    assert rows == [("7", 7), ("five", 5), ("half", 2.5)]
    assert all(row.keys() == {"id", "last_modified", "x"} for row in response.json()["data"])


def test_history_takes_conditions_on_last_modified(kinto: httpx.Client) -> None:
    """A list with a closed schema accepts what the builder adds: bounds and not_deleted."""
    known = frozenset({"last_modified", "record_id", "target", "action"})
    query = (
        QueryBase[Any](path="/buckets/b/history", allowed=known).since(0).where(F.target.data.x >= 5, action="create")
    )
    response = kinto.get(f"{query.path}?{query.query_string}")
    found = {entry["record_id"] for entry in response.json()["data"]}
    assert found == {"five", "large", "huge", "7", "gone"}


DIFFERENCES: dict[str, tuple[Condition, list[str], list[str]]] = {
    "true is 1 in a list, for memory": (F.x.is_in([1]), ["one", "one-float", "yes"], ["one", "one-float"]),
    "memory looks for keys too": (F.x.contains("k"), ["deep", "deep-other"], []),
    "PostgreSQL looks into elements": (F.x.contains({}), [], ["mixed"]),
    "1.0 is not 1 in an array, for memory": (F.x.contains(1.0), [], ["numbers"]),
}


@pytest.mark.parametrize(("condition", "memory", "postgresql"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_known_differences(
    kinto: httpx.Client, backend: Backend, condition: Condition, memory: list[str], postgresql: list[str]
) -> None:
    """Where the backends differ, and no parameter can make them agree, they differ as documented."""
    assert selected(kinto, QueryBase[Any](path=PATH).where(condition)) == (
        memory if backend == "memory" else postgresql
    )


def test_memory_heeds_the_last_presence_alone(kinto: httpx.Client, backend: Backend) -> None:
    """Of several has() in one query the memory backend takes the last, PostgreSQL all."""
    query = QueryBase[Any](path=PATH).where(F.x.has(), F.min_age.has())
    assert selected(kinto, query) == (["names"] if backend == "memory" else [])


def test_the_bounds_are_needed(kinto: httpx.Client) -> None:
    """Without its bound a comparison selects other types too, which is what raw is for."""
    found = selected(kinto, QueryBase[Any](path=PATH).where(F.x.raw > 5))
    assert {"yes", "missing", "tags"} <= set(found)
    assert json.loads(dict((F.x.raw > 5).params)["gt_x"]) == 5
