"""Limits for sending text messages asked for, here and there.

Text messages cost money at every number, and a stolen key that may send them is worth a lot. How
much it may spend, in which Region, and whether it is in the sandbox, is what is asked first.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    in_console = str(event.get("sessionCredentialFromConsole")).lower() == "true"
    if event.by_automation or event.by_security_team or in_console:
        return None
    told = event.succeeded or event.denied
    return f"{event.name} in {event.aws_region}" if told else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sms-voice:DescribeAccountLimits",
        "sms-voice:DescribeSpendLimits",
        "sns:GetSMSAttributes",
        "sns:GetSMSSandboxAccountStatus",
        "sns:ListOriginationNumbers",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1526", "T1580"]},
    response="Find out whose credentials they are. If nobody explains it, disable them, and look "
    "for messages published to phone numbers.",
    false_positives="Inventory tools: name their roles in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    regions = ["us-east-1", "us-west-2", "eu-west-1"]
    names = ["GetSMSAttributes", "GetSMSSandboxAccountStatus", "ListOriginationNumbers"]
    yield alerts("three Regions", *(asked(names[0], region) for region in regions))
    yield alerts("three questions", *(asked(name, regions[0]) for name in names))
    yield silent("two Regions", *(asked(names[0], region) for region in regions[:2]))


def asked(name: str, region: str) -> Record:
    return record(f"sns:{name}", iam_user("mallory"), awsRegion=region)
