"""EventBridge rule disabled.

Rules start alarms, repairs and nightly jobs. Without one, damage shows late, or an alarm stays
quiet. Developers pause and change jobs by hand every day. A rule whose name tells of security is
worse.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import mentions
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.audit_settings import ABOUT_SECURITY

ACTS = {
    "DeactivateEventSource": "Partner event source deactivated",
    "DeleteConnection": "EventBridge connection deleted",
    "DeleteEventBus": "EventBridge bus deleted",
    "DeleteRule": "EventBridge rule deleted",
    "DisableRule": "EventBridge rule disabled",
    "RemoveTargets": "Targets of an EventBridge rule removed",
}
PIPES = {
    "DeletePipe": "EventBridge pipe deleted",
    "StartPipe": "EventBridge pipe stopped",
    "StopPipe": "EventBridge pipe stopped",
}
OF_ONE_RULE = frozenset({"DeleteRule", "DisableRule", "PutRule", "RemoveTargets", *PIPES})
SWITCHING = frozenset({"DisableRule", "EnableRule", "PutRule"})
SET = "EventBridge rule or pipe set to disabled"


def detect(event: Event) -> Match:
    name = event.request("rule", "name")
    guards = mentions(name, ABOUT_SECURITY) or event.environment.is_pipeline_resource(name)
    usual = Severity.LOW if event.name in OF_ONE_RULE else None
    severity = Severity.HIGH if guards else usual
    label = f"{event.name} {name}"
    if event.name in SWITCHING:
        label = state(rule=runs(event))
    elif event.name in ("StartPipe", "StopPipe"):
        label = state(pipe=event.name == "StartPipe")
    title = (ACTS | PIPES).get(event.name, ACTS["DisableRule"])
    return Match(label, severity=severity, subject=name, title=title)


def runs(event: Event) -> bool | str:
    """Say whether a rule runs from now on; a definition of one that does not may say it again."""
    if event.name == "PutRule":
        return "left off" if event.request("state") == "DISABLED" else True
    return event.name == "EnableRule"


def by_rule(event: Event) -> str:
    """Group by the rule: its bus, which also goes by its ARN, tells namesakes apart."""
    bus = event.request("eventBusName").rpartition("/")[2] or "default"
    place = f"{event.recipient_account_id}/{event.aws_region}"
    return f"{place}/{event.service}/{bus}/{event.request('rule', 'name')}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *(f"events:{name}" for name in sorted({*ACTS, *SWITCHING})),
        *(f"pipes:{name}" for name in PIPES),
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1489"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Enable the rule again, or deploy it anew. Ask the caller, and find out which runs "
    "were missed since.",
    false_positives="A developer pauses a job by hand. Name the roles that deploy in "
    "`deploy_roles`.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_rule, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    window=7 * DAY,
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    disabled = call("DisableRule", name="nightly-job")
    yield alerts("a job", disabled, severity=Severity.LOW, subject="nightly-job")
    bus = call("DeleteEventBus", name="orders")
    yield alerts("a whole bus", bus, severity=Severity.MEDIUM, subject="orders")
    targets = call("RemoveTargets", rule="guardduty-findings", ids=["1"])
    yield alerts("an alarm's targets", targets, severity=Severity.HIGH)
    for name in ("app-config-sync", "uproot-cache", "monitor-stock"):
        yield alerts(name, call("DisableRule", name=name), severity=Severity.LOW)
    yield alerts("refused", refused("events:DisableRule"), severity=Severity.LOW)
    yield alerts("a bus, refused", refused("events:DeleteEventBus"), severity=Severity.LOW)
    failed = request("events:DisableRule", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
    yield from compared()


def compared() -> Examples:
    off, again = call("DisableRule", name="siem"), call("DisableRule", day=1, name="siem")
    on, anew = call("EnableRule", day=1, name="siem"), call("DisableRule", day=2, name="siem")
    by_code = call("DisableRule", DEPLOYER, name="siem")
    yield silent("disabled, as before", by_code, again)
    yield alerts("enabled between", by_code, on, anew, severity=Severity.HIGH, label="rule: off")
    yield alerts("another rule", by_code, call("DisableRule", day=1, name="root"), subject="root")
    on_bus = call("DisableRule", day=1, name="siem", eventBusName="audit")
    yield alerts("of another bus", by_code, on_bus, subject="siem")
    bus = "arn:aws:events:us-east-1:111122223333:event-bus/default"
    yield silent(
        "its bus named", by_code, call("DisableRule", day=1, name="siem", eventBusName=bus)
    )
    yield alerts("of another Region", {**by_code, "awsRegion": "eu-west-1"}, again)
    yield alerts("known too long ago", by_code, call("DisableRule", day=401, name="siem"))
    yield silent("known for long", by_code, call("DisableRule", day=400, name="siem"))
    yield silent("enabled", call("EnableRule", name="siem"))
    yield from defined()
    yield from of_pipes()
    gone, twice = (call("RemoveTargets", day=n, rule="siem", ids=["1"]) for n in (0, 1))
    yield alerts("targets removed again", gone, twice, label="RemoveTargets siem")
    yield alerts("off and its targets removed", off, twice, label="RemoveTargets siem")


def of_pipes() -> Examples:
    pipe: Fields = {"name": "guardduty-to-siem"}
    first, last = (request("pipes:StopPipe", by, **pipe) for by in (DEPLOYER, None))
    again = {**last, "eventTime": "2025-06-04T12:00:00Z"}
    back = request("pipes:StartPipe", day=1, **pipe)
    yield alerts("a pipe", last, severity=Severity.HIGH, label="pipe: off")
    yield alerts("a job's pipe", request("pipes:StopPipe", name="orders"), severity=Severity.LOW)
    yield silent("a pipe, as before", first, again)
    yield alerts("a pipe, started between", first, back, again, subject="guardduty-to-siem")
    yield silent("a pipe starts", back)
    gone = request("pipes:DeletePipe", name="orders")
    yield alerts("a pipe is deleted", gone, severity=Severity.LOW, label="DeletePipe orders")


def defined() -> Examples:
    made = call("PutRule", DEPLOYER, name="siem")
    idle: Fields = {"name": "siem", "state": "DISABLED"}
    yield silent("one that does not run", call("PutRule", **idle))
    yield silent("one that runs", made)
    yield alerts("one that ran", made, call("PutRule", day=1, **idle), severity=Severity.HIGH)
    job: Fields = {"name": "nightly-job"}
    stopped = call("PutRule", day=1, **job, state="DISABLED")
    yield alerts("a job", call("PutRule", **job), stopped, severity=Severity.LOW)
    disabled = call("DisableRule", day=1, name="siem")
    yield silent("never ran", call("PutRule", DEPLOYER, **idle), disabled)


def call(name: str, by: Fields | None = None, /, *, day: float = 0, **parameters: Any) -> Record:
    return request(f"events:{name}", by, day=day, **parameters)
