"""New trail created.

A new trail may be an attacker's own copy of everything that happens, in a bucket of theirs. Mostly
it is somebody who sets up logging, so this is for reading, not for waking anyone.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    trail = event.text("requestParameters.name")[:100]
    bucket = event.text("requestParameters.s3BucketName")[:100]
    return Match(f"{trail} delivers to {bucket}", subject=trail)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:CreateTrail"],
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1530", "T1119"]},
    response="Check whose bucket the trail delivers to. Delete the trail if the bucket is not one "
    "of your own.",
    false_positives="Setting up an account.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    request = {"name": "copy", "s3BucketName": "loot", "isMultiRegionTrail": True}
    yield alerts("created", record("cloudtrail:CreateTrail", mallory, requestParameters=request))
    yield silent("refused", denied("cloudtrail:CreateTrail", mallory))
