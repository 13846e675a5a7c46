"""Actor made a sensitive change from a network that is new to it.

A stolen credential is used from somewhere else than before. So is one's own on a journey, which is
why this is a hint among others.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.address import is_workload, neighbourhood
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import SENSITIVE_CALLS


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation or is_workload(event.user_identity):
        return None
    return neighbourhood(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SENSITIVE_CALLS,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Look up the address and ask the person whether it is theirs. If it is not, revoke "
    "the credential's sessions and keys and undo the change.",
    false_positives="Travel, mobile networks and new gateways.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=30), group_by=by_actor
    ),
    mode=Mode.HUNT,
)

HERE, THERE = "198.51.100.7", "100.24.0.9"


def examples() -> Iterator[Example]:
    yield alerts("a new network", change(HERE, 0), change(HERE, 5), change(THERE, 8))
    yield silent("the same network", change(HERE, 0), change("198.51.9.9", 8))
    yield silent("in the first week", change(HERE, 0), change(THERE, 6))
    web = instance_role("Web")
    yield silent("an instance", change(HERE, 0, who=web), change(THERE, 8, who=web))


def change(address: str, day: int, *, who: dict[str, object] | None = None) -> Record:
    minute = day * 24 * 60
    who = who or iam_user("alice")
    return record("iam:CreateUser", who, minute=minute, sourceIPAddress=address)
