"""Logging of Bedrock model invocations turned off or changed.

Invocation logs are the only record of what was asked of models and what they answered. Whoever
steals model use, or data through it, turns them off first, or checks that they are.
"""

from collections.abc import Iterator, Mapping

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record

DATA_KINDS = ("text", "image", "embedding", "video", "audio")


def detect(event: Event) -> Match | None:
    deletes = event.name == "DeleteModelInvocationLoggingConfiguration"
    if event.denied and deletes:
        return Match("refused", severity=Severity.MEDIUM)
    if not event.succeeded:
        return None
    if deletes:
        return Match("logging deleted")
    config = event.get("requestParameters.loggingConfig")
    if isinstance(config, Mapping):
        if not (config.get("s3Config") or config.get("cloudWatchConfig")):
            return Match("logs go nowhere")
        if config.get("textDataDeliveryEnabled") is False:
            return Match("text is not logged")
    return None if event.by_automation else Match("logging changed", severity=Severity.MEDIUM)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:DeleteModelInvocationLoggingConfiguration",
        "bedrock:PutModelInvocationLoggingConfiguration",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Restore the logging configuration. Then list the model invocations since the change "
    "in CloudTrail, and ask whoever made it why.",
    false_positives="The team that sets up logging, or moves the logs to another place.",
)


def examples() -> Iterator[Example]:
    delete = "bedrock:DeleteModelInvocationLoggingConfiguration"
    yield alerts("logging is deleted", record(delete, iam_user("mallory")))
    yield alerts("a refused attempt", denied(delete, iam_user("mallory")))
    kept = {"cloudWatchConfig": {"logGroupName": "bedrock"}, "textDataDeliveryEnabled": True}
    pipeline = aws_service("cloudformation")
    yield alerts("a stack stops the text", put(pipeline, kept | {"textDataDeliveryEnabled": False}))
    yield alerts("logs go nowhere", put(pipeline, {"textDataDeliveryEnabled": True}))
    yield alerts("a person changes it", put(iam_user("mallory"), kept))
    yield silent("a stack turns it on", put(pipeline, kept))


def put(who: Fields, config: Fields) -> Record:
    action = "bedrock:PutModelInvocationLoggingConfiguration"
    return record(action, who, requestParameters={"loggingConfig": config})
