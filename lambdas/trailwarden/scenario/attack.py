"""One attack: a key leaks, and in an hour somebody owns the account and hides.

A key of the user `ci` lies in a public repository. Its finder looks around, and makes an
administrator of their own. Then the finder turns off the lights, takes a database and starts to
mine.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    console_login,
    denied,
    iam_user,
    policy,
    record,
    root,
    trust,
)
from trailwarden.cloudtrail.values import Record

ADDRESS = "198.51.100.77"
LEAKED = iam_user("ci", key="AKIAIOSFODNN7LEAKED1")
BACKDOOR = iam_user("svc-metrics", key="AKIAIOSFODNN7BACKDR1")
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def attack() -> Iterator[Record]:
    """Yield the records of the attack, oldest first."""
    yield from looking_around()
    yield from making_an_administrator()
    yield from hiding()
    yield from taking()
    yield from mining()


def looking_around() -> Iterator[Record]:
    """Find out whose key it is, and its permissions."""
    yield _by(LEAKED, "sts:GetCallerIdentity", 0, userAgent="TruffleHog")
    reconnaissance = (
        *("iam:ListUsers", "iam:ListRoles", "iam:ListAttachedUserPolicies", "s3:ListBuckets"),
        *("iam:GetAccountAuthorizationDetails", "ec2:DescribeInstances", "rds:DescribeDBInstances"),
        *("lambda:ListFunctions20150331", "secretsmanager:ListSecrets", "ses:GetSendQuota"),
        *("ec2:DescribeSnapshots", "iam:GetAccountSummary", "organizations:DescribeOrganization"),
    )
    for number, action in enumerate(reconnaissance):
        yield _by(LEAKED, action, 2 + number * 0.2)
    for number, action in enumerate(
        ("organizations:ListAccounts", "kms:ListKeys", "ce:GetCostAndUsage")
    ):
        yield denied(action, LEAKED, minute=5 + number * 0.2, sourceIPAddress=ADDRESS)


def making_an_administrator() -> Iterator[Record]:
    """Come to stay: a user, a key, all permissions, a password, and a role to come back by."""
    user = {"userName": "svc-metrics"}
    key = {
        "accessKey": {
            "userName": "svc-metrics",
            "status": "Active",
            "accessKeyId": "AKIAIOSFODNN7BACKDR1",
        }
    }
    yield _by(LEAKED, "iam:CreateUser", 9, requestParameters=user)
    yield _by(
        LEAKED, "iam:AttachUserPolicy", 10, requestParameters=user | {"policyArn": ADMINISTRATOR}
    )
    yield _by(LEAKED, "iam:CreateAccessKey", 11, requestParameters=user, responseElements=key)
    yield _by(
        LEAKED,
        "iam:CreateLoginProfile",
        12,
        requestParameters=user | {"passwordResetRequired": False},
    )
    yield console_login(iam_user("svc-metrics", key=""), minute=14, sourceIPAddress=ADDRESS)
    document = trust({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"})
    yield _by(
        BACKDOOR,
        "iam:UpdateAssumeRolePolicy",
        16,
        requestParameters={"roleName": "OrganizationAccountAccessRole", "policyDocument": document},
    )
    yield _by(
        BACKDOOR,
        "iam:PutUserPolicy",
        17,
        requestParameters={"userName": "ci", "policyName": "ci", "policyDocument": policy("*")},
    )


def hiding() -> Iterator[Record]:
    """Turn off what would tell."""
    yield _by(
        BACKDOOR,
        "cloudtrail:StopLogging",
        20,
        requestParameters={"name": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"},
    )
    yield _by(
        BACKDOOR,
        "guardduty:DeleteDetector",
        21,
        requestParameters={"detectorId": "12abc34d567e8fa901bc2d34e56789f0"},
    )
    yield _by(
        BACKDOOR,
        "config:StopConfigurationRecorder",
        22,
        requestParameters={"configurationRecorderName": "default"},
    )
    flow_logs = {
        "DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-0123456789abcdef0"}}
    }
    yield _by(BACKDOOR, "ec2:DeleteFlowLogs", 23, requestParameters=flow_logs)


def taking() -> Iterator[Record]:
    """Carry data out: a snapshot to another account, a bucket to everybody, secrets in bulk."""
    yield _by(
        BACKDOOR,
        "rds:ModifyDBSnapshotAttribute",
        26,
        requestParameters={
            "dBSnapshotIdentifier": "orders-2025-06-02",
            "attributeName": "restore",
            "valuesToAdd": [OTHER_ACCOUNT],
        },
    )
    sharing = {
        "snapshotId": "snap-0123456789abcdef0",
        "attributeType": "CREATE_VOLUME_PERMISSION",
        "createVolumePermission": {"add": {"items": [{"userId": OTHER_ACCOUNT}]}},
    }
    yield _by(BACKDOOR, "ec2:ModifySnapshotAttribute", 27, requestParameters=sharing)
    open_to_all = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::example-exports/*",
            }
        ],
    }
    yield _by(
        BACKDOOR,
        "s3:PutBucketPolicy",
        28,
        requestParameters={
            "bucketName": "example-exports",
            "bucketPolicy": open_to_all,
            "policy": "",
            "Host": "example-exports.s3.amazonaws.com",
        },
    )
    for number in range(25):
        yield _by(
            BACKDOOR,
            "secretsmanager:GetSecretValue",
            30 + number * 0.1,
            requestParameters={"secretId": f"prod/service-{number}"},
        )


def mining() -> Iterator[Record]:
    """Spend the account's money, with every door open, and try the root user's password."""
    ingress = {
        "groupId": "sg-0123456789abcdef0",
        "ipPermissions": {
            "items": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
                }
            ]
        },
    }
    yield _by(BACKDOOR, "ec2:AuthorizeSecurityGroupIngress", 40, requestParameters=ingress)
    for number in range(3):
        yield _by(
            BACKDOOR,
            "ec2:RunInstances",
            42 + number,
            awsRegion="ap-southeast-2",
            requestParameters={
                "instanceType": "p4d.24xlarge",
                "minCount": 8,
                "maxCount": 8,
                "instancesSet": {"items": [{"imageId": "ami-0abc", "minCount": 8}]},
            },
            responseElements={
                "instancesSet": {
                    "items": [{"instanceId": f"i-0c{number}{n:014x}"} for n in range(8)]
                }
            },
        )
    yield console_login(root(), minute=50, sourceIPAddress=ADDRESS)


def _by(identity: Mapping[str, Any], action: str, minute: float, **fields: Any) -> Record:
    told = {"sourceIPAddress": ADDRESS, "userAgent": "aws-cli/2.27.0 md/installer#exe"} | fields
    return record(action, dict(identity), minute=minute, **told)
