"""What a list is filtered by, as the parameters the server reads: values encoded, names escaped, bounds added.

Three things the server does shape what is sent:

- It orders null < text < numbers < booleans < arrays < objects < missing. A bare `lt_n=3` would also select
  nulls and strings, and `gt_n=3` booleans and records without `n`. So a comparison takes along the bound that
  keeps it inside the type of its value.
- A parameter given twice matches nothing, so each is sent once.
- The memory backend forgets the filters before a `has_` one, and breaks on a `like_` that meets anything but
  text. It reads them in order, so `has_` goes first and `like_` last, behind the bounds that leave only text.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NoReturn, TypeAlias

import attrs

from .errors import UsageError
from .jsonable import jsonable
from .jsontypes import dumps

Parameter: TypeAlias = tuple[str, str]
"""A name and its value, before percent-encoding."""
Kind: TypeAlias = Literal["number", "text", "array"]
"""The JSON types that a condition can be kept to."""
Side: TypeAlias = Literal["lower", "upper"]

_LOWEST_NUMBER = "-1.7976931348623157e308"
_GUARDS: Mapping[tuple[Kind, Side], Parameter] = {
    ("number", "lower"): ("min_", _LOWEST_NUMBER),
    ("number", "upper"): ("lt_", "false"),
    ("text", "lower"): ("gt_", "null"),
    ("text", "upper"): ("lt_", _LOWEST_NUMBER),
    ("array", "lower"): ("gt_", "true"),
}
# Nothing keeps arrays from above: the memory backend can't compare objects, so objects go through there.

_PLAIN = re.compile(r"[\w.]+")
_READ_AS_OPERATOR = re.compile(r"(_|(lt|min|max|not|eq|gt|in|exclude|like|has|contains_any|contains)_)")
_READ_AS_LIST = re.compile(r"in_|exclude_|contains_")


@attrs.frozen(repr=False)
class Condition:
    """One condition on the objects of a list, made by comparing a field: `F.votes >= 3`.

    `params` is what it sends. All conditions of a query must hold. None has a truth value: `F.a == 1 or F.b == 2`
    could not mean what it says.
    """

    field: str
    """The field, with dots for sub-objects."""
    wording: str
    """The condition as it was written, for messages."""
    own: tuple[Parameter, ...]
    """The parameters that say it; none when it holds for everything (`not_in([])`)."""
    kind: Kind | None = None
    """The type it is kept to by further bounds, None when the server needs none."""
    bounds: Side | None = None
    """The end at which `own` is a bound itself."""

    @property
    def params(self) -> tuple[Parameter, ...]:
        """The parameters this condition sends when it is alone: names and JSON values, not yet percent-encoded."""
        return assemble((self,))

    def __bool__(self) -> bool:
        raise UsageError(
            f"{self.wording}: a condition is neither true nor false here; pass several to where(a, b), and write "
            "F.x.is_in([...]) for `in`, F.x != value for `not`, two conditions for `1 < F.x < 5`; for `or`: is_in on "
            "one field, or two queries"
        )

    def __or__(self, other: object) -> NoReturn:
        self._refuse("the server can't express `|`; use is_in([...]) on one field, or run two queries")

    __ror__ = __or__

    def __and__(self, other: object) -> NoReturn:
        self._refuse("write where(a, b) in place of `a & b`: all conditions of a query must hold")

    __rand__ = __and__

    def __invert__(self) -> NoReturn:
        self._refuse("the server can't express `~`; write != for ==, < for >=, not_in for is_in")

    def __repr__(self) -> str:
        return self.wording

    def _refuse(self, reason: str) -> NoReturn:
        raise UsageError(f"{self.wording}: {reason}")


def assemble(conditions: Iterable[Condition], extra: Iterable[Parameter] = ()) -> tuple[Parameter, ...]:
    """All conditions and raw parameters as one list of parameters, each name once, with the bounds they need.

    A condition that bounds the other end already stands in for the bound that would be added.

    Raises:
        UsageError: two conditions need different values of one parameter, or different types of one field.
    """
    sent: dict[str, str] = {}
    kinds: dict[str, Condition] = {}
    bounded: set[tuple[str, Side]] = set()
    for condition in conditions:
        for name, value in condition.own:
            _add(sent, name, value, condition.wording)
        if condition.kind is not None:
            first = kinds.setdefault(condition.field, condition)
            if first.kind != condition.kind:
                raise UsageError(
                    f"{first.wording} and {condition.wording}: no value is both {first.kind} and {condition.kind}"
                )
        if condition.bounds is not None:
            bounded.add((condition.field, condition.bounds))
    for name, value in extra:
        _add(sent, name, value, f"{name}={value}")
    for field, condition in kinds.items():
        for (kind, side), (prefix, value) in _GUARDS.items():
            if kind == condition.kind and (field, side) not in bounded:
                sent.setdefault(prefix + field, value)
    return tuple(sorted(sent.items(), key=_rank))


def _add(sent: dict[str, str], name: str, value: str, wording: str) -> None:
    if sent.setdefault(name, value) != value:
        raise UsageError(
            f"{wording}: the query has {name}={sent[name]} already, and the server takes each parameter once; "
            "merge the two conditions into one"
        )


def _rank(parameter: Parameter) -> int:
    name = parameter[0]
    return 0 if name.startswith("has_") else 2 if name.startswith("like_") else 1


def parameter_name(operator: str, field: str, wording: str) -> str:
    """The name of the parameter that applies an operator (`""` for equality) to a field.

    `F.min_age == 3` is sent as `eq_min_age=3`, since `min_age=3` would mean "age at least 3", and the server ignores
    names with a leading underscore.

    Raises:
        UsageError: the server would read the name as something else.
    """
    plain = _PLAIN.fullmatch(field) is not None
    if operator:
        if plain:
            return f"{operator}_{field}"
        raise UsageError(
            f"{wording}: the server finds operators only before names of letters, digits and _; "
            f"{field!r} can be compared with == alone, filter the rest in Python"
        )
    if plain:
        return f"eq_{field}" if _READ_AS_OPERATOR.match(field) else field
    if field.startswith("_") or _READ_AS_LIST.match(field):
        raise UsageError(f"{wording}: the server would read {field!r} as something else; filter it in Python")
    return field


def reads_as_operator(name: str) -> bool:
    """Whether a parameter of this name is not an equality for the server: `min_age`, `_hidden`."""
    return _READ_AS_OPERATOR.match(name) is not None


def encode(value: object, wording: str) -> str:
    """A value as the JSON text that the server compares with.

    Raises:
        UsageError: it has no JSON form, or one that the server would not keep.
    """
    return dumps(jsonable(value, wording)).decode()


def encode_item(value: object, wording: str) -> str:
    """A value as one item of the list that the server splits at commas, before it reads the items as JSON.

    Raises:
        UsageError: as `encode`, and for arrays and objects that need a comma.
    """
    text = encode(value, wording)
    if "," in text and not text.startswith('"'):
        raise UsageError(
            f"{wording}: the server splits the list at commas, so {text} can't be in it; compare it with =="
        )
    return text.replace(",", r"\u002c")
