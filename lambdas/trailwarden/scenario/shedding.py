"""An attack by an intruder who sheds every skin: eight actors, two accounts, eight addresses.

A leaked key becomes a session, the session a role, the role a role of another account. It also
makes a user, and the user a federated session, a function and a shell on an instance.
Each actor alone shows a few acts.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    NOON,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    function,
    iam_user,
    policy,
    record,
)
from trailwarden.cloudtrail.values import Record

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
STRANGER = "999988887777"
OPENINGS = frozenset({"AssumeRole", "GetFederationToken", "GetSessionToken"})
"""The names of the events that tell who opened which session."""

KEY = iam_user("ci", key="AKIAIOSFODNN7LEAKED1") | {"principalId": "AIDACIOSFODNN7EXAMPLE"}
MADE = iam_user("svc-x", key="AKIAIOSFODNN7NEWKEY1") | {"principalId": "AIDAXIOSFODNN7EXAMPLE"}
INSTANCE = "i-0aa11bb22cc33dd44"


def shedding() -> Iterator[Record]:
    """Yield the records of the attack, oldest first."""
    yield from coming_in()
    yield from in_the_other_account()
    yield from making_a_user()
    yield from as_the_user()
    yield from in_a_function()
    yield from on_an_instance()


def coming_in() -> Iterator[Record]:
    """Try the key, and turn it into a session, a role, and a role of another account."""
    yield _by(KEY, "sts:GetCallerIdentity", 0, "198.51.100.11", userAgent="TruffleHog")
    yield _by(KEY, "sts:GetSessionToken", 3, "198.51.100.11")
    yield _by(
        TOKEN,
        "sts:AssumeRole",
        6,
        "203.0.113.40",
        requestParameters={"roleArn": f"arn:aws:iam::{ACCOUNT}:role/app-admin"},
        responseElements=_opened(ROLE),
    )
    taken = {
        "requestParameters": {"roleArn": THERE["sessionContext"]["sessionIssuer"]["arn"]},
        "responseElements": _opened(THERE),
        "sharedEventID": "5f1d0000-0000-4000-8000-000000000001",
    }
    copy = {"type": "AWSAccount", "principalId": ROLE["principalId"], "accountId": ACCOUNT}
    yield _by(ROLE, "sts:AssumeRole", 9, "198.51.100.53", **taken)
    yield _by(copy, "sts:AssumeRole", 9, "198.51.100.53", recipientAccountId=OTHER_ACCOUNT, **taken)


def in_the_other_account() -> Iterator[Record]:
    """Read all secrets, and share a snapshot."""
    there = {"recipientAccountId": OTHER_ACCOUNT}
    yield from _reading(THERE, 12, "192.0.2.81", **there)
    to_stranger = {"add": {"items": [{"userId": STRANGER}]}}
    parameters = {
        "snapshotId": "snap-0123456789abcdef0",
        "attributeType": "CREATE_VOLUME_PERMISSION",
        "createVolumePermission": to_stranger,
    }
    yield _by(
        THERE,
        "ec2:ModifySnapshotAttribute",
        16,
        "192.0.2.81",
        requestParameters=parameters,
        **there,
    )


def making_a_user() -> Iterator[Record]:
    """Make an administrator with a key."""
    user = {"userName": "svc-x"}
    made = {"user": user | {"arn": MADE["arn"], "userId": MADE["principalId"]}}
    key = {"accessKey": user | {"accessKeyId": MADE["accessKeyId"], "status": "Active"}}
    rights = user | {"policyArn": ADMINISTRATOR}
    told = (
        ("iam:CreateUser", user, made),
        ("iam:AttachUserPolicy", rights, None),
        ("iam:CreateAccessKey", user, key),
    )
    for number, (action, asked, answer) in enumerate(told):
        fields: Fields = {"requestParameters": asked, "responseElements": answer}
        yield _by(ROLE, action, 20 + number, "198.51.100.53", **fields)


def as_the_user() -> Iterator[Record]:
    """Turn off a log, and open a port as a federated user."""
    flow_logs = {"DeleteFlowLogsRequest": {"FlowLogId": {"content": "fl-0123456789abcdef0"}}}
    yield _by(MADE, "ec2:DeleteFlowLogs", 40, "203.0.113.99", requestParameters=flow_logs)
    answer = {
        "federatedUser": {"federatedUserId": FEDERATED["principalId"], "arn": FEDERATED["arn"]}
    }
    yield _by(
        MADE,
        "sts:GetFederationToken",
        44,
        "203.0.113.99",
        requestParameters={"name": "help"},
        responseElements=answer,
    )
    port = {
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
    }
    opened = {"groupId": "sg-0123456789abcdef0", "ipPermissions": {"items": [port]}}
    yield _by(
        FEDERATED,
        "ec2:AuthorizeSecurityGroupIngress",
        50,
        "198.51.100.200",
        requestParameters=opened,
    )


def in_a_function() -> Iterator[Record]:
    """Run a function with a role of its own, which shares a database's snapshot."""
    name = {"roleName": "health-exec"}
    yield _by(
        MADE,
        "iam:CreateRole",
        60,
        "203.0.113.99",
        requestParameters=name | {"assumeRolePolicyDocument": policy("sts:AssumeRole")},
        responseElements={"role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/health-exec"}},
    )
    rights = name | {"policyArn": ADMINISTRATOR}
    yield _by(MADE, "iam:AttachRolePolicy", 61, "203.0.113.99", requestParameters=rights)
    asked = {"functionName": "health", "role": f"arn:aws:iam::{ACCOUNT}:role/health-exec"}
    made = {"functionArn": CODE["inScopeOf"]["credentialsIssuedTo"]}
    yield _by(
        MADE,
        "lambda:CreateFunction20150331",
        63,
        "203.0.113.99",
        requestParameters=asked,
        responseElements=made,
    )
    parameters = {
        "dBSnapshotIdentifier": "orders",
        "attributeName": "restore",
        "valuesToAdd": [STRANGER],
    }
    yield _by(
        CODE, "rds:ModifyDBSnapshotAttribute", 71, "192.0.2.130", requestParameters=parameters
    )


