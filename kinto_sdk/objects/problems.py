"""What a JSON Schema has against a document, found here instead of on the server. Needs the extra `validation`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..protocol.errors import Problem, UsageError
from ..protocol.jsontypes import JSONObject

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_UNCHECKED = ("id", "last_modified", "schema")
"""What Kinto leaves out when it validates a record; an `id` only when the schema does not describe it."""

_SHOWN = 200
"""Characters of a message that are kept; it quotes the value, which may be a whole document."""


def require_jsonschema() -> None:
    """Raise UsageError when it is not installed. Does not import it: that takes a while."""
    if find_spec("jsonschema") is None:
        raise UsageError("validation needs jsonschema; pip install 'kinto-sdk[validation]'")


def schema_checker(schema: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], list[Problem]]:
    """Make a function that lists everything a schema has against a document, by path.

    It decides as Kinto does, by the same library: formats are not checked, and `id`, `last_modified` and
    `schema` are left out. Kinto reports the first problem only.

    Raises:
        UsageError: jsonschema is not installed, or the schema itself is not valid.
    """
    require_jsonschema()
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft7Validator, validator_for
    from referencing.exceptions import Unresolvable

    try:
        Draft7Validator.check_schema(schema)
        unchecked = {name for name in _UNCHECKED if name != "id" or name not in schema.get("properties", {})}
        checked = _without(schema, unchecked)
        # As Kinto chooses it: the draft that the schema names, or else the newest there is.
        kind: Any = validator_for(checked)
        kind.check_schema(checked)
    except SchemaError as error:
        where = _path(error.absolute_path) or "its root"
        raise UsageError(f"the schema is not valid at {where}: {error.message}") from error
    validator = kind(checked)

    def check(document: Mapping[str, Any]) -> list[Problem]:
        record = {key: value for key, value in document.items() if key not in unchecked}
        try:
            found = [problem for error in validator.iter_errors(record) for problem in _problems(error)]
        except Unresolvable as error:
            return [Problem("body", "schema", str(error))]
        return sorted(found, key=lambda problem: problem.name)

    return check


def _without(schema: Mapping[str, Any], unchecked: Collection[str]) -> JSONObject:
    checked = {key: value for key, value in schema.items() if key != "required"}
    required = [name for name in schema.get("required", ()) if name not in unchecked]
    return {**checked, "required": required} if required else checked


def _problems(error: "ValidationError") -> list[Problem]:
    branch = _meant(error)
    if branch:
        return [problem for inner in branch for problem in _problems(inner)]
    path = _path(error.absolute_path)
    if error.validator == "required":
        wanted: Any = error.validator_value
        missing = next(name for name in wanted if error.message.startswith(repr(name)))
        path = f"{path}.{missing}" if path else missing
    message = error.message if len(error.message) <= _SHOWN else error.message[:_SHOWN] + "…"
    return [Problem("body", path, message)]


def _meant(error: "ValidationError") -> list["ValidationError"]:
    """List the errors of the one alternative that the value could have meant, when there is only one.

    `{"n": "x"} is not valid under any of the given schemas` helps nobody when the other schema was null.
    """
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = [
        errors
        for errors in branches.values()
        if not any(inner.validator == "type" and not inner.relative_path for inner in errors)
    ]
    return meant[0] if len(meant) == 1 else []


def _path(steps: Iterable[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
