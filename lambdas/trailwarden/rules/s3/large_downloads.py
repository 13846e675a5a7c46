"""Several very large objects downloaded.

Database dumps and disk images are few and big. Whoever takes them needs only a handful of requests
and stays below every count.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, LogClass, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import by_actor_and_bucket, by_person, holds_logs

GIGABYTE = 1_000_000_000


def detect(event: Event) -> bool:
    size = event.get("additionalEventData.bytesTransferredOut")
    if not isinstance(size, int | float) or size < GIGABYTE or not event.succeeded:
        return False
    return by_person(event) and not holds_logs(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:GetObject"],
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"], Tactic.EXFILTRATION: ["T1567"]},
    response="Ask the user what they copied and why. If it was not them, revoke their sessions "
    "and keys, and find out what the objects contain.",
    false_positives="Somebody who restores a dump on their own machine.",
    correlation=EventCount(at_least=5, timespan=timedelta(hours=1), group_by=by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1530/"],
)


def examples() -> Iterator[Example]:
    reads = [get(n, GIGABYTE) for n in range(5)]
    yield alerts("five gigabytes in five objects", *reads)
    yield silent("four", *reads[:4])
    yield silent("five smaller ones", *[get(n, GIGABYTE - 1) for n in range(5)])
    yield silent("a server", *[{**r, "userIdentity": instance_role("etl")} for r in reads])


def get(number: int, size: float) -> Record:
    return record(
        "s3:GetObject",
        iam_user("mallory"),
        minute=number,
        requestParameters={"bucketName": "plans", "key": f"dump-{number}"},
        additionalEventData={"bytesTransferredOut": size},
        eventCategory="Data",
    )
