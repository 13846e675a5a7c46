"""Service used for the first time in the account.

Intruders use services that the owners do not: mail, game servers, notebooks. Nobody watches a
service that the account has never used.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import CREATIONS


def detect(event: Event) -> Match:
    return Match(event.service)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=CREATIONS,
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1578"], Tactic.IMPACT: ["T1496"]},
    response="Ask the caller for the purpose. If they did not use it, delete the resources and "
    "revoke their access.",
    false_positives="A project tries something new.",
    correlation=first_use(by_account, days=90, learning=14),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    launch, fleet = "ec2:RunInstances", "gamelift:CreateFleet"
    yield alerts("machines are new", called(fleet, 0), called(launch, 14))
    yield alerts("a new service", called(launch, 0), called(fleet, 14))
    yield silent("known services", called(launch, 0), called(fleet, 5), called(fleet, 20))
    yield silent("in the first days", called(launch, 0), called(fleet, 13))


def called(action: str, day: int) -> Record:
    return request(action, day=day)
