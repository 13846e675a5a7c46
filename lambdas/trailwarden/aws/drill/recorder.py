"""Writes down the calls of sessions as CloudTrail records them, as far as rules read that.

So a drill can say what its rules make of a call. The local deployment, which has no CloudTrail,
gets its events from here.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from trailwarden.aws.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3

    from trailwarden.cloudtrail.values import Record

GLOBAL_SERVICES = frozenset({"iam"})
"""The services whose calls are recorded in one Region of the partition."""

_HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
_KEPT = "trailwarden-drill"
_RENAMED = {
    ("CreateNetworkAclEntry", "Protocol"): "aclProtocol",
    ("PutBucketLifecycleConfiguration", "Bucket"): "bucketName",
}
"""The parameters whose names in a record are not those of the API."""


class Recorder:
    """The records of the calls that clients of some sessions make."""

    def __init__(self, deliver: Callable[[Record], None] = lambda _: None) -> None:
        """Take what gets each record as soon as it is there."""
        self.records: list[Record] = []
        self._deliver = deliver

    def listen(self, session: boto3.Session, identity: Mapping[str, Any]) -> None:
        """Record the calls of a session's clients from now on; `identity` is as a record has it."""
        events: Any = session.events
        events.register("before-parameter-build", _keep)
        events.register("after-call", partial(self._record, identity))

    def of(self, action: str) -> Record | None:
        """Return the record of the last call of an action; None where there is none."""
        service, _, name = action.partition(":")
        wanted = (f"{service}.amazonaws.com", name)
        found = (r for r in reversed(self.records) if (r["eventSource"], r["eventName"]) == wanted)
        return next(found, None)

    def _record(
        self,
        identity: Mapping[str, Any],
        /,
        *,
        parsed: Mapping[str, Any],
        model: Any,
        context: Mapping[str, Any],
        **_: Any,
    ) -> None:
        service, name = str(model.service_model.endpoint_prefix), str(model.name)
        error = parsed.get("Error", {})
        record = {
            "eventVersion": "1.11",
            "userIdentity": dict(identity),
            "eventTime": f"{now():%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": _region(service, context["client_region"], str(identity["arn"])),
            "sourceIPAddress": "198.51.100.7",
            "userAgent": "Boto3",
            "requestParameters": _parameters(service, name, context.get(_KEPT, {})),
            "responseElements": None,
            "requestID": str(uuid.uuid4()),
            "eventID": str(uuid.uuid4()),
            "readOnly": name.startswith(("Describe", "Get", "List")),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": identity["accountId"],
            "eventCategory": "Management",
        }
        if error:
            record |= {"errorCode": error.get("Code"), "errorMessage": error.get("Message")}
            record["requestParameters"] = None  # as most services have it
        self.records.append(record)
        self._deliver(record)


def identity_of(arn: str, account_id: str, *, role_arn: str = "") -> dict[str, Any]:
    """Return who makes a call, as a record has it, by the ARN that STS tells.

    `role_arn` is that of a session's role, with its path, where it is known.
    """
    kind, _, name = arn.rpartition(":")[2].partition("/")
    identity = {"principalId": account_id, "arn": arn, "accountId": account_id}
    if kind == "root":
        return {"type": "Root", **identity}
    if kind != "assumed-role":
        types = {"federated-user": "FederatedUser"}
        return {"type": types.get(kind, "IAMUser"), **identity, "userName": name.split("/")[-1]}
    role, _, session = name.partition("/")
    partition = arn.split(":")[1]
    issuer = {
        "type": "Role",
        "principalId": "AROAEXAMPLE",
        "arn": role_arn or f"arn:{partition}:iam::{account_id}:role/{role}",
        "accountId": account_id,
        "userName": role,
    }
    return {
        "type": "AssumedRole",
        **identity,
        "principalId": f"AROAEXAMPLE:{session}",
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {"sessionIssuer": issuer},
    }


def home_of_global(partition: str) -> str:
    """Return the Region in which global services record; nothing where that is not known."""
    return _HOMES.get(partition, "")


def _keep(*, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    context[_KEPT] = dict(params)


def _region(service: str, region: str, arn: str) -> str:
    if service in GLOBAL_SERVICES:
        return home_of_global(arn.split(":")[1]) or region
    return region


def _parameters(service: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as CloudTrail writes those of the services that a drill asks."""
    shaped = {
        _RENAMED.get((name, key), _lowered(key)): _lowly(value, lists=service == "ec2")
        for key, value in given.items()
        if service != "s3" or key == "Bucket"
    }
    rules = given.get("LifecycleConfiguration", {}).get("Rules")
    return shaped | ({"LifecycleConfiguration": {"Rule": rules}} if rules else {})


def _lowly(value: Any, *, lists: bool) -> Any:
    """Return a value with its names as CloudTrail writes them; EC2's lists are in `items`."""
    if isinstance(value, dict):
        return {_lowered(key): _lowly(below, lists=lists) for key, below in value.items()}
    if isinstance(value, list):
        items = [_lowly(below, lists=lists) for below in value]
        return {"items": items} if lists else items
    return value


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]
