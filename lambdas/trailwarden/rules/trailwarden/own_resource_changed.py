"""Part of the detection pipeline changed.

An intruder who blinds this pipeline hides every later act. Its functions, queues, rules and tables
change when a deploy role deploys it, and never otherwise.
"""

import re
from collections.abc import Iterator, Mapping

from trailwarden import (
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
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.environment import Environment

TARGET = re.compile(r"on resource: (\S{1,300})")


def detect(event: Event) -> Match | None:
    owned = next(filter(event.environment.is_pipeline_resource, names(event)), "")
    return Match(f"{event.name} {owned}", subject=owned) if owned else None


def names(event: Event) -> Iterator[str]:
    """Yield the names and ARNs that a request, its resources or its refusal is about."""
    refusal = TARGET.search(event.error_message)
    parameters = event.get("requestParameters")
    values = parameters.values() if isinstance(parameters, Mapping) else ()
    found = [text_of(value) for each in values for value in listed(each)]
    found += [text_of(dig(r, "ARN")) or text_of(dig(r, "arn")) for r in event.listed("resources")]
    found += [refusal.group(1)] if refusal else []
    for name in filter(None, found):
        yield name
        yield name.rpartition("/")[2]
        yield name.rpartition(":")[2]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudformation:DeleteStack",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:UpdateStack",
        "dynamodb:DeleteTable",
        "dynamodb:UpdateTable",
        "events:DeleteRule",
        "events:DisableRule",
        "events:PutRule",
        "events:PutTargets",
        "events:RemoveTargets",
        "firehose:DeleteDeliveryStream",
        "firehose:UpdateDestination",
        "iam:AttachRolePolicy",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "kms:DisableKey",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
        "lambda:DeleteEventSourceMapping",
        "lambda:DeleteFunction",
        "lambda:PutFunctionConcurrency",
        "lambda:RemovePermission",
        "lambda:UpdateEventSourceMapping",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "logs:DeleteLogGroup",
        "logs:DeleteSubscriptionFilter",
        "monitoring:DeleteAlarms",
        "monitoring:DisableAlarmActions",
        "s3:DeleteBucket",
        "s3:PutBucketLifecycle",
        "s3:PutBucketNotification",
        "s3:PutBucketPolicy",
        "scheduler:DeleteSchedule",
        "scheduler:UpdateSchedule",
        "sns:DeleteTopic",
        "sns:RemovePermission",
        "sns:SetTopicAttributes",
        "sns:Unsubscribe",
        "sqs:DeleteQueue",
        "sqs:PurgeQueue",
        "sqs:RemovePermission",
        "sqs:SetQueueAttributes",
        "states:DeleteStateMachine",
        "states:UpdateStateMachine",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.HIGH),
    severity=Severity.CRITICAL,
    exempt_reason="Every deployment of the pipeline changes these resources.",
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Deploy the pipeline again. Then read the trail itself, from the bucket, for the acts "
    "since. Disable the credentials that made the change.",
    false_positives="An engineer repairs the pipeline by hand. Warn your colleagues first.",
)

ENVIRONMENT = Environment(
    pipeline_resources=("Trailwarden*", f"arn:aws:events:*:{ACCOUNT}:rule/Trailwarden*"),
)


def examples() -> Iterator[Example]:
    own = "Trailwarden-Detect"
    update = "lambda:UpdateFunctionCode20150331v2"
    changed = request(update, functionName=own)
    yield alerts("its function", changed, severity=Severity.CRITICAL, subject=own)
    queue = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/Trailwarden-Events"
    yield alerts("its queue", request("sqs:PurgeQueue", queueUrl=queue))
    rule = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/Trailwarden-Events"
    for action in RULE.events:
        message = f"User: x may not perform: {action} on resource: {rule} because"
        attempt = refused(action, fields={"errorMessage": message})
        yield alerts(f"refused {action}", attempt, severity=Severity.HIGH, subject=rule)
    bucket = "trailwarden-logs8c0de-1x2y3z"
    yield alerts("its bucket", request("s3:DeleteBucket", bucketName=bucket), subject=bucket)
    yield silent("another function", request(update, functionName="orders"))
