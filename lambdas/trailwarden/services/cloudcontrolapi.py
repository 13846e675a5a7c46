"""Reads what requests to Cloud Control API say of a resource: its type, and its properties as text.

https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.policy.aws_accounts import LAYER_PUBLISHERS
from trailwarden.policy.conditions import Truth
from trailwarden.policy.document import VERSION, account_of
from trailwarden.policy.escalation import Permissions
from trailwarden.policy.known import is_known_account
from trailwarden.policy.lockout import (
    KEY_ACTIONS,
    left_by_denials,
    left_by_key_policy,
    log_services_refused,
)
from trailwarden.policy.managed_policies import Power, power_of
from trailwarden.services.ec2 import is_accelerated, texts, values
from trailwarden.services.rds import is_false, is_true
from trailwarden.services.resource_policies import READS
from trailwarden.services.security_groups import openings_of
from trailwarden.services.sharing import ANYONE, accounts_in

_STORES = (
    *("AWS::Backup::", "AWS::Cognito::UserPool", "AWS::DocDB::DB", "AWS::DynamoDB::Table"),
    *("AWS::EFS::FileSystem", "AWS::KinesisFirehose::", "AWS::Logs::LogGroup", "AWS::Neptune::DB"),
    *(
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DB",
        "AWS::Redshift::Cluster",
        "AWS::S3::Bucket",
    ),
    "AWS::SecretsManager::Secret",
)
_WATCHERS = (
    *(
        "AWS::AccessAnalyzer::",
        "AWS::Budgets::Budget",
        "AWS::CE::Anomaly",
        "AWS::CloudWatch::Alarm",
    ),
    *("AWS::Detective::", "AWS::EC2::FlowLog", "AWS::InspectorV2::", "AWS::Logs::MetricFilter"),
    *("AWS::Macie::", "AWS::Route53Resolver::ResolverQueryLoggingConfig", "AWS::WAFv2::WebACL"),
)
_PLACES = frozenset(
    {
        *("arn", "bucketarn", "deliverystreamarn", "destination", "destinationarn", "endpoint"),
        *("enrichment", "functionarn", "kmskeyarn", "kmskeyid", "kmsmasterkeyid", "layers"),
        *("queuearn", "target", "targetarn", "topicarn"),
    }
)
"""Properties, in lower case, that say where data go, whose code runs, or by whose key."""
RECEIVERS: Mapping[str, tuple[str, ...]] = {
    "AWS::CleanRooms::Collaboration": ("AccountId",),
    "AWS::CodeGuruProfiler::ProfilingGroup": ("Principals",),
    "AWS::Config::AggregationAuthorization": ("AuthorizedAccountId",),
    "AWS::Connect::DataLakeAssociation": ("TargetAccountId",),
    "AWS::DLM::LifecyclePolicy": ("TargetAccounts",),
    "AWS::EC2::NetworkInterfacePermission": ("AwsAccountId",),
    "AWS::EC2::TransitGatewayPeeringAttachment": ("PeerAccountId",),
    "AWS::EC2::VPCEndpointServicePermissions": ("AllowedPrincipals",),
    "AWS::EC2::VPCPeeringConnection": ("PeerOwnerId",),
    "AWS::ECR::ReplicationConfiguration": ("RegistryId",),
    "AWS::GlobalAccelerator::CrossAccountAttachment": ("Principals",),
    "AWS::ImageBuilder::DistributionConfiguration": ("TargetAccountIds", "UserIds"),
    "AWS::LakeFormation::Permissions": ("DataLakePrincipalIdentifier",),
    "AWS::LakeFormation::PrincipalPermissions": ("DataLakePrincipalIdentifier",),
    "AWS::LicenseManager::Grant": ("Principals",),
    "AWS::Lightsail::Bucket": ("ReadOnlyAccessAccounts",),
    "AWS::MediaConnect::FlowEntitlement": ("Subscribers",),
    "AWS::Oam::Link": ("SinkIdentifier",),
    "AWS::OpenSearchServerless::AccessPolicy": ("Principal",),
    "AWS::Proton::EnvironmentAccountConnection": ("ManagementAccountId",),
    "AWS::QBusiness::DataAccessor": ("Principal",),
    "AWS::QBusiness::Permission": ("Principal",),
    "AWS::QuickSight::Analysis": ("Principal",),
    "AWS::QuickSight::Dashboard": ("Principal",),
    "AWS::QuickSight::DataSet": ("Principal",),
    "AWS::QuickSight::DataSource": ("Principal",),
    "AWS::RAM::PrincipalAssociation": ("Principal",),
    "AWS::RAM::ResourceShare": ("Principals",),
    "AWS::Redshift::EndpointAuthorization": ("Account",),
    "AWS::S3::AccessGrant": ("GranteeIdentifier",),
    "AWS::S3::Bucket": ("Account", "BucketAccountId"),
    "AWS::SecurityLake::Subscriber": ("Principal",),
    "AWS::ServiceCatalog::PortfolioShare": ("AccountId",),
}
"""Types of resources by which another account gets something, and the properties that name it."""
_READ = (*KEY_ACTIONS, *dict.fromkeys(action for several in READS.values() for action in several))
_POLICIES = ("InlinePolicy", "PolicyDocument")
_ATTACHED = ("ManagedPolicies", "ManagedPolicyArns")
_POSITION = re.compile(r"/(?:-|\d+)\Z", re.ASCII)
_SIZES = ("DesiredCapacity", "DesiredCount", "InstanceCount", "MinSize")
_MANY, _NUMBER = 50, re.compile(r"\d{1,8}", re.ASCII)
_OUTWARD = "SecurityGroupEgress"
_BLOCK = "PublicAccessBlockConfiguration"


def properties_of(event: Event) -> list[Mapping[str, Any]]:
    """Return every object in a resource's properties; a patch stands for its values."""
    written = [event.request("desiredState"), event.request("patchDocument")]
    return list(objects(written))


