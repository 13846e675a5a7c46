from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, iam_user, record
from trailwarden.environment import Environment
from trailwarden.policy.document import account_of
from trailwarden.services.sharing import acl_outsider, may_be_own, shared_outside, shared_with

ORGANIZATION = "arn:aws:organizations::444455556666:organization/o-a1b2c3d4e5"
UNIT = "arn:aws:organizations::444455556666:ou/o-a1b2c3d4e5/ou-ab12-cdefghij"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
ACCOUNTS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def request(action: str, environment: Environment | None = None, **parameters: Any) -> Event:
    told = record(action, iam_user("mallory"), requestParameters=parameters)
    return Event(told, environment or Environment())


def acl(**parameters: Any) -> Event:
    return request("s3:PutBucketAcl", bucketName="plans", acl="", **parameters)


def test_an_ebs_snapshot_is_shared_with_the_accounts_it_adds() -> None:
    added = {"add": {"items": [{"userId": OTHER_ACCOUNT}, {"userId": "777788889999"}]}}
    event = request("ec2:ModifySnapshotAttribute", createVolumePermission=added)
    assert shared_with(event) == [OTHER_ACCOUNT, "777788889999"]


def test_an_ebs_snapshot_is_shared_with_everyone() -> None:
    added = {"add": {"items": [{"group": "all"}]}}
    assert shared_with(request("ec2:ModifySnapshotAttribute", createVolumePermission=added)) == [
        "all"
    ]


def test_what_is_removed_is_not_shared() -> None:
    removed = {"remove": {"items": [{"group": "all"}, {"userId": OTHER_ACCOUNT}]}}
    assert not shared_with(request("ec2:ModifySnapshotAttribute", createVolumePermission=removed))
    assert not shared_with(request("ec2:ModifyImageAttribute", launchPermission=removed))
    assert not shared_with(
        request(
            "rds:ModifyDBSnapshotAttribute", attributeName="restore", valuesToRemove=[OTHER_ACCOUNT]
        )
    )


def test_an_empty_user_id_is_nobody() -> None:
    added = {"add": {"items": [{"userId": ""}, {"group": ""}]}}
    assert not shared_with(request("ec2:ModifySnapshotAttribute", createVolumePermission=added))


def test_the_flat_form_counts_when_it_adds() -> None:
    users = {"items": [{"userId": OTHER_ACCOUNT}]}
    add = request("ec2:ModifySnapshotAttribute", operationType="add", userIdSet=users)
    remove = request("ec2:ModifySnapshotAttribute", operationType="remove", userIdSet=users)
    assert (shared_with(add), shared_with(remove)) == ([OTHER_ACCOUNT], [])


def test_an_image_is_shared_with_organizations_and_units() -> None:
    added = {"add": {"items": [{"organizationArn": ORGANIZATION}, {"organizationalUnitArn": UNIT}]}}
    event = request("ec2:ModifyImageAttribute", launchPermission=added)
    assert shared_with(event) == [ORGANIZATION, UNIT]


@pytest.mark.parametrize("name", ["ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute"])
def test_a_database_snapshot_is_shared_by_its_restore_attribute(name: str) -> None:
    shared = request(f"rds:{name}", attributeName="restore", valuesToAdd=[OTHER_ACCOUNT, "all"])
    other = request(f"rds:{name}", attributeName="other", valuesToAdd=[OTHER_ACCOUNT])
    assert (shared_with(shared), shared_with(other)) == ([OTHER_ACCOUNT, "all"], [])


def test_a_redshift_snapshot_is_shared_with_one_account() -> None:
    event = request("redshift:AuthorizeSnapshotAccess", accountWithRestoreAccess=OTHER_ACCOUNT)
    assert shared_with(event) == [OTHER_ACCOUNT]


@pytest.mark.parametrize("name", ["CreateResourceShare", "AssociateResourceShare"])
def test_a_resource_share_is_shared_with_its_principals(name: str) -> None:
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"
    event = request(f"ram:{name}", principals=[role, "777788889999", UNIT, "ec2.amazonaws.com"])
    assert shared_with(event) == [OTHER_ACCOUNT, "777788889999", UNIT]


