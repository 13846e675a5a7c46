"""Distribution updated without an access log.

The request shows the present settings of the distribution, not the earlier ones: it may never have
had a log. If it had one, the record of outside requests ends here.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.rds import is_false


def detect(event: Event) -> Match | None:
    distribution = event.request("id")
    off = is_false(event.get("requestParameters.distributionConfig.logging.enabled"))
    return Match(f"distribution {distribution}", subject=distribution) if off else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudfront:UpdateDistribution"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Look in AWS Config whether it had a log before, and switch that on again.",
    false_positives="Every change to a distribution that never had a log.",
    window=timedelta(days=30),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("no log", update(enabled=False), subject="E1EXAMPLE")
    yield silent("a log", update(enabled=True))
    yield silent("refused", refused("cloudfront:UpdateDistribution2020_05_31"))


def update(*, enabled: bool) -> Record:
    settings = {"logging": {"enabled": enabled}}
    action = "cloudfront:UpdateDistribution2020_05_31"
    return request(action, id="E1EXAMPLE", distributionConfig=settings)
