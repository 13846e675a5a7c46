"""CloudTrail Insights turned off.

Insights tells of unusual rates of calls and errors. An intruder who is about to cause them empties
the trail's list of insights first.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    if event.listed("requestParameters.insightSelectors"):
        return None
    trail = event.request("trailName", "eventDataStore")
    return Match(trail, subject=trail)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:PutInsightSelectors"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Ask the caller for the reason. If nobody planned it, turn Insights on again. Then "
    "look for the caller's next calls, above all for many in a short time.",
    false_positives="The owner gives Insights up for its price.",
)


def examples() -> Examples:
    yield alerts("an empty list", selecting([]), subject="management")
    attempt = refused("cloudtrail:PutInsightSelectors")
    yield alerts("refused", attempt, severity=Severity.LOW)
    yield silent("one insight", selecting([{"insightType": "ApiCallRateInsight"}]))


def selecting(selectors: list[Any]) -> Record:
    action = "cloudtrail:PutInsightSelectors"
    return request(action, trailName="management", insightSelectors=selectors)
