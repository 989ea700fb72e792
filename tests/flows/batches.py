"""Units of work, and what the server says to them: what the tests of batches share."""

from typing import Any

from kinto_sdk import Record, Request, TransportError
from kinto_sdk._sync.collection import Collection
from kinto_sdk.flows import batch as unit
from kinto_sdk.flows import objects as flows
from kinto_sdk.flows.jobs import Job
from kinto_sdk.objects.context import ServerMemory
from kinto_sdk.protocol.server import server_info_from
from tests.flows.driving import Answer, body, navigation, row, run

RECORDS = "/buckets/b/collections/c/records/"
CONFLICT = Answer(412, {"code": 412, "errno": 114})
COLLISION = Answer(409, {"code": 409, "errno": 122})
MISSING = Answer(404, {"code": 404, "errno": 110})


def collection(limit: int = 25) -> Collection[dict[str, Any]]:
    """A collection of a server that is known to take so many operations at once."""
    info = server_info_from({"settings": {"batch_max_requests": limit}})
    return navigation(memory=ServerMemory(info)).bucket("b").collection("c")


def new(todos: Collection[dict[str, Any]], id: str, **options: Any) -> Job[Record[dict[str, Any]]]:  # noqa: A002
    """A job that creates a record."""
    record = todos.new_record({"n": 1}, id)
    return Job(record, flows.create(record, **options))


def seen(todos: Collection[dict[str, Any]], id: str, version: int = 1, **fields: Any) -> Record[dict[str, Any]]:  # noqa: A002
    """A record that was read."""
    return Record(todos, id, row(version, id, **fields))


def made(id: str, version: int = 5) -> Answer:  # noqa: A002
    """The server's answer to a creation."""
    return Answer(201, body(version, id, n=1))


def together(*parts: Answer, retried: bool = False) -> Answer:
    """The answer to a POST /batch."""
    responses = [{"status": part.status, "headers": dict(part.headers), "body": part.body} for part in parts]
    return Answer(200, {"responses": responses}, retried=retried)


def sent(request: Request) -> list[str]:
    """What a request asks, item by item when it is a batch."""
    if request.path != "/batch":
        return [f"{request.method} {request.path}"]
    return [f"{item['method']} {item['path'].removeprefix(RECORDS)}" for item in request.json["requests"]]


def work(jobs: list[Job[Any]], *answers: Answer | TransportError) -> list[list[str]]:
    """Carry out jobs, and tell what was sent."""
    return [sent(request) for request in run(unit.run(jobs, jobs[0].target._context), *answers).requests]


def statuses(jobs: list[Job[Any]]) -> list[str]:
    """What became of them."""
    return [job.outcome().status for job in jobs]
