"""Instances launched again and again by one principal.

A script that works through a quota starts instances in many small requests, so that no single one
stands out. The rule counts processors, because they cost the money.

What a principal launched as much of on three days, from a week ago on, is a habit: that is LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, Fields, request
from trailwarden.correlations import DAY, MINUTE, EventCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import LAUNCHES, in_short, instance_count, instance_types, vcpus

UNIT = 4
"""The processors of an xlarge: an instance counts once for each."""
MANY = 30


def detect(event: Event) -> Match:
    types = instance_types(event)
    size = max(map(vcpus, types), default=UNIT)
    units = -(max(instance_count(event), 1) * size // -UNIT)
    name = in_short(types) or "an instance"
    if units == 1:
        return Match(name)
    return Match([f"{name}, part {n} of {units}" for n in range(1, min(units, MANY) + 1)])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask the caller about the purpose of the instances. If nobody can say, terminate them "
    "and disable the credentials. Look into the other Regions too.",
    false_positives="Build servers that start a machine for each job, and autoscalers of big "
    "clusters. Name their roles in `deploy_roles`. An engineer who rolls out an environment.",
    correlation=EventCount(at_least=MANY, in_a_day=90, timespan=30 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
    window=7 * DAY,
    story="machines launched",
)


def examples() -> Examples:
    yield alerts("thirty launches in half an hour", *launches(30), label="m5.large")
    big = launches(4, "c5.8xlarge")
    yield alerts("three of 32 processors, one of 24", *launches(1, "c5.6xlarge"), *big[1:])
    unknown = [request("ec2:RunInstances", minute=n) for n in range(30)]
    yield alerts("thirty of unknown size", *unknown, label="an instance")
    ten = {"items": [{"minCount": 10, "maxCount": 10}]}
    tens = [
        request("ec2:RunInstances", minute=n, instanceType="m5.xlarge", instancesSet=ten)
        for n in range(3)
    ]
    yield alerts("three times ten", *tens)
    yield silent("29 launches", *launches(29))
    fleet = {"LaunchTemplateConfigs": {"Overrides": [{"InstanceType": "m6i.xlarge"}]}}
    scaling = [
        request("ec2:CreateFleet", ROLE, minute=n, CreateFleetRequest=fleet) for n in range(16)
    ]
    yield silent("an autoscaler of a cluster starts sixteen nodes", *scaling)
    yield alerts("90 within a day", *launches(90))
    past = [record for day in (-9, -8, -7) for record in launches(40, day=day)]
    high = Severity.HIGH
    yield alerts("as many as on other days", *past, *launches(40), last=Severity.LOW)
    yield alerts("twice as many", *past, *launches(80), last=high)
    recent = [record for day in (0, 1, 2) for record in launches(40, day=day)]
    others = launches(40, by=ROLE)
    yield alerts("as many as another", *past, *others, last=high)
    yield alerts("as many as this week", *recent, *launches(40, day=3), last=high)


def launches(
    count: int, instance_type: str = "m5.large", *, day: int = 0, by: Fields | None = None
) -> list[Record]:
    named: Fields = {"instanceType": instance_type}
    return [request("ec2:RunInstances", by, day=day, minute=n, **named) for n in range(count)]
