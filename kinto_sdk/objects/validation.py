"""Records held against a schema one after the other, without sending them."""

from typing import Any

import attrs

from ..protocol.errors import ModelError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, is_object
from .checks import Checks, refusal
from .documents import Codec, without_metadata
from .misfit import Misfit
from .state import State


@attrs.define(eq=False)
class Validation:
    """Checks records, documents or instances of the model, and keeps what does not fit."""

    path: str
    """The collection's."""
    codec: Codec[Any]
    """How its records are written."""
    checks: Checks
    schema: JSONObject
    misfits: list[Misfit[Any]] = attrs.field(factory=list[Misfit[Any]], init=False)
    _count: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.checks.problems(self.schema, {})  # one that is not valid is an error, though there be nothing to check

    def check(self, item: Any) -> None:
        """The next one."""
        name = self._name(item)
        self._count += 1
        try:
            problems = self.checks.problems(self.schema, self._document(item))
        except ModelError as error:
            self.misfits.append(Misfit(item, error))
            return
        if problems:
            self.misfits.append(Misfit(item, refusal(name, self.path, problems)))

    def _name(self, item: Any) -> str:
        """What errors call it."""
        return item.path if isinstance(item, State) else f"records[{self._count}]"

    def _document(self, item: Any) -> JSONObject:
        """What would be sent."""
        if isinstance(item, State):
            return item._document()
        if not is_object(item):
            return self.codec.unstructure(item)
        document: JSONObject = jsonable(without_metadata(item), error=ModelError)
        return document
