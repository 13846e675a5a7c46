"""CloudWatch alarms silenced.

Alarms on the metrics of a trail, the bill or the load show many teams an intruder. An alarm without
actions stays in its place and tells nobody. So does one whose channel or plan is gone. Engineers
silence alarms for maintenance, and turn them on again. To silence them is LOW where the actor, or
colleagues of the permission set, did both on an earlier day.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request, sso_user
from trailwarden.correlations import DAY, by_actor, by_team_or_actor, of_title
from trailwarden.detection.grouping import personal
from trailwarden.detection.habit import Habit
from trailwarden.detection.hand_work import BEFORE_PRODUCTION
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.things import thing_of

CHANNELS = (
    "chatbot:DeleteChimeWebhookConfiguration",
    "chatbot:DeleteMicrosoftTeamsChannelConfiguration",
    "chatbot:DeleteSlackChannelConfiguration",
    "notifications:DeleteNotificationConfiguration",
    "notifications:DisassociateChannel",
    "ssm-contacts:DeactivateContactChannel",
    "ssm-contacts:DeleteContact",
    "ssm-contacts:DeleteContactChannel",
    "ssm-incidents:DeleteResponsePlan",
)
"""What takes away the way from an alarm to the people on call."""
UNHEARD = "Notification of the people on call removed"

MADE_BY_SERVICES = ("TargetTracking-", "awseb-")


def detect(event: Event) -> Match | None:
    if event.name == "EnableAlarmActions":
        return Match(event.name, severity=Severity.INFORMATIONAL)
    if event.action in CHANNELS:
        return Match(f"{event.name} {thing_of(event)}".strip(), title=UNHEARD)
    if event.name in {"PutMetricAlarm", "PutCompositeAlarm"}:
        silenced = event.get("requestParameters.actionsEnabled") in (False, "false")
        return Match(event.request("alarmName")) if silenced else None
    names = [name for name in event.listed("requestParameters.alarmNames") if isinstance(name, str)]
    people = [name for name in names if not name.startswith(MADE_BY_SERVICES)]
    if names and not people:
        return None
    act = f"{event.name} {', '.join(people) or event.request('name')}"
    return Match(personal(event, act) if event.name == "DisableAlarmActions" else act)


def by_act(event: Event) -> str:
    """Compare with colleagues who silence alarms for a while: that is no habit of deleting them."""
    is_passing = event.name in {"DisableAlarmActions", "EnableAlarmActions"}
    return by_team_or_actor(event) if is_passing else by_actor(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *CHANNELS,
        "monitoring:DeleteAlarms",
        "monitoring:DisableAlarmActions",
        "monitoring:EnableAlarmActions",
        "monitoring:PutAlarmMuteRule",
        "monitoring:PutCompositeAlarm",
        "monitoring:PutMetricAlarm",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    hand_work=BEFORE_PRODUCTION,
    story="destruction",
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.006"]},
    response="Read which alarms they were, and put back those that guard something. If it was not "
    "intended, look at their metrics of the time since.",
    false_positives="Maintenance, and the removal of alarms after their resource.",
    correlation=Habit(
        timespan=60 * DAY,
        group_by=by_act,
        kind=of_title,
        passing=frozenset({"monitoring:DisableAlarmActions"}),
    ),
    window=7 * DAY,
)


def examples() -> Examples:
    deleted = call("DeleteAlarms", alarmNames=["root-usage"])
    yield alerts("deleted", deleted, label="DeleteAlarms root-usage")
    yield alerts("silenced", call("DisableAlarmActions", alarmNames=["root-usage"]))
    yield alerts("muted", call("PutAlarmMuteRule", name="night", rule={}))
    for action in CHANNELS:
        yield alerts(action, request(action), severity=Severity.MEDIUM)
    plan = request("ssm-incidents:DeleteResponsePlan", arn="night")
    yield alerts("a plan", plan, label="DeleteResponsePlan night")
    put = "PutMetricAlarm"
    metric: Fields = {"alarmName": "bill", "evaluationPeriods": 1, "comparisonOperator": "X"}
    yield alerts("rewritten", call(put, **metric, actionsEnabled=False), label="bill")
    yield alerts("as text", call(put, **metric, actionsEnabled="false"))
    composite: Fields = {"alarmName": "bill", "alarmRule": "FALSE"}
    yield alerts("a composite", call("PutCompositeAlarm", **composite, actionsEnabled=False))
    yield silent("an alarm made", call(put, **metric, actionsEnabled=True))
    scaling = "TargetTracking-service/web-AlarmHigh-0f"
    yield silent("scaling", call("DeleteAlarms", alarmNames=[scaling]))
    yield silent("refused", refused("monitoring:DeleteAlarms"))
    yield from of_habits()


def of_habits() -> Examples:
    """Tell of alarms that are silenced for a while, as on an earlier day."""
    medium, low = Severity.MEDIUM, Severity.LOW
    on = by_hand("EnableAlarmActions", "ann", minute=30)
    usual = by_hand("DisableAlarmActions", "ann"), on
    now = by_hand("DisableAlarmActions", "bob", day=1)
    label = f"DisableAlarmActions root-usage by bob@example.com in {ACCOUNT}"
    yield alerts("a colleague's maintenance", *usual, now, last=low, label=label)
    yield alerts("turned on what was on", on, now, severity=medium)
    today = by_hand("DisableAlarmActions", "bob", minute=60)
    yield alerts("on the same day", *usual, today, last=medium)
    later = by_hand("DisableAlarmActions", "bob", day=61)
    yield alerts("a habit of long ago", *usual, later, last=medium)
    soon = by_hand("DisableAlarmActions", "bob", day=60)
    yield alerts("a habit of two months ago", *usual, soon, last=low)
    deleted = by_hand("DeleteAlarms", "bob", day=1)
    yield alerts("deleted by a colleague", *usual, deleted, last=medium)
    stolen = call("DisableAlarmActions", day=1, alarmNames=["root-usage"])
    yield alerts("by a key where people silence alarms", *usual, stolen, last=medium)
    names = ["root-usage"]
    own = [call(f"{act}AlarmActions", alarmNames=names) for act in ("Disable", "Enable")]
    own = [{**own[0], "eventTime": "2025-06-02T11:00:00Z"}, own[1]]
    yield alerts("by a key that turned them on again", *own, stolen, last=low)
    gone = call("DeleteAlarms", day=1, alarmNames=names)
    yield alerts("by that key, deleted", *own, gone, last=medium)
    yield silent("turned on again", on)


def call(event_name: str, *, day: int = 0, **parameters: Any) -> Record:
    return request(f"monitoring:{event_name}", day=day, **parameters)


def by_hand(event_name: str, person: str, *, day: int = 0, minute: float = 0) -> Record:
    by, act = sso_user(f"{person}@example.com"), f"monitoring:{event_name}"
    return request(act, by, day=day, minute=minute, alarmNames=["root-usage"])
