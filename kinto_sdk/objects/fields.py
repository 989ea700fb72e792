"""What a model declares: its fields, their names on the server, and what their types lead to."""

import collections
import dataclasses
import types
import typing
from collections import abc
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import UUID

import attrs

from ..protocol.errors import UsageError
from ..protocol.jsontypes import plain_text

Type: TypeAlias = Any
"""A type expression. `int | None` and `list[str]` are no classes, so there is no better type for them."""

NAME, OMIT_DEFAULT, DESCRIPTION = "kinto_name", "kinto_omit_default", "kinto_description"

TAG = "_type"
"""Where the class of a union's member is written, when the classes do not tell themselves apart by a Literal."""

SCALARS = frozenset({str, int, float, bool, datetime, date, time, timedelta, UUID, Decimal, types.NoneType})
LISTS = frozenset({list, abc.Sequence, abc.MutableSequence, collections.deque})
SETS = frozenset({set, frozenset, abc.Set, abc.MutableSet})
DICTS = frozenset({dict, abc.Mapping, abc.MutableMapping})


def kinto_field(
    name: str | None = None, *, omit_default: bool = False, description: str | None = None
) -> dict[str, Any]:
    """Say what the server sees of a field, for the `metadata=` of an attrs or dataclass field.

        display_name: str = attrs.field(metadata=kinto_field("displayName"))

    Args:
        name: the name in the documents of the server. Without it, the attrs alias, which is the name of the
            attribute unless the field sets `alias=`.
        omit_default: leave the field out of the document while it equals its default. It makes an optional
            property whose schema does not allow null: `note: str | None = field(default=None, metadata=...)`.
        description: what `json_schema()` says about the field.

    Raises:
        UsageError: the name is none.
    """
    if name is not None and not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
        raise UsageError(f"kinto_field({name!r}): give the name that the field has in the server's documents")
    given = {
        NAME: None if name is None else plain_text(name),
        OMIT_DEFAULT: omit_default or None,
        DESCRIPTION: description,
    }
    return {key: value for key, value in given.items() if value is not None}


@attrs.frozen(kw_only=True)
class ModelField:
    """One field of a model, whichever library declared it."""

    attribute: str
    key: str
    """Its name in the server's documents."""
    argument: str
    """Its name in the model's `__init__`."""
    type: Type
    default: Any = attrs.NOTHING
    """A value, an `attrs.Factory`, or `attrs.NOTHING` when the field is required."""
    validator: Callable[..., Any] | None = None
    converter: Any = None
    omit_default: bool = False
    description: str | None = None

    @property
    def required(self) -> bool:
        """Whether a document without it does not fit."""
        return self.default is attrs.NOTHING


def origin_of(kind: Type) -> Type:
    """Return `list` for `list[int]`, and the type itself when it has no arguments."""
    found: Type = typing.get_origin(kind)
    return kind if found is None else found


def is_model(kind: Type) -> bool:
    """Tell whether it is an attrs class or a dataclass (or a generic one with its arguments)."""
    origin = origin_of(kind)
    return isinstance(origin, type) and (attrs.has(origin) or dataclasses.is_dataclass(origin))


def check_model(model: Type) -> None:
    """Refuse what is no model.

    Raises:
        UsageError: it is no attrs class or dataclass.
    """
    if is_model(model):
        return
    origin = origin_of(model)
    if not (isinstance(origin, type) or is_union(model)):
        raise UsageError(f"a model is a class, not {model!r}")
    if is_typed_dict(model) or origin in DICTS:
        advice = "leave the model out; records without one hold dicts"
    elif is_union(model) or origin in LISTS or origin in SETS or origin is tuple:
        advice = "give the class of one record"
    elif hasattr(origin, "model_fields"):
        advice = "a model is an attrs class or a dataclass; a pydantic class can't be one"
    else:
        advice = "decorate it with @attrs.define (or @dataclass)"
    raise UsageError(f"{show_type(model)} can't be a model: {advice}")


@lru_cache(maxsize=1024)
def model_fields(model: Type) -> tuple[ModelField, ...]:
    """Return the fields of a model, in order, without those that `__init__` does not take.

    Raises:
        UsageError: it is no attrs class or dataclass, or one of its annotations can't be resolved.
    """
    check_model(model)
    origin = origin_of(model)
    resolve(origin)
    bound = dict(zip(getattr(origin, "__parameters__", ()), typing.get_args(model), strict=False))
    fields = _attrs_fields(origin) if attrs.has(origin) else _dataclass_fields(origin)
    return tuple(attrs.evolve(field, type=_bind(field.type, bound)) for field in fields)


@lru_cache(maxsize=1024)
def resolve(model: type[Any]) -> None:
    """Put the types in the place of annotations that are written as strings, in whole or in part."""
    try:
        hints = typing.get_type_hints(model, include_extras=True)
    except NameError:
        try:  # a class made in a function can't be found by its name
            hints = typing.get_type_hints(model, localns={model.__name__: model}, include_extras=True)
        except NameError as error:
            raise UsageError(
                f"the annotations of {model.__qualname__} can't be resolved: {error}; "
                "a model's types must exist at run time, in the module of the model"
            ) from error
    fields: Any = attrs.fields(model) if attrs.has(model) else dataclasses.fields(model)
    for field in fields:
        object.__setattr__(field, "type", hints.get(field.name, field.type))  # as attrs.resolve_types() does


