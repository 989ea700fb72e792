"""Why a document does not fit its model, in words. Loaded when one does not."""

from collections.abc import Mapping
from typing import Any

from cattrs import BaseValidationError, Converter, transform_error
from cattrs.errors import ForbiddenExtraKeysError

from .fields import Type, is_model, model_fields, origin_of, show_type
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

    Converters write without knowing where they are, so each field is written again by itself.
    """
    return _unwritable(data, model, converter) or [_reason(error, None)]


def _unwritable(data: object, model: Type, converter: Converter) -> list[str]:
    lines: list[str] = []
    for field in model_fields(model):
        value: Any = getattr(data, field.attribute, None)
        try:
            converter.unstructure(value, unstructure_as=field.type)
        except (AttributeError, TypeError):
            kind: Type = field.type if is_model(field.type) else value.__class__
            inside = (
                _unwritable(value, kind, converter) if is_model(kind) and isinstance(value, origin_of(kind)) else []
            )
            found = [f".{line}" for line in inside] or [f": {MisfitError(show_type(field.type), value)}"]
        except Exception as error:  # noqa: BLE001  # whatever a hook raises is the reason
            found = [f": {_reason(error, None)}"]
        else:
            continue
        lines += [f"{field.key}{line}" for line in found]
    return lines


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
