"""What an intruder does first in an account: looks around, takes secrets, makes things.

The rules that count and remember such calls share these lists. They leave out what deployments and
consoles ask all day, so that what has to be remembered stays little.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.detection.correlation import Observation, ValueCount

SWEEPS = (
    "account:GetContactInformation",
    "apigateway:GetRestApis",
    "athena:ListWorkGroups",
    "autoscaling:DescribeAutoScalingGroups",
    "bedrock:ListFoundationModels",
    "ce:GetCostAndUsage",
    "cloudformation:DescribeStacks",
    "cloudformation:ListStacks",
    "cloudfront:ListDistributions",
    "cloudtrail:DescribeTrails",
    "cloudtrail:ListTrails",
    "codebuild:ListProjects",
    "codecommit:ListRepositories",
    "cognito-idp:ListUserPools",
    "config:DescribeConfigurationRecorders",
    "dynamodb:ListTables",
    "ec2:DescribeAddresses",
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeKeyPairs",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRegions",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:DescribeSubnets",
    "ec2:DescribeVolumes",
    "ec2:DescribeVpcs",
    "ecr:DescribeRepositories",
    "ecs:ListClusters",
    "ecs:ListTaskDefinitions",
    "eks:ListClusters",
    "elasticache:DescribeCacheClusters",
    "elasticbeanstalk:DescribeEnvironments",
    "elasticfilesystem:DescribeFileSystems",
    "elasticloadbalancing:DescribeLoadBalancers",
    "es:ListDomainNames",
    "events:ListRules",
    "glue:GetDatabases",
    "guardduty:ListDetectors",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:ListAccessKeys",
    "iam:ListAccountAliases",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroups",
    "iam:ListGroupsForUser",
    "iam:ListInstanceProfiles",
    "iam:ListMFADevices",
    "iam:ListOpenIDConnectProviders",
    "iam:ListPolicies",
    "iam:ListRoles",
    "iam:ListSAMLProviders",
    "iam:ListUserPolicies",
    "iam:ListUsers",
    "iam:ListVirtualMFADevices",
    "kinesis:ListStreams",
    "kms:ListAliases",
    "kms:ListKeys",
    "lambda:ListFunctions",
    "lightsail:GetInstances",
    "logs:DescribeLogGroups",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSnapshots",
    "redshift:DescribeClusters",
    "route53:ListHostedZones",
    "route53domains:ListDomains",
    "s3:ListBuckets",
    "sagemaker:ListNotebookInstances",
    "secretsmanager:ListSecrets",
    "securityhub:DescribeHub",
    "servicequotas:ListServiceQuotas",
    "ses:GetAccount",
    "ses:GetAccountSendingEnabled",
    "ses:GetSendQuota",
    "ses:ListEmailIdentities",
    "ses:ListIdentities",
    "sns:ListSubscriptions",
    "sns:ListTopics",
    "sqs:ListQueues",
    "ssm:DescribeInstanceInformation",
    "ssm:DescribeParameters",
    "sso:ListInstances",
    "states:ListStateMachines",
    "sts:GetCallerIdentity",
)
"""Calls that list what there is, of each service that is worth money or secrets."""

CREDENTIAL_CALLS = (
    "ec2:GetPasswordData",
    "ecr:GetAuthorizationToken",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "sts:GetFederationToken",
)
"""Calls that hand out secrets."""

DATA_READS = (
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "kms:Decrypt",
    "s3:GetObject",
    "s3:ListObjects",
    "sqs:ReceiveMessage",
)
"""Calls that read stored data, which hosts make through the endpoints of their VPC."""

ESCALATION_CALLS = (
    "ec2-instance-connect:SendSSHPublicKey",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
    "ec2:AssociateIamInstanceProfile",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:CreateUser",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "lambda:UpdateFunctionCode",
    "rolesanywhere:CreateTrustAnchor",
    "ssm:SendCommand",
    "ssm:StartSession",
)
"""Calls that gain permissions, a way back in, or a machine."""

EXPOSING_CALLS = (
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "rds:ModifyDBInstance",
    "rds:ModifyDBSnapshotAttribute",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:PutBucketReplication",
)
"""Calls that open something closed."""

CREATIONS = (
    "account:EnableRegion",
    "amplify:CreateApp",
    "apprunner:CreateService",
    "autoscaling:CreateAutoScalingGroup",
    "batch:CreateComputeEnvironment",
    "bedrock:PutFoundationModelEntitlement",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackSet",
    "cloudfront:CreateDistribution",
    "codebuild:CreateProject",
    "ec2:CreateDefaultVpc",
    "ec2:CreateFleet",
    "ec2:CreateKeyPair",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateSecurityGroup",
    "ec2:CreateVpc",
    "ec2:ImportKeyPair",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "ecs:CreateCluster",
    "ecs:CreateService",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "eks:CreateCluster",
    "elasticmapreduce:RunJobFlow",
    "gamelift:CreateFleet",
    "glue:CreateDevEndpoint",
    "lambda:CreateFunction",
    "lightsail:CreateInstances",
    "rds:CreateDBInstance",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateTrainingJob",
    "ses:CreateEmailIdentity",
    "ses:VerifyDomainIdentity",
    "ses:VerifyEmailIdentity",
    "sns:SetSMSAttributes",
    "workspaces:CreateWorkspaces",
)
"""Calls that make what others pay for."""

GLOBAL_SERVICES = frozenset(
    {
        *("account", "artifact", "billing", "budgets", "ce", "chatbot", "cloudfront", "cur"),
        *("globalaccelerator", "health", "iam", "importexport", "networkmanager", "organizations"),
        *("pricing", "route53", "route53-recovery-control-config", "route53domains", "shield"),
        *("support", "tax", "trustedadvisor", "waf"),
    }
)
"""Services of which every request is recorded in one Region, wherever its caller works.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
"""

REGIONAL_CREATIONS = tuple(c for c in CREATIONS if c.partition(":")[0] not in GLOBAL_SERVICES)
"""Calls that make what others pay for, in the Region that the record tells."""

REGIONAL_WORK = (
    "apigateway:CreateDeployment",
    "autoscaling:StartInstanceRefresh",
    "autoscaling:UpdateAutoScalingGroup",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:UpdateStack",
    "dynamodb:UpdateTable",
    "ec2:CreateSnapshot",
    "ec2:CreateSnapshots",
    "ecr:PutImage",
    "ecs:ExecuteCommand",
    "ecs:UpdateService",
    "eks:UpdateNodegroupVersion",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "rds:CreateDBSnapshot",
    "rds:ModifyDBInstance",
    "ssm:StartSession",
    "states:UpdateStateMachine",
)
"""Calls that work on older things, and so show that their Region is in use."""

SENSITIVE_CALLS = tuple(sorted({*ESCALATION_CALLS, *EXPOSING_CALLS, *CREATIONS}))
"""Writes that matter wherever they come from."""

EXPLORED = frozenset(
    {
        *("apigateway", "apprunner", "cloudformation", "dynamodb", "ecr", "ecs", "lambda", "logs"),
        *("rds", "redshift", "s3", "sagemaker", "sns", "sqs", "states", "sts"),
    }
)
"""Services whose things the explorers of editors list as soon as a person opens them."""

_PAGING = frozenset(
    {"limit", "marker", "maxitems", "maxrecords", "maxresults", "nexttoken", "scope"}
)


_NAMES = ("name", "names", "namelist", "id", "ids", "arn", "arns")


@dataclass(frozen=True, kw_only=True)
class SpreadCount(ValueCount):
    """At least `at_least` different labels within the timespan, where many services take part."""

    services: int
    """How many."""

    anyway: int = 0
    """How many labels are enough in however few services; 0 where none are."""

    def add_up(
        self, observations: Sequence[Observation], at_least: int, timespan: timedelta
    ) -> Sequence[Observation]:
        """Return every observation within timespans that hold enough services, and labels."""
        by_service = [seen._replace(label=seen.action.partition(":")[0]) for seen in observations]
        spread = {seen.origin for seen in super().add_up(by_service, self.services, timespan)}
        wide = [seen for seen in observations if seen.origin in spread]
        found = super().add_up(wide, at_least, timespan)
        if not self.anyway:
            return found
        many = super().add_up(observations, self.anyway * at_least // self.at_least, timespan)
        chosen = {seen.origin for seen in (*found, *many)}
        return [seen for seen in observations if seen.origin in chosen]

    explored: Set[str] = frozenset()
    """Services of which a person's calls count for nothing, since an editor makes them."""

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return what adds up, without what a person's editor explores."""
        return super().select([seen for seen in observations if not self._is_explored(seen)])

    def _is_explored(self, seen: Observation) -> bool:
        return seen.caller == Caller.PERSON and seen.action.partition(":")[0] in self.explored


