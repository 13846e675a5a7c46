"""DynamoDB table exported to a bucket.

An export writes the whole table, as it was at any moment of the last weeks, into a bucket. It reads
no item, so no data event shows it.

What a principal exported to a bucket on three days, from a week ago on, is its routine: that is
LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, ROLE, Fields, refused, request
from trailwarden.correlations import DAY, routine
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent


def detect(event: Event) -> Match | None:
    if is_outside(event):
        return None  # a rule of its own, which leaves no pipeline alone
    table, bucket = event.request("tableArn").rpartition("/")[2], event.request("s3Bucket")
    return Match(f"{table} to {bucket}", subject=table)


def is_outside(event: Event) -> bool:
    owner = str(event.get("requestParameters.s3BucketOwner") or "")
    return bool(owner) and not event.knows_account(owner)


def whereto(seen: Observation) -> str:
    """Return the bucket that the label of an export names."""
    return seen.label.rpartition(" to ")[2]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:ExportTableToPointInTime"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567.002"], Tactic.COLLECTION: ["T1530"]},
    response="Find out who owns the bucket and who reads it. If nobody here does, treat the table "
    "as stolen, and revoke the caller's sessions and keys.",
    false_positives="An analyst exports by hand. Name the roles that export by code in "
    "`deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html"
    ],
    correlation=routine(kind=whereto),
    window=7 * DAY,
)


def examples() -> Examples:
    action, table = "dynamodb:ExportTableToPointInTime", "table/payroll"
    arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:{table}"
    to: Fields = {"tableArn": arn, "s3Bucket": "lake"}
    exported = request(action, **to)
    yield alerts("an export", exported, subject="payroll", label="payroll to lake")
    yield alerts("to a bucket of the account", request(action, **to, s3BucketOwner=ACCOUNT))
    outside = request(action, **to, s3BucketOwner=OTHER_ACCOUNT)
    yield silent("to another account, which is another rule's", outside)
    yield silent("a refused request", refused(action))

    def nightly(day: int, by: Fields | None = None, *, bucket: str = "lake") -> Record:
        return request(action, by, day=day, tableArn=arn, s3Bucket=bucket)

    yield from examples_of_routine(nightly, told=Severity.MEDIUM, other=lambda d: nightly(d, ROLE))
    other = nightly(0, bucket="loot")
    yield alerts("another bucket", *map(nightly, (-9, -8, -7)), other, last=Severity.MEDIUM)
