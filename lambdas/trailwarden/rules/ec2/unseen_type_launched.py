"""Instance of a type launched that was never used before.

Teams use the same few types for years. A new one is a new project, or an intruder who wants more
computing power than the account ever needed.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import instance_types


def detect(event: Event) -> Match | None:
    types = instance_types(event)
    return Match(types[0]) if types else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:RunInstances"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask the caller about the purpose of the instance.",
    false_positives="New projects, and autoscalers that pick among many types.",
    mode=Mode.HUNT,
    correlation=first_use(by_account, days=60),
)


def examples() -> Examples:
    usual = launch("m5.large")
    yield alerts("a new type", usual, launch("c6i.2xlarge", day=7), label="c6i.2xlarge")
    yield silent("the usual type", usual, launch("m5.large", day=7))
    yield silent("in the first week", usual, launch("c6i.2xlarge", day=6))


def launch(instance_type: str, *, day: int = 0) -> Record:
    return request("ec2:RunInstances", day=day, instanceType=instance_type)
