"""Settings of a trail changed.

The settings decide where a trail delivers, which Regions it covers and how it seals its files.
People rarely change a trail by hand, and some changes only weaken it.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    CONSOLE,
    DEPLOYER,
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    refused,
    request,
    service_linked_role,
)
from trailwarden.cloudtrail.values import text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import LEFT_OFF, state
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of
from trailwarden.services.audit_settings import by_trail
from trailwarden.services.rds import is_true
from trailwarden.services.settings import beside

PROTECTIONS = {
    "enableLogFileValidation": "file validation",
    "includeGlobalServiceEvents": "global services",
    "isMultiRegionTrail": "other Regions",
    "isOrganizationTrail": "other accounts",
}
DEFAULTS = {name: name == "includeGlobalServiceEvents" for name in PROTECTIONS}
"""What CreateTrail takes where a request does not say it."""
_PLACES = ("s3BucketName", "s3KeyPrefix", "cloudWatchLogsRoleArn")
WEAKENED, CHANGED = "Trail weakened", "Settings of a trail changed"
SET = "Trail set to record less than all"
DESTINATIONS = {
    "cloudWatchLogsLogGroupArn": "delivery to CloudWatch Logs",
    "kmsKeyId": "encryption with an own key",
    "snsTopicName": "notification",
}
EXTRAS = frozenset({"other accounts", *DESTINATIONS.values()})
NAME_AND_ONE = 2
"""How many parameters a request has that sets one thing."""


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    if not isinstance(parameters, Mapping):
        return None
    trail = event.request("name")
    if event.name == "CreateTrail":
        kept = {**DEFAULTS, **dict.fromkeys(DESTINATIONS, ""), **parameters}
        label = state(**coverage(kept), **destinations(kept))
        return Match(label, Severity.INFORMATIONAL, trail) if event.succeeded else None
    is_deployed = event.caller in DEPLOYMENT
    off = LEFT_OFF if is_deployed else beside(event)
    covers = {**coverage(parameters, off), **owners(event, parameters)}
    label = state(**covers, **destinations(parameters))
    if not label and {*parameters} <= {"name"}:
        return None  # it sets nothing
    if not label:
        changed = Match(f"changed {trail}", severity=Severity.MEDIUM, subject=trail)
        return None if is_deployed else changed
    is_on = {*covers.values()} <= {True}
    is_planned = is_on and {*parameters} <= {*PROTECTIONS, "name"}
    only_teaches = is_planned or (is_deployed and False not in covers.values())
    severity = Severity.INFORMATIONAL if only_teaches else None
    return Match(label, severity, trail, WEAKENED)


def destinations(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return where a request has the trail deliver, by the names of its parameters."""
    named = {key: text_of(parameters.get(key)) for key in (*_PLACES, *DESTINATIONS)}
    return {key: f"'{value.replace(';', ',')}'" for key, value in named.items() if value}


def coverage(parameters: Mapping[str, Any], off: bool | str = LEFT_OFF) -> dict[str, bool | str]:
    """Return what a request switches on or off, by name; `off` is what many trails never had.

    The console sends all settings.
    """
    switched = {name: parameters.get(key) for key, name in PROTECTIONS.items()}
    on = {
        **{name: is_true(value) for name, value in switched.items() if value is not None},
        **{name: parameters[key] != "" for key, name in DESTINATIONS.items() if key in parameters},
    }
    optional = EXTRAS if len(parameters) > NAME_AND_ONE else ()
    return {name: kept or (off if name in optional else False) for name, kept in on.items()}


def owners(event: Event, parameters: Mapping[str, Any]) -> dict[str, bool]:
    """Return whether the key and the bucket of a request are own ones, as far as that is known."""
    owner, buckets = account_of(text_of(parameters.get("kmsKeyId"))), event.environment
    bucket = text_of(parameters.get("s3BucketName"))
    return {
        **({"key of a known account": event.knows_account(owner)} if owner else {}),
        **(
            {"known bucket of logs": buckets.is_log_bucket(bucket)}
            if bucket and buckets.log_buckets
            else {}
        ),
    }


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:CreateTrail", "cloudtrail:UpdateTrail"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Compare the trail with its definition and put it back. If the caller did not plan "
    "the change, revoke their access. Then read their acts in the Event history.",
    false_positives="A planned change. The console sends every setting, changed or not.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_trail,
        unknown=Severity.CRITICAL,
        unknown_title=SET,
        changed=Severity.MEDIUM,
        changed_title=CHANGED,
    ),
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
    yield silent("a request that changes nothing", update())
    yield alerts("no folder any more", update(s3KeyPrefix=""), severity=Severity.MEDIUM)
    role = f"arn:aws:iam::{ACCOUNT}:role/logs"
    to_logs, again = (update(day=n, cloudWatchLogsRoleArn=role) for n in (0, 1))
    yield alerts("another role for the logs", to_logs, severity=Severity.MEDIUM)
    yield silent("the same role for the logs", update(DEPLOYER, cloudWatchLogsRoleArn=role), again)
    yield from compared()
    yield silent("more Regions", update(isMultiRegionTrail=True, enableLogFileValidation="true"))
    yield silent("a log bucket, deployed", update(DEPLOYER, s3BucketName="org-logs-main"))


