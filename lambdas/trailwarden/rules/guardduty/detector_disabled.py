"""GuardDuty turned off, wholly or in part.

GuardDuty sees what CloudTrail does not: traffic, names that are looked up, malware on disks. It is
switched off before the noisy part of an attack.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed, text_of

OFF = (False, "false", "NONE")
SOURCES = {
    "S3 logs": "s3Logs.enable",
    "Kubernetes audit logs": "kubernetes.auditLogs.enable",
    "malware protection": "malwareProtection.scanEc2InstanceWithFindings.ebsVolumes",
}


def detect(event: Event) -> Match | None:
    if event.denied and event.name in {"DeleteDetector", "UpdateDetector"}:
        return Match(f"was refused {event.name}", severity=Severity.MEDIUM, subject="refused")
    request = event.get("requestParameters")
    if not event.succeeded or not isinstance(request, Mapping):
        return None
    detector = text_of(request.get("detectorId"))[:100]
    if event.name == "DeleteDetector" or request.get("enable") in OFF:
        return Match(f"detector {detector} off", subject=detector)
    lost = [] if event.by_automation else [*losses(event, request)]
    return Match(", ".join(lost)[:200], severity=Severity.HIGH, subject=detector) if lost else None


def losses(event: Event, request: Mapping[str, Any]) -> Iterator[str]:
    if event.name == "DeleteMalwareProtectionPlan":
        yield "malware protection of S3 removed"
    if event.name == "UpdateOrganizationConfiguration":
        told = (request.get("autoEnable"), request.get("autoEnableOrganizationMembers"))
        if any(value in OFF for value in told):
            yield "new accounts not watched"
    for feature in listed(request.get("features")):
        if dig(feature, "status") == "DISABLED":
            yield f"{text_of(dig(feature, 'name'))} off"
    for name, path in SOURCES.items():
        if dig(request.get("dataSources"), path) in OFF:
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
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn GuardDuty on again in that Region; a deleted detector takes its findings with "
    "it. Ask the caller; if they did not do it, revoke their sessions and keys and go through what "
    "they did since.",
    false_positives="A Region that is given up, or a plan that is dropped for its price.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_suspend-disable.html"],
)

DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"


def examples() -> Iterator[Example]:
    yield alerts("deleted", call("DeleteDetector"))
    yield alerts("suspended", call("UpdateDetector", enable=False))
    features = [{"name": "S3_DATA_EVENTS", "status": "DISABLED"}]
    yield alerts("a feature off", call("UpdateDetector", features=features))
    sources = {"kubernetes": {"auditLogs": {"enable": False}}}
    yield alerts("of members", call("UpdateMemberDetectors", dataSources=sources))
    organization = call("UpdateOrganizationConfiguration", autoEnableOrganizationMembers="NONE")
    yield alerts("new accounts", organization)
    yield alerts("refused", denied("guardduty:DeleteDetector", iam_user("mallory")))
    yield silent("on", call("UpdateDetector", enable=True))
    frequent = call("UpdateDetector", findingPublishingFrequency="FIFTEEN_MINUTES")
    yield silent("more often", frequent)
    yield silent("one more feature", call("UpdateDetector", features=[{"status": "ENABLED"}]))


def call(name: str, **settings: Any) -> Record:
    request = {"detectorId": DETECTOR, **settings}
    return record(f"guardduty:{name}", assumed_role("Ops"), requestParameters=request)
