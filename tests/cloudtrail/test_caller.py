"""Who acted, by what AWS writes, and by no name that a caller chooses."""

from typing import Any

import pytest

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.caller import Caller, resembles_container, resembles_workload
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, request
from trailwarden.environment import Environment

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
HERE = Environment(
    deploy_roles=("arn:aws:iam::*:role/deploy*",),
    security_roles=("arn:aws:iam::*:role/audit",),
    deploy_role_origins={"arn:aws:iam::*:role/deploy-github": (PROVIDER, "203.0.113.0/24")},
    trusted_accounts=(OTHER_ACCOUNT,),
)


def caller(by: dict[str, Any], via: str = "", **fields: Any) -> Caller:
    return Event(request("s3:DeleteBucket", by, via=via, fields=fields), HERE).caller


def eks(host: str, account: str = ACCOUNT) -> dict[str, Any]:
    provider = f"arn:aws:iam::{account}:oidc-provider/{host}"
    return samples.assumed_role("web", webIdFederationData={"federatedProvider": provider})


@pytest.mark.parametrize(
    ("by", "kind"),
    [
        pytest.param(samples.aws_service("backup"), Caller.AWS, id="a service"),
        pytest.param({"accountId": ACCOUNT, "invokedBy": "AWS Internal"}, Caller.AWS, id="untyped"),
        pytest.param(
            samples.service_linked_role("AWSServiceRoleForECS", "ecs"), Caller.AWS, id="linked role"
        ),
        *(
            pytest.param(samples.assumed_role("x", path=f"/a:role/{path}/"), Caller.ROLE, id=path)
            for path in ("aws-service-role", "aws-reserved/sso.amazonaws.com")
        ),
        pytest.param(samples.assumed_role("deploy"), Caller.PIPELINE, id="a deploy role"),
        pytest.param(samples.assumed_role("audit"), Caller.SECURITY_TEAM, id="a security role"),
        pytest.param(samples.instance_role("web"), Caller.INSTANCE, id="an instance"),
        pytest.param(samples.function("thumbs", "web"), Caller.FUNCTION, id="a function"),
        pytest.param(samples.task("web"), Caller.TASK, id="a task"),
        pytest.param(samples.pod("web"), Caller.POD, id="a pod"),
        pytest.param(
            samples.token(
                "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
                "system:serviceaccount:shop:api",
            ),
            Caller.POD,
            id="a pod that asks for its session",
        ),
        pytest.param(
            samples.token("token.actions.githubusercontent.com", "system:serviceaccount:shop:api"),
            Caller.PERSON,
            id="the token of another provider",
        ),
        pytest.param(samples.sso_user("alice"), Caller.PERSON, id="Identity Center"),
        pytest.param({"type": "IdentityCenterUser"}, Caller.PERSON, id="an Identity Center user"),
        pytest.param(samples.root(), Caller.ROOT, id="root"),
        pytest.param(samples.USER, Caller.ACCESS_KEY, id="a long-term key"),
        pytest.param(
            samples.iam_user("bob", key="ASIAIOSFODNN7EXAMPLE"), Caller.ACCESS_KEY, id="its session"
        ),
        pytest.param(samples.iam_user("bob", key=""), Caller.PERSON, id="a user who signs in"),
        pytest.param(samples.ROLE, Caller.ROLE, id="a role"),
        pytest.param(
            samples.assumed_role("x", account="999988887777"), Caller.OUTSIDER, id="an outsider"
        ),
        pytest.param(
            samples.assumed_role("x", account=OTHER_ACCOUNT), Caller.ROLE, id="a trusted vendor"
        ),
        pytest.param(
            {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"},
            Caller.ANONYMOUS,
            id="nobody",
        ),
    ],
)
def test_each_kind_is_told_by_what_aws_writes(by: dict[str, Any], kind: Caller) -> None:
    assert caller(by) is kind


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(samples.assumed_role("AWSServiceRoleForSupport", "x"), id="linked by name"),
        pytest.param(samples.assumed_role("AWSReservedSSO_Admin_0", "eve"), id="sso by name"),
        pytest.param(samples.assumed_role("web", "i-0123456789abcdef0"), id="instance by session"),
        pytest.param(samples.assumed_role("web", "0" * 32), id="task by session"),
        pytest.param(samples.assumed_role("web", "AWSCloudFormation"), id="execution by session"),
        pytest.param(eks("oidc.eks.us-east-1.amazonaws.com.evil.example/id/A"), id="longer host"),
        pytest.param(eks("oidc.eks.evil.example/id/A"), id="another host"),
        pytest.param(
            eks("oidc.eks.us-east-1.amazonaws.com/id/A", "999988887777"), id="another's provider"
        ),
    ],
)
def test_a_name_that_a_caller_chooses_excuses_nobody(by: dict[str, Any]) -> None:
    assert caller(by) is Caller.ROLE


def test_a_record_without_the_issuer_tells_identity_center_by_the_name() -> None:
    by = {**samples.assumed_role("AWSReservedSSO_Admin_0", "alice"), "sessionContext": {}}
    assert caller(by) is Caller.PERSON


