"""AWS Config recording narrowed.

A recorder can leave out the kinds of resources that an intruder wants to change, or deliver to
another bucket. It is still green on every dashboard.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import dig, listed
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_false

ALL = 1_000
UNKNOWN = "AWS Config set to record less than all"

YEAR = 365


def detect(event: Event) -> Match | None:
    if event.name == "PutDeliveryChannel":
        bucket = event.request("deliveryChannel.s3BucketName")
        known = event.environment.log_buckets and not event.environment.is_log_bucket(bucket)
        return Match(f"delivers to {bucket}", subject=event.aws_region) if known else None
    if event.name == "PutRetentionConfiguration":
        days = event.get("requestParameters.retentionPeriodInDays")
        if not isinstance(days, int):
            return None
        kept = state(history_in_days=days, a_year_of_history=days >= YEAR)
        return Match(kept, subject=event.aws_region)
    kinds = kinds_of(event)
    label = state(
        all_kinds_of_resources=kinds == ALL,
        kinds_of_resources=kinds,
        at_every_change=not is_daily(event),
    )
    return Match(label, subject=event.aws_region)


def kinds_of(event: Event) -> int:
    """Return how many kinds of resources a recorder records, as if there were a thousand."""
    group = event.get("requestParameters.configurationRecorder.recordingGroup")
    if dig(group, "recordingStrategy.useOnly") == "EXCLUSION_BY_RESOURCE_TYPES":
        return ALL - 1 - len(listed(dig(group, "exclusionByResourceTypes.resourceTypes")))
    return len(listed(dig(group, "resourceTypes"))) if is_false(dig(group, "allSupported")) else ALL


def is_daily(event: Event) -> bool:
    mode = "requestParameters.configurationRecorder.recordingMode.recordingFrequency"
    return event.get(mode) == "DAILY"


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


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
    correlation=Worsened(timespan=90 * DAY, group_by=by_region, unknown_title=UNKNOWN),
    false_positives="An engineer leaves out resources that change often, for their price.",
    references=["https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html"],
)

ENVIRONMENT = Environment(log_buckets=("org-config",))


def examples() -> Examples:
    some = {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}
    every = recorder(recordingGroup={"allSupported": True})
    narrowed = {**recorder(recordingGroup=some), "eventTime": "2025-06-03T12:00:00Z"}
    yield alerts("some kinds", every, narrowed, severity=Severity.MEDIUM, subject="us-east-1")
    yield alerts("nothing known before", narrowed, severity=Severity.LOW)
    elsewhere = {**every, "awsRegion": "eu-west-1"}
    yield alerts("known of another Region", elsewhere, narrowed, severity=Severity.LOW)
    two = recorder(recordingGroup={"allSupported": False, "resourceTypes": ["a", "b"]})
    yield alerts("one kind less", two, narrowed, severity=Severity.MEDIUM)
    strategy = {"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}
    yield alerts("all but some", recorder(recordingGroup=strategy))
    yield alerts("daily", recorder(recordingMode={"recordingFrequency": "DAILY"}))
    yield alerts("elsewhere", channel("loot"), label="delivers to loot")
    keep = "config:PutRetentionConfiguration"
    shorter = request(keep, retentionPeriodInDays=30)
    label = "history in days: 30; a year of history: off"
    yield alerts("a month of history", shorter, severity=Severity.LOW, label=label)
    years = request(keep, day=-1, retentionPeriodInDays=2557)
    yield alerts("a month in place of years", years, shorter, severity=Severity.MEDIUM)
    yield silent("years of history", years)
    yield silent("an odd number", request(keep, retentionPeriodInDays="many"))
    yield silent("the log bucket", channel("org-config"))
    yield silent("everything", recorder(recordingGroup={"allSupported": True}))


def recorder(**settings: Any) -> Record:
    recorder = {"name": "default", **settings}
    return request("config:PutConfigurationRecorder", configurationRecorder=recorder)


def channel(bucket: str) -> Record:
    channel = {"name": "default", "s3BucketName": bucket}
    return request("config:PutDeliveryChannel", deliveryChannel=channel)
