"""Who acted, from where and with what: what the events of a principal have in common.

A principal makes many requests, and most rules ask first who it is. So such a question is answered
once for all of them. A function that answers it sees nothing else of the event.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import MISSING, Record, lazy

FIELDS = frozenset(
    {
        *("userIdentity", "sourceIPAddress", "userAgent", "vpcEndpointId", "vpcEndpointAccountId"),
        *("recipientAccountId", "eventType", "sessionCredentialFromConsole"),
    }
)
"""The fields of a record that say who acted, from where and with what."""

_MARK = "is_of_acting"

Answer = TypeVar("Answer")
Ask = Callable[[Event], Answer]


class Acting(Event):
    """An event of which no more is told than who acted, from where and with what."""

    @lazy
    def event_id(self) -> str:
        """Nothing: it stands for many events. A hash of its fields would take long."""
        return ""

    @lazy
    def answers(self) -> dict[Ask[Any], Any]:
        """Answers to earlier questions."""
        return {}


class _Part(dict[str, Any]):
    """A record of which only the fields are read that say who acted."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def get(self, key: str, default: Any = None) -> Any:
        return self._record.get(key, default) if key in FIELDS else default


def acting_of(event: Event) -> Acting:
    """Return who acted in an event, from where and with what."""
    if isinstance(event, Acting):
        return event
    known: Acting | None = event.__dict__.get("acting")
    if known is None:
        known = event.__dict__["acting"] = Acting(_Part(event.record), event.environment)
        known.__dict__.update(caller=event.caller, via=event.via)
    return known


def of_acting(ask: Ask[Answer]) -> Ask[Answer]:
    """Let a function see of an event only who acted, from where and with what.

    Its answer is remembered for all events that are alike in that.
    """

    @wraps(ask)
    def answer(event: Event) -> Answer:
        acting: Acting = event.__dict__.get("acting") or acting_of(event)
        known: Answer = acting.answers.get(ask, MISSING)
        if known is MISSING:
            known = acting.answers[ask] = ask(acting)
        return known

    setattr(answer, _MARK, True)
    return answer


def is_of_acting(ask: Callable[[Event], object]) -> bool:
    """Say whether a function sees of an event only who acted, from where and with what."""
    return getattr(ask, _MARK, False)
