"""The converter's hooks for containers and classes, and the converter that has them all."""

import collections
import json
import typing
from collections import abc
from collections.abc import Callable
from enum import Enum
from typing import Any, NewType

from cattrs import Converter
from cattrs.cols import list_structure_factory
from cattrs.errors import IterableValidationError, IterableValidationNote, StructureHandlerNotFoundError
from cattrs.fns import identity
from cattrs.gen import (
    make_dict_structure_fn,
    make_dict_unstructure_fn,
    make_mapping_structure_fn,  # pyright: ignore[reportUnknownVariableType]  # half typed in cattrs
    make_mapping_unstructure_fn,
    override,
)

from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import is_list
from .fields import (
    DICTS,
    LISTS,
    SETS,
    Type,
    bare,
    is_alias,
    is_literal,
    is_model,
    is_typed_dict,
    is_union,
    model_fields,
    origin_of,
    resolve_keys,
    show_type,
)
from .scalars import READ, WRITE, MisfitError, Read, Write, read_enum, read_literal
from .unions import is_wide_union, read_union, write_union

_MAKE: dict[Type, Callable[[list[Any]], Any]] = {
    tuple: tuple,
    set: set,
    abc.Set: set,
    abc.MutableSet: set,
    frozenset: frozenset,
    collections.deque: collections.deque,
}


_SCALARS = (str, int, float, bool)


def _read_array(kind: Type, converter: Converter) -> Read:
    arguments = typing.get_args(kind)
    if origin_of(kind) is tuple and arguments and arguments[-1] is not Ellipsis:
        return _read_tuple(kind, converter)
    listed: Any = list[arguments[0] if arguments else Any]  # type: ignore[misc]  # made at run time
    items = list_structure_factory(listed, converter)
    make = _MAKE.get(origin_of(kind), list)
    # Scalars that are as they should be are only looked at: a call for each is most of the time a record takes.
    scalar = arguments[0] if arguments and arguments[0] in _SCALARS else None
    if scalar is not None and converter.get_structure_hook(scalar) is not READ[scalar]:
        scalar = None

    def read(value: Any, _: Type) -> Any:
        if value.__class__ is not list:
            raise MisfitError("an array", value)
        for item in value:
            if item.__class__ is not scalar:
                return items(value, kind)
        return value.copy()

    def read_and_make(value: Any, _: Type) -> Any:
        return make(read(value, _))

    return read if make is list else read_and_make


def _read_tuple(kind: Type, converter: Converter) -> Read:
    hooks = [(each, converter.get_structure_hook(each)) for each in typing.get_args(kind)]

    def read(value: Any, _: Type) -> Any:
        if not is_list(value) or len(value) != len(hooks):
            raise MisfitError(f"an array of {len(hooks)}", value)
        return tuple(hook(item, each) for item, (each, hook) in zip(value, hooks, strict=True))

    def read_in_detail(value: Any, _: Type) -> Any:
        errors: list[Exception] = []
        for index, (each, hook) in enumerate(hooks if is_list(value) and len(value) == len(hooks) else ()):
            try:
                hook(value[index], each)
            except Exception as error:  # noqa: BLE001  # they are collected, and raised together
                note = IterableValidationNote(f"at {index}", index, each)
                error.__notes__ = [*getattr(error, "__notes__", []), note]
                errors.append(error)
        if errors:
            text = f"While structuring {kind}"
            raise IterableValidationError(text, errors, kind)  # pyright: ignore[reportCallIssue]  # sees only __init__
        return read(value, _)

    return read_in_detail if converter.detailed_validation else read


IntKey = NewType("IntKey", int)
"""An int as the key of an object, which JSON writes as a string."""


def _read_int_key(value: Any, _: Type) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise MisfitError("an integer as the key", value) from None


def _read_dict(kind: Type, converter: Converter) -> Read:
    keys, values = typing.get_args(kind) or (str, Any)
    keys = IntKey if bare(keys) is int else keys
    mapping: Any = dict[keys, values]  # type: ignore[valid-type]  # made at run time
    items: Any = make_mapping_structure_fn(mapping, converter)

    def read(value: Any, _: Type) -> Any:
        if type(value) is not dict:
            raise MisfitError("an object", value)
        return items(value, kind)

    return read


def _write_dict(kind: Type, converter: Converter) -> Write:
    keys, _ = typing.get_args(kind) or (Any, Any)
    write_key: Any = str if bare(keys) is int else None
    return make_mapping_unstructure_fn(kind, converter, unstructure_to=dict, key_handler=write_key)


