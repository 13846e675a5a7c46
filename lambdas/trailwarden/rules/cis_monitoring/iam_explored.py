"""IAM groups or the password policy read repeatedly.

Groups tell who may do what, and the password policy tells how long to guess. Tools that audit an
account read them as well, all day.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/scanner",))


def detect(event: Event) -> str:
    return "" if event.by_automation or event.by_security_team else event.name[:60]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:GetAccountPasswordPolicy",
        "iam:GetGroup",
        "iam:GetGroupPolicy",
        "iam:ListAttachedGroupPolicies",
        "iam:ListGroupPolicies",
        "iam:ListGroups",
        "iam:ListGroupsForUser",
        "iam:UpdateAccountPasswordPolicy",
    ],
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DISCOVERY: ["T1069.003", "T1201"]},
    response="See what else the caller looked at in the same hour.",
    false_positives="Audits, consoles and inventories.",
    mode=Mode.OFF,
    correlation=EventCount(at_least=2, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("two looks", *looks(2))
    yield silent("one look", *looks(1))
    yield silent("two looks in a day", *looks(2, every=600))
    yield silent("a known scanner", *looks(9, who=assumed_role("scanner")))


def looks(count: int, *, every: float = 1, who: Fields | None = None) -> list[Record]:
    alice = iam_user("alice")
    return [record("iam:ListGroups", who or alice, minute=every * n) for n in range(count)]
