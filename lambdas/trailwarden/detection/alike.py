"""Which events of one principal say the same to a rule, so that the first of them is enough."""

from collections.abc import Set
from enum import IntEnum
from typing import NamedTuple


class Span(IntEnum):
    """A span of time, as the length of the text that CloudTrail writes for it."""

    DAY = len("2025-06-02")
    HOUR = len("2025-06-02T12")
    MINUTE = len("2025-06-02T12:34")


class Alike(NamedTuple):
    """What a rule reads of an event beside who acted, from where and with what.

    Events alike in all that give the same label, group and severity. So a correlation that needs
    only the first of a label each day needs only the first of them.
    """

    span: Span
    """How much of the time it reads."""

    by_service: bool = False
    """Whether it reads the service and the Region."""

    apart: Set[str] = frozenset()
    """The actions of which it reads more, as IAM writes them: these are never alike."""
