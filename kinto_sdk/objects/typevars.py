"""Type variables with defaults, for checkers; at run time they are plain, so that typing_extensions is not needed."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    D = TypeVar("D", default=dict[str, Any])
else:
    from typing import TypeVar

    D = TypeVar("D")
