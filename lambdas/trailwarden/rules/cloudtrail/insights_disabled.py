"""CloudTrail Insights turned off.

Insights tells of unusual rates of calls and errors. An intruder who is about to cause them empties
the trail's list of insights first.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request, service_linked_role
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.audit_settings import by_trail


def detect(event: Event) -> Match:
    trail = event.request("trailName", "eventDataStore")
    kinds = [
        text_of(dig(o, "insightType")) for o in event.listed("requestParameters.insightSelectors")
    ]
    return Match(
        state(insights=bool(kinds), **dict.fromkeys(filter(None, kinds), True)), subject=trail
    )


def by_list(event: Event) -> str:
    """Group by the trail of its home Region, or by the event data store."""
    store = event.request("eventDataStore").rpartition("/")[2]
    return f"{by_trail(event)}/{store}"


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
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_list,
        complete=True,
        unknown=Severity.CRITICAL,
        unknown_title="CloudTrail Insights set to off",
    ),
    false_positives="The owner gives Insights up for its price.",
)


def examples() -> Examples:
    yield alerts("an empty list", selecting([]), subject="management")
    attempt = refused("cloudtrail:PutInsightSelectors")
    yield alerts("refused", attempt, severity=Severity.LOW)
    yield silent("one insight", selecting([CALLS]))
    yield silent("refused, for the better", {**selecting([CALLS]), "errorCode": "AccessDenied"})
    both, calls, none = selecting([CALLS, ERRORS]), selecting([CALLS], day=1), selecting([], day=2)
    label = "insights: on; ApiCallRateInsight: on"
    yield alerts("one of two", both, calls, severity=Severity.MEDIUM, label=label)
    yield alerts("none any more", calls, none, label="insights: off")
    service = service_linked_role("AWSServiceRoleForCloudTrail", "cloudtrail")
    off = selecting([], by=service)
    yield silent("off, as before", off, none)
    yield alerts("on between", off, calls, none)
    yield silent("known for long", off, selecting([], day=400))
    yield alerts("known too long ago", off, selecting([], day=401))
    other = {**off, "requestParameters": {"trailName": "data", "insightSelectors": []}}
    yield alerts("of another trail", other, none, subject="management")
    store = {**off, "requestParameters": {"eventDataStore": "e", "insightSelectors": []}}
    stores = {**none, "requestParameters": {"eventDataStore": "f", "insightSelectors": []}}
    yield alerts("of another store", store, stores, subject="f")


CALLS, ERRORS = {"insightType": "ApiCallRateInsight"}, {"insightType": "ApiErrorRateInsight"}


def selecting(selectors: list[Any], *, by: Fields | None = None, day: float = 0) -> Record:
    action = "cloudtrail:PutInsightSelectors"
    return request(action, by, day=day, trailName="management", insightSelectors=selectors)
