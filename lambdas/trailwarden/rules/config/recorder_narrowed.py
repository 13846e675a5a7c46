"""AWS Config recording narrowed.

A recorder can leave out the kinds of resources that an intruder wants to change, or deliver to
another bucket. It is still green on every dashboard.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

YEAR = 365


def detect(event: Event) -> Match | None:
    lost = ", ".join(changes(event))
    return Match(lost, subject=event.aws_region) if lost else None


def changes(event: Event) -> Iterator[str]:
    if event.name == "PutDeliveryChannel":
        bucket = event.request("deliveryChannel.s3BucketName")
        if event.environment.log_buckets and not event.environment.is_log_bucket(bucket):
            yield f"delivers to {bucket}"
        return
    days = event.get("requestParameters.retentionPeriodInDays")
    if isinstance(days, int) and days < YEAR:
        yield f"keeps its history for {days} days"
    recorder = "requestParameters.configurationRecorder"
    if event.get(f"{recorder}.recordingGroup.allSupported") in (False, "false"):
        yield "records only some kinds of resources"
    strategy = event.text(f"{recorder}.recordingGroup.recordingStrategy.useOnly")
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        yield "leaves out some kinds of resources"
    if event.text(f"{recorder}.recordingMode.recordingFrequency") == "DAILY":
        yield "records once a day"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "config:PutConfigurationRecorder",
        "config:PutDeliveryChannel",
        "config:PutRetentionConfiguration",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the recorder and its delivery with their definition and put them back. Ask "
    "the caller for the reason.",
    false_positives="An engineer leaves out resources that change often, for their price.",
    references=["https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html"],
)

ENVIRONMENT = Environment(log_buckets=("org-config",))


def examples() -> Iterator[Example]:
    some = {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}
    yield alerts("some kinds", recorder(recordingGroup=some), subject="us-east-1")
    strategy = {"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}
    yield alerts("all but some", recorder(recordingGroup=strategy))
    yield alerts("daily", recorder(recordingMode={"recordingFrequency": "DAILY"}))
    yield alerts("elsewhere", channel("loot"), label="delivers to loot")
    keep = "config:PutRetentionConfiguration"
    shorter = request(keep, retentionPeriodInDays=30)
    yield alerts("a month of history", shorter, label="keeps its history for 30 days")
    yield silent("years of history", request(keep, retentionPeriodInDays=2557))
    yield silent("the log bucket", channel("org-config"))
    yield silent("everything", recorder(recordingGroup={"allSupported": True}))


def recorder(**settings: Any) -> Record:
    recorder = {"name": "default", **settings}
    return request("config:PutConfigurationRecorder", configurationRecorder=recorder)


def channel(bucket: str) -> Record:
    channel = {"name": "default", "s3BucketName": bucket}
    return request("config:PutDeliveryChannel", deliveryChannel=channel)
