"""Unusually many objects downloaded from a bucket.

Stealing a data store means reading all of it. People open a few files, and servers read as
servers; a person's key that fetches hundreds of objects within the hour is copying the bucket.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, LogClass, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import by_actor_and_bucket, by_person, holds_logs


def detect(event: Event) -> bool:
    return event.succeeded and by_person(event) and not holds_logs(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:GetObject", "s3:SelectObjectContent"],
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"], Tactic.EXFILTRATION: ["T1567"]},
    response="Ask the user what they copied and why. If it was not them, revoke their sessions "
    "and keys, and list the objects: they are what has to be reported as stolen.",
    false_positives="An analyst at work, or an application that runs with an IAM user's key.",
    correlation=EventCount(at_least=500, timespan=timedelta(hours=1), group_by=by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1530/"],
)


def examples() -> Iterator[Example]:
    reads = [get(n) for n in range(500)]
    yield alerts("five hundred in fifty minutes", *reads)
    yield silent("four hundred and ninety-nine", *reads[:499])
    yield silent("a server", *[{**r, "userIdentity": instance_role("etl")} for r in reads])


def get(number: int) -> Record:
    told = {"bucketName": "plans", "key": f"plan-{number}"}
    who, at = iam_user("mallory"), number * 0.1
    return record("s3:GetObject", who, minute=at, requestParameters=told, eventCategory="Data")
