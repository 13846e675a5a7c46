"""Rules find what is opened to others in each form: policies, lists and blocks of access."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.rules.verdicts import MALLORY, alerts, asked, grant, severity
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    policy,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import statements

NOBODY = f"arn:aws:iam::{OTHER_ACCOUNT}:root"

URI = "uri=http://acs.amazonaws.com/groups/global/AllUsers"
ACLS: dict[str, Fields] = {
    "one grant": {"AccessControlPolicy": {"AccessControlList": {"Grant": grant("AllUsers")}}},
    "a list": {"AccessControlPolicy": {"AccessControlList": {"Grant": [grant("AllUsers")]}}},
    "with an account": {
        "AccessControlPolicy": {"AccessControlList": {"Grant": [grant("AuthenticatedUsers")]}}
    },
    "canned": {"x-amz-acl": "public-read"},
    "canned, in a list": {"x-amz-acl": ["public-read-write"]},
    "a header": {"accessControlList": {"x-amz-grant-read": URI}},
    "a header with underscores": {"AccessControlList": {"x_amz_grant_read": URI}},
}


@pytest.mark.parametrize("told", ACLS.values(), ids=ACLS.keys())
def test_every_form_of_a_public_acl_alerts(told: Fields) -> None:
    assert alerts("s3.acl_public", asked("s3:PutBucketAcl", bucketName="plans", acl="", **told))


def test_a_grant_to_log_delivery_is_silent() -> None:
    uri = {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
    told = {"AccessControlList": {"Grant": [{"Grantee": uri, "Permission": "WRITE"}]}}
    put = asked("s3:PutBucketAcl", bucketName="plans", acl="", AccessControlPolicy=told)
    assert not alerts("s3.acl_public", put)


BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
BLOCKING = {
    "s3.public_access_unblocked": "s3:PutBucketPublicAccessBlock",
    "s3.account_public_access_unblocked": "s3:PutAccountPublicAccessBlock",
}


@pytest.mark.parametrize(("rule_id", "action"), BLOCKING.items())
@pytest.mark.parametrize(("on", "off"), [(True, False), ("true", "false")])
def test_the_block_that_is_switched_off_alerts_and_not_the_one_switched_on(
    rule_id: str, action: str, on: Any, off: Any
) -> None:
    blocked = dict.fromkeys(BLOCKS, on)
    assert alerts(rule_id, asked(action, PublicAccessBlockConfiguration=blocked | {BLOCKS[0]: off}))
    assert not alerts(rule_id, asked(action, PublicAccessBlockConfiguration=blocked))


ON: Fields = {"Status": "Enabled", "Filter": {"Prefix": ""}}
LIFECYCLES: dict[str, Any] = {
    "one rule": ON | {"Expiration": {"Days": 1}},
    "a list": [ON | {"Expiration": {"Days": 1}}],
    "a date": ON | {"Expiration": {"Date": "2025-06-03T00:00:00Z"}},
    "old versions": ON | {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
}


@pytest.mark.parametrize("rule", LIFECYCLES.values(), ids=LIFECYCLES.keys())
@pytest.mark.parametrize("who", [MALLORY, assumed_role("web")], ids=["user", "role"])
def test_every_shape_of_a_short_lifecycle_alerts_whoever_sets_it(rule: Any, who: Fields) -> None:
    told = {"bucketName": "aws-cloudtrail-logs", "LifecycleConfiguration": {"Rule": rule}}
    assert alerts("s3.lifecycle_expires_soon", asked("s3:PutBucketLifecycle", who, **told))


def test_a_long_lifecycle_is_silent() -> None:
    told = {"LifecycleConfiguration": {"Rule": ON | {"Expiration": {"Days": 365}}}}
    put = asked("s3:PutBucketLifecycle", bucketName="aws-cloudtrail-logs", **told)
    assert not alerts("s3.lifecycle_expires_soon", put)


PUBLIC = policy("*", Principal="*")
PLACES = [
    ("s3.bucket_policy_opened", "s3:PutBucketPolicy", {"bucketPolicy": json.loads(PUBLIC)}),
    ("kms.key_opened", "kms:PutKeyPolicy", {"keyId": "1", "policy": PUBLIC}),
    ("kms.key_opened", "kms:PutKeyPolicy", {"keyId": "1", "policy": json.loads(PUBLIC)}),
    (
        "secretsmanager.policy_opened",
        "secretsmanager:PutResourcePolicy",
        {"resourcePolicy": PUBLIC},
    ),
    *(
        ("exfiltration.resource_policy_opened", action, told)
        for action, told in (
            ("sns:SetTopicAttributes", {"attributeName": "Policy", "attributeValue": PUBLIC}),
            ("sqs:SetQueueAttributes", {"attributes": {"Policy": PUBLIC}}),
            ("ecr:SetRepositoryPolicy", {"policyText": PUBLIC}),
            ("glacier:SetVaultAccessPolicy", {"policy": {"policy": PUBLIC}}),
            ("dynamodb:PutResourcePolicy", {"policy": PUBLIC}),
            ("kinesis:PutResourcePolicy", {"policy": PUBLIC}),
            ("glue:PutResourcePolicy", {"policyInJson": PUBLIC}),
            ("logs:PutResourcePolicy", {"policyDocument": PUBLIC}),
        )
    ),
]


@pytest.mark.parametrize(("rule_id", "action", "told"), PLACES)
def test_a_public_policy_is_found_wherever_it_is_written(
    rule_id: str, action: str, told: Fields
) -> None:
    assert alerts(rule_id, asked(action, **told))


@pytest.mark.parametrize("document", [PUBLIC, json.loads(PUBLIC), quote(PUBLIC), f"\n{PUBLIC}\n"])
def test_a_policy_is_read_in_every_form(document: Any) -> None:
    [statement] = statements(document)
    assert statement.allows_everything


def bucket_policy(**statement: Any) -> Record:
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | statement]}
    return asked("s3:PutBucketPolicy", bucketName="plans", bucketPolicy=document)


@pytest.mark.parametrize(
    "who",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "*"]}},
        {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", NOBODY]}},
        {"Principal": {"AWS": OTHER_ACCOUNT}},
        {"NotPrincipal": {"AWS": ACCOUNT}},
        {"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "*"}}},
        {"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
        {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    ],
)
def test_every_way_to_let_outsiders_in_alerts(who: Fields) -> None:
    assert alerts("s3.bucket_policy_opened", bucket_policy(**who))


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    ],
)
def test_a_condition_restricts_where_the_environment_knows_its_value(condition: Fields) -> None:
    known = {
        "organization_id": "o-a1b2c3d4e5",
        "own_networks": ("vpce-0123456789abcdef0",),
        "egress_ranges": ("192.0.2.0/24",),
    }
    opened = bucket_policy(Principal="*", Condition=condition)
    assert not alerts("s3.bucket_policy_opened", opened, **known)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    ],
)
def test_a_condition_on_unknown_values_is_told_less_severely(condition: Fields) -> None:
    limited = bucket_policy(Principal="*", Condition=condition)
    rule_id = "s3.bucket_policy_opened"
    assert severity(rule_id, limited) < severity(rule_id, bucket_policy(Principal="*"))
