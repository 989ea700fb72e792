"""Reading the YAML files of kinto-wizard."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any

from ...objects.documents import METADATA
from ...protocol.errors import UsageError
from ...protocol.jsontypes import JSONObject, is_list, is_object
from ..places import Place
from .entries import Entry, make_entry

if TYPE_CHECKING:
    import yaml


def read_yaml(file: IO[bytes], name: str) -> Iterator[Entry]:
    """The objects of a file with `buckets:` at its top. All of it is in memory: YAML can't be read in parts.

    Raises:
        UsageError: it is not YAML, or not of that form; the message says where.
    """
    import yaml

    try:
        content = yaml.load(file, Loader=_loader())  # noqa: S506  # a safe one
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"{name} can't be read as YAML: {' '.join(str(error).split())}") from None
    if not is_object(content) or "buckets" not in content:
        raise UsageError(f"{name} is neither an export nor a file of kinto-wizard, which begins with 'buckets:'")
    try:
        yield from _buckets(content["buckets"])
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None


def _loader() -> "type[yaml.SafeLoader | yaml.CSafeLoader]":
    import yaml

    # The one in C, several times faster, is not there on every machine.
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _buckets(buckets: Any) -> Iterator[Entry]:
    for bucket_id, bucket in _objects(buckets, "buckets"):
        place = Place(bucket_id)
        yield _entry(place, bucket)
        for group_id, group in _objects(bucket.get("groups"), f"the groups of {place}"):
            yield _entry(Place(bucket_id, group=group_id), group)
        for collection_id, collection in _objects(bucket.get("collections"), f"the collections of {place}"):
            place = Place(bucket_id, collection=collection_id)
            yield _entry(place, collection)
            for record_id, record in _objects(collection.get("records"), f"the records of {place}"):
                yield _entry(Place(bucket_id, collection=collection_id, record=record_id), record)


def _objects(found: Any, what: str) -> Iterator[tuple[str, JSONObject]]:
    """The objects of a list by their ids. One without anything to say may be empty."""
    if found is None:
        return
    if not is_object(found):
        raise ValueError(f"{what} are no objects by their ids")
    for id_, value in found.items():
        if value is not None and not is_object(value):
            raise ValueError(f"{what}: {id_} is no object")
        yield str(id_), value or {}


def _entry(place: Place, row: JSONObject) -> Entry:
    data, version = row.get("data"), None
    if is_object(data):
        version = data.get("last_modified")
        data = {str(name): _json(value) for name, value in data.items() if name not in METADATA}
    try:
        return make_entry(place, data, row.get("permissions"), version)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _json(value: Any) -> Any:
    """The value with dates as text, which JSON has no other form for."""
    if is_object(value):
        return {str(name): _json(item) for name, item in value.items()}
    if is_list(value):
        return [_json(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value
