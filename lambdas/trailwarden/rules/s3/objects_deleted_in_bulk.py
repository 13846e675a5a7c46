"""Many objects of a bucket deleted one after the other.

An intruder empties a bucket to cover theft, to take revenge, or to make a ransom demand credible.
Deletion of named versions leaves nothing to restore.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from typing import Any

from trailwarden import PROGRAMS, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import assumed_role, request
from trailwarden.correlations import MINUTE, EventCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.s3 import bucket_of

TEMPORARY = ("_temporary", "_spark_metadata", ".hive-staging", "tmp/", "temp/", "_delta_log")


def detect(event: Event) -> Match | None:
    if any(part in event.request("key") for part in TEMPORARY):
        return None
    kind = "deleted for good" if event.request("versionId") else "deleted"
    return Match(f"{kind} from {bucket_of(event)}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteObject"],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Revoke the caller's sessions and keys. If versioning is on, remove the delete "
    "markers; else restore from a replica or backup. List the objects that the caller read before.",
    false_positives="Cleaning up by hand, or a job whose role belongs to no instance, task or pod.",
    correlation=EventCount(at_least=50, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjects.html"],
)


def examples() -> Examples:
    deletions = [delete(f"plan-{n}", n) for n in range(50)]
    yield alerts("fifty in eight minutes", *deletions, label="deleted from plans")
    versions = [delete(f"plan-{n}", n, versionId="3/L4kqtJlcpXroDTDmJ+rmSp") for n in range(50)]
    yield alerts("versions", *versions, label="deleted for good from plans")
    task = assumed_role("etl", "0f9de17a6465404e8b1b2356dc13c2f8")
    yield alerts("named like a task", *[{**d, "userIdentity": task} for d in deletions])
    two = [
        {**d, "requestParameters": {**d["requestParameters"], "bucketName": f"plans-{n % 2}"}}
        for n, d in enumerate(deletions)
    ]
    yield alerts("half of them in another bucket", *two)
    yield silent("forty-nine", *deletions[:49])
    yield silent("temporary files", *[delete(f"out/_temporary/{n}", n) for n in range(50)])
    yield from examples_of_habit(*deletions, told=Severity.HIGH)


def delete(key: str, number: int, **parameters: Any) -> Record:
    at = number * 0.15
    return request("s3:DeleteObject", minute=at, bucketName="plans", key=key, **parameters)