def test_a_service_event_is_awss_own_in_both_spellings() -> None:
    for spelling in ("AwsServiceEvent", "AWSServiceEvent"):
        assert caller(samples.ROLE, eventType=spelling) is Caller.AWS


def test_a_person_at_the_portal_is_a_person_though_the_service_writes_the_event() -> None:
    event = Event(samples.portal_sign_in("alice"), HERE)
    assert (event.caller, event.actor) == (Caller.PERSON, "alice")


@pytest.mark.parametrize("via", ["cloudformation", "cloudcontrolapi", "ssm", "aws-mcp"])
@pytest.mark.parametrize(
    ("by", "kind"),
    [(samples.USER, Caller.ACCESS_KEY), (samples.root(), Caller.ROOT), (samples.ROLE, Caller.ROLE)],
)
def test_a_request_through_a_service_is_its_callers_own(
    by: dict[str, Any], kind: Caller, via: str
) -> None:
    event = Event(request("s3:DeleteBucket", by, via=via), HERE)
    assert (event.caller, event.via) == (kind, f"{via}.amazonaws.com")


def test_invoked_by_beside_a_persons_address_is_no_service() -> None:
    by = samples.USER | {"invokedBy": "signin.amazonaws.com"}
    assert Event(request("support:CreateCase", by)).via == ""


def test_cloudformation_acts_in_its_execution_role_through_itself_alone() -> None:
    assert caller(samples.execution_role(), "cloudformation") is Caller.SERVICE_ROLE
    assert caller(samples.execution_role(), "ssm") is Caller.ROLE
    assert caller(samples.execution_role()) is Caller.ROLE


def test_services_that_only_act_in_passed_roles_are_known() -> None:
    assert caller(samples.ROLE, "backup") is Caller.SERVICE_ROLE
    assert caller(samples.USER, "backup") is Caller.ACCESS_KEY


def test_a_deploy_role_of_another_account_is_no_pipeline() -> None:
    assert caller(samples.assumed_role("deploy", account="999988887777")) is Caller.OUTSIDER
    assert caller(samples.assumed_role("deploy", account=OTHER_ACCOUNT)) is Caller.ROLE


def test_a_deploy_role_comes_from_where_it_comes_from() -> None:
    data: dict[str, Any] = {"webIdFederationData": {"federatedProvider": PROVIDER}}
    assert caller(samples.assumed_role("deploy-github", **data)) is Caller.PIPELINE
    role = samples.assumed_role("deploy-github")
    assert caller(role, sourceIPAddress="203.0.113.9") is Caller.PIPELINE
    assert caller(role, sourceIPAddress="198.51.100.7") is Caller.ROLE


def test_a_console_session_of_a_user_is_a_person() -> None:
    by = samples.iam_user("bob", key="ASIAIOSFODNN7EXAMPLE")
    assert caller(by, sessionCredentialFromConsole="true") is Caller.PERSON


def test_a_role_by_itself_is_no_person() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/web"
    assert caller({"type": "Role", "arn": role, "accountId": ACCOUNT}) is Caller.ROLE


def test_a_machines_session_name_adds_to_a_suspicion() -> None:
    names = {"i-0123456789abcdef0": True, "0" * 32: True, "alice": False}
    for name, suspected in names.items():
        event = Event(request("s3:ListBuckets", samples.assumed_role("web", name)))
        assert resembles_workload(event) is suspected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (samples.pod("web"), True),
        (samples.task("web"), True),
        (samples.assumed_role("web", "0" * 32), True),
        (samples.assumed_role("web", "eks-prod-web-7d"), True),
        (samples.assumed_role("web", "AWSCodeBuild-2f5e"), True),
        (samples.assumed_role("web", "alice"), False),
        (samples.instance_role("web"), False),
        (samples.function("eks-cleanup", "web"), False),
        (samples.sso_user("eks-alice"), False),
    ],
)
def test_a_container_is_told_by_its_credentials_or_its_session(
    by: samples.Fields, *, expected: bool
) -> None:
    assert resembles_container(Event(request("s3:ListBuckets", by))) is expected


def test_a_runner_is_no_container_whatever_its_session_is_called() -> None:
    token = {"federatedProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/gitlab.example.com"}
    runner = samples.assumed_role("ci", "eks-deploy", webIdFederationData=token)
    assert not resembles_container(Event(request("s3:ListBuckets", runner)))


@pytest.mark.parametrize("name", ["0f9de17a6465404e8b1b2356dc13c2f8", "i-0123456789abcdef0"])
def test_a_session_with_a_source_identity_is_no_machine_of_aws(name: str) -> None:
    """Roles Anywhere names sessions by the serial number of a certificate."""
    by = samples.assumed_role("Server", name, sourceIdentity="CN=build7.example.com")
    event = Event(request("s3:ListBuckets", by))
    assert not resembles_workload(event)
    assert not resembles_container(event)
