"""Why a document does not fit its model, in words. Loaded when one does not."""

import typing
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from cattrs import BaseValidationError, Converter, transform_error
from cattrs.errors import ForbiddenExtraKeysError

from .fields import (
    DICTS,
    LISTS,
    Type,
    bare,
    is_model,
    is_union,
    model_fields,
    origin_of,
    show_type,
    union_members,
)
from .scalars import MisfitError

_ROOT = "$"


def explain(document: Mapping[str, Any], model: Type, converter: Converter, error: Exception) -> list[str]:
    """Return a line per misfit, `path: reason`.

    The fast converter stops at the first and does not know where it was, so a detailed one reads it again.
    """
    detailed = converter if converter.detailed_validation else converter.copy(detailed_validation=True)
    try:
        detailed.structure(dict(document), model)
    except BaseValidationError as found:
        return [_line(text) for text in transform_error(found, _ROOT, _reason)]
    except Exception as found:  # noqa: BLE001  # whatever a hook raises is the reason
        return [_reason(found, None)]
    return [_reason(error, None)]


def explain_writing(data: object, model: Type, converter: Converter, error: Exception) -> list[str]:
    """Return a line per value that can't be written, `path: reason`; the error's own words when it is none of them.

    Converters write without knowing where they are, so each part is written again by itself.
    """
    return [line.removeprefix(".") for line in _unwritable(data, model, converter)] or [_reason(error, None)]


def _unwritable(value: Any, kind: Type, converter: Converter) -> list[str]:
    lines: list[str] = []
    for step, part, its in _parts(value, kind):
        try:
            converter.unstructure(part, unstructure_as=its)
        except RecursionError:
            found = [": nested too deeply, or contains itself"]
        except Exception as error:  # noqa: BLE001  # whatever a hook raises is the reason
            told = MisfitError(show_type(its), part) if isinstance(error, (AttributeError, TypeError)) else error
            found = _unwritable(part, its, converter) or [f": {_reason(told, None)}"]
        else:
            continue
        lines += [f"{step}{line}" for line in found]
    return lines


def _parts(value: Any, kind: Type) -> Iterator[tuple[str, Any, Type]]:
    """What a value is made of, when it is what its type says: the step to each part, the part, and the part's type."""
    whole = value  # for type checkers, which find that the parts of what was looked at are of no known type
    kinds = [bare(each) for each in (union_members(bare(kind)) if is_union(bare(kind)) else (kind,))]
    for each in (*kinds, value.__class__):
        origin, arguments = origin_of(each), typing.get_args(each)
        if is_model(each) and isinstance(value, origin):
            for field in model_fields(each):
                yield f".{field.key}", getattr(value, field.attribute, None), field.type
            return
        if arguments and (origin in LISTS or origin is tuple) and isinstance(value, (list, tuple, deque)):
            fixed = origin is tuple and arguments[-1] is not Ellipsis
            types = arguments if fixed else [arguments[0]] * len(whole)
            for index, (part, its) in enumerate(zip(whole, types, strict=False)):
                yield f"[{index}]", part, its
            return
        if arguments and origin in DICTS and isinstance(value, Mapping):
            for key, part in whole.items():
                yield f"[{key!r}]", part, arguments[1]
            return


def _line(text: str) -> str:
    reason, _, path = text.rpartition(f" @ {_ROOT}")
    return f"{path.lstrip('.')}: {reason}" if path else reason


def _reason(error: BaseException, _: Type) -> str:
    if isinstance(error, KeyError):
        return "is missing"
    if isinstance(error, ForbiddenExtraKeysError):
        return f"{', '.join(sorted(error.extra_fields))}: not declared by the model"
    # The validators of attrs put more than their message into the arguments.
    words = error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
    return " ".join(words.split()) or type(error).__name__
