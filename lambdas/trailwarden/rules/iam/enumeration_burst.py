"""Users, roles and policies looked through in a few minutes.

With new credentials one asks who else is there and what they may do, in all the ways that IAM
answers. Scanners ask the same.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.services.iam import from_console

QUESTIONS = (
    "iam:GetAccountSummary",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedGroupPolicies",
    "iam:ListAttachedRolePolicies",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroups",
    "iam:ListGroupsForUser",
    "iam:ListMFADevices",
    "iam:ListPolicies",
    "iam:ListRolePolicies",
    "iam:ListRoles",
    "iam:ListUserPolicies",
    "iam:ListUsers",
)


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team or from_console(event):
        return None
    return event.name


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=QUESTIONS,
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1069.003"]},
    response="See whether the credentials usually ask such things, from which address and with "
    "which program, and what they did next.",
    false_positives="Scanners, inventories, and tools that deploy.",
    correlation=ValueCount(at_least=5, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("five questions", *asked(5))
    yield alerts("refused", *asked(5, errorCode="AccessDenied"))
    yield silent("four questions", *asked(4))
    yield silent("one question often", *(asked(1, minute=n)[0] for n in range(9)))
    yield silent("in the console", *asked(5, sessionCredentialFromConsole="true"))
    yield silent("in an hour", *(asked(n + 1, minute=15 * n)[n] for n in range(4)))


def asked(count: int, *, minute: float = 0, **fields: str) -> list[Record]:
    who: Fields = iam_user("mallory")
    return [record(action, who, minute=minute, **dict(fields)) for action in QUESTIONS[:count]]
