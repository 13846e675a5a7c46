"""Break-glass role used.

A break-glass role is for emergencies, and nobody uses it on other days. Its users announce it
first. Every session counts, also one that the security team knows of.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, PERSON, Fields, assumed_role, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent

ASSUMING = frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})


def detect(event: Event) -> Match | None:
    named = event.request("roleArn") if event.name in ASSUMING else ""
    role = named or event.user_identity.role_arn
    if not event.environment.is_break_glass_role(role):
        return None
    return Match(event.action, subject=role)


def by_role(event: Event) -> str:
    """Let the session and the request that opened it be one alert."""
    return event.request("roleArn") or event.user_identity.role_arn


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "signin:ConsoleLogin",
        "signin:SwitchRole",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
    ],
    exempt=NOBODY,
    needs=("break_glass_roles",),
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1548", "T1078.004"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Ask the caller for the emergency. If there is none, revoke the role's sessions and "
    "disable their credentials. Then review all acts of the role.",
    false_positives="Emergencies, and rehearsals of them.",
    dedup=by_role,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/emergency-admin"
ENVIRONMENT = Environment(break_glass_roles=(f"arn:aws:iam::{ACCOUNT}:role/emergency*",))


def examples() -> Examples:
    glass = assumed_role("emergency-admin")
    for action in ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"):
        yield alerts(f"by {action}", assumed(f"sts:{action}"), subject=ROLE)
    switched = request("signin:SwitchRole", glass, fields={"eventType": "AwsConsoleSignIn"})
    yield alerts("a person switches to it", switched, subject=ROLE)
    signed_in = request("signin:ConsoleLogin", glass, answer={"ConsoleLogin": "Success"})
    yield alerts("it signs in to the console", signed_in, subject=ROLE)
    yield silent("another role", assumed("sts:AssumeRole", "reader"))
    yield silent("it takes another role", assumed("sts:AssumeRole", "reader", glass))
    yield silent("a refused request", refused("sts:AssumeRole", PERSON, roleArn=ROLE))


def assumed(action: str, role: str = "emergency-admin", by: Fields = PERSON) -> Record:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return request(action, by, roleArn=arn, roleSessionName="alice")
