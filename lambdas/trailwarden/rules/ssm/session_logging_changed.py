"""Session Manager's logging preferences changed.

The document `SSM-SessionManagerRunShell` names the bucket or log group that keeps what is typed
in sessions. Without it, a shell on a server leaves only the fact that there was one.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, text_of

NAME = "SSM-SessionManagerRunShell"
DESTINATIONS = ("s3BucketName", "cloudWatchLogGroupName")


def detect(event: Event) -> Match | None:
    if event.text("requestParameters.name").rpartition("/")[2] != NAME or not event.succeeded:
        return None
    if event.name == "DeleteDocument":
        return Match("preferences deleted")
    if logs_nowhere(event.text("requestParameters.content")):
        return Match("sessions are not logged")
    return None if event.by_automation else Match("changed", severity=Severity.MEDIUM)


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
        "ssm:UpdateDocument",
        "ssm:CreateDocument",
        "ssm:UpdateDocumentDefaultVersion",
        "ssm:DeleteDocument",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Compare the document's versions and restore the one that logs. Then look at sessions "
    "since the change, and ask whoever opened them.",
    false_positives="The first set-up of Session Manager.",
)


def examples() -> Iterator[Example]:
    kept = {"inputs": {"s3BucketName": "session-logs", "cloudWatchLogGroupName": ""}}
    lost = {"inputs": {"s3BucketName": "", "cloudWatchLogGroupName": ""}}
    yield alerts("logging is removed", changed("UpdateDocument", content=json.dumps(lost)))
    yield alerts("the document is deleted", changed("DeleteDocument"))
    yield alerts("another place", changed("UpdateDocument", content=json.dumps(kept)))
    yield silent("another document", changed("UpdateDocument", name="patch-servers"))
    refused = denied("ssm:UpdateDocument", iam_user("mallory"))
    yield silent("a refusal", refused)


def changed(call: str, **told: Any) -> Record:
    request = {"name": NAME} | told
    return record(f"ssm:{call}", iam_user("mallory"), requestParameters=request)
