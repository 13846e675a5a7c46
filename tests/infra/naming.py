"""Names a template's resources as CloudFormation does, and puts the names where they are used.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeAlias
from uuid import NAMESPACE_OID, uuid5

import pytest

from tests.infra.templates import ACCOUNT, REGION, Resources, of_type

LONGEST = "Company-security-detections-for-every-account-42"
"""A stack name of 48 characters, the most that `infra/config.py` admits."""

RANDOM = "1A2B3C4D5E6F"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"

Cut: TypeAlias = Callable[[str, str, int], str]
"""Makes a name of at most so many characters of a stack's name and a logical id."""

LIMITS = {
    "AWS::CloudWatch::Alarm": 255,
    "AWS::CloudWatch::CompositeAlarm": 255,
    "AWS::DynamoDB::Table": 255,
    "AWS::Events::EventBus": 256,
    "AWS::Events::Rule": 64,
    "AWS::Lambda::Function": 64,
    "AWS::Logs::LogGroup": 512,
    "AWS::SNS::Topic": 256,
    "AWS::SQS::Queue": 80,
    "AWS::Scheduler::Schedule": 64,
    "AWS::StepFunctions::StateMachine": 80,
}
NAMED = {
    "AWS::Events::Rule": "Name",
    "AWS::CloudFormation::StackSet": "StackSetName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
_ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::KMS::Key": f"kms:{{region}}:{{account}}:key/{KEY_ID}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
}


def cut_stack_name(stack_name: str, logical_id: str, limit: int) -> str:
    """Cut the stack's name, so that the logical id stays whole."""
    room = max(limit - len(logical_id) - len(RANDOM) - 2, 1)
    return f"{stack_name[:room]}-{logical_id}-{RANDOM}"[-limit:]


def cut_logical_id(stack_name: str, logical_id: str, limit: int) -> str:
    """Cut the end of both, so that the stack's name stays whole where it can."""
    return f"{f'{stack_name}-{logical_id}'[: limit - len(RANDOM) - 1]}-{RANDOM}"


def uuid(text: str) -> str:
    """Return an id that is one resource's alone."""
    return str(uuid5(NAMESPACE_OID, text))


CUTS: tuple[Cut, ...] = (cut_stack_name, cut_logical_id)
"""Which of the two CloudFormation does is not documented."""


@dataclass(frozen=True)
class Deployment:
    """A template whose resources have names."""

    found: Resources
    stack_name: str
    cut: Cut = cut_stack_name
    region: str = REGION
    account: str = ACCOUNT
    pseudo: dict[str, str] = field(
        default_factory=lambda: {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
    )

    def name(self, logical_id: str) -> str:
        """Return the physical name of a resource."""
        resource = self.found[logical_id]
        kind = resource["Type"]
        given = resource.get("Properties", {}).get(NAMED.get(kind, "Name"))
        if isinstance(given, str):
            return given
        name = self.cut(self.stack_name, logical_id, LIMITS.get(kind, 64))
        return name.lower() if kind == "AWS::S3::Bucket" else name

    def names(self, kind: str) -> list[str]:
        """Return the names of all resources of a kind, such as `SQS::Queue`."""
        return [self.name(logical_id) for logical_id in of_type(self.found, kind)]

    def arn(self, logical_id: str) -> str:
        """Return the ARN of a resource."""
        form = _ARNS[self.found[logical_id]["Type"]]
        bus = self.found[logical_id].get("Properties", {}).get("EventBusName")
        name = f"{self.resolve(bus)}/{self.name(logical_id)}" if bus else self.name(logical_id)
        place = {"region": self.region, "account": self.account, "name": name}
        return "arn:aws:" + form.format(**place)

    def resolve(self, value: Any) -> Any:  # noqa: PLR0911 - one for each intrinsic function
        """Return a value of the template with all that it refers to."""
        match value:
            case {"Ref": name}:
                return self.pseudo.get(name) or self._reference(name)
            case {"Fn::GetAtt": [logical_id, "Arn"]}:
                return self.arn(logical_id)
            case {"Fn::GetAtt": [logical_id, "Name" | "QueueName" | "TopicName"]}:
                return self.name(logical_id)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(map(self.resolve, parts))
            case {"Fn::Split": [separator, text]}:
                return self.resolve(text).split(separator)
            case {"Fn::Select": [index, parts]}:
                return self.resolve(parts)[int(index)]
            case dict():
                unknown = [key for key in value if key.startswith("Fn::")]
                assert not unknown, f"{unknown} cannot be resolved"
                return {key: self.resolve(below) for key, below in value.items()}
            case list():
                return [self.resolve(each) for each in value]
        return value

    def _reference(self, logical_id: str) -> str:
        """Return what `Ref` gives of a resource."""
        kind, name = self.found[logical_id]["Type"], self.name(logical_id)
        urls = {"AWS::SQS::Queue": f"https://sqs.{self.region}.amazonaws.com/{ACCOUNT}/{name}"}
        if kind in ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"):
            return self.arn(logical_id)
        if kind == "AWS::CloudFormation::StackSet":
            return f"{self.found[logical_id]['Properties']['StackSetName']}:{KEY_ID}"
        uuids = {"AWS::KMS::Key": KEY_ID, "AWS::Lambda::EventSourceMapping": uuid(logical_id)}
        return {**urls, **uuids}.get(kind, name)

    def patterns(self, part: str = "") -> dict[str, Any]:
        """Return the patterns of the EventBridge rules whose logical id holds `part`."""
        return {
            logical_id: self.resolve(rule["Properties"]["EventPattern"])
            for logical_id, rule in of_type(self.found, "Events::Rule").items()
            if part in logical_id
        }


def arn_like(arn: str, globs: list[str]) -> bool:
    """Match as `ArnLike` does: part by part between the colons."""
    parts = arn.split(":", 5)
    return any(
        len(glob.split(":", 5)) == len(parts) and all(map(fnmatchcase, parts, glob.split(":", 5)))
        for glob in globs
    )


def each(layouts: Iterable[str]) -> list[Any]:
    """Return layouts as parameters; most are for the exhaustive tests, as each takes seconds."""
    quick = {"own", "adopted"}
    return [
        pytest.param(layout, marks=[] if layout in quick else [pytest.mark.exhaustive])
        for layout in layouts
    ]
