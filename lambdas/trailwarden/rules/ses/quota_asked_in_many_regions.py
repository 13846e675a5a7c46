"""SES sending limits read in several Regions.

A program sends from one Region. A thief asks each Region for its limits, to find one that is out of
the sandbox.
"""

from trailwarden import EITHER, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ses:GetAccount", "ses:GetAccountSendingEnabled", "ses:GetSendQuota"],
    exempt=SECURITY_WORK,
    outcome=EITHER,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1526", "T1580"]},
    response="Ask the owner of the credentials. If nobody explains it, disable them. Look for new "
    "identities and sent mail in every Region.",
    false_positives="An inventory tool. Name its role in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=30 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    regions = ["us-east-1", "us-west-2", "eu-west-1"]
    yield alerts("three Regions", *map(asked, regions))
    yield silent("two Regions", *map(asked, regions[:2]))


def asked(region: str) -> Record:
    return request("ses:GetSendQuota", fields={"awsRegion": region})
