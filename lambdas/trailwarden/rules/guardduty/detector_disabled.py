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
from trailwarden.cloudtrail.samples import (
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    TERRAFORM,
    Fields,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.settings import beside

SET = "GuardDuty protection set to off"
LEVELS: Mapping[object, bool] = {
    **dict.fromkeys((False, "false", "DISABLED", "NONE"), False),
    **dict.fromkeys((True, "true", "ENABLED", "NEW", "ALL"), True),
}
SOURCES = {
    "S3 logs": "s3Logs.enable",
    "Kubernetes audit logs": "kubernetes.auditLogs.enable",
    "malware protection": "malwareProtection.scanEc2InstanceWithFindings.ebsVolumes",
}
NEW_ACCOUNTS_CALL = "UpdateOrganizationConfiguration"
NEW_ACCOUNTS = ("autoEnable", "autoEnableOrganizationMembers")


def detect(event: Event) -> Match | None:
    sent = event.get("requestParameters")
    parameters = sent if isinstance(sent, Mapping) else {}
    detector = detector_of(event)
    if event.name == "CreateDetector":
        label = state(**dict(protections(parameters)))
        return Match(label, Severity.INFORMATIONAL, detector) if event.succeeded else None
    refused_whole = event.outcome is Outcome.REFUSED and event.name != "UpdateMemberDetectors"
    is_on = level(parameters.get("enable"))
    if event.name == "DeleteDetector" or is_on is False:
        label = state(detector=is_on) or f"detector {detector} off"
        return Match(label, subject=detector, title="GuardDuty turned off")
    if refused_whole:
        return Match(f"refused {event.name}", subject=detector)
    if event.name == "DeleteMalwareProtectionPlan":
        plan = f"malware protection of S3, plan {event.request('malwareProtectionPlanId')}"
        return None if event.caller in DEPLOYMENT else Match(plan, Severity.HIGH, detector)
    parts = dict[str, object](protections(parameters))
    if event.name == NEW_ACCOUNTS_CALL and any(parts.values()):
        parts = {name: kept or beside(event) for name, kept in parts.items()}
    kept = [state(detector=is_on, **of) for of in by_member(event, parts)]
    severity = Severity.INFORMATIONAL if event.caller in DEPLOYMENT else Severity.HIGH
    return Match(kept, severity, detector) if any(kept) else None


def by_member(event: Event, parts: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Yield the protections of each member that a request changed; of itself where it has none."""
    members = list(map(str, event.listed("requestParameters.accountIds")))
    failed = {text_of(dig(item, "accountId")) for item in event.failed_items}
    if not members:
        yield parts
    for member in members:
        if member not in failed:
            yield {f"{name} of {member}": kept for name, kept in parts.items()}


def detector_of(event: Event) -> str:
    return event.request("detectorId") or event.answer("detectorId")


def level(value: object) -> bool | None:
    """Return whether a setting is on; None where the request does not say it."""
    return LEVELS.get(value) if isinstance(value, bool | str) else None


def protections(parameters: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield the protections that a request is about, and whether it has them on."""
    said: list[tuple[str, Any]] = [
        ("new accounts watched", parameters.get(k)) for k in NEW_ACCOUNTS
    ]
    for feature in listed(parameters.get("features")):
        for part in (feature, *listed(dig(feature, "additionalConfiguration"))):
            name = text_of(dig(part, "name"))
            said += [(name, dig(part, key)) for key in ("status", "autoEnable")]
    said += [(name, dig(parameters.get("dataSources"), path)) for name, path in SOURCES.items()]
    yield from ((name, is_on) for name, value in said if (is_on := level(value)) is not None)


def by_detector(event: Event) -> str:
    """Group by the detector; what it is for its members and new accounts is apart."""
    members = event.listed("requestParameters.accountIds")
    whose = event.name if members or "Organization" in event.name else ""
    place = f"{event.recipient_account_id}/{event.aws_region}"
    return f"{place}/{detector_of(event)}/{whose}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "guardduty:CreateDetector",
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
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_detector, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_suspend-disable.html"],
)

ENVIRONMENT = DEPLOYED
DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"


def examples() -> Examples:
    deleted = call("DeleteDetector")
    yield alerts("deleted", deleted, severity=Severity.CRITICAL, subject=DETECTOR)
    yield alerts("suspended", call("UpdateDetector", enable=False), severity=Severity.CRITICAL)
    features = [{"name": "S3_DATA_EVENTS", "status": "DISABLED"}]
    off = call("UpdateDetector", features=features)
    yield alerts("a feature off", off, severity=Severity.HIGH, label="S3 DATA EVENTS: off")
    sources = {"kubernetes": {"auditLogs": {"enable": False}}}
    members = call("UpdateMemberDetectors", accountIds=["444455556666"], dataSources=sources)
    yield alerts("of members", members, severity=Severity.HIGH)
    organization = call("UpdateOrganizationConfiguration", autoEnableOrganizationMembers="NONE")
    yield alerts("new accounts", organization)
    plan = "guardduty:DeleteMalwareProtectionPlan"
    yield alerts("a plan", request(plan, malwareProtectionPlanId="p"), severity=Severity.HIGH)
    yield alerts("refused", refused("guardduty:DeleteDetector"), severity=Severity.MEDIUM)
    yield from compared()
    yield silent("on", call("UpdateDetector", enable=True))
    frequent = call("UpdateDetector", findingPublishingFrequency="FIFTEEN_MINUTES")
    yield silent("more frequent findings", frequent)
    yield silent("one more feature", call("UpdateDetector", features=[{"status": "ENABLED"}]))


def compared() -> Examples:
    suspended, on = call("UpdateDetector", enable=False), call("UpdateDetector", enable=True)
    again = {**suspended, "eventTime": "2025-06-12T12:00:00Z"}
    between = {**on, "eventTime": "2025-06-07T12:00:00Z"}
    off = call("UpdateDetector", DEPLOYER, features=[feature("RDS_LOGIN_EVENTS", "DISABLED")])
    later = {**call("UpdateDetector", features=both()), "eventTime": "2025-06-12T12:00:00Z"}
    rds = both()[:1]
    repeated = {**call("UpdateDetector", features=rds), "eventTime": "2025-06-12T12:00:00Z"}
    chosen: Fields = {"enable": True, "features": both()}
    made = request("guardduty:CreateDetector", answer={"detectorId": DETECTOR}, **chosen)
    yield silent("off since it was made", made, later)
    failed = {**made, "errorCode": "BadRequestException", "responseElements": None}
    yield alerts("what was not made", failed, later, severity=Severity.HIGH)
    yield silent("a pipeline's features", off)
    yield silent("off, as the pipeline set it", off, repeated)
    yield alerts("one more off", off, later, severity=Severity.HIGH)
    yield alerts("on, and off again", suspended, between, again, severity=Severity.CRITICAL)
    other = {**off, "awsRegion": "eu-west-1"}
    yield alerts("of another Region", other, repeated, severity=Severity.HIGH)
    yield alerts("known too long ago", off, call("UpdateDetector", day=401, features=rds))
    yield silent("known for long", off, call("UpdateDetector", day=400, features=rds))
    members = call("UpdateMemberDetectors", DEPLOYER, accountIds=["444455556666"], features=rds)
    yield alerts("of a member alone", members, repeated, severity=Severity.HIGH)
    two: Fields = {"accountIds": ["444455556666", "777788889999"], "features": rds}
    both_off = call("UpdateMemberDetectors", day=2, **two)
    label = "RDS LOGIN EVENTS of 777788889999: off"
    yield alerts("of one more member", members, both_off, severity=Severity.HIGH, label=label)
    kept = {"unprocessedAccounts": [{"accountId": "777788889999", "result": "no member"}]}
    yield silent("of one more, in vain", members, {**both_off, "responseElements": kept})
    new = call("UpdateOrganizationConfiguration", features=[{"name": "x", "autoEnable": "NONE"}])
    yield alerts("a feature of new accounts", new, severity=Severity.HIGH)
    agents, none = (
        call("UpdateDetector", day=n, features=[of_runtime(status)])
        for n, status in enumerate(("ENABLED", "DISABLED"))
    )
    label = "RUNTIME MONITORING: on; EKS ADDON MANAGEMENT: off"
    yield alerts("a part of a feature", agents, none, severity=Severity.HIGH, label=label)
    some = [{"name": "x", "autoEnable": "NONE"}, {"name": "y", "autoEnable": "NEW"}]
    chosen = {"features": some, "autoEnableOrganizationMembers": "ALL"}
    form = call("UpdateOrganizationConfiguration", **chosen)
    yield alerts("a feature beside others", form, severity=Severity.HIGH)
    yield alerts("of a program", {**form, **TERRAFORM}, severity=Severity.LOW)
    yield silent("of the console", {**form, **CONSOLE})
    plan = "guardduty:DeleteMalwareProtectionPlan"
    yield silent("a plan, by a pipeline", request(plan, DEPLOYER, malwareProtectionPlanId="p"))


def both() -> list[dict[str, str]]:
    return [feature("RDS_LOGIN_EVENTS", "DISABLED"), feature("S3_DATA_EVENTS", "DISABLED")]


def of_runtime(status: str) -> Fields:
    agents = [feature("EKS_ADDON_MANAGEMENT", status)]
    return {**feature("RUNTIME_MONITORING", "ENABLED"), "additionalConfiguration": agents}


def feature(name: str, status: str) -> dict[str, str]:
    return {"name": name, "status": status}


def call(name: str, by: Fields | None = None, *, day: float = 0, **settings: Any) -> Record:
    return request(f"guardduty:{name}", by, day=day, detectorId=DETECTOR, **settings)
