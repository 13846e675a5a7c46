"""List of Bedrock models refused again and again.

A script that tries found keys asks for the list of models first. Most keys do not allow it.
"""

from trailwarden import REFUSED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused
from trailwarden.correlations import HOUR, EventCount, by_actor
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    return Match(f"{event.name} in {event.aws_region}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["bedrock:ListFoundationModels"],
    exempt=SECURITY_WORK,
    outcome=REFUSED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="Find the owner of the credentials, and look at their other requests.",
    false_positives="An inventory tool lacks the permission.",
    correlation=EventCount(at_least=5, timespan=HOUR, group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    refusals = [refused("bedrock:ListFoundationModels", minute=n) for n in range(5)]
    yield alerts("five refusals", *refusals, label="ListFoundationModels in us-east-1")
    yield silent("four refusals", *refusals[:4])
