"""Tests that the policy of every service's resources is read."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from botocore.loaders import create_loader

from trailwarden.aws.api_models import MODEL, models_of, operations, services
from trailwarden.catalog import load
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, policy
from trailwarden.cloudtrail.samples import request as recorded
from trailwarden.services.resource_policies import EVENTS, grants, resource_of

READS = re.compile(
    r"(?:Get|List|Describe|Delete|Remove|Detach|Disassociate|Validate|Check|Simulate|Test|Start)[A-Z]"
)
IS_POLICY = re.compile(r".*polic(?:y|ies)(?:body|document|text|injson)?\Z")
IS_NO_ACCESS = re.compile(
    r"(?:answer|child|clientexperience|clientrouting|custom|dataprotection|dns|duringupdate|imagepull"
    r"|kms|lifecycle|notification|reputationentity|restart|retention|s3|security|session|ssl|stack|sts"
    r"|template|tls|usercontext|webappendpoint)polic"
)
"""Members that are policies of another kind, whatever request carries them."""

ADDED: Mapping[str, Any] = {"policy": policy("*", Principal={"AWS": OTHER_ACCOUNT})}

WITH_RULES_OF_THEIR_OWN = {
    "bedrock:PutResourcePolicy": "bedrock.resource_policy_changed",
    "ec2:ModifyVpcEndpoint": "ec2.endpoint_policy_opened",
    "iam:CreatePolicy": "iam.policy_grants_escalation",
    "iam:CreatePolicyVersion": "iam.policy_grants_escalation",
    "iam:CreateRole": "iam.role_trusts_outsiders",
    "iam:PutGroupPolicy": "iam.administrator_access_granted",
    "iam:PutRolePolicy": "iam.administrator_access_granted",
    "iam:PutUserPolicy": "iam.administrator_access_granted",
    "iam:UpdateAssumeRolePolicy": "iam.role_trusts_outsiders",
    "kms:CreateKey": "kms.key_opened",
    "kms:PutKeyPolicy": "kms.key_opened",
    "kms:ReplicateKey": "kms.key_opened",
    "s3:PutAccessGrantsInstanceResourcePolicy": "s3.access_point_opened",
    "s3:PutAccessPointPolicy": "s3.access_point_opened",
    "s3express:PutAccessPointPolicy": "s3.access_point_opened",
    "s3express:PutBucketPolicy": "s3.bucket_policy_opened",
    "s3:PutAccessPointPolicyForObjectLambda": "s3.access_point_opened",
    "s3:PutBucketPolicy": "s3.bucket_policy_opened",
    "s3:PutMultiRegionAccessPointPolicy": "s3.access_point_opened",
    "secretsmanager:PutResourcePolicy": "secretsmanager.policy_opened",
    "sso:PutInlinePolicyToPermissionSet": "sso.permission_set_made_admin",
}
"""Requests with a policy document that another rule reads."""

_SESSION = "it narrows what a session may do, and lets nobody in"
_CEDAR = "it is written in Cedar, and lets in whom a trust provider names"
_OTHER = "it is a policy of another grammar, and names no principal of AWS"
WAIVED = {
    "aoss:CreateAccessPolicy": "its principals are of the own account",
    "aoss:UpdateAccessPolicy": "its principals are of the own account",
    "config:PutOrganizationConfigRule": "its policy is a rule of Guard",
    "ecs:RegisterTaskDefinition": "its restart policy is no document",
    "fsx:CreateVolume": "its policies are of snapshots and tiers",
    "fsx:CreateVolumeFromBackup": "its policies are of snapshots and tiers",
    "fsx:UpdateVolume": "its policies are of snapshots and tiers",
    "workspaces-web:CreateBrowserSettings": "it sets up a browser",
    "workspaces-web:UpdateBrowserSettings": "it sets up a browser",
    "datazone:CreateDesignation": _CEDAR,
    "datazone:UpdateDesignation": _CEDAR,
    "ec2:CreateVerifiedAccessEndpoint": _CEDAR,
    "ec2:CreateVerifiedAccessGroup": _CEDAR,
    "ec2:CreateVpcEndpoint": "a new endpoint without a policy allows everything, as most do",
    "ec2:ModifyClientVpnEndpointAuthorizationPolicy": _CEDAR,
    "ec2:ModifyVerifiedAccessEndpointPolicy": _CEDAR,
    "ec2:ModifyVerifiedAccessGroupPolicy": _CEDAR,
    "eks:CreatePodIdentityAssociation": _SESSION,
    "eks:UpdatePodIdentityAssociation": _SESSION,
    "es:AddDirectQueryDataSource": "its principals are of the own account",
    "es:UpdateDirectQueryDataSource": "its principals are of the own account",
    "iot:CreatePolicy": "it goes to things by their certificates, and names no principal",
    "iot:CreatePolicyVersion": "it goes to things by their certificates, and names no principal",
    "logs:PutAccountPolicy": _OTHER,
    "logs:PutDataProtectionPolicy": _OTHER,
    "logs:PutIndexPolicy": _OTHER,
    "networkmanager:CreateCoreNetwork": _OTHER,
    "networkmanager:PutCoreNetworkPolicy": _OTHER,
    "aoss:CreateLifecyclePolicy": _OTHER,
    "aoss:CreateSecurityPolicy": _OTHER,
    "aoss:UpdateLifecyclePolicy": _OTHER,
    "aoss:UpdateSecurityPolicy": _OTHER,
    "s3express:PutAccessGrantsInstanceResourcePolicy": "only general purpose buckets have it",
    "s3express:PutAccessPointPolicyForObjectLambda": "only general purpose buckets have it",
    "s3express:PutMultiRegionAccessPointPolicy": "only general purpose buckets have it",
    "ssm:PutParameter": _OTHER,
    "sts:AssumeRole": _SESSION,
    "sts:AssumeRoleWithSAML": _SESSION,
    "sts:AssumeRoleWithWebIdentity": _SESSION,
    "transfer:CreateAccess": _SESSION,
    "transfer:CreateUser": _SESSION,
    "transfer:UpdateAccess": _SESSION,
    "transfer:UpdateUser": _SESSION,
}
"""Requests with a policy document that nobody has to read, each with its reason."""


def requests_with_policies() -> Iterator[str]:
    """Yield each request that carries a policy document, by the models that botocore ships."""
    for service in sorted(services()):
        for name in models_of(service):
            model = create_loader().load_service_model(name, MODEL)
            for operation, details in model["operations"].items():
                shape = details.get("input", {}).get("shape")
                if shape and not READS.match(operation) and carries(model["shapes"], shape):
                    yield f"{service}:{operation}"


def carries(shapes: Mapping[str, Any], name: str, depth: int = 2) -> bool:
    """Say whether a structure has a text that holds a policy, directly or not far below."""
    for member, value in shapes[name].get("members", {}).items():
        shape = shapes[value["shape"]]
        if shape["type"] == "string" and "enum" not in shape and is_access(member.lower()):
            return True
        if shape["type"] == "structure" and depth and carries(shapes, value["shape"], depth - 1):
            return True
    return False


def is_access(member: str) -> bool:
    return bool(IS_POLICY.match(member)) and not IS_NO_ACCESS.match(member)


@cache
def events_of(rule_id: str) -> frozenset[str]:
    [rule] = [rule for rule in load().rules if rule.id == rule_id]
    return frozenset(rule.events)


@pytest.mark.exhaustive
def test_every_request_with_a_policy_is_read_or_waived() -> None:
    found = set(requests_with_policies())
    assert len(found) > len(EVENTS) / 2
    unread = found - {*EVENTS} - WITH_RULES_OF_THEIR_OWN.keys() - WAIVED.keys()
    assert not unread, f"name them in EVENTS, or waive them with a reason: {sorted(unread)}"


def test_no_waiver_is_for_a_request_that_is_not_there() -> None:
    assert not WAIVED.keys() & {*EVENTS}
    known = {
        action
        for action in WAIVED
        if action.partition(":")[2] in operations(action.partition(":")[0])
    }
    assert known == WAIVED.keys()


@pytest.mark.parametrize(("action", "rule_id"), WITH_RULES_OF_THEIR_OWN.items())
def test_rules_of_their_own_look_at_them(action: str, rule_id: str) -> None:
    assert action in events_of(rule_id)


def test_a_resource_is_named_by_whatever_parameter_names_it() -> None:
    named = recorded("dsql:PutClusterPolicy", **ADDED, identifier="orders")
    assert resource_of(Event(named)) == "orders"
    assert resource_of(Event({"requestParameters": {"x": 1}})) == ""


@pytest.mark.parametrize(
    ("condition", "outside"),
    [
        (None, True),
        ({"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-theirs"}, True),
        ({"type": "StringEquals", "key": "aws:PrincipalAccount", "value": "111122223333"}, False),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, False),
        ("text", True),
    ],
)
def test_principals_beside_a_document_are_read_with_their_condition(
    condition: Any, outside: bool
) -> None:
    told = recorded("events:PutPermission", principal="*", condition=condition)
    assert bool(list(grants(Event(told)))) is outside


@pytest.mark.parametrize("junk", [None, True, "", [], {}, [None], [[]], {"items": []}, [{}]])
def test_junk_opens_nothing(junk: Any) -> None:
    for told in (junk, dict.fromkeys(("policy", "principal", "statements", "condition"), junk)):
        event = Event({"requestParameters": told, "eventSource": "sns.amazonaws.com"})
        assert not list(grants(event))
        assert resource_of(event) == ""
