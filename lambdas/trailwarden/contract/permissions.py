"""The AWS actions of each function, by the resource that they are for.

The stack grants these and nothing else, and a test compares them with the calls that are made.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias


class Target(StrEnum):
    """What a function acts on. The value is the id of the statement in its role."""

    TABLE = "StateTable"
    INDEX = "PendingAlerts"
    STREAM = "TableStream"
    STREAMS = "TableStreams"
    UNSENT = "UnsentChanges"
    """The dead letters of the table's stream."""
    QUEUES = "WorkQueues"
    READER = "LogFileReader"
    """The role of the bucket's account that log files are read as, where there is one."""
    LOG_FILES = "LogFiles"
    LOG_KEY = "LogFileKey"
    LOG_LIST = "LogFileList"
    """The bucket of the log files, whose keys are listed below the trail's prefix."""
    TRAIL = "Trail"
    ALERT_TOPICS = "AlertTopics"
    ALERT_BUS = "AlertBus"
    """The bus of the output that goes out on one, where it is chosen."""
    SECURITY_HUB = "SecurityHub"
    """The product of the home account, where that output is chosen."""
    LAKE = "SecurityLake"
    """The objects below the place of the output `securitylake`, where it is chosen."""
    LAKE_ROLE = "SecurityLakeRole"
    """The role that they are written as, where there is one."""
    SECRETS = "OutputSecrets"
    """The secrets of the outputs over webhooks that are chosen."""
    OPERATIONS_TOPIC = "OperationsTopic"
    SUBSCRIPTIONS = "Subscriptions"
    """The topics whose subscriptions are looked at, those of other Regions included."""
    SEAL = "SealKey"
    """The key that makes the seals of what the functions write into the table."""
    CANARY = "Canary"
    """The role that makes the canary's requests."""
    MACHINE = "ResponseMachine"
    """The state machine of responses, where it asks about critical incidents by itself."""
    METRICS = "Metrics"
    ORGANIZATION = "Organization"
    PUBLIC_KEYS = "PublicKeys"
    """The keys that CloudTrail's digests are signed with, of each Region."""

    HISTORY = "HistoryResults"
    """The bucket of what histories find."""
    HISTORY_KEY = "HistoryKey"


Permissions: TypeAlias = Mapping[Target, tuple[str, ...]]

FUNCTIONS: Mapping[str, Permissions] = {
    "detect": {
        Target.TABLE: (
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        Target.QUEUES: ("sqs:DeleteMessage", "sqs:SendMessage"),
        Target.READER: ("sts:AssumeRole",),
        Target.LOG_FILES: ("s3:GetObject", "s3:GetObjectVersion"),
        Target.LOG_KEY: ("kms:Decrypt",),
        Target.PUBLIC_KEYS: ("cloudtrail:ListPublicKeys",),
        Target.SEAL: ("kms:GenerateMac",),
    },
    "dispatch": {
        Target.TABLE: (
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        Target.LOG_LIST: ("s3:ListBucket",),
        Target.LOG_FILES: ("s3:GetObject",),
        Target.LOG_KEY: ("kms:Decrypt",),
        Target.ALERT_TOPICS: ("sns:Publish",),
        Target.ALERT_BUS: ("events:PutEvents",),
        Target.SECURITY_HUB: ("securityhub:BatchImportFindings",),
        Target.SECRETS: ("secretsmanager:GetSecretValue",),
        Target.MACHINE: ("states:StartExecution",),
        Target.SEAL: ("kms:GenerateMac",),
    },
    "sweep": {
        Target.TABLE: (
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        Target.INDEX: ("dynamodb:Query",),
        Target.LOG_LIST: ("s3:ListBucket",),
        Target.LOG_FILES: ("s3:GetObject",),
        Target.LOG_KEY: ("kms:Decrypt",),
        Target.MACHINE: ("states:StartExecution",),
        Target.SEAL: ("kms:GenerateMac",),
        Target.ALERT_TOPICS: ("sns:Publish",),
        Target.ALERT_BUS: ("events:PutEvents",),
        Target.SECURITY_HUB: ("securityhub:BatchImportFindings",),
        Target.SECRETS: ("secretsmanager:GetSecretValue",),
        Target.LAKE: ("s3:PutObject",),
        Target.LAKE_ROLE: ("sts:AssumeRole",),
        Target.OPERATIONS_TOPIC: ("sns:Publish",),
        Target.SUBSCRIPTIONS: ("sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"),
        Target.TRAIL: ("cloudtrail:GetTrailStatus",),
        Target.CANARY: ("sts:AssumeRole",),
        Target.METRICS: ("cloudwatch:GetMetricData",),
    },
}
"""What the code of each function calls."""

HISTORY: Mapping[str, Permissions] = {
    "history": {
        Target.LOG_FILES: ("s3:GetObject",),
        Target.LOG_KEY: ("kms:Decrypt",),
        Target.HISTORY: ("s3:GetObject", "s3:PutObject"),
        Target.HISTORY_KEY: ("kms:Decrypt", "kms:GenerateDataKey"),
    },
}
"""What the function of histories calls, in a deployment that has one."""

RESPONSE: Mapping[str, Permissions] = {
    "respond": {
        Target.TABLE: (
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        Target.ALERT_TOPICS: ("sns:Publish",),
        Target.SEAL: ("kms:GenerateMac",),
    },
}
"""What the function calls that plans responses, where there is one. It does none of them."""

ACCOUNT_NAMES: Mapping[str, Permissions] = {
    "sweep": {
        Target.ORGANIZATION: ("organizations:ListAccounts",),
    },
}
"""What they call besides where Organizations is asked for the names of accounts."""

TRIGGERS: Mapping[str, Permissions] = {
    "detect": {
        Target.QUEUES: ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    },
    "dispatch": {
        Target.STREAM: (
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
        ),
        Target.STREAMS: ("dynamodb:ListStreams",),
        Target.UNSENT: ("sqs:SendMessage",),
    },
}
"""What Lambda itself does as a function's role, to bring it its events.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

WILDCARDS: Mapping[Target, str] = {
    Target.LOG_FILES: "The log files of every account, Region and day, and no other object.",
    Target.LAKE: "The objects below the place that lake_location names, and nothing beside it.",
    Target.STREAMS: "Lists the streams of the state table, and of no other.",
    Target.PUBLIC_KEYS: "ListPublicKeys reads what is public, and knows no resources.",
    Target.METRICS: "GetMetricData reads metrics and knows no resources.",
    Target.ORGANIZATION: "ListAccounts reads the whole organization and knows no resources.",
}
"""Why the resource of a statement holds a `*`."""


def permissions(function: str, *, account_names: bool = False) -> dict[Target, tuple[str, ...]]:
    """Return what a function may do, its triggers included; `account_names` is that choice."""
    choices = [ACCOUNT_NAMES] if account_names else []
    tables = [FUNCTIONS, HISTORY, RESPONSE, TRIGGERS, *choices]
    found: dict[Target, tuple[str, ...]] = {}
    for table in tables:
        for target, actions in table.get(function, {}).items():
            found[target] = tuple(sorted({*found.get(target, ()), *actions}))
    return found
