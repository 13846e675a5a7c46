"""Compute service used for the first time.

Guards watch EC2, and its quota may be used up. Thieves of computing power then turn to game
servers, virtual desktops, data clusters and build services.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.service, subject=event.service)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "amplify:CreateApp",
        "appstream:CreateFleet",
        "appstream:CreateImageBuilder",
        "braket:CreateJob",
        "braket:CreateQuantumTask",
        "elasticmapreduce:RunJobFlow",
        "emr-serverless:CreateApplication",
        "gamelift:CreateBuild",
        "gamelift:CreateFleet",
        "mediaconvert:CreateJob",
        "workspaces:CreateWorkspaces",
    ],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="new use of an account",
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask the caller whether they need the service. If not, delete its new resources and "
    "disable the credentials. Deny the service with a service control policy.",
    false_positives="The first steps with a service.",
    correlation=first_use(by_account, days=90),
)


def examples() -> Examples:
    usual = request("ec2:RunInstances")
    for action in RULE.events:
        service = action.partition(":")[0]
        yield alerts(action, usual, request(action, day=7), subject=service)
    game = "gamelift:CreateFleet"
    yield silent("a known service", request(game), request("gamelift:CreateBuild", day=8))
    yield silent("in the first week", usual, request(game, day=6))
