"""Ten or more instances were started by one request.

Miners and botnets want numbers, and one request starts as many instances as the quota allows.
Schedulers that launch in numbers are services with names of their own, and are left out here.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import LAUNCHES, by_cluster, instance_count

MANY = 10


def detect(event: Event) -> str | None:
    if event.denied or event.by_automation or by_cluster(event):
        return None
    count = instance_count(event)
    return f"{str(count)[:12]} instances {event.error_code}".strip() if count >= MANY else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask whoever started them what they are for. If nobody knows, terminate them, look "
    "into the other Regions too, and disable the credentials that were used.",
    false_positives="Load tests and computing clusters that are started by hand.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("ten instances", launch(alice, 10))
    yield alerts(
        "a hundred, over quota", launch(alice, 100, errorCode="Client.InstanceLimitExceeded")
    )
    spot = {"RequestSpotFleetRequest": {"SpotFleetRequestConfig": {"TargetCapacity": 40}}}
    yield alerts("a spot fleet", record("ec2:RequestSpotFleet", alice, requestParameters=spot))
    yield silent("nine instances", launch(alice, 9))
    yield silent("a hundred, refused", launch(alice, 100, errorCode="Client.UnauthorizedOperation"))
    yield silent("AWS Batch does it", launch(aws_service("batch"), 50))


def launch(identity: Fields, count: int, **fields: Any) -> Record:
    asked = {"instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": count}]}}
    return record("ec2:RunInstances", identity, requestParameters=asked, **fields)
