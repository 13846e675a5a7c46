"""Image scanning or tag immutability turned off.

Scanning shows known flaws in an image; immutable tags keep what was reviewed what runs. Whoever
wants to slip in an image of their own turns them off first.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record, dig, text_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or not weakens(event):
        return None
    repository = event.text("requestParameters.repositoryName")
    return Match(f"{event.name} {repository[:60]}".strip(), subject=repository)


def weakens(event: Event) -> bool:
    """Say whether the request turns a protection off, rather than on."""
    told = "requestParameters"
    if event.name == "PutImageTagMutability":
        return event.text(f"{told}.imageTagMutability") == "MUTABLE"
    if event.name == "PutImageScanningConfiguration":
        return event.get(f"{told}.imageScanningConfiguration.scanOnPush") is False
    rules = event.listed(f"{told}.rules")
    return event.get(f"{told}.rules") is not None and not any(
        text_of(dig(rule, "scanFrequency")) in {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"} for rule in rules
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ecr:PutImageScanningConfiguration",
        "ecr:PutImageTagMutability",
        "ecr:PutRegistryScanningConfiguration",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn the protection on again, and compare the images pushed since with the builds "
    "that should have made them.",
    false_positives="Repositories of trials; a change to scanning by another product.",
)


def examples() -> Iterator[Example]:
    scanning = "PutImageScanningConfiguration"
    off, on = ({"imageScanningConfiguration": {"scanOnPush": v}} for v in (False, True))
    yield alerts("no scanning", put(scanning, **off))
    yield alerts("mutable tags", put("PutImageTagMutability", imageTagMutability="MUTABLE"))
    registry = "PutRegistryScanningConfiguration"
    yield alerts("no rules for scanning", put(registry, scanType="BASIC", rules=[]))
    yield silent("scanning", put(scanning, **on))
    yield silent("immutable tags", put("PutImageTagMutability", imageTagMutability="IMMUTABLE"))
    enabled = [{"scanFrequency": "SCAN_ON_PUSH"}]
    yield silent("scanning of the registry", put(registry, scanType="ENHANCED", rules=enabled))


def put(name: str, **told: Any) -> Record:
    request = {"repositoryName": "app"} | told
    return record(f"ecr:{name}", iam_user("mallory"), requestParameters=request)
