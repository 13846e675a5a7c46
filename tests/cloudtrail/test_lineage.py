from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import records
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.handles import handles_of, principal, role
from trailwarden.cloudtrail.lineage import ACTIONS, trace
from trailwarden.cloudtrail.openings import OPENINGS, Opening, opening_of
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    AUDITOR,
    DEPLOYED,
    DEPLOYER,
    NOON,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    aws_service,
    console_login,
    function,
    iam_user,
    record,
    refused,
    request,
    root,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

AUDITED = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/audit",))
ALICE = iam_user("alice", key="AKIAIOSFODNN7ALICE01")
AT_NOON = "2025-06-02T12:00:00Z"
CHILD = "AROACHILD:work"
CHILD_ARN = f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/app/work"
ASSUMED = {"assumedRoleUser": {"assumedRoleId": CHILD, "arn": CHILD_ARN}}
PORTAL_ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0123/alice"
OF_ALICE = ("K:AKIAIOSFODNN7ALICE01", f"P:{ACCOUNT}:user/alice")


def opening(told: Record) -> Opening:
    found = opening_of(Event(told))
    assert found
    return found


def opened_at(moment: str) -> Fields:
    context: Fields = {"attributes": {"creationDate": moment}}
    return assumed_role("app", "work", **context) | {"principalId": CHILD}


def of(identity: Fields, **fields: Any) -> Event:
    return Event(record("s3:ListBuckets", identity, **fields))


def test_a_session_is_its_principal_and_when_it_was_opened() -> None:
    known = handles_of(of(assumed_role("app", "work")))
    assert known.credential == "S:AROAIDPPEZS35WEXAMPLE:work@2025-06-02T11:55:00Z"
    assert known.lasting == ()
    assert f"R:{ACCOUNT}:role/app" in known.hubs


def test_the_opening_names_the_session_as_its_own_requests_do() -> None:
    inside = opened_at(AT_NOON)
    assert opening(request("sts:AssumeRole", ALICE, answer=ASSUMED)).child == (
        handles_of(of(inside)).credential
    )


def test_a_name_that_a_caller_chooses_is_nobodys_handle() -> None:
    posing = assumed_role("app", "i-0123456789abcdef0")
    as_person = assumed_role("app", "alice@example.com")
    lookalike = assumed_role("AWSReservedSSO_Admin_0123", "alice")
    assert [handles_of(of(one)).lasting for one in (posing, as_person, lookalike)] == [()] * 3


def test_machines_and_people_whom_aws_names_outlast_their_sessions() -> None:
    machine = assumed_role("web", "i-0123456789abcdef0", ec2RoleDelivery="2.0")
    assert handles_of(of(machine)).lasting == ("W:i-0123456789abcdef0",)
    assert handles_of(of(sso_user("alice"))).lasting == ("I:sso/eu-central-1/alice",)
    [code] = handles_of(of(function("resize", "resize-role"))).lasting
    assert code == f"W:arn:aws:lambda:us-east-1:{ACCOUNT}:function:resize"


def test_a_failed_sign_in_tells_nothing_of_who_tried() -> None:
    assert handles_of(Event(console_login(root()))).lasting == (f"P:{ACCOUNT}:root",)
    assert handles_of(Event(console_login(root(), succeeds=False))) == ("", (), ())


@pytest.mark.parametrize("made_up", ["1111", "EXAMPLE", "AROA:x", "anonymous", ""])
def test_an_id_that_aws_did_not_make_names_no_session(made_up: str) -> None:
    assert not handles_of(of(assumed_role("app") | {"principalId": made_up})).credential


