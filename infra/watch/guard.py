"""The guard: tells of tampering with the pipeline itself, without any code of ours in between."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.ingest.event_rule import EventRule
from infra.ingest.logs import Logs


class Guard(Construct):
    """EventBridge rules over changes that would blind the pipeline; alarms count their matches.

    The events go to the detector too. What CloudFormation changes, as in a deployment, is let be.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        logs: Logs,
        events: sqs.Queue,
        undelivered: sqs.Queue,
    ) -> None:
        super().__init__(scope, id_)

        def watch(what: str, tampering: Sequence[dict[str, Any]]) -> EventRule:
            return EventRule(
                self,
                f"{what}Tampering",
                description=f"Matches changes that would blind the pipeline: {what.lower()}",
                pattern=_pattern(tampering),
                target_arn=events.queue_arn,
                undelivered=undelivered,
            )

        self.rules = {
            "Evidence": watch("Evidence", _evidence(logs)),
            "Pipeline": watch("Pipeline", _pipeline(Stack.of(self).stack_name)),
        }


def _pattern(tampering: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "source": [{"prefix": "aws."}],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "sourceIPAddress": [{"anything-but": ["cloudformation.amazonaws.com"]}],
            "$or": tampering,
        },
    }


def _evidence(logs: Logs) -> list[dict[str, Any]]:
    """Return what anybody can do to trails, and to the bucket and the key of the log files."""
    trail = ("DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail")
    policy = ("DeleteBucketPolicy", "PutBucketPolicy")
    bucket = ("DeleteBucket", *policy, "PutBucketLifecycle", "PutBucketNotification")
    key = ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion")
    key_id = {"keyId": [logs.key_arn, logs.key_arn.rpartition("/")[2]]}
    return [
        _done("cloudtrail", trail),
        _done("s3", bucket, {"bucketName": [logs.bucket_name]}),
        *([_done("kms", key, key_id)] if logs.key_arn else []),
    ]


def _pipeline(stack_name: str) -> list[dict[str, Any]]:
    """Return what anybody can do to what the stack made, all of which bears its name."""
    ours = {"prefix": f"{stack_name}-"}
    arn = {"wildcard": f"*:{stack_name}-*"}
    url = {"wildcard": f"*/{stack_name}-*"}
    function = ("DeleteFunction20150331", "PutFunctionConcurrency20171031")
    return [
        _done("events", ("DeleteRule", "DisableRule", "PutRule"), {"name": [ours]}),
        _done("events", ("PutTargets", "RemoveTargets"), {"rule": [ours]}),
        _done("lambda", function, {"functionName": [ours, arn]}),
        _done("sqs", ("DeleteQueue", "PurgeQueue", "SetQueueAttributes"), {"queueUrl": [url]}),
        _done("sns", ("DeleteTopic", "SetTopicAttributes"), {"topicArn": [arn]}),
        _done("dynamodb", ("DeleteTable", "UpdateTable"), {"tableName": [ours]}),
        _done("scheduler", ("DeleteSchedule", "UpdateSchedule"), {"name": [ours]}),
    ]


def _done(
    service: str, names: Sequence[str], parameters: dict[str, list[Any]] | None = None
) -> dict[str, Any]:
    """Return what selects calls to a service, by their names and what they name."""
    requested = {"requestParameters": parameters} if parameters else {}
    return {"eventSource": [f"{service}.amazonaws.com"], "eventName": list(names)} | requested
