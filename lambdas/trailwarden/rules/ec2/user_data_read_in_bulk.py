"""User data of many instances was read.

Start-up scripts are full of passwords and tokens, and can be read by anyone who may describe an
instance. Reading them all is a cheap harvest.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record, dig, text_of
from trailwarden.services.ec2 import instance_ids


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team:
        return None
    asked = event.get("requestParameters")
    reads_user_data = text_of(dig(asked, "attribute")).lower() == "userdata"
    if event.name == "DescribeInstanceAttribute" and not reads_user_data:
        return None
    return next(iter(instance_ids(event)), "")[:40] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DescribeInstanceAttribute", "ec2:GetLaunchTemplateData"],
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"], Tactic.DISCOVERY: ["T1580"]},
    response="Ask whoever did it. If it was not them, disable the credentials and change every "
    "secret that the user data of these instances holds.",
    false_positives="Scanners of the security team, and Terraform, which reads user data to "
    "compare it: name their roles as security roles and deploy roles.",
    correlation=ValueCount(at_least=10, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("ten instances", *reads(range(10)))
    yield alerts(
        "ten instances, refused", *reads(range(10), errorCode="Client.UnauthorizedOperation")
    )
    yield silent("nine instances", *reads(range(9)))
    yield silent("another attribute", *reads(range(10), attribute="disableApiTermination"))
    yield silent("one instance, ten times", *reads([1] * 10))


def reads(instances: Iterable[int], *, attribute: str = "userData", **fields: Any) -> list[Record]:
    asked = [{"attribute": attribute, "instanceId": f"i-{n}"} for n in instances]
    alice = iam_user("alice")
    return [
        record("ec2:DescribeInstanceAttribute", alice, minute=m, requestParameters=one, **fields)
        for m, one in enumerate(asked)
    ]
