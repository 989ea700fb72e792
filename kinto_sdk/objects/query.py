"""What to ask of a list: an immutable builder. Every method returns a new query, and none sends anything."""

import re
from datetime import datetime
from typing import Any, Generic, NoReturn, Self, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import attrs

from ..protocol.criteria import Condition, Parameter, assemble, encode, reads_as_operator
from ..protocol.errors import UsageError
from ..protocol.filters import F, Field, counterpart
from ..protocol.jsontypes import plain_text
from ..protocol.timestamps import to_version

T = TypeVar("T")

PAGE_SIZE = 1000
"""Objects per page unless `page_size()` says otherwise. Without a limit the server might send all at once."""

_METHODS = {
    "_limit": "limit() or page_size()",
    "_sort": "order_by()",
    "_fields": "only()",
    "_since": "since()",
    "_before": "before()",
    "_to": "before()",
    "_token": "iteration, which follows the pages",
}
_SORTABLE = re.compile(r"-?\w+(\.\w+)*")
_LISTS_TOMBSTONES = re.compile(r"_since|_before|((lt|max|gt|min|not|eq)_)?last_modified")
_SIGN = re.compile(r"[<>!=]")


@attrs.frozen(kw_only=True, repr=False)
class QueryBase(Generic[T]):
    """A lazy, immutable query on a list: conditions, order, page size.

    `request_params` shows what it sends.
    """

    path: str
    """The path of the list, percent-encoded and relative to the API root."""
    _allowed: frozenset[str] | None = attrs.field(default=None, alias="allowed")
    """The only fields this list can be filtered, sorted and cut down by; None for any."""
    _scope: tuple[Condition, ...] = attrs.field(default=(), alias="scope")
    """Conditions that say what the list is, as one record's part of the history; no choice of the user's."""
    _conditions: tuple[Condition, ...] = attrs.field(default=(), alias="conditions")
    _raw: tuple[Parameter, ...] = attrs.field(default=(), alias="raw")
    _since: int | None = attrs.field(default=None, alias="since")
    _before: int | None = attrs.field(default=None, alias="before")
    _order: tuple[str, ...] = attrs.field(default=(), alias="order")
    _only: tuple[str, ...] = attrs.field(default=(), alias="only")
    _essential: tuple[str, ...] = attrs.field(default=(), alias="essential")
    """What `only()` reads in any case: without it, what is listed could not be told."""
    _limit: int | None = attrs.field(default=None, alias="limit")
    """How many objects to return in all. The server only knows pages: whoever reads them stops there."""
    _page_size: int = attrs.field(default=PAGE_SIZE, alias="page_size")
    _consistent: bool = attrs.field(default=False, alias="consistent")
    """Later pages are to be read with `If-Match`."""

    # ---- conditions ----

    def where(self, *conditions: Condition | bool, **equalities: object) -> Self:
        """Only the objects for which all of these hold: `where(F.votes >= 3, F.title.like("a*"), done=False)`.

        A keyword is an equality. Several calls add up. `|` can't be expressed: `is_in()` on one field can.

        Raises:
            UsageError: a value has no JSON form, the server would misread a name or value, the list can't be
                filtered by that field, or two conditions ask for different values of one parameter.
        """
        added = [
            *map(_condition, conditions),
            *(_equality(name, value) for name, value in equalities.items()),
        ]
        for condition in added:
            self._allow(condition.field, condition.wording)
        return self._checked(attrs.evolve(self, conditions=(*self._conditions, *added)))

    def since(self, version: int | str | datetime) -> Self:
        """Only objects changed after a version: milliseconds, an ETag, or an aware datetime.

        The last call counts. The server refuses a version that is more than a day in the future. Deleted objects are
        left out, and with them those whose own data says `deleted: true`.

        Raises:
            UsageError: it is none of these, negative, or naive.
        """
        self._allow("last_modified", "since()")
        return self._checked(attrs.evolve(self, since=to_version(version, "since()")))

    def before(self, version: int | str | datetime) -> Self:
        """Only objects last changed before a version: milliseconds, an ETag, or an aware datetime.

        The last call counts. The server refuses a version that is more than a day in the future. Deleted objects are
        left out, and with them those whose own data says `deleted: true`.

        Raises:
            UsageError: it is none of these, negative, or naive.
        """
        self._allow("last_modified", "before()")
        return self._checked(attrs.evolve(self, before=to_version(version, "before()", round_up=True)))

    def param(self, name: str, value: object) -> Self:
        """A parameter of the query string, sent as it is given (text unquoted, anything else as JSON).

        For what the builder has no word for: `param("_expected", 0)`. A name without a leading underscore is a
        filter.

        Raises:
            UsageError: the builder has a method for it, or the query has the parameter with another value.
        """
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
            raise UsageError(f"param({name!r}): that is not the name of a parameter")
        text = plain_text(value) if isinstance(value, str) else encode(value, f"param({name!r})")
        return self._with_raw((plain_text(name), text), f"param({name!r})")

    def where_raw(self, query_string: str) -> Self:
        """Filters in the server's own language, percent-encoded: `where_raw("min_votes=3&like_title=milk")`.

        Nothing is added that keeps comparisons to the type of their value.

        Raises:
            UsageError: it is not a query string, the builder has a method for one of its parameters, or the query
                has one with another value.
        """
        call = f"where_raw({query_string!r})"
        try:
            pairs = parse_qsl(query_string.removeprefix("?"), keep_blank_values=True, strict_parsing=True)
        except (AttributeError, TypeError, ValueError) as error:
            if isinstance(error, ValueError) and re.search("[<>]", query_string):
                _refuse_sign(query_string, call)
            raise UsageError(f'{call}: not a query string; write it like "min_votes=3&done=true"') from None
        query = self
        for pair in pairs:
            if _SIGN.match(pair[1]):
                _refuse_sign(pair[0], call)
            query = query._with_raw(pair, call)
        return query

    # ---- order, size, shape ----

    def order_by(self, *names: str | Field) -> Self:
        """Sort by these, `-` in front for greatest first: `order_by("-votes", F.title)`.

        It replaces an earlier order; without any name, the server's own comes back: last changed first. The server
        puts null before text, numbers, booleans, arrays and objects, and what lacks the field last. Among equals the
        last changed comes first. A list of several pages can't be sorted by a field that holds arrays or objects.

        Raises:
            UsageError: a name that the server would ignore, or that this list can't be sorted by.
        """
        order = _names(names, "order_by")
        for name in order:
            if not _SORTABLE.fullmatch(name):
                raise UsageError(
                    f"order_by({name!r}): the server sorts by names of letters, digits, _ and dots, with - in "
                    "front for descending, and ignores others; sort in Python"
                )
            self._allow(name.removeprefix("-"), f"order_by({name!r})")
        return attrs.evolve(self, order=order)

    def only(self, *names: str | Field) -> "QueryBase[Any]":
        """Return these fields alone, with `id` and `last_modified`; dots reach into sub-objects.

        Raises:
            UsageError: no name, one with a comma in it, or one that this list does not have.
        """
        if not names:
            raise UsageError("only(): name the fields to return")
        wanted = _names(names, "only")
        for name in wanted:
            if not name or "," in name:
                raise UsageError(f"only({name!r}): the server splits the names at commas; give them one by one")
            self._allow(name, f"only({name!r})")
        return attrs.evolve(self, only=(*wanted, *(name for name in self._essential if name not in wanted)))

    def limit(self, n: int) -> Self:
        """Return at most `n` objects in all, over as many pages as that takes.

        Raises:
            UsageError: it is not a whole number above 0.
        """
        return attrs.evolve(self, limit=_positive(n, "limit"))

    def page_size(self, n: int) -> Self:
        """Ask for `n` objects per request (default 1000). The server may have a lower limit of its own.

        Raises:
            UsageError: it is not a whole number above 0.
        """
        return attrs.evolve(self, page_size=_positive(n, "page_size"))

    def consistent(self) -> Self:
        """Have every page come from one state of the list: later pages are read with `If-Match`.

        When the list changes meanwhile, reading on raises `ConflictError`. Without it, objects that change while
        the pages are read are missed.
        """
        return attrs.evolve(self, consistent=True)

    # ---- what it sends ----

    @property
    def request_params(self) -> list[tuple[str, str]]:
        """The parameters of the first page's request: names and values, not yet percent-encoded."""
        params = [*self._filters()]
        if self._order:
            params.append(("_sort", ",".join(self._order)))
        if self._only:
            params.append(("_fields", ",".join(self._only)))
        size = self._page_size if self._limit is None else min(self._page_size, self._limit)
        params.append(("_limit", str(size)))
        return params

    @property
    def query_string(self) -> str:
        """`request_params`, percent-encoded."""
        try:
            return urlencode(self.request_params, quote_via=quote, safe=",:")
        except UnicodeEncodeError as error:
            raise UsageError(f"{error.object!r} in a query: half a surrogate pair can't be sent") from None

    @property
    def is_filtered(self) -> bool:
        """Whether a condition selects objects. When none does, deleting what it finds deletes the whole list."""
        chosen = assemble(self._conditions, self._bounds())
        return any(not name.startswith("_") or name in ("_since", "_before") for name, _ in chosen)

    def _bounds(self) -> list[Parameter]:
        raw = list(self._raw)
        if self._since is not None:
            raw.append(("_since", str(self._since)))
        if self._before is not None:
            raw.append(("_before", str(self._before)))
        return raw

    def _filters(self) -> tuple[Parameter, ...]:
        conditions, raw = (*self._scope, *self._conditions), self._bounds()
        filters = assemble(conditions, raw)
        if any(_LISTS_TOMBSTONES.fullmatch(name) for name, _ in filters):
            # A filter on last_modified makes the server list the deleted objects too.
            filters = assemble(conditions, [*raw, ("not_deleted", "true")])
        return filters

    def _checked(self, query: Self) -> Self:
        """The query, once its filters are known to go together."""
        query._filters()
        return query

    def _with_raw(self, parameter: Parameter, call: str) -> Self:
        name = parameter[0]
        if _SIGN.search(name):
            _refuse_sign(name, call)
        if not name or name != name.strip():
            raise UsageError(f"{call}: {name!r} is not the name of a parameter")
        if name in _METHODS:
            raise UsageError(f"{call}: {name} is the business of {_METHODS[name]}")
        return self._checked(attrs.evolve(self, raw=(*self._raw, parameter)))

    def _allow(self, field: str, wording: str) -> None:
        if self._allowed is not None and field.split(".", 1)[0] not in self._allowed:
            raise UsageError(
                f"{wording}: this list has no {field}, the server knows {', '.join(sorted(self._allowed))}"
            )

    def __bool__(self) -> bool:
        raise UsageError("a query is neither true nor false, nothing was sent yet; write query.exists()")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}?{self.query_string}>"


