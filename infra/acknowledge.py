"""Tells a finding of the template checks that is meant to be, and why."""

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Acknowledge a finding of cdk-nag's AwsSolutions, such as `S1` or `IAM5[Resource::*]`."""
    known = Acknowledgment(id=f"AwsSolutions::AwsSolutions-{finding}", reason=reason)
    Validations.of(construct).acknowledge(known)


def acknowledge_wildcard(construct: IConstruct, resource: str, reason: str) -> None:
    """Acknowledge that a policy names `resource`, which may hold tokens, with a wildcard."""
    told = _told(Stack.of(construct).resolve(resource))
    acknowledge(construct, f"IAM5[Resource::{told}]", reason)


def _told(resolved: Any) -> str:
    """Return a resource as cdk-nag writes it: `<Bucket.Arn>/*`."""
    match resolved:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_told(part) for part in parts)
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return f"<{logical_id}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
    return str(resolved)
