"""Bucket policy opened to the public or to another account.

A bucket's policy outlives every stolen key. An attacker who adds an outside account, or everyone,
copies the data out from there, with nothing left to see in this account but this change.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, policy, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.policy.access import external_grants
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    grants = list(external_grants(event.get("requestParameters.bucketPolicy"), event))
    if not grants:
        return None
    public = [grant for grant in grants if grant.is_public]
    worst = (public or grants)[0]
    bucket = bucket_of(event)
    action = next(iter(worst.statement.actions), "everything but some actions")
    return Match(
        f"{bucket[:63]} allows {worst.to} {action[:40]}",
        severity=Severity.CRITICAL if public else None,
        subject=bucket,
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutBucketPolicy"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Put the previous policy back, and for a public one switch on Block Public Access. "
    "Then find out what the bucket holds and, in its access log, who has read it since.",
    false_positives="A website's bucket, and a partner's account that is meant to have access: "
    "name that in `trusted_accounts`.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html"
    ],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Iterator[Example]:
    anyone = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "s3:GetObject"}
    yield alerts("anyone may read", put({"Statement": anyone | {"Resource": "*"}}))
    yield alerts("anyone may, written as text", put(policy("s3:*", Principal="*")))
    outside = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
    yield alerts(
        "another account may read", put(policy("s3:GetObject", Principal={"AWS": outside}))
    )
    yield alerts("anyone but one", put(policy("s3:*", NotPrincipal={"AWS": ACCOUNT})))
    yield silent("a sister account", put(policy("s3:*", Principal={"AWS": "777788889999"})))
    network = {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
    yield silent("one network", put(policy("s3:*", Principal="*", Condition=network)))
    trail = {"Service": "cloudtrail.amazonaws.com"}
    yield silent("CloudTrail may write", put(policy("s3:PutObject", Principal=trail)))
    yield silent("nobody may without TLS", put(policy("s3:*", effect="Deny", Principal="*")))
    yield silent("a refusal", denied("s3:PutBucketPolicy", iam_user("mallory")))


def put(document: Any) -> Record:
    told = {"bucketName": "plans", "policy": "", "bucketPolicy": document}
    return record("s3:PutBucketPolicy", iam_user("mallory"), requestParameters=told)
