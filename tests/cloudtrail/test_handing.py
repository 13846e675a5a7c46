from typing import Any

import pytest

from trailwarden.aws.api_models import operations_answering
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.handing import handed_by
from trailwarden.cloudtrail.lineage import ACTIONS
from trailwarden.cloudtrail.passing import ROLE_TAKERS
from trailwarden.cloudtrail.role_samples import PASSES
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, refused, request
from trailwarden.policy.escalation_table import ESCALATIONS, LAUNCHES, Way

BOB = f"P:{ACCOUNT}:user/bob"
APP = f"R:{ACCOUNT}:role/app"
CREDENTIALS = "[sS]ecretAccessKey"

_REASONS = {
    "CloudTrail writes `sso` for its service": (
        "account-access:GetRoleCredentials",
        "awsssoportal:GetRoleCredentials",
    ),
    "trails record it as a data event, if at all": (
        "s3:CreateSession",
        "s3:GetDataAccess",
    ),
    "it renews the console's session, whose second it keeps": ("signin:CreateOAuth2Token",),
    "the service assumes a role for it, whose session bears the role's name": (
        "cloudwatch:GetSpaceCredentialsForOrganization",
        "cloudwatch:GetSpaceDataAccess",
        "datazone:GetConnection",
        "datazone:GetEnvironmentCredentials",
        "deadline:AssumeFleetRoleForRead",
        "deadline:AssumeFleetRoleForWorker",
        "deadline:AssumeQueueRoleForRead",
        "deadline:AssumeQueueRoleForUser",
        "deadline:AssumeQueueRoleForWorker",
        "lakeformation:AssumeDecoratedRoleWithSAML",
        "lakeformation:GetTemporaryDataLocationCredentials",
        "lakeformation:GetTemporaryGlueFunctionCredentials",
        "lakeformation:GetTemporaryGluePartitionCredentials",
        "lakeformation:GetTemporaryGlueTableCredentials",
        "ssm:GetAccessToken",
        "sts:GetDelegatedAccessToken",
    ),
    "the key reaches one store of the service, and no API": (
        "codepipeline:GetJobDetails",
        "codepipeline:GetThirdPartyJobDetails",
        "codepipeline:PollForJobs",
        "gamelift:CreateBuild",
        "gamelift:GetComputeAccess",
        "gamelift:RequestUploadCredentials",
        "lightsail:CreateBucketAccessKey",
        "lightsail:GetBucketAccessKeys",
    ),
}
SAID_ELSEWHERE = {operation: why for why, some in _REASONS.items() for operation in some}
"""Operations that hand out keys of AWS, and why no handle stands for these."""

NAMES_NO_PRINCIPAL = {
    "apigateway:PATCH": "IAM's name of requests whose events are named otherwise",
    "apigateway:POST": "IAM's name of requests whose events are named otherwise",
    "apigateway:PUT": "IAM's name of requests whose events are named otherwise",
    "cloudformation:CreateResource": "Cloud Control's name for IAM; its events are named otherwise",
    "cloudformation:UpdateResource": "Cloud Control's name for IAM; its events are named otherwise",
    "ec2:CreateFleet": "the instances come later, and only AWS names them",
    "ec2:CreateLaunchTemplate": "an instance is made of it by another request",
    "ec2:CreateLaunchTemplateVersion": "an instance is made of it by another request",
    "ec2:RequestSpotFleet": "the instances come later, and only AWS names them",
    "ec2:RequestSpotInstances": "the instances come later, and only AWS names them",
    "iam:UpdateSAMLProvider": "the provider vouches for people whom no request names",
    "imagebuilder:CreateInfrastructureConfiguration": "it names a profile, and no role",
}
"""Ways to another identity whose request does not say which one."""


def given(action: str, answer: Fields | None = None, by: Fields | None = None, **what: Any) -> Any:
    return set(handed_by(Event(request(action, by, answer=answer, **what))))


def test_a_key_and_its_user_are_handed_over() -> None:
    answer = {"accessKey": {"userName": "bob", "accessKeyId": "AKIANEW"}}
    assert given("iam:CreateAccessKey", answer, userName="bob") == {"K:AKIANEW", BOB}


def test_nobody_is_handed_what_is_their_own() -> None:
    bob, app = iam_user("bob"), assumed_role("app")
    assert given("iam:UpdateLoginProfile", by=bob, userName="Bob") == set()
    assert given("iam:PutRolePolicy", by=app, roleName="app") == set()


def test_a_key_that_is_switched_off_is_handed_to_nobody() -> None:
    assert (
        given("iam:UpdateAccessKey", userName="bob", accessKeyId="AKIAOLD", status="Inactive")
        == set()
    )
    assert BOB in given(
        "iam:UpdateAccessKey", userName="bob", accessKeyId="AKIAOLD", status="Active"
    )


def test_machines_are_handed_over_by_launching_and_by_entering_them() -> None:
    made = {"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}
    assert given("ec2:RunInstances", made) == {"W:i-1", "W:i-2"}
    assert given("ssm:SendCommand", instanceIds=["i-1", None]) == {"W:i-1"}
    assert given("ssm:StartSession", target="mi-1") == set()
    assert given("ecs:ExecuteCommand", {"taskArn": "arn:task"}) == {"W:arn:task"}


def test_a_refused_request_hands_over_nothing() -> None:
    assert handed_by(Event(refused("iam:CreateUser", userName="bob"))) == ()


@pytest.mark.parametrize("action", PASSES)
def test_each_request_that_passes_a_role_hands_it_over(action: str) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/service/app"
    assert APP in given(action, **PASSES[action](role))


def test_the_ways_of_privilege_escalation_hand_something_over() -> None:
    """Those on groups and policies name no principal; the rest has to be here."""
    ways = {e.action for e in ESCALATIONS if e.way is Way.TAKE or e.kind in ("user", "role")}
    named = ways | {launch.action for launch in LAUNCHES} | {*ROLE_TAKERS}
    assert named - {*ACTIONS, *NAMES_NO_PRINCIPAL} == set()


def test_each_operation_that_answers_with_a_key_is_read() -> None:
    asked = operations_answering(CREDENTIALS)
    assert {"sts:AssumeRole", "iam:CreateAccessKey"} <= asked.keys()
    assert asked.keys() - {*ACTIONS} == SAID_ELSEWHERE.keys()
