"""Builds CloudTrail records for the examples that rules carry."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
MINUTES_OF_A_DAY = 24 * 60
NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)

Fields: TypeAlias = dict[str, Any]


def request(
    action: str,
    by: Fields | None = None,
    /,
    *,
    via: str = "",
    answer: Fields | None = None,
    minute: float = 0,
    day: float = 0,
    fields: Fields | None = None,
    **parameters: Any,
) -> Record:
    """Build a request that succeeds, with `parameters` as CloudTrail records them.

    Its time is `minute` minutes and `day` days past noon.

    `by` is who asks, a user with a key by default; `via` the service that asks on their behalf,
    such as `cloudformation`; `answer` the service's; `fields` any others of the record. A parameter
    whose name is none of Python's comes in a dictionary: `**{"x-amz-acl": "private"}`.
    """
    service = f"{via}.amazonaws.com"
    identity = by or USER
    through = {"sourceIPAddress": service, "userAgent": service} if via else {}
    return record(
        action,
        identity | {"invokedBy": service} if via else identity,
        minute=day * MINUTES_OF_A_DAY + minute,
        **{"requestParameters": parameters or None, "responseElements": answer}
        | through
        | (fields or {}),
    )


def refused(
    action: str,
    by: Fields | None = None,
    /,
    *,
    via: str = "",
    minute: float = 0,
    day: float = 0,
    fields: Fields | None = None,
    **parameters: Any,
) -> Record:
    """Build a request that the service refuses.

    Most services record no parameters then; give them for those that do, as EC2 and EKS.
    """
    identity = by or USER
    refusal = {
        "errorCode": "Client.UnauthorizedOperation"
        if action.startswith("ec2:")
        else "AccessDenied",
        "errorMessage": f"User: {identity.get('arn')} is not authorized to perform: {action}",
    }
    others = refusal | (fields or {})
    at = day * MINUTES_OF_A_DAY + minute
    return request(action, identity, via=via, minute=at, fields=others, **parameters)


def record(action: str, identity: Fields, *, minute: float = 0, **fields: Any) -> Record:
    """Build a record of `identity` taking `action`, some minutes past noon."""
    service, _, name = action.partition(":")
    time = NOON + timedelta(minutes=minute)
    ids = {} if "eventID" in fields else _ids(action, identity, minute, fields)
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
        "readOnly": name.startswith(("Get", "List", "Describe", "Head", "Lookup")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **ids,
    } | fields


def _ids(action: str, identity: Fields, minute: float, fields: Fields) -> Fields:
    """Return ids that are the same for the same record."""
    told = f"{action}{json.dumps(identity)}{minute}{json.dumps(fields, sort_keys=True)}"
    return {
        "requestID": str(uuid.uuid5(uuid.NAMESPACE_URL, told)),
        "eventID": str(uuid.uuid5(uuid.NAMESPACE_OID, told)),
    }


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


def portal_sign_in(
    user: str = "alice",
    *,
    step: str = "CredentialVerification",
    credential: str = "PASSWORD",
    succeeds: bool = True,
    minute: float = 0,
    **fields: Any,
) -> Record:
    """Build a record of a step in which a person signs in to IAM Identity Center's portal.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
    """
    person = {
        "type": "Unknown",
        "principalId": ACCOUNT,
        "arn": "",
        "accountId": ACCOUNT,
        "accessKeyId": "",
        "userName": user,
    }
    details = {
        "eventType": "AwsServiceEvent",
        "userAgent": "Mozilla/5.0",
        "additionalEventData": {"AuthWorkflowID": f"{minute}", "CredentialType": credential},
        "serviceEventDetails": {step: "Success" if succeeds else "Failure"},
    }
    return record(f"signin:{step}", person, minute=minute, **(details | fields))


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


def assumed_role(
    role: str, session: str = "session", *, path: str = "/", account: str = ACCOUNT, **context: Any
) -> Fields:
    """Build the identity of a session of a role; `context` adds to its session context."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROAIDPPEZS35WEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        "accountId": account,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAIDPPEZS35WEXAMPLE",
                "arn": f"arn:aws:iam::{account}:role{path}{role}",
                "accountId": account,
                "userName": role,
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2025-06-02T11:55:00Z", "mfaAuthenticated": "false"},
        }
        | context,
    }


def sso_user(person: str, permission_set: str = "AdministratorAccess") -> Fields:
    """Build the identity of a person who came through IAM Identity Center."""
    path = "/aws-reserved/sso.amazonaws.com/eu-central-1/"
    return assumed_role(f"AWSReservedSSO_{permission_set}_0123456789abcdef", person, path=path)


def service_linked_role(name: str, service: str) -> Fields:
    """Build the identity of a service in the role that is made for it alone."""
    return assumed_role(name, service, path=f"/aws-service-role/{service}.amazonaws.com/")


def pod(role: str, session: str = "session") -> Fields:
    """Build the identity of a Kubernetes pod, by the provider of its EKS cluster."""
    host = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"
    data = {"federatedProvider": provider, "attributes": {}}
    return assumed_role(role, session, webIdFederationData=data)


def token(issuer: str, subject: str) -> Fields:
    """Build the identity of who comes with a token that an OIDC provider of the account signed."""
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
    return {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }


def by_token(
    identity: Fields, *, role: str, day: float = 0, fields: Fields | None = None
) -> Record:
    """Build the request by which the holder of a `token` assumes a role."""
    answer = {
        "subjectFromWebIdentityToken": identity["userName"],
        "provider": identity["identityProvider"],
    }
    return request(
        "sts:AssumeRoleWithWebIdentity",
        identity,
        day=day,
        fields=fields,
        answer=answer,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
        roleSessionName=role,
    )


def function(name: str, role: str) -> Fields:
    """Build the identity of a Lambda function."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    scope = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": arn}
    return assumed_role(role, name) | {"inScopeOf": scope}


def task(role: str, task_id: str = "0f9de17a6465404e8b1b2356dc13c2f8") -> Fields:
    """Build the identity of a task of ECS."""
    arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/app/{task_id}"
    scope = {"issuerType": "AWS::ECS::Task", "credentialsIssuedTo": arn}
    return assumed_role(role, task_id) | {"inScopeOf": scope}


def execution_role(name: str = "cfn-exec") -> Fields:
    """Build the identity of CloudFormation in its execution role: give `via="cloudformation"`."""
    return assumed_role(name, "AWSCloudFormation")


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


ROOT = root()
USER = iam_user("mallory")
"""A user with a key: nobody can tell whether a person or a program acts."""
ROLE = assumed_role("app")
"""A session of a role that nothing more is known of."""
PERSON = sso_user("alice@example.com")
DEPLOYER = assumed_role("deploy")
"""A deploy role, in an environment such as `DEPLOYED`."""
DEPLOYED = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))
"""An environment that knows its deploy role."""
AUDITOR = assumed_role("audit")
CONSOLE: Fields = {"sessionCredentialFromConsole": "true"}
TERRAFORM: Fields = {"userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.12.1 aws-sdk-go-v2/1.36.3"}
"""The security team's role, in an environment such as `AUDITED`."""
