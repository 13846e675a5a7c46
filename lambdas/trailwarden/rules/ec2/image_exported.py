"""Instance or image was exported to S3.

An export turns a whole machine into a file in a bucket, which may be anybody's. Attempts count too:
exports fail often, and are tried again.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.environment import Environment
from trailwarden.services.ec2 import texts


def detect(event: Event) -> str | None:
    if event.by_automation:
        return None
    asked = event.get("requestParameters")
    bucket = next(iter(texts(asked, "s3Bucket", "bucket")), "")[:63]
    what = next(iter(texts(asked, "instanceId", "imageId")), "")[:40]
    outcome = f" ({event.error_code[:40]})" if event.error_code else ""
    return f"{what or 'a machine'} to {bucket or 'S3'}{outcome}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:CreateInstanceExportTask", "ec2:CreateStoreImageTask", "ec2:ExportImage"],
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1005"], Tactic.EXFILTRATION: ["T1537"]},
    response="Ask whoever did it, and check whose bucket it is. If nobody knows, cancel the "
    "export, disable the credentials, and treat what is on the disk as lost.",
    false_positives="A move to another cloud or data centre, or archived images.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    target = {"instanceId": "i-0123456789abcdef0", "exportToS3": {"s3Bucket": "bucket-of-mallory"}}
    asked: Fields = {"requestParameters": target}
    yield alerts("an export", record("ec2:CreateInstanceExportTask", alice, **asked))
    failed: Fields = asked | {"errorCode": "Client.InvalidParameter"}
    yield alerts("an export that fails", record("ec2:CreateInstanceExportTask", alice, **failed))
    store = {"CreateStoreImageTaskRequest": {"ImageId": "ami-1", "Bucket": "bucket-of-mallory"}}
    yield alerts(
        "an image is stored", record("ec2:CreateStoreImageTask", alice, requestParameters=store)
    )
    deploy = record("ec2:CreateStoreImageTask", assumed_role("deploy"), requestParameters=store)
    yield silent("a deploy role", deploy)


ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))
