"""S3 access point or access grant opened to outsiders.

Access points and grants are doors beside the bucket policy, with policies of their own. A review
that looks at buckets only does not see who comes in there.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, denied, iam_user, policy, record
from trailwarden.cloudtrail.values import Record, text_of
from trailwarden.policy.access import external_grants
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import values
from trailwarden.services.s3 import weakened_blocks


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    told = event.get("requestParameters")
    point = next(map(text_of, values(told, "name", "bucketName", "accessGrantsLocationId")), "")
    for document in values(told, "policy", "accessPointPolicy"):
        for grant in external_grants(document, event):
            severity = Severity.HIGH if grant.is_public else None
            return Match(f"{point[:63]} open to {grant.to}", severity=severity, subject=point)
    for grantee in values(told, "granteeIdentifier"):
        account = account_of(text_of(grantee))
        if account and not event.knows_account(account):
            return Match(f"{point[:63]} granted to account {account}", subject=point)
    if weakened_blocks(event):
        return Match(f"{point[:63]} without public access block", subject=point)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:CreateAccessGrant",
        "s3:CreateAccessPoint",
        "s3:CreateMultiRegionAccessPoint",
        "s3:PutAccessGrantsInstanceResourcePolicy",
        "s3:PutAccessPointPolicy",
        "s3:PutAccessPointPolicyForObjectLambda",
        "s3:PutMultiRegionAccessPointPolicy",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Delete the policy or grant, then look at which bucket the access point leads to and "
    "who has used it. An access point's block cannot be switched on later: make a new one.",
    false_positives="A partner that is meant to have access: name its account in "
    "`trusted_accounts`.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html"
    ],
)


def examples() -> Iterator[Example]:
    outsider = f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"
    public = policy("s3:GetObject", Principal="*")
    yield alerts("anyone", put("s3:PutAccessPointPolicy", name="door", policy=public))
    nested = {"PutAccessPointPolicyRequest": {"Policy": public}}
    yield alerts("anyone, nested", put("s3:PutAccessPointPolicy", name="door", **nested))
    grant = {"Grantee": {"GranteeType": "IAM", "GranteeIdentifier": outsider}}
    yield alerts("an outsider's grant", put("s3:CreateAccessGrant", CreateAccessGrantRequest=grant))
    block = {"PublicAccessBlockConfiguration": {"BlockPublicPolicy": False}}
    yield alerts("no block", put("s3:CreateAccessPoint", name="door", **block))
    vpc = policy("s3:*", Principal="*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})
    yield silent("one network", put("s3:PutAccessPointPolicy", name="door", policy=vpc))
    yield silent("with the default block", put("s3:CreateAccessPoint", name="door", bucket="plans"))
    yield silent("a refusal", denied("s3:PutAccessPointPolicy", iam_user("mallory")))


def put(action: str, **parameters: Any) -> Record:
    return record(action, iam_user("mallory"), requestParameters=parameters)
