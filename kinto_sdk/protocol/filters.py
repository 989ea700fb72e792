"""`F`: the fields of a document as Python expressions, `F.votes >= 3`, that become conditions of a query."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Protocol, cast

import attrs

from .arguments import shown
from .criteria import Condition, Kind, Side, encode, encode_item, parameter_name
from .errors import UsageError
from .jsonable import jsonable
from .jsontypes import plain_text
from .timestamps import to_version

_OPERATORS = "== != < <= > >= is_in not_in like has contains contains_any"
_ELSEWHERE: Mapping[str, str] = {
    "eq exact": "{} == value",
    "ne not": "{} != value",
    "gt": "{} > value",
    "ge gte min": "{} >= value",
    "lt": "{} < value",
    "le lte max": "{} <= value",
    "in in_ isin is_in": "{}.is_in([1, 2])",
    "nin notin not_in exclude": "{}.not_in([1, 2])",
    "like ilike iexact regex iregex": '{}.like("x*")',
    "icontains": '{}.like("x")',
    "startswith istartswith": '{}.like("x*")',
    "endswith iendswith": '{}.like("*x")',
    "contains": '{0}.contains("x") of an array, {0}.like("x") of text',
    "contains_any": "{}.contains_any(1, 2)",
    "isnull is_null is_none is_": "{0} == None, or {0}.has(False) where it is missing",
    "has exists": "{}.has()",
    "range between": "two conditions: {0} >= 1, {0} <= 5",
    "desc": "order_by(-{})",
    "asc": "order_by({})",
}
_COUNTERPARTS = {name: form for names, form in _ELSEWHERE.items() for name in names.split()}
_ORDER: Mapping[str, tuple[str, Side]] = {
    "<": ("lt", "upper"),
    "<=": ("max", "upper"),
    ">": ("gt", "lower"),
    ">=": ("min", "lower"),
}
_SPECIAL_IN_PATTERNS = re.compile(r"[\\.^$+?{}\[\]()|%_]")


class Scope(Protocol):
    """The names that exist at one level of a document."""

    def find(self, name: str) -> "tuple[str, Scope | None]":
        """The server's name for this one, and the scope of what is below; None where anything goes."""
        ...


