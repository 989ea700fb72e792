"""Which request carries a patch. Pure; the flows send what is planned here."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ..protocol.applying import segments_of
from ..protocol.errors import NotLoadedError, UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, is_object
from ..protocol.messages import JSON_PATCH, MERGE_PATCH, Request
from ..protocol.patches import JSONPatch, MergePatch, guard
from ..protocol.principals import check_permission
from .documents import PLAIN, without_metadata
from .merge import Path
from .plan import Plan, precondition
from .state import UNREAD, State


def plan_fields(
    state: State[Any], fields: Mapping[str, Any], *, safe: bool = True, if_match: int | str | None = None
) -> Plan:
    """A PATCH of these top-level fields. The object's unsaved edits stay unsaved."""
    headers = precondition(state, safe=safe, if_match=if_match)
    request = Request("PATCH", state.path, json={"data": dict(fields)}, headers=headers, repeatable=True)
    seen = state._seen_document()
    return _plan(state, request, None if seen is None else {**seen, **fields}, tuple((name,) for name in fields))


def plan_merge(state: State[Any], patch: MergePatch, *, safe: bool = True, if_match: int | str | None = None) -> Plan:
    """A PATCH with the content type of a merge patch."""
    headers = precondition(state, safe=safe, if_match=if_match) | {"Content-Type": MERGE_PATCH}
    seen = state._seen_document()
    if seen is not None:
        _refuse_object_over_value(state.path, seen, patch.data)
    request = Request("PATCH", state.path, json=patch.body(), headers=headers, repeatable=True)
    return _plan(state, request, None if seen is None else patch.apply(seen), tuple(_leaves(patch.data)))


def plan_json_patch(state: State[Any], patch: JSONPatch, writer: str, headers: Mapping[str, str]) -> Plan:
    """A PATCH with the content type of a JSON Patch, guarded. It is sent again only under a precondition."""
    request = Request(
        "PATCH",
        state.path,
        json=[guard(writer), *patch.operations],
        headers={**headers, "Content-Type": JSON_PATCH},
        repeatable="If-Match" in headers,
    )
    seen = state._seen_document()
    changed = [operation["path"] for operation in patch.operations if operation["op"] != "test"]
    changed += [operation["from"] for operation in patch.operations if operation["op"] == "move"]
    own = tuple(tuple(keys) for part, *keys in map(segments_of, changed) if part == "data")
    return _plan(state, request, None if seen is None else patch.apply(seen), own)


def check_patch(state: State[Any], patch: Any) -> "Mapping[str, Any] | MergePatch | JSONPatch":
    """The patch, its values as plain JSON.

    Raises:
        UsageError: it is none of the kinds of patch, holds what is not JSON, or would change the id.
        NotLoadedError: a merge patch of permissions that are not known. The server would clear those not seen.
    """
    if isinstance(patch, MergePatch):
        return _checked_merge(state, patch)
    if isinstance(patch, Mapping):
        patch = cast("Mapping[str, Any]", patch)
        return _checked_fields(state, patch)
    if not isinstance(patch, JSONPatch) and (isinstance(patch, str) or not hasattr(patch, "__iter__")):
        raise UsageError(f"a patch is a dict, a MergePatch, a JSONPatch or a list of operations, not {patch!r}")
    operations = patch.operations if isinstance(patch, JSONPatch) else list(patch)
    checked = JSONPatch(jsonable(operations, "patch"))
    for operation in checked.operations:
        for path in (operation["path"], operation.get("from", "")):
            if path.startswith("/permissions/"):
                check_permission(state._kind, path.split("/")[2])
    return checked


def _checked_merge(state: State[Any], patch: MergePatch) -> MergePatch:
    _check_dict(patch.data)
    data = _checked_fields(state, patch.data)
    if patch.permissions is not None:
        _check_dict(patch.permissions)
        for name in patch.permissions:
            check_permission(state._kind, name)
        if not state.permissions.known:
            raise NotLoadedError(
                f"the permissions of {state.path} are not known, and a merge patch of them would clear what is "
                "not seen; load() the object first, or use grant() and revoke()"
            )
    return MergePatch(data, permissions=patch.permissions)


def _check_dict(part: object) -> None:
    if not isinstance(part, Mapping):
        raise UsageError(f"MergePatch({{...}}, permissions={{...}}) takes dicts, not {part!r}")


def _checked_fields(state: State[Any], fields: Mapping[str, Any]) -> JSONObject:
    state._check_declared_id(dict(fields), PLAIN)
    return PLAIN.unstructure(without_metadata(fields))


def _plan(state: State[Any], request: Request, document: JSONObject | None, own: tuple[Path, ...]) -> Plan:
    expected = UNREAD if state._data is UNREAD else state._shown(state._seen_document() or {})
    return Plan(request, expected, document, own=own)


def _leaves(patch: Mapping[str, Any], at: Path = ()) -> Iterator[Path]:
    for key, value in patch.items():
        if is_object(value):
            yield from _leaves(value, (*at, key))
        else:
            yield *at, key


def _refuse_object_over_value(path: str, seen: Mapping[str, Any], patch: Mapping[str, Any], at: str = "") -> None:
    for key, value in patch.items():
        if not is_object(value) or key not in seen:
            continue
        if not is_object(seen[key]):
            raise UsageError(
                f"{path}: {at}{key} is not an object, and the server fails on a merge patch that makes it one; "
                "use patch({...}) with the whole value"
            )
        _refuse_object_over_value(path, seen[key], value, f"{at}{key}.")
