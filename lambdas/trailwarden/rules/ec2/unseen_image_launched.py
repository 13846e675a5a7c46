"""Instance was launched from an image that was never used before.

Somebody who takes over an account brings an image along, with a miner or a back door already in it,
or picks one that nobody here ever used.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import texts


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    told = (event.get("requestParameters"), event.get("responseElements.instancesSet"))
    images = [image for part in told for image in texts(part, "imageId")]
    return images[0][:40] if images else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:RunInstances"],
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1204.003"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Look up who owns the image. If it is neither Amazon nor your own organization, ask "
    "whoever launched it, and isolate the instance until they answer.",
    false_positives="New versions of images that are in use.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    weeks = [launch("ami-1", minute=day * 24 * 60) for day in range(0, 15, 5)]
    later = 15 * 24 * 60
    yield alerts("a new image", *weeks, launch("ami-2", minute=later))
    yield silent("a known image", *weeks, launch("ami-1", minute=later))
    refused = {**launch("ami-2", minute=later), "errorCode": "Client.UnauthorizedOperation"}
    yield silent("a new image, refused", *weeks, refused)


def launch(image: str, *, minute: float) -> Record:
    asked = {"instancesSet": {"items": [{"imageId": image, "minCount": 1, "maxCount": 1}]}}
    return record("ec2:RunInstances", iam_user("alice"), minute=minute, requestParameters=asked)
