"""Several very large objects downloaded.

Database dumps and disk images are few and big. A thief of them needs only a handful of requests and
stays below every count.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    PROGRAMS,
    SUCCEEDED,
    Caller,
    Event,
    EventCount,
    Example,
    LogClass,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import bucket_of, by_actor_and_bucket, holds_logs

GIGABYTE = 1_000_000_000


def detect(event: Event) -> Match | None:
    size = event.get("additionalEventData.bytesTransferredOut")
    if not isinstance(size, int | float) or size < GIGABYTE or holds_logs(event):
        return None
    bucket = bucket_of(event)
    return Match(f"{event.request('key')} of {bucket}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:GetObject"],
    exempt=PROGRAMS,
    callers=frozenset(Caller) - {Caller.ANONYMOUS},
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"], Tactic.EXFILTRATION: ["T1567"]},
    response="Ask the caller which objects they copied and why. If it was not them, revoke their "
    "sessions and keys. Find out which data the objects hold.",
    false_positives="An engineer restores a dump on their own machine.",
    correlation=EventCount(at_least=5, timespan=timedelta(hours=1), group_by=by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1530/"],
)


def examples() -> Iterator[Example]:
    reads = [get(n, GIGABYTE) for n in range(5)]
    yield alerts("five objects of a gigabyte", *reads, subject="plans", label="dump-4 of plans")
    yield silent("four", *reads[:4])
    yield silent("five smaller ones", *[get(n, GIGABYTE - 1) for n in range(5)])
    yield silent("logs", *[get(n, GIGABYTE, "org-cloudtrail-logs") for n in range(5)])


def get(number: int, size: int, bucket: str = "plans") -> Record:
    fields, key = {"additionalEventData": {"bytesTransferredOut": size}}, f"dump-{number}"
    return request("s3:GetObject", minute=number, fields=fields, bucketName=bucket, key=key)
