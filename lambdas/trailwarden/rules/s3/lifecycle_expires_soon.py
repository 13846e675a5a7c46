"""Objects of a bucket set to expire within days.

A lifecycle rule deletes silently and at any scale, and AWS does the work. Attackers use one to
delete logs, or to put a deadline behind a ransom demand.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of, holds_logs

SOON = 7
EXPIRIES = ("Expiration", "NoncurrentVersionExpiration")


def detect(event: Event) -> Match | None:
    for_logs = holds_logs(event)
    for rule in event.listed("requestParameters.LifecycleConfiguration.Rule"):
        days = expires_in(rule, event, EXPIRIES if for_logs else EXPIRIES[:1])
        if days is not None and days <= SOON and (for_logs or is_for_all(rule)):
            bucket = bucket_of(event)
            severity = Severity.HIGH if for_logs else None
            label = f"objects of {bucket} expire in {days} days"
            return Match(label, severity=severity, subject=bucket)
    return None


def expires_in(rule: Any, event: Event, expiries: tuple[str, ...]) -> int | None:
    """Return in how many days a rule that is on deletes objects; None where it does not."""
    if dig(rule, "Status") != "Enabled":
        return None
    ages = [
        dig(rule, f"{expiry}.{key}") for expiry in expiries for key in ("Days", "NoncurrentDays")
    ]
    days = [int(str(value)) for value in ages if re.fullmatch(r"[0-9]{1,5}", str(value))]
    try:
        date = datetime.fromisoformat(text_of(dig(rule, "Expiration.Date")))
        until = date.replace(tzinfo=date.tzinfo or UTC) - event.event_time
        days.append(max(0, until // DAY))
    except (ValueError, OverflowError):
        pass
    return min(days, default=None)


def is_for_all(rule: Any) -> bool:
    """Say whether a rule is for every object: no prefix, tag or size limits it."""
    limits = [dig(rule, "Prefix"), dig(rule, "Filter.Prefix")]
    limits += list(other.values()) if isinstance(other := dig(rule, "Filter"), Mapping) else []
    return all(limit in (None, "", "*", "/") for limit in limits)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutBucketLifecycle", "s3:PutBucketLifecycleConfiguration"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485.001"], Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Remove the lifecycle rule before it runs, which is at midnight UTC. Ask the caller "
    "about it. Look for a ransom note or other changes by the same caller.",
    false_positives="An engineer sets up a bucket for temporary files by hand.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"],
)

ENVIRONMENT = Environment(log_buckets=("org-trail-*",))


def examples() -> Examples:
    day = {"Status": "Enabled", "Filter": {"Prefix": "*"}, "Expiration": {"Days": 1}}
    logs = put(day, "org-trail-1")
    yield alerts("logs live one day", logs, severity=Severity.HIGH, subject="org-trail-1")
    yield alerts("by another name", {**logs, "eventName": "PutBucketLifecycleConfiguration"})
    week = put([day | {"Expiration": {"Days": "7"}}])
    yield alerts("in a list, days as text", week, severity=Severity.MEDIUM)
    old = {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    yield alerts("old versions of logs", put(old, "my-cloudtrail-bucket"))
    yield alerts("on a date", put(day | {"Expiration": {"Date": "2025-06-04T00:00:00.000Z"}}))
    yield silent("old versions of something else", put(old))
    yield silent("eight days", put(day | {"Expiration": {"Days": 8}}))
    yield silent("only temporary files", put(day | {"Filter": {"Prefix": "tmp/"}}))
    yield silent("switched off", put(day | {"Status": "Disabled"}))


def put(rule: Any, bucket: str = "plans") -> Record:
    rules = {"Rule": rule}
    return request("s3:PutBucketLifecycle", bucketName=bucket, LifecycleConfiguration=rules)
