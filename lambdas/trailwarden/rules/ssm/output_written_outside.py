"""Command output written to another account's bucket.

A command names a bucket for its output. An upload then shows that an unknown account owns the
bucket. Data of the instance has left the organization.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, instance_role, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, TemporalOrdered
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ssm import output_bucket

UPLOAD = "PutObject"


def detect(event: Event) -> Match | None:
    bucket = bucket_of(event)
    if not bucket:
        return None
    if event.name != UPLOAD:
        return Match("command", subject=bucket)
    owners = [text_of(dig(resource, "accountId")) for resource in event.listed("resources")]
    is_foreign = any(owner and not event.knows_account(owner) for owner in owners)
    return Match("upload", subject=bucket) if is_foreign else None


def bucket_of(event: Event) -> str:
    """Return the bucket that a command's output goes to, or that an upload went to."""
    return event.request("bucketName") if event.name == UPLOAD else output_bucket(event)


def by_bucket(event: Event) -> str:
    return f"{event.recipient_account_id}/{bucket_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutObject", "ssm:CreateAssociation", "ssm:SendCommand", "ssm:UpdateAssociation"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.EXECUTION: ["T1651"]},
    response="Cancel the command or delete the association, and disable the credentials that sent "
    "it. Treat everything that its instances can read as lost.",
    false_positives="Output that a partner collects: name its account in `trusted_accounts`.",
    correlation=TemporalOrdered(labels=("command", "upload"), timespan=DAY, group_by=by_bucket),
    log_class=LogClass.DATA,
)


def examples() -> Examples:
    yield alerts("output leaves", sent("drop"), uploaded("drop", OTHER_ACCOUNT), subject="drop")
    location: Fields = {"s3Location": {"outputS3BucketName": "drop"}}
    for action, key in (("CreateAssociation", "name"), ("UpdateAssociation", "associationId")):
        association: Fields = {key: "a", "outputLocation": location}
        planted = request(f"ssm:{action}", **association)
        yield alerts(f"by {action}", planted, uploaded("drop", OTHER_ACCOUNT), subject="drop")
    yield silent("output stays", sent("drop"), uploaded("drop", ACCOUNT))
    yield silent("another upload", sent("drop"), uploaded("partner", OTHER_ACCOUNT))


def sent(bucket: str) -> Record:
    command: Fields = {"documentName": "AWS-RunShellScript", "outputS3BucketName": bucket}
    return request("ssm:SendCommand", **command)


def uploaded(bucket: str, owner: str) -> Record:
    fields: Fields = {
        "resources": [{"type": "AWS::S3::Bucket", "accountId": owner}],
        "eventCategory": "Data",
        "managementEvent": False,
    }
    upload: Fields = {"bucketName": bucket, "key": "output/stdout"}
    return request("s3:PutObject", instance_role("web"), minute=2, fields=fields, **upload)
