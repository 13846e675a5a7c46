"""Role assumed by somebody who never did before.

Moving through an account means taking one role after the other. Programs and people keep to the
few that they need, so a new pair is either a new task or somebody finding out what opens.
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
    silent,
)
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.policy.document import account_of
from trailwarden.services.signin import failed

DAY = 24 * 60
CALLERS = ("IAMUser", "AssumedRole")


def detect(event: Event) -> Match | None:
    identity = event.user_identity
    if identity.type not in CALLERS or event.by_automation or failed(event):
        return None
    role = event.text("requestParameters.roleArn") or identity.role_arn
    chained = event.service == "sts" and identity.is_assumed_role
    abroad = chained and not event.knows_account(account_of(role))
    return Match(role[:200], severity=Severity.MEDIUM if abroad else None) if role else None


def caller(event: Event) -> str:
    """Return who took the role; in the console's own event the role is already taken."""
    return event.text("additionalEventData.SwitchFrom") or event.actor


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole", "signin:SwitchRole"],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004", "T1548"],
        Tactic.LATERAL_MOVEMENT: ["T1550.001", "T1021.007"],
    },
    response="See what the role can do, and what the session did. If the caller took several new "
    "roles in a row, treat their credentials as stolen.",
    false_positives="New tasks and new deployments.",
    mode=Mode.HUNT,
    correlation=FirstSeen(learning=timedelta(days=7), timespan=timedelta(days=60), group_by=caller),
)


def examples() -> Iterator[Example]:
    ci = iam_user("ci")
    usual = taken(ci, "deploy")
    yield alerts("a user takes a new role", usual, taken(ci, "admin", day=8))
    web = assumed_role("web")
    elsewhere = taken(web, "admin", day=8, account=OTHER_ACCOUNT)
    yield alerts("a role takes one in another account", taken(web, "reader"), elsewhere)
    yield alerts("in the console", switched("reader"), switched("admin", day=8))
    yield silent("the same role", usual, taken(ci, "deploy", day=8))
    yield silent("in the first days", usual, taken(ci, "admin", day=3))
    other = taken(iam_user("other"), "admin", day=8)
    yield silent("somebody else, who is new", usual, other)
    service = aws_service("lambda")
    yield silent("a service", taken(service, "worker"), taken(service, "admin", day=8))
    yield silent("a refusal", usual, denied("sts:AssumeRole", ci, minute=8 * DAY))


def taken(who: Fields, role: str, *, day: int = 0, account: str = ACCOUNT) -> Record:
    request = {"roleArn": f"arn:aws:iam::{account}:role/{role}", "roleSessionName": "session"}
    return record("sts:AssumeRole", who, minute=day * DAY, requestParameters=request)


def switched(role: str, *, day: int = 0) -> Record:
    return record(
        "signin:SwitchRole",
        assumed_role(role, "alice"),
        minute=day * DAY,
        eventType="AwsConsoleSignIn",
        responseElements={"SwitchRole": "Success"},
        additionalEventData={"SwitchFrom": iam_user("alice")["arn"]},
    )
