"""What is measured: each work, who does it, and what ours may cost at most."""

import attrs


@attrs.frozen
class Contender:
    """A library, as somebody has it installed."""

    name: str
    module: str
    without: tuple[str, ...] = ()
    """Modules hidden from it."""


ALL = Contender("kinto_sdk[speed,aiohttp]", "with_kinto_sdk")
SPEED = Contender("kinto_sdk[speed]", "with_kinto_sdk", ("httpx_aiohttp",))
AIOHTTP = Contender("kinto_sdk[aiohttp]", "with_kinto_sdk", ("orjson",))
PLAIN = Contender("kinto_sdk", "with_kinto_sdk", ("httpx_aiohttp", "orjson"))
KINTO_HTTP = Contender("kinto-http", "with_kinto_http")
HTTPX = Contender("bare httpx", "with_httpx")


@attrs.frozen
class Entry:
    """A contender's way to do a work, and its budget: at most this many times the CPU of the others."""

    contender: Contender
    case: str
    note: str = ""
    most: float | None = None
    """At most so many times kinto-http."""
    most_httpx: float | None = None
    """At most so many times bare httpx."""

    @property
    def name(self) -> str:
        """Who it is, and how."""
        return f"{self.contender.name}, {self.note}" if self.note else self.contender.name


@attrs.frozen
class Work:
    """Something to do so many times in a round. The last entries are whom it is compared with."""

    title: str
    size: int
    entries: tuple[Entry, ...]
    rounds: int
    """As many at least."""
    longest: float = 100.0
    """Seconds after which it is not done again, however little steady the machine was."""
    live: bool = False
    """On a real Kinto, not on the canned server."""

    def reference(self, contender: Contender) -> int | None:
        """The place of the first entry of this contender."""
        places = [place for place, entry in enumerate(self.entries) if entry.contender is contender]
        return places[0] if places else None


def single(title: str, case: str, other: str, most: float) -> Work:
    """One request at a time."""
    ours = (Entry(SPEED, case, most=most, most_httpx=1.10), Entry(PLAIN, case))
    return Work(title, 300, (*ours, Entry(KINTO_HTTP, other), Entry(HTTPX, other)), rounds=25)


def concurrent(title: str, case: str, most: float, *others: Entry) -> Work:
    """Many requests under way."""
    ours = (Entry(ALL, case, most=most), Entry(AIOHTTP, case), Entry(SPEED, case))
    return Work(title, 2_000, (*ours, Entry(KINTO_HTTP, case), *others), rounds=5)


WORKS = [
    single("One GET, its data read", "get", "get", 0.65),
    single("One PATCH", "patch", "patch", 0.70),
    single("Save a record with one field changed, dict", "save", "patch", 0.70),
    single("Save a record with one field changed, typed", "save_typed", "patch", 0.70),
    Work(
        "Iterate over 100 000 records in pages of 1 000",
        100_000,
        (
            Entry(SPEED, "iterate_unread", "data unread", most=0.40),
            Entry(SPEED, "iterate", "dict", most=0.55),
            Entry(SPEED, "iterate_typed", "typed, with a datetime", most=0.70),
            Entry(SPEED, "collect", "list of all, dict"),
            Entry(PLAIN, "iterate_unread", "data unread"),
            Entry(PLAIN, "iterate", "dict", most=0.75),
            Entry(PLAIN, "iterate_typed", "typed, with a datetime", most=0.85),
            Entry(KINTO_HTTP, "iterate", "get_records(), a list of dicts"),
            Entry(KINTO_HTTP, "iterate_pages", "get_paginated_records()"),
            Entry(HTTPX, "iterate"),
        ),
        rounds=15,
        longest=300,
    ),
    Work(
        "Create 10 000 records in batches of 25",
        10_000,
        (
            Entry(SPEED, "batch", "client.batch()", most=0.55),
            Entry(SPEED, "bulk", "create_records()"),
            Entry(PLAIN, "batch", "client.batch()", most=0.65),
            Entry(PLAIN, "bulk", "create_records()"),
            Entry(KINTO_HTTP, "batch"),
            Entry(HTTPX, "batch"),
        ),
        rounds=25,
    ),
    concurrent(
        "2 000 async GETs, 20 in flight",
        "reads",
        0.30,
        Entry(HTTPX, "reads"),
        Entry(HTTPX, "reads_on_aiohttp", "on aiohttp"),
    ),
    concurrent("2 000 async GETs, all at once", "reads_at_once", 0.35),
]

LIVE = [
    Work(
        "Read all of 5 000 records",
        5_000,
        (
            Entry(SPEED, "read_all"),
            Entry(PLAIN, "read_all"),
            Entry(KINTO_HTTP, "read_all"),
            Entry(HTTPX, "read_all"),
        ),
        rounds=3,
        longest=0,
        live=True,
    ),
    Work(
        "Create 300 records",
        300,
        (
            Entry(SPEED, "write_all"),
            Entry(ALL, "write_in_turn", "async, concurrency=1"),
            Entry(ALL, "write_concurrently", "async, concurrency=4"),
            Entry(PLAIN, "write_all"),
            Entry(KINTO_HTTP, "write_all"),
        ),
        rounds=3,
        longest=0,
        live=True,
    ),
]
"""No budget: the server's work is most of it."""
