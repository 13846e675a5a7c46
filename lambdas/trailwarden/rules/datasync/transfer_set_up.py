"""DataSync task or location set up by hand.

DataSync moves whole buckets and file systems to anywhere it is pointed at, other clouds included,
with AWS doing the work. It is rarely in use, and then set up once.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

OUTSIDE = ("CreateLocationAzureBlob", "CreateLocationObjectStorage")
TARGETS = ("s3BucketArn", "containerUrl", "serverHostname", "destinationLocationArn")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    targets = (event.text(f"requestParameters.{name}") for name in TARGETS)
    label = f"{event.name} {next(filter(None, targets), '')[-80:]}".strip()
    return Match(label, severity=Severity.HIGH if event.name in OUTSIDE else None)


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
    ],
    severity=Severity.MEDIUM,
    attack={
        Tactic.EXFILTRATION: ["T1567.002", "T1048"],
        Tactic.COLLECTION: ["T1119"],
    },
    response="Ask the user what is moved where. If it was not them, cancel running tasks, delete "
    "the locations, and look at what has been transferred in the task's log.",
    false_positives="A migration. Name the roles that set it up by code in `deploy_roles`.",
    references=["https://docs.aws.amazon.com/datasync/latest/userguide/what-is-datasync.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a task", call("datasync:CreateTask", mallory))
    blob = {"containerUrl": "https://loot.blob.core.windows.net/c"}
    yield alerts("another cloud", call("datasync:CreateLocationAzureBlob", mallory, **blob))
    yield silent("the pipeline", call("datasync:CreateTask", assumed_role("deploy")))
    yield silent("a refusal", denied("datasync:CreateTask", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters=parameters)