def _write_set(kind: Type, converter: Converter) -> Write:
    arguments = typing.get_args(kind)
    write = converter.get_unstructure_hook(arguments[0]) if arguments else converter.unstructure

    def write_sorted(value: Any) -> list[Any]:
        written = [write(item) for item in value]
        try:
            return sorted(written)
        except TypeError:
            return sorted(written, key=lambda item: json.dumps(jsonable(item), sort_keys=True))

    return write_sorted


def _renames(model: Type) -> dict[str, Any]:
    return {
        field.attribute: override(
            rename=None if field.key == field.attribute else field.key,
            omit_if_default=field.omit_default or None,
        )
        for field in model_fields(model)
        if field.key != field.attribute or field.omit_default
    }


def _read_model(model: Type, converter: Converter) -> Read:
    build: Any = make_dict_structure_fn(model, converter, **_renames(model))
    if not converter.detailed_validation and any(field.required for field in model_fields(model)):
        # To look for a required field fails on all but objects. Only the converter that explains has to say why.
        return build  # type: ignore[no-any-return]  # half typed in cattrs

    def read(value: Any, _: Type) -> Any:
        if type(value) is not dict:
            raise MisfitError(f"an object for {show_type(model)}", value)
        return build(value, model)

    return read


def _write_model(model: Type, converter: Converter) -> Write:
    # cattrs leaves bytes as they are: the first value would be refused, where any other such type is at once.
    unwritten = converter.get_unstructure_hook(bytes) is identity
    if unwritten and any(_holds_bytes(field.type) for field in model_fields(model)):
        raise StructureHandlerNotFoundError("bytes have no JSON form", type_=bytes)
    return make_dict_unstructure_fn(model, converter, **_renames(model))


def _holds_bytes(kind: Type) -> bool:
    """Tell whether it is bytes, or a container of them. What is `Annotated` may have a hook of its own."""
    if origin_of(kind) is typing.Annotated:
        return False
    return kind is bytes or any(map(_holds_bytes, typing.get_args(kind)))


def _read_typed_dict(kind: Type, converter: Converter) -> Read:
    resolve_keys(origin_of(kind))
    makes: Any = converter  # its types say dict of nothing known
    read: Read = makes.gen_structure_typeddict(kind)
    return read


def _write_typed_dict(kind: Type, converter: Converter) -> Write:
    resolve_keys(origin_of(kind))
    makes: Any = converter
    write: Write = makes.gen_unstructure_typeddict(kind)
    return write


def make_converter() -> Converter:
    """Make a converter with all the hooks. Ones registered later win over them."""
    converter = Converter(detailed_validation=False)
    for kind, read in READ.items():
        converter.register_structure_hook(kind, read)
    for kind, write in WRITE.items():
        converter.register_unstructure_hook(kind, write)
    converter.register_structure_hook(IntKey, _read_int_key)
    converter.register_structure_hook_factory(is_alias, _read_alias)
    converter.register_unstructure_hook_factory(is_alias, _write_alias)
    converter.register_structure_hook_func(_is_any, _read_any)
    converter.register_structure_hook(Enum, _read_enum)
    converter.register_structure_hook_factory(is_literal, read_literal)
    converter.register_structure_hook_factory(_is_array, _read_array)
    converter.register_structure_hook_factory(_is_dict, _read_dict)
    converter.register_unstructure_hook_factory(_is_dict, _write_dict)
    converter.register_unstructure_hook_factory(_is_set, _write_set)
    converter.register_structure_hook_factory(is_typed_dict, _read_typed_dict)
    converter.register_unstructure_hook_factory(is_typed_dict, _write_typed_dict)
    converter.register_structure_hook_factory(is_model, _read_model)
    converter.register_unstructure_hook_factory(is_model, _write_model)
    converter.register_structure_hook_factory(is_union, read_union)
    converter.register_unstructure_hook_factory(is_wide_union, write_union)
    return converter


def _read_alias(kind: Type, converter: Converter) -> Read:
    read = converter.get_structure_hook(kind.__value__)
    return lambda value, _: read(value, kind.__value__)


def _write_alias(kind: Type, converter: Converter) -> Write:
    return converter.get_unstructure_hook(kind.__value__)


def _read_enum(value: Any, kind: Type) -> Any:
    return read_enum(kind)(value, kind)


def _read_any(value: Any, _: Type) -> Any:
    return value


def _is_any(kind: Type) -> bool:
    return kind is Any or kind is object


def _is_array(kind: Type) -> bool:
    return origin_of(kind) in LISTS or origin_of(kind) in SETS or origin_of(kind) is tuple


def _is_set(kind: Type) -> bool:
    return origin_of(kind) in SETS


def _is_dict(kind: Type) -> bool:
    return origin_of(kind) in DICTS
