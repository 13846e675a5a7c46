"""Trust policy of a role changed by somebody new to it.

The trust policy is the lock of a role. It is written once, by whoever makes the role, and seldom
after; a stranger who changes it may be letting himself in, from inside the account.
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
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    role = event.text("requestParameters.roleName")
    if not (role and event.succeeded) or event.by_automation:
        return None
    return Match(role[:100], subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:UpdateAssumeRolePolicy"],
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Compare the trust policy with the former one, and look for `AssumeRole` since.",
    false_positives="New roles, and colleagues who take over others' work.",
    correlation=FirstSeen(learning=timedelta(0), timespan=timedelta(days=60), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("a role", told("payroll", day=0))
    yield alerts("another role", told("web", day=0), told("payroll", day=8))
    failed = {"errorCode": "MalformedPolicyDocumentException"}
    yield silent("a policy that is refused", told("payroll", day=0, **failed))
    path = "/aws-service-role/sso.amazonaws.com/"
    yield silent("AWS itself", told("payroll", day=0, who="AWSServiceRoleForSSO", path=path))


def told(role: str, *, day: int, who: str = "ops", path: str = "/", **error: str) -> Record:
    return record(
        "iam:UpdateAssumeRolePolicy",
        assumed_role(who, path=path),
        minute=day * 1440,
        requestParameters={"roleName": role, "policyDocument": "{}"},
        **dict(error),
    )
