"""A record, and what the server says of it: what the tests of flows share."""

from typing import Any

import attrs

from kinto_sdk import AUTHENTICATED, EVERYONE, Record
from kinto_sdk.flows import objects as flows
from tests.flows.driving import Answer, body, navigation, row, run

PATH = "/buckets/b/collections/c/records/r"
ME = "account:me"
GUARD = {"op": "test", "path": f"/permissions/write/{ME}", "value": ME}
"""What a JSON Patch of mine begins with."""

HELLO = Answer(200, {"settings": {}, "user": {"id": ME, "principals": [ME, AUTHENTICATED, EVERYONE]}})
FAILED = Answer(400, {"errno": 107, "message": "JSON Patch operation failed", "details": []})
FORBIDDEN = Answer(403, {"errno": 121, "error": "Forbidden", "message": "This user cannot access this resource."})
GONE = Answer(404, {"errno": 110, "error": "Not Found", "details": {"id": "r", "resource_name": "record"}})
NO_PARENT = Answer(404, {"errno": 111, "error": "Not Found", "details": {"id": "c", "resource_name": "collection"}})


@attrs.define
class Todo:
    """Something to do."""

    title: str
    done: bool = False


def conflict(version: int | None = None, *, retried: bool = False, **fields: Any) -> Answer:
    """A 412, which shows what the server has unless there is nothing."""
    details = {} if version is None else {"details": {"existing": row(version, **fields)}}
    content = {"code": 412, "errno": 114, "message": "Resource was modified meanwhile", **details}
    return Answer(412, content, retried=retried)


def handle(model: Any = None) -> Record[Any]:
    """A record that was never seen."""
    return navigation().bucket("b").collection("c", model).record("r")


def new(**fields: Any) -> Record[Any]:
    """A record that was never saved."""
    return navigation().bucket("b").collection("c").new_record(fields, "r")


def seen(version: int = 1, **fields: Any) -> Record[Any]:
    """A record that was loaded by a writer."""
    record = handle()
    run(flows.load(record), Answer(200, body(version, **fields)))
    return record
