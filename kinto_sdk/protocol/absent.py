"""The argument that was not given."""

from enum import Enum
from typing import Final, Literal, TypeAlias


class _Absent(Enum):
    """Tells three calls apart: `bucket()` is the default, `bucket("b")` is b, `bucket(None)` is a mistake."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


Absent: TypeAlias = Literal[_Absent.ABSENT]
"""The type of an argument that was not given: the default is meant."""
ABSENT: Final = _Absent.ABSENT
