"""Automatic trigger added by a new principal.

A schedule, rule or workflow that runs by itself outlives the key that set it up. So does a hook,
which runs with every stack. It can call home each night, or act on every new user. Such things come
from code.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudformation:ActivateType",
        "cloudformation:RegisterType",
        "events:CreateApiDestination",
        "events:CreateConnection",
        "events:UpdateApiDestination",
        "events:UpdateConnection",
        "events:PutPermission",
        "events:PutRule",
        "events:PutTargets",
        "iot:CreateJob",
        "pipes:CreatePipe",
        "scheduler:CreateSchedule",
        "states:CreateStateMachine",
        "states:UpdateStateMachine",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1546", "T1053"]},
    response="Look at its target, its time and its role. If nobody explains it, disable it and "
    "the credentials that added it.",
    false_positives="A new colleague or pipeline.",
    correlation=first_use(by_account, days=60),
    told_by="actor.new_builder",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    yield alerts("a new principal", added(ROLE, day=0), added(USER, day=7))
    yield alerts("beside the pipeline", added(DEPLOYER, day=0), added(USER, day=7))
    yield silent("the usual one", added(ROLE, day=0), added(ROLE, day=8))
    yield silent("in the first week", added(ROLE, day=0), added(USER, day=6))


def added(by: Fields, *, day: int) -> Record:
    return request("events:PutRule", by, day=day, name="nightly")
