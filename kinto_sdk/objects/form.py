"""How a collection's records are read, written and checked."""

from typing import TYPE_CHECKING, Any, Final, Generic, cast

import attrs

from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject
from .context import check_converter
from .documents import PLAIN, Codec
from .typevars import D

if TYPE_CHECKING:
    from cattrs import Converter


@attrs.frozen(kw_only=True)
class Form(Generic[D]):
    """What was said of the records when the handle on their collection was made."""

    model: type[D] | None = None
    """The class of their data; None for dicts."""
    strict: bool = False
    """Fields that the model does not declare are an error."""
    validate: bool = False
    """They are checked against a schema before they are sent."""
    converter: "Converter | None" = None
    """In place of the client's."""

    def __attrs_post_init__(self) -> None:
        if self.model is None and (self.strict or self.converter is not None):
            raise UsageError("strict= and converter= are about a model: collection(id, Model, strict=True)")
        check_converter(self.converter)
        if self.validate:
            from .problems import require_jsonschema

            require_jsonschema()

    def codec(self, converter: "Converter | None") -> Codec[D]:
        """How they are read and written, by the client's converter unless there is one of their own."""
        if self.model is None:
            return cast("Codec[D]", PLAIN)
        from .models import codec_for

        return codec_for(self.model, self.converter or converter, strict=self.strict)

    def without_model(self) -> "Form[dict[str, Any]]":
        """The same for records that are dicts."""
        return Form(validate=self.validate)

    def portable(self) -> "Form[D]":
        """What can be pickled of it: a converter stays behind, as the client's does."""
        return attrs.evolve(self, converter=None)


def model_schema(model: Any) -> JSONObject:
    """The JSON Schema of what is given for the data of a new collection.

    Raises:
        UsageError: it is no model.
    """
    from .fields import is_model, show_type
    from .schema import json_schema

    if not is_model(model):
        raise UsageError(f"data must be a dict, or a model (an attrs class or dataclass), not {show_type(model)}")
    return json_schema(model)


UNTYPED: Final[Form[Any]] = Form()
