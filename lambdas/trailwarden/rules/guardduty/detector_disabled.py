"""GuardDuty protection turned off.

GuardDuty sees traffic, looked-up names and malware on disks, which CloudTrail does not. Intruders
switch it off before the noisy part of an attack.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    Event,
    Match,
    Outcome,
    Rule,
    Severity,
    Tactic,
    either,
)
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.examples import Examples, Record, alerts, silent

OFF = (False, "false", "NONE")
SOURCES = {
    "S3 logs": "s3Logs.enable",
    "Kubernetes audit logs": "kubernetes.auditLogs.enable",
    "malware protection": "malwareProtection.scanEc2InstanceWithFindings.ebsVolumes",
}


def detect(event: Event) -> Match | None:
    sent = event.get("requestParameters")
    parameters = sent if isinstance(sent, Mapping) else {}
    detector = event.request("detectorId")
    refused_whole = event.outcome is Outcome.REFUSED and event.name != "UpdateMemberDetectors"
    if event.name == "DeleteDetector" or dig(parameters, "enable") in OFF:
        return Match(f"detector {detector} off", subject=detector, title="GuardDuty turned off")
    if refused_whole:
        return Match(f"refused {event.name}", subject=detector)
    lost = [] if event.caller in DEPLOYMENT else [*losses(event, parameters)]
    return Match(", ".join(lost), severity=Severity.HIGH, subject=detector) if lost else None


def losses(event: Event, parameters: Mapping[str, Any]) -> Iterator[str]:
    if event.name == "DeleteMalwareProtectionPlan":
        yield f"malware protection of S3, plan {event.request('malwareProtectionPlanId')}"
    if event.name == "UpdateOrganizationConfiguration":
        keys = ("autoEnable", "autoEnableOrganizationMembers")
        if any(parameters.get(key) in OFF for key in keys):
            yield "new accounts not watched"
    for feature in listed(parameters.get("features")):
        if dig(feature, "status") == "DISABLED":
            yield f"{text_of(dig(feature, 'name'))} off"
    for name, path in SOURCES.items():
        if dig(parameters.get("dataSources"), path) in OFF:
            yield f"{name} off"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "guardduty:DeleteDetector",
        "guardduty:DeleteMalwareProtectionPlan",
        "guardduty:UpdateDetector",
        "guardduty:UpdateMemberDetectors",
        "guardduty:UpdateOrganizationConfiguration",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn GuardDuty on again in that Region. A deleted detector takes its findings with "
    "it. Ask the caller. If they did not do it, revoke their sessions and keys, and read their "
    "later acts.",
    false_positives="The owner gives a Region up, or drops a protection plan for its price.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_suspend-disable.html"],
)

DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"


def examples() -> Examples:
    deleted = call("DeleteDetector")
    yield alerts("deleted", deleted, severity=Severity.CRITICAL, subject=DETECTOR)
    yield alerts("suspended", call("UpdateDetector", enable=False), severity=Severity.CRITICAL)
    features = [{"name": "S3_DATA_EVENTS", "status": "DISABLED"}]
    off = call("UpdateDetector", features=features)
    yield alerts("a feature off", off, severity=Severity.HIGH, label="S3_DATA_EVENTS off")
    sources = {"kubernetes": {"auditLogs": {"enable": False}}}
    members = call("UpdateMemberDetectors", accountIds=["444455556666"], dataSources=sources)
    yield alerts("of members", members, severity=Severity.HIGH)
    organization = call("UpdateOrganizationConfiguration", autoEnableOrganizationMembers="NONE")
    yield alerts("new accounts", organization)
    plan = "guardduty:DeleteMalwareProtectionPlan"
    yield alerts("a plan", request(plan, malwareProtectionPlanId="p"), severity=Severity.HIGH)
    yield alerts("refused", refused("guardduty:DeleteDetector"), severity=Severity.MEDIUM)
    yield silent("on", call("UpdateDetector", enable=True))
    frequent = call("UpdateDetector", findingPublishingFrequency="FIFTEEN_MINUTES")
    yield silent("more frequent findings", frequent)
    yield silent("one more feature", call("UpdateDetector", features=[{"status": "ENABLED"}]))


def call(name: str, **settings: Any) -> Record:
    return request(f"guardduty:{name}", detectorId=DETECTOR, **settings)