def _condition(given: object) -> Condition:
    if isinstance(given, Condition):
        return given
    if isinstance(given, Field):
        raise UsageError(f"where({given!r}): compare the field with a value: {given!r} == True")
    raise UsageError(f"where({given!r}): conditions are made by comparing fields: where(F.votes >= 3, done=False)")


def _equality(name: str, value: object) -> Condition:
    field, _, lookup = name.rpartition("__")
    instead = counterpart(f"F.{field.replace('__', '.')}", lookup) if field else None
    if instead is not None:
        raise UsageError(f"where({name}=...): a keyword is an equality; write it as an expression: {instead}")
    if reads_as_operator(name):
        raise UsageError(
            f"where({name}=...): a keyword is an equality, and this one reads like an operator or option of the "
            f"server; write F.votes >= 3 for an operator, F[{name!r}] == value for a field of that name"
        )
    return F[name] == value


def _refuse_sign(name: str, call: str) -> NoReturn:
    """Refuse a sign where the server knows none: it would look for a field of that name, and find nothing."""
    field = re.split(r"[^\w.]", name, maxsplit=1)[0] or "votes"
    raise UsageError(
        f"{call}: the server's filters are {field}=3, min_{field}=3 (>=), gt_{field} (>), max_{field} (<=), "
        f"lt_{field} (<) and not_{field} (!=)"
    )


def _names(given: tuple[object, ...], call: str) -> tuple[str, ...]:
    for name in given:
        if not isinstance(name, (str, Field)):
            raise UsageError(f"{call}({name!r}): give names of fields, one by one: {call}('title', F.votes)")
    return tuple(plain_text(name) if isinstance(name, str) else str(name) for name in given)


def _positive(n: object, call: str) -> int:
    if isinstance(n, int) and not isinstance(n, bool) and n > 0:
        return n
    raise UsageError(f"{call}({n!r}): give a whole number above 0")
