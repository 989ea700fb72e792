"""How a document becomes what the user holds, and how an edited one becomes what is sent.

A *document* is the JSON object the server keeps for an object, without `id` and `last_modified`. A *codec* turns it
into the user's data and back; documents without a model use `PlainCodec`, models bring their own.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol, TypeVar, cast

from ..protocol.errors import UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, copy, dumps, is_list, is_object, is_text, same

D = TypeVar("D")

METADATA = ("id", "last_modified")
"""The server's own fields in a document's body; they live on the object, not in its data."""


class Codec(Protocol[D]):
    """The two ways between a server document and the user's data."""

    @property
    def stable(self) -> bool:
        """Reading one document twice gives the same data (no default such as a new UUID)."""
        ...

    @property
    def aliases_safe(self) -> bool:
        """The data never shares a container with the document it was read from."""
        ...

    @property
    def shows_metadata(self) -> bool:
        """The data has the `id` or `last_modified` in it, so that it changes with each write."""
        ...

    def structure(self, document: JSONObject) -> D:
        """The data for a document, which may hold the metadata and is given away. Raises ModelError for a misfit."""
        ...

    def unstructure(self, data: D) -> JSONObject:
        """The JSON document for the data, without metadata, which shares no object or list with it.

        Raises ModelError or UsageError for what is not JSON.
        """
        ...

    def check(self, data: D, document: JSONObject, id: str, last_modified: int | None) -> None:  # noqa: A002
        """Refuse data whose document could not be read again. Raises ModelError."""
        ...

    def writes(self, data: D, document: JSONObject) -> bool:
        """Whether the data is written as exactly this document. What can't be written is not."""
        ...

    def declared_id(self, data: D) -> str | None:
        """The id inside the data itself, None when it has none. Raises what `unstructure` raises for a wrong type."""
        ...

    def update(self, data: D, document: Mapping[str, Any], *, keep: Collection[str] = ()) -> D:
        """Change the data where it differs, as JSON, from the document, but for the fields to `keep`.

        Returns it, or a new one when frozen. Raises ModelError for a document that does not fit.
        """
        ...

    def undeclared(self, document: Mapping[str, Any], data: D) -> JSONObject:
        """The fields of the document that the data has no place for, sharing their values."""
        ...


class PlainCodec:
    """Documents without a model: the user's data is the `dict` itself."""

    stable = True
    aliases_safe = False
    shows_metadata = False

    def structure(self, document: JSONObject) -> JSONObject:
        """The document itself, without the metadata."""
        document.pop("id", None)
        document.pop("last_modified", None)
        return document

    def unstructure(self, data: JSONObject) -> JSONObject:
        """The JSON document: dates and the like as strings."""
        document: JSONObject = jsonable(self._checked(data))
        document.pop("id", None)
        document.pop("last_modified", None)
        return document

    def check(self, data: JSONObject, document: JSONObject, id: str, last_modified: int | None) -> None:  # noqa: A002
        """Do nothing: without a model every document can be read."""

    def writes(self, data: JSONObject, document: JSONObject) -> bool:
        """Whether they are the same JSON already: what would be converted is not."""
        return same(data, document)

    def declared_id(self, data: JSONObject) -> str | None:
        """The `id` in the dict."""
        return self._checked(data).get("id")

    def _checked(self, data: JSONObject) -> JSONObject:
        if data.__class__ is not dict and not is_object(data):
            raise UsageError(f"data must be a dict, not {type(data).__name__}; give the collection a model for others")
        return data

    def update(self, data: JSONObject, document: Mapping[str, Any], *, keep: Collection[str] = ()) -> JSONObject:
        """Set, replace and remove top-level keys where they differ. Every document fits, so that none need be kept."""
        for key, value in document.items():
            if key not in METADATA and not (key in data and _is_written(data[key], value)):
                data[key] = copy(value)
        for key in [key for key in data if key not in document and key not in METADATA]:
            del data[key]
        return data

    def undeclared(self, document: Mapping[str, Any], data: JSONObject) -> JSONObject:
        """None: a dict holds every field."""
        return {}


def _is_written(mine: Any, value: Any) -> bool:
    """Whether what the user holds is written as this JSON value. What can't be sent is not."""
    if same(mine, value):
        return True
    try:
        return same(jsonable(mine), value)
    except UsageError:
        return False


