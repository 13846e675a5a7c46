"""DynamoDB table exported to another account.

An export writes the whole table into a bucket, here into one of an unknown account. It reads no
item, so no data event shows it.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match | None:
    owner = str(event.get("requestParameters.s3BucketOwner") or "")
    if not owner or event.knows_account(owner):
        return None
    table, bucket = event.request("tableArn").rpartition("/")[2], event.request("s3Bucket")
    return Match(f"{table} to {bucket} of account {owner}", subject=table)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:ExportTableToPointInTime"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1567.002", "T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Revoke the caller's sessions and keys. Treat the table as stolen unless the owner of "
    "the bucket is a partner.",
    false_positives="An export to an account of the organization, or to a partner: name it in "
    "`own_accounts` or `trusted_accounts`.",
    references=[
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html"
    ],
)


def examples() -> Examples:
    action, table = "dynamodb:ExportTableToPointInTime", "table/payroll"
    to: Fields = {"tableArn": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:{table}", "s3Bucket": "loot"}
    outside = request(action, **to, s3BucketOwner=OTHER_ACCOUNT)
    yield alerts("another account", outside, subject="payroll")
    yield silent("the own account", request(action, **to, s3BucketOwner=ACCOUNT))
    yield silent("no account", request(action, **to))
