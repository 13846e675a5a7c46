"""Launching instances was refused or over quota, several times.

Somebody tries out what stolen credentials can start: permission is missing, the quota is used up,
or AWS has blocked the account. Dry runs count as attempts, since they are how tools test.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import LAUNCHES, by_cluster

REFUSALS = frozenset(
    {
        "Client.Blocked",
        "Client.InstanceLimitExceeded",
        "Client.MaxSpotInstanceCountExceeded",
        "Client.OptInRequired",
        "Client.PendingVerification",
        "Client.VcpuLimitExceeded",
    }
)


def detect(event: Event) -> str | None:
    if event.by_automation or by_cluster(event):
        return None
    refused = event.denied or event.is_dry_run or event.error_code in REFUSALS
    return f"{event.error_code} in {event.aws_region}" if refused else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    where={"errorCode": [{"exists": True}]},
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DISCOVERY: ["T1580"]},
    response="Ask the owner of the credentials what they tried to start. If it was not them, "
    "disable the credentials and look for launches that went through, in all Regions.",
    false_positives="Somebody who learns that a permission or the quota is missing, and retries.",
    correlation=EventCount(at_least=5, timespan=timedelta(hours=1), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("five refusals", *launches(5, "Client.UnauthorizedOperation"))
    yield alerts("five launches over quota", *launches(5, "Client.VcpuLimitExceeded"))
    yield alerts("five dry runs", *launches(5, "Client.DryRunOperation"))
    yield silent("four refusals", *launches(4, "Client.UnauthorizedOperation"))
    yield silent("five typing errors", *launches(5, "Client.InvalidParameterValue"))


def launches(count: int, error: str) -> list[Record]:
    alice = iam_user("alice")
    return [record("ec2:RunInstances", alice, minute=n, errorCode=error) for n in range(count)]
