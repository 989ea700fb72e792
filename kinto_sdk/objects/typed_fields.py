"""`fields(Todo)`: the fields of a model for queries, with names and types that a checker knows."""

import typing
from typing import Any, TypeVar, cast

import attrs

from ..protocol.errors import UsageError
from ..protocol.filters import Fields
from .fields import Type, bare, check_model, is_model, is_union, model_fields, show_type

M = TypeVar("M")


def fields(model: type[M]) -> M:
    """The fields of a model for `where()` and `order_by()`, checked: `fields(Todo).votes >= 3`.

    It is typed as an instance of the model, so that mypy and pyright check each name and what it is compared with.
    At run time an attribute is a field like those of `F`, under the name it has in the server's documents; one that the
    model does not declare is refused (`id` and `last_modified` are always there).

    For a checker `fields(Todo).due` is a datetime, which has no `is_in` and, when it is optional, no order.
    `F[...]` around it gives the field with all its operators: `F[fields(Todo).due] < now`.

    Raises:
        UsageError: it is no attrs class or dataclass, or, later, the model does not declare the attribute.
    """
    check_model(model)
    model_fields(cast("Type", model))
    return cast("M", Fields(_ModelScope(model)))


@attrs.frozen
class _ModelScope:
    """The names a model declares."""

    model: Type
    below: bool = False

    def find(self, name: str) -> "tuple[str, _ModelScope | None]":
        """The server's name for an attribute, and the scope of its own model if it has one."""
        declared = model_fields(self.model)
        for field in declared:
            if field.attribute == name:
                return field.key, _scope_of(field.type)
        if name in ("id", "last_modified") and not self.below:
            return name, None
        names = ", ".join(field.attribute for field in declared)
        raise UsageError(f"{show_type(self.model)} has no field {name!r}, it has {names}; F alone reaches any")


def _scope_of(kind: Any) -> _ModelScope | None:
    """The scope of a model, or of the one model in a union; None where anything goes."""
    kind = bare(kind)
    members = [bare(member) for member in typing.get_args(kind)] if is_union(kind) else [kind]
    models = [member for member in members if is_model(member)]
    return _ModelScope(models[0], below=True) if len(models) == 1 else None
