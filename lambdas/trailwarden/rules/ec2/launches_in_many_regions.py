"""Instances were started, or nearly, in several Regions at once.

A workload lives in one or two Regions. Somebody who starts instances in four within the hour wants
all the quota there is, wherever nobody looks.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import LAUNCHES, by_cluster


def detect(event: Event) -> str | None:
    return None if event.by_automation or by_cluster(event) else event.aws_region


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1535", "T1578.002"]},
    response="Disable the credentials that were used, then terminate what runs in each of the "
    "Regions. Deny the Regions that nobody needs with a service control policy.",
    false_positives="A global service that is rolled out by hand.",
    correlation=ValueCount(at_least=4, timespan=timedelta(hours=1), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("four Regions", *launches(*REGIONS))
    yield alerts("four Regions, all refused", *launches(*REGIONS, errorCode="Client.Blocked"))
    yield silent("three Regions", *launches(*REGIONS[:3]))
    yield silent("four launches in one Region", *launches(*REGIONS[:1] * 4))


REGIONS = ("us-east-1", "eu-west-1", "ap-south-1", "sa-east-1")


def launches(*regions: str, **fields: Any) -> list[Record]:
    alice = iam_user("alice")
    return [
        record("ec2:RunInstances", alice, minute=n, awsRegion=region, **fields)
        for n, region in enumerate(regions)
    ]
