"""Typed documents: between a model (an attrs class or dataclass) and the server's JSON.

Nothing here imports cattrs until a model is used, so that a program without models does not pay for it.
"""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from ..protocol.errors import ModelError, UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, same
from .documents import METADATA
from .fields import ModelField, check_model, model_fields, origin_of, show_type, traits
from .undeclared import is_servers_own, undeclared

if TYPE_CHECKING:
    from cattrs import Converter

D = TypeVar("D")


def converter() -> "Converter":
    """Make a cattrs converter that knows every type a model may use; add hooks to it and give it to a client.

    Dates are written as ISO 8601 in UTC with microseconds (`2026-01-02T03:04:05.000006+00:00`), so that the
    server, which compares strings, orders them; naive ones stay naive. A timedelta is a number of seconds;
    UUIDs and Decimals are strings; sets are sorted lists; the members of a union of classes carry `_type`,
    unless a Literal field tells them apart already. Reading is strict: `"false"` is no bool.
    """
    from .hooks import make_converter

    return make_converter()


@lru_cache(maxsize=1)
def default_converter() -> "Converter":
    """Return the converter of clients that were given none."""
    return converter()


def codec_for(model: type[D], converter: "Converter | None" = None, *, strict: bool = False) -> "ModelCodec[D]":
    """Return the codec of a model, made once per model and converter. `strict` ones refuse what is not declared.

    Raises:
        UsageError: it is no attrs class or dataclass, or has a field whose type has no JSON form.
    """
    found: Any = model
    check_model(found)
    codec: ModelCodec[D] = _codec(found, default_converter() if converter is None else converter, strict)
    return codec


@lru_cache(maxsize=512)
def _codec(model: Any, converter: "Converter", strict: bool) -> "ModelCodec[Any]":  # noqa: FBT001  # cached by position
    return ModelCodec[Any].make(model, converter.copy(forbid_extra_keys=True) if strict else converter, strict=strict)


