"""Session Manager's logging preferences changed.

The document `SSM-SessionManagerRunShell` names the bucket or log group that records sessions.
Without it, only the fact remains that a session took place.
"""

import json
from collections.abc import Mapping

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent

NAME = "SSM-SessionManagerRunShell"
DESTINATIONS = ("s3BucketName", "cloudWatchLogGroupName")
DELETED = "Session Manager's logging preferences deleted"
LOST_TITLE = "Session Manager's preferences log no session"


def detect(event: Event) -> Match | None:
    document = event.request("name")
    if document.rpartition("/")[2] != NAME:
        return None
    if event.name == "DeleteDocument":
        return Match(document, subject=document, title=DELETED)
    kept = places(event.request("content"))
    if kept:
        label = state(sessions_logged=any(kept.values()), **kept)
        only_teaches = event.caller in DEPLOYMENT and any(kept.values())
        severity = Severity.INFORMATIONAL if only_teaches else None
        return Match(label, severity, document, LOST_TITLE)
    if event.caller in DEPLOYMENT:
        return None  # pipelines set up where sessions are logged
    return Match(f"{document} changed", Severity.MEDIUM, document)


def places(content: str) -> dict[str, str]:
    """Return where the preferences, as far as they can be read, have sessions logged."""
    try:
        inputs = dig(json.loads(content), "inputs")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(inputs, Mapping):
        return {}
    named = {name: text_of(inputs.get(name)).replace(";", ",") for name in DESTINATIONS}
    return {name: f"'{place}'" if place else "" for name, place in named.items()}


def by_document(event: Event) -> str:
    """Group by the document of a Region, which requests name by its name or ARN."""
    place = f"{event.recipient_account_id}/{event.aws_region}"
    return f"{place}/{event.request('name').rpartition('/')[2]}"


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
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_document,
        unknown=Severity.CRITICAL,
        changed=Severity.MEDIUM,
        changed_title="Session Manager's logging preferences changed",
    ),
)

ENVIRONMENT = DEPLOYED
KEPT = {"inputs": {"s3BucketName": "session-logs", "cloudWatchLogGroupName": ""}}
LOST = {"inputs": {"s3BucketName": "", "cloudWatchLogGroupName": ""}}


def examples() -> Examples:
    lost = written(LOST)
    yield alerts("logging removed", lost, severity=Severity.HIGH, subject=NAME)
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
    yield from compared()


def compared() -> Examples:
    kept, again = written(KEPT, by=DEPLOYER), written(KEPT, day=2)
    yield silent("the same place by hand", kept, again)
    other: Fields = {"inputs": {**KEPT["inputs"], "s3BucketName": "other"}}
    yield alerts("another place by hand", kept, written(other, day=2), severity=Severity.MEDIUM)
    yield alerts("no place any more", kept, written(LOST, day=2), severity=Severity.HIGH)
    yield alerts("by a pipeline, too", kept, written(LOST, by=DEPLOYER, day=2))
    aws: Fields = {"type": "AWSService", "invokedBy": "ssm.amazonaws.com"}
    yield silent("no place, as before", written(LOST, by=aws), written(LOST, day=2))
    elsewhere = {**written(LOST, by=aws), "awsRegion": "eu-west-1"}
    yield alerts("of another Region", elsewhere, written(LOST, day=2), severity=Severity.HIGH)
    for day, story in ((400, silent), (401, alerts)):
        yield story(f"day {day}", written(LOST, by=aws), written(LOST, day=day))
    unread = request("ssm:UpdateDocument", name=NAME, content="{")
    yield alerts("what cannot be read", unread, severity=Severity.MEDIUM)
    yield alerts("what says nothing", written({"inputs": []}), severity=Severity.MEDIUM)


def written(
    content: Fields,
    *,
    name: str = NAME,
    action: str = "ssm:UpdateDocument",
    by: Fields | None = None,
    day: float = 0,
) -> Record:
    return request(action, by, day=day, name=name, content=json.dumps(content))
