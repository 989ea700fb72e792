"""What patches do to a document, for a dry run: the server does it otherwise."""

from typing import Any

from ..protocol.jsontypes import JSONObject, copy, is_list, is_object


def merge_patched(document: JSONObject, patch: JSONObject) -> JSONObject:
    """A document after a merge-patch: null removes, objects are merged."""
    after = dict(document)
    for key, value in patch.items():
        if value is None:
            after.pop(key, None)
        elif is_object(value):
            before = after.get(key)
            after[key] = merge_patched(before if is_object(before) else {}, value)
        else:
            after[key] = value
    return after


def patched(data: JSONObject, permissions: JSONObject | None, operations: Any) -> tuple[JSONObject, JSONObject | None]:
    """Data and permissions after the operations of a JSON Patch. One that finds nothing to work on does nothing.

    In permissions a principal is the last step of a path: `/permissions/read/account:bob`.
    """
    document: JSONObject = {
        "data": copy(data),
        "permissions": {name: list(who) for name, who in (permissions or {}).items()},
    }
    for operation in operations if is_list(operations) else ():
        verb, steps = operation.get("op"), _steps(operation.get("path"))
        if verb in ("move", "copy"):
            source = _steps(operation.get("from"))
            value = copy(_found(document, source))
            if verb == "move":
                _remove(document, source)
            _add(document, steps, value)
        elif verb in ("add", "replace"):
            _add(document, steps, operation.get("value"), replace=verb == "replace")
        elif verb == "remove":
            _remove(document, steps)
    return document["data"], None if permissions is None else document["permissions"]


def _steps(pointer: Any) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in str(pointer).split("/")[1:]]


def _found(document: Any, steps: list[str]) -> Any:
    for step in steps:
        if is_object(document):
            document = document.get(step)
        elif is_list(document) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _add(document: JSONObject, steps: list[str], value: Any, *, replace: bool = False) -> None:
    if steps[:1] == ["permissions"] and len(steps) == 3:
        names: list[str] = document["permissions"].setdefault(steps[1], [])
        if steps[2] not in names:
            names.append(steps[2])
        return
    place = _found(document, steps[:-1])
    if is_object(place):
        place[steps[-1]] = value
    elif is_list(place) and (steps[-1] == "-" or steps[-1].isdigit()):
        index = len(place) if steps[-1] == "-" else int(steps[-1])
        place[index : index + replace] = [value]


def _remove(document: JSONObject, steps: list[str]) -> None:
    place = _found(document, steps[:-1])
    if is_object(place):
        place.pop(steps[-1], None)
    elif is_list(place) and steps[-1] in place:
        place.remove(steps[-1])
    elif is_list(place) and steps[-1].isdigit() and int(steps[-1]) < len(place):
        del place[int(steps[-1])]