@attrs.frozen(kw_only=True)
class ModelCodec(Generic[D]):
    """Reads documents into instances of one model, and writes them back."""

    model: type[D]
    frozen: bool
    """An instance can't be changed, so a new one takes its place after a write."""
    stable: bool
    """Reading one document twice gives the same data: no default is a new UUID or the time of day."""
    aliases_safe: bool
    """What is read never shares a list or dict with its document: no field is `Any` or a bare `list`."""
    _converter: "Converter" = attrs.field(alias="converter")
    _read: Callable[[Mapping[str, Any], Any], D] = attrs.field(alias="read")
    _write: Callable[[D], JSONObject] = attrs.field(alias="write")
    _fields: tuple[ModelField, ...] = attrs.field(alias="fields")
    _declares: tuple[str, ...] = attrs.field(alias="declares")
    _class: type[Any] = attrs.field(alias="class_")
    _name: str = attrs.field(alias="name")
    _id: str | None = attrs.field(alias="id")
    _no_id: Any = attrs.field(alias="no_id")
    """The default of the `id` field: an instance that has it was given none."""
    _strict: bool = attrs.field(alias="strict")

    @property
    def shows_metadata(self) -> bool:
        """The model declares `id` or `last_modified`, which change with each write."""
        return bool(self._declares)

    @classmethod
    def make(cls, model: Any, converter: "Converter", *, strict: bool) -> "ModelCodec[D]":
        """Look at the model once; what `codec_for` remembers."""
        from cattrs.errors import StructureHandlerNotFoundError

        fields = model_fields(model)
        own = next((field for field in fields if field.key == "id"), None)
        found = traits(model)
        try:
            read = converter.get_structure_hook(model)
            write = converter.get_unstructure_hook(model)
        except StructureHandlerNotFoundError as error:
            missing: Any = error.type_
            if isinstance(missing, TypeVar):
                raise UsageError(
                    f"{show_type(model)} has, or is, a generic class without type arguments; write Model[int]"
                ) from error
            raise UsageError(
                f"{show_type(model)} has a field of type {show_type(missing)}, which has no JSON form; "
                "register hooks for it on kinto_sdk.models.converter() and give that to the client"
            ) from error
        for field in fields:
            if field.key == "last_modified":
                _check_version(field, model, converter)
        return cls(
            model=model,
            frozen=_is_frozen(model),
            stable=found.stable,
            aliases_safe=found.aliases_safe,
            converter=converter,
            read=read,
            write=write,
            fields=fields,
            declares=tuple(field.key for field in fields if field.key in METADATA),
            class_=origin_of(model),
            name=show_type(model),
            id=None if own is None else own.attribute,
            no_id=None if own is None else own.default,
            strict=strict,
        )

    def structure(self, document: Mapping[str, Any]) -> D:
        """Read a document into an instance; fields that the model does not declare are left out, or refused if strict.

        Raises:
            ModelError: the document does not fit; `problems` has a line per misfit, with its path.
        """
        if self._strict:
            document = self._without_servers_own(document)
        try:
            return self._read(document, self.model)
        except Exception as error:
            raise self._explain(document, error) from error

    def _without_servers_own(self, document: Mapping[str, Any]) -> JSONObject:
        declared = {field.key for field in self._fields}
        return {
            key: value
            for key, value in document.items()
            if key in declared or not (key in METADATA or is_servers_own(key, value))
        }

    def undeclared(self, document: Mapping[str, Any], data: D) -> JSONObject:
        """The fields of the document that the model does not declare, nor the server adds, sharing their values."""
        return {
            key: value
            for key, value in undeclared(document, data).items()
            if not (key in METADATA or is_servers_own(key, value))
        }

    def _explain(self, document: Mapping[str, Any], error: Exception) -> ModelError:
        from .reasons import explain

        problems = explain(document, self.model, self._converter, error)
        return ModelError(f"does not fit {self._name}: {'; '.join(problems)}", problems)

    def unstructure(self, data: D) -> JSONObject:
        """Write an instance as a JSON document, without the `id` and `last_modified` it may declare.

        Raises:
            ModelError: it is no instance of the model, or holds what has no JSON form; `problems` has a line for each
                value that is of another type than its field.
        """
        self._check_type(data)
        try:
            written = self._write(data)
        except Exception as error:
            from .reasons import explain_writing

            problems = explain_writing(data, self.model, self._converter, error)
            raise ModelError(f"{self._name} can't be written as JSON: {'; '.join(problems)}", problems) from error
        for key in self._declares:
            written.pop(key, None)
        document: JSONObject = jsonable(written, self._name, ModelError)
        return document

    def check(self, data: D, document: JSONObject, id: str, last_modified: int | None) -> None:  # noqa: A002
        """Refuse an instance whose document could not be read again: Python lets a `str` hold a number.

        Raises:
            ModelError: the document does not fit; `problems` has a line per misfit, with its path.
        """
        if self._declares:
            own = self._write(data)
            known = {"id": id, "last_modified": own.get("last_modified") if last_modified is None else last_modified}
            document = {**document, **{key: known[key] for key in self._declares}}
        self.structure(document)

    def writes(self, data: D, document: JSONObject) -> bool:
        """Tell whether an instance is written as exactly this document. What can't be written is not."""
        try:
            written = self._write(data)
            # Most of what is written is plain JSON at once; members of an enum are not, say.
            return same(written, document) or same(jsonable(written), document)
        except Exception:  # noqa: BLE001  # edited into what can't be written
            return False

    def declared_id(self, data: D) -> str | None:
        """Return the instance's own `id` as the server writes it; None when it has none, or its default (`""`, say).

        Raises:
            ModelError: it is no instance of the model.
        """
        self._check_type(data)
        if self._id is None:
            return None
        given = getattr(data, self._id)
        if given is None or given == self._no_id:
            return None
        return str(self._converter.unstructure(given))

    def _check_type(self, data: object) -> None:
        if not isinstance(data, self._class):
            raise ModelError(f"data must be a {self._name}, not {type(data).__name__}; write {self._name}(…)")

    def update(self, data: D, document: Mapping[str, Any], *, keep: Collection[str] = ()) -> D:
        """Set what differs, as JSON, from the document; return the instance, a new one when frozen.

        What is equal stays the same object: a nested list that did not change is the same list afterwards. So does
        what is in a field to `keep`, whatever the document says.

        Raises:
            ModelError: the document does not fit the model.
        """
        fresh = self.structure(document)
        theirs = jsonable(self._write(fresh))
        try:
            mine = jsonable(self._write(data))
        except Exception:  # noqa: BLE001  # edited into what can't be written, which is no reason not to replace it
            mine = None
        changed = [
            field
            for field in self._fields
            if field.key not in keep and (mine is None or not same(mine.get(field.key), theirs.get(field.key)))
        ]
        if not changed:
            return data
        if self.frozen:
            values = {each.argument: getattr(data, each.attribute) for each in self._fields}
            values |= {each.argument: getattr(fresh, each.attribute) for each in changed}
            return self.model(**values)
        for field in changed:
            # Not through the class's own `__setattr__`: converters and validators ran when `fresh` was made.
            object.__setattr__(data, field.attribute, getattr(fresh, field.attribute))
        return data


def _check_version(field: ModelField, model: Any, converter: "Converter") -> None:
    """Refuse a field that can't hold a version: each write would be done, and its answer not be read."""
    try:
        converter.structure(0, field.type)
    except Exception:  # noqa: BLE001  # any hook's way to say no
        raise UsageError(
            f"{show_type(model)}.{field.attribute}: a version is a number of milliseconds, which is no "
            f"{show_type(field.type)}; declare it int, and read record.modified_at for the datetime"
        ) from None


def _is_frozen(model: Any) -> bool:
    origin = origin_of(model)
    parameters = getattr(origin, "__dataclass_params__", None)
    # attrs tells it by this method alone in the versions that have no attrs.inspect().
    return bool(parameters.frozen if parameters else origin.__setattr__.__name__ == "_frozen_setattrs")
