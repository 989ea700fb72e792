"""What a document holds beyond what its model declares."""

from collections.abc import Mapping
from typing import Any

from ..protocol.jsontypes import JSONObject, is_object
from .documents import is_stamp
from .fields import TAG, is_model, model_fields


def is_servers_own(key: str, value: Any) -> bool:
    """Whether a field was put into the document by the server: its `schema` stamp, what it says of an attachment."""
    return (key == "schema" and is_stamp(value)) or (key == "attachment" and is_object(value))


def undeclared(document: Mapping[str, Any], data: Any) -> JSONObject:
    """The fields of the document that the instance's class does not declare, in nested objects too."""
    attributes = {field.key: field.attribute for field in model_fields(data.__class__)}
    found: JSONObject = {}
    for key, value in document.items():
        if key not in attributes:
            found[key] = value
            continue
        inner = getattr(data, attributes[key])
        if is_object(value) and is_model(inner.__class__):
            # A union's tag says which class it is, so it is no field that was left out.
            more = undeclared({name: each for name, each in value.items() if name != TAG}, inner)
            if more:
                found[key] = more
    return found
