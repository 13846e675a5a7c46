"""The calls of a drill. Each is harmless, is undone at once, and is what one rule has to see.

No call opens a way in, and none touches a thing that was there before. A thing that a call makes
is connected to nothing, or grants nothing to anybody.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore.exceptions import ClientError

from trailwarden.aws.drill.hands import code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trailwarden.aws.drill.hands import Hands

PREFIX = "harmless-trailwarden-drill-"
"""How all names begin. It is not how the stack's own names begin, which other rules guard."""

DESCRIPTION = "Made by trailwarden drill, which removes it at once"
EVERYBODY = "0.0.0.0/0"
DENIES_ALL = "AWSDenyAll"
"""AWS's managed policy that allows nothing, beside any other policy."""

_FEW, _MORE = 1_000, 60_000
"""Up to which port a group is opened: to another one each time, so that no drill is a routine."""

_PATIENCE = 10
"""How often a role that was just made is tried: IAM needs some seconds to tell all of AWS."""

_PAUSE_SECONDS = 3


@dataclass(frozen=True)
class Act:
    """One call of a drill."""

    name: str
    """The word that the command line knows it by."""

    action: str
    """The action, as IAM writes it."""

    rule_id: str
    """The rule that has to see it."""

    about: str
    """The thing that it makes, and why that is harmless."""

    make: Callable[[Hands, str], str]
    """Make the call with a name for things; return a text that is in the alert and in no other."""

    is_global: bool = False
    """Whether CloudTrail records the call in the Region of global services."""


def _open_group(hands: Hands, name: str) -> str:
    ec2 = hands.client("ec2")
    hands.undo(f"security group {name}", lambda: ec2.delete_security_group(GroupName=name))
    made = ec2.create_security_group(GroupName=name, Description=DESCRIPTION)["GroupId"]
    ports = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": _FEW + crc32(name.encode()) % _MORE}
    opened = ports | {"IpRanges": [{"CidrIp": EVERYBODY}]}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[opened])
    return str(made)


def _open_network_acl(hands: Hands, name: str) -> str:
    ec2 = hands.client("ec2")
    tags = [{"Key": "Name", "Value": name}]
    hands.undo(f"network ACL {name}", lambda: _remove_network_acls(ec2, name))
    made = ec2.create_network_acl(
        VpcId=_a_network(ec2),
        TagSpecifications=[{"ResourceType": "network-acl", "Tags": tags}],
    )["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=made,
        RuleNumber=50,
        Egress=False,
        RuleAction="allow",
        Protocol="-1",
        CidrBlock=EVERYBODY,
    )
    return str(made)


def _a_network(ec2: Any) -> str:
    networks = ec2.describe_vpcs(MaxResults=5)["Vpcs"]
    if not networks:
        raise LookupError("the Region has no VPC")
    return str(networks[0]["VpcId"])


def _remove_network_acls(ec2: Any, name: str) -> None:
    named = [{"Name": "tag:Name", "Values": [name]}]
    for found in ec2.describe_network_acls(Filters=named)["NetworkAcls"]:
        ec2.delete_network_acl(NetworkAclId=found["NetworkAclId"])


def _write_policy(hands: Hands, name: str) -> str:
    iam = hands.client("iam")
    arn = f"arn:{hands.partition}:iam::{hands.account_id}:policy/{name}"
    hands.undo(f"policy {arn}", lambda: iam.delete_policy(PolicyArn=arn))
    strong = {"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": "*"}
    iam.create_policy(PolicyName=name, Description=DESCRIPTION, PolicyDocument=_document(strong))
    return name


def _shorten_lives(hands: Hands, name: str) -> str:
    s3 = hands.client("s3")
    place = {"CreateBucketConfiguration": {"LocationConstraint": hands.region}}
    hands.undo(f"bucket {name}", lambda: s3.delete_bucket(Bucket=name))
    s3.create_bucket(Bucket=name, **({} if hands.region == "us-east-1" else place))
    day = {"ID": name, "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [day]})
    return name


def _purge_queue(hands: Hands, name: str) -> str:
    sqs = hands.client("sqs")
    hands.undo(f"queue {name}", lambda: sqs.delete_queue(QueueUrl=_url(sqs, name)))
    sqs.purge_queue(QueueUrl=sqs.create_queue(QueueName=name)["QueueUrl"])
    return name


def _url(sqs: Any, name: str) -> str:
    return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])


def _make_group(hands: Hands, name: str) -> str:
    iam = hands.client("iam")
    hands.undo(f"IAM group {name}", lambda: iam.delete_group(GroupName=name))
    iam.create_group(GroupName=name)
    return name


def _ask_in_vain(hands: Hands, name: str) -> str:
    """Ask to stop a trail that is not there, as a role that may do nothing."""
    iam = hands.client("iam")
    hands.undo(f"role {name}", lambda: iam.delete_role(RoleName=name))
    owner = {"AWS": f"arn:{hands.partition}:iam::{hands.account_id}:root"}
    made = iam.create_role(
        RoleName=name,
        Description=DESCRIPTION,
        AssumeRolePolicyDocument=_document(
            {"Effect": "Allow", "Principal": owner, "Action": "sts:AssumeRole"}
        ),
        PermissionsBoundary=f"arn:{hands.partition}:iam::aws:policy/{DENIES_ALL}",
    )["Role"]["Arn"]
    cloudtrail = _as_role(hands, made, name).client("cloudtrail")
    try:
        cloudtrail.stop_logging(Name=name)
    except ClientError as error:
        if code_of(error) not in {"AccessDenied", "AccessDeniedException"}:
            raise
    return name


def _as_role(hands: Hands, arn: str, name: str) -> Hands:
    """Take a role that was made just now."""
    for _ in range(_PATIENCE):
        try:
            return hands.as_role(arn, name)
        except ClientError as error:
            if code_of(error) != "AccessDenied":
                raise
            hands.pause(_PAUSE_SECONDS)
    return hands.as_role(arn, name)


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ACTS = (
    Act(
        "security-group",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2.security_group_opened",
        "A new security group admits SSH, and more, from everywhere. No machine is in it.",
        _open_group,
    ),
    Act(
        "network-acl",
        "ec2:CreateNetworkAclEntry",
        "ec2.network_acl_opened",
        "A new network ACL admits everything. No subnet has it.",
        _open_network_acl,
    ),
    Act(
        "policy",
        "iam:CreatePolicy",
        "iam.policy_grants_escalation",
        "A new policy allows to change policies. Nobody has it.",
        _write_policy,
        is_global=True,
    ),
    Act(
        "lifecycle",
        "s3:PutBucketLifecycleConfiguration",
        "s3.lifecycle_expires_soon",
        "Objects of a new bucket expire after a day. It is empty.",
        _shorten_lives,
    ),
    Act(
        "queue",
        "sqs:PurgeQueue",
        "sqs.queue_purged",
        "A new queue is purged. It is empty.",
        _purge_queue,
    ),
    Act(
        "trail",
        "cloudtrail:StopLogging",
        "cloudtrail.logging_stopped",
        "A new role that may do nothing asks to stop a trail that is not there. AWS refuses.",
        _ask_in_vain,
    ),
    Act(
        "group",
        "iam:CreateGroup",
        "iam.group_created_or_deleted",
        "A new IAM group has no members and no policies. A hunt records it, and mails nobody.",
        _make_group,
        is_global=True,
    ),
)
