"""Limits for text messages explored.

A stolen key that may send text messages is worth a lot. Thieves first read its spending limit, in
which Region, and whether the account is in the sandbox. Then they try it with a number of theirs.
"""

from trailwarden import EITHER, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    if event.from_console:
        return None
    return Match(f"{event.name} in {event.aws_region}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sms-voice:DescribeAccountLimits",
        "sms-voice:DescribeSpendLimits",
        "sns:CreateSMSSandboxPhoneNumber",
        "sns:GetSMSAttributes",
        "sns:GetSMSSandboxAccountStatus",
        "sns:ListOriginationNumbers",
    ],
    exempt=SECURITY_WORK,
    outcome=EITHER,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1526", "T1580"]},
    response="Ask the owner of the credentials. If nobody explains it, disable them. Look for "
    "messages published to phone numbers.",
    false_positives="An inventory tool. Name its role in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=10 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    regions = ["us-east-1", "us-west-2", "eu-west-1"]
    first, *others = (event.partition(":")[2] for event in RULE.events if event[:4] == "sns:")
    for name in (first, *others):
        yield alerts(f"{name} in three Regions", *(asked(name, region) for region in regions))
    questions = [asked(name, regions[0]) for name in (first, *others)]
    yield alerts("three questions", *questions[:3])
    yield silent("two questions", *questions[:2])
    console = [q | {"sessionCredentialFromConsole": "true"} for q in map(dict, questions)]
    yield silent("pages of the console", *console)


def asked(name: str, region: str) -> Record:
    return request(f"sns:{name}", fields={"awsRegion": region})
