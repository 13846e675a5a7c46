"""Limits for text messages explored.

A stolen key that may send text messages is worth a lot. Thieves first read its spending limit, in
which Region, and whether the account is in the sandbox. Then they try it with a number of theirs.

Inventories ask, too, and come back: what a principal does again is told once in 60 days.
"""

from trailwarden import EITHER, LEAKED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, AUDITOR, ROLE, Fields, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor, first_use
from trailwarden.environment import Environment
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
    unless_usual=first_use(by_actor, at_once_by=LEAKED),
)

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/audit",))


def examples() -> Examples:
    regions = ["us-east-1", "us-west-2", "eu-west-1"]
    first, *others = (event.partition(":")[2] for event in RULE.events if event[:4] == "sns:")
    known = request("ec2:RunInstances", ROLE)
    later = [asked(first, region, day=7) for region in regions]
    yield alerts("after the first week", known, *later)
    for name in (first, *others):
        yield alerts(f"{name} in three Regions", *(asked(name, region) for region in regions))
    questions = [asked(name, regions[0]) for name in (first, *others)]
    yield alerts("three questions", *questions[:3])
    yield silent("two questions", *questions[:2])
    console = [q | {"sessionCredentialFromConsole": "true"} for q in map(dict, questions)]
    yield silent("pages of the console", *console)
    inventory = [[asked(name, by=ROLE, day=day) for name in (first, *others)] for day in range(9)]
    yield alerts("by a role", known, *inventory[7])
    yield silent("by a role, in the first week", known, *inventory[6])
    scanned = [asked(name, by=AUDITOR, day=7) for name in (first, *others)]
    yield silent("the security team", known, *scanned)
    yield silent("an inventory, after the first week", *inventory[0], *inventory[8])


def asked(
    name: str, region: str = "us-east-1", *, by: Fields | None = None, day: int = 0
) -> Record:
    return request(f"sns:{name}", by, day=day, fields={"awsRegion": region})
