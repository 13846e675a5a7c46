"""Command run on instances by a new principal.

A few people and programs run commands on servers, again and again. CloudTrail hides the text of a
command, so the first command of another principal deserves a question.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    DEPLOYED,
    DEPLOYER,
    PERSON,
    ROLE,
    USER,
    Fields,
    request,
    sso_user,
)
from trailwarden.correlations import by_team, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ssm import is_upkeep


def detect(event: Event) -> Match | None:
    document = event.request("documentName")
    return None if is_upkeep(document) else Match(event.actor, subject=document)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1651"], Tactic.LATERAL_MOVEMENT: ["T1021.007"]},
    response="Ask the caller. `aws ssm list-commands` shows the command for 30 days. If the caller "
    "does not know of it, cancel the command, revoke the session, and isolate the instances.",
    false_positives="A new colleague or a new program.",
    correlation=first_use(by_team, days=60, of_teams=True),
)

ENVIRONMENT = DEPLOYED
SHELL = "AWS-RunShellScript"


def examples() -> Examples:
    usual = sent(ROLE, day=0)
    yield alerts("a new principal", usual, sent(USER, day=7), subject=SHELL)
    yield alerts("beside the pipeline", sent(DEPLOYER, day=0), sent(USER, day=7))
    bob = sso_user("bob@example.com", "AdministratorAccess")
    alice, colleague = sent(PERSON, day=0), sent(bob, day=7)
    yield alerts("a colleague", alice, colleague, severity=Severity.LOW)
    yield alerts("beside a colleague", alice, sent(USER, day=7), severity=Severity.MEDIUM)
    yield silent("in the first week", usual, sent(USER, day=6))
    yield silent("a known principal", usual, sent(ROLE, day=8))
    yield silent("a patch run", usual, sent(USER, day=8, document="AWS-RunPatchBaseline"))


def sent(by: Fields, *, day: int, document: str = SHELL) -> Record:
    return request("ssm:SendCommand", by, day=day, documentName=document)
