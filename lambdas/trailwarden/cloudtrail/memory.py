"""Remembers what a function says of values that come again, in bounded space."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from trailwarden.cloudtrail.values import MISSING

SIZE = 1 << 14
"""How many values of a field are remembered; hostile ones must not fill the memory."""

Answer = TypeVar("Answer")


class Known(dict[Any, Answer], Generic[Answer]):
    """Answers by value, as far as there is room.

    Only texts and tuples of texts are remembered, as they equal nothing but themselves. They are of
    two generations. When the younger one is full, it takes the place of the older. So a value that
    comes again soon is known, however many others never come again.
    """

    def __init__(self, size: int = SIZE) -> None:
        """Take how many answers are remembered."""
        super().__init__()
        self._half = max(1, size // 2)
        self._older: dict[Any, Answer] = {}

    def known(self, value: Any) -> Answer | None:
        """Return the answer that is remembered for a value; None where there is none.

        Raises TypeError for a list or an object, which cannot be remembered.
        """
        answer = self.get(value)
        if answer is None and (answer := self._older.get(value)) is not None:
            self.remember(value, answer)
        return answer

    def remember(self, value: Any, answer: Answer) -> Answer:
        """Remember the answer for a value, if that is worth it, and return it."""
        if _is_text(value):
            if len(self) >= self._half:
                self._older = dict(self)
                self.clear()
            self[value] = answer
        return answer


class Memory(Known[Answer]):
    """The answers of a pure function, by value."""

    def __init__(self, of: Callable[[Any], Answer], size: int = SIZE) -> None:
        """Take the function, and how many of its answers are remembered."""
        super().__init__(size)
        self.of = of

    def __missing__(self, value: Any) -> Answer:
        known = self.known(value)
        return self.remember(value, self.of(value)) if known is None else known


_PLAIN = frozenset({str, bytes, MISSING.__class__})


def _is_text(value: Any) -> bool:
    if value.__class__ is tuple:  # nearly all of them hold no others
        return _PLAIN.issuperset(map(type, value)) or all(map(_is_text, value))
    return value.__class__ in _PLAIN
