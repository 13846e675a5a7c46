"""Least privilege: what the roles in the template may do; test_day.py has what handlers do."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from tests.aws.calls import Use
from tests.infra.conftest import deployed
from tests.infra.templates import Resources, of_type
from trailwarden.contract.permissions import (
    FUNCTIONS,
    TRIGGERS,
    WILDCARDS,
    Target,
    permissions,
)

__all__ = ["deployed"]

CHOICES: dict[str, Any] = {
    "forward_regions": ["us-east-2"],
    "account_names": "organizations",
    "outputs": ["json", "eventbridge", "securityhub", "securitylake", "slack"],
    "lake_location": "s3://lake/ext/trailwarden/",
    "response": "dry_run",
    "response_asks": "critical",
    "routes": [{"addresses": ["ann@example.org"]}],
    "output_secrets": {
        "slack": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hook-AbCdEf"
    },
}


@pytest.fixture
def template(deployed: Callable[..., Resources]) -> Resources:
    return deployed(**CHOICES)


def statements(found: Resources, function: str) -> Iterator[dict[str, Any]]:
    """Yield the statements of a function's role."""
    for name, policy in of_type(found, "IAM::Policy").items():
        if name.startswith(f"{function.title()}FunctionRole"):
            yield from policy["Properties"]["PolicyDocument"]["Statement"]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


KINDS = {
    "AWS::DynamoDB::Table": "table",
    "AWS::KMS::Key": "key",
    "AWS::CloudTrail::Trail": "trail",
    "AWS::Events::EventBus": "eventbridge",
    "AWS::StepFunctions::StateMachine": "machine",
}


def called(found: Resources, resource: Any) -> str:
    """Return what a resource of the template is called in a recording."""
    text = resource if isinstance(resource, str) else json.dumps(resource)
    for part, name in {
        "us-east-2": "operations elsewhere",
        "/index/pending": "index",
        "AWSLogs/": "log files",
        "TrailLogsBucket": "log files",
        ":trail/": "trail",
        ":product/": "securityhub",
        ":secret:": "slack",
        ":lake/": "lake",
        "::lake/": "lake",
        "SealKey": "seal",
        "CanaryRole": "canary",
    }.items():
        if part in text:
            return name
    [logical_id] = [name for name in found if f'"{name}"' in text] or [text]
    kind = found.get(logical_id, {}).get("Type", "")
    if kind == "AWS::SNS::Topic":
        names = {
            "AlertsMail": "routed",
            "AlertsPeople": "people",
            "AlertsJson": "machines",
            "Operations": "operations",
        }
        return next(name for begins, name in names.items() if logical_id.startswith(begins))
    return KINDS.get(kind, logical_id)


def allowed(found: Resources, function: str) -> Iterator[tuple[str, Any]]:
    """Yield each action and resource of a function's role."""
    for statement in statements(found, function):
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield action, resource


LEFT = "sqs:SendMessage"
"""What the detector does with a file that is too large: tests/aws/test_flood.py has one, no day."""


def granted(found: Resources, function: str) -> set[Use]:
    """Return what the role of a function may do, but for its log, its triggers and `LEFT`."""
    triggers = {action for some in TRIGGERS.get(function, {}).values() for action in some}
    return {
        Use(function, action, called(found, resource))
        for action, resource in allowed(found, function)
        if action not in triggers | {LEFT} and not action.startswith("logs:")
    }


def test_without_names_from_organizations_nobody_may_ask_it(
    deployed: Callable[..., Resources],
) -> None:
    actions = {use.action for function in FUNCTIONS for use in granted(deployed(), function)}
    assert not [action for action in actions if action.startswith("organizations:")]


@pytest.mark.parametrize(
    ("function", "resources"),
    [
        ("detect", {Target.QUEUES: ("IngestLogsQueue", "IngestEventsQueue")}),
        (
            "dispatch",
            {
                Target.STREAM: ("StreamArn",),
                Target.STREAMS: ("/stream/*",),
                Target.UNSENT: ("DispatchUnsent",),
            },
        ),
    ],
)
def test_lambda_may_bring_events_and_nothing_else(
    template: Resources, function: str, resources: Mapping[Target, Sequence[str]]
) -> None:
    assert resources.keys() == TRIGGERS[function].keys()
    wanted = {
        (action, part)
        for target, parts in resources.items()
        for action in TRIGGERS[function][target]
        for part in parts
    }
    actions = {action for action, _ in wanted}
    every = [part for parts in resources.values() for part in parts]
    assert wanted == {
        (action, part)
        for action, resource in allowed(template, function)
        if action in actions
        for part in every
        if part in json.dumps(resource)
    }


def reasoned(target: Target) -> set[str]:
    """Return the actions on a target that has a `*` for a reason."""
    return {
        action
        for function in FUNCTIONS
        for action in permissions(function, account_names=True).get(target, ())
    }


def test_each_wildcard_has_its_reason(template: Resources) -> None:
    wide = {
        action
        for function in FUNCTIONS
        for action, resource in allowed(template, function)
        if "*" in json.dumps(resource)
    }
    assert wide == set().union(*map(reasoned, WILDCARDS))
    assert all(reason.endswith(".") for reason in WILDCARDS.values())


def test_nothing_can_be_deleted_but_messages() -> None:
    actions = {
        action
        for function in FUNCTIONS
        for some in permissions(function, account_names=True).values()
        for action in some
    }
    assert [action for action in sorted(actions) if "Delete" in action] == ["sqs:DeleteMessage"]
