"""Objects of a bucket set to expire within days.

A lifecycle rule deletes silently and at any scale, and AWS does the work. Attackers use one to
delete logs, or to put a deadline behind a ransom demand.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYER, Fields, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of, by_bucket, holds_logs

SOON = 7
SMALL, LARGE = 2**20, 2**30
EXPIRIES = ("Expiration", "NoncurrentVersionExpiration")


def detect(event: Event) -> Match | None:
    for_logs, bucket = holds_logs(event), bucket_of(event)
    for rule in event.listed("requestParameters.LifecycleConfiguration.Rule"):
        days = expires_in(rule, event, EXPIRIES if for_logs else EXPIRIES[:1])
        if days is not None and days <= SOON and (for_logs or is_for_all(rule)):
            severity = Severity.HIGH if for_logs else None
            label = state(kept_over_a_week=False, expire_in=f"'{days} days'")
            return Match(label, severity=severity, subject=bucket)
    return Match(state(kept_over_a_week=True), subject=bucket)


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
    filters = [dig(rule, path) for path in ("Filter", "Filter.And")]
    limits = [(k, v) for held in filters if isinstance(held, Mapping) for k, v in held.items()]
    return not any(limits_objects(k, v) for k, v in (("Prefix", dig(rule, "Prefix")), *limits))


def limits_objects(key: str, value: Any) -> bool:
    """Say whether a part of a filter leaves many objects out: nearly all are of some size."""
    size = int(str(value)) if re.fullmatch(r"[0-9]{1,15}", str(value)) else None
    if size is not None and key == "ObjectSizeGreaterThan":
        return size > SMALL
    if size is not None and key == "ObjectSizeLessThan":
        return size < LARGE
    return key != "And" and value not in (None, "", "*", "/")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketLifecycle",
        "s3:PutBucketLifecycle",
        "s3:PutBucketLifecycleConfiguration",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485.001"], Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Remove the lifecycle rule before it runs, which is at midnight UTC. Ask the caller "
    "about it. Look for a ransom note or other changes by the same caller.",
    false_positives="An engineer sets up a bucket for temporary files by hand.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_bucket,
        unknown=Severity.CRITICAL,
    ),
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"],
)

ENVIRONMENT = Environment(
    log_buckets=("org-trail-*",), deploy_roles=("arn:aws:iam::*:role/deploy",)
)
EVERYTHING = {"Prefix": "", "ObjectSizeGreaterThan": 1}


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
    label = "kept over a week: off; expire in: '1 days'"
    yield alerts("of any size", put(day | {"Filter": {"And": EVERYTHING}}), label=label)
    yield alerts("below a gigabyte", put(day | {"Filter": {"ObjectSizeLessThan": str(LARGE)}}))
    for limit in ({"ObjectSizeGreaterThan": SMALL + 1}, {"ObjectSizeLessThan": LARGE - 1}):
        yield silent(f"only {limit}", put(day | {"Filter": limit}))
    yield silent(
        "with one tag", put(day | {"Filter": {"And": {"Prefix": "", "Tag": {"Key": "x"}}}})
    )
    yield from compared(day)


def compared(day: Fields) -> Examples:
    known, again = put(day, by=DEPLOYER), put(day, after=2)
    yield silent("by a pipeline", known)
    yield silent("as before", known, again)
    longer = put(day | {"Expiration": {"Days": 90}}, after=1)
    yield alerts("longer between", known, longer, again, severity=Severity.MEDIUM)
    gone = request("s3:DeleteBucketLifecycle", day=1, bucketName="plans")
    yield alerts("no rule between", known, gone, again, subject="plans")
    yield silent("known for long", known, put(day, after=400))
    yield alerts("known too long ago", known, put(day, after=401))
    yield alerts("known of another", put(day, "temp", by=DEPLOYER), again, subject="plans")
    tried = {**put(day), "errorCode": "AccessDenied"}
    yield alerts("refused", tried, severity=Severity.MEDIUM)


def put(rule: Any, bucket: str = "plans", *, by: Fields | None = None, after: float = 0) -> Record:
    rules = {"Rule": rule}
    action = "s3:PutBucketLifecycle"
    return request(action, by, day=after, bucketName=bucket, LifecycleConfiguration=rules)
