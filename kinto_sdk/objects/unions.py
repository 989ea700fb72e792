"""How a value of a union finds its member."""

import typing
from types import NoneType
from typing import Any

from cattrs import Converter

from ..protocol.errors import UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import is_object, same
from .fields import TAG, Type, bare, is_literal, is_model, is_union, model_fields, origin_of, show_type, union_members
from .scalars import MisfitError, Read, Write, json_key


def _members(kind: Type) -> list[Type]:
    return [each for each in union_members(kind) if each is not NoneType]


def _tags(classes: list[Type]) -> tuple[str, dict[Any, Type]]:
    """Find the field that tells the classes apart, and which of its values means which class.

    A Literal field that all have, with values that differ, is their own tag. Else the class name is written.
    """
    fields = [{field.key: bare(field.type) for field in model_fields(bare(each))} for each in classes]
    for key in fields[0]:
        if all(key in own and is_literal(own[key]) for own in fields):
            values = [
                (json_key(value), each)
                for each, own in zip(classes, fields, strict=True)
                for value in typing.get_args(own[key])
            ]
            if len(dict(values)) == len(values):
                return key, dict(values)
    names = {(str, origin_of(bare(each)).__name__): each for each in classes}
    if len(names) < len(classes):
        raise UsageError(
            f"{' | '.join(map(show_type, classes))}: two classes of one name can't be told apart; "
            "give each a Literal field of its own, such as type: Literal['cat'] = 'cat'"
        )
    return TAG, names


_PLAIN = frozenset({str, int, float, bool})


def _read_optional(member: Type, converter: Converter) -> Read:
    read_member = converter.get_structure_hook(member)

    def read(value: Any, _: Type) -> Any:
        return None if value is None else read_member(value, member)

    return read


def read_union(kind: Type, converter: Converter) -> Read:
    """Read by tag, else as the first member that would write the value back the same, else as the first to fit.

    Being written back the same is what keeps `datetime | str` from rewriting strings that look like dates.
    """
    # A hook that the user registered for this very union wins; there is no public way to ask for it.
    own_hooks = converter._union_struct_registry
    if kind in own_hooks:
        return own_hooks[kind]
    members = _members(kind)
    if len(members) == 1:
        return _read_optional(members[0], converter)
    nullable = NoneType in union_members(kind)
    plain = frozenset(members) if _PLAIN.issuperset(members) else frozenset[Type]()
    read_tagged = _read_tagged(members, converter)
    read_fitting = _read_fitting(members, converter)

    def read(value: Any, _: Type) -> Any:
        if type(value) in plain or (value is None and nullable):
            return value
        if is_object(value):
            return read_tagged(value, _)
        return read_fitting(value, _)

    return read


def _read_tagged(members: list[Type], converter: Converter) -> Read:
    classes = [each for each in members if is_model(bare(each))]
    hooks = {each: converter.get_structure_hook(each) for each in classes}
    tag, by_tag = _tags(classes) if len(classes) > 1 else (TAG, {})
    read_fitting = _read_fitting(members, converter)
    strict = converter.forbid_extra_keys

    def read(value: dict[str, Any], _: Type) -> Any:
        chosen = by_tag.get(json_key(value[tag])) if tag in value else None
        if chosen is not None:
            if strict and tag == TAG:
                value = {key: each for key, each in value.items() if key != TAG}
            return hooks[chosen](value, chosen)
        try:
            return read_fitting(value, _)
        except MisfitError:
            if len(classes) != 1:
                raise
            return hooks[classes[0]](value, classes[0])  # raises as well, and says where

    return read


def _read_fitting(members: list[Type], converter: Converter) -> Read:
    hooks = [(each, converter.get_structure_hook(each), converter.get_unstructure_hook(each)) for each in members]

    def read(value: Any, _: Type) -> Any:
        fits: list[Any] = []
        for each, read_member, write in hooks:
            try:
                found = read_member(value, each)
                if same(jsonable(write(found)), value):
                    return found
            except Exception:  # noqa: BLE001, S112  # any hook's way to say no
                continue
            fits.append(found)
        if fits:
            return fits[0]
        raise MisfitError(" or ".join(map(show_type, members)), value)

    return read


def is_wide_union(kind: Type) -> bool:
    """Tell whether it has more than one member besides None."""
    return is_union(kind) and len(_members(kind)) > 1


def write_union(kind: Type, converter: Converter) -> Write:
    """Write as the member whose class the value has, with the class name as a tag where one is needed."""
    members = _members(kind)
    classes = [each for each in members if is_model(bare(each))]
    tagged = len(classes) > 1 and _tags(classes)[0] == TAG
    hooks: dict[Type, Write] = {}
    for each in members:
        # Of two lists the value's class does not tell which; they are written by what is in them.
        hook = converter.unstructure if origin_of(bare(each)) in hooks else converter.get_unstructure_hook(each)
        hooks[origin_of(bare(each))] = hook
    names = {origin_of(bare(each)): origin_of(bare(each)).__name__ for each in classes} if tagged else {}

    def write(value: Any) -> Any:
        cls = next((cls for cls in type(value).__mro__ if cls in hooks), None)
        if cls is None:
            return converter.unstructure(value)
        written = hooks[cls](value)
        return {TAG: names[cls], **written} if cls in names else written

    return write
