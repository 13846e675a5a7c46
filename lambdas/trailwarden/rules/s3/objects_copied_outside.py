"""Objects copied into another account's bucket.

A copy from bucket to bucket moves any amount of data inside AWS. It passes every network control,
and nobody downloads anything.
"""

from trailwarden import AWS_ITSELF, Event, LogClass, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of, copied_from, owners


def detect(event: Event) -> Match | None:
    owner_of = owners(event)
    unknown = [b for b, owner in owner_of.items() if owner and not event.knows_account(owner)]
    source, to = copied_from(event), bucket_of(event)
    if not unknown or source in unknown:
        return None
    # Access points hide the names of buckets: then one of several owners is the outsider.
    if to not in unknown and not (len(owner_of) > 1 and len(unknown) == 1):
        return None
    return Match(f"{source} to {to} of account {owner_of[unknown[0]]}", subject=to)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:UploadPartCopy"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Revoke the caller's sessions and keys, then list every object that was copied. "
    "Report the other account to AWS. Deny copies to accounts outside the organization by policy.",
    false_positives="Deliveries to a partner: name its account in `trusted_accounts`.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html"],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Examples:
    yield alerts("to another account", copy(OTHER_ACCOUNT), subject="loot")
    yield alerts("resources in another spelling", copy(OTHER_ACCOUNT, arn="arn"))
    part = copy(OTHER_ACCOUNT, action="s3:UploadPartCopy")
    yield alerts("in parts", part, label=f"plans to loot of account {OTHER_ACCOUNT}")
    yield silent("within the account", copy(ACCOUNT))
    yield silent("to a partner", copy("777788889999"))
    yield silent("from another account into an own bucket", copy(ACCOUNT, source=OTHER_ACCOUNT))


def copy(
    to: str, *, source: str = ACCOUNT, arn: str = "ARN", action: str = "s3:CopyObject"
) -> Record:
    resources = [
        {"type": "AWS::S3::Object", arn: "arn:aws:s3:::loot/plan-1"},
        {"type": "AWS::S3::Bucket", arn: "arn:aws:s3:::loot", "accountId": to},
        {"type": "AWS::S3::Bucket", arn: "arn:aws:s3:::plans", "accountId": source},
    ]
    fields: Fields = {"resources": resources}
    header: Fields = {"x-amz-copy-source": "/plans/plan-1"}
    return request(action, fields=fields, bucketName="loot", key="plan-1", **header)
