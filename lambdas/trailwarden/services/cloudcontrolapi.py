"""Reads what requests to Cloud Control API say of a resource: its type, and its properties as text.

https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations.html
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import text_of
from trailwarden.services.ec2 import is_accelerated, texts
from trailwarden.services.rds import is_false, is_true
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
    """Say whether a request deletes a resource that holds data."""
    return event.name == "DeleteResource" and event.request("typeName").startswith(_STORES)


def exposure_of(event: Event) -> str:
    """Return what a request opens to outsiders without a policy, in a few words."""
    kind = event.request("typeName")
    if kind.endswith(_OUTWARD):
        return ""
    found = (_exposed(part, kind, event) for part in properties_of(event))
    return next(filter(None, found), "")


def accelerated_type(event: Event) -> str:
    """Return the type of the machines with accelerators that a request has made, if any."""
    types = texts(properties_of(event), "InstanceType", "InstanceTypes")
    return next(filter(is_accelerated, types), "")


def _exposed(part: Mapping[str, Any], kind: str, event: Event) -> str:
    if part.get("AuthType") == "NONE" and kind == "AWS::Lambda::Url":
        return "anyone"
    if is_true(part.get("PubliclyAccessible")):
        return "the internet"
    if _unblocks(part):
        return "policies for anyone"
    if kind == "AWS::RAM::ResourceShare":
        named = [*accounts_in(part.get("Principals"))]
        return next((a for a in named if a == ANYONE or not event.knows_account(a)), "")
    world = [opening for opening in openings_of(part) if opening.is_world and opening.ports()]
    return world[0].text if world else ""


def _unblocks(part: Mapping[str, Any]) -> bool:
    """Say whether the public access block of a bucket is taken away, or a part of it."""
    block = part.get(_BLOCK)
    if isinstance(block, Mapping) and any(is_false(value) for value in block.values()):
        return True
    at = text_of(part.get("path")).split("/")
    return _BLOCK in at and (part.get("op") == "remove" or is_false(part.get("value")))


def _set_by(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the property that a step of a patch sets, as an object would hold it."""
    name = text_of(part.get("path")).rpartition("/")[2]
    sets = part.get("op") in ("add", "replace") and name and _OUTWARD not in text_of(part["path"])
    return {name: part.get("value")} if sets else {}
