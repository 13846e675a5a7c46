"""Remembers what a function says of values that come again, in bounded space."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from trailwarden.cloudtrail.values import MISSING

SIZE = 1 << 14
"""How many values of a field are remembered; hostile ones must not fill the memory."""

_MET = 8
"""Of how many times as many values it is known that they came once."""

Answer = TypeVar("Answer")


class Memory(dict[Any, Answer], Generic[Answer]):
    """The answers of a pure function, by value.

    Only texts and tuples of texts are remembered, as they equal nothing but themselves. Once the
    memory was full, a value is remembered when it comes for the second time. So values that never
    come again cost next to nothing.
    """

    def __init__(self, of: Callable[[Any], Answer], size: int = SIZE) -> None:
        """Take the function, and how many of its answers are remembered."""
        super().__init__()
        self.of = of
        self._size = size
        self._met: set[int] | None = None
        """The hashes of values that came once, since the memory was full."""

    def __missing__(self, value: Any) -> Answer:
        return self.remember(value, self.of(value))

    def remember(self, value: Any, answer: Answer) -> Answer:
        """Remember the answer for a value, if that is worth it, and return it."""
        if _is_text(value) and self._admits(value):
            self[value] = answer
        return answer

    def _admits(self, value: Any) -> bool:
        if len(self) >= self._size:
            self.clear()
            self._met = set()
        if self._met is None or hash(value) in self._met:
            return True
        if len(self._met) >= _MET * self._size:
            self._met.clear()
        self._met.add(hash(value))
        return False


def _is_text(value: Any) -> bool:
    if value.__class__ is tuple:
        return all(map(_is_text, value))
    return value.__class__ is str or value.__class__ is bytes or value is MISSING
