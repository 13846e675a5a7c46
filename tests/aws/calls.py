"""Records which IAM actions the functions need, from the calls that their handlers make.

https://docs.aws.amazon.com/service-authorization/latest/reference/ has the actions of each call.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import boto3

HANDLERS = "trailwarden.handlers."
EVENT = "provide-client-params"
_PREFIXES = {"stepfunctions": "states"}
"""The prefixes of services whose actions bear other names."""
_ACTIONS = {"PublishBatch": "Publish"}
"""The actions of calls that bear other names."""


class Use(NamedTuple):
    """What a function did, and to what."""

    function: str
    action: str
    resource: str


class Calls:
    """Listens to the clients of the default session."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Listen; `names` has what a table, bucket or ARN is called here."""
        self._names = names
        self.uses: set[Use] = set()
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.register(EVENT, self._record)

    def stop(self) -> None:
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.unregister(EVENT, self._record)

    def _record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if function := _acting():
            service = str(model.service_model.service_name)
            for action, resource in _needed(service, str(model.name), params):
                self.uses.add(Use(function, action, self._names.get(resource, resource)))


def _acting() -> str:
    """Return the function whose handler is running; nothing where it is a test that calls."""
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(HANDLERS):
            return name.removeprefix(HANDLERS)
    return ""


def _needed(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the actions that a call needs, with the resource of each."""
    match service, operation:
        case "s3", "GetObject" | "HeadObject":
            version = "Version" if "VersionId" in params else ""
            yield f"s3:GetObject{version}", params["Bucket"]
            yield "kms:Decrypt", "key"  # S3 decrypts on behalf of the caller
        case "s3", "ListObjectsV2" | "HeadBucket":
            yield "s3:ListBucket", params["Bucket"]
        case ("dynamodb", "DescribeTimeToLive") | ("sts", "GetCallerIdentity"):
            return  # the canary's role may, and everybody
        case "dynamodb", "TransactWriteItems":
            for item in params["TransactItems"]:
                [(kind, write)] = item.items()
                action = kind if kind == "ConditionCheck" else kind.removesuffix("Item")
                yield f"dynamodb:{action}Item", write["TableName"]
        case "dynamodb", "BatchGetItem" | "BatchWriteItem":
            for table in params["RequestItems"]:
                yield f"dynamodb:{operation}", table
        case "dynamodb", _:
            table, index = params["TableName"], params.get("IndexName", "")
            yield f"dynamodb:{operation}", f"{table}/{index}" if index else table
        case "lambda", "Invoke":
            yield "lambda:InvokeFunction", params["FunctionName"]
        case _:
            operation = operation.replace("MessageBatch", "Message")
            yield (
                f"{_PREFIXES.get(service, service)}:{_ACTIONS.get(operation, operation)}",
                _resource(params),
            )


def _resource(params: Mapping[str, Any]) -> str:
    """Return what a call names as its resource."""
    first = (params.get("Entries") or params.get("Findings") or [{}])[0]
    names = (
        "TopicArn",
        "QueueUrl",
        "Name",
        "RoleArn",
        "KeyId",
        "SecretId",
        "Bucket",
        "stateMachineArn",
    )
    named = [
        *(params.get(name) for name in names),
        params.get("SubscriptionArn", "").rpartition(":")[0],
        *(isinstance(first, dict) and first.get(name) for name in ("EventBusName", "ProductArn")),
    ]
    return next((str(one) for one in named if one), "*")
