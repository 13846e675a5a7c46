"""AWS Config told to record less, or to deliver elsewhere.

A recorder that leaves out the kinds of resources that an intruder means to change is still green on
every dashboard.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(
    deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/Deploy",), log_buckets=("org-config",)
)

RECORDER = "requestParameters.configurationRecorder"


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    seen = ", ".join(changes(event))
    return Match(seen, subject=event.aws_region) if seen else None


def changes(event: Event) -> Iterator[str]:
    if event.name == "PutDeliveryChannel":
        bucket = event.text("requestParameters.deliveryChannel.s3BucketName")
        if event.environment.log_buckets and not event.environment.is_log_bucket(bucket):
            yield f"delivers to {bucket[:80]}"
        return
    if event.get(f"{RECORDER}.recordingGroup.allSupported") in (False, "false"):
        yield "records only some kinds of resources"
    strategy = event.text(f"{RECORDER}.recordingGroup.recordingStrategy.useOnly")
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        yield "leaves out some kinds of resources"
    if event.text(f"{RECORDER}.recordingMode.recordingFrequency") == "DAILY":
        yield "records once a day"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["config:PutConfigurationRecorder", "config:PutDeliveryChannel"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the recorder and its delivery with their definition and put them back. Ask "
    "the caller why.",
    false_positives="Kinds of resources that change often are left out for their price.",
    references=["https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html"],
)


def examples() -> Iterator[Example]:
    some = {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}
    yield alerts("some kinds", recorder(recordingGroup=some))
    strategy = {"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}
    yield alerts("all but some", recorder(recordingGroup=strategy))
    yield alerts("daily", recorder(recordingMode={"recordingFrequency": "DAILY"}))
    yield alerts("elsewhere", channel("loot"))
    yield silent("the log bucket", channel("org-config"))
    yield silent("everything", recorder(recordingGroup={"allSupported": True}))
    yield silent("deployed", recorder(role="Deploy", recordingGroup=some))


def recorder(*, role: str = "Ops", **settings: Any) -> Record:
    request = {"configurationRecorder": {"name": "default", **settings}}
    action = "config:PutConfigurationRecorder"
    return record(action, assumed_role(role), requestParameters=request)


def channel(bucket: str) -> Record:
    request = {"deliveryChannel": {"name": "default", "s3BucketName": bucket}}
    return record("config:PutDeliveryChannel", assumed_role("Ops"), requestParameters=request)
