"""CloudTrail Insights turned off.

Insights tells of unusual rates of calls and errors. Somebody who is about to cause them, and knows
that the trail would say so, empties its list of insights first.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.listed("requestParameters.insightSelectors"):
        return None
    trail = event.text("requestParameters.trailName") or event.text(
        "requestParameters.eventDataStore"
    )
    return Match(f"of {trail[:200]}", subject=trail[:200])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:PutInsightSelectors"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Ask the caller why. If nobody planned it, turn Insights on again and look for what "
    "the caller did next, above all many calls in a short time.",
    false_positives="Insights is given up for its price.",
)


def examples() -> Iterator[Example]:
    yield alerts("an empty list", selecting([]))
    yield silent("one insight", selecting([{"insightType": "ApiCallRateInsight"}]))
    yield silent("an error", selecting([], errorCode="InvalidInsightSelectorsException"))


def selecting(selectors: list[Any], **fields: Any) -> Record:
    request = {"trailName": "management", "insightSelectors": selectors}
    mallory = iam_user("mallory")
    return record("cloudtrail:PutInsightSelectors", mallory, requestParameters=request, **fields)
