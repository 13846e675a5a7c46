"""A deployed stack: what its template says, with the names that things got."""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden.local.cloud import ACCOUNT, REGION, Cloud
from trailwarden.local.problem import LocalError

_ARNS = {
    "AWS::CloudTrail::Trail": "cloudtrail:{region}:{account}:trail/{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
}

Properties = dict[str, Any]


class Stack:
    """A stack in the local AWS."""

    def __init__(self, cloud: Cloud, name: str, template: Mapping[str, Any]) -> None:
        self.name = name
        self._resources: Mapping[str, Any] = template["Resources"]
        pages = cloud.client("cloudformation").get_paginator("list_stack_resources")
        self._names = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=name)
            for resource in page["StackResourceSummaries"]
            if resource.get("PhysicalResourceId")
        }
        self._pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": name,
            "AWS::URLSuffix": "amazonaws.com",
        }

    def of_type(self, kind: str) -> Iterator[tuple[str, Properties]]:
        """Yield the resources of a type: how they are named, and what they are to be.

        A resource that the local AWS does not know has the name that the template has for it.
        """
        for logical_id, resource in self._resources.items():
            if resource["Type"] == kind:
                name = self._names.get(logical_id, logical_id)
                yield name, self._resolve(resource.get("Properties", {}))

    def _resolve(self, value: Any) -> Any:
        """Return a value of the template without CloudFormation's functions."""
        match value:
            case list():
                return [self._resolve(item) for item in value if item != {"Ref": "AWS::NoValue"}]
            case {"Ref": str(name)}:
                return self._pseudo.get(name) or self._names[name]
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self._resolve(parts))
            case dict() if any(key.startswith("Fn::") for key in value):
                raise LocalError(f"the template says {value}, which is not known here")
            case dict():
                return {key: self._resolve(item) for key, item in value.items()}
        return value

    def _attribute(self, logical_id: str, attribute: str) -> str:
        name = self._names.get(logical_id, logical_id)
        kind = self._resources[logical_id]["Type"]
        match attribute:
            case "Arn" if kind in _ARNS:
                last = name.rpartition("/")[2] if kind == "AWS::SQS::Queue" else name
                told = _ARNS[kind].format(region=REGION, account=ACCOUNT, name=last)
                return f"arn:aws:{told}"
            case "TopicArn":
                return name
            case "QueueName":
                return name.rpartition("/")[2]
            case "TopicName":
                return name.rpartition(":")[2]
        raise LocalError(f"the template asks for {attribute} of a {kind}, which is not known here")
