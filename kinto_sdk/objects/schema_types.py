"""What Python types the parts of a JSON Schema are, as source text."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import attrs

from ..protocol.jsontypes import is_list, same
from .source_text import Call, Expression, literal, quoted


class NotExpressibleError(Exception):
    """A default or bound that has no literal of the type."""


Value = Callable[[Any], Expression]


def no_value(_: Any) -> Expression:
    """Refuse every value: the type has no literals."""
    raise NotExpressibleError


@attrs.frozen(kw_only=True)
class Typed:
    """A schema as a Python type."""

    annotation: Expression
    value: Value = no_value
    """Write a JSON value as an expression of the type. Raises NotExpressibleError."""
    kind: str = ""
    """Which constraints attrs can check: `str`, `number`, `array` or `object`."""
    factory: str = ""
    """What makes an empty one: `list[int]`."""
    immutable: "Typed | None" = None
    """The same JSON as a type that can be a default: `tuple[int, ...]` for `list[int]`."""
    hashable: bool = True
    nullable: bool = False
    forward: bool = False
    """It names a class that is not complete yet, so it has to be quoted."""
    freeze: Callable[[], None] = lambda: None
    """Make its instances hashable and fit to be shared."""


def scalar(name: str, *types: type[Any], kind: str = "") -> Typed:
    """Describe a type that JSON has itself."""

    def value(given: Any) -> Expression:
        if type(given) not in types:
            raise NotExpressibleError
        return literal(float(given) if name == "float" else given)

    return Typed(annotation=name, value=value, kind=kind, nullable=name == "None")


def parsed(name: str, parse: Callable[[Any], Any], call: str, argument: str = "", kind: str = "") -> Typed:
    """Describe a type that is written as something else, by the call that makes it."""

    def value(given: Any) -> Expression:
        try:
            parse(given)
        except (TypeError, ValueError, AttributeError, InvalidOperation, OverflowError):
            raise NotExpressibleError from None
        return Call(call, [f"{argument}{literal(given)}"])

    return Typed(annotation=name, value=value, kind=kind)


def seconds(given: Any) -> dt.timedelta:
    """Read a timedelta as models do."""
    if isinstance(given, bool):
        raise TypeError
    return dt.timedelta(seconds=given)


def _plain(given: Any) -> Expression:
    if given is None or isinstance(given, (str, int, float)):
        return literal(given)
    raise NotExpressibleError


ANY = Typed(annotation="Any", value=_plain, nullable=True, hashable=False)
NONE = scalar("None", type(None))
DATETIME = parsed("dt.datetime", dt.datetime.fromisoformat, "dt.datetime.fromisoformat")
SCALARS: dict[tuple[str, str], Typed] = {
    ("string", ""): scalar("str", str, kind="str"),
    ("integer", ""): scalar("int", int, kind="number"),
    ("number", ""): scalar("float", float, int, kind="number"),
    ("boolean", ""): scalar("bool", bool),
    ("null", ""): NONE,
    ("string", "date-time"): DATETIME,
    ("string", "date"): parsed("dt.date", dt.date.fromisoformat, "dt.date.fromisoformat"),
    ("string", "time"): parsed("dt.time", dt.time.fromisoformat, "dt.time.fromisoformat"),
    ("string", "uuid"): parsed("UUID", UUID, "UUID"),
    ("string", "decimal"): parsed("Decimal", lambda given: Decimal(str(given)), "Decimal"),
    ("number", "seconds"): parsed("dt.timedelta", seconds, "dt.timedelta", "seconds=", kind="number"),
}


def choice(options: list[Any]) -> Typed:
    """Describe an enum without a name as a Literal."""

    def value(given: Any) -> Expression:
        if not any(same(given, option) for option in options):
            raise NotExpressibleError
        return literal(given)

    annotation = Call("Literal", [literal(option) for option in options], "[]")
    return Typed(annotation=annotation, value=value, nullable=None in options)


def union(members: list[Typed]) -> Typed:
    """Describe a union; None goes last, as people write it."""
    if ANY in members:
        return ANY
    names = {str(member.annotation): member for member in members}
    found = sorted(names.values(), key=lambda member: member is NONE)
    if len(found) == 1:
        return found[0]
    others = [member for member in found if member is not NONE]
    only = others[0] if len(others) == 1 else Typed(annotation="")

    def value(given: Any) -> Expression:
        for member in found:
            try:
                return member.value(given)
            except NotExpressibleError:
                continue
        raise NotExpressibleError

    return Typed(
        annotation=" | ".join(str(member.annotation) for member in found),
        value=value,
        kind=only.kind,
        factory=only.factory,
        immutable=None if only.immutable is None else union([only.immutable, NONE]),
        hashable=all(member.hashable for member in found),
        nullable=any(member.nullable for member in found),
        forward=any(member.forward for member in found),
        freeze=lambda: freeze(found),
    )


def freeze(members: Iterable[Typed]) -> None:
    """Freeze each."""
    for member in members:
        member.freeze()


def subscript(name: str, *items: Typed, more: Sequence[str] = ()) -> Call:
    """Write `name[items]`."""
    return Call(name, [*(item.annotation for item in items), *more], "[]")


def array(item: Typed | None, *, unique: bool) -> Typed:
    """Describe a list; a set when its items are unique and can be hashed."""

    def values(given: Any) -> list[Expression]:
        if not is_list(given):
            raise NotExpressibleError
        return [(item or ANY).value(each) for each in given]

    def frozen_set(given: Any) -> Expression:
        return Call("frozenset", [Call("", values(given), "{}")])

    def text(name: str, *more: str) -> Expression:
        return name if item is None else subscript(name, item, more=more)

    inner = item or ANY
    immutable = Typed(
        annotation=text("tuple", "..."),
        value=lambda given: Call("", values(given)),
        kind="array",
        hashable=inner.hashable,
        forward=inner.forward,
        freeze=inner.freeze,
    )
    name = "list"
    if unique and (item is None or item.hashable):
        name = "set"
        inner.freeze()
        immutable = attrs.evolve(
            immutable,
            annotation=text("frozenset"),
            value=frozen_set,
        )
    return Typed(
        annotation=text(name),
        kind="array",
        factory=f"{name}[{quoted(str(inner.annotation))}]" if inner.forward else str(text(name)),
        immutable=immutable,
        hashable=False,
        forward=inner.forward,
    )


def pair(items: list[Typed]) -> Typed:
    """Describe an array of fixed length, each item with a type of its own."""

    def value(given: Any) -> Expression:
        if not is_list(given) or len(given) != len(items):
            raise NotExpressibleError
        return Call("", [item.value(each) for item, each in zip(items, given, strict=True)])

    return Typed(
        annotation=subscript("tuple", *items),
        value=value,
        hashable=all(item.hashable for item in items),
        forward=any(item.forward for item in items),
        freeze=lambda: freeze(items),
    )


def mapping(key: Typed | None, item: Typed | None) -> Typed:
    """Describe an object whose names are free."""
    inner = item or ANY
    annotation = subscript("dict", key or SCALARS["string", ""], inner)
    factory = str(annotation)
    if inner.forward:
        factory = f"dict[{annotation.items[0]}, {quoted(str(inner.annotation))}]"
    return Typed(annotation=annotation, kind="object", factory=factory, hashable=False, forward=inner.forward)
