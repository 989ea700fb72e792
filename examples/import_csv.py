"""Import a CSV file: each line becomes a record, many at a time, and what is refused is told.

    KINTO_SERVER_URL=https://kinto.example.com/v1 KINTO_AUTH=alice:s3cret python examples/import_csv.py cities.csv

A record's id is made of its line, so running it again, after a failure say, makes no second ones.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import attrs

from kinto_sdk import Client


@attrs.define
class City:
    """A line of the file."""

    id: str
    name: str
    country: str
    population: int


def read(path: Path) -> Iterator[City]:
    """The lines of the file, one after the other."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = str(uuid5(NAMESPACE_URL, f"{row['country']}/{row['name']}"))
            yield City(key, row["name"], row["country"], int(row["population"]))


def show(done: int, total: int | None) -> None:
    """Tell how far it is. The total is not known of a file that is read while it is sent."""
    print(done, "of", total or "many", "lines")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("file", type=Path)
lines = read(parser.parse_args().file)

with Client.from_env() as client:
    atlas = client.create_bucket("atlas", if_not_exists=True)
    atlas.create_collection("cities", if_not_exists=True)
    cities = atlas.collection("cities", City)

    made = refused = 0
    # Nothing is sent until the loop takes it. A server that fails ends it with a BatchError.
    for outcome in cities.create_records(lines, if_not_exists=True, raise_on_error="server", on_progress=show):
        if outcome.ok:
            made += bool(outcome.resource.created)
        else:
            refused += 1
            print(outcome.resource.data.name, "was refused:", outcome.error)

    print(f"{made} made, {refused} refused, {cities.records().count()} there")

if refused:
    sys.exit(1)