def test_names_are_one_in_any_path_and_case() -> None:
    assert principal(f"arn:aws:iam::{ACCOUNT}:user/team/Alice") == f"P:{ACCOUNT}:user/alice"
    assert role(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/a/App") == role(ACCOUNT, "app")


def portal(**fields: Any) -> Record:
    told: Fields = {
        "eventType": "AwsServiceEvent",
        "serviceEventDetails": {"account_id": ACCOUNT, "role_name": "Admin"},
    }
    identity = {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}
    return record("sso:GetRoleCredentials", identity, **told, **fields)


def saml(identity: Fields, arn: str = CHILD_ARN) -> Record:
    answer = {"assumedRoleUser": {"assumedRoleId": CHILD, "arn": arn}}
    return request("sts:AssumeRoleWithSAML", identity, answer=answer)


SAML_USER = {"type": "SAMLUser", "identityProvider": "idp", "userName": "alice"}
WEB_USER = SAML_USER | {"type": "WebIdentityUser"}
FEDERATED = {"federatedUser": {"federatedUserId": f"{ACCOUNT}:help", "arn": "arn:help"}}
SWITCHED = {"SwitchFrom": ALICE["arn"]}
FROM_OUTSIDE = {"type": "AWSAccount", "principalId": "AROAPARENT:x", "accountId": OTHER_ACCOUNT}
SUBJECT = {"credentialSet": [ASSUMED], "subjectArn": "arn:subject"}
WAYS: dict[str, tuple[Record, str, set[str]]] = {
    "by a key": (
        request("sts:AssumeRole", ALICE, answer=ASSUMED), f"S:{CHILD}@{AT_NOON}", {*OF_ALICE},
    ),
    "from another account": (
        request("sts:AssumeRole", FROM_OUTSIDE, answer=ASSUMED),
        f"S:{CHILD}@{AT_NOON}", {"N:AROAPARENT:x"},
    ),
    "by SAML": (saml(SAML_USER), f"S:{CHILD}@{AT_NOON}", {"I:idp/alice"}),
    "by Identity Center": (
        saml(SAML_USER, PORTAL_ROLE),
        f"S:{CHILD}@{AT_NOON}", {"I:idp/alice", f"C:{ACCOUNT}/admin@{AT_NOON}"},
    ),
    "at the portal": (portal(), f"C:{ACCOUNT}/admin@{AT_NOON}", {"I:u-1"}),
    "by a web identity": (
        request("sts:AssumeRoleWithWebIdentity", WEB_USER, answer=ASSUMED),
        f"S:{CHILD}@{AT_NOON}", {"I:idp/alice"},
    ),
    "by a certificate": (
        record("rolesanywhere:CreateSession", {"type": "Unknown"}, responseElements=SUBJECT),
        f"S:{CHILD}@{AT_NOON}", {"I:arn:subject"},
    ),
    "a session token": (
        request("sts:GetSessionToken", ALICE), f"S:AIDACKCEVSQ6C2EXAMPLE@{AT_NOON}", {*OF_ALICE},
    ),
    "a federation token": (
        request("sts:GetFederationToken", ALICE, answer=FEDERATED),
        f"S:{ACCOUNT}:help@{AT_NOON}", {*OF_ALICE},
    ),
    "a root session": (
        request("sts:AssumeRoot", ALICE, targetPrincipal=f"arn:aws:iam::{OTHER_ACCOUNT}:root"),
        f"S:{OTHER_ACCOUNT}@{AT_NOON}", {*OF_ALICE},
    ),
    "a switch in the console": (
        record("signin:SwitchRole", assumed_role("app", "alice"), additionalEventData=SWITCHED),
        f"S:AROAIDPPEZS35WEXAMPLE:alice@{AT_NOON}", {f"P:{ACCOUNT}:user/alice"},
    ),
    "a sign-in of a user": (
        console_login(iam_user("alice", key="")),
        f"S:AIDACKCEVSQ6C2EXAMPLE@{AT_NOON}", {f"P:{ACCOUNT}:user/alice"},
    ),
    "a sign-in by a role": (
        console_login(sso_user("alice")),
        f"S:AROAIDPPEZS35WEXAMPLE:alice@{AT_NOON}",
        {"S:AROAIDPPEZS35WEXAMPLE:alice@2025-06-02T11:55:00Z", "I:sso/eu-central-1/alice",
         "N:AROAIDPPEZS35WEXAMPLE:alice"},
    ),
    "a pod's": (
        request("eks-auth:AssumeRoleForPodIdentity",
                assumed_role("node", "i-0123456789abcdef0", ec2RoleDelivery="2.0"), answer=ASSUMED),
        f"S:{CHILD}@{AT_NOON}",
        {"S:AROAIDPPEZS35WEXAMPLE:i-0123456789abcdef0@2025-06-02T11:55:00Z",
         "W:i-0123456789abcdef0"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_open_a_session_names_it_and_who_opened_it(way: str) -> None:
    told, child, parents = WAYS[way]
    found = opening(told)
    assert (found.child, set(found.parents)) == (child, parents)


def test_each_way_is_tried() -> None:
    assert {Event(told).action for told, _, _ in WAYS.values()} == OPENINGS.keys()


def test_only_a_copy_from_another_account_is_inferred() -> None:
    assert opening(WAYS["from another account"][0]).inferred
    assert not opening(WAYS["by a key"][0]).inferred


@pytest.mark.parametrize(
    "told",
    [
        request("sts:AssumeRole", aws_service("lambda"), answer=ASSUMED),
        refused("sts:AssumeRole", ALICE),
        request("sts:AssumeRole", ALICE, answer={"assumedRoleUser": ["x"]}),
        request("iam:ListUsers", ALICE),
        console_login(root(), succeeds=False),
    ],
)
def test_what_aws_opens_for_itself_or_refuses_opens_nothing(told: Record) -> None:
    assert opening_of(Event(told)) is None


def test_the_requests_of_automation_give_nothing() -> None:
    made: Fields = {"user": {"userName": "x"}}
    by = {
        caller["arn"]: trace(
            Event(request("iam:CreateUser", caller, answer=made, userName="x"), env)
        )
        for caller, env in ((DEPLOYER, DEPLOYED), (AUDITOR, AUDITED), (ALICE, DEPLOYED))
    }
    assert [(t.automation, t.gives) for t in by.values()] == [
        (True, ()), (True, ()), (False, (f"P:{ACCOUNT}:user/x",)),
    ]  # fmt: skip


def test_own_addresses_and_those_of_services_are_no_place() -> None:
    assert trace(of(ALICE, sourceIPAddress="198.51.100.7")).place == "198.51.100.7/32"
    assert not trace(of(ALICE, sourceIPAddress="10.0.0.1")).place
    assert not trace(of(ALICE, sourceIPAddress="iam.amazonaws.com")).place


@settings(max_examples=10)
@given(records, st.sampled_from(sorted(ACTIONS)))
def test_no_record_is_too_odd(odd: dict[str, Any], action: str) -> None:
    service, _, name = action.partition(":")
    named = odd | {"eventSource": f"{service}.amazonaws.com", "eventName": name}
    told = trace(Event(named))
    assert all((*told.lasting, *told.gives))
    assert f"{told}".encode()


def test_time_zones_do_not_part_a_session_from_its_opening() -> None:
    inside = opened_at("2025-06-02T14:00:00+02:00")
    assert handles_of(of(inside)).credential == f"S:{CHILD}@{NOON:%Y-%m-%dT%H:%M:%SZ}"
