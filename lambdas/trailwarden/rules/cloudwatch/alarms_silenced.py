"""CloudWatch alarms silenced.

Alarms on the metrics of a trail, the bill or the load show many teams an intruder. An alarm without
actions stays in its place and tells nobody.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.cloudtrail.values import Record

MADE_BY_SERVICES = ("TargetTracking-", "awseb-")


def detect(event: Event) -> Match | None:
    if event.name in {"PutMetricAlarm", "PutCompositeAlarm"}:
        silenced = event.get("requestParameters.actionsEnabled") in (False, "false")
        return Match(event.request("alarmName")) if silenced else None
    names = [name for name in event.listed("requestParameters.alarmNames") if isinstance(name, str)]
    people = [name for name in names if not name.startswith(MADE_BY_SERVICES)]
    if names and not people:
        return None
    return Match(f"{event.name} {', '.join(people) or event.request('name')}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "monitoring:DeleteAlarms",
        "monitoring:DisableAlarmActions",
        "monitoring:PutAlarmMuteRule",
        "monitoring:PutCompositeAlarm",
        "monitoring:PutMetricAlarm",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.006"]},
    response="Read which alarms they were, and put back those that guard something. If it was not "
    "intended, look at their metrics of the time since.",
    false_positives="Maintenance, and the removal of alarms after their resource.",
)


def examples() -> Iterator[Example]:
    deleted = call("DeleteAlarms", alarmNames=["root-usage"])
    yield alerts("deleted", deleted, label="DeleteAlarms root-usage")
    yield alerts("silenced", call("DisableAlarmActions", alarmNames=["root-usage"]))
    yield alerts("muted", call("PutAlarmMuteRule", name="night", rule={}))
    put = "PutMetricAlarm"
    metric = {"alarmName": "bill", "evaluationPeriods": 1, "comparisonOperator": "X"}
    yield alerts("rewritten", call(put, **metric, actionsEnabled=False), label="bill")
    yield alerts("as text", call(put, **metric, actionsEnabled="false"))
    composite = {"alarmName": "bill", "alarmRule": "FALSE"}
    yield alerts("a composite", call("PutCompositeAlarm", **composite, actionsEnabled=False))
    yield silent("an alarm made", call(put, **metric, actionsEnabled=True))
    scaling = "TargetTracking-service/web-AlarmHigh-0f"
    yield silent("scaling", call("DeleteAlarms", alarmNames=[scaling]))
    yield silent("refused", refused("monitoring:DeleteAlarms"))


def call(event_name: str, **parameters: Any) -> Record:
    return request(f"monitoring:{event_name}", **parameters)
