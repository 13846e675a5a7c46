"""Machine image made by hand.

An image is a whole disk that is ready to copy, share and export. An imported image may hold an
intruder's programs. Machines cannot start again when their image is removed.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import aws_service, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first

TITLES = {
    "CopyFpgaImage": "FPGA image copied by hand",
    "CopyImage": "Machine image copied by hand",
    "CreateFpgaImage": "FPGA image made by hand",
    "CreateImage": "Machine image made by hand",
    "CreateRestoreImageTask": "Machine image restored by hand",
    "DeregisterImage": "Machine image removed by hand",
    "ImportImage": "Machine image imported by hand",
    "RegisterImage": "Machine image registered by hand",
}


def detect(event: Event) -> Match:
    named = ("instanceId", "sourceImageId", "imageId", "sourceFpgaImageId", "objectKey", "name")
    source = first(event, *named)
    return Match(f"{event.name} {source}".strip(), subject=source, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"ec2:{name}" for name in TITLES],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={
        Tactic.COLLECTION: ["T1005"],
        Tactic.PERSISTENCE: ["T1525"],
        Tactic.DEFENSE_EVASION: ["T1578"],
        Tactic.IMPACT: ["T1485"],
    },
    response="Ask the caller for the reason. Check whether the image was shared or exported.",
    false_positives="People and tools that build images. Name their roles in `deploy_roles`.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("an image", request("ec2:CreateImage", instanceId="i-1", name="x"), subject="i-1")
    yield alerts("it is removed", request("ec2:DeregisterImage", imageId="ami-1"), subject="ami-1")
    yield silent("AWS Backup", request("ec2:CreateImage", aws_service("backup"), instanceId="i-1"))
