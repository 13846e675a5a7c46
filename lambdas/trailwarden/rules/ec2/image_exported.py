"""Machine exported to S3.

An export turns a whole machine into a file in a bucket, which may belong to another account. A
failed attempt counts too, because exports fail often and the caller tries again.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, execution_role, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match:
    bucket = first(event, "s3Bucket", "bucket") or "S3"
    machine = first(event, "instanceId", "imageId")
    failure = f" ({event.error_code})" if event.error_code else ""
    return Match(f"{machine or 'a machine'} to {bucket}{failure}", subject=machine)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:CreateInstanceExportTask", "ec2:CreateStoreImageTask", "ec2:ExportImage"],
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1005"], Tactic.EXFILTRATION: ["T1537"]},
    response="Find out which account owns the bucket, and ask the caller. If nobody can explain "
    "it, cancel the export and disable the credentials. Treat the data on the disk as lost.",
    false_positives="A move to another cloud or data centre, or images for an archive.",
)


def examples() -> Examples:
    target: Fields = {"instanceId": "i-1", "exportToS3": {"s3Bucket": "bucket-of-mallory"}}
    export = "ec2:CreateInstanceExportTask"
    label = "i-1 to bucket-of-mallory"
    yield alerts("an instance", request(export, **target), subject="i-1", label=label)
    invalid = {"errorCode": "Client.InvalidParameter"}
    yield alerts("an export that fails", request(export, fields=invalid, **target))
    yield alerts("a refused one", refused(export, **target))
    store = {"ImageId": "ami-1", "Bucket": "bucket-of-mallory"}
    stored = request("ec2:CreateStoreImageTask", CreateStoreImageTaskRequest=store)
    yield alerts("an image is stored", stored, subject="ami-1")
    image = {"ImageId": "ami-1", "S3ExportLocation": {"S3Bucket": "bucket-of-mallory"}}
    yield alerts("an image", request("ec2:ExportImage", ExportImageRequest=image), subject="ami-1")
    stack = request(export, execution_role(), via="cloudformation", **target)
    yield silent("CloudFormation in its role", stack)
