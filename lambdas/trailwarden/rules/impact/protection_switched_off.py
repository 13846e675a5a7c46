"""Protection against deletion switched off.

A graph, a cluster, a user pool or a log can refuse to be deleted. An intruder who wants to destroy
it first takes that lock away.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts, values
from trailwarden.services.things import thing_of

LOCKS: Mapping[str, tuple[str, Any, Any, Fields]] = {
    "aoss:UpdateCollection": ("deletionProtection", "DISABLED", "ENABLED", {"id": "c"}),
    "autoscaling:SetInstanceProtection": (
        "protectedFromScaleIn",
        False,
        True,
        {"instanceIds": ["i-1"], "autoScalingGroupName": "web"},
    ),
    "autoscaling:UpdateAutoScalingGroup": (
        "deletionProtection",
        "none",
        "prevent-all-deletion",
        {"autoScalingGroupName": "web"},
    ),
    "cognito-idp:UpdateUserPool": ("deletionProtection", "INACTIVE", "ACTIVE", {"userPoolId": "p"}),
    "datazone:UpdateDesignation": (
        "deletionProtection",
        False,
        True,
        {"domainIdentifier": "d", "identifier": "i"},
    ),
    "dsql:UpdateCluster": ("deletionProtectionEnabled", False, True, {"identifier": "c"}),
    "ecs:UpdateGateway": ("deletionProtection", False, True, {"gateway": "g"}),
    "eks:UpdateClusterConfig": ("deletionProtection", False, True, {"name": "prod"}),
    "elasticfilesystem:UpdateFileSystemProtection": (
        "replicationOverwriteProtection",
        "DISABLED",
        "ENABLED",
        {"fileSystemId": "fs-1"},
    ),
    "elasticmapreduce:SetTerminationProtection": (
        "terminationProtected",
        False,
        True,
        {"jobFlowIds": ["j-1"]},
    ),
    "logs:PutLogGroupDeletionProtection": (
        "deletionProtectionEnabled",
        False,
        True,
        {"logGroupIdentifier": "audit"},
    ),
    "neptune-graph:UpdateGraph": ("deletionProtection", False, True, {"graphIdentifier": "g"}),
    "quicksight:UpdateAccountSettings": (
        "terminationProtectionEnabled",
        False,
        True,
        {"awsAccountId": ACCOUNT, "defaultNamespace": "default"},
    ),
    "sms-voice:UpdatePhoneNumber": (
        "deletionProtectionEnabled",
        False,
        True,
        {"phoneNumberId": "p"},
    ),
    "sms-voice:UpdatePool": ("deletionProtectionEnabled", False, True, {"poolId": "p"}),
    "sms-voice:UpdateSenderId": (
        "deletionProtectionEnabled",
        False,
        True,
        {"senderId": "ACME", "isoCountryCode": "DE"},
    ),
    "ssm-incidents:UpdateDeletionProtection": ("deletionProtected", False, True, {"arn": "r"}),
    "verifiedpermissions:UpdatePolicyStore": (
        "deletionProtection",
        "DISABLED",
        "ENABLED",
        {"policyStoreId": "s", "validationSettings": {"mode": "STRICT"}},
    ),
}
"""Each lock, how a request says that it is off and on, and what else the request names."""
ATTRIBUTES = "requestParameters.attributes"
BALANCER = "elasticloadbalancing:ModifyLoadBalancerAttributes"
IMAGE = "ec2:DisableImageDeregistrationProtection"


def detect(event: Event) -> Match | None:
    thing = thing_of(event)
    if event.action == BALANCER and not any(map(unlocks, event.listed(ATTRIBUTES))):
        return None
    if event.action in (BALANCER, IMAGE):
        return Match(f"{event.service} {thing}", subject=thing)
    parameters = event.get("requestParameters")
    lock, off, _, _ = LOCKS[event.action]
    if str(off).lower() not in [str(value).lower() for value in values(parameters, lock)]:
        return None
    thing = thing or ", ".join(texts(parameters, "jobFlowIds", "logGroupIdentifier"))
    return Match(f"{event.service} {thing}", subject=thing)


def unlocks(attribute: object) -> bool:
    told = dig(attribute, "key"), text_of(dig(attribute, "value")).lower()
    return told == ("deletion_protection.enabled", "false")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[BALANCER, IMAGE, *LOCKS],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask the caller. If they do not mean to delete it, switch the protection on again. "
    "Look for other deletions of theirs.",
    false_positives="An engineer takes something down by hand.",
)


def examples() -> Examples:
    for action, (lock, off, on, others) in LOCKS.items():
        for value, story in ((off, alerts), (on, silent)):
            body: Fields = others | {lock: value}
            yield story(f"{action} {value}", request(action, **body))
    graph: Fields = {"graphIdentifier": "g", "deletionProtection": "false"}
    opened = request("neptune-graph:UpdateGraph", **graph)
    yield alerts("as text", opened, subject="g", label="neptune-graph g")
    jobs: Fields = {"jobFlowIds": ["j-1"], "terminationProtected": False}
    cluster = request("elasticmapreduce:SetTerminationProtection", **jobs)
    yield alerts("a cluster", cluster, subject="j-1")
    yield alerts("an image", request(IMAGE, imageId="ami-1"), subject="ami-1")
    for value, story in (("false", alerts), ("true", silent)):
        attributes = [{"key": "deletion_protection.enabled", "value": value}]
        yield story(value, request(BALANCER, loadBalancerArn="lb", attributes=attributes))
    yield silent("refused", refused("neptune-graph:UpdateGraph"))
