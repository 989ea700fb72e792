"""A dry run: something that answers requests in the place of the server, and keeps a list of them.

It works below the flows, so that every verb, a batch included, goes through it without knowing. What was written is
remembered, and read back; an object nobody wrote is empty, and a list has nothing in it.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

import attrs

from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject, dumps, is_list, is_object
from ..protocol.messages import Flow, Request, Response, through
from ..protocol.paths import next_path
from .dry_answers import NOT_SENT, Answer, Answers, is_object_path

R = TypeVar("R")

READS = ("GET", "HEAD")


@attrs.define(eq=False)
class DryRunLog:
    """The requests that were not sent, in order; those of a batch one by one. Print it, or iterate over its lines."""

    requests: list[Request] = attrs.field(factory=list[Request])
    """The requests as values."""

    def data(self) -> list[JSONObject]:
        """The requests as JSON: `method`, `path`, `headers` and `json`, with passwords replaced by `***`."""
        return [
            {"method": request.method, "path": request.path, "headers": request.headers, "json": request.json}
            for request in map(Request.as_shown, self.requests)
        ]

    def clear(self) -> None:
        """Forget them."""
        self.requests.clear()

    def __iter__(self) -> Iterator[str]:
        for request in map(Request.as_shown, self.requests):
            shown = "" if request.json is None else " " + dumps(request.json).decode()
            yield f"{request.method} {request.path}{shown}"

    def __len__(self) -> int:
        return len(self.requests)

    def __str__(self) -> str:
        return "\n".join(self)


class DryRun:
    """Answers for one client and its clones."""

    def __init__(self, login: str | None, *, reads_pass: bool) -> None:
        self.log: DryRunLog = DryRunLog()
        self.reads_pass: bool = reads_pass
        self._answers: Answers = Answers(login)

    def remember(
        self, path: str, data: JSONObject | None, permissions: JSONObject | None, *, partial: bool = False
    ) -> None:
        """Take an object that is about to be changed for what its writer has seen of it.

        That is, unless it was a part, and the whole of it can be read.
        """
        if not (partial and self.reads_pass):
            self._answers.remember(path, data, permissions)

    def answering(self, request: Request, kept: Callable[[Request], object]) -> "Flow[Response]":
        """The answer to a request. What is yielded is to be sent to the real server; `kept` hears of what is not."""
        if request.path == "/batch" and is_object(request.json):
            return (yield from self._batch(request, kept))
        if request.sink is not None and not (self.reads_pass and NOT_SENT not in request.path):
            raise UsageError(f"GET {request.path}: a dry run keeps no files, so there is none to download")
        if self._passes(request):
            return (yield request)
        if request.method == "DELETE" and self.reads_pass and self._answers.is_list(request.path):
            return (yield from self._delete_list(request, kept))
        needed = self._needed(request)
        if needed is not None:
            found = yield Request("GET", needed, repeatable=True)
            self._learn(needed, found.status, found.object() if found.ok else None)
        return self._keep(request, kept).to(request)

    def _passes(self, request: Request) -> bool:
        return self.reads_pass and request.method in READS and not self._answers.knows(request.path)

    def _needed(self, request: Request) -> str | None:
        """The object that a write is made to, when only the server knows it: what comes of it depends on what it is."""
        if not self.reads_pass or request.method in READS:
            return None
        path = request.path.split("?", 1)[0].removesuffix("/attachment")
        return None if self._answers.knows(path) or not is_object_path(path) else path

    def _learn(self, path: str, status: int, body: object) -> None:
        if status == 404:
            self._answers.miss(path)
        elif status == 200 and is_object(body) and is_object(data := body.get("data")):
            self._answers.remember(path, data, body.get("permissions") or None)

    def _keep(self, request: Request, kept: Callable[[Request], object]) -> Answer:
        if request.method not in READS or not self.reads_pass:
            self.log.requests.append(request)
            kept(request)
        return self._answers.answer(request)

    def _delete_list(self, request: Request, kept: Callable[[Request], object]) -> "Flow[Response]":
        """The objects that would go are those that are there, and did not go before: then the next page is read."""
        self.log.requests.append(request)
        kept(request)
        page = Request("GET", request.path, repeatable=True)
        while True:
            found = yield page
            rows = found.object().get("data") if found.ok else None
            if not is_list(rows):
                return found
            gone = self._answers.delete_all(request.path, rows)
            following = next_path(page, found)
            if gone or following is None:
                return Response(200, found.headers, dumps({"data": gone}), request=request)
            page = Request("GET", following, repeatable=True)

    def _batch(self, request: Request, kept: Callable[[Request], object]) -> "Flow[Response]":
        """What is kept of a batch is answered here; what is left goes to the server as a smaller one."""
        answers: list[JSONObject | None] = []
        left: list[JSONObject] = []
        requests = [
            Request(item.get("method", "GET"), item["path"], json=item.get("body"), headers=item.get("headers") or {})
            for item in request.json["requests"]
        ]
        unknown = [path for path in map(self._needed, requests) if path is not None]
        if unknown:
            reads = [{"method": "GET", "path": path} for path in unknown]
            found = yield Request("POST", "/batch", json={"requests": reads}, repeatable=True)
            if not found.ok:
                return found
            for path, part in zip(unknown, found.object()["responses"], strict=True):
                self._learn(path, part["status"], part.get("body"))
        for item, asked in zip(request.json["requests"], requests, strict=True):
            if self._passes(asked):
                left.append(item)
                answers.append(None)
            else:
                answer = self._keep(asked, kept)
                answers.append(
                    {
                        "status": answer.status,
                        "path": asked.path,
                        "headers": dict(answer.headers),
                        "body": answer.body,
                    }
                )
        if left:
            # A body that is encoded already holds the writes.
            response = yield attrs.evolve(request, json={**request.json, "requests": left}, content=None)
            if not response.ok:
                return response
            sent = iter(response.object()["responses"])
            answers = [next(sent) if answer is None else answer for answer in answers]
        return Response(200, {}, dumps({"responses": answers}), request=request)


def dry_running(flow: Flow[R], dry_run: DryRun, kept: Callable[[Request], object]) -> Flow[R]:
    """The flow with its requests answered by a dry run, but for those that really are to be sent."""
    return through(flow, lambda request: dry_run.answering(request, kept))
