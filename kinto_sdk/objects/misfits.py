"""Why a document does not fit its model, in words. Loaded when one does not."""

from collections.abc import Mapping
from typing import Any

from cattrs import BaseValidationError, Converter, transform_error
from cattrs.errors import ForbiddenExtraKeysError

from .fields import Type

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
