"""Controls of Control Tower removed.

Control Tower keeps logs, detectors and prohibitions in place in every account. One call takes a
control from a whole organizational unit, and another takes everything from the organization.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

WHOLE = "DeleteLandingZone"
TITLES = {
    "DeleteLandingZone": "Landing zone of Control Tower deleted",
    "DisableBaseline": "Baseline of Control Tower disabled",
    "DisableControl": "Control of Control Tower disabled",
}
NAMES = (
    "controlIdentifier",
    "enabledControlIdentifier",
    "enabledBaselineIdentifier",
    "landingZoneIdentifier",
)


def detect(event: Event) -> Match:
    name = last_part(event.request(*NAMES))
    unit = last_part(event.request("targetIdentifier"))
    on = f" of {unit}" if unit else ""
    severity = Severity.CRITICAL if event.name == WHOLE else None
    return Match(f"{event.name} {name}{on}", severity, name, TITLES[event.name])


def last_part(arn: str) -> str:
    return arn.rpartition("/")[2]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"controltower:{name}" for name in TITLES],
    exempt=DEPLOYMENT,
    exempt_reason="A pipeline that keeps controls as code removes those that are taken out of it.",
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008", "T1484"]},
    response="Ask the owners of the management account. If nobody planned it, enable the control "
    "again and revoke the caller's access. Then read all acts that it would have prevented.",
    false_positives="A platform team renews controls by hand. Name its role in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/controltower/latest/userguide/logging-using-cloudtrail.html"
    ],
)


def examples() -> Examples:
    unit = "arn:aws:organizations::111122223333:ou/o-1/ou-1"
    control = "arn:aws:controltower:us-east-1::control/AWS-GR_CLOUDTRAIL_ENABLED"
    both: Fields = {"controlIdentifier": control, "targetIdentifier": unit}
    off = request("controltower:DisableControl", **both)
    named = "AWS-GR_CLOUDTRAIL_ENABLED"
    label = f"DisableControl {named} of ou-1"
    yield alerts("a control", off, severity=Severity.HIGH, subject=named, label=label)
    zone: Fields = {"landingZoneIdentifier": "arn:aws:controltower:us-east-1:1:landingzone/Z"}
    gone = request("controltower:DeleteLandingZone", **zone)
    yield alerts("everything", gone, severity=Severity.CRITICAL, subject="Z")
    baseline: Fields = {"enabledBaselineIdentifier": "arn:aws:controltower:us-east-1:1:b/B"}
    plain = request("controltower:DisableBaseline", **baseline)
    yield alerts("a baseline", plain, subject="B", label="DisableBaseline B")
    yield alerts("refused", refused("controltower:DisableBaseline"), severity=Severity.MEDIUM)
    failed = request("controltower:DisableControl", fields={"errorCode": "ConflictException"})
    yield silent("a failed request", failed)
