"""Bucket set to replicate its objects to another account.

Replication copies whatever is written from now on, silently and for good. With a destination of
the attacker's it is the most comfortable way to steal data.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    assumed_role,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record, dig, listed, text_of
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    for rule in listed(event.get("requestParameters.ReplicationConfiguration.Rule")):
        account = str(dig(rule, "Destination.Account") or "")
        to = text_of(dig(rule, "Destination.Bucket")).rpartition(":")[2]
        label = f"{bucket_of(event)[:63]} to {to[:63]}"
        if account and not event.knows_account(account):
            return Match(f"{label} of account {account[:12]}", subject=to)
        # Without an account the owner is not told, and need not be the own one.
        if not account and to and not event.by_automation:
            return Match(f"{label}, owner not told", severity=Severity.MEDIUM, subject=to)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutBucketReplication"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Find out who owns the destination bucket. If nobody here does, delete the "
    "replication configuration, take the replication role's permissions away, and list what was "
    "copied.",
    false_positives="Backups into an account of the organization's: name it in `own_accounts`.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html"],
)

ENVIRONMENT = Environment(
    own_accounts=("777788889999",), deploy_roles=("arn:aws:iam::*:role/deploy",)
)


def examples() -> Iterator[Example]:
    outside = {"Destination": {"Bucket": "arn:aws:s3:::loot", "Account": OTHER_ACCOUNT}}
    backup = {"Destination": {"Bucket": "arn:aws:s3:::backup", "Account": "777788889999"}}
    untold = {"Destination": {"Bucket": "arn:aws:s3:::somewhere"}}
    yield alerts("another account", put(outside))
    yield alerts("another account, second of two", put([backup, outside]))
    yield alerts("an owner that is not told", put(untold))
    yield silent("a sister account", put(backup))
    own = {"Destination": {"Bucket": "arn:aws:s3:::copy", "Account": ACCOUNT}}
    yield silent("the own account", put(own))
    yield silent("the pipeline does not tell the owner", put(untold, assumed_role("deploy")))
    yield silent("a refusal", denied("s3:PutBucketReplication", iam_user("mallory")))


def put(rule: Any, identity: dict[str, Any] | None = None) -> Record:
    told = {"bucketName": "plans", "replication": "", "ReplicationConfiguration": {"Rule": rule}}
    who = identity or iam_user("mallory")
    return record("s3:PutBucketReplication", who, requestParameters=told)
