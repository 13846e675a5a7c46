"""Several very large objects downloaded.

Database dumps and disk images are few and big. A thief of them needs only a handful of requests and
stays below every count. So sizes count, in parts of fifty megabytes.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Caller, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, ValueCount, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.s3 import bucket_of, by_actor_and_bucket, holds_logs

PART, MOST = 50_000_000, 20
"""The size of a part in bytes, and the parts that one object counts for at most."""


def detect(event: Event) -> Match | None:
    size = event.get("additionalEventData.bytesTransferredOut")
    if not isinstance(size, int | float) or size < PART or holds_logs(event):
        return None
    bucket, parts = bucket_of(event), min(MOST, int(size) // PART)
    read = f"{event.request('key')} of {bucket}"
    return Match([f"{read}, part {number + 1}" for number in range(parts)], subject=bucket)


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
    correlation=ValueCount(at_least=5 * MOST, timespan=HOUR, group_by=by_actor_and_bucket),
    unless_usual=habit(by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1530/"],
)


def examples() -> Examples:
    reads = [get(n, GIGABYTE) for n in range(5)]
    yield alerts("five objects of a gigabyte", *reads, subject="plans")
    yield silent("four", *reads[:4])
    yield silent("five smaller ones", *[get(n, GIGABYTE - 1) for n in range(5)])
    yield silent("one part less", *reads[:4], get(9, GIGABYTE - PART))
    yield silent("four of all sizes", *[get(n, 9 * GIGABYTE) for n in range(4)])
    many = [get(n / 4, PART) for n in range(100)]
    yield alerts("a hundred of fifty megabytes", *many)
    yield silent("a hundred that are smaller", *[get(n / 4, PART - 1) for n in range(100)])
    yield silent("one, again and again", *[get(0, GIGABYTE) for _ in range(9)])
    yield silent("logs", *[get(n, GIGABYTE, "org-cloudtrail-logs") for n in range(5)])
    yield from examples_of_habit(*reads, told=Severity.MEDIUM)


GIGABYTE = MOST * PART


def get(number: float, size: int, bucket: str = "plans") -> Record:
    fields, key = {"additionalEventData": {"bytesTransferredOut": size}}, f"dump-{number}"
    return request("s3:GetObject", minute=number, fields=fields, bucketName=bucket, key=key)
