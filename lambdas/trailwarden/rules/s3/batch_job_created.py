"""S3 Batch Operations job created.

One batch job copies, retags, opens or unlocks billions of objects with the permissions of a role.
Few teams ever use it, so a new job is worth a look.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.correlations import by_account
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts, values


def detect(event: Event) -> Match:
    parameters = event.get("requestParameters")
    operations = [o for o in values(parameters, "operation") if isinstance(o, dict)]
    kinds = [str(kind) for operation in operations for kind in operation]
    targets = texts(parameters, "targetResource", "functionArn", "roleArn")
    job = event.text("serviceEventDetails.jobId") or event.answer("jobId")
    return Match(" ".join(filter(None, (*kinds, *targets, job))))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    # CloudTrail records a new job twice: as the request, and as the service's own JobCreated.
    events=["s3:CreateJob", "s3:JobCreated"],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.IMPACT: ["T1485"]},
    response="Run `aws s3control describe-job` to see the operation and the objects of the job. "
    "Cancel the job if its creator cannot explain it.",
    false_positives="A team moves data at scale on purpose. The console also creates a job to "
    "replicate objects that exist already.",
    dedup=by_account,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops.html"],
)


def examples() -> Examples:
    copy = {"Operation": {"S3PutObjectCopy": {"TargetResource": "arn:aws:s3:::loot"}}}
    created = request("s3:CreateJob", accountId=ACCOUNT, CreateJobRequest=copy)
    yield alerts("a copy", created, label="S3PutObjectCopy arn:aws:s3:::loot")
    service = {"accountId": ACCOUNT, "invokedBy": "s3.amazonaws.com"}
    job = {"jobId": "0a1b", "jobArn": f"arn:aws:s3:us-east-1:{ACCOUNT}:job/0a1b", "status": "New"}
    fields = {"eventType": "AwsServiceEvent", "serviceEventDetails": job}
    yield alerts(
        "the service's event", request("s3:JobCreated", service, fields=fields), label="0a1b"
    )
    yield silent("a refused request", refused("s3:CreateJob"))
