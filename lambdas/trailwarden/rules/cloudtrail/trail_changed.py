"""Trail's settings changed.

Where a trail delivers, which Regions it covers and how its files are sealed decide what evidence
there is afterwards. Few changes of a trail are made by hand, and some of them only weaken it.
"""

from collections.abc import Iterator, Mapping
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
from trailwarden.cloudtrail.values import Record, text_of
from trailwarden.environment import Environment
from trailwarden.policy.document import account_of

ENVIRONMENT = Environment(
    log_buckets=("org-logs-*",), deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/Deploy",)
)

PROTECTIONS = {
    "enableLogFileValidation": "file validation",
    "includeGlobalServiceEvents": "global services",
    "isMultiRegionTrail": "other Regions",
    "isOrganizationTrail": "other accounts",
}
DESTINATIONS = {
    "cloudWatchLogsLogGroupArn": "delivery to CloudWatch Logs",
    "kmsKeyId": "encryption with an own key",
    "snsTopicName": "notification",
}


def detect(event: Event) -> Match | None:
    request = event.get("requestParameters")
    if not event.succeeded or not isinstance(request, Mapping):
        return None
    trail = text_of(request.get("name"))[:200]
    if lost := [*losses(request), *strangers(event, request)]:
        return Match(f"lost {', '.join(lost)}", subject=trail)
    if event.by_automation:
        return None
    return Match(f"changed {trail}", severity=Severity.MEDIUM, subject=trail)


def losses(request: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for key, name in PROTECTIONS.items() if request.get(key) in (False, "false"))
    yield from (name for key, name in DESTINATIONS.items() if request.get(key) == "")


def strangers(event: Event, request: Mapping[str, Any]) -> Iterator[str]:
    owner = account_of(text_of(request.get("kmsKeyId")))
    if owner and not event.knows_account(owner):
        yield f"its key to account {owner}"
    bucket = text_of(request.get("s3BucketName"))
    if bucket and event.environment.log_buckets and not event.environment.is_log_bucket(bucket):
        yield f"its bucket to {bucket[:80]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:UpdateTrail"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Compare the trail with its definition and put it back. If the caller did not plan "
    "the change, revoke their access and read what they did in the Event history.",
    false_positives="A planned change; the console sends every setting, also those it leaves.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("one Region", update(isMultiRegionTrail=False))
    yield alerts("no validation, text", update(enableLogFileValidation="false"))
    yield alerts("no CloudWatch Logs", update(cloudWatchLogsLogGroupArn=""))
    key = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    yield alerts("a stranger's key", update(kmsKeyId=key))
    yield alerts("a strange bucket, by a deploy role", update(role="Deploy", s3BucketName="loot"))
    yield alerts("any change by hand", update(isMultiRegionTrail=True))
    yield silent("the same, deployed", update(role="Deploy", s3BucketName="org-logs-main"))
    yield silent("refused", denied("cloudtrail:UpdateTrail", iam_user("mallory")))


def update(*, role: str = "Ops", **settings: Any) -> Record:
    request = {"name": "management", **settings}
    return record("cloudtrail:UpdateTrail", assumed_role(role), requestParameters=request)
