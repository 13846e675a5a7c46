"""Stream of a service's data set up by hand.

Mail, calls, messages and changes of tables can flow on to a bucket, a stream or another
place. One call sets that up, and nothing more is needed to read along.
"""

from collections.abc import Iterator, Mapping

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    OTHER_ACCOUNT,
    Fields,
    aws_service,
    refused,
    request,
)
from trailwarden.services.ec2 import texts
from trailwarden.services.sharing import is_foreign
from trailwarden.services.things import thing_of

STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/copy"
STORAGE: Fields = {
    "instanceId": "contact",
    "resourceType": "CALL_RECORDINGS",
    "storageConfig": {"storageType": "S3", "s3Config": {"bucketName": "b", "bucketPrefix": "p"}},
}
RULE_OF_MAIL: Fields = {
    "ruleSetName": "default",
    "rule": {"name": "copy", "actions": [{"s3Action": {"bucketName": "b"}}]},
}
TOPIC: Fields = {
    "ruleName": "copy",
    "topicRulePayload": {"sql": "SELECT * FROM '#'", "actions": [{"kinesis": {"streamName": "c"}}]},
}
CALLS: Mapping[str, Fields] = {
    "chime:PutVoiceConnectorStreamingConfiguration": {
        "voiceConnectorId": "v",
        "streamingConfiguration": {"dataRetentionInHours": 24, "disabled": False},
    },
    "connect:AssociateInstanceStorageConfig": STORAGE,
    "connect:UpdateInstanceStorageConfig": STORAGE | {"associationId": "a"},
    "dynamodb:EnableKinesisStreamingDestination": {"tableName": "orders", "streamArn": STREAM},
    "iot:CreateTopicRule": TOPIC,
    "iot:ReplaceTopicRule": TOPIC,
    "mobiletargeting:PutEventStream": {
        "applicationId": "a",
        "writeEventStream": {"destinationStreamArn": STREAM, "roleArn": "r"},
    },
    "ses:CreateReceiptRule": RULE_OF_MAIL,
    "ses:UpdateReceiptRule": RULE_OF_MAIL,
}
"""Each call, as it names the source and where the data go."""

TARGETS = ("destinationStreamArn", "functionArn", "queueUrl", "streamArn", "targetArn", "topicArn")
FOREIGN = "Stream of a service's data sent to another account"


def detect(event: Event) -> Match | None:
    source = thing_of(event)
    named = texts(event.get("requestParameters"), *TARGETS)
    if outside := next((arn for arn in named if is_foreign(arn, event)), ""):
        return Match(f"{event.action} {source} to {outside}", Severity.HIGH, source, FOREIGN)
    if event.caller in DEPLOYMENT:
        return None
    return Match(f"{event.action} {source}", subject=source)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*CALLS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1119"], Tactic.EXFILTRATION: ["T1020"]},
    response="Ask the caller who reads the stream. If nobody planned it, take it out, and find out "
    "which data went through it.",
    false_positives="An engineer sets up a pipeline of data by hand.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Iterator[Example]:
    table = "dynamodb:EnableKinesisStreamingDestination"
    outside: Fields = {"streamArn": STREAM.replace(ACCOUNT, OTHER_ACCOUNT)}
    sent = request(table, DEPLOYER, **CALLS[table] | outside)
    label = f"{table} orders to {outside['streamArn']}"
    yield alerts("outside", sent, severity=Severity.HIGH, subject="orders", label=label)
    for action, parameters in CALLS.items():
        yield alerts(action, request(action, **parameters), severity=Severity.MEDIUM)
    by_aws = request(table, aws_service("dms"), **CALLS[table] | outside)
    yield silent("by AWS itself", by_aws)
    yield silent("by the pipeline", request(table, DEPLOYER, **CALLS[table]))
    tried = refused(table, **CALLS[table] | outside)
    yield alerts("refused, outside", tried, severity=Severity.MEDIUM)
    yield alerts("refused", refused(table), severity=Severity.MEDIUM)
