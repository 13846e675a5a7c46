"""Role assumed by a new principal.

An intruder moves through an account by assuming one role after the other. Programs and people keep
to their few roles. A new pair is a new task, or an attempt to find out which roles open.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    iam_user,
    request,
)
from trailwarden.correlations import first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    identity = event.user_identity
    role = event.request("roleArn") or identity.role_arn
    if event.answer("SwitchRole") == "Failure" or not role:
        return None
    chained = event.service == "sts" and identity.is_assumed_role
    abroad = chained and not event.knows_account(account_of(role))
    return Match(role, severity=Severity.MEDIUM if abroad else None)


def by_first_principal(event: Event) -> str:
    """Group by the principal before the switch: the console's own event is the role's already."""
    return event.text("additionalEventData.SwitchFrom") or event.actor


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole", "signin:SwitchRole"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004", "T1548"],
        Tactic.LATERAL_MOVEMENT: ["T1550.001", "T1021.007"],
    },
    response="Look up the permissions of the role, and the acts of the session. If the caller "
    "assumed several new roles in a row, treat their credentials as stolen.",
    false_positives="New tasks and new deployments.",
    mode=Mode.HUNT,
    correlation=first_use(by_first_principal, days=60),
)


def examples() -> Examples:
    ci = iam_user("ci")
    usual, admin = taken(ci, "deploy"), f"arn:aws:iam::{ACCOUNT}:role/admin"
    new = taken(ci, "admin", day=7)
    yield alerts("a user takes a new role", usual, new, severity=Severity.LOW, label=admin)
    abroad = taken(ROLE, "admin", day=8, account=OTHER_ACCOUNT)
    chained = taken(ROLE, "reader"), abroad
    yield alerts("a role takes one in another account", *chained, severity=Severity.MEDIUM)
    yield alerts("in the console", switched("reader"), switched("admin", day=8), label=admin)
    yield silent("the same role", usual, taken(ci, "deploy", day=8))
    yield silent("in the first week", usual, taken(ci, "admin", day=6))
    yield alerts("a new principal", usual, taken(iam_user("other"), "deploy", day=8))
    wrong = switched("admin", day=8, outcome="Failure")
    yield silent("a switch that fails", switched("reader"), wrong)


def taken(by: Fields, role: str, *, day: int = 0, account: str = ACCOUNT) -> Record:
    arn = f"arn:aws:iam::{account}:role/{role}"
    return request("sts:AssumeRole", by, day=day, roleArn=arn, roleSessionName="session")


def switched(role: str, *, day: int = 0, outcome: str = "Success") -> Record:
    fields = {
        "eventType": "AwsConsoleSignIn",
        "additionalEventData": {"SwitchFrom": iam_user("alice")["arn"]},
    }
    answer = {"SwitchRole": outcome}
    alice = assumed_role(role, "alice")
    return request("signin:SwitchRole", alice, day=day, answer=answer, fields=fields)