def test_an_account_that_lost_its_leading_zero_gets_it_back() -> None:
    event = request("redshift:AuthorizeSnapshotAccess", accountWithRestoreAccess=44445555666)
    assert shared_with(event) == ["044445555666"]


def test_own_and_trusted_accounts_are_not_outside() -> None:
    known = Environment(trusted_accounts=("777788889999",))
    event = request(
        "ram:CreateResourceShare", known, principals=[ACCOUNT, "777788889999", OTHER_ACCOUNT]
    )
    assert shared_outside(event) == [OTHER_ACCOUNT]


def test_another_organization_is_outside_where_the_own_one_is_known() -> None:
    told: Any = {"principals": [ORGANIZATION, UNIT]}
    own = Environment(organization_id="o-a1b2c3d4e5")
    other = Environment(organization_id="o-zzzzzzzzzz")
    assert not shared_outside(request("ram:CreateResourceShare", own, **told))
    assert shared_outside(request("ram:CreateResourceShare", **told)) == [ORGANIZATION, UNIT]
    management = Environment(own_accounts=(account_of(UNIT),))
    assert not shared_outside(request("ram:CreateResourceShare", management, **told))
    assert shared_outside(request("ram:CreateResourceShare", other, **told)) == [ORGANIZATION, UNIT]


def test_an_event_that_shares_nothing_is_shared_with_nobody() -> None:
    assert not shared_with(request("ec2:ModifyInstanceAttribute", principals=[OTHER_ACCOUNT]))


@pytest.mark.parametrize("canned", ["public-read", ["public-read-write"], ["authenticated-read"]])
def test_a_canned_acl_can_be_public(canned: Any) -> None:
    assert acl_outsider(acl(**{"x-amz-acl": canned}))


@pytest.mark.parametrize("canned", ["private", ["bucket-owner-full-control"], "log-delivery-write"])
def test_a_canned_acl_can_be_private(canned: Any) -> None:
    assert not acl_outsider(acl(**{"x-amz-acl": canned}))


@pytest.mark.parametrize("group", [ALL_USERS, ACCOUNTS])
@pytest.mark.parametrize("wrap", [lambda grant: grant, lambda grant: [grant, grant]])
def test_a_grant_in_the_body_can_be_public(group: str, wrap: Any) -> None:
    grant = {"Grantee": {"URI": group, "xsi:type": "Group"}, "Permission": "READ"}
    assert acl_outsider(acl(AccessControlPolicy={"AccessControlList": {"Grant": wrap(grant)}}))


@pytest.mark.parametrize("place", ["accessControlList", "AccessControlList"])
@pytest.mark.parametrize("header", ["x-amz-grant-read", "x_amz_grant_full_control"])
def test_a_grant_in_a_nested_header_can_be_public(place: str, header: str) -> None:
    assert acl_outsider(acl(**{place: {header: f"uri={ALL_USERS}"}}))


def test_a_grant_in_a_plain_header_can_be_public() -> None:
    assert acl_outsider(acl(**{"x-amz-grant-write": f'id="abc", uri="{ACCOUNTS}"'}))


STRANGER, PARTNER = "9f1c" * 16, "79a5" * 16
KNOWN = Environment(canonical_user_ids=(PARTNER,))


@pytest.mark.parametrize(
    ("value", "outsider"),
    [
        (f'id="{STRANGER}"', f"canonical user {STRANGER[:40]}"),
        (f'id="{PARTNER}", id={STRANGER}', f"canonical user {STRANGER[:40]}"),
        ("emailAddress=a@example.com", "the account of a@example.com"),
        (f"id={PARTNER}", ""),
        (f'uri="{LOG_DELIVERY}"', ""),
        ([f"id={STRANGER}"], f"canonical user {STRANGER[:40]}"),
    ],
)
def test_a_grant_in_a_header_names_its_grantees(value: Any, outsider: str) -> None:
    told = {"bucketName": "plans", "x-amz-grant-full-control": value}
    assert acl_outsider(request("s3:PutObjectAcl", KNOWN, **told)) == outsider


