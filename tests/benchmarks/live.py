"""Against a real Kinto, in memory and on PostgreSQL: what a user waits for, and what of that is the client's work."""

from collections.abc import Iterator

import attrs
from common import AUTH, BUCKET, COLLECTION, document
from measuring import Result, measure
from works import LIVE

from kinto_sdk import Client
from kinto_sdk.testing import KintoServer


def fill(url: str, records: int) -> None:
    """Make the collection that is read."""
    with Client(url, auth=AUTH) as client:
        bucket = client.create_bucket(BUCKET, permissions={"write": ["system.Everyone"]})
        for outcome in bucket.create_collection(COLLECTION).create_records(map(document, range(records))):
            assert outcome.ok


def measure_live() -> Iterator[list[Result]]:
    """The results of each work on each server."""
    plugins = ["kinto.plugins.accounts"]  # no history, which is slow in memory
    servers = {
        "a Kinto in memory": KintoServer(includes=plugins),
        "a Kinto of two processes on PostgreSQL": KintoServer(backend="postgresql", workers=2, includes=plugins),
    }
    for name, server in servers.items():
        with server:
            fill(server.url, LIVE[0].size)
            for work in LIVE:
                yield measure(attrs.evolve(work, title=f"{work.title}: {name}"), server.url)