def asks_for_everything(event: Event) -> bool:
    """Say whether a request names nothing in particular, as one who looks around does not.

    CloudTrail leaves out the parameters of most requests that are refused: those count.
    """
    asked = event.get("requestParameters")
    return not isinstance(asked, Mapping) or not any(_narrows(k, v) for k, v in asked.items())


def _narrows(key: Any, value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_narrows(k, v) for k, v in value.items())
    return bool(value) and value is not True and str(key).lower() not in _PAGING


def names_a_thing(event: Event) -> bool:
    """Say whether a request names its target by a name that is not the same in all accounts.

    A program that manages things knows their names. An intruder who looks around has to ask.
    """
    return _names(event.get("requestParameters"))


def _names(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    return any(
        _names(v) or (k.lower().endswith(_NAMES) and any(map(_is_own, listed(v) or [v])))
        for k, v in value.items()
    )


def _is_own(name: Any) -> bool:
    return text_of(name) not in {"", "default"}


def thing_of(event: Event) -> str:
    """Return the first name, id or ARN in a request's parameters; nothing where there is none."""
    parameters = event.get("requestParameters")
    named = parameters.items() if isinstance(parameters, Mapping) else ()
    return next((text_of(v) for k, v in named if _is_name(str(k)) and text_of(v)), "")


def act_of(event: Event) -> str:
    """Return the API operation and the thing that it was about, such as `StopLogging main`."""
    return f"{event.name} {thing_of(event)}".strip()


def _is_name(key: str) -> bool:
    return key.lower().endswith(("name", "id", "arn", "identifier"))


MOST_THINGS = 100
"""How many things of one request are told apart."""

_NO_THING = re.compile(r"(?i)token|tag|reason|descri|retain|comment|window|skip|force")


def things_of(event: Event) -> list[str]:
    """Return everything that a request names: each element of its lists, and all outside of them.

    So twenty recovery points of one vault are twenty things, and the vault is none of them. Things
    with which the service failed are left out.
    """
    parameters = event.get("requestParameters")
    held = parameters if isinstance(parameters, Mapping) else {}
    outside = " ".join(_texts(held))
    failed = {text for item in event.failed_items for text in _texts(item)}
    done = (item for item in dict.fromkeys(_items(held)) if item and item not in failed)
    things = [f"{outside} {item}".strip() for item in done]
    return things[:MOST_THINGS] or [outside or event.refused_resource or event.event_id]


def _texts(held: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of an object and of those below it, outside of lists."""
    for value in _telling(held):
        if isinstance(value, Mapping) and not value.keys() <= {"items"}:
            yield from _texts(value)
        elif isinstance(value, str) and value:
            yield value


def _items(held: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of each element of the lists in an object and in those below it."""
    for value in _telling(held):
        if isinstance(value, Mapping) and not value.keys() <= {"items"}:
            yield from _items(value)
        elif not isinstance(value, str):
            yield from (
                " ".join(_texts(item)) if isinstance(item, Mapping) else text_of(item)
                for item in listed(value)
            )


def _telling(held: Mapping[str, Any]) -> Iterator[Any]:
    return (value for key, value in held.items() if not _NO_THING.search(str(key)))
