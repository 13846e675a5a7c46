"""S3 Batch Operations job created.

A batch job copies, retags, opens or unlocks billions of objects with one call, on a role's behalf.
Few teams ever use it, which makes a new job worth a look.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, by_account, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment


def detect(event: Event) -> Match | None:
    if not event.succeeded or (event.name == "CreateJob" and event.by_automation):
        return None
    operation = event.get("requestParameters.CreateJobRequest.Operation")
    operation = operation or event.get("requestParameters.operation")
    names = (
        [key for key in operation if isinstance(key, str)] if isinstance(operation, dict) else []
    )
    return Match(", ".join(names)[:100] or "a job")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    # CloudTrail tells of a new job twice: the request, and the service's own JobCreated.
    events=["s3:CreateJob", "s3:JobCreated"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.IMPACT: ["T1485"]},
    response="Run `aws s3control describe-job` to see what it does to which objects, and cancel "
    "it if its creator cannot explain it.",
    false_positives="Moving data at scale on purpose; the console also makes a job to replicate "
    "objects that exist already.",
    dedup=by_account,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    copy = {"CreateJobRequest": {"Operation": {"S3PutObjectCopy": {"TargetResource": "loot"}}}}
    yield alerts("a copying job", create(iam_user("mallory"), copy))
    service = {"accountId": "111122223333", "invokedBy": "s3.amazonaws.com"}
    job = {"jobId": "0a1b", "jobArn": "arn:aws:s3:us-east-1:111122223333:job/0a1b", "status": "New"}
    yield alerts(
        "the service tells of a job",
        record(
            "s3:JobCreated",
            service,
            eventType="AwsServiceEvent",
            sourceIPAddress="s3.amazonaws.com",
            serviceEventDetails=job,
        ),
    )
    yield silent("the pipeline", create(assumed_role("deploy"), copy))
    yield silent("a refusal", denied("s3:CreateJob", iam_user("mallory")))


def create(identity: dict[str, Any], parameters: dict[str, Any]) -> Record:
    return record("s3:CreateJob", identity, requestParameters=parameters)
