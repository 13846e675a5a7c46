"""Part of the detection pipeline changed.

An intruder who blinds this pipeline hides every later act. Its functions, queues, rules and tables
change when a deploy role deploys it, and never otherwise.
"""

import re
from collections.abc import Iterator, Mapping

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent

CHANGES = {
    "cloudcontrolapi": "DeleteResource UpdateResource",
    "cloudformation": "ContinueUpdateRollback DeleteStack DeleteStackInstances DeleteStackSet "
    "ExecuteChangeSet RollbackStack SetStackPolicy UpdateStack UpdateStackInstances "
    "UpdateStackSet UpdateTerminationProtection",
    "dynamodb": "DeleteResourcePolicy DeleteTable DisableKinesisStreamingDestination "
    "EnableKinesisStreamingDestination PutResourcePolicy UpdateContinuousBackups "
    "UpdateGlobalTable UpdateTable UpdateTimeToLive",
    "events": "DeleteEventBus DeleteRule DisableRule EnableRule PutPermission PutRule PutTargets "
    "RemovePermission RemoveTargets UpdateEventBus",
    "firehose": "DeleteDeliveryStream UpdateDestination",
    "iam": "AddRoleToInstanceProfile AttachRolePolicy DeleteRole DeleteRolePermissionsBoundary "
    "DeleteRolePolicy DetachRolePolicy PutRolePermissionsBoundary PutRolePolicy "
    "UpdateAssumeRolePolicy UpdateRole",
    "kms": "DeleteImportedKeyMaterial DisableKey PutKeyPolicy RevokeGrant ScheduleKeyDeletion "
    "UpdatePrimaryRegion",
    "lambda": "AddPermission CreateEventSourceMapping CreateFunctionUrlConfig "
    "DeleteEventSourceMapping DeleteFunction DeleteFunctionConcurrency "
    "DeleteFunctionEventInvokeConfig PutFunctionConcurrency PutFunctionEventInvokeConfig "
    "PutFunctionRecursionConfig PutRuntimeManagementConfig RemovePermission "
    "UpdateEventSourceMapping UpdateFunctionCode UpdateFunctionConfiguration "
    "UpdateFunctionEventInvokeConfig UpdateFunctionUrlConfig",
    "logs": "AssociateKmsKey DeleteLogGroup DeleteLogStream DeleteSubscriptionFilter "
    "DisassociateKmsKey PutDataProtectionPolicy PutRetentionPolicy PutSubscriptionFilter "
    "PutTransformer",
    "monitoring": "DeleteAlarms DisableAlarmActions PutAlarmMuteRule PutCompositeAlarm "
    "PutMetricAlarm SetAlarmState",
    "s3": "DeleteBucket DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketPolicy "
    "DeleteBucketReplication PutBucketAcl PutBucketEncryption PutBucketLifecycle "
    "PutBucketNotification PutBucketOwnershipControls PutBucketPolicy PutBucketReplication "
    "PutBucketRequestPayment PutBucketVersioning PutObjectLockConfiguration",
    "scheduler": "DeleteSchedule UpdateSchedule",
    "secretsmanager": "CancelRotateSecret CreateSecret DeleteResourcePolicy DeleteSecret "
    "PutResourcePolicy PutSecretValue RemoveRegionsFromReplication ReplicateSecretToRegions "
    "RotateSecret StopReplicationToReplica UpdateSecret UpdateSecretVersionStage",
    "sns": "AddPermission DeleteTopic PutDataProtectionPolicy RemovePermission "
    "SetSubscriptionAttributes SetTopicAttributes Subscribe Unsubscribe",
    "sqs": "AddPermission DeleteQueue PurgeQueue RemovePermission SetQueueAttributes "
    "StartMessageMoveTask",
    "states": "DeleteStateMachine UpdateStateMachine",
}
"""The acts that blind, weaken, redirect or starve a pipeline, by service."""

TARGET = re.compile(r"on resource: (\S{1,300})")


def detect(event: Event) -> Match | None:
    owned = next(filter(event.environment.is_pipeline_resource, names(event)), "")
    return Match(f"{event.name} {owned}", subject=owned) if owned else None


def names(event: Event) -> Iterator[str]:
    """Yield the names and ARNs that a request, its resources or its refusal is about."""
    refusal = TARGET.search(event.error_message)
    parameters, answer = event.get("requestParameters"), event.get("responseElements")
    values = parameters.values() if isinstance(parameters, Mapping) else ()
    found = [text_of(value) for each in values for value in listed(each)]
    found += [text_of(name) for name in event.listed("requestParameters.muteTargets.alarmNames")]
    found += event.request("identifier").split("|")  # Cloud Control joins names, as of a policy
    found += [text_of(dig(answer, "functionArn"))]  # a trigger is named by an id of its own
    found += [text_of(dig(r, "ARN")) or text_of(dig(r, "arn")) for r in event.listed("resources")]
    found += [refusal.group(1)] if refusal else []
    for name in filter(None, found):
        yield name
        yield from name.split("/")[1:]  # the name of a stack stands before its id
        yield name.rpartition(":")[2]
        whole = name.rpartition(":")[0]  # the topic of a subscription, the function of a version
        yield whole
        yield whole.rpartition(":")[2]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"{service}:{name}" for service, names in CHANGES.items() for name in names.split()],
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
    pipeline_resources=("Trailwarden*", f"arn:aws:events:*:{ACCOUNT}:rule/Trailwarden*")
)


def examples() -> Examples:
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
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:Trailwarden-Operations"
    subscription = f"{topic}:0f0d8ab6-5f2e-4a0c-9e0d-1a2b3c4d5e6f"
    yield alerts("its subscription", request("sns:Unsubscribe", subscriptionArn=subscription))
    muted = request("monitoring:DisableAlarmActions", alarmNames=["Trailwarden-AlarmsNoLogFiles"])
    yield alerts("its alarm", muted)
    trigger = {"functionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{own}"}
    hidden: Fields = {"name": "m", "rule": {}, "muteTargets": {"alarmNames": ["Trailwarden-Lost"]}}
    yield alerts("its alarm is muted", request("monitoring:PutAlarmMuteRule", **hidden))
    named: Fields = {"typeName": "AWS::SQS::Queue", "identifier": queue}
    yield alerts("by Cloud Control", request("cloudcontrolapi:DeleteResource", **named))
    joined: Fields = {"typeName": "AWS::IAM::RolePolicy", "identifier": f"log|{own}-Role"}
    written = request("cloudcontrolapi:UpdateResource", **joined, patchDocument="[]")
    yield alerts("its role, by Cloud Control", written, subject=f"{own}-Role")
    action = "lambda:UpdateEventSourceMapping20150331"
    paused = request(action, answer=trigger, uUID="0f0d8ab6", enabled=False)
    yield alerts("its trigger", paused)
    hook = "Trailwarden/slack"
    redirected = request("secretsmanager:PutSecretValue", secretId=hook)
    yield alerts("the secret of an output", redirected, subject=hook)
    stack = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/trailwarden/0f0d8ab6-5f2e"
    removed = request("cloudformation:DeleteStack", stackName=stack)
    yield alerts("its stack, by its id", removed, subject="trailwarden")
    yield silent("another function", request(update, functionName="orders"))
