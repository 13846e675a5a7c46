"""Bucket policy opened to outsiders.

The policy of a bucket outlives every stolen key. An attacker adds an outside account, or everyone,
and copies the data from there. This change may be the only trace in this account.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Outcome, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, policy, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants, worst_of
from trailwarden.services.s3 import bucket_of
from trailwarden.services.sharing import severity_of

BLOCK = "BlockPublicPolicy"
"""How S3 says that only the public access block kept a policy out, and no lack of permission."""


def detect(event: Event) -> Match | None:
    worst = worst_of(external_grants(event.get("requestParameters.bucketPolicy"), event))
    if worst is None:
        return None
    bucket = bucket_of(event)
    action = next(iter(worst.statement.actions), "everything but some actions")
    label = f"{bucket} allows {worst.to} {action}"
    lacks_permission = event.outcome is Outcome.REFUSED and BLOCK not in event.error_message
    severity = Severity.LOW if lacks_permission else severity_of(worst)
    return Match(label, severity=severity, subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutBucketPolicy", "s3express:PutBucketPolicy"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Put the previous policy back, and for a public one switch on Block Public Access. "
    "Find out which data the bucket holds. Read in its access log who has read it since.",
    false_positives="The bucket of a website, and a partner that needs access: name the account of "
    "the partner in `trusted_accounts`.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html"
    ],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",), own_networks=("vpce-0123456789abcdef0",))


def examples() -> Examples:
    anyone = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "s3:GetObject"}
    public = put({"Statement": anyone | {"Resource": "*"}})
    yield alerts("anyone", public, severity=Severity.CRITICAL, subject="plans")
    yield alerts("anyone, in a text", put(policy("s3:*", Principal="*")))
    outside = policy("s3:GetObject", Principal={"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"})
    yield alerts("another account", put(outside), severity=Severity.HIGH)
    yield alerts("anyone but one", put(policy("s3:*", NotPrincipal={"AWS": ACCOUNT})))
    attempt: Fields = {"bucketName": "plans", "bucketPolicy": policy("s3:GetObject", Principal="*")}
    refusal = refused("s3:PutBucketPolicy", **attempt)
    message = "public policies are blocked by the BlockPublicPolicy block public access setting."
    yield alerts("blocked", {**refusal, "errorMessage": message}, severity=Severity.MEDIUM)
    yield alerts("without permission", refusal, severity=Severity.LOW, subject="plans")
    yield silent("a sister account", put(policy("s3:*", Principal={"AWS": "777788889999"})))
    network = {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
    stranger = {"StringEquals": {"aws:SourceVpce": "vpce-0fee1deadbeef0001"}}
    through = put(policy("s3:*", Principal="*", Condition=stranger))
    seen = "plans allows anyone by vpce-0fee1deadbeef0001 s3:*"
    yield alerts("an endpoint", through, severity=Severity.MEDIUM, label=seen)
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}}
    inside = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    unknown = put(policy("s3:*", Principal="*", Condition=organization | inside))
    yield alerts("an organization, by private addresses", unknown, severity=Severity.MEDIUM)
    over = {"DateLessThan": {"aws:CurrentTime": "2025-06-01T00:00:00Z"}}
    yield silent("a time that is over", put(policy("s3:*", Principal="*", Condition=over)))
    user = put(policy("s3:*", Principal={"CanonicalUser": "9f1c" * 16}))
    yield alerts("a canonical user", user, severity=Severity.HIGH)
    directory: Fields = {"bucketName": "d--euw1-az1--x-s3", "bucketPolicy": outside}
    yield alerts("a directory bucket", request("s3express:PutBucketPolicy", **directory))
    yield silent("one network", put(policy("s3:*", Principal="*", Condition=network)))
    trail = {"Service": "cloudtrail.amazonaws.com"}
    yield silent("CloudTrail", put(policy("s3:PutObject", Principal=trail)))
    site = {"Service": "cloudfront.amazonaws.com"}
    shown = put(policy("s3:GetObject", Principal=site))
    yield alerts("any distribution", shown, severity=Severity.MEDIUM)
    mine = {"ArnLike": {"AWS:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/*"}}
    yield silent("a distribution", put(policy("s3:GetObject", Principal=site, Condition=mine)))
    yield silent("a denial", put(policy("s3:*", effect="Deny", Principal="*")))


def put(document: Any) -> Record:
    return request("s3:PutBucketPolicy", bucketName="plans", policy="", bucketPolicy=document)
