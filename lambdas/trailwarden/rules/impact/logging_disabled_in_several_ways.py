"""Logging turned off in several ways by one actor.

One log that ends may be somebody's thrift. Trail, flow logs, access logs and recorder, one after
the other, is somebody who does not want to be seen next.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record, dig, listed, text_of
from trailwarden.services.audit_settings import holds_security_logs, unrecorded

OFF = (False, "false")
CLUSTER_LOGGING = "logging.clusterLogging"


def detect(event: Event) -> str | None:
    request = event.get("requestParameters")
    if not event.succeeded or event.by_automation:
        return None
    request = request if isinstance(request, Mapping) else {}
    return event.action[:100] if ends_logging(event, request) else None


def ends_logging(event: Event, request: Mapping[str, Any]) -> bool:
    """Say whether a call that may also turn logging on, or concern other things, turns it off."""
    ends = ENDS.get(event.name)
    if event.name == "DeleteLogGroup":
        return holds_security_logs(event, text_of(request.get("logGroupName")))
    return ends is None or ends(request)


def ends_exports(request: Mapping[str, Any]) -> bool:
    exports = request.get("cloudwatchLogsExportConfiguration")
    return bool(listed(dig(exports, "disableLogTypes")))


def ends_bucket_logs(request: Mapping[str, Any]) -> bool:
    status = request.get("BucketLoggingStatus")
    return isinstance(status, Mapping) and not status.get("LoggingEnabled")


def ends_cluster_logs(request: Mapping[str, Any]) -> bool:
    return any(dig(setup, "enabled") in OFF for setup in listed(dig(request, CLUSTER_LOGGING)))


def ends_access_logs(request: Mapping[str, Any]) -> bool:
    classic = dig(request, "loadBalancerAttributes.accessLog.enabled")
    told = {text_of(dig(a, "key")): dig(a, "value") for a in listed(request.get("attributes"))}
    return classic in OFF or told.get("access_logs.s3.enabled") in OFF


ENDS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "ModifyDBCluster": ends_exports,
    "ModifyDBInstance": ends_exports,
    "ModifyLoadBalancerAttributes": ends_access_logs,
    "PutBucketLogging": ends_bucket_logs,
    "PutEventSelectors": lambda request: bool(unrecorded(request)),
    "UpdateClusterConfig": ends_cluster_logs,
    "UpdateDetector": lambda request: request.get("enable") in OFF,
}


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:DeleteModelInvocationLoggingConfiguration",
        "cloudtrail:DeleteTrail",
        "cloudtrail:PutEventSelectors",
        "cloudtrail:StopLogging",
        "config:DeleteConfigurationRecorder",
        "config:DeleteDeliveryChannel",
        "config:StopConfigurationRecorder",
        "ec2:DeleteFlowLogs",
        "eks:UpdateClusterConfig",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
        "guardduty:DeleteDetector",
        "guardduty:UpdateDetector",
        "logs:DeleteLogGroup",
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "route53resolver:DeleteResolverQueryLogConfig",
        "route53resolver:DisassociateResolverQueryLogConfig",
        "s3:PutBucketLogging",
        "wafv2:DeleteLoggingConfiguration",
    ],
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Deny everything to the role or user and revoke its sessions. Turn the trail and the "
    "recorder on again first, then the others, and go through what the caller did before.",
    false_positives="A whole environment taken down by hand; name the roles that deploy.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=60), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    trail, flows = call("cloudtrail:StopLogging"), call("ec2:DeleteFlowLogs", minute=10)
    status: dict[str, Any] = {"BucketLoggingStatus": {"xmlns": "http://s3.amazonaws.com"}}
    bucket = call("s3:PutBucketLogging", status, minute=20)
    yield alerts("three ways", trail, flows, bucket)
    eks = {"logging": {"clusterLogging": [{"types": ["audit"], "enabled": False}]}}
    cluster = call("eks:UpdateClusterConfig", eks, minute=30)
    attributes = {"attributes": [{"key": "access_logs.s3.enabled", "value": "false"}]}
    balancer = call("elasticloadbalancing:ModifyLoadBalancerAttributes", attributes, minute=5)
    yield alerts("others", trail, cluster, balancer)
    yield silent("two ways", trail, flows)
    yield silent("one way, thrice", flows, call("ec2:DeleteFlowLogs"), trail)
    on = {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "logs"}}}
    yield silent("the third turns on", trail, flows, call("s3:PutBucketLogging", on, minute=20))
    yield silent("too far apart", trail, flows, call("s3:PutBucketLogging", status, minute=61))


def call(action: str, request: dict[str, Any] | None = None, *, minute: int = 0) -> Record:
    return record(action, assumed_role("Ops"), minute=minute, requestParameters=request)
