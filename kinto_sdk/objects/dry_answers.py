"""What a server would answer, had it done what it was asked."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import attrs

from ..protocol.applying import apply, merged
from ..protocol.jsontypes import JSONObject, copy, dumps, is_list, is_object
from ..protocol.messages import JSON_PATCH, MERGE_PATCH, Request, Response
from ..protocol.server import BATCH_MAX_REQUESTS
from .uploads import Multipart

NO_HASH = "0" * 64
"""Of a file that was not read."""
NOT_SENT = "not-sent/"
"""Where the files are that were not sent."""
LISTS = frozenset({"buckets", "groups", "collections", "records", "history", "accounts", "permissions"})
CAPABILITIES: dict[str, JSONObject] = {
    "accounts": {},
    "attachments": {"version": "", "base_url": None},
    "changes": {},
    "default_bucket": {},
    "flush_endpoint": {},
    "history": {},
    "permissions_endpoint": {},
    "schema": {},
    "signer": {},
}
"""As if the server had every plugin."""


@attrs.frozen
class Answer:
    """An answer before it is one to a request."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def to(self, request: Request) -> Response:
        """The answer to this request."""
        content = b"" if self.body is None or request.method == "HEAD" else dumps(self.body)
        return Response(self.status, self.headers, content, request=request)


@attrs.define
class Known:
    """An object as it is after the writes that were not sent. Permissions of None: nobody saw them."""

    data: JSONObject
    permissions: JSONObject | None

    def body(self) -> JSONObject:
        """As the server shows it."""
        return {"data": self.data} | ({} if self.permissions is None else {"permissions": self.permissions})


NOT_FOUND = Answer(404, {"code": 404, "errno": 110, "error": "Not Found"})