def on_an_instance() -> Iterator[Record]:
    """Run a command on an instance, take its credentials, and read and publish with them."""
    asked = {"documentName": "AWS-RunShellScript", "instanceIds": [INSTANCE]}
    yield _by(MADE, "ssm:SendCommand", 80, "203.0.113.99", requestParameters=asked)
    yield from _reading(MACHINE, 90, "192.0.2.200")
    to_all = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::example-exports/*",
    }
    opened = {
        "bucketName": "example-exports",
        "bucketPolicy": {"Version": "2012-10-17", "Statement": [to_all]},
        "Host": "example-exports.s3.amazonaws.com",
    }
    yield _by(MACHINE, "s3:PutBucketPolicy", 95, "192.0.2.200", requestParameters=opened)


def _reading(identity: Fields, minute: float, address: str, **fields: Any) -> Iterator[Record]:
    for number in range(25):
        secret = {"secretId": f"prod/service-{number}"}
        yield _by(
            identity,
            "secretsmanager:GetSecretValue",
            minute + number * 0.1,
            address,
            requestParameters=secret,
            **fields,
        )


def _by(identity: Fields, action: str, minute: float, address: str, **fields: Any) -> Record:
    told = {"sourceIPAddress": address, "userAgent": "aws-cli/2.27.0"} | fields
    return record(action, identity, minute=minute, **told)


def _opened(session: Fields) -> Fields:
    return {
        "credentials": {"accessKeyId": session["accessKeyId"]},
        "assumedRoleUser": {"assumedRoleId": session["principalId"], "arn": session["arn"]},
    }


def _since(identity: Fields, minute: float, principal_id: str, key: str) -> Fields:
    """Return a session that was opened at a minute, with ids of its own."""
    began = f"{NOON + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"
    context = identity.get("sessionContext", {})
    attributes = {"creationDate": began, "mfaAuthenticated": "false"}
    return identity | {
        "principalId": principal_id,
        "accessKeyId": key,
        "sessionContext": context | {"attributes": attributes},
    }


TOKEN = _since(KEY, 3, KEY["principalId"], "ASIAIOSFODNN7TOKEN01")
ROLE = _since(assumed_role("app-admin", "x"), 6, "AROAADMINEXAMPLE00001:x", "ASIAIOSFODNN7ROLE001")
THERE = _since(
    assumed_role("OrganizationAccountAccessRole", "x", account=OTHER_ACCOUNT),
    9,
    "AROAOTHEREXAMPLE00001:x",
    "ASIAIOSFODNN7ROLE002",
)
CODE = _since(
    function("health", "health-exec"), 70, "AROAHEALTHEXAMPLE0001:health", "ASIAIOSFODNN7CODE001"
)
MACHINE = _since(
    assumed_role("web", INSTANCE, ec2RoleDelivery="2.0"),
    60,
    f"AROAWEBEXAMPLE0000001:{INSTANCE}",
    "ASIAIOSFODNN7WEB0001",
)
FEDERATED = _since(
    {
        "type": "FederatedUser",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/help",
        "accountId": ACCOUNT,
        "sessionContext": {
            "sessionIssuer": {
                "type": "IAMUser",
                "principalId": MADE["principalId"],
                "arn": MADE["arn"],
                "accountId": ACCOUNT,
                "userName": "svc-x",
            }
        },
    },
    44,
    f"{ACCOUNT}:help",
    "ASIAIOSFODNN7HELP001",
)
