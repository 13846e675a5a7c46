"""DataSync transfer set up by hand.

DataSync moves whole buckets and file systems to any place, other clouds included, and AWS does the
work. Few teams use it, and they set it up once.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

OUTSIDE = ("CreateLocationAzureBlob", "CreateLocationObjectStorage")
CHANGED = "DataSync transfer changed by hand"
TARGETS = ("s3BucketArn", "containerUrl", "serverHostname", "destinationLocationArn")
LOCATION, CLOUD = "DataSync location set up by hand", "DataSync location outside AWS set up by hand"


def detect(event: Event) -> Match:
    target = event.request(*TARGETS)
    label = f"{event.name} {target}".strip()
    if event.name.startswith("Update"):
        place = target or event.request("locationArn", "taskArn")
        return Match(f"{event.name} {place}", Severity.LOW, place, CHANGED)
    if event.name in OUTSIDE:
        return Match(label, severity=Severity.HIGH, subject=target, title=CLOUD)
    return Match(label, subject=target, title="" if event.name == "CreateTask" else LOCATION)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "datasync:CreateLocationAzureBlob",
        "datasync:CreateLocationNfs",
        "datasync:CreateLocationObjectStorage",
        "datasync:CreateLocationS3",
        "datasync:CreateLocationSmb",
        "datasync:CreateTask",
        "datasync:UpdateLocationAzureBlob",
        "datasync:UpdateLocationNfs",
        "datasync:UpdateLocationObjectStorage",
        "datasync:UpdateLocationS3",
        "datasync:UpdateLocationSmb",
        "datasync:UpdateTask",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567.002", "T1048"], Tactic.COLLECTION: ["T1119"]},
    response="Ask the caller for the data and the target of the transfer. If it was not them, "
    "cancel running tasks and delete the locations. List the transferred files from the task's "
    "log.",
    false_positives="A migration. Name the roles that set it up by code in `deploy_roles`.",
    references=["https://docs.aws.amazon.com/datasync/latest/userguide/what-is-datasync.html"],
)


def examples() -> Examples:
    location = f"arn:aws:datasync:us-east-1:{ACCOUNT}:location/loc-"
    ends: Fields = {"sourceLocationArn": f"{location}1", "destinationLocationArn": f"{location}2"}
    task = request("datasync:CreateTask", **ends)
    yield alerts("a task", task, severity=Severity.MEDIUM, subject=f"{location}2")
    url = "https://loot.blob.core.windows.net/c"
    blob: Fields = {"containerUrl": url, "authenticationType": "SAS"}
    cloud = request("datasync:CreateLocationAzureBlob", **blob)
    yield alerts("another cloud", cloud, severity=Severity.HIGH, subject=url)
    yield alerts("a refused request", refused("datasync:CreateTask"), severity=Severity.LOW)
    failed = request("datasync:CreateTask", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
