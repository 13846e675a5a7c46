"""Stream of a service's data set up by hand.

Mail, calls, messages and changes of tables can flow on to a bucket, a stream or another
place. One call sets that up, and nothing more is needed to read along.
"""

from collections.abc import Mapping

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
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
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts, values
from trailwarden.services.sharing import ANYONE, accounts_in, is_foreign
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
ENDPOINT: Fields = {"engineName": "mysql", "serverName": "db.example.com"}
CALLS: Mapping[str, Fields] = {
    "chime:PutVoiceConnectorStreamingConfiguration": {
        "voiceConnectorId": "v",
        "streamingConfiguration": {"dataRetentionInHours": 24, "disabled": False},
    },
    "connect:AssociateInstanceStorageConfig": STORAGE,
    "connect:UpdateInstanceStorageConfig": STORAGE | {"associationId": "a"},
    "dms:CreateEndpoint": ENDPOINT | {"endpointIdentifier": "copy", "endpointType": "target"},
    "dms:ModifyEndpoint": ENDPOINT | {"endpointArn": "copy"},
    "dsql:CreateStream": {
        "clusterIdentifier": "orders",
        "targetDefinition": {"kinesis": {"streamArn": STREAM, "roleArn": "r"}},
        "ordering": "UNORDERED",
        "format": "JSON",
    },
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

_SCHEDULE: Fields = {"scheduleExpression": "rate(1 day)", "executionRoleArn": "r"}
_CATALOG: Fields = {"name": "p", "type": "LAMBDA"}
AWAY: Mapping[str, tuple[str, Fields]] = {
    "athena:CreateDataCatalog": ("function metadata-function record-function", _CATALOG),
    "athena:CreateWorkGroup": ("expectedBucketOwner", {"name": "p"}),
    "athena:UpdateDataCatalog": ("function metadata-function record-function", _CATALOG),
    "athena:UpdateWorkGroup": ("expectedBucketOwner", {"workGroup": "p"}),
    "bcm-data-exports:CreateExport": ("s3BucketOwner", {}),
    "bcm-data-exports:UpdateExport": ("s3BucketOwner", {"exportArn": "p"}),
    "codecommit:PutRepositoryTriggers": ("triggers", {"repositoryName": "p"}),
    "cognito-idp:CreateUserPool": ("lambdaConfig", {"poolName": "p"}),
    "cognito-idp:SetLogDeliveryConfiguration": ("logConfigurations", {"userPoolId": "p"}),
    "cognito-idp:UpdateUserPool": ("lambdaConfig", {"userPoolId": "p"}),
    "ec2:CreateFlowLogs": ("DeliverCrossAccountRole", {"ResourceType": "VPC", "ResourceId": ["p"]}),
    "elasticfilesystem:CreateReplicationConfiguration": (
        "destinations",
        {"sourceFileSystemId": "p"},
    ),
    "events:StartReplay": (
        "destination",
        {"replayName": "p", "eventSourceArn": "a", "eventStartTime": 1, "eventEndTime": 2},
    ),
    "glue:CreateIntegration": ("targetArn", {"sourceArn": "p", "integrationName": "p"}),
    "lambda:CreateEventSourceMapping": ("destinationConfig", {"functionName": "p"}),
    "lambda:CreateFunction": ("deadLetterConfig", {"functionName": "p", "code": {}, "role": "r"}),
    "lambda:PutFunctionEventInvokeConfig": ("destinationConfig", {"functionName": "p"}),
    "lambda:UpdateEventSourceMapping": ("destinationConfig", {"uUID": "p"}),
    "lambda:UpdateFunctionConfiguration": ("deadLetterConfig", {"functionName": "p"}),
    "lambda:UpdateFunctionEventInvokeConfig": ("destinationConfig", {"functionName": "p"}),
    "logs:CreateDelivery": ("deliveryDestinationArn", {"deliverySourceName": "p"}),
    "logs:CreateScheduledQuery": (
        "ownerAccountId",
        {"name": "p", "queryLanguage": "CWLI", "queryString": "q", **_SCHEDULE},
    ),
    "logs:PutDeliveryDestination": ("destinationResourceArn", {"name": "p"}),
    "logs:UpdateScheduledQuery": (
        "ownerAccountId",
        {"identifier": "p", "queryLanguage": "CWLI", "queryString": "q", **_SCHEDULE},
    ),
    "redshift:CreateIntegration": ("targetArn", {"sourceArn": "p", "integrationName": "p"}),
    "rds:CreateIntegration": ("targetArn", {"sourceArn": "p", "integrationName": "p"}),
    "route53resolver:CreateResolverQueryLogConfig": (
        "destinationArn",
        {"name": "p", "creatorRequestId": "c"},
    ),
    "s3:CreateAccessPointForObjectLambda": ("awsLambda", {"name": "p"}),
    "s3:PutAccessPointConfigurationForObjectLambda": ("awsLambda", {"name": "p"}),
    "s3:PutBucketAnalyticsConfiguration": ("AnalyticsConfiguration", {"bucketName": "p"}),
    "s3:PutBucketInventoryConfiguration": ("InventoryConfiguration", {"bucketName": "p"}),
    "s3:PutBucketNotification": ("NotificationConfiguration", {"bucketName": "p"}),
    "s3:PutStorageLensConfiguration": ("storageLensConfiguration", {"configId": "p"}),
    "secretsmanager:RotateSecret": ("rotationLambdaARN", {"secretId": "p"}),
    "transfer:CreateServer": ("identityProviderDetails", {}),
    "transfer:UpdateServer": ("identityProviderDetails", {"serverId": "p"}),
    "vpc-lattice:CreateAccessLogSubscription": ("destinationArn", {"resourceIdentifier": "p"}),
    "vpc-lattice:UpdateAccessLogSubscription": (
        "destinationArn",
        {"accessLogSubscriptionIdentifier": "p"},
    ),
}
"""Daily calls, with the members that may have the destination: only a stranger's matters."""

INNER: Mapping[str, str] = {
    "athena:CreateDataCatalog": "parameters",
    "athena:CreateWorkGroup": "configuration",
    "athena:UpdateDataCatalog": "parameters",
    "athena:UpdateWorkGroup": "configurationUpdates",
    "bcm-data-exports:CreateExport": "export",
    "bcm-data-exports:UpdateExport": "export",
    "logs:CreateScheduledQuery": "destinationConfiguration",
    "logs:PutDeliveryDestination": "deliveryDestinationConfiguration",
    "logs:UpdateScheduledQuery": "destinationConfiguration",
}
"""Where the destination lies deeper, in the examples."""

TARGETS = ("destinationStreamArn", "functionArn", "queueUrl", "streamArn", "targetArn", "topicArn")
FOREIGN = "Stream of a service's data sent to another account"


def detect(event: Event) -> Match | None:
    source = thing_of(event)
    if event.action in AWAY:
        return sent_away(event, source)
    named = texts(event.get("requestParameters"), *TARGETS)
    if outside := next((arn for arn in named if is_foreign(arn, event)), ""):
        return Match(f"{event.action} {source} to {outside}", Severity.HIGH, source, FOREIGN)
    if event.caller in DEPLOYMENT:
        return None
    return Match(f"{event.action} {source}", subject=source)


def sent_away(event: Event, source: str) -> Match | None:
    """Tell of a call whose destination is an unknown account's."""
    members, _ = AWAY[event.action]
    held = list(values(event.get("requestParameters"), *members.split()))
    stranger = next(
        (a for a in accounts_in(held) if a != ANYONE and not event.knows_account(a)), ""
    )
    label = f"{event.action} {source} to account {stranger}"
    return Match(label, Severity.HIGH, source, FOREIGN) if stranger else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*CALLS, *AWAY],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1119"], Tactic.EXFILTRATION: ["T1020"]},
    response="Ask the caller who reads the stream. If nobody planned it, take it out, and find out "
    "which data went through it.",
    false_positives="An engineer sets up a pipeline of data by hand.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    table = "dynamodb:EnableKinesisStreamingDestination"
    outside: Fields = {"streamArn": STREAM.replace(ACCOUNT, OTHER_ACCOUNT)}
    sent = request(table, DEPLOYER, **CALLS[table] | outside)
    label = f"{table} orders to {outside['streamArn']}"
    yield alerts("outside", sent, severity=Severity.HIGH, subject="orders", label=label)
    for action, parameters in CALLS.items():
        yield alerts(action, request(action, **parameters), severity=Severity.MEDIUM)
    for action, (members, others) in AWAY.items():
        for account, story in ((OTHER_ACCOUNT, alerts), (ACCOUNT, silent)):
            place: Fields = {members.split()[-1]: f"arn:aws:lambda:us-east-1:{account}:function:f"}
            away_to = others | ({INNER[action]: place} if action in INNER else place)
            yield story(f"{action} to {account}", request(action, DEPLOYER, **away_to))
    queue = {"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{OTHER_ACCOUNT}:jobs"}}
    failed: Fields = {"functionName": "f", "destinationConfig": queue}
    away = request("lambda:PutFunctionEventInvokeConfig", **failed)
    to = f"lambda:PutFunctionEventInvokeConfig f to account {OTHER_ACCOUNT}"
    yield alerts("failures", away, severity=Severity.HIGH, subject="f", label=to)
    by_aws = request(table, aws_service("dms"), **CALLS[table] | outside)
    yield silent("by AWS itself", by_aws)
    yield silent("by the pipeline", request(table, DEPLOYER, **CALLS[table]))
    tried = refused(table, **CALLS[table] | outside)
    yield alerts("refused, outside", tried, severity=Severity.MEDIUM)
    yield alerts("refused", refused(table), severity=Severity.MEDIUM)
