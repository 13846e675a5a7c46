from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    policy,
    record,
    root,
    sso_user,
)
from trailwarden.environment import Environment
from trailwarden.services.iam import (
    SENSITIVE_CHANGES,
    administration,
    attaches_administration,
    entity_of,
    is_about_exempt_role,
    is_about_root,
    is_own_role,
    is_own_user,
    is_powerful,
    is_quarantine,
    names_no_user,
    policy_name,
    restricts,
    role_of,
    user_of,
)


def event(by: Fields, name: str = "CreateAccessKey", **what: Any) -> Event:
    return Event(record(f"iam:{name}", by, requestParameters=what))


def test_a_request_is_about_the_user_it_names() -> None:
    assert user_of(event(iam_user("alice"), userName="bob")) == "bob"


def test_a_request_that_names_nobody_is_about_the_one_in_the_answer() -> None:
    answer = {"accessKey": {"userName": "bob"}}
    answered = Event(record("iam:CreateAccessKey", root(), responseElements=answer))
    assert user_of(answered) == "bob"


def test_a_request_that_names_nobody_is_about_the_caller() -> None:
    assert user_of(event(iam_user("alice"))) == "alice"
    assert user_of(event(assumed_role("app"))) == ""


def test_users_act_on_themselves_whatever_the_case() -> None:
    assert is_own_user(event(iam_user("alice"), userName="Alice"))
    assert not is_own_user(event(iam_user("alice"), userName="bob"))
    assert not is_own_user(event(sso_user("alice"), userName="alice"))


def test_roles_act_on_themselves() -> None:
    assert is_own_role(event(assumed_role("app"), roleName="app"))
    assert not is_own_role(event(iam_user("app"), roleName="app"))
    assert not is_own_role(event(iam_user("alice")))


def test_root_acts_on_itself_where_it_names_no_user() -> None:
    serial = f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"
    assert is_about_root(event(root()))
    assert is_about_root(event(root(), userName="AWS ROOT USER", serialNumber=serial))
    assert not is_about_root(event(root(), userName="alice"))
    assert not is_about_root(event(iam_user("root"), userName="root"))


