"""Tests of which permissions the table of escalations knows, alone and together."""

from collections.abc import Sequence
from typing import Any

import pytest

from trailwarden.policy.escalation import Permissions


def found(*statements: Any) -> Sequence[str]:
    return [finding.action for finding in Permissions({"Statement": [*statements]}).findings]


def allow(action: str | list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*"}


@pytest.mark.parametrize(
    "action",
    [
        *("amplify:CreateApp", "appstream:CreateImageBuilder", "eks:CreateCapability"),
        *("fis:CreateExperimentTemplate", "sagemaker:CreateCluster", "ssm:CreateActivation"),
        "synthetics:CreateCanary",
    ],
)
def test_a_role_that_is_passed_to_a_service_that_runs_code_escalates(action: str) -> None:
    assert found(allow(["iam:PassRole", action]))
    assert not found(allow(action))


@pytest.mark.parametrize(
    ("action", "beside"),
    [
        ("codebuild:StartCommandExecution", "codebuild:StartSandbox"),
        ("ssm:UpdateDocumentDefaultVersion", "ssm:UpdateDocument"),
    ],
)
def test_what_needs_a_second_permission_escalates_with_it(action: str, beside: str) -> None:
    assert found(allow([action, beside])) == [f"{action} with {beside}"]
    assert not found(allow(action))
    assert not found(allow(beside))


@pytest.mark.parametrize(
    "action",
    [
        *("account-access:CreateEntitlement", "deadline:AssumeQueueRoleForUser"),
        "emr-containers:StartJobRun",
        *("kinesisanalytics:UpdateApplication", "lambda:CreateMicrovmShellAuthToken"),
        *("rolesanywhere:CreateTrustAnchor", "sso-directory:UpdatePassword"),
    ],
)
def test_what_runs_with_the_role_of_another_thing_escalates_alone(action: str) -> None:
    assert found(allow(action)) == [action]
