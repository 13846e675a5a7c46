"""Snapshot or machine image was shared outside the organization.

A snapshot or an image is the whole disk: whoever it is shared with restores it in their own account
and reads everything, unseen.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.ec2 import texts
from trailwarden.services.sharing import EVERYONE, shared_outside


def detect(event: Event) -> Match | None:
    if event.by_service or not event.succeeded:
        return None
    outside = shared_outside(event)
    if not outside:
        return None
    asked = event.get("requestParameters")
    what = next(iter(texts(asked, "snapshotId", "imageId", "fpgaImageId")), "")[:40]
    if EVERYONE in outside:
        return Match(f"{what} made public", Severity.CRITICAL, f"{what} public")
    return Match(f"{what} shared with {', '.join(outside)[:80]}", subject=what)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:ModifySnapshotAttribute",
        "ec2:ModifyImageAttribute",
        "ec2:ModifyFpgaImageAttribute",
    ],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Take the permission away, then find out whether it was used: look for "
    "SharedSnapshotCopyInitiated and SharedSnapshotVolumeCreated. If nobody knows the receiver, "
    "disable the credentials and treat what is on the disk as lost.",
    false_positives="Images for customers, or a vendor's account that is not yet trusted.",
    references=[
        "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"
    ],
)


def examples() -> Iterator[Example]:
    stranger, everyone = {"userId": OTHER_ACCOUNT}, {"group": "all"}
    yield alerts("a snapshot, with a stranger", snapshot(add=stranger))
    yield alerts("a snapshot, with everyone", snapshot(add=everyone))
    yield alerts("an image, with a stranger", image(add=stranger))
    yield alerts("an image, with everyone", image(add=everyone))
    organization = {"organizationArn": "arn:aws:organizations::444455556666:organization/o-other"}
    yield alerts("an image, with another organization", image(add=organization))
    yield silent("a snapshot, with the own account", snapshot(add={"userId": ACCOUNT}))
    yield silent("a snapshot, with a sister account", snapshot(add={"userId": "777788889999"}))
    yield silent("a permission is taken away", image(remove=everyone))
    refused = {**snapshot(add=everyone), "errorCode": "Client.UnauthorizedOperation"}
    yield silent("a refusal", refused)


ENVIRONMENT = Environment(own_accounts=("777788889999",), organization_id="o-example")


def snapshot(**changes: Fields) -> Record:
    asked = {
        "snapshotId": "snap-0123456789abcdef0",
        "attributeType": "CREATE_VOLUME_PERMISSION",
        "createVolumePermission": {key: {"items": [to]} for key, to in changes.items()},
    }
    return record("ec2:ModifySnapshotAttribute", iam_user("alice"), requestParameters=asked)


def image(**changes: Fields) -> Record:
    asked = {
        "imageId": "ami-0123456789abcdef0",
        "attributeType": "launchPermission",
        "launchPermission": {key: {"items": [to]} for key, to in changes.items()},
    }
    return record("ec2:ModifyImageAttribute", iam_user("alice"), requestParameters=asked)
