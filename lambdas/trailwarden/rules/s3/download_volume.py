"""Unusually many objects downloaded from a bucket.

A thief of a data store reads all of it. People open a few files, and machines with roles of their
own read a lot. Another caller that reads hundreds of objects within the hour copies the bucket.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Caller, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, EventCount, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.s3 import bucket_of, by_actor_and_bucket, holds_logs


def detect(event: Event) -> Match | None:
    # Athena reads every object of a table in its caller's name, for one question.
    if holds_logs(event) or event.via.startswith("athena."):
        return None
    return Match(f"objects of {bucket_of(event)}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:GetObject", "s3:SelectObjectContent"],
    exempt=PROGRAMS,
    callers=frozenset(Caller) - {Caller.ANONYMOUS},
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"], Tactic.EXFILTRATION: ["T1567"]},
    response="Ask the caller which objects they copied and why. If it was not them, revoke their "
    "sessions and keys. List the objects: you have to report them as stolen.",
    false_positives="An analyst at work, or an application with an IAM user's key.",
    correlation=EventCount(at_least=500, timespan=HOUR, group_by=by_actor_and_bucket),
    unless_usual=habit(by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1530/"],
)


def examples() -> Examples:
    reads = [get(n) for n in range(500)]
    yield alerts("five hundred in fifty minutes", *reads, subject="plans")
    yield silent("four hundred and ninety-nine", *reads[:499])
    yield silent("a query of Athena", *[get(n, via="athena") for n in range(500)])
    yield silent("logs", *[get(n, "org-cloudtrail-logs") for n in range(500)])
    yield from examples_of_habit(*reads, told=Severity.MEDIUM)


def get(number: int, bucket: str = "plans", *, via: str = "") -> Record:
    key = f"plan-{number}"
    return request("s3:GetObject", via=via, minute=number * 0.1, bucketName=bucket, key=key)
