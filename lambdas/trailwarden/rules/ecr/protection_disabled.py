"""Protection of container images turned off.

Scanning shows known flaws in an image. Immutable tags make sure that the reviewed image is the one
that runs. An attacker turns them off before slipping in an image.
"""

from collections.abc import Iterator

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
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import Record, dig, text_of

TITLES = {
    "PutImageScanningConfiguration": "Scanning of a repository's images turned off",
    "PutImageTagMutability": "Tag immutability of a repository turned off",
    "PutRegistryScanningConfiguration": "Scanning of the image registry turned off",
}
SCANS = frozenset({"SCAN_ON_PUSH", "CONTINUOUS_SCAN"})


def detect(event: Event) -> Match | None:
    if not weakens(event):
        return None
    repository = event.request("repositoryName") or f"registry of {event.aws_region}"
    return Match(repository, subject=repository, title=TITLES[event.name])


def weakens(event: Event) -> bool:
    """Say whether the request turns a protection off, rather than on."""
    if event.name == "PutImageTagMutability":
        return event.request("imageTagMutability").startswith("MUTABLE")
    if event.name == "PutImageScanningConfiguration":
        scans = event.get("requestParameters.imageScanningConfiguration.scanOnPush")
        return str(scans).lower() != "true"
    if event.get("requestParameters.rules") is None:
        return False
    rules = event.listed("requestParameters.rules")
    return not any(text_of(dig(rule, "scanFrequency")) in SCANS for rule in rules)


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
    false_positives="Repositories of trials. A change to scanning by another product.",
)


def examples() -> Iterator[Example]:
    scan, tags = "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability"
    registry = "ecr:PutRegistryScanningConfiguration"
    yield alerts("no scanning", scanning(scan, on=False), subject="app")
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


def scanning(action: str, *, on: bool) -> Record:
    setting = {"scanOnPush": on}
    return request(action, repositoryName="app", imageScanningConfiguration=setting)
