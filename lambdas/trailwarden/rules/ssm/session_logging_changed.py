"""Session Manager's logging preferences changed.

The document `SSM-SessionManagerRunShell` names the bucket or log group that records sessions.
Without it, only the fact remains that a session took place.
"""

import json
from collections.abc import Mapping

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, Record, alerts, silent

NAME = "SSM-SessionManagerRunShell"
DESTINATIONS = ("s3BucketName", "cloudWatchLogGroupName")
DELETED = "Session Manager's logging preferences deleted"


def detect(event: Event) -> Match | None:
    document = event.request("name")
    if document.rpartition("/")[2] != NAME:
        return None
    if event.name == "DeleteDocument":
        return Match(document, subject=document, title=DELETED)
    if logs_nowhere(event.request("content")):
        return Match(f"{document} logs no session", subject=document)
    if event.caller in DEPLOYMENT:
        return None  # pipelines set up where sessions are logged
    return Match(f"{document} changed", Severity.MEDIUM, document)


def logs_nowhere(content: str) -> bool:
    """Say whether the preferences, as far as they can be read, name no place for logs."""
    try:
        inputs = dig(json.loads(content), "inputs")
    except (ValueError, RecursionError):
        return False
    return isinstance(inputs, Mapping) and not any(text_of(inputs.get(d)) for d in DESTINATIONS)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ssm:CreateDocument",
        "ssm:DeleteDocument",
        "ssm:UpdateDocument",
        "ssm:UpdateDocumentDefaultVersion",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Compare the document's versions and restore the one that logs. Then look at the "
    "sessions since the change, and ask the people who opened them.",
    false_positives="The first set-up of Session Manager.",
)

ENVIRONMENT = DEPLOYED
KEPT = {"inputs": {"s3BucketName": "session-logs", "cloudWatchLogGroupName": ""}}
LOST = {"inputs": {"s3BucketName": "", "cloudWatchLogGroupName": ""}}


def examples() -> Examples:
    lost = written(LOST)
    label = f"{NAME} logs no session"
    yield alerts("logging removed", lost, severity=Severity.HIGH, subject=NAME, label=label)
    deleted = request("ssm:DeleteDocument", name=NAME)
    yield alerts("deleted", deleted, severity=Severity.HIGH, subject=NAME)
    yield alerts("another place", written(KEPT), severity=Severity.MEDIUM, subject=NAME)
    created = written(LOST, action="ssm:CreateDocument")
    yield alerts("created without", created, severity=Severity.HIGH)
    version: Fields = {"name": NAME, "documentVersion": "1"}
    older = request("ssm:UpdateDocumentDefaultVersion", **version)
    yield alerts("another version", older, severity=Severity.MEDIUM)
    yield silent("another place, by a pipeline", written(KEPT, by=DEPLOYER))
    yield silent("another document", written(LOST, name="patch-servers"))


def written(
    content: Fields,
    *,
    name: str = NAME,
    action: str = "ssm:UpdateDocument",
    by: Fields | None = None,
) -> Record:
    return request(action, by, name=name, content=json.dumps(content))