class Field:
    """A field of the documents in a list. Comparing it gives a `Condition`, and nothing is sent.

    `F.author.name` reaches into sub-objects, `F["my-field"]` takes any name. A sub-field with the name of a
    method here is reached the second way: `F.options["like"]`.
    """

    __slots__ = ("__path", "__raw", "__scope")

    def __init__(self, path: str, *, scope: Scope | None = None, raw: bool = False) -> None:
        self.__path = path
        self.__scope = scope
        self.__raw = raw

    def __getattr__(self, name: str) -> "Field":
        if name.startswith(("__", "_Field__")):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> "Field":
        step, scope = find(self.__scope, name)
        return Field(f"{self.__path}.{step}", scope=scope, raw=self.__raw)

    @property
    def raw(self) -> "Field":
        """The same field, with operators that send exactly what they are given.

        No bound keeps a comparison to the type of its value, any JSON value can be compared, and `like()` passes
        its pattern on, which is a regular expression for the memory backend and a SQL pattern for PostgreSQL.
        """
        return Field(self.__path, scope=self.__scope, raw=True)

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # an expression, not a comparison
        """Equal as JSON: 1 is 1.0 but not true. A record without the field equals nothing, None included."""
        wording = f"{self!r} == {shown(value)}"
        return self.__condition("", self.__json(value, wording), wording)

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # an expression, not a comparison
        """Not equal as JSON; a record without the field is not equal either. `!= None`: it has a value."""
        wording = f"{self!r} != {shown(value)}"
        condition = self.__condition("not", self.__json(value, wording), wording)
        if value is None and not self.__raw:
            return attrs.evolve(condition, own=(*self.has().own, *condition.own))
        return condition

    def __lt__(self, value: object) -> Condition:
        """Less than; only records whose value is of the same type."""
        return self.__ordered("<", value)

    def __le__(self, value: object) -> Condition:
        """At most; only records whose value is of the same type."""
        return self.__ordered("<=", value)

    def __gt__(self, value: object) -> Condition:
        """Greater than; only records whose value is of the same type."""
        return self.__ordered(">", value)

    def __ge__(self, value: object) -> Condition:
        """At least; only records whose value is of the same type."""
        return self.__ordered(">=", value)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # == does not compare

    def is_in(self, values: Iterable[object]) -> Condition:
        """Equal to one of the values. No value matches nothing."""
        wording = f"{self!r}.is_in(...)"
        return self.__condition("in", self.__items(values, wording), wording)

    def not_in(self, values: Iterable[object]) -> Condition:
        """Equal to none of the values; records without the field match too. No value matches everything."""
        wording = f"{self!r}.not_in(...)"
        text = self.__items(values, wording)
        condition = self.__condition("exclude", text, wording)
        # The memory backend reads an empty list as "anything", PostgreSQL as "missing": nothing is sent for it.
        return condition if text else attrs.evolve(condition, own=())

    def like(self, pattern: str) -> Condition:
        """Text that contains the pattern, or with `*` for any characters, text that is like it as a whole.

        Upper and lower case are the same. There is no way to ask for a `*` itself. On the memory backend `*` does
        not reach across line ends.
        """
        wording = f"{self!r}.like({shown(pattern)})"
        self.__only_compared(wording)
        if not isinstance(pattern, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # not all callers are checked
            raise UsageError(
                f"{wording}: only text can be like something; write like(str(...)), or == for other values"
            )
        if self.__raw:
            return self.__condition("like", encode(pattern, wording), wording)
        text = encode(_SPECIAL_IN_PATTERNS.sub(r"\\\g<0>", pattern), wording)
        return self.__condition("like", text, wording, kind=None if self.__path == "id" else "text")

    def has(self, present: bool = True) -> Condition:  # noqa: FBT001, FBT002  # has(False) reads well
        """The field is there, be it null; `has(False)`: it is not there.

        With several `has()` in one query the memory backend heeds only the last; PostgreSQL heeds all.
        """
        wording = f"{self!r}.has({present!r})"
        self.__only_compared(wording)
        if not isinstance(present, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # not all callers are checked
            raise UsageError(f"{wording}: write has() or has(False); == compares the value")
        return self.__condition("has", encode(present, wording), wording)

    def contains(self, *values: object) -> Condition:
        """The field is an array that has all of these among its elements.

        Where an element is an object, PostgreSQL takes any that includes what is given, the memory backend an
        equal one, in which 1 and 1.0 differ. The memory backend also finds the keys of a field that is an object.
        """
        return self.__elements("contains", values)

    def contains_any(self, *values: object) -> Condition:
        """The field is an array that has at least one of these among its elements."""
        return self.__elements("contains_any", values)

    def __neg__(self) -> str:
        """The field for `order_by()`, greatest first."""
        return f"-{self.__path}"

    def __str__(self) -> str:
        """The name the server knows it by, with dots for sub-objects."""
        return self.__path

    def __repr__(self) -> str:
        parts = (f".{part}" if part.isidentifier() else f"[{part!r}]" for part in self.__path.split("."))
        return f"F{''.join(parts)}{'.raw' if self.__raw else ''}"

    def __bool__(self) -> bool:
        raise UsageError(f"{self!r} is neither true nor false here; compare it: {self!r} == True")

    def __contains__(self, value: object) -> bool:
        raise UsageError(f"`in {self!r}` can't become a condition; write {self!r}.contains({shown(value)})")

    __iter__ = None

    if not TYPE_CHECKING:  # pragma: no branch  # a checker should refuse the call

        def __call__(self, *_: object, **__: object) -> None:
            """Tell which operators there are: what is called is none of them."""
            above, _, name = self.__path.rpartition(".")
            field = Field(above or name)
            instead = counterpart(repr(field), name) if above else None
            raise UsageError(
                f"{field!r} has no operator {name!r}; "
                + (f"there are {_OPERATORS}" if instead is None else f"write {instead}")
            )

    def __condition(
        self, operator: str, text: str, wording: str, *, kind: Kind | None = None, bounds: Side | None = None
    ) -> Condition:
        name = parameter_name(operator, self.__path, wording)
        return Condition(self.__path, wording, ((name, text),), kind, bounds)

    def __json(self, value: object, wording: str, *, round_up: bool = False) -> str:
        """The value to compare with, as JSON text."""
        if isinstance(value, (Field, Condition)):
            raise UsageError(f"{wording}: the server compares a field with a value, not with another field")
        if self.__path == "last_modified":
            return str(to_version(value, wording, round_up=round_up))
        self.__check_id(value, wording)
        return encode(value, wording)

    def __ordered(self, sign: str, value: object) -> Condition:
        operator, side = _ORDER[sign]
        wording = f"{self!r} {sign} {shown(value)}"
        # A datetime between two milliseconds becomes the one that selects the same records.
        text = self.__json(value, wording, round_up=sign in ("<", ">="))
        if self.__raw or self.__path in ("id", "last_modified"):
            return self.__condition(operator, text, wording)
        return self.__condition(operator, text, wording, kind=_ordered_kind(value, wording), bounds=side)

    def __items(self, values: object, wording: str) -> str:
        self.__only_compared(wording)
        given = values
        if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
            raise UsageError(f"{wording}: give a list of values, not {shown(given)}")
        return ",".join(self.__item(value, wording) for value in cast("Iterable[object]", values))

    def __item(self, value: object, wording: str) -> str:
        self.__check_id(value, wording)
        return encode_item(value, wording)

    def __elements(self, operator: str, values: tuple[object, ...]) -> Condition:
        wording = f"{self!r}.{operator}({', '.join(map(shown, values))})"
        self.__only_compared(wording)
        if self.__path == "id":
            raise UsageError(f"{wording}: an id is text, not an array; use like()")
        if not values:
            raise UsageError(f"{wording}: give the elements to look for")
        if self.__raw:
            return self.__condition(operator, encode(values[0] if len(values) == 1 else values, wording), wording)
        if len(values) == 1 and isinstance(values[0], (list, tuple, set, frozenset)):
            raise UsageError(
                f"{wording}: give the elements one by one, {operator}(*values); "
                f"to look for an array within the array, {self!r}.raw.{operator}([[...]])"
            )
        return self.__condition(operator, encode(values, wording), wording, kind="array")

    def __check_id(self, value: object, wording: str) -> None:
        if self.__path == "id" and not isinstance(jsonable(value, wording), str):
            raise UsageError(f"{wording}: ids are strings; write {shown(str(value))}")

    def __only_compared(self, wording: str) -> None:
        if self.__path == "last_modified":
            raise UsageError(f"{wording}: the server only compares last_modified; use == != < <= > >=")


def counterpart(field: str, operator: str) -> str | None:
    """How an operator that has this name in other libraries is written here; None when it is none of them."""
    form = _COUNTERPARTS.get(operator)
    return None if form is None else form.format(field)


def _ordered_kind(value: object, wording: str) -> Kind:
    if isinstance(value, Decimal):
        raise UsageError(f"{wording}: Decimals are stored as text, which is not ordered as numbers; compare in Python")
    match jsonable(value, wording):
        case bool() | None | list() | dict():
            raise UsageError(f"{wording}: only numbers, text and dates are ordered; use == or is_in, or F.x.raw")
        case str():
            return "text"
        case _:
            return "number"


def find(scope: Scope | None, name: object) -> tuple[str, Scope | None]:
    """One step into a document: the server's name for it, checked, and the scope below.

    Raises:
        UsageError: the server could not tell the name from another, or the scope does not have it.
    """
    if not isinstance(name, str):
        raise UsageError(f"F[{name!r}]: fields have names; the server can't filter by position")
    name = plain_text(name)
    if not name or name != name.strip() or "\0" in name:
        raise UsageError(
            f"F[{name!r}]: the server can't filter by a name that is empty, or has NUL in it or blanks around it"
        )
    if "." in name:
        parts = "".join(f"[{part!r}]" for part in name.split("."))
        raise UsageError(f"F[{name!r}]: the server takes dots for sub-objects; write F{parts} if it is one")
    return (name, None) if scope is None else scope.find(name)


class Fields:
    """Where the fields of a document start: `F.title`, `F["my-field"]`."""

    __slots__ = ("__scope",)

    def __init__(self, scope: Scope | None = None) -> None:
        self.__scope = scope

    def __getattr__(self, name: str) -> Field:
        if name.startswith(("__", "_Fields__")):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: object) -> Field:
        if isinstance(name, Field):
            return name
        step, scope = find(self.__scope, name)
        return Field(step, scope=scope)

    __iter__ = None

    def __repr__(self) -> str:
        return "F"


F = Fields()
"""Any field: `F.votes >= 3`, `F.author.name == "Ann"`, `F["my-field"] == 1`, `F.id`, `F.last_modified`."""
