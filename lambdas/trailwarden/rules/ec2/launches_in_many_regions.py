"""Instances launched in several Regions at once.

A workload lives in one or two Regions. A caller who starts instances in four Regions within the
hour wants all the quota of the account. Failed attempts count too.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import LAUNCHES


def detect(event: Event) -> Match:
    return Match(event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1535", "T1578.002"]},
    response="Disable the credentials, then terminate the machines in each of the Regions. Deny "
    "the unused Regions with a service control policy.",
    false_positives="A global service that a person rolls out by hand.",
    correlation=ValueCount(at_least=4, timespan=HOUR, group_by=by_actor),
)


def examples() -> Examples:
    yield alerts("four Regions", *launches(*REGIONS), label="sa-east-1")
    blocked = launches(*REGIONS, errorCode="Client.Blocked")
    yield alerts("four Regions, all refused", *blocked)
    yield silent("three Regions", *launches(*REGIONS[:3]))
    yield silent("four launches in one Region", *launches(*REGIONS[:1] * 4))


REGIONS = ("us-east-1", "eu-west-1", "ap-south-1", "sa-east-1")


def launches(*regions: str, **fields: str) -> list[Record]:
    return [
        request("ec2:RunInstances", minute=n, fields={"awsRegion": region} | fields)
        for n, region in enumerate(regions)
    ]
