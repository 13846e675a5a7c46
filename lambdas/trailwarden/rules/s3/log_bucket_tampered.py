"""Log bucket changed.

An attacker who hides stops the logs where they are stored. A policy can refuse the log service, and
so can an encryption key. Without versions, deleted logs do not come back.
"""

from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYER,
    OTHER_ACCOUNT,
    Fields,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.aws_accounts import LOG_DELIVERY
from trailwarden.policy.document import Principal, Statement, account_of, statements
from trailwarden.services.ec2 import texts
from trailwarden.services.s3 import bucket_of, holds_logs

ALGORITHM = "ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm"
SWITCHED_ON = (
    "ObjectLockConfiguration.Rule.DefaultRetention",
    "BucketLoggingStatus.LoggingEnabled",
)
ENDS = frozenset({"DeleteBucket", "DeleteBucketPolicy", "DeleteBucketReplication"})
SUSPENDED = "Suspended"
PLAIN_HTTP = ("aws:securetransport", ["false"])


def detect(event: Event) -> Match | None:
    if not holds_logs(event) or hardens(event):
        return None
    bucket = bucket_of(event)
    known = event.environment.is_log_bucket(bucket)
    severity = Severity.CRITICAL if known else None
    if takes_own_key(event):
        severity = Severity.HIGH if known else Severity.MEDIUM
    if event.caller in DEPLOYMENT:
        if event.name not in ENDS and event.request("VersioningConfiguration.Status") != SUSPENDED:
            return None
        severity = Severity.LOW
    return Match(f"{event.name} on {bucket}", severity=severity, subject=bucket)


def takes_own_key(event: Event) -> bool:
    """Say whether files are encrypted with a key of a known account from now on.

    It may keep a service from writing, and mostly is what a standard asks for.
    """
    owners = [*map(account_of, texts(event.get("requestParameters"), "KMSMasterKeyID"))]
    by_kms = event.request(ALGORITHM).startswith("aws:kms")
    return by_kms and all(not owner or event.knows_account(owner) for owner in owners)


def hardens(event: Event) -> bool:
    """Say whether the request switches on what protects, or lets the services write their logs."""
    parameters = event.get("requestParameters")
    if event.name == "PutBucketPolicy":
        # Who makes a bucket for logs lets a service write. Of a known one, any change counts.
        known = event.environment.is_log_bucket(bucket_of(event))
        return not known and lets_services_write(dig(parameters, "bucketPolicy"))
    return (
        event.request("VersioningConfiguration.Status") == "Enabled"
        or event.request("OwnershipControls.Rule.ObjectOwnership").startswith("BucketOwner")
        or event.request(ALGORITHM) == "AES256"
        or "log-delivery-write" in texts(parameters, "x-amz-acl")
        or any(dig(parameters, path) for path in SWITCHED_ON)
    )


def lets_services_write(policy: Any) -> bool:
    """Say whether a bucket's policy lets a service write, and refuses nothing but plain HTTP."""
    given = list(statements(policy))
    writers = [s for s in given if s.allows and s.principals and all(map(delivers, s.principals))]
    refusals = [s for s in given if not s.allows]
    return bool(writers) and all(map(refuses_plain_http, refusals))


def delivers(principal: Principal) -> bool:
    """Say whether a principal is a service, or an account from which AWS delivers logs."""
    return principal.kind == "service" or principal.account_id in LOG_DELIVERY


def refuses_plain_http(statement: Statement) -> bool:
    limits = list(statement.limits)
    return len(limits) == 1 and (limits[0].key, limits[0].values) == PLAIN_HTTP


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucket",
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucketReplication",
        "s3:PutBucketAcl",
        "s3:PutBucketEncryption",
        "s3:PutBucketLogging",
        "s3:PutBucketNotification",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketReplication",
        "s3:PutBucketVersioning",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Compare the bucket's settings with the infrastructure code and put them back. Check "
    "that log files still arrive. Look at the caller's requests in the hours before.",
    false_positives="An engineer sets up logging by hand. Name the buckets in `log_buckets` and "
    "the roles that manage them in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html"
    ],
)

ENVIRONMENT = Environment(
    log_buckets=("org-trail-*",), deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",)
)
ELB = "arn:aws:iam::054676820928:root"
TRAIL = "aws-cloudtrail-logs-111122223333-0a1b2c3d"