@pytest.mark.parametrize("grantee", [{"ID": STRANGER}, {"EmailAddress": "a@example.com"}])
def test_a_grant_in_the_body_can_be_an_accounts(grantee: Any) -> None:
    body = {"Owner": {"ID": PARTNER}, "AccessControlList": {"Grant": [{"Grantee": grantee}]}}
    assert acl_outsider(acl(AccessControlPolicy=body))


def test_the_owner_of_the_bucket_is_no_outsider() -> None:
    own = {"Grantee": {"ID": STRANGER, "DisplayName": "acme"}, "Permission": "FULL_CONTROL"}
    body = {"Owner": {"ID": STRANGER}, "AccessControlList": {"Grant": own}}
    assert not acl_outsider(acl(AccessControlPolicy=body))


def test_only_organizations_may_be_ones_own_where_nobody_said_which() -> None:
    bare = request("ram:CreateResourceShare", principals=[ORGANIZATION])
    assert may_be_own([ORGANIZATION, UNIT], bare)
    assert not may_be_own([ORGANIZATION, OTHER_ACCOUNT], bare)
    told = request("ram:CreateResourceShare", Environment(organization_id="o-zzzzzzzzzz"))
    assert not may_be_own([ORGANIZATION], told)


def test_log_delivery_is_not_the_public() -> None:
    grant = {"Grantee": {"URI": LOG_DELIVERY}, "Permission": "WRITE"}
    assert not acl_outsider(acl(AccessControlPolicy={"AccessControlList": {"Grant": [grant]}}))


HOSTILE: list[Any] = [
    None,
    1,
    True,
    "x",
    [],
    {},
    [None],
    {"a": 1},
    [[]],
    [{}],
    {"items": [None, 1, [], {}]},
]
ACTIONS = [
    "ec2:ModifySnapshotAttribute",
    "ec2:ModifyImageAttribute",
    "rds:ModifyDBSnapshotAttribute",
    "redshift:AuthorizeSnapshotAccess",
    "ram:CreateResourceShare",
    "s3:PutBucketAcl",
]
KEYS = ["createVolumePermission", "launchPermission", "valuesToAdd", "accountWithRestoreAccess"]
KEYS += ["principals", "AccessControlPolicy", "accessControlList", "x-amz-acl", "x-amz-grant-read"]


@pytest.mark.parametrize("junk", HOSTILE, ids=repr)
@pytest.mark.parametrize("action", ACTIONS)
def test_junk_shares_nothing(action: str, junk: Any) -> None:
    told = {"attributeName": "restore", "operationType": "add", "userIdSet": junk}
    wrapped = [
        junk,
        told | dict.fromkeys(KEYS, junk),
        told | {key: {"add": junk, "AccessControlList": junk} for key in KEYS},
        told | {key: {"AccessControlList": {"Grant": [junk, {"Grantee": junk}]}} for key in KEYS},
    ]
    events = [Event(record(action, iam_user("m"), requestParameters=p)) for p in wrapped]
    assert not any(acl_outsider(event) for event in events)
    assert not any(map(shared_with, events))


def test_a_request_below_its_own_name_shares_as_others_do() -> None:
    added = {"FpgaImageId": "afi-1", "OperationType": "add", "UserGroups": ["all"]}
    event = request("ec2:ModifyFpgaImageAttribute", ModifyFpgaImageAttributeRequest=added)
    assert shared_with(event) == ["all"]
    permission = {"LoadPermission": {"Add": [{"UserId": OTHER_ACCOUNT}]}}
    nested = request("ec2:ModifyFpgaImageAttribute", ModifyFpgaImageAttributeRequest=permission)
    assert shared_with(nested) == [OTHER_ACCOUNT]
