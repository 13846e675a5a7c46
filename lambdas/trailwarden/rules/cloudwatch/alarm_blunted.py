"""CloudWatch alarm made to tell nobody.

An alarm without actions, or with a threshold ten times as high, stays in its place and tells
nobody. Every request writes the whole alarm, so the rule compares it with the last known one.
"""

from math import floor, log10
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.hand_work import BEFORE_PRODUCTION
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent

MIDDLE = 400
"""The sensitivity of an alarm at one; each power of ten above or below is one less or more."""

MOST = 1e300
"""More than any metric."""


MADE_BY_SERVICES = ("TargetTracking-", "awseb-")
"""How the alarms begin with which services scale; they write them again and again."""


def detect(event: Event) -> Match | None:
    alarm = alarm_of(event)
    if alarm.startswith(MADE_BY_SERVICES):
        return None
    acts = bool(event.listed("requestParameters.alarmActions")) or "left off"
    return Match(state(actions=acts, **sensitivity(event)), subject=alarm)


def sensitivity(event: Event) -> dict[str, object]:
    """Return how soon an alarm tells, by the order of its threshold, and in which direction."""
    threshold = event.get("requestParameters.threshold")
    direction = event.request("comparisonOperator")
    is_number = isinstance(threshold, int | float) and not isinstance(threshold, bool)
    if not (is_number and 0 < threshold < MOST and direction.startswith(("Greater", "Less"))):
        return {}
    order = floor(log10(threshold))
    return {direction: MIDDLE - order if direction.startswith("Greater") else MIDDLE + order}


def alarm_of(event: Event) -> str:
    return event.request("alarmName")


def by_alarm(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{alarm_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["monitoring:PutCompositeAlarm", "monitoring:PutMetricAlarm"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    hand_work=BEFORE_PRODUCTION,
    attack={Tactic.DEFENSE_EVASION: ["T1562.006", "T1562.001"]},
    response="Read what the alarm guards, and write it as it was. If nobody planned it, look at "
    "its metric of the time since, and at the caller's other acts.",
    false_positives="A team ends an alarm that nobody needs, without deleting it.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_alarm, unknown=Severity.CRITICAL),
)

ENVIRONMENT = DEPLOYED
TOPIC = "arn:aws:sns:us-east-1:111122223333:security"


def examples() -> Examples:
    whole, mute = put(), put(day=1, alarmActions=[])
    yield alerts("its action is taken away", whole, mute, subject="root-usage")
    high = put(day=1, threshold=1_000_000)
    yield alerts("a threshold that nothing reaches", whole, high, severity=Severity.MEDIUM)
    yield silent("a threshold a little higher", whole, put(day=1, threshold=2))
    yield silent("an alarm without actions is made", mute)
    yield silent("one with a high threshold is made", high)
    yield silent("it gets an action", put(alarmActions=[]), put(day=1))
    yield silent("it tells sooner", put(threshold=1_000), put(day=1, threshold=10))
    less: Fields = {"comparisonOperator": "LessThanThreshold"}
    low = put(day=1, threshold=0.001, **less)
    yield alerts("a floor that nothing reaches", put(threshold=100, **less), low)
    yield silent("a floor in place of a ceiling", whole, low)
    yield silent("a threshold of nothing", whole, put(day=1, threshold=0))
    yield silent("another alarm", put(alarmName="bill"), mute)
    yield silent("of another Region", {**whole, "awsRegion": "eu-west-1"}, mute)
    yield alerts("set by a pipeline", put(by=DEPLOYER), mute, subject="root-usage")
    composite = "monitoring:PutCompositeAlarm"
    named: Fields = {"alarmName": "all", "alarmRule": "ALARM(a)"}
    told = request(composite, **named, alarmActions=[TOPIC])
    yield alerts("a composite", told, request(composite, day=1, **named, alarmActions=[]))
    of_service: Fields = {"alarmName": "TargetTracking-service/web-AlarmHigh-0f"}
    yield silent("scaling", put(**of_service), put(day=1, **of_service, alarmActions=[]))
    yield silent("refused", whole, refused("monitoring:PutMetricAlarm", day=1))


def put(*, by: Fields | None = None, day: float = 0, **changed: Any) -> Record:
    metric: Fields = {
        "alarmName": "root-usage",
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "evaluationPeriods": 1,
        "threshold": 1,
        "alarmActions": [TOPIC],
    }
    return request("monitoring:PutMetricAlarm", by, day=day, **metric | changed)