def examples() -> Examples:
    put, versioning = "s3:PutBucketPolicy", "s3:PutBucketVersioning"
    gone = request("s3:DeleteBucket", bucketName="org-trail-1")
    yield alerts("a known log bucket is deleted", gone, severity=Severity.CRITICAL)
    known = request(put, bucketName="org-trail-1")
    yield alerts("a known log bucket", known, severity=Severity.CRITICAL, subject="org-trail-1")
    for action, story in (("s3:DeleteBucket", alerts), ("s3:PutBucketPolicy", silent)):
        yield story(f"{action} by code", request(action, DEPLOYER, bucketName="org-trail-1"))
    for status, story in (("Suspended", alerts), ("Enabled", silent)):
        kept: Fields = {"VersioningConfiguration": {"Status": status}}
        by_code = request(versioning, DEPLOYER, bucketName="org-trail-1", **kept)
        yield story(f"versions {status} by code", by_code)
    for action in RULE.events:
        likely = request(action, bucketName=TRAIL)
        yield alerts(f"{action} on likely logs", likely, severity=Severity.HIGH, subject=TRAIL)
    attempt = refused("s3:DeleteBucketPolicy", bucketName="org-trail-1")
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
    for status, story in (("Suspended", alerts), ("Enabled", silent)):
        versions = {"Status": status}
        change = request(versioning, bucketName="org-trail-1", VersioningConfiguration=versions)
        yield story(f"versions {status}", change)
    lock = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}
    locked = "s3:PutBucketObjectLockConfiguration"
    yield silent("a lock", request(locked, bucketName=TRAIL, ObjectLockConfiguration=lock))
    owned = {"Rule": {"ObjectOwnership": "BucketOwnerEnforced"}}
    ownership = request("s3:PutBucketOwnershipControls", bucketName=TRAIL, OwnershipControls=owned)
    yield silent("no more ACLs", ownership)
    yield from encrypted()
    delivery: Fields = {"x-amz-acl": ["log-delivery-write"]}
    written = request("s3:PutBucketAcl", bucketName=TRAIL, acl="", **delivery)
    yield silent("S3 may deliver its logs", written)
    target = {"LoggingEnabled": {"TargetBucket": "logs"}}
    logged = request("s3:PutBucketLogging", bucketName=TRAIL, BucketLoggingStatus=target)
    yield silent("access logging switched on", logged)
    writer = statement("Allow", {"Service": "delivery.logs.amazonaws.com"})
    balancers = statement("Allow", {"AWS": ELB})
    http = statement("Deny", "*", Bool={"aws:SecureTransport": "false"})
    nobody = statement("Deny", "*")
    for name, parts, story in (
        ("a service may write", [writer, http], silent),
        ("load balancers may write", [balancers, http], silent),
        ("load balancers and a person", [statement("Allow", {"AWS": [ELB, "*"]})], alerts),
        ("nobody may write", [writer, nobody], alerts),
        ("a person may write", [statement("Allow", {"AWS": "*"})], alerts),
    ):
        opened: Fields = {"bucketPolicy": {"Statement": parts}}
        yield story(name, request(put, bucketName=TRAIL, **opened))
    changed: Fields = {"bucketPolicy": {"Statement": [writer]}}
    yield alerts("the policy of a known one", request(put, bucketName="org-trail-1", **changed))
    yield silent("another bucket", request(put, bucketName="plans"))
    yield silent("a catalog of blogs", request(put, bucketName="catalogs-blogs"))
    for name in ("airflow-logs", "catalog-archive", "app-config-bucket-dev"):
        yield silent(name, request(put, bucketName=name))


def encrypted() -> Examples:
    medium, high, critical = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
    for owner, bucket, severity in (
        (ACCOUNT, TRAIL, medium),
        (ACCOUNT, "org-trail-1", high),
        (OTHER_ACCOUNT, TRAIL, high),
        (OTHER_ACCOUNT, "org-trail-1", critical),
    ):
        key = f"arn:aws:kms:us-east-1:{owner}:key/1"
        asked = encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=key)
        story = f"{bucket} with a key of {owner}"
        yield alerts(story, request(ENCRYPT, bucketName=bucket, **asked), severity=severity)
    plain = request(ENCRYPT, bucketName=TRAIL, **encryption(SSEAlgorithm="AES256"))
    yield silent("encryption with a key of S3", plain)


ENCRYPT = "s3:PutBucketEncryption"


def encryption(**default: str) -> Fields:
    rule = {"ApplyServerSideEncryptionByDefault": default}
    return {"ServerSideEncryptionConfiguration": {"Rule": rule}}


def statement(effect: str, principal: Any, **condition: Any) -> dict[str, Any]:
    told = {"Effect": effect, "Principal": principal, "Action": "s3:PutObject", "Resource": "*"}
    return told | ({"Condition": condition} if condition else {})
