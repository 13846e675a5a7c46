"""Region used for the first time in the account.

An account works in the same Regions every day. The first machine, function or mail identity in
another one is a known project, or a stranger who hides there.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    first_use,
    silent,
)
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import REGIONAL_CREATIONS


def detect(event: Event) -> Match:
    return Match(event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=REGIONAL_CREATIONS,
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="new use of an account",
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask the caller for their plan there. If they did not do it, revoke their access. "
    "Then look in all other Regions for more of it.",
    false_positives="A project opens a Region.",
    correlation=first_use(by_account, days=30),
)

HERE, THERE = "us-east-1", "ap-south-1"


def examples() -> Iterator[Example]:
    yield alerts("a new Region", made(HERE, 0), made(THERE, 7))
    site = request("cloudfront:CreateDistribution", day=8)
    yield silent("a global service", made(THERE, 0), site)
    yield silent("in the first week", made(HERE, 0), made(THERE, 6))
    known = made(THERE, 0, by=ROLE)
    yield silent("another principal was there", known, made(HERE, 5), made(THERE, 8))


def made(region: str, day: int, *, by: Fields = USER) -> Record:
    return request("ec2:RunInstances", by, day=day, fields={"awsRegion": region})
