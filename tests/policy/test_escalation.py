import csv
import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT
from trailwarden.policy.conditions import Setting, Truth
from trailwarden.policy.document import VERSION
from trailwarden.policy.escalation import Permissions
from trailwarden.policy.escalation_table import ESCALATIONS, LAUNCHES
from trailwarden.policy.holder import Holder

REFERENCE = Path(os.environ.get("REFERENCE") or Path(__file__).parents[3] / "shared/reference")
PATHFINDING = REFERENCE / "map_pathfinding.csv"
NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)
SVC = Holder(setting=Setting(account_id=ACCOUNT, time=NOW), kind="user", name="svc")
IAM = f"arn:aws:iam::{ACCOUNT}"
OWN = f"{IAM}:user/svc"
CHOSEN = ("${aws:UserAgent}", "${aws:referer, 'x'}", "${AWS:SourceIdentity}")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
ELEMENTS = ["Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"]


def allow(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(actions, resources, **more), "Effect": "Deny"}


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def permissions(*statements: Mapping[str, Any], holder: Holder = SVC) -> Permissions:
    return Permissions({"Version": VERSION, "Statement": list(statements)}, holder)


def found(*statements: Mapping[str, Any], holder: Holder = SVC) -> list[str]:
    return [finding.action for finding in permissions(*statements, holder=holder).findings]


def certain(*statements: Mapping[str, Any], holder: Holder = SVC) -> list[str]:
    judged = permissions(*statements, holder=holder).findings
    return [finding.action for finding in judged if finding.is_plain]


ROLES = [
    "*",
    "arn:*",
    "arn:aws:iam",
    "arn:aws:iam::*",
    "arn:aws:iam::*:*",
    "arn:*:iam::*:role/*",
    "arn:aws*:iam:*:*:role/*",
    "*r*",
    "*:role/*",
    f"{IAM}:*",
    f"{IAM}:role*",
    f"{IAM}:r?le/*",
    f"{IAM}:role/?*",
    f"{IAM}:role/??????????",
    *(f"{IAM}:role/{pattern}" for pattern in ("*a*", "*-*", "*n", "*-role", "A*", "*/*")),
    "arn:aws:iam::${aws:PrincipalAccount}:role/*",
    [f"{IAM}:role/{letter}*" for letter in "abcdefghijklm"],
    [f"{IAM}:role/{a}{b}*" for a in "abcdefg" for b in "abcdefghijklmnopqrstuvwxyz"],
    [f"{IAM}:role/*{letter}" for letter in "nopqrstuvwxyz"],
]


@pytest.mark.parametrize("resources", ROLES, ids=str)
def test_roles_of_others_are_reached_in_many_spellings(resources: Any) -> None:
    assert certain(allow("iam:PutRolePolicy", resources)) == ["iam:PutRolePolicy"]


@pytest.mark.parametrize(
    "resource",
    [
        f"{IAM}:role/app",
        f"{IAM}:role/app-*",
        f"{IAM}:role/*-task-role",
        f"{IAM}:role/shop/*",
        f"{IAM}:role/admin-portal-*",
        f"{IAM}:role/service-role/*",
        f"{IAM}:role/${{aws:PrincipalTag/team}}-*",
        f"{IAM}:user/*",
        f"arn:aws:iam::{OTHER_ACCOUNT}:role/*",
        "arn:aws-cn:iam::*:role/*",
        "arn:aws:s3:::*",
    ],
)
def test_few_roles_are_not_the_roles_of_others(resource: str) -> None:
    policy = allow(
        ["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PassRole", "iam:TagRole"], resource
    )
    launch = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])
    of_roles = [action for action in found(policy, launch) if "Role" in action]
    assert of_roles == []


@pytest.mark.parametrize(
    "action",
    ["iam:PutRolePolicy", "IAM:putrolepolicy", "iam:*", "iam:?*", "i*m:*", "*:*", "*", "iam:P*y"],
)
def test_actions_are_read_by_what_they_fit(action: str) -> None:
    assert "iam:PutRolePolicy" in found(allow(action))


