"""Policy of one's own attached to a role by somebody new to it.

What a customer's own policy allows cannot be told by its name. Each role is looked after by the
same few people and programs; a stranger who adds to its rights stands out.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    own = account_of(event.text("requestParameters.policyArn"))
    role = event.text("requestParameters.roleName")
    if not (own and role and event.succeeded) or event.by_automation:
        return None
    return Match(role[:100], subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AttachRolePolicy"],
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098"]},
    response="Read the policy, and see what else its attacher did around that time.",
    false_positives="New roles, and colleagues who take over others' work.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=30), group_by=by_actor
    ),
)


def examples() -> Iterator[Example]:
    yield alerts("a new role after a week", told("web", day=0), told("payroll", day=8))
    yield silent("a new role within the week", told("web", day=0), told("payroll", day=3))
    yield silent("a known role", told("web", day=0), told("web", day=8))
    by_aws = told("payroll", day=8, owner="aws")
    yield silent("a policy of AWS", told("web", day=0), by_aws)


def told(role: str, *, day: int, owner: str = ACCOUNT) -> Record:
    what = {"roleName": role, "policyArn": f"arn:aws:iam::{owner}:policy/p"}
    who = assumed_role("ops")
    return record("iam:AttachRolePolicy", who, minute=day * 1440, requestParameters=what)
