from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    aws_service,
    iam_user,
    policy,
    record,
    root,
    service_linked_role,
    sso_user,
)
from trailwarden.environment import Environment
from trailwarden.services.iam import (
    SENSITIVE_CHANGES,
    administration,
    attaches_administration,
    entity_of,
    from_console,
    is_about_root,
    is_own_role,
    is_own_user,
    is_quarantine,
    policy_name,
    restricts,
    unattended,
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


def test_the_console_is_told_by_aws_alone() -> None:
    plain = record("iam:CreateUser", iam_user("alice"), userAgent="console.amazonaws.com")
    assert not from_console(Event(plain))
    assert from_console(Event({**plain, "sessionCredentialFromConsole": "true"}))
    assert from_console(Event({**plain, "sessionCredentialFromConsole": True}))
    assert from_console(Event({**plain, "sourceIPAddress": "AWS Internal"}))


def test_aws_and_deploy_roles_act_unattended_but_no_service_for_somebody() -> None:
    environment = Environment(deploy_roles=("*:role/deploy",))
    assert unattended(Event(record("iam:CreateRole", assumed_role("deploy")), environment))
    assert unattended(event(aws_service("cloudformation")))
    assert unattended(event(service_linked_role("AWSServiceRoleForSSO", "sso")))
    somebody = iam_user("mallory") | {"invokedBy": "cloudformation.amazonaws.com"}
    through = record("iam:CreateRole", somebody, sourceIPAddress="cloudformation.amazonaws.com")
    assert not unattended(Event(through))


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
    "name", ["DenyAll", "team-boundary", "Guardrails", "scp-copy", "RestrictRegions", "ForceMFA"]
)
def test_names_tell_of_restrictions(name: str) -> None:
    assert restricts(name)


@pytest.mark.parametrize("name", ["AmazonGuardDutyReadOnlyAccess", "subscriptions", "identity", ""])
def test_names_that_resemble_restrictions_do_not(name: str) -> None:
    assert not restricts(name)


def test_no_event_is_listed_twice() -> None:
    assert len(SENSITIVE_CHANGES) == len(set(SENSITIVE_CHANGES))