@lru_cache(maxsize=1024)
def resolve_keys(kind: Type) -> None:
    """Put right which keys a TypedDict requires: Python does not see `NotRequired` in annotations that are strings."""
    hints = typing.get_type_hints(kind, include_extras=True)
    marks = {name: origin_of(bare(hint)) for name, hint in hints.items()}
    required = {name for name in hints if marks[name] is not typing.NotRequired and name in kind.__required_keys__}
    required |= {name for name in hints if marks[name] is typing.Required}
    kind.__required_keys__ = frozenset(required)
    kind.__optional_keys__ = frozenset(hints.keys() - required)


def _attrs_fields(model: type[Any]) -> Iterator[ModelField]:
    for field in attrs.fields(model):
        if field.init:
            yield ModelField(
                attribute=field.name,
                key=field.metadata.get(NAME, field.alias or field.name),
                argument=field.alias or field.name,
                type=Any if field.type is None else field.type,
                default=field.default,
                validator=field.validator,
                converter=field.converter,
                omit_default=bool(field.metadata.get(OMIT_DEFAULT)),
                description=field.metadata.get(DESCRIPTION),
            )


def _dataclass_fields(model: type[Any]) -> Iterator[ModelField]:
    for field in dataclasses.fields(model):
        if field.init:
            default: Any = attrs.NOTHING
            if field.default is not dataclasses.MISSING:
                default = field.default
            elif field.default_factory is not dataclasses.MISSING:
                default = attrs.Factory(field.default_factory)
            yield ModelField(
                attribute=field.name,
                key=field.metadata.get(NAME, field.name),
                argument=field.name,
                type=field.type,
                default=default,
                omit_default=bool(field.metadata.get(OMIT_DEFAULT)),
                description=field.metadata.get(DESCRIPTION),
            )


def _bind(kind: Type, bound: Mapping[Any, Type]) -> Type:
    """Put the model's own type arguments in the place of its type parameters."""
    if isinstance(kind, typing.TypeVar):
        return bound.get(kind, Any)
    parameters = getattr(kind, "__parameters__", ())
    if parameters and not isinstance(kind, type):
        return kind[tuple(bound.get(parameter, Any) for parameter in parameters)]
    return kind


def bare(kind: Type) -> Type:
    """Strip a type of the `Annotated`, `Final`, `NewType` and `type` alias around it."""
    while True:
        if origin_of(kind) in (typing.Annotated, typing.Final):
            kind = typing.get_args(kind)[0]
        elif hasattr(kind, "__supertype__"):
            kind = kind.__supertype__
        elif is_alias(kind):
            kind = kind.__value__
        else:
            return kind


def is_alias(kind: Type) -> bool:
    """Tell whether it is the name of another type: `type Name = ...`, `TypeAliasType`."""
    return hasattr(kind, "__value__") and not isinstance(kind, type)


def is_union(kind: Type) -> bool:
    """Tell whether it is written `A | B`, `Optional[A]` or `Union[A, B]`."""
    return origin_of(kind) in (typing.Union, types.UnionType)


def union_members(kind: Type) -> list[Type]:
    """List the types of a union, those of unions behind an alias included."""
    found: list[Type] = []
    for argument in typing.get_args(kind):
        found += union_members(bare(argument)) if is_union(bare(argument)) else [argument]
    return found


def is_typed_dict(kind: Type) -> bool:
    """Tell whether it is a `TypedDict` (or a generic one with its arguments)."""
    return typing.is_typeddict(origin_of(kind))


def is_enum(kind: Type) -> bool:
    """Tell whether it is an `Enum` class."""
    return isinstance(kind, type) and issubclass(kind, Enum)


def is_literal(kind: Type) -> bool:
    """Tell whether it is a `Literal[...]`."""
    return origin_of(kind) is typing.Literal


def show_type(kind: Type) -> str:
    """Write a type as a user would."""
    return kind.__name__ if isinstance(kind, type) else str(kind).replace("typing.", "").replace("__main__.", "")


@attrs.frozen
class Traits:
    """What is known of a model before it has seen a document."""

    stable: bool
    """Reading one document twice gives the same data."""
    aliases_safe: bool
    """What is read from a document never shares a list or dict with it."""


@lru_cache(maxsize=1024)
def traits(model: Type) -> Traits:
    """Look through everything a model's fields lead to."""
    stable = safe = True
    seen: set[Any] = set()
    waiting = [model]
    while waiting:
        kind = bare(waiting.pop())
        if kind in seen:
            continue
        seen.add(kind)
        if is_model(kind):
            stable = stable and _is_stable(kind)
            waiting += [field.type for field in model_fields(kind)]
            continue
        origin, arguments = origin_of(kind), typing.get_args(kind)
        if is_union(kind) or (arguments and (origin in LISTS or origin in SETS or origin in DICTS or origin is tuple)):
            waiting += [argument for argument in arguments if argument is not Ellipsis]
        elif kind not in SCALARS and not is_enum(kind) and not is_literal(kind):
            # `Any`, a bare `list`, or a type that only the user's own hooks know and may pass through.
            safe = False
    return Traits(stable, safe)


_CONSTANT = frozenset({list, dict, set, frozenset, tuple, str, int, float, bool})


def _is_stable(model: Type) -> bool:
    """Tell whether its defaults are constant. The user's own code, which may read a clock, is not."""
    origin = origin_of(model)
    if any(hasattr(origin, name) for name in ("__attrs_post_init__", "__attrs_pre_init__", "__post_init__")):
        return False
    for field in model_fields(model):
        factory = getattr(field.default, "factory", None)
        if factory is not None and origin_of(factory) not in _CONSTANT:
            return False
        if field.converter is not None and field.converter not in _CONSTANT:
            return False
    return True
