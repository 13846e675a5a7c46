"""Distribution updated to have no access log.

The request tells what the distribution is now, not what it was: it may never have had a log. If it
had one, the record of who asked what from outside ends here.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.rds import is_false


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    if not is_false(event.get("requestParameters.distributionConfig.logging.enabled")):
        return None
    name = event.text("requestParameters.id")
    return Match(f"distribution {name[:30]}", subject=name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudfront:UpdateDistribution"],
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Look in AWS Config whether it had a log before, and switch that on again.",
    false_positives="Every change to a distribution that never had a log.",
    window=timedelta(days=30),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("no log", update(mallory, enabled=False))
    yield silent("a log", update(mallory, enabled=True))
    yield silent("CloudFormation", update(aws_service("cloudformation"), enabled=False))
    yield silent("a refusal", denied("cloudfront:UpdateDistribution2020_05_31", mallory))


def update(identity: dict[str, Any], *, enabled: bool) -> Record:
    told = {"id": "E1EXAMPLE", "distributionConfig": {"logging": {"enabled": enabled}}}
    return record("cloudfront:UpdateDistribution2020_05_31", identity, requestParameters=told)