@pytest.mark.parametrize(
    ("what", "entity"),
    [
        ({"userName": "alice", "policyName": "p"}, "user alice"),
        ({"roleName": "app", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/p"}, "role app"),
        ({"groupName": "staff"}, "group staff"),
        ({"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/path/p"}, "policy p"),
        ({"policyName": "p"}, "policy p"),
        ({"policyName": 7}, ""),
    ],
)
def test_requests_are_about_users_groups_roles_or_policies(what: Any, entity: str) -> None:
    assert entity_of(event(root(), **what)) == entity


def refusal(by: Fields, name: str, resource: str) -> Event:
    message = f"User: x is not authorized to perform: iam:{name} on resource: {resource} because no"
    return Event(denied(f"iam:{name}", by, errorMessage=message))


@pytest.mark.parametrize(
    "resource", ["user bob", "user /staff/bob", f"arn:aws:iam::{ACCOUNT}:user/staff/bob"]
)
def test_a_refused_request_is_about_the_user_that_the_refusal_names(resource: str) -> None:
    attempt = refusal(iam_user("alice"), "CreateAccessKey", resource)
    assert (user_of(attempt), entity_of(attempt)) == ("bob", "user bob")
    assert not is_own_user(attempt)


def test_a_refused_request_is_about_the_role_that_the_refusal_names() -> None:
    attempt = refusal(assumed_role("app"), "PutRolePolicy", "role app")
    assert (role_of(attempt), entity_of(attempt), user_of(attempt)) == ("app", "role app", "")
    assert is_own_role(attempt)


def test_a_virtual_mfa_device_is_its_users() -> None:
    resource = f"arn:aws:iam::{ACCOUNT}:mfa/alice"
    assert user_of(refusal(iam_user("mallory"), "DeleteVirtualMFADevice", resource)) == "alice"


def test_a_refusal_that_names_nothing_tells_no_entity() -> None:
    assert entity_of(Event(denied("iam:PutRolePolicy", iam_user("alice")))) == ""


EXEMPTING = Environment(
    deploy_roles=(
        f"arn:aws:iam::{ACCOUNT}:role/ci/deploy-*",
        f"arn:aws:iam::{OTHER_ACCOUNT}:role/build",
    ),
    security_roles=("arn:aws:iam::*:role/audit", "*:role/scan-??"),
)


@pytest.mark.parametrize("name", ["deploy-web", "audit", "scan-01"])
def test_a_request_with_a_roles_name_may_be_about_an_exempt_role_at_any_path(name: str) -> None:
    changed = record("iam:PutRolePolicy", root(), requestParameters={"roleName": name})
    assert is_about_exempt_role(Event(changed, EXEMPTING))


@pytest.mark.parametrize("name", ["app", "build", "my-deploy-web", "Audit", "", None])
def test_other_roles_are_not_exempt(name: str | None) -> None:
    changed = record("iam:PutRolePolicy", root(), requestParameters={"roleName": name})
    assert not is_about_exempt_role(Event(changed, EXEMPTING))


@pytest.mark.parametrize(("path", "exempt"), [("/ci/", True), ("/", False), (None, False)])
def test_the_creation_of_a_role_tells_its_path(path: str | None, exempt: bool) -> None:
    parameters = {"roleName": "deploy-web", "path": path}
    created = record("iam:CreateRole", root(), requestParameters=parameters)
    assert is_about_exempt_role(Event(created, EXEMPTING)) is exempt


def test_a_role_is_exempt_in_its_own_partition() -> None:
    environment = Environment(deploy_roles=(f"arn:aws-cn:iam::{ACCOUNT}:role/deploy",))
    deploy = {"roleName": "deploy"}
    by = root() | {"arn": f"arn:aws-cn:iam::{ACCOUNT}:root"}
    opened = record("iam:UpdateAssumeRolePolicy", by, requestParameters=deploy)
    assert is_about_exempt_role(Event(opened, environment))
    opened = record("iam:UpdateAssumeRolePolicy", root(), requestParameters=deploy)
    assert not is_about_exempt_role(Event(opened, environment))


def test_requests_that_name_no_user_are_about_root_or_the_caller() -> None:
    assert names_no_user(event(iam_user("alice")))
    assert names_no_user(event(root(), userName="AWS ROOT USER"))
    assert not names_no_user(event(root(), userName="alice"))


def test_everything_and_all_of_iam_make_an_administrator() -> None:
    everything = [policy("*"), policy("iam:*"), policy("iam:*", "arn:aws:iam::*:*")]
    assert all(administration(event(root(), policyDocument=d)) for d in everything)
    less = [policy("iam:Get*"), policy("iam:*", "arn:aws:iam::*:user/alice"), None]
    assert not any(administration(event(root(), policyDocument=d)) for d in less)


def test_administrator_access_is_attached_in_every_partition() -> None:
    for partition in ("aws", "aws-cn", "aws-us-gov"):
        arn = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
        assert attaches_administration(event(root(), "AttachRolePolicy", policyArn=arn))
        assert not attaches_administration(event(root(), "DetachRolePolicy", policyArn=arn))


def test_quarantine_policies_are_known_by_name() -> None:
    arn = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    assert is_quarantine(policy_name(event(root(), policyArn=arn)))
    assert is_quarantine("AWSExposedCredentialPolicy_DO_NOT_REMOVE")
    assert not is_quarantine("MyAWSCompromisedKeyQuarantineV3")


@pytest.mark.parametrize(
    "name",
    [
        "AWSDenyAll",
        "DenyAll",
        "team-boundary",
        "Guardrails",
        "RestrictRegions",
        "ForceMFA",
        "DenyWithoutMFA",
    ],
)
def test_names_tell_of_restrictions(name: str) -> None:
    assert restricts(name)


@pytest.mark.parametrize(
    "name",
    [
        *("AmazonGuardDutyReadOnlyAccess", "subscriptions", "identity", ""),
        *("trial-restricted-read", "denied-party-screening", "deny-list-reader"),
        *("boundary-survey-upload", "scp-transfer", "unrestricted", "guardhouse-rails-app"),
    ],
)
def test_names_that_resemble_restrictions_do_not(name: str) -> None:
    assert not restricts(name)


@pytest.mark.parametrize(
    ("role", "powerful"),
    [
        ("OrgAdmin", True),
        (f"arn:aws:iam::{ACCOUNT}:role/OrganizationAccountAccessRole", True),
        (
            f"arn:aws:iam::{ACCOUNT}:role/x/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            True,
        ),
        (f"arn:aws:iam::{ACCOUNT}:role/ci/ship", True),
        ("ship", True),
        ("shop-admin-portal-task", False),
        ("administration-of-invoices", False),
        (f"arn:aws:iam::{ACCOUNT}:role/admin/orders", False),
        ("", False),
    ],
)
def test_a_role_is_powerful_by_the_environment_or_its_whole_name(role: str, powerful: bool) -> None:
    ours = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/ci/ship",))
    request = Event(record("lambda:CreateFunction", root()), ours)
    assert is_powerful(role, request) is powerful


def test_no_event_is_listed_twice() -> None:
    assert len(SENSITIVE_CHANGES) == len(set(SENSITIVE_CHANGES))
