"""Session to an instance opened by a new principal.

Session Manager gives a shell, or a tunnel past every security group, to each principal that IAM
allows. Instance Connect gives the same by a key of the caller's own, or by its endpoint. Their few
users come back. A new one may be an attacker.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, USER, Fields, request, sso_user
from trailwarden.correlations import by_team, first_use
from trailwarden.examples import Examples, Record, alerts, silent

PUSH, TUNNEL = "ec2-instance-connect:SendSSHPublicKey", "ec2-instance-connect:OpenTunnel"


def detect(event: Event) -> Match | None:
    target = event.request("target")
    if target.startswith("ecs:"):
        return None
    is_tunnel = "PortForwarding" in event.request("documentName") or event.action == TUNNEL
    severity = Severity.HIGH if is_tunnel else None
    machine = target or event.request("instanceId", "privateIpAddress", "sessionId")
    return Match(event.actor, severity, machine)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[PUSH, TUNNEL, "ssm:ResumeSession", "ssm:StartSession"],
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
    key: Fields = {"instanceId": INSTANCE, "instanceOSUser": "root", "sSHPublicKey": "ssh-rsa A"}
    pushed = request(PUSH, day=7, **key)
    yield alerts("a key", usual, pushed, severity=Severity.MEDIUM, subject=INSTANCE)
    address: Fields = {"instanceConnectEndpointId": "eice-1", "privateIpAddress": "10.0.1.9"}
    led = request(TUNNEL, day=7, **address)
    yield alerts("a tunnel by an endpoint", usual, led, severity=Severity.HIGH, subject="10.0.1.9")
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