class Answers:
    """Answers requests, remembering what was written."""

    def __init__(self, login: str | None) -> None:
        self._me = None if login is None else f"account:{login}"
        self._known: dict[str, Known | None] = {}
        self._last = 0

    def remember(self, path: str, data: JSONObject | None, permissions: JSONObject | None) -> None:
        """Take an object for what its writer saw of it, unless something was written to it since."""
        if data is not None and path not in self._known:
            self._known[path] = Known(data, permissions)

    def miss(self, path: str) -> None:
        """Take note that the server has no such object."""
        self._known[path] = None

    def knows(self, path: str) -> bool:
        """Whether an object was written, deleted, or looked up."""
        return path.split("?", 1)[0] in self._known

    def is_list(self, path: str) -> bool:
        """Whether a path leads to a list."""
        steps = steps_of(path)
        return len(steps) % 2 == 1 and steps[-1] in LISTS

    def answer(self, request: Request) -> Answer:
        """What the server would say."""
        path = request.path.split("?", 1)[0].rstrip("/")
        if path.startswith("/v1/"):
            path = path[3:]
        if request.method in ("GET", "HEAD"):
            return self._read(path)
        if request.upload is not None or path.endswith("/attachment"):
            return self._attachment(request, path)
        if request.method == "DELETE":
            return self._delete(path)
        if self.is_list(path):
            data: Any = request.json.get("data") if is_object(request.json) else None
            name = data.get("id") if is_object(data) else None
            path += f"/{name or uuid4()}"
        elif request.method not in ("PUT", "PATCH"):
            return Answer(202, {})
        return self._write(request, path)

    def _tick(self) -> int:
        self._last = max(self._last + 1, int(time.time() * 1000))
        return self._last

    def _read(self, path: str) -> Answer:
        if path.startswith("/__"):
            return Answer(200, {})
        if path == "":
            return Answer(200, self._root())
        if path.endswith("/changeset"):
            return Answer(200, {"metadata": {}, "changes": [], "timestamp": self._tick()})
        if self.is_list(path) or "/snapshot/" in path:
            return Answer(200, {"data": []}, {"ETag": f'"{self._tick()}"', "Total-Objects": "0"})
        known = self._known.get(path, Known({"id": last_step(path), "last_modified": self._tick()}, None))
        if known is None:
            return NOT_FOUND
        return Answer(200, known.body(), {"ETag": f'"{known.data["last_modified"]}"'})

    def _root(self) -> JSONObject:
        user = {} if self._me is None else {"user": {"id": self._me, "principals": [self._me], "bucket": "default"}}
        return {
            "project_name": "dry run",
            "settings": {"batch_max_requests": BATCH_MAX_REQUESTS, "readonly": False, "explicit_permissions": True},
            "capabilities": CAPABILITIES,
            **user,
        }

    def _delete(self, path: str) -> Answer:
        if self.is_list(path):
            return Answer(200, {"data": []})
        if self._is_missing(path):
            return NOT_FOUND
        self._known[path] = None
        name = last_step(path)
        return Answer(200, {"data": {"id": name, "last_modified": self._tick(), "deleted": True}})

    def delete_all(self, path: str, rows: list[JSONObject]) -> list[JSONObject]:
        """Delete what a list showed, but for what was deleted already. Returns the tombstones."""
        folder = path.split("?", 1)[0]
        answers = [self._delete(f"{folder}/{quote(row['id'], safe='')}") for row in rows]
        return [answer.body["data"] for answer in answers if answer.status == 200]

    def _is_missing(self, path: str) -> bool:
        return path in self._known and self._known[path] is None

    def _write(self, request: Request, path: str) -> Answer:
        known = self._known.get(path)
        if known is not None and request.headers.get("If-None-Match") == "*":
            existing = {"details": {"existing": known.data}}
            return Answer(412, {"code": 412, "errno": 114, "error": "Precondition Failed", **existing})
        if request.method == "PATCH" and self._is_missing(path):
            return NOT_FOUND
        creates = known is None and request.method != "PATCH"
        after = self._after(request, known or Known({}, {} if creates else None))
        data = dict(after.data)
        if path.startswith("/accounts/"):
            data.pop("password", None)
        data["id"] = last_step(path)
        data["last_modified"] = self._version(request) or self._tick()
        permissions = after.permissions
        if permissions is not None and self._me is not None:
            writers = [name for name in permissions.get("write", ()) if name != self._me]
            permissions = {**permissions, "write": [*writers, self._me]}
        self._known[path] = now = Known(data, permissions)
        return Answer(201 if creates else 200, now.body(), {"ETag": f'"{data["last_modified"]}"'})

    def _version(self, request: Request) -> int | None:
        data: Any = request.json.get("data") if is_object(request.json) else None
        given: Any = data.get("last_modified") if is_object(data) else None
        return given if isinstance(given, int) else None

    def _after(self, request: Request, before: Known) -> Known:
        """The object with the change of a request made."""
        kind = request.headers.get("Content-Type")
        body: Any = request.json
        if kind == JSON_PATCH:
            return Known(*patched(before.data, before.permissions, body))
        body = body if is_object(body) else {}
        data: JSONObject = body.get("data") or {}
        lists: JSONObject | None = body.get("permissions")
        if request.method != "PATCH":
            return Known(data if "data" in body else before.data, lists if lists is not None else before.permissions)
        changed = merged(before.data, data) if kind == MERGE_PATCH else {**before.data, **data}
        kept = before.permissions
        return Known(changed, kept if kept is None or lists is None else {**kept, **lists})

    def _attachment(self, request: Request, path: str) -> Answer:
        record = path.removesuffix("/attachment")
        before = self._known.get(record)
        known = before or Known({}, {} if self._me is None else {"write": [self._me]})
        made: JSONObject | None = None
        fields: Mapping[str, Any] = {}
        if isinstance(request.upload, Multipart):
            file, fields = request.upload.upload, request.upload.fields
            made = {
                "filename": file.filename,
                "location": f"{NOT_SENT}{last_step(record)}",
                "hash": NO_HASH,
                "mimetype": file.mimetype,
                "size": file.size,
            }
        data = {**known.data, **fields.get("data", {}), "id": last_step(record), "attachment": made}
        data["last_modified"] = self._tick()
        permissions = {**(known.permissions or {}), **fields.get("permissions", {})}
        self._known[record] = Known(data, permissions or None)
        return Answer(204) if made is None else Answer(200 if before else 201, made)


def steps_of(path: str) -> list[str]:
    """What is between the slashes of a path."""
    return path.split("?", 1)[0].strip("/").split("/")


def is_object_path(path: str) -> bool:
    """Whether a path leads to an object, by its length: `/buckets/b/collections/c`."""
    return len(steps_of(path)) % 2 == 0


def last_step(path: str) -> str:
    """The id at the end of a path."""
    return unquote(path.rsplit("/", 1)[-1])


def patched(data: JSONObject, permissions: JSONObject | None, operations: Any) -> tuple[JSONObject, JSONObject | None]:
    """Data and permissions after a JSON Patch. An operation that does not fit what is known here does nothing."""
    lists = permissions or {}
    # Patches see a list of principals as an object with their names for keys, and `read` and `write` always.
    seen = {name: dict.fromkeys(lists.get(name, ())) for name in ("read", "write", *lists)}
    root: JSONObject = {"data": copy(data), "permissions": seen}
    for operation in filter(is_object, operations if is_list(operations) else ()):
        try:
            apply(root, operation)
        except (LookupError, TypeError, ValueError):
            with suppress(LookupError, TypeError, ValueError):
                if operation.get("op") == "replace":  # what it replaces need not be known here
                    apply(root, {**operation, "op": "add"})
    after = {name: list(names) for name, names in root["permissions"].items() if names or name in lists}
    return root["data"], None if permissions is None else after
