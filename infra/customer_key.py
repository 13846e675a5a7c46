"""Keys of the customer's own for all that a stack stores: table, queues, topics, logs, settings."""

from typing import NamedTuple

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import IConstruct

from infra.checks import in_region
from infra.config import Config
from infra.functions.function import Function
from infra.key_policy import key_policy
from infra.outputs import AlertBus
from infra.regions import sns_principal
from infra.topics import OperationsTopic

_USE = ("kms:Decrypt", "kms:GenerateDataKey*")
"""What SQS and SNS ask of who sends to a queue or a topic that has a key."""

_READS = {
    "detect": ("dynamodb", "sqs"),
    "dispatch": ("dynamodb", "sns", "sqs"),
    "history": (),
    "respond": ("dynamodb", "sns"),
    "sweep": ("dynamodb", "sns"),
}
"""The services through which a function has things decrypted, by its handler."""

_WRITES = {
    "detect": (),
    "dispatch": ("sns", "sqs"),
    "history": (),
    "respond": ("sns",),
    "sweep": ("sns",),
}
"""The services through which a function sends, which takes a data key."""


class Keys(NamedTuple):
    """The keys of a stack; one and the same where the customer brings it."""

    stored: kms.IKey
    """Encrypts the table, the queues, the alerts' topics, the logs and the functions' settings."""

    operations: kms.IKey
    """Encrypts the operations topic alone, which is heard when the other key is disabled."""


def encrypt(stack: Stack, config: Config) -> None:
    """Encrypt all that `stack` stores; nothing may be added to it afterwards."""
    keys = _keys(stack, config)
    for construct in stack.node.find_all():
        _encrypt_resource(construct, keys)
        if isinstance(construct, Function):
            _let_use(construct, keys)


def _encrypt_resource(construct: IConstruct, keys: Keys) -> None:
    arn = keys.stored.key_arn
    match construct:
        case dynamodb.CfnTable():
            construct.sse_specification = dynamodb.CfnTable.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=arn
            )
        case sqs.CfnQueue():
            construct.kms_master_key_id = arn
            construct.sqs_managed_sse_enabled = None
        case events.CfnEventBus() if isinstance(construct.node.scope, AlertBus):
            construct.kms_key_identifier = arn
        case sns.CfnTopic():
            told = isinstance(construct.node.scope, OperationsTopic)
            construct.kms_master_key_id = keys.operations.key_arn if told else arn
        case logs.CfnLogGroup():
            construct.kms_key_id = arn
        case lambda_.CfnFunction():
            construct.kms_key_arn = arn


def _let_use(function: Function, keys: Keys) -> None:
    """Let a function use the keys, through the services that store, and in no other way."""
    arns = list(dict.fromkeys(key.key_arn for key in keys))
    for sid, action, services in (
        ("DecryptWhatIsStored", "kms:Decrypt", _READS[function.handler_name]),
        ("EncryptWhatIsSent", "kms:GenerateDataKey", _WRITES[function.handler_name]),
    ):
        if services:
            function.allow(sid, [action], arns, {"StringEquals": _through(function, services)})


def _through(function: Function, services: tuple[str, ...]) -> dict[str, list[str]]:
    stack = Stack.of(function)
    return {"kms:ViaService": [f"{s}.{stack.region}.{stack.url_suffix}" for s in services]}


def _keys(stack: Stack, config: Config) -> Keys:
    if isinstance(config.customer_key, str):
        arn = in_region(config.customer_key, stack.region)
        key = kms.Key.from_key_arn(stack, "CustomerKey", arn)
        return Keys(key, key)
    has_bus = any(isinstance(construct, AlertBus) for construct in stack.node.find_all())
    stored = [
        _logs(stack),
        _rules(),
        *([_buses()] if has_bus else []),
        *([_topic(config)] if config.adopted_topic_arn else []),
    ]
    return Keys(
        _key(stack, "CustomerKey", "Encrypts what Trailwarden stores", stored),
        _key(stack, "OperationsKey", "Encrypts Trailwarden's alarms", [_alarms(stack), _rules()]),
    )


def _key(stack: Stack, id_: str, description: str, uses: list[iam.PolicyStatement]) -> kms.Key:
    return kms.Key(
        stack,
        id_,
        description=description,
        enable_key_rotation=True,
        pending_window=Duration.days(30),
        policy=key_policy(*uses),
        removal_policy=RemovalPolicy.RETAIN,  # the table, which is kept, cannot be read without
    )


def _logs(stack: Stack) -> iam.PolicyStatement:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html."""
    groups = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name="*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return iam.PolicyStatement(
        sid="LogGroupsOfThisAccount",
        principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
        actions=[
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
        ],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )


def _rules() -> iam.PolicyStatement:
    """Let EventBridge send to queues and topics: it brings neither account nor rule.

    The queues' policies say which rules may send.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    return iam.PolicyStatement(
        sid="RulesSend",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=list(_USE),
        resources=["*"],
    )


def _buses() -> iam.PolicyStatement:
    """Let EventBridge look at the key of a bus; `_rules` lets it use the key.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
    """
    return iam.PolicyStatement(
        sid="BusLooksAtItsKey",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["kms:DescribeKey"],
        resources=["*"],
    )


def _topic(config: Config) -> iam.PolicyStatement:
    """Let the topic that announces log files send to a queue."""
    region = config.adopted_topic_arn.split(":")[3]
    sender = sns_principal(topic_region=region, queue_region=config.home_region)
    return iam.PolicyStatement(
        sid="TopicOfTheBucketSends",
        principals=[iam.ServicePrincipal(sender)],
        actions=list(_USE),
        resources=["*"],
        conditions={"ArnEquals": {"aws:SourceArn": config.adopted_topic_arn}},
    )


def _alarms(stack: Stack) -> iam.PolicyStatement:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services."""
    alarms = stack.format_arn(
        service="cloudwatch",
        resource="alarm",
        resource_name="*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return iam.PolicyStatement(
        sid="AlarmsOfThisAccountPublish",
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions=list(_USE),
        resources=["*"],
        conditions={
            "ArnLike": {"aws:SourceArn": alarms},
            "StringEquals": {"aws:SourceAccount": stack.account},
        },
    )
