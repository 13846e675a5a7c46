"""Several machine images were deregistered or disabled.

Without its images a fleet cannot grow, heal or be restored. Deregistering them is cheap, quick, and
rarely noticed before the next deployment.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import texts


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    return next(iter(texts(event.get("requestParameters"), "imageId")), "")[:40]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:DeregisterImage",
        "ec2:DisableImage",
        "ec2:DisableImageDeregistrationProtection",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485", "T1490"]},
    response="Ask whoever did it. If it was not them, disable the credentials, keep the images' "
    "snapshots from being deleted, and register the images again from them.",
    false_positives="Old images that are cleaned up by hand or by a script: name its role as a "
    "deploy role.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("three images", *calls("DeregisterImage", 1, 2, 3))
    yield alerts("three images, disabled", *calls("DisableImage", 1, 2, 3))
    yield silent("two images", *calls("DeregisterImage", 1, 2))
    yield silent("one image, twice disabled", *calls("DisableImage", 1, 1, 1))
    refused = [
        {**one, "errorCode": "Client.UnauthorizedOperation"}
        for one in calls("DisableImage", 1, 2, 3)
    ]
    yield silent("refusals", *refused)


def calls(name: str, *images: int) -> list[Record]:
    asked = [{"imageId": f"ami-{n}"} for n in images]
    return [
        record(f"ec2:{name}", iam_user("alice"), minute=m, requestParameters=one)
        for m, one in enumerate(asked)
    ]
