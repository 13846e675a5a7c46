"""Protection of container images turned off.

Scanning shows known flaws in an image. Immutable tags make sure that the reviewed image is the one
that runs. An attacker turns them off before slipping in an image.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_true

UNKNOWN = "Protection of container images set to off"
PROTECTIONS = {
    "PutImageScanningConfiguration": "scan on push",
    "PutImageTagMutability": "immutable tags",
    "PutRegistryScanningConfiguration": "scanning",
}
TITLES = {
    "PutImageScanningConfiguration": "Scanning of a repository's images turned off",
    "PutImageTagMutability": "Tag immutability of a repository turned off",
    "PutRegistryScanningConfiguration": "Scanning of the image registry turned off",
}
SCANS = frozenset({"SCAN_ON_PUSH", "CONTINUOUS_SCAN"})


def detect(event: Event) -> Match | None:
    on = protects(event)
    if on is None:
        return None
    label = state(**{PROTECTIONS[event.name]: on})
    return Match(label, subject=thing_of(event), title=TITLES[event.name])


def thing_of(event: Event) -> str:
    return event.request("repositoryName") or f"registry of {event.aws_region}"


def by_thing(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{thing_of(event)}"


def protects(event: Event) -> bool | None:
    """Say whether the request turns a protection on; None where it says nothing of one."""
    if event.name == "PutImageTagMutability":
        return not event.request("imageTagMutability").startswith("MUTABLE")
    if event.name == "PutImageScanningConfiguration":
        return is_true(event.get("requestParameters.imageScanningConfiguration.scanOnPush"))
    if event.get("requestParameters.rules") is None:
        return None
    rules = event.listed("requestParameters.rules")
    return any(text_of(dig(rule, "scanFrequency")) in SCANS for rule in rules)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ecr:PutImageScanningConfiguration",
        "ecr:PutImageTagMutability",
        "ecr:PutRegistryScanningConfiguration",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn the protection on again. Then compare the images pushed since with the builds "
    "that should have made them.",
    correlation=Worsened(timespan=90 * DAY, group_by=by_thing, unknown_title=UNKNOWN),
    false_positives="Repositories of trials. A change to scanning by another product.",
)


def examples() -> Examples:
    scan, tags = "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability"
    registry = "ecr:PutRegistryScanningConfiguration"
    off = {**scanning(scan, on=False), "eventTime": "2025-06-03T12:00:00Z"}
    yield alerts("no scanning", scanning(scan, on=True), off, severity=Severity.MEDIUM)
    yield alerts("nothing known before", off, severity=Severity.LOW, subject="app")
    other = scanning(scan, on=True, name="other")
    yield alerts("known of another", other, off, severity=Severity.LOW)
    for mutability in ("MUTABLE", "MUTABLE_WITH_EXCLUSION"):
        changed = request(tags, repositoryName="app", imageTagMutability=mutability)
        yield alerts(mutability, changed, subject="app")
    none = request(registry, scanType="BASIC", rules=[])
    yield alerts("no rules for scanning", none, subject="registry of us-east-1")
    manual = request(registry, rules=[{"scanFrequency": "MANUAL"}])
    yield alerts("scanning by hand only", manual)
    yield silent("scanning", scanning(scan, on=True))
    kept = request(tags, repositoryName="app", imageTagMutability="IMMUTABLE")
    yield silent("immutable tags", kept)
    yield silent("scanned", request(registry, rules=[{"scanFrequency": "SCAN_ON_PUSH"}]))
    yield silent("another engine", request(registry, scanType="ENHANCED"))


def scanning(action: str, *, on: bool, name: str = "app") -> Record:
    setting = {"scanOnPush": on}
    return request(action, repositoryName=name, imageScanningConfiguration=setting)
