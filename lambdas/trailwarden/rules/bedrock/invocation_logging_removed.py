"""Logging of Bedrock model invocations changed.

Invocation logs are the only record of prompts and answers. A thief of model use, or of data through
a model, turns them off first.
"""

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import USER, Fields, execution_role, refused, request
from trailwarden.examples import Examples, Record, alerts, silent

DELETED = "Logging of Bedrock model invocations turned off"


def detect(event: Event) -> Match | None:
    if event.name == "DeleteModelInvocationLoggingConfiguration":
        return Match(f"logging deleted in {event.aws_region}", title=DELETED)
    bucket = event.request("loggingConfig.s3Config.bucketName")
    place = bucket or event.request("loggingConfig.cloudWatchConfig.logGroupName")
    if event.get("requestParameters.loggingConfig") is not None:
        if not place:
            return Match(f"logs go nowhere in {event.aws_region}", title=DELETED)
        if event.get("requestParameters.loggingConfig.textDataDeliveryEnabled") is False:
            return Match(f"text is not logged to {place}")
    changed = Match(f"logging changed to {place or 'unknown'}", severity=Severity.MEDIUM)
    return None if event.caller in DEPLOYMENT else changed


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:DeleteModelInvocationLoggingConfiguration",
        "bedrock:PutModelInvocationLoggingConfiguration",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Restore the logging configuration. Then list the model invocations since the change "
    "in CloudTrail, and ask the caller for the reason.",
    false_positives="The team that owns the logs sets them up, or moves them to another place.",
)


def examples() -> Examples:
    delete, high = "bedrock:DeleteModelInvocationLoggingConfiguration", Severity.HIGH
    yield alerts("deleted", request(delete), severity=high, label="logging deleted in us-east-1")
    yield alerts("a refused attempt", refused(delete), severity=Severity.MEDIUM)
    quiet = put(USER, {"s3Config": {"bucketName": "prompts"}, "textDataDeliveryEnabled": False})
    yield alerts("no text", quiet, severity=high, label="text is not logged to prompts")
    yield alerts("nowhere", put(USER, {"textDataDeliveryEnabled": True}), severity=high)
    kept = {"cloudWatchConfig": {"logGroupName": "bedrock"}, "textDataDeliveryEnabled": True}
    medium, label = Severity.MEDIUM, "logging changed to bedrock"
    yield alerts("moved", put(USER, kept), severity=medium, label=label)
    yield silent("a stack turns it on", put(execution_role(), kept, via="cloudformation"))


def put(by: Fields, config: Fields, *, via: str = "") -> Record:
    action = "bedrock:PutModelInvocationLoggingConfiguration"
    return request(action, by, via=via, loggingConfig=config)
