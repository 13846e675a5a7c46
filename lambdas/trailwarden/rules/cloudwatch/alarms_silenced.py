"""CloudWatch alarms deleted or silenced.

Alarms on metrics of a trail, of the bill or of load are how many teams notice an intruder at all.
An alarm without actions stays in its place and tells nobody.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record, service_linked_role
from trailwarden.cloudtrail.values import Record

MADE_BY_SERVICES = ("TargetTracking-", "awseb-")


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    if event.name in {"PutMetricAlarm", "PutCompositeAlarm"}:
        silenced = event.get("requestParameters.actionsEnabled") in (False, "false")
        return event.text("requestParameters.alarmName")[:100] or "?" if silenced else None
    names = [name for name in event.listed("requestParameters.alarmNames") if isinstance(name, str)]
    people = [name for name in names if not name.startswith(MADE_BY_SERVICES)]
    if names and not people:
        return None
    return f"{event.name} {', '.join(people[:5])}".strip()[:120]


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
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.006"]},
    response="Read which alarms they were and put back those that guard something. If the caller "
    "did not mean it, look at the metrics they watched since then.",
    false_positives="Maintenance, and clearing up after something that is gone.",
)


def examples() -> Iterator[Example]:
    yield alerts("deleted", call("DeleteAlarms", alarmNames=["root-usage"]))
    yield alerts("silenced", call("DisableAlarmActions", alarmNames=["root-usage"]))
    yield alerts("rewritten", call("PutMetricAlarm", alarmName="bill", actionsEnabled=False))
    yield alerts("text", call("PutMetricAlarm", alarmName="bill", actionsEnabled="false"))
    yield silent("an alarm made", call("PutMetricAlarm", alarmName="bill", actionsEnabled=True))
    scaling = "TargetTracking-service/web-AlarmHigh-0f"
    yield silent("scaling", call("DeleteAlarms", alarmNames=[scaling]))
    linked = service_linked_role(
        "AWSServiceRoleForApplicationAutoScaling_ECSService", "applicationautoscaling_ecsservice"
    )
    request = {"alarmNames": ["web-high"]}
    role = record("monitoring:DeleteAlarms", linked, requestParameters=request)
    yield silent("by the scaling service", role)


def call(name: str, **request: Any) -> Record:
    return record(f"monitoring:{name}", iam_user("mallory"), requestParameters=request)
