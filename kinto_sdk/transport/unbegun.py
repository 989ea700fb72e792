"""What the two clients have in common that is sent as somebody iterates over it."""

import warnings


class Unbegun:
    """What sends nothing until somebody iterates over it. Who drops it before is told."""

    def __init__(self, call: str) -> None:
        self._call = call
        self._begun = False

    def __del__(self) -> None:
        if not self._begun:
            warnings.warn(
                f"{self._call} was never iterated over: nothing was sent", RuntimeWarning, stacklevel=2, source=self
            )

    def __repr__(self) -> str:
        return f"<the outcomes of {self._call}, {'begun' if self._begun else 'not begun: iterate over them'}>"
