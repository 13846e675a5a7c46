"""Machine image was made, copied, imported or removed by hand.

An image is a whole disk ready to be copied, shared or exported; an imported one may bring along
whatever its maker put there. Without it, what runs cannot be started anew.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, denied, iam_user, record
from trailwarden.services.ec2 import texts


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    named = ("instanceId", "sourceImageId", "imageId", "name")
    source = texts(event.get("requestParameters"), *named)
    return f"{event.name} {next(iter(source), '')[:60]}".strip()


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:CopyFpgaImage",
        "ec2:CopyImage",
        "ec2:CreateFpgaImage",
        "ec2:CreateImage",
        "ec2:CreateRestoreImageTask",
        "ec2:DeregisterImage",
        "ec2:ImportImage",
        "ec2:RegisterImage",
    ],
    severity=Severity.LOW,
    attack={
        Tactic.COLLECTION: ["T1005"],
        Tactic.PERSISTENCE: ["T1525"],
        Tactic.DEFENSE_EVASION: ["T1578"],
        Tactic.IMPACT: ["T1485"],
    },
    response="Ask whoever did it what for, and see whether the image was shared or exported.",
    false_positives="People and tools that build images: name their roles as deploy roles.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    asked: Fields = {"requestParameters": {"instanceId": "i-0123456789abcdef0", "name": "copy"}}
    yield alerts("by a user", record("ec2:CreateImage", iam_user("alice"), **asked))
    gone: Fields = {"requestParameters": {"imageId": "ami-0123456789abcdef0"}}
    yield alerts("it is removed", record("ec2:DeregisterImage", iam_user("alice"), **gone))
    yield silent("by AWS Backup", record("ec2:CreateImage", aws_service("backup"), **asked))
    yield silent("a refusal", denied("ec2:CreateImage", iam_user("alice")))
