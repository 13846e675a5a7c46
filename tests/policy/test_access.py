"""Tests of who may come in by a policy."""

import json
from typing import Any

import pytest
from hypothesis import given

from tests.policy.test_document import JSON, JUNK_POLICIES
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, iam_user, record, trust
from trailwarden.environment import Environment
from trailwarden.policy.access import external_grants, worst_of

SISTER, CANONICAL = (
    "777788889999",
    "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
)
HOME = Environment(
    own_accounts=(SISTER,),
    organization_id="o-a1b2c3d4e5",
    egress_ranges=("203.0.113.0/24", "2001:db8::/48"),
    own_networks=("vpc-0a1b2c3d4e5f60718", "vpce-0a1b2c3d4e5f60718"),
    canonical_user_ids=(CANONICAL,),
)
RECORD = record("iam:CreateRole", iam_user("alice"))
OWN, BARE = Event(RECORD, HOME), Event(RECORD)
OUTSIDER = f"account {OTHER_ACCOUNT}"
ANYONE, RELAYED = "anyone", "anyone by cloudfront.amazonaws.com"


def grants(principal: Any, event: Event = OWN, **statement: Any) -> list[str]:
    return [grant.to for grant in external_grants(trust(principal, **statement), event)]


def to_all(operator: str, key: str, value: Any, event: Event = OWN) -> list[str]:
    return grants("*", event, Condition={operator: {key: value}})


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", ["o-a1b2c3d4e5/r-ab12/*"]),
        ("StringEquals", "AWS:SourceAccount", ACCOUNT),
        ("StringEquals", "AWS:SourceOwner", ACCOUNT),
        ("StringEquals", "aws:SourceAccount", [int(ACCOUNT), SISTER]),
        ("ArnLike", "aws:SourceArn", f"arn:aws:cloudfront::{ACCOUNT}:distribution/*"),
        ("ArnEquals", "aws:SourceVpcArn", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc/vpc-1"),
        ("StringEquals", "aws:SourceVpc", "vpc-0a1b2c3d4e5f60718"),
        ("StringEquals", "aws:SourceVpce", ["vpce-0a1b2c3d4e5f60718"]),
        ("IpAddress", "aws:SourceIp", ["203.0.113.7", "203.0.113.128/25", "2001:db8::/64"]),
        ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"),
        ("StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}"),
        ("StringEquals", "kms:CallerAccount", ACCOUNT),
        ("ArnLike", "ec2:SourceInstanceARN", f"arn:aws:ec2:*:{ACCOUNT}:instance/*"),
        ("ArnEquals", "lambda:SourceFunctionArn", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:x"),
        ("StringEquals", "aws:Ec2InstanceSourceVpc", "vpc-0a1b2c3d4e5f60718"),
        ("StringEquals", "vpc-lattice-svcs:SourceVpcOwnerAccount", ACCOUNT),
        ("Bool", "aws:PrincipalIsAWSService", "true"),
        ("StringEquals", "aws:PrincipalServiceName", "cloudtrail.amazonaws.com"),
        ("ForAnyValue:StringLike", "aws:PrincipalServiceNamesList", "*.amazonaws.com"),
        ("DateLessThan", "aws:CurrentTime", "2001-01-01"),
    ],
)
def test_known_values_keep_everybody_out(operator: str, key: str, value: Any) -> None:
    assert to_all(operator, key, value) == []


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "sts:ExternalId", "secret"),
        ("StringEquals", "aws:PrincipalTag/team", "red"),
        ("StringLike", "aws:PrincipalOrgID", "o-*"),
        ("StringLike", "aws:PrincipalOrgID", ["o-a1b2c3d4e5", "*"]),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/admin"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::${aws:PrincipalAccount}:role/*"),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam:*:role/*"),
        ("StringLike", "aws:SourceArn", "arn:aws:s3:*"),
        ("StringEquals", "aws:PrincipalOrgID", "${aws:PrincipalOrgID, 'o-a1b2c3d4e5'}"),
        ("StringEqualsIfExists", "aws:SourceVpc", "vpc-0a1b2c3d4e5f60718"),
        ("StringEqualsIfExists", "aws:PrincipalAccount", ACCOUNT),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*"),
        ("StringNotEquals", "aws:PrincipalAccount", OTHER_ACCOUNT),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        ("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
        ("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"),
        ("NotIpAddress", "aws:SourceIp", "198.51.100.0/24"),
        ("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalAccount}"),
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:PrincipalIsAWSService", "false"),
        ("Null", "aws:PrincipalOrgID", "false"),
        ("StringLike", "aws:Referer", "https://acme.example/*"),
        ("DateLessThan", "aws:CurrentTime", "2027-01-01"),
        ("DateGreaterThan", "aws:CurrentTime", "2025-06-03"),
        ("StringEquals", "aws:ResourceAccount", ACCOUNT),
        ("StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5"),
        ("StringEqualsIfExists", "aws:PrincipalServiceName", "cloudtrail.amazonaws.com"),
    ],
)
def test_what_anybody_can_have_limits_nobody(operator: str, key: str, value: Any) -> None:
    assert to_all(operator, key, value) == [ANYONE]


@pytest.mark.parametrize(
    ("operator", "key", "value", "to"),
    [
        ("IpAddress", "aws:SourceIp", "198.51.100.77/32", "anyone by 198.51.100.77/32"),
        ("IpAddress", "aws:SourceIp", ["203.0.113.7", "203.0.0.0/16"], "anyone by 203.0.0.0/16"),
        ("StringEquals", "aws:SourceVpce", "vpce-1", "anyone by vpce-1"),
        (
            "ArnLike",
            "ec2:SourceInstanceARN",
            f"arn:aws:ec2:*:{OTHER_ACCOUNT}:instance/*",
            OUTSIDER,
        ),
        ("StringLike", "aws:SourceVpc", ["vpc-0a1b2c3d4e5f60718", "vpc-2"], "anyone by vpc-2"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::bucket", "anyone by arn:aws:s3:::bucket"),
        (
            "StringLike",
            "aws:userId",
            "AROAIDPPEZS35WEXAMPLE:*",
            "anyone by AROAIDPPEZS35WEXAMPLE:*",
        ),
        ("StringEquals", "aws:PrincipalOrgID", "o-theirs", "organization o-theirs"),
        (
            "ForAnyValue:StringLike",
            "aws:PrincipalOrgPaths",
            ["o-a1b2c3d4e5/*", "o-theirs/*"],
            "organization o-theirs",
        ),
        ("StringEquals", "aws:VpceOrgID", "o-theirs", "organization o-theirs"),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OTHER_ACCOUNT}:role/*", OUTSIDER),
        ("StringEquals", "aws:PrincipalAccount", [ACCOUNT, OTHER_ACCOUNT], OUTSIDER),
        ("ArnEquals", "aws:SourceVpcArn", f"arn:aws:ec2:eu-west-1:{OTHER_ACCOUNT}:vpc/v", OUTSIDER),
    ],
)
def test_a_limit_to_what_is_not_known_lets_outsiders_in(
    operator: str, key: str, value: Any, to: str
) -> None:
    assert to_all(operator, key, value) == [to]


def test_one_known_line_is_enough_and_one_unknown_value_too_many() -> None:
    wild = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x-*"}}
    ours = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    assert grants("*", Condition=wild | ours) == []
    either = {"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "o-theirs"]}}
    assert grants("*", Condition=either) == ["organization o-theirs"]


def test_an_organization_is_not_known_before_somebody_names_ones_own() -> None:
    found = list(
        external_grants(
            trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), BARE
        )
    )
    assert [grant.to for grant in found] == ["organization o-a1b2c3d4e5"]
    assert not any(grant.is_certain or grant.is_public for grant in found)


@pytest.mark.parametrize(
    ("operator", "key", "value", "to"),
    [
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x-*", []),
        ("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/x", "arn:aws:iam::*:*"], ["theirs"]),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*", ["theirs"]),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x", ["theirs"]),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", ["theirs"]),
        ("IpAddress", "aws:SourceIp", "198.51.100.77/32", ["theirs"]),
        ("StringEquals", "aws:SourceVpce", "vpce-1", ["theirs"]),
        ("StringLike", "aws:PrincipalArn", "arn:aws:sts::*:assumed-role/x-*", []),
    ],
)
def test_an_unknown_organization_is_perhaps_the_own_one_where_principals_are_named(
    operator: str, key: str, value: Any, to: list[str]
) -> None:
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-theirs"}}
    line = {operator: {key: value}}
    condition = {o: organization.get(o, {}) | line.get(o, {}) for o in organization | line}
    assert grants("*", BARE, Condition=condition) == [f"organization o-{name}" for name in to]


def test_an_unknown_organization_is_perhaps_the_own_one_where_two_things_narrow_it() -> None:
    network = {"StringEquals": {"aws:PrincipalOrgID": "o-theirs", "aws:SourceVpc": "vpc-1"}}
    address = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    assert grants("*", BARE, Condition=network | address) == []
    assert grants("*", Condition=network | address) == ["organization o-theirs"]
    assert grants("*", BARE, Condition=network | {"Bool": {"aws:SecureTransport": "true"}})


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-theirs"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"IpAddress": {"aws:SourceIp": "203.0.113.7"}},
        {"StringEquals": {"sts:ExternalId": "agreed"}},
        {"StringEquals": {"aws:PrincipalAccount": OTHER_ACCOUNT}},
        {"DateLessThan": {"aws:CurrentTime": "2027-01-01"}},
        {"DateLessThan": {"aws:CurrentTime": "2001-01-01"}},
        {"Bool": {"aws:PrincipalIsAWSService": "true"}},
    ],
)
def test_no_condition_hides_an_account_that_is_named(condition: Any) -> None:
    assert grants({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}, Condition=condition) == [OUTSIDER]


@pytest.mark.parametrize(
    ("principal", "to"),
    [
        ("*", [ANYONE]),
        ({"AWS": "*"}, [ANYONE]),
        ({"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "*"]}, [ANYONE]),
        ({"AWS": OTHER_ACCOUNT}, [OUTSIDER]),
        ({"AWS": int(OTHER_ACCOUNT)}, [OUTSIDER]),
        ({"AWS": f"arn:aws-cn:iam::{OTHER_ACCOUNT}:user/mallory"}, [OUTSIDER]),
        ({"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/app"]}, []),
        ({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, ["principal AIDACKCEVSQ6C2EXAMPLE"]),
        ({"AWS": "arn:aws:iam::127311923021:root"}, []),
        ({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}, []),
        ({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:role/::cloudfront:/x"}, [OUTSIDER]),
        ({"CanonicalUser": CANONICAL}, []),
        ({"CanonicalUser": "9f1c" * 16}, [f"canonical user {'9f1c' * 10}"]),
        ({"Service": "ec2.amazonaws.com"}, []),
        ({"Federated": "cognito-identity.amazonaws.com"}, []),
        ({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"}, []),
        ({"Federated": f"arn:aws:iam::{OTHER_ACCOUNT}:saml-provider/okta"}, [OUTSIDER]),
    ],
)
def test_principals_from_outside_are_granted_something(principal: Any, to: list[str]) -> None:
    assert grants(principal) == to


@pytest.mark.parametrize(
    ("condition", "to"),
    [
        ({}, [RELAYED]),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::*:distribution/*"}}, [RELAYED]),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/*"}}, []),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, []),
        ({"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}}, [OUTSIDER]),
    ],
)
def test_a_service_that_shows_things_to_all_has_to_act_for_known_accounts(
    condition: Any, to: list[str]
) -> None:
    assert grants({"Service": "cloudfront.amazonaws.com"}, Condition=condition) == to
    assert not grants({"Service": "delivery.logs.amazonaws.com"})


def test_a_service_brings_in_the_account_for_which_it_acts() -> None:
    service = {"Service": "s3.amazonaws.com"}
    for operator in ("StringEquals", "StringEqualsIfExists"):
        source = {operator: {"aws:SourceAccount": [ACCOUNT, OTHER_ACCOUNT]}}
        assert grants(service, Condition=source) == [OUTSIDER]
    theirs = {"StringEquals": {"aws:SourceOrgID": "o-theirs"}}
    assert grants(service, Condition=theirs) == ["organization o-theirs"]
    for line in ({"aws:PrincipalIsAWSService": "true"}, {"aws:PrincipalServiceName": "s3"}):
        operator = "Bool" if "true" in line.values() else "StringEquals"
        by_service = {operator: line, "StringLike": {"aws:SourceAccount": OTHER_ACCOUNT}}
        assert grants("*", Condition=by_service) == [OUTSIDER]
    bucket = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::plans"}}
    assert grants(service, Condition=bucket) == []


def test_a_principal_that_is_not_somebody_is_everybody_else() -> None:
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": ACCOUNT}, "Action": "s3:*"}
    assert [grant.to for grant in external_grants({"Statement": statement}, OWN)] == [ANYONE]


def test_a_denial_grants_nothing() -> None:
    assert grants("*", Effect="Deny") == []


def test_accounts_that_the_environment_knows_are_not_outside() -> None:
    known = Event(OWN.record, Environment(trusted_accounts=(OTHER_ACCOUNT,)))
    assert grants({"AWS": OTHER_ACCOUNT}, known) == []


def test_the_endpoint_of_the_request_itself_is_known_by_its_owner() -> None:
    own = Event({**RECORD, "vpcEndpointId": "vpce-7", "vpcEndpointAccountId": ACCOUNT})
    theirs = Event({**RECORD, "vpcEndpointId": "vpce-7", "vpcEndpointAccountId": OTHER_ACCOUNT})
    assert to_all("StringEquals", "aws:SourceVpce", "vpce-7", own) == []
    assert to_all("StringEquals", "aws:SourceVpce", "vpce-7", theirs) == ["anyone by vpce-7"]


OURS = {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
EVERYTHING = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("denial", "to"),
    [
        ({"Condition": OURS}, []),
        ({"Condition": {"StringNotEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT}}}, []),
        ({"Condition": OURS | {"Bool": {"aws:PrincipalIsAWSService": "false"}}}, []),
        ({"Condition": OURS | {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, []),
        ({"Condition": OURS, "Action": ["s3:Get*", "s3:Put*"]}, []),
        ({"Principal": None, "NotPrincipal": {"AWS": [ACCOUNT, SISTER]}}, []),
        ({"Principal": None, "NotPrincipal": {"AWS": OTHER_ACCOUNT}}, [ANYONE]),
        ({"Principal": None, "NotPrincipal": {"AWS": ACCOUNT, "Service": "x.aws"}}, []),
        (
            {
                "Principal": None,
                "NotPrincipal": {"AWS": ACCOUNT, "Service": "cloudfront.amazonaws.com"},
            },
            [ANYONE],
        ),
        ({"Condition": OURS, "Action": None, "NotAction": "s3:ListBucket"}, []),
        ({"Condition": OURS, "Action": None, "NotAction": ["s3:List*", "s3:Get*"]}, [ANYONE]),
        ({"Condition": OURS, "Action": "s3:PutObject"}, [ANYONE]),
        ({"Condition": OURS, "Resource": "arn:aws:s3:::plans/none"}, [ANYONE]),
        ({"Condition": OURS, "Principal": {"AWS": OTHER_ACCOUNT}}, [ANYONE]),
        ({"Condition": OURS | {"DateLessThan": {"aws:CurrentTime": "2001"}}}, [ANYONE]),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-theirs"}}}, [ANYONE]),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, [ANYONE]),
        ({"Condition": {"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}}}, [ANYONE]),
        ({"Condition": {"ForAnyValue:StringNotEquals": OURS["StringNotEquals"]}}, [ANYONE]),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "red"}}}, [ANYONE]),
    ],
)
def test_a_denial_of_all_but_known_ones_keeps_everybody_out(denial: Any, to: list[str]) -> None:
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    resource = {"Resource": "arn:aws:s3:::plans/*"}
    document = {"Statement": [allowed | resource, EVERYTHING | denial]}
    assert [grant.to for grant in external_grants(document, OWN)] == to


@pytest.mark.parametrize(
    ("allowed", "denied", "to"),
    [
        ("sts:AssumeRole", {"Action": "sts:AssumeRole"}, []),
        ("sts:AssumeRole", {"Action": "sts:*"}, []),
        ("sts:AssumeRole", {"Action": "sts:TagSession"}, [ANYONE]),
        ("sts:*", {"NotAction": "sts:TagSession"}, [ANYONE]),
        ("sts:AssumeRole?", {"NotAction": "sts:TagSession"}, [ANYONE]),
        ("sts:AssumeRole", {"Action": "sts:*", "NotResource": "*"}, [ANYONE]),
    ],
)
def test_a_denial_in_a_policy_without_resources_counts(
    allowed: str, denied: Any, to: list[str]
) -> None:
    opened = {"Effect": "Allow", "Principal": "*", "Action": allowed}
    denial = {"Effect": "Deny", "Principal": "*", "Condition": OURS} | denied
    found = external_grants({"Statement": [opened, denial]}, OWN)
    assert [grant.to for grant in found] == to


@pytest.mark.parametrize(
    ("version", "to"), [("2012-10-17", [ANYONE]), ("2008-10-17", []), ("", [])]
)
def test_a_variable_is_plain_text_in_the_older_language(version: str, to: list[str]) -> None:
    condition = {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Condition": condition}
    document = {"Version": version, "Statement": allowed}
    assert [grant.to for grant in external_grants(document, OWN)] == to


def test_no_denial_hides_an_account_that_is_named() -> None:
    allowed = {"Effect": "Allow", "Principal": {"AWS": OTHER_ACCOUNT}, "Action": "s3:GetObject"}
    document = {"Statement": [allowed, EVERYTHING | {"Condition": OURS}]}
    assert [grant.to for grant in external_grants(document, OWN)] == [OUTSIDER]


def test_a_unique_id_may_be_of_a_principal_that_is_gone() -> None:
    [gone] = external_grants(trust({"AWS": "AROACKCEVSQ6C2EXAMPLE"}), OWN)
    assert not gone.is_certain


def test_the_worst_grant_is_the_widest() -> None:
    by_address = {"IpAddress": {"aws:SourceIp": "198.51.100.77"}}
    found = [
        grant
        for principal, condition in (("*", by_address), ({"AWS": OTHER_ACCOUNT}, {}), ("*", {}))
        for grant in external_grants(trust(principal, Condition=condition), OWN)
    ]
    assert [worst.to for n in (1, 2, 3) if (worst := worst_of(found[:n]))] == [
        "anyone by 198.51.100.77",
        OUTSIDER,
        ANYONE,
    ]
    assert worst_of([]) is None


@given(JSON | JUNK_POLICIES | JUNK_POLICIES.map(json.dumps))
def test_nothing_that_json_can_say_raises(document: Any) -> None:
    assert all(grant.to for grant in external_grants(document, OWN))
