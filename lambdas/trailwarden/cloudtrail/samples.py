"""Builds CloudTrail records for the examples that rules carry."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from trailwarden.cloudtrail.values import Record

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)

Fields: TypeAlias = dict[str, Any]


def record(action: str, identity: Fields, *, minute: float = 0, **fields: Any) -> Record:
    """Build a record of `identity` taking `action`, some minutes past noon."""
    service, _, name = action.partition(":")
    time = NOON + timedelta(minutes=minute)
    told = f"{action}{json.dumps(identity)}{minute}{json.dumps(fields, sort_keys=True)}"
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.27.0",
        "requestParameters": None,
        "responseElements": None,
        "requestID": str(uuid.uuid5(uuid.NAMESPACE_URL, told)),
        "eventID": str(uuid.uuid5(uuid.NAMESPACE_OID, told)),
        "readOnly": name.startswith(("Get", "List", "Describe", "Head", "Lookup")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    } | fields


def denied(action: str, identity: Fields, *, minute: float = 0, **fields: Any) -> Record:
    """Build a record of `identity` being refused `action`, without parameters, as most are."""
    refusal = {
        "errorCode": "AccessDenied",
        "errorMessage": f"User: {identity.get('arn')} is not authorized to perform: {action}",
    }
    return record(action, identity, minute=minute, **(refusal | fields))


def console_login(
    identity: Fields,
    *,
    succeeds: bool = True,
    mfa: bool = False,
    minute: float = 0,
    **fields: Any,
) -> Record:
    """Build a record of `identity` signing in to the console, or failing to."""
    failure = {} if succeeds else {"errorMessage": "Failed authentication"}
    details = {
        "eventType": "AwsConsoleSignIn",
        "userAgent": "Mozilla/5.0",
        "responseElements": {"ConsoleLogin": "Success" if succeeds else "Failure"},
        "additionalEventData": {
            "LoginTo": "https://console.aws.amazon.com/console/home",
            "MobileVersion": "No",
            "MFAUsed": "Yes" if mfa else "No",
        },
    }
    return record("signin:ConsoleLogin", identity, minute=minute, **(details | failure | fields))


def root(*, key: str = "") -> Fields:
    """Build the identity of the root user, with an access key where one is given."""
    return {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
    } | ({"accessKeyId": key} if key else {})


def iam_user(name: str, *, key: str = "AKIAIOSFODNN7EXAMPLE") -> Fields:
    """Build the identity of an IAM user who signs with a long-term key."""
    return {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "userName": name,
    }


def assumed_role(role: str, session: str = "session", **context: Any) -> Fields:
    """Build the identity of a session of a role; `context` adds to its session context."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROAIDPPEZS35WEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAIDPPEZS35WEXAMPLE",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "accountId": ACCOUNT,
                "userName": role,
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2025-06-02T11:55:00Z", "mfaAuthenticated": "false"},
        }
        | context,
    }


def sso_user(person: str, permission_set: str = "AdministratorAccess") -> Fields:
    """Build the identity of a person who came through IAM Identity Center."""
    return assumed_role(f"AWSReservedSSO_{permission_set}_0123456789abcdef", person)


def instance_role(role: str, instance: str = "i-0123456789abcdef0") -> Fields:
    """Build the identity of an EC2 instance."""
    return assumed_role(role, instance, ec2RoleDelivery="2.0")


def aws_service(service: str) -> Fields:
    """Build the identity of an AWS service, such as `autoscaling`."""
    return {"type": "AWSService", "invokedBy": f"{service}.amazonaws.com"}


def policy(action: Any, resource: Any = "*", *, effect: str = "Allow", **statement: Any) -> str:
    """Build a policy document of one statement, as the text that requests carry."""
    told = {"Effect": effect, "Action": action, "Resource": resource} | statement
    return json.dumps({"Version": "2012-10-17", "Statement": [told]})


def trust(principal: Any, *, action: str = "sts:AssumeRole", **statement: Any) -> str:
    """Build a role's trust policy, as the text that requests carry."""
    told = {"Effect": "Allow", "Principal": principal, "Action": action} | statement
    return json.dumps({"Version": "2012-10-17", "Statement": [told]})
