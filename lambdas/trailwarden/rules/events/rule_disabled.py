"""EventBridge rule disabled.

Rules start alarms, repairs and nightly jobs. Without one, damage shows late, or an alarm stays
quiet. Developers pause and change jobs by hand every day. A rule whose name tells of security is
worse.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.cloudtrail.values import mentions, whole_words
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, Record, alerts, silent

SECURITY = whole_words(
    *("alarm", "alert", "audit", "cloud trail", "config rule", "detection", "detector"),
    *("guard duty", "incident", "inspector", "remediation", "root", "security", "security hub"),
    *("siem", "threat"),
)
ACTS = {
    "DeactivateEventSource": "Partner event source deactivated",
    "DeleteConnection": "EventBridge connection deleted",
    "DeleteEventBus": "EventBridge bus deleted",
    "DeleteRule": "EventBridge rule deleted",
    "DisableRule": "EventBridge rule disabled",
    "RemoveTargets": "Targets of an EventBridge rule removed",
}
OF_ONE_RULE = frozenset({"DeleteRule", "DisableRule", "RemoveTargets"})


def detect(event: Event) -> Match:
    name = event.request("rule", "name")
    guards = mentions(name, SECURITY) or event.environment.is_pipeline_resource(name)
    usual = Severity.LOW if event.name in OF_ONE_RULE else None
    severity = Severity.HIGH if guards else usual
    return Match(f"{event.name} {name}", severity=severity, subject=name, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"events:{name}" for name in ACTS],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1489"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Enable the rule again, or deploy it anew. Ask the caller, and find out which runs "
    "were missed since.",
    false_positives="A developer pauses a job by hand. Name the roles that deploy in "
    "`deploy_roles`.",
    window=7 * DAY,
)


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


def call(event_name: str, **parameters: Any) -> Record:
    return request(f"events:{event_name}", **parameters)