AWS = service_linked_role("AWSServiceRoleForCloudTrail", "cloudtrail")


def compared() -> Examples:
    one, again = update(AWS, isMultiRegionTrail=False), update(day=1, isMultiRegionTrail=False)
    whole = update(DEPLOYER, isMultiRegionTrail=True, enableLogFileValidation=True)
    less = update(day=2, isMultiRegionTrail=False, enableLogFileValidation=False)
    yield alerts("less than before", whole, less, severity=Severity.HIGH)
    yield alerts("by a pipeline, too", whole, update(DEPLOYER, day=2, isMultiRegionTrail=False))
    yield silent("one Region, as the pipeline has it", one, again)
    yield alerts("and no validation now", one, less, severity=Severity.HIGH)
    long_ago = update(day=401, isMultiRegionTrail=False)
    yield alerts("known too long ago", one, long_ago, severity=Severity.HIGH)
    yield silent("known for long", one, update(day=400, isMultiRegionTrail=False))
    other = {**again, "requestParameters": {"name": "data", "isMultiRegionTrail": False}}
    yield alerts("another trail", one, other, severity=Severity.HIGH, subject="data")
    named = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/management"
    by_arn = {**again, "requestParameters": {"name": named, "isMultiRegionTrail": False}}
    yield silent("by its ARN", one, by_arn)
    bucket = update(DEPLOYER, s3BucketName="org-logs-main")
    moved, kept = (update(day=1, s3BucketName=f"org-logs-{name}") for name in ("x", "main"))
    yield alerts("another bucket by hand", bucket, moved, severity=Severity.MEDIUM)
    yield silent("the same bucket by hand", bucket, kept)
    yield silent("nothing, by a pipeline", update(DEPLOYER))
    yield from by_the_console()
    validated = refused("cloudtrail:UpdateTrail", name="management", enableLogFileValidation=True)
    yield silent("refused, for the better", validated)
    denial = refused("cloudtrail:UpdateTrail", name="management", isMultiRegionTrail=False)
    yield alerts("refused", denial, severity=Severity.MEDIUM)


def by_the_console() -> Examples:
    plain: Fields = {"isMultiRegionTrail": True, "enableLogFileValidation": True}
    form = {**plain, "includeGlobalServiceEvents": True, "isOrganizationTrail": False}
    form |= {"kmsKeyId": "", "snsTopicName": "", "cloudWatchLogsLogGroupArn": ""}
    whole = {**update(day=2, **form), **CONSOLE}
    make = "cloudtrail:CreateTrail"
    name: Fields = {"name": "management", "s3BucketName": "org-logs-main"}
    made = request(make, **name, **plain)
    yield silent("all of it, as it was made", made, whole)
    yield alerts("all of it, with nothing known", whole, severity=Severity.MEDIUM)
    typed = update(kmsKeyId="", cloudWatchLogsLogGroupArn="")
    yield alerts("typed, with nothing known", typed, severity=Severity.HIGH)
    yield silent("typed, as it was made", made, update(day=2, **form))
    key = update(DEPLOYER, kmsKeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1")
    yield alerts("all of it, and the key is lost", made, key, whole, severity=Severity.HIGH)
    elsewhere = {**made, "awsRegion": "eu-west-1"}
    yield alerts("a namesake in another Region", elsewhere, whole, severity=Severity.MEDIUM)
    yield silent("the same by a pipeline", update(DEPLOYER, **form))
    yield silent("a trail of little is made", request(make, **name))
    tried = refused(make, **name, **plain)
    yield alerts("what was not made", tried, whole, severity=Severity.MEDIUM)


def update(by: Fields = ROLE, *, day: float = 0, **settings: Any) -> Record:
    return request("cloudtrail:UpdateTrail", by, day=day, name="management", **settings)