PLAIN = PlainCodec()


def is_plain(codec: object) -> bool:
    """Whether this is the codec of documents without a model."""
    return codec is PLAIN


def field_names(fields: object) -> tuple[str, ...]:
    """The names of the fields to read.

    Raises:
        UsageError: it is not a list of names, is empty, or holds a comma, at which the server would split.
    """
    names = tuple(cast("Iterable[object]", fields)) if isinstance(fields, Iterable) else ()
    if not names or isinstance(fields, (str, bytes, Mapping)):
        raise UsageError(f"fields={fields!r}: give a list of field names, such as ['title']")
    for name in names:
        if not is_text(name) or not name or "," in name:
            raise UsageError(f"fields: {name!r} is not the name of a field")
    return cast("tuple[str, ...]", names)


def without_metadata(document: Mapping[str, Any]) -> JSONObject:
    """The document without `id` and `last_modified`, sharing its values."""
    kept = dict(document)
    for key in METADATA:
        kept.pop(key, None)
    return kept


def copy_without_metadata(document: Mapping[str, Any]) -> JSONObject:
    """The document without `id` and `last_modified`, sharing nothing."""
    kept: JSONObject = copy(dict(document))
    for key in METADATA:
        kept.pop(key, None)
    return kept


def is_stamp(value: object) -> bool:
    """Whether the `schema` of a record is what the server writes into it: the version of the schema it was held to."""
    return type(value) is int


MISSING = object()
"""Stands for a value that is not there, where None is a value."""


def overlay(seen: Any, base: Any, mine: Any) -> Any:
    """What to send for an edited value: what the server had, with the edits on top.

    `base` is what the user was shown of `seen`. Where a model shows less than the server keeps, the rest survives: in
    objects recursively, in lists for the elements that did not change.
    """
    if same(base, mine):
        return seen
    if is_object(seen) and is_object(base) and is_object(mine):
        merged = {key: value for key, value in seen.items() if key in mine or key not in base}
        for key, value in mine.items():
            merged[key] = overlay(seen.get(key, MISSING), base.get(key, MISSING), value)
            if merged[key] is MISSING:
                del merged[key]  # a default, which the server needs no more than before
        return merged
    if is_list(seen) and is_list(base) and is_list(mine) and len(seen) == len(base):
        return _overlay_list(seen, base, mine)
    return mine


def with_drawn(document: JSONObject, seen: Any, base: Any) -> JSONObject:
    """The document with the defaults in it that were drawn for the one seen before, which has as little of them.

    `base` is what the user was shown of `seen`. A default such as a new UUID is drawn once, at any depth, and not
    again for the object's next version. What `seen` had and the document has no more was removed: it does not come
    back.
    """
    if not (is_object(seen) and is_object(base)):
        return document
    filled = {key: value for key, value in base.items() if key not in seen and key not in document}
    for key, value in document.items():
        before, shown = seen.get(key), base.get(key)
        if is_object(value):
            filled[key] = with_drawn(value, before, shown)
        elif is_list(value) and is_list(before) and is_list(shown):
            # Of a list the elements that did not change stand where they stood.
            drawn = [
                with_drawn(each, was, had) if is_object(each) and same(each, was) else each
                for each, was, had in zip(value, before, shown, strict=False)
            ]
            filled[key] = drawn + value[len(drawn) :]
        else:
            filled[key] = value
    return filled


def _overlay_list(seen: list[Any], base: list[Any], mine: list[Any]) -> list[Any]:
    if same(seen, base):
        return mine
    # An element is found again where it stood, or as the first equal one that no other is; looked up by its JSON so
    # that a long list costs linear time.
    stayed = {index for index, (was, value) in enumerate(zip(base, mine, strict=False)) if same(was, value)}
    places: dict[bytes, list[int]] = {}
    for place in reversed(range(len(base))):
        if place not in stayed:
            places.setdefault(dumps(base[place]), []).append(place)
    merged: list[Any] = []
    for index, value in enumerate(mine):
        if index in stayed:
            merged.append(seen[index])
            continue
        found = places.get(dumps(value))
        merged.append(seen[found.pop()] if found else value)
    return merged
