"""Session to an instance opened by a new principal.

Session Manager gives a shell, or a tunnel past every security group, to each principal that IAM
allows. Its few users come back. A new one may be an attacker.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, USER, Fields, request, sso_user
from trailwarden.correlations import by_team, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    target = event.request("target")
    if target.startswith("ecs:"):
        return None
    is_tunnel = "PortForwarding" in event.request("documentName")
    severity = Severity.HIGH if is_tunnel else None
    return Match(event.actor, severity, target or event.request("sessionId"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:ResumeSession", "ssm:StartSession"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.007", "T1021.008"]},
    response="Ask the caller. If they do not know of it, end the session with `aws ssm "
    "terminate-session`, revoke the credentials, and isolate the instance.",
    false_positives="New colleagues, and those who are on call for the first time.",
    correlation=first_use(by_team, days=90, of_teams=True),
)

INSTANCE = "i-0123456789abcdef0"


def examples() -> Examples:
    usual, new = opened(PERSON, day=0), opened(USER, day=7)
    yield alerts("a new principal", usual, new, severity=Severity.MEDIUM, subject=INSTANCE)
    tunnel = opened(USER, day=7, documentName="AWS-StartPortForwardingSession")
    yield alerts("a tunnel", usual, tunnel, severity=Severity.HIGH, subject=INSTANCE)
    resumed = request("ssm:ResumeSession", day=7, sessionId="mallory-0123")
    yield alerts("a session resumed", usual, resumed, subject="mallory-0123")
    bob = sso_user("bob@example.com", "AdministratorAccess")
    colleague = opened(bob, day=7)
    yield alerts("a colleague", usual, colleague, severity=Severity.LOW, subject=INSTANCE)
    early = opened(PERSON, day=7)
    yield alerts("the first person of a role", by_user(), early, severity=Severity.MEDIUM)
    through = opened(bob, day=7, documentName="AWS-StartPortForwardingSession")
    yield alerts("a tunnel of a colleague", usual, through, severity=Severity.HIGH)
    yield silent("in the first week", usual, opened(USER, day=6))
    yield silent("a known principal", usual, opened(PERSON, day=30))
    yield silent("a container", usual, opened(USER, day=8, target="ecs:prod_0123_app"))


def by_user() -> Record:
    return opened(USER, day=0)


def opened(by: Fields, *, day: int, **parameters: Any) -> Record:
    session: Fields = {"target": INSTANCE, **parameters}
    return request("ssm:StartSession", by, day=day, **session)
