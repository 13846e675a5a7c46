"""Administrator passwords of many Windows instances were asked for.

Nobody needs the passwords of a whole fleet at once, except to move through it.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import instance_ids


def detect(event: Event) -> str | None:
    if event.by_automation:
        return None
    return next(iter(instance_ids(event)), "")[:40] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:GetPasswordData"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Disable the credentials that were used. Change the administrator's password on each "
    "of the instances whose answer was not an error, and look for RDP logins.",
    false_positives="An inventory of passwords, which should not exist.",
    correlation=ValueCount(at_least=5, timespan=timedelta(minutes=15), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("five instances", *reads(range(5)))
    yield alerts(
        "five instances, refused", *reads(range(5), errorCode="Client.UnauthorizedOperation")
    )
    yield silent("four instances", *reads(range(4)))
    yield silent("one instance, five times", *reads([1] * 5))


def reads(instances: Iterable[int], **fields: Any) -> list[Record]:
    alice = iam_user("alice")
    return [
        record(
            "ec2:GetPasswordData",
            alice,
            minute=m,
            requestParameters={"instanceId": f"i-{n}"},
            **fields,
        )
        for m, n in enumerate(instances)
    ]
