"""Instances listed in ten Regions within minutes.

A caller who does not know where an account runs its machines asks in every Region. Scanners do so
too, and people with a new key do.
"""

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DescribeInstances"],
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="Look at the caller and their next acts. Name the roles of your own scanners in "
    "`security_roles`.",
    false_positives="Scanners, inventory tools, and the global view of the console.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=10, timespan=10 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    yield alerts("ten Regions", *listings(10), label="region-9")
    yield silent("nine Regions", *listings(9))
    yield silent("one Region, ten times", *listings(1) * 10)


def listings(count: int) -> list[Record]:
    regions = [{"awsRegion": f"region-{n}"} for n in range(count)]
    return [
        request("ec2:DescribeInstances", minute=n / 2, fields=region)
        for n, region in enumerate(regions)
    ]
