"""Settings of a trail changed.

The settings decide where a trail delivers, which Regions it covers and how it seals its files.
People rarely change a trail by hand, and some changes only weaken it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYER, OTHER_ACCOUNT, ROLE, Fields, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of

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
    parameters = event.get("requestParameters")
    if not isinstance(parameters, Mapping):
        return None
    trail = event.request("name")
    if lost := [*losses(parameters), *strangers(event, parameters)]:
        return Match(f"lost {', '.join(lost)}", subject=trail, title="Trail weakened")
    if event.caller in DEPLOYMENT or only_adds(parameters):
        return None
    return Match(f"changed {trail}", severity=Severity.MEDIUM, subject=trail)


def losses(parameters: Mapping[str, Any]) -> Iterator[str]:
    off = (False, "false")
    yield from (name for key, name in PROTECTIONS.items() if parameters.get(key) in off)
    yield from (name for key, name in DESTINATIONS.items() if parameters.get(key) == "")


def only_adds(parameters: Mapping[str, Any]) -> bool:
    """Say whether a request does nothing but cover more, or seal the files."""
    on = (True, "true")
    settings = {key: value for key, value in parameters.items() if key != "name"}
    return bool(settings) and all(k in PROTECTIONS and v in on for k, v in settings.items())


def strangers(event: Event, parameters: Mapping[str, Any]) -> Iterator[str]:
    owner = account_of(text_of(parameters.get("kmsKeyId")))
    if owner and not event.knows_account(owner):
        yield f"its key to account {owner}"
    bucket = text_of(parameters.get("s3BucketName"))
    if bucket and event.environment.log_buckets and not event.environment.is_log_bucket(bucket):
        yield f"its bucket to {bucket}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:UpdateTrail"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Compare the trail with its definition and put it back. If the caller did not plan "
    "the change, revoke their access. Then read their acts in the Event history.",
    false_positives="A planned change. The console sends every setting, changed or not.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html"
    ],
)

ENVIRONMENT = Environment(log_buckets=("org-logs-*",), deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Examples:
    one = update(isMultiRegionTrail=False)
    yield alerts("one Region", one, severity=Severity.HIGH, subject="management")
    yield alerts("no validation, as text", update(enableLogFileValidation="false"))
    yield alerts("no CloudWatch Logs", update(cloudWatchLogsLogGroupArn=""))
    key = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    yield alerts("a stranger's key", update(kmsKeyId=key), severity=Severity.HIGH)
    yield alerts("a strange bucket, deployed", update(DEPLOYER, s3BucketName="loot"))
    topic = update(isMultiRegionTrail=True, snsTopicName="trail")
    yield alerts("another change by hand", topic, severity=Severity.MEDIUM)
    yield alerts("a request that changes nothing", update(), severity=Severity.MEDIUM)
    yield silent("more Regions", update(isMultiRegionTrail=True, enableLogFileValidation="true"))
    yield silent("a log bucket, deployed", update(DEPLOYER, s3BucketName="org-logs-main"))


def update(by: Fields = ROLE, **settings: Any) -> Record:
    return request("cloudtrail:UpdateTrail", by, name="management", **settings)
