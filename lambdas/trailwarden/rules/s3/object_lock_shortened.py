"""Lock of a bucket's objects shortened.

A bucket can keep each new object from deletion for days or years. Less of that lets an extortionist
delete the next copies soon. In the mode GOVERNANCE some principals may delete them at any time.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY
from trailwarden.detection.worsened import Worsened, state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of, by_bucket

RETENTION = "requestParameters.ObjectLockConfiguration.Rule.DefaultRetention"
YEAR = 365


def detect(event: Event) -> Match | None:
    retention = event.get(RETENTION)
    days = number(dig(retention, "Days")) + YEAR * number(dig(retention, "Years"))
    if not days:
        return None
    compliance = text_of(dig(retention, "Mode")) == "COMPLIANCE"
    label = state(retention_in_days=days, until_nobody_can="on" if compliance else "left off")
    return Match(label, subject=bucket_of(event))


def number(value: Any) -> int:
    """Return a number that a record may hold as text; 0 for anything else."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else 0


LONGEST = 6


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutBucketObjectLockConfiguration"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Set the retention back at once, for objects that are written now have the shorter "
    "one. Ask the caller. Look for other buckets and backups that they changed.",
    false_positives="A team saves the cost of old objects. Name the roles that deploy.",
    correlation=Worsened(timespan=365 * DAY, group_by=by_bucket),
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html"],
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    year, month = locked(Years=1), locked(day=1, Days=30)
    label = "retention in days: 30; until nobody can: on"
    yield alerts("a month in place of a year", year, month, subject="plans", label=label)
    mild = locked(day=1, mode="GOVERNANCE", Years=1)
    yield alerts("another mode", year, mild, severity=Severity.HIGH)
    yield alerts("after a pipeline", locked(by=DEPLOYER, Days=90), month)
    yield alerts("a number as text", locked(Days="90"), month)
    yield alerts("almost a year later", year, locked(day=365, Days=30))
    yield silent("known of long ago", year, locked(day=366, Days=30))
    yield silent("nothing known", month)
    yield silent("a year in place of a month", locked(Days=30), locked(day=1, Days=365))
    yield silent("another bucket", locked(bucket="logs", Years=1), month)
    yield silent("by a pipeline", year, locked(day=1, by=DEPLOYER, Days=30))
    yield silent("odd numbers", year, locked(day=1, Days="many"), locked(day=1, Days=None))


def locked(
    *,
    bucket: str = "plans",
    mode: str = "COMPLIANCE",
    by: Fields = USER,
    day: int = 0,
    **period: object,
) -> Record:
    rule = {"DefaultRetention": {"Mode": mode, **period}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    action = "s3:PutBucketObjectLockConfiguration"
    return request(action, by, day=day, bucketName=bucket, ObjectLockConfiguration=lock)
