"""Logs of several kinds switched off by one principal.

One ended log may be a saving. A principal that ends trail, flow logs, access logs and recorder one
after the other wants to act unseen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import ValueCount, by_lineage
from trailwarden.detection.correlation import within
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.audit_settings import holds_security_logs, log_group_of, unrecorded
from trailwarden.services.ec2 import texts

OFF = (False, "false")
CLUSTER_LOGGING = "logging.clusterLogging"
NAMES = (
    "bucketName",
    "clusterName",
    "configurationRecorderName",
    "content",
    "dBClusterIdentifier",
    "dBInstanceIdentifier",
    "deliveryChannelName",
    "detectorId",
    "loadBalancerArn",
    "loadBalancerName",
    "logGroupName",
    "name",
    "resolverQueryLogConfigId",
    "resourceArn",
    "trailName",
)


@dataclass(frozen=True, kw_only=True)
class ActionCount(ValueCount):
    """At least `at_least` different actions within the timespan, on one resource or on several."""

    def may_hold(self, labels: Sequence[str]) -> bool:
        """Say whether there are enough events: labels tell more than actions."""
        return len(labels) >= self.least

    def counted(self, seen: Observation) -> str:
        """Return what an observation is counted as: its action."""
        return seen.action

    def add_up(
        self, observations: Sequence[Observation], at_least: int, timespan: timedelta
    ) -> Sequence[Observation]:
        """Return every observation within a timespan that holds enough different actions."""
        return within(observations, [seen.action for seen in observations], at_least, timespan)


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    parameters = parameters if isinstance(parameters, Mapping) else {}
    if not ends_logging(event, parameters):
        return None
    return Match(" ".join([event.action, *texts(parameters, *NAMES)]))


def ends_logging(event: Event, parameters: Mapping[str, Any]) -> bool:
    """Say whether a request switches logs off that may also switch them on, or do other things."""
    ends = ENDS.get(event.name)
    if event.name == "DeleteLogGroup":
        return holds_security_logs(event, log_group_of(event))
    return ends is None or ends(parameters)


def ends_exports(parameters: Mapping[str, Any]) -> bool:
    exports = parameters.get("cloudwatchLogsExportConfiguration")
    return bool(listed(dig(exports, "disableLogTypes")))


def ends_bucket_logs(parameters: Mapping[str, Any]) -> bool:
    status = parameters.get("BucketLoggingStatus")
    return isinstance(status, Mapping) and not status.get("LoggingEnabled")


def ends_cluster_logs(parameters: Mapping[str, Any]) -> bool:
    return any(dig(setup, "enabled") in OFF for setup in listed(dig(parameters, CLUSTER_LOGGING)))


def ends_access_logs(parameters: Mapping[str, Any]) -> bool:
    classic = dig(parameters, "loadBalancerAttributes.accessLog.enabled")
    attributes = listed(parameters.get("attributes"))
    switches = {text_of(dig(a, "key")): dig(a, "value") for a in attributes}
    return classic in OFF or switches.get("access_logs.s3.enabled") in OFF


ENDS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "ModifyDBCluster": ends_exports,
    "ModifyDBInstance": ends_exports,
    "ModifyLoadBalancerAttributes": ends_access_logs,
    "PutBucketLogging": ends_bucket_logs,
    "PutEventSelectors": lambda parameters: bool(unrecorded(parameters)),
    "UpdateClusterConfig": ends_cluster_logs,
    "UpdateDetector": lambda parameters: parameters.get("enable") in OFF,
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
    exempt=DEPLOYMENT,
    exempt_reason="A pipeline that takes an environment down ends its logs, too. The rules for the "
    "trail, the recorder and the detector exempt no pipeline.",
    outcome=SUCCEEDED,
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Deny everything to the role or user and revoke its sessions. Turn the trail and the "
    "recorder on again first, then the others. List the caller's earlier requests.",
    false_positives="An engineer takes a whole environment down by hand. Name the roles that "
    "deploy in `deploy_roles`.",
    correlation=ActionCount(at_least=3, timespan=timedelta(minutes=60), group_by=by_lineage),
)

EXPORTS = {"cloudwatchLogsExportConfiguration": {"disableLogTypes": ["audit"]}}
SWITCHED_OFF: dict[str, Fields] = {
    "cloudtrail:PutEventSelectors": {
        "trailName": "main",
        "eventSelectors": [{"includeManagementEvents": False, "readWriteType": "All"}],
    },
    "eks:UpdateClusterConfig": {
        "name": "prod",
        "logging": {"clusterLogging": [{"types": ["audit"], "enabled": False}]},
    },
    "elasticloadbalancing:ModifyLoadBalancerAttributes": {
        "loadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/web/1",
        "attributes": [{"key": "access_logs.s3.enabled", "value": "false"}],
    },
    "guardduty:UpdateDetector": {"detectorId": "d", "enable": False},
    "logs:DeleteLogGroup": {"logGroupName": "vpc-flow-logs"},
    "rds:ModifyDBCluster": {"dBClusterIdentifier": "payroll", **EXPORTS},
    "rds:ModifyDBInstance": {"dBInstanceIdentifier": "payroll", **EXPORTS},
    "s3:PutBucketLogging": {"bucketName": "plans", "BucketLoggingStatus": {"xmlns": "x"}},
}
SWITCHED_ON: dict[str, Fields] = {
    "eks:UpdateClusterConfig": {
        "name": "prod",
        "logging": {"clusterLogging": [{"types": ["audit"], "enabled": True}]},
    },
    "logs:DeleteLogGroup": {"logGroupName": "/app"},
    "s3:PutBucketLogging": {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "logs"}}},
}


def examples() -> Examples:
    trail = request("cloudtrail:StopLogging", name="main")
    flows = request("ec2:DeleteFlowLogs", minute=10)
    detector = request("guardduty:DeleteDetector", minute=20, detectorId="d")
    yield alerts("three ways", trail, flows, detector, label="cloudtrail:StopLogging main")
    for action in sorted(set(RULE.events) - {"cloudtrail:StopLogging", "ec2:DeleteFlowLogs"}):
        off = request(action, minute=20, **SWITCHED_OFF.get(action, {}))
        yield alerts(f"with {action}", trail, flows, off)
    yield silent("two ways", trail, flows)
    other = request("cloudtrail:StopLogging", minute=30, name="other")
    yield silent("two ways, on several resources", trail, flows, other)
    for action, parameters in SWITCHED_ON.items():
        on = request(action, minute=20, **parameters)
        yield silent(f"{action} of no security log", trail, flows, on)
