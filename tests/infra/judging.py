"""Judges requests by the policies of a template's resources, as AWS judges them."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from tests.infra.templates import ACCOUNT, REGION, Resources, of_type

POLICIES = {
    "DynamoDB::Table": ("DynamoDB::Table", "ResourcePolicy"),
    "KMS::Key": ("KMS::Key", "KeyPolicy"),
    "S3::Bucket": ("S3::BucketPolicy", "Bucket"),
    "SNS::Topic": ("SNS::TopicPolicy", "Topics"),
    "SQS::Queue": ("SQS::QueuePolicy", "Queues"),
    "SecretsManager::ResourcePolicy": ("SecretsManager::ResourcePolicy", "ResourcePolicy"),
}
"""What holds the policy of a resource: the resource itself, or one that names it."""


class Caller(NamedTuple):
    """Who asks: a principal whose own policies allow everything, or a service."""

    arn: str = ""
    service: str = ""
    source_arn: str = ""

    @property
    def context(self) -> Mapping[str, str]:
        """The condition keys of the request."""
        if self.service:
            return {
                "aws:PrincipalIsAWSService": "true",
                "aws:SecureTransport": "true",
                "aws:SourceAccount": ACCOUNT,
                "aws:SourceArn": self.source_arn,
            }
        return {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalIsAWSService": "false",
            "aws:SecureTransport": "true",
            "s3:TlsVersion": "1.3",
        }


def rule(name: str) -> Caller:
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"
    return Caller(service="events.amazonaws.com", source_arn=arn)


def role(found: Resources, begins: str) -> Caller:
    """Return the role of the template whose logical id begins so."""
    [name] = [name for name in of_type(found, "IAM::Role") if name.startswith(begins)]
    return Caller(arn=f"arn:aws:iam::{ACCOUNT}:role/{name}")


def plain(value: Any) -> str:
    """Return a value of the template as text: a role by its logical id, the rest as it is."""
    match value:
        case {"Fn::GetAtt": [name, _]}:
            return f"arn:aws:iam::{ACCOUNT}:role/{name}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(plain(part) for part in parts)
        case {"Ref": "AWS::Partition"}:
            return "aws"
    return str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _holds(operator: str, key: str, wanted: Any, caller: Caller) -> bool:
    given = caller.context.get(key)
    negated = "Not" in operator
    if given is None:
        return negated or operator.endswith("IfExists")
    values = [plain(one) for one in _listed(wanted)]
    if operator.startswith("Numeric"):
        assert operator == "NumericLessThan"
        return any(float(given) < float(value) for value in values)
    return any(fnmatchcase(given, value) for value in values) is not negated


def applies(statement: Mapping[str, Any], action: str, caller: Caller) -> bool:
    """Say whether a statement of a resource's policy is about a caller's request."""
    principal = statement["Principal"]
    if not any(fnmatchcase(action, like) for like in _listed(statement["Action"])):
        return False
    service = plain(principal.get("Service", "")) if isinstance(principal, dict) else ""
    if service not in ("", caller.service):
        return False
    return all(
        _holds(operator, key, wanted, caller)
        for operator, conditions in statement.get("Condition", {}).items()
        for key, wanted in conditions.items()
    )


def policy_of(found: Resources, resource: str) -> Iterator[dict[str, Any]]:
    """Yield the statements of the policy of a resource, by its logical id."""
    kind = found[resource]["Type"].removeprefix("AWS::")
    holder, field = POLICIES[kind]
    for name, each in of_type(found, holder).items():
        told = each["Properties"]
        if holder != kind and f'"{resource}"' in json.dumps(told[field]):
            yield from told["PolicyDocument"]["Statement"]
        elif holder == kind and name == resource:
            document = told.get(field, {})
            yield from document.get("PolicyDocument", document).get("Statement", [])


def effects(found: Resources, resource: str, action: str, caller: Caller) -> list[str]:
    """Return what the policy of a resource says of a request: `Allow` and `Deny`."""
    return [s["Effect"] for s in policy_of(found, resource) if applies(s, action, caller)]


def may(found: Resources, resource: str, action: str, caller: Caller) -> bool:
    """Say whether a request is let through; IAM lets a principal of the account do all."""
    said = effects(found, resource, action, caller)
    return "Deny" not in said and (bool(caller.arn) or "Allow" in said)
