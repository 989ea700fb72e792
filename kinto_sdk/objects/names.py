"""Sets of principals that are kept as a whole, so that changing many at once has to be one change."""

from collections.abc import Iterable, MutableSet
from collections.abc import Set as AbstractSet
from typing import Any, Self

from ..protocol.errors import UsageError
from ..protocol.principals import Principal


class Names(MutableSet[str]):
    """A set that adds and removes any number of principals in linear time."""

    __slots__ = ()

    def _change(self, add: Iterable[Any], remove: Iterable[Any]) -> None:
        raise NotImplementedError

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> AbstractSet[Any]:
        return set(it)

    def add(self, value: Principal) -> None:
        """Put one in."""
        self._change((value,), ())

    def discard(self, value: Principal) -> None:
        """Take one out, if it is there."""
        self._change((), (value,))

    def update(self, values: Iterable[Principal]) -> None:
        """Put all of these in."""
        if isinstance(values, str):
            raise UsageError(f"update({values!r}) would put in its letters; write [{values!r}], or add()")
        self._change(values, ())

    def clear(self) -> None:
        """Take all out."""
        self._change((), self)

    def __ior__(self, it: AbstractSet[Any]) -> Self:  # type: ignore[misc]  # a `|` may make a set of other things
        self.update(it)
        return self

    def __isub__(self, it: AbstractSet[Any]) -> Self:
        self._change((), it)
        return self

    def __iand__(self, it: AbstractSet[Any]) -> Self:
        self._change((), self - it)
        return self

    def __repr__(self) -> str:
        return f"{{{', '.join(map(repr, self))}}}"