@pytest.mark.parametrize(
    "statements",
    [
        [allow("*")],
        [allow("iam:*", "arn:aws:iam::*")],
        [allow(["iam:?*"])],
        [allow([f"iam:{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"])],
        [{"Effect": "Allow", "NotAction": "aws-portal:*", "Resource": "*"}],
        [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::x"}],
        [allow("iam:*", OWN)],
        [allow("iam:*", f"{IAM}:user/people/svc")],
        [allow("iam:*", "arn:aws:iam::*:user/${aws:username}")],
        [allow("*", **when("StringEquals", "aws:PrincipalAccount", ACCOUNT))],
        [allow("*", **when("StringLike", "aws:RequestedRegion", ["us-*", "eu-*"]))],
        [allow("*", **when("Bool", "aws:ViaAWSService", "false"))],
        [allow("*", **when("StringEquals", "aws:username", "svc"))],
        [allow("*", **when("StringEquals", "aws:PrincipalType", "User"))],
        [
            allow("*"),
            deny("iam:*", **when("DateLessThan", "aws:CurrentTime", "2001-01-01T00:00:00Z")),
        ],
        [allow("*"), deny("*", **when("StringNotEquals", "aws:username", "svc"))],
        [allow("*"), deny("*", **when("ArnNotLike", "aws:PrincipalArn", OWN))],
        [allow("*"), deny("iam:*", f"{IAM}:role/app")],
    ],
    ids=json.dumps,
)
def test_an_administrator_is_known_by_what_it_may_do(statements: list[Any]) -> None:
    assert permissions(*statements).administers is Truth.ALWAYS


@pytest.mark.parametrize(
    "statements",
    [
        [allow("s3:*")],
        [allow("*", "arn:aws:s3:::photos/*")],
        [allow(["iam:Get*", "iam:List*"])],
        [allow("iam:*", f"{IAM}:role/app-*")],
        [allow("*"), deny("iam:*")],
        [allow("*", **when("StringEquals", "aws:username", "someone-else"))],
        [allow("iam:*", f"{IAM}:mfa/svc")],
        [deny("*")],
    ],
    ids=json.dumps,
)
def test_less_makes_no_administrator(statements: list[Any]) -> None:
    assert permissions(*statements).administers is Truth.NEVER


def test_a_condition_that_may_not_hold_makes_an_administrator_uncertain() -> None:
    office = when("IpAddress", "aws:SourceIp", "192.0.2.0/24")
    assert permissions(allow("*", **office)).administers is Truth.SOMETIMES


def test_a_group_or_policy_for_anybody_may_name_its_user() -> None:
    group = Holder(setting=Setting(account_id=ACCOUNT), kind="group", name="staff")
    one = allow("iam:PutUserPolicy", **when("StringEquals", "aws:username", "mallory"))
    assert certain(one, holder=group) == ["iam:PutUserPolicy"]
    others = deny("iam:PutUserPolicy", **when("StringNotEquals", "aws:username", "mallory"))
    assert certain(allow("iam:PutUserPolicy"), others, holder=group) == ["iam:PutUserPolicy"]


def test_what_is_denied_to_all_others_or_for_all_others_is_the_holders() -> None:
    all_but_me = {"Effect": "Deny", "Action": "iam:AttachUserPolicy", "NotResource": OWN}
    assert found(allow("iam:AttachUserPolicy"), all_but_me) == ["iam:AttachUserPolicy"]
    not_me = {"Effect": "Allow", "Action": "iam:CreateAccessKey", "NotResource": OWN}
    assert found(not_me) == ["iam:CreateAccessKey"]


@pytest.mark.parametrize(
    "denial",
    [
        deny("iam:*"),
        deny("iam:Put*"),
        deny("*", IAM + ":*"),
        {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "NotResource": f"{IAM}:role/app"},
    ],
    ids=json.dumps,
)
def test_a_denial_that_always_holds_takes_it_away(denial: dict[str, Any]) -> None:
    assert found(allow("iam:PutRolePolicy"), denial) == []


def test_ones_own_credentials_are_no_escalation() -> None:
    own = [
        "iam:ChangePassword",
        "iam:*AccessKey*",
        "iam:*LoginProfile",
        "iam:*MFADevice",
        "iam:GetUser",
    ]
    assert found(allow(own, "arn:aws:iam::*:user/${aws:username}")) == []
    assert found(allow(own, OWN)) == []


def test_ones_own_policies_are_one() -> None:
    assert certain(allow("iam:PutUserPolicy", OWN)) == ["iam:PutUserPolicy"]
    runner = Holder(setting=SVC.setting, kind="role", name="runner")
    assert certain(allow("iam:AttachRolePolicy", f"{IAM}:role/runner"), holder=runner)
    deploy = Holder(setting=SVC.setting, kind="policy", name="deploy")
    assert certain(allow("iam:CreatePolicyVersion", f"{IAM}:policy/deploy"), holder=deploy)


@pytest.mark.parametrize("chosen", CHOSEN)
def test_a_name_that_the_caller_fills_in_is_any_name(chosen: str) -> None:
    assert certain(allow("iam:CreateAccessKey", f"{IAM}:user/{chosen}")) == ["iam:CreateAccessKey"]
    spared = deny("iam:*", f"{IAM}:user/{chosen}")
    assert certain(allow("iam:CreateAccessKey"), spared) == ["iam:CreateAccessKey"]
    others = {"Effect": "Deny", "Action": "iam:*", "NotResource": f"{IAM}:user/{chosen}"}
    assert certain(allow("iam:CreateAccessKey"), others) == ["iam:CreateAccessKey"]
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{chosen}"
    assert found(allow("lambda:UpdateFunctionCode", function)) == ["lambda:UpdateFunctionCode"]
    same = when("StringEquals", "aws:username", chosen)
    assert permissions(allow("*", **same)).administers is Truth.ALWAYS
    assert permissions(allow("*"), deny("*", **same)).administers is Truth.ALWAYS


def test_a_name_that_is_the_callers_own_is_one_name() -> None:
    for own in ("${aws:PrincipalTag/team}", "${aws:userid}", "${aws:username}", "${*}"):
        assert found(allow("iam:CreateAccessKey", f"{IAM}:user/{own}")) == []


def test_a_role_is_passed_only_to_what_runs_with_it() -> None:
    assert found(allow("iam:PassRole")) == []
    assert found(allow("lambda:CreateFunction")) == []
    launch = allow("lambda:CreateFunction", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:mine-*")
    assert certain(allow("iam:PassRole"), launch) == ["iam:PassRole with lambda:CreateFunction"]
    to_lambda = when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")
    limited = allow("iam:PassRole", **to_lambda)
    assert found(limited, launch) == ["iam:PassRole with lambda:CreateFunction"]
    assert certain(limited, launch) == []
    assert found(limited, allow("glue:CreateJob")) == []
    anywhere = allow("iam:PassRole", **when("StringLike", "iam:PassedToService", "*"))
    assert certain(anywhere, launch) == ["iam:PassRole with lambda:CreateFunction"]


@pytest.mark.parametrize(
    "name",
    [
        "OrgAdmin",
        "Administrator",
        "admin*",
        "Org*dmin",
        "*Admin",
        "OrganizationAccountAccessRole",
        "aws-reserved/*",
        "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_*",
    ],
)
def test_an_administrators_role_is_known_by_its_whole_name(name: str) -> None:
    assert certain(allow("sts:AssumeRole", f"arn:aws:iam::*:role/{name}")) == ["sts:AssumeRole"]


def test_roles_that_the_environment_calls_powerful_are_so() -> None:
    globs = (f"{IAM}:role/ci/ship*",)
    holder = Holder(setting=SVC.setting, kind="user", name="svc", privileged=globs)
    assert certain(allow("sts:AssumeRole", f"{IAM}:role/ci/ship-it"), holder=holder)
    assert not found(allow("sts:AssumeRole", f"{IAM}:role/ci/build"), holder=holder)
    exact = Holder(setting=SVC.setting, privileged=(f"{IAM}:role/ci/ship",))
    assert certain(allow("sts:AssumeRole", f"{IAM}:role/ci/*"), holder=exact)


def test_roles_of_another_account_may_be_assumed_but_not_changed() -> None:
    theirs = f"arn:aws:iam::{OTHER_ACCOUNT}:role/*"
    assert certain(allow(["sts:AssumeRole", "iam:PutRolePolicy"], theirs)) == ["sts:AssumeRole"]
    ours = deny("sts:AssumeRole", f"{IAM}:role/*")
    assert certain(allow("sts:AssumeRole"), ours) == ["sts:AssumeRole"]
    assert not found(allow("sts:AssumeRole", "arn:aws:iam::*:role/SecurityAudit"))


def test_a_boundary_or_a_list_of_policies_limits_who_delegates() -> None:
    writes = ["iam:PutRolePolicy", "iam:AttachRolePolicy"]
    boundary = "iam:PermissionsBoundary"
    assert not found(allow(writes, **when("StringEquals", boundary, f"{IAM}:policy/limits")))
    without = deny(writes, **when("StringNotEquals", boundary, f"{IAM}:policy/limits"))
    assert not found(allow(writes), without)
    reading = when("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert not found(allow("iam:AttachRolePolicy", **reading))
    of_aws = when("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/*")
    assert certain(allow("iam:AttachRolePolicy", **of_aws))
    not_admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    one_less = when("ArnNotEquals", "iam:PolicyARN", not_admin)
    assert certain(allow("iam:AttachRolePolicy", **one_less))
    assert certain(
        allow("iam:AttachRolePolicy"), deny("*", **when("ArnEquals", "iam:PolicyARN", not_admin))
    )


def test_one_named_user_that_may_be_changed_and_taken_is_told() -> None:
    both = allow(["iam:AttachUserPolicy", "iam:CreateAccessKey"], f"{IAM}:user/backup")
    assert found(both) == ["iam:AttachUserPolicy with iam:CreateAccessKey"]
    assert not certain(both)
    apart = (
        allow("iam:AttachUserPolicy", f"{IAM}:user/a"),
        allow("iam:CreateAccessKey", f"{IAM}:user/b"),
    )
    assert not found(*apart)


def test_a_role_that_may_be_made_and_given_permissions_is_told() -> None:
    app, boundary = f"{IAM}:role/app-*", "iam:PermissionsBoundary"
    makes = allow(["iam:CreateRole", "iam:PutRolePolicy"], app)
    assert found(makes) == ["iam:PutRolePolicy with iam:CreateRole"]
    assert not certain(makes)
    limits = when("StringEquals", boundary, f"{IAM}:policy/limits")
    assert not found(allow(["iam:CreateRole", "iam:PutRolePolicy"], app, **limits))
    assert not found(allow("iam:CreateRole", app), allow("iam:PutRolePolicy", f"{IAM}:role/web"))


def test_whoever_chooses_a_region_is_not_limited_by_one() -> None:
    here = when("StringEquals", "aws:RequestedRegion", "eu-west-1")
    launch = allow("ec2:RunInstances", **here)
    assert certain(allow("iam:PassRole"), launch) == ["iam:PassRole with ec2:RunInstances"]
    everywhere = when("StringLike", "iam:PassedToService", "*.amazonaws.com")
    assert certain(allow("iam:PassRole", **everywhere), allow("ec2:RunInstances"))


def test_commands_need_instances_and_a_document_that_runs_any() -> None:
    instances = "arn:aws:ec2:*:*:instance/*"
    shell = "arn:aws:ssm:*:*:document/AWS-RunShellScript"
    snapshot = "arn:aws:ssm:*:*:document/AWSEC2-CreateVssSnapshot"
    assert found(allow("ssm:SendCommand", [instances, shell])) == ["ssm:SendCommand"]
    assert found(allow("ssm:SendCommand", [instances, snapshot])) == []
    assert found(allow("ssm:SendCommand", [shell, "arn:aws:ec2:*:*:instance/i-0a1b2c3d"])) == []
    assert found(allow("ssm:StartSession", "arn:aws:ec2:eu-west-1:*:instance/i-*"))


def test_all_of_a_service_is_read_by_what_it_fits() -> None:
    for actions in ("s3:*", "s3:?*", ["s3:[*", "s3:*"], "*"):
        assert permissions(allow(actions)).has_all_of("s3") is Truth.ALWAYS
    assert permissions(allow("s3:*", "arn:aws:s3:::*")).has_all_of("s3") is Truth.ALWAYS
    assert permissions(allow("s3:*", "arn:aws:s3:::photos/*")).has_all_of("s3") is Truth.NEVER
    assert permissions(allow(["s3:Get*", "s3:List*"])).has_all_of("s3") is Truth.NEVER
    assert permissions(allow("s3:*"), deny("s3:*")).has_all_of("s3") is Truth.NEVER


def test_every_path_that_pathfinding_knows_is_in_the_table() -> None:
    if not PATHFINDING.exists():
        pytest.skip("the folder of references, with the list of pathfinding.cloud, is not here")
    with PATHFINDING.open(newline="") as file:
        paths = {row["id"] for row in csv.DictReader(file)}
    known = {p for e in ESCALATIONS for p in e.paths} | {p for e in LAUNCHES for p in e.paths}
    assert paths <= known
    assert known <= paths


def test_every_entry_of_the_table_is_found_in_a_policy_that_allows_it() -> None:
    for escalation in ESCALATIONS:
        actions = [escalation.action, *escalation.beside]
        assert " with ".join(actions) in found(allow(actions))
    for launch in LAUNCHES:
        passing = found(allow(["iam:PassRole", launch.action]))
        assert f"iam:PassRole with {launch.action}" in passing


def test_a_long_list_of_patterns_takes_little_time() -> None:
    odd = [f"{IAM}:role/*{a}*{b}?x" for a in "abcdefghijkl" for b in "abcdefghijklmno"]
    begun = time.perf_counter()
    assert not found(allow("iam:*", [f"{IAM}:nothing/{n}*" for n in range(200)]))
    found(allow("iam:PutRolePolicy", odd))
    assert time.perf_counter() - begun < 5


@given(
    st.lists(st.dictionaries(st.sampled_from([*ELEMENTS, "effect"]), JSON), max_size=3),
    st.sampled_from(["user", "role", "policy", ""]),
)
def test_nothing_that_json_can_say_raises(statements: list[Any], kind: str) -> None:
    holder = Holder(setting=SVC.setting, kind=kind, name="svc")
    everything = [{"Effect": "Allow", "Action": "*"} | one for one in statements]
    judged = permissions(*everything, *statements, holder=holder)
    assert judged.administers in Truth
    assert all(finding.action for finding in judged.findings)