def objects(properties: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object in a resource's properties, also those that are written as text."""
    waiting = [properties]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            value = parsed(value)
        if isinstance(value, Mapping):
            yield value
            if set_by := _set_by(value):
                yield set_by
            waiting.extend(v for k, v in value.items() if k != _OUTWARD)
        elif isinstance(value, list):
            waiting.extend(value)


def parsed(text: str) -> Any:
    """Return the object or list that a text holds as JSON; None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def deletes_data(event: Event) -> bool:
    """Say whether a request deletes a resource that holds data, or one that keeps watch."""
    kinds = (*_STORES, *_WATCHERS)
    return event.name == "DeleteResource" and event.request("typeName").startswith(kinds)


def exposure_of(event: Event) -> str:
    """Return what a request opens to outsiders without a policy, in a few words."""
    kind = event.request("typeName")
    if kind.endswith(_OUTWARD):
        return ""
    found = (_exposed(part, kind, event) for part in properties_of(event))
    return next(filter(None, found), "")


def lockout_of(statements: Sequence[Any], event: Event) -> str:
    """Say whom the policies of a resource leave in, or which logs they silence, if they do so.

    That is `open to nobody`, or `closed to` the services that write logs.
    """
    whole = {"Version": VERSION, "Statement": [*statements]}
    keys = (left_by_key_policy(d, event) for d in values(properties_of(event), "KeyPolicy"))
    if left := next(filter(None, keys), "") or left_by_denials(whole, _READ, event):
        return f"open to {left}"
    silenced = log_services_refused(whole, event)
    return f"closed to {', '.join(silenced)}" if silenced else ""


def website_of(event: Event) -> str:
    """Return the website that a request has events sent to, if there is one."""
    return next(iter(texts(properties_of(event), "InvocationEndpoint")), "")


def makes_administrator(event: Event) -> bool:
    """Say whether a user, role or permission set gets all of IAM, or loses its boundary."""
    return any(map(_administers, properties_of(event)))


def _administers(part: Mapping[str, Any]) -> bool:
    unbound = part.get("op") == "remove" and part.get("path") == "/PermissionsBoundary"
    written = (part[name] for name in _POLICIES if name in part)
    attached = (text_of(arn) for name in _ATTACHED for arn in listed(part.get(name)))
    return (
        unbound
        or any(Permissions(document).administers is Truth.ALWAYS for document in written)
        or any(power_of(arn) is Power.ADMINISTRATOR for arn in attached)
    )


def accelerated_type(event: Event) -> str:
    """Return the type of the machines with accelerators that a request has made, if any."""
    types = texts(properties_of(event), "InstanceType", "InstanceTypes")
    return next((kind for kind in types if is_accelerated(kind.removeprefix("ml."))), "")


def many_machines(event: Event) -> str:
    """Return how many machines a request has made, if they are many."""
    sizes = [str(size) for size in values(properties_of(event), *_SIZES)]
    most = max((int(size) for size in sizes if _NUMBER.fullmatch(size)), default=0)
    return f"{most} machines" if most >= _MANY else ""


def _exposed(part: Mapping[str, Any], kind: str, event: Event) -> str:
    if setting := _setting(part, kind):
        return setting
    if owner := _stranger_at(part, event):
        return f"account {owner}"
    if receiver := _receiver(part, kind, event):
        return receiver
    world = [opening for opening in openings_of(part) if opening.is_world and opening.ports()]
    return world[0].text if world else ""


def _receiver(part: Mapping[str, Any], kind: str, event: Event) -> str:
    """Return the unknown account, or `anyone`, that a property of the type names."""
    own = event.environment.organization_id
    held = [part.get(name) for name in RECEIVERS.get(kind, ())]
    named = accounts_in(held, organization_id=own)
    return next((a for a in named if a == ANYONE or not event.knows_account(a)), "")


def _setting(part: Mapping[str, Any], kind: str) -> str:
    """Return whom a setting of a resource lets in; nothing where none lets strangers in."""
    if part.get("AuthType") == "NONE" and kind == "AWS::Lambda::Url":
        return "anyone"
    if is_true(part.get("PubliclyAccessible")):
        return "the internet"
    if is_true(part.get("AllowFromPublic")) or "0.0.0.0/0" in listed(part.get("PublicAccessCidrs")):
        return "the internet"
    if is_true(part.get("AllowUnauthenticatedIdentities")):
        return "guests"
    return "policies for anyone" if _unblocks(part) else ""


def _stranger_at(part: Mapping[str, Any], event: Event) -> str:
    """Return the unknown account whose resource is a destination, code or key, if one is."""
    held = (v for k, value in part.items() if str(k).lower() in _PLACES for v in listed(value))
    arns = (text for text in map(text_of, held) if text.startswith("arn:"))
    owners = {account_of(arn) for arn in arns} - LAYER_PUBLISHERS - {""}
    return min((owner for owner in owners if not is_known_account(owner, event)), default="")


def _unblocks(part: Mapping[str, Any]) -> bool:
    """Say whether the public access block of a bucket is taken away, or a part of it."""
    block = part.get(_BLOCK)
    if isinstance(block, Mapping) and any(is_false(value) for value in block.values()):
        return True
    at = text_of(part.get("path")).split("/")
    return _BLOCK in at and (part.get("op") == "remove" or is_false(part.get("value")))


def _set_by(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the property that a step of a patch sets, as an object would hold it."""
    name = _POSITION.sub("", text_of(part.get("path"))).rpartition("/")[2]
    sets = part.get("op") in ("add", "replace") and name and _OUTWARD not in text_of(part["path"])
    return {name: part.get("value")} if sets else {}
