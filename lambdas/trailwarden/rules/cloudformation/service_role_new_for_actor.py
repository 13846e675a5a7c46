"""Stack given a service role that its maker never used before.

CloudFormation makes whatever a template says, with the role it is given. People and pipelines use
the one they have always used.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, record, sso_user
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    told = "requestParameters"
    role = event.text(f"{told}.roleARN") or event.text(f"{told}.administrationRoleARN")
    if not role or event.by_automation:
        return "usual"
    return f"{role[-100:]} by {event.actor[-100:]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudformation:CreateChangeSet",
        "cloudformation:CreateStack",
        "cloudformation:CreateStackSet",
        "cloudformation:UpdateStack",
        "cloudformation:UpdateStackSet",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"]},
    response="Look at what the role may do, and at the stack's template. If nobody explains it, "
    "delete the stack and disable the credentials that made it.",
    false_positives="New colleagues, pipelines and roles.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
        usual="usual",
    ),
)


def examples() -> Iterator[Example]:
    alice = sso_user("alice@example.com")
    usual = made(assumed_role("deploy"), "", day=0)
    yield alerts("a new role", usual, made(alice, "cfn-admin", day=8))
    yield silent("no role", usual, made(alice, "", day=8))
    yield silent("the usual one", made(alice, "cfn", day=0), made(alice, "cfn", day=8))


def made(who: Fields, role: str, *, day: int) -> Record:
    told = {"stackName": "s"} | ({"roleARN": f"arn:aws:iam::{ACCOUNT}:role/{role}"} if role else {})
    return record("cloudformation:CreateStack", who, minute=day * 1440, requestParameters=told)
