"""Service quotas read in many Regions.

Quotas tell how many instances an account can run, and in which Region. A miner asks every Region
within seconds. Owners know where their workloads are.
"""

from typing import Any

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "servicequotas:GetAWSDefaultServiceQuota",
        "servicequotas:GetServiceQuota",
        "servicequotas:ListAWSDefaultServiceQuotas",
        "servicequotas:ListServiceQuotas",
    ],
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="Ask the caller. If nobody can explain it, disable the credentials. Look for "
    "instances, and for requests for more quota, in every Region.",
    false_positives="A quota monitor or an inventory tool. Name its role in `security_roles`.",
    correlation=ValueCount(at_least=10, timespan=10 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    yield alerts("ten Regions", *tour(10))
    yield silent("nine Regions", *tour(9))
    yield silent("one Region, often", *(tour(1, start=n)[0] for n in range(20)))


def tour(regions: int, *, start: float = 0) -> list[Record]:
    action = "servicequotas:GetServiceQuota"
    service: dict[str, Any] = {"serviceCode": "ec2", "quotaCode": "L-1"}
    return [
        request(action, minute=start + n / 10, fields={"awsRegion": f"region-{n}"}, **service)
        for n in range(regions)
    ]
