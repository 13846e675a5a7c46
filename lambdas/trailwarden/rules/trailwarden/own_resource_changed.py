"""Part of the detection pipeline itself changed or deleted.

Whoever blinds this pipeline is not seen doing anything else. Its functions, queues, rules and
tables change when it is deployed, by the role that deploys it, and never otherwise.
"""

import re
from collections.abc import Iterator, Mapping

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.environment import Environment

TARGET = re.compile(r"on resource: (\S{1,300})")


def detect(event: Event) -> Match | None:
    if event.by_automation or not (event.succeeded or event.denied):
        return None
    owned = next(filter(event.environment.is_pipeline_resource, names(event)), "")
    if not owned:
        return None
    severity = None if event.succeeded else Severity.HIGH
    return Match(f"{event.name} {owned[-80:]}", severity=severity, subject=owned)


def names(event: Event) -> Iterator[str]:
    """Yield the names and ARNs that a request, its resources or its refusal is about."""
    refused = TARGET.search(event.error_message)
    told = event.get("requestParameters")
    values = told.values() if isinstance(told, Mapping) else ()
    found = [text_of(value) for each in values for value in listed(each)]
    found += [text_of(dig(r, "ARN")) or text_of(dig(r, "arn")) for r in event.listed("resources")]
    found += [refused.group(1)] if refused else []
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
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
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
        "s3:DeleteBucket",
        "s3:PutBucketLifecycle",
        "s3:PutBucketNotification",
        "s3:PutBucketPolicy",
        "sns:DeleteTopic",
        "sns:SetTopicAttributes",
        "sns:Unsubscribe",
        "sqs:DeleteQueue",
        "sqs:PurgeQueue",
        "sqs:SetQueueAttributes",
        "states:DeleteStateMachine",
        "states:UpdateStateMachine",
    ],
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Deploy the pipeline again, then read the trail itself, from the bucket, for what "
    "happened since. Disable the credentials that made the change.",
    false_positives="Repairs of the pipeline by hand: tell your colleagues first.",
)

ENVIRONMENT = Environment(
    pipeline_resources=("Trailwarden*", f"arn:aws:events:*:{ACCOUNT}:rule/Trailwarden*"),
    deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",),
)


def examples() -> Iterator[Example]:
    update, told = "lambda:UpdateFunctionCode20150331v2", {"functionName": "Trailwarden-Detect"}
    mallory = iam_user("mallory")
    yield alerts("its function", record(update, mallory, requestParameters=told))
    queue = {"queueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/Trailwarden-Events"}
    yield alerts("its queue", record("sqs:PurgeQueue", mallory, requestParameters=queue))
    rule = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/Trailwarden-Events"
    message = (
        f"User: x is not authorized to perform: events:DisableRule on resource: {rule} because"
    )
    yield alerts("a refusal", denied("events:DisableRule", mallory, errorMessage=message))
    yield silent("its deployment", record(update, assumed_role("deploy"), requestParameters=told))
    other = {"functionName": "orders"}
    yield silent("another function", record(update, mallory, requestParameters=other))
