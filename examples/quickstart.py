"""The quickstart: typed records on a real Kinto, which is started here and stopped at the end.

Run it with `make demo`.
"""

from datetime import UTC, datetime

import attrs

from kinto_sdk import Client, ConflictError
from kinto_sdk.testing import KintoServer


@attrs.define
class Todo:
    """Something to do."""

    title: str
    done: bool = False
    due: datetime | None = None


with KintoServer() as server, Client(server.url, auth=("alice", "s3cret")) as client:
    print("Connected to", client.server_info().project_name)

    blog = client.create_bucket("blog")
    blog.create_collection("todos")
    todos = blog.collection("todos", Todo)
    print("Created", blog.path, "and", todos.path)

    milk = todos.create_record(Todo("Buy milk"), id="milk")
    todos.create_record(Todo("Write the report", due=datetime(2030, 1, 31, tzinfo=UTC)), id="report")
    print("Created", milk.path, "->", milk.data)

    milk.data.done = True
    print("Edited, to be sent:", dict(milk.unsaved.set))
    milk.save()

    for todo in todos.records().order_by("title"):
        print("Listed", todo.id, "->", todo.data)

    elsewhere = todos.get_record("milk")
    elsewhere.data.title = "Buy oat milk"
    elsewhere.save()
    milk.data.title = "Buy soy milk"
    try:
        milk.save()
    except ConflictError as conflict:
        print("Not overwritten: the server has", conflict.theirs and conflict.theirs["title"])

    milk.load()
    milk.delete()
    print("Left:", [todo.data.title for todo in todos.records()])
