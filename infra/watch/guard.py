"""The guard: tells of tampering with the pipeline itself, without any code of ours in between."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from aws_cdk import CfnResource, Fn, Stack, Token
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.ingest.event_rule import EventRule, RuleNames
from infra.ingest.logs import Logs
from infra.ingest.redrive import RedriveRole
from trailwarden.contract.event_patterns import spellings

Selector: TypeAlias = dict[str, Any]
"""What selects calls of an event's `detail`."""


class Guard(Construct):
    """EventBridge rules over changes that would blind the pipeline; alarms count their matches.

    The events go to the detector too. It ignores changes by CloudFormation, as in a deployment. It
    guards the resources that the stack holds when it is made, so it is made last.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        logs: Logs,
        events: sqs.Queue,
        redrive: RedriveRole,
        undelivered: sqs.Queue,
    ) -> None:
        super().__init__(scope, id_)
        tampering = {
            "Evidence": _evidence(self, logs),
            "Input": _input(self, redrive),
            "Pipeline": _pipeline(self),
        }
        self.rules = {
            part: EventRule(
                self,
                f"{part}Tampering",
                name=f"{RuleNames.of(self).guard}{part}",
                description=f"Matches changes that would blind the pipeline: {part.lower()}",
                pattern=_pattern(selectors),
                target_arn=events.queue_arn,
                undelivered=undelivered,
            )
            for part, selectors in tampering.items()
        }


def _pattern(selectors: Sequence[Selector]) -> dict[str, Any]:
    return {
        "source": [{"prefix": "aws."}],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "sourceIPAddress": [{"anything-but": ["cloudformation.amazonaws.com"]}],
            "$or": list(selectors),
        },
    }


def _evidence(scope: Construct, logs: Logs) -> list[Selector]:
    """Return what anybody can do to trails, to the bucket of the log files, and to keys."""
    trail = ("DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail")
    policy = ("DeleteBucketPolicy", "PutBucketPolicy")
    bucket = ("DeleteBucket", *policy, "PutBucketLifecycle", "PutBucketNotification")
    key = ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion")
    keys = [_ending(key_id) for key_id in _attributes(scope, "KMS::Key")]
    if logs.shared and logs.key_arn:
        keys.append(_by_id(logs.key_arn))
    return [
        _calls("cloudtrail", trail),
        _calls("s3", bucket, bucketName=[logs.bucket_name]),
        *([_calls("kms", key, keyId=keys)] if keys else []),
    ]


def _input(scope: Construct, redrive: RedriveRole) -> list[Selector]:
    """Return what anybody can do to the stack's EventBridge rules and queues.

    To take the role that redrives is to be able to send what nobody else may.
    """
    rules = [{"prefix": name} for name in RuleNames.of(scope)]
    queues = [_ending(name) for name in _attributes(scope, "SQS::Queue", "QueueName")]
    return [
        _calls("events", ("DeleteRule", "DisableRule", "PutRule"), name=rules),
        _calls("events", ("PutTargets", "RemoveTargets"), rule=rules),
        _calls("sqs", ("DeleteQueue", "PurgeQueue", "SetQueueAttributes"), queueUrl=queues),
        _calls("sts", ("AssumeRole",), roleArn=[redrive.role_arn]),
    ]


def _pipeline(scope: Construct) -> list[Selector]:
    """Return what anybody can do to the stack's functions and what they need."""
    functions = _attributes(scope, "Lambda::Function")
    topics = [_ending(name) for name in _attributes(scope, "SNS::Topic", "TopicName")]
    tables = [_ending(name) for name in _attributes(scope, "DynamoDB::Table")]
    schedules = _attributes(scope, "Scheduler::Schedule")
    by_any_name = [value for name in functions for value in _function(name)]
    return [
        _calls("lambda", ("DeleteFunction", "PutFunctionConcurrency"), functionName=by_any_name),
        _calls("sns", ("DeleteTopic", "SetTopicAttributes"), topicArn=topics),
        _calls("dynamodb", ("DeleteTable", "UpdateTable"), tableName=tables),
        _calls("scheduler", ("DeleteSchedule", "UpdateSchedule"), name=schedules),
    ]


def _calls(service: str, names: Sequence[str], **parameters: Sequence[Any]) -> Selector:
    """Return what selects calls to a service, by their names and what they name."""
    spelled = [spelling for name in names for spelling in spellings(service, name)]
    selector = {"eventSource": [f"{service}.amazonaws.com"], "eventName": spelled}
    requested = {name: list(values) for name, values in parameters.items()}
    return selector | ({"requestParameters": requested} if requested else {})


def _attributes(scope: Construct, kind: str, attribute: str = "") -> list[str]:
    """Return what CloudFormation will name the stack's resources of a kind: never a guess of ours.

    It cuts long names, so they need not begin with the stack's. Without an attribute, it is what
    `Ref` gives.
    """
    constructs = Stack.of(scope).node.find_all()
    resources = [c for c in constructs if isinstance(c, CfnResource)]
    chosen = [r for r in resources if r.cfn_resource_type == f"AWS::{kind}"]
    return [Token.as_string(r.get_att(attribute)) if attribute else r.ref for r in chosen]


def _ending(name: str) -> dict[str, str]:
    """Match a name, and the URL or ARN that it ends; its random end is no other's."""
    return {"suffix": name}


def _function(name: str) -> list[dict[str, str]]:
    """Match a function's name, its ARN and any part of that, with and without a version.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
    """
    return [{"prefix": name}, {"wildcard": f"*:{name}*"}]


def _by_id(key_arn: str) -> dict[str, str]:
    """Match a key's ARN and its id, which is what people send."""
    return _ending(Fn.select(1, Fn.split("/", key_arn)))
