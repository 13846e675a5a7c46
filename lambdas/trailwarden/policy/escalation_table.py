"""The table of escalations: which permissions turn into more, and what else each of them needs.

https://pathfinding.cloud/ explains most of them; `paths` has their ids there.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from trailwarden.cloudtrail.passing import ROLE_TAKERS


class Way(Enum):
    """How a permission turns into more, which decides on which resources it has to be."""

    GRANT = "grant"
    """It changes what a principal may do. The holder's own suffices."""
    TAKE = "take"
    """It makes the holder another principal: an administrator suffices."""
    JOIN = "join"
    """It makes the holder a member of a group: an administrators' group suffices."""
    ASSIGN = "assign"
    """It gives permissions, or takes limits away, in Identity Center or the organization."""
    ROOT = "root"
    """It makes the holder the root user of an account, wherever it is allowed."""
    PASSING = "passing"
    """It has code run with a role that is passed."""
    PAIR = "pair"
    """Two of them are about the same few users or roles: changed or made first, then used."""
    RUN = "run"
    """It has code run by something that exists, with the role that this already has."""


class Escalation(NamedTuple):
    """A permission that turns into more."""

    action: str
    way: Way
    kind: str = ""
    """The kind of IAM's resources that it is about."""
    beside: tuple[str, ...] = ()
    """The other permissions that it needs, all of them."""
    documents: bool = False
    """Whether it runs a document of SSM, and so needs one that runs any command."""
    paths: tuple[str, ...] = ()


class Launch(NamedTuple):
    """A permission that has code run with a role that is passed, beside `iam:PassRole`."""

    action: str
    passed_to: tuple[str, ...]
    """The services that the role may be passed to, as `iam:PassedToService` begins."""
    paths: tuple[str, ...] = ()


def _grants() -> Iterator[Escalation]:
    grants: Mapping[str, Mapping[str, tuple[str, ...]]] = {
        "user": {
            "iam:AttachUserPolicy": ("iam-008", "iam-015"),
            "iam:PutUserPolicy": ("iam-007", "iam-018"),
            "iam:DeleteUserPermissionsBoundary": (),
            "iam:PutUserPermissionsBoundary": (),
        },
        "role": {
            "iam:AttachRolePolicy": ("iam-009", "iam-014", "iam-019"),
            "iam:PutRolePolicy": ("iam-005", "iam-017", "iam-021"),
            "iam:DeleteRolePermissionsBoundary": (),
            "iam:PutRolePermissionsBoundary": (),
        },
        "group": {
            "iam:AttachGroupPolicy": ("iam-010",),
            "iam:PutGroupPolicy": ("iam-011",),
        },
        "policy": {
            "iam:CreatePolicyVersion": ("iam-001", "iam-016", "iam-020"),
            "iam:SetDefaultPolicyVersion": (),
        },
    }
    for kind, actions in grants.items():
        for action, paths in actions.items():
            yield Escalation(action, Way.GRANT, kind, paths=paths)


def _takes() -> Iterator[Escalation]:
    takes: Mapping[str, Mapping[str, tuple[str, ...]]] = {
        "user": {
            "iam:CreateAccessKey": ("iam-002", "iam-003"),
            "iam:CreateLoginProfile": ("iam-004",),
            "iam:CreateServiceSpecificCredential": (),
            "iam:ResetServiceSpecificCredential": (),
            "iam:UpdateLoginProfile": ("iam-006",),
            "iam:UploadSigningCertificate": (),
        },
        "role": {
            "iam:UpdateAssumeRolePolicy": ("iam-012",),
            "sts:AssumeRole": ("sts-001",),
        },
        "saml-provider": {"iam:UpdateSAMLProvider": ()},
    }
    yield Escalation("iam:AddUserToGroup", Way.JOIN, "group", paths=("iam-013",))
    for kind, actions in takes.items():
        for action, paths in actions.items():
            yield Escalation(action, Way.TAKE, kind, paths=paths)


def _assignments() -> Iterator[Escalation]:
    actions = (
        "account-access:CreateEntitlement",
        "identitystore:CreateGroupMembership",
        "organizations:DetachPolicy",
        "organizations:DisablePolicyType",
        "organizations:LeaveOrganization",
        "organizations:MoveAccount",
        "organizations:PutResourcePolicy",
        "organizations:UpdatePolicy",
        "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
        "sso:AttachManagedPolicyToPermissionSet",
        "sso:CreateAccountAssignment",
        "sso:DeletePermissionsBoundaryFromPermissionSet",
        "sso:PutInlinePolicyToPermissionSet",
        "sso:PutPermissionsBoundaryToPermissionSet",
        "sso-directory:AddMemberToGroup",
        "sso-directory:UpdatePassword",
    )
    yield from (Escalation(action, Way.ASSIGN) for action in actions)
    yield Escalation("sts:AssumeRoot", Way.ROOT)


def _runs() -> Iterator[Escalation]:
    alone = {
        "airflow:CreateCliToken": (),
        "airflow:CreateWebLoginToken": (),
        "airflow:InvokeRestApi": (),
        "amplify:UpdateApp": (),
        "apprunner:UpdateService": ("apprunner-002",),
        "appstream:CreateImageBuilderStreamingURL": (),
        "appstream:CreateStreamingURL": (),
        "bedrock-agentcore:InvokeAgentRuntimeCommand": (),
        "batch:SubmitJob": (),
        "cloudformation:UpdateStack": ("cloudformation-002",),
        "cloudformation:UpdateStackSet": ("cloudformation-004",),
        "codedeploy:CreateDeployment": (),
        "codebuild:StartBuild": ("codebuild-002",),
        "codebuild:StartBuildBatch": ("codebuild-003",),
        "codebuild:UpdateProject": (),
        "deadline:AssumeFleetRoleForWorker": (),
        "deadline:AssumeQueueRoleForUser": (),
        "deadline:AssumeQueueRoleForWorker": (),
        "ec2-instance-connect:SendSSHPublicKey": ("ec2instanceconnect-003",),
        "ec2:CreateReplaceRootVolumeTask": (),
        "ecs:ExecuteCommand": (),
        "elasticbeanstalk:UpdateEnvironment": (),
        "elasticmapreduce:AddJobFlowSteps": (),
        "emr-containers:CreateManagedEndpoint": (),
        "emr-containers:StartJobRun": (),
        "glue:RunStatement": (),
        "glue:UpdateDevEndpoint": ("glue-002",),
        "kinesisanalytics:CreateApplicationPresignedUrl": (),
        "kinesisanalytics:UpdateApplication": (),
        "lambda:CreateMicrovmShellAuthToken": (),
        "lambda:UpdateFunctionCode": ("lambda-003", "lambda-004", "lambda-005"),
        "lambda:UpdateFunctionConfiguration": (),
        "lightsail:DownloadDefaultKeyPair": (),
        "lightsail:GetInstanceAccessDetails": (),
        "rolesanywhere:CreateTrustAnchor": (),
        "rolesanywhere:UpdateTrustAnchor": (),
        "sagemaker:CreatePresignedDomainUrl": (),
        "sagemaker:CreatePresignedNotebookInstanceUrl": ("sagemaker-004",),
        "sagemaker:StartSession": (),
        "ssm:StartSession": ("ssm-001",),
        "states:UpdateStateMachine": (),
    }
    together = {
        ("bedrock-agentcore:InvokeCodeInterpreter", "StartCodeInterpreterSession"): (
            "bedrock-002",
        ),
        ("cloudformation:ExecuteChangeSet", "CreateChangeSet"): ("cloudformation-005",),
        ("codebuild:StartCommandExecution", "StartSandbox"): (),
        ("codebuild:StartSandboxConnection", "StartSandbox"): (),
        ("ec2:ModifyInstanceAttribute", "StopInstances", "StartInstances"): ("ec2-002",),
        ("ec2:ModifyLaunchTemplate", "CreateLaunchTemplateVersion"): ("ec2-004",),
        ("eks:AssociateAccessPolicy", "CreateAccessEntry"): (),
        ("greengrass:CreateDeployment", "CreateComponentVersion"): (),
        ("imagebuilder:CreateImage", "CreateImageRecipe", "CreateComponent"): (),
        ("sagemaker:UpdateNotebookInstance", "CreateNotebookInstanceLifecycleConfig"): (
            "sagemaker-005",
        ),
        ("sagemaker:UpdateNotebookInstanceLifecycleConfig", "StartNotebookInstance"): (),
        ("ssm:UpdateDocumentDefaultVersion", "UpdateDocument"): (),
    }
    for action, paths in alone.items():
        yield Escalation(action, Way.RUN, paths=paths)
    yield Escalation("ssm:CreateAssociation", Way.RUN, documents=True)
    yield Escalation("ssm:UpdateAssociation", Way.RUN, documents=True)
    yield Escalation("ssm:SendCommand", Way.RUN, documents=True, paths=("ssm-002",))
    for (action, *others), paths in together.items():
        service = action.partition(":")[0]
        beside = tuple(f"{service}:{other}" for other in others)
        yield Escalation(action, Way.RUN, beside=beside, paths=paths)


ESCALATIONS = (*_grants(), *_takes(), *_assignments(), *_runs())
"""Permissions that turn into more without a role that is passed."""


_WITH_PATHS = {
    "apprunner:CreateService": ("apprunner-001",),
    "bedrock-agentcore:CreateCodeInterpreter": ("bedrock-001",),
    "cloudformation:CreateStack": ("cloudformation-001",),
    "cloudformation:CreateStackSet": ("cloudformation-003",),
    "codebuild:CreateProject": ("codebuild-001", "codebuild-004"),
    "datapipeline:PutPipelineDefinition": ("datapipeline-001",),
    "ec2:RequestSpotInstances": ("ec2-003",),
    "ec2:RunInstances": ("ec2-001",),
    "ecs:CreateService": ("ecs-001", "ecs-003"),
    "ecs:RunTask": ("ecs-002", "ecs-004"),
    "ecs:StartTask": ("ecs-005",),
    "glue:CreateDevEndpoint": ("glue-001",),
    "glue:CreateJob": ("glue-003", "glue-004"),
    "glue:UpdateJob": ("glue-005", "glue-006"),
    "lambda:CreateFunction": ("lambda-001", "lambda-002", "lambda-006"),
    "sagemaker:CreateNotebookInstance": ("sagemaker-001",),
    "sagemaker:CreateProcessingJob": ("sagemaker-003",),
    "sagemaker:CreateTrainingJob": ("sagemaker-002",),
}
_WITHOUT_PATHS = (
    "airflow:CreateEnvironment",
    "airflow:UpdateEnvironment",
    "amplify:CreateApp",
    "amplify:UpdateApp",
    "apprunner:UpdateService",
    "appstream:CreateFleet",
    "appstream:CreateImageBuilder",
    "appsync:CreateDataSource",
    "autoscaling:CreateLaunchConfiguration",
    "batch:RegisterJobDefinition",
    "batch:SubmitJob",
    "bedrock-agentcore:CreateAgentRuntime",
    "bedrock-agentcore:CreateBrowser",
    "bedrock-agentcore:CreateGateway",
    "bedrock-agentcore:UpdateAgentRuntime",
    "bedrock:CreateAgent",
    "bedrock:CreateFlow",
    "bedrock:UpdateAgent",
    "braket:CreateJob",
    "chatbot:CreateSlackChannelConfiguration",
    "cloudformation:CreateChangeSet",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateStackSet",
    "codebuild:UpdateProject",
    "codeconnections:CreateSyncConfiguration",
    "codedeploy:CreateDeploymentGroup",
    "codepipeline:CreatePipeline",
    "codepipeline:UpdatePipeline",
    "cognito-identity:SetIdentityPoolRoles",
    "config:PutRemediationConfigurations",
    "ec2:AssociateIamInstanceProfile",
    "ec2:CreateFleet",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:ReplaceIamInstanceProfileAssociation",
    "ec2:RequestSpotFleet",
    "ecs:CreateTaskSet",
    "ecs:UpdateService",
    "eks:CreateAddon",
    "eks:CreateCapability",
    "eks:CreatePodIdentityAssociation",
    "eks:UpdatePodIdentityAssociation",
    "elasticbeanstalk:CreateEnvironment",
    "elasticmapreduce:RunJobFlow",
    "emr-serverless:StartJobRun",
    "events:PutTargets",
    "fis:CreateExperimentTemplate",
    "fis:UpdateExperimentTemplate",
    "gamelift:CreateFleet",
    "glue:CreateSession",
    "iam:AddRoleToInstanceProfile",
    "imagebuilder:CreateInfrastructureConfiguration",
    "iot:CreateRoleAlias",
    "iot:UpdateRoleAlias",
    "kinesisanalytics:CreateApplication",
    "kinesisanalytics:UpdateApplication",
    "lambda:UpdateFunctionConfiguration",
    "omics:StartRun",
    "pipes:CreatePipe",
    "pipes:UpdatePipe",
    "rolesanywhere:CreateProfile",
    "rolesanywhere:UpdateProfile",
    "sagemaker:CreateAutoMLJob",
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:CreateCluster",
    "sagemaker:CreateDomain",
    "sagemaker:CreateModel",
    "sagemaker:CreatePipeline",
    "sagemaker:CreateUserProfile",
    "sagemaker:UpdateDomain",
    "sagemaker:UpdateNotebookInstance",
    "sagemaker:UpdatePipeline",
    "sagemaker:UpdateUserProfile",
    "scheduler:CreateSchedule",
    "scheduler:UpdateSchedule",
    "servicecatalog:CreateConstraint",
    "ssm:CreateActivation",
    "ssm:CreateAssociation",
    "ssm:RegisterTaskWithMaintenanceWindow",
    "ssm:StartAutomationExecution",
    "ssm:UpdateManagedInstanceRole",
    "states:CreateStateMachine",
    "states:UpdateStateMachine",
    "synthetics:CreateCanary",
    "synthetics:UpdateCanary",
)
_BY_OTHER_NAMES = (
    "apigateway:PATCH",
    "apigateway:POST",
    "apigateway:PUT",
    "cloudformation:CreateResource",
    "cloudformation:UpdateResource",
    "pcs:CreateComputeNodeGroup",
)
"""Calls whose events have other names, or pass an instance profile."""
_PASSED_TO = {
    "airflow": ("airflow", "airflow-env"),
    "apprunner": ("tasks.apprunner", "build.apprunner"),
    "autoscaling": ("ec2",),
    "batch": ("ecs-tasks", "batch"),
    "codedeploy": ("codedeploy", "ec2", "ecs-tasks"),
    "ecs": ("ecs-tasks", "ecs"),
    "eks": ("pods.eks", "capabilities.eks"),
    "elasticbeanstalk": ("elasticbeanstalk", "ec2"),
    "elasticmapreduce": ("elasticmapreduce", "ec2"),
    "events": ("events", "ecs-tasks"),
    "iam": ("ec2",),
    "imagebuilder": ("imagebuilder", "ec2"),
    "iot": ("credentials.iot",),
    "sagemaker": ("sagemaker",),
    "synthetics": ("lambda",),
}
"""The services that roles are passed to, where they have other names than their actions."""


_NO_CODE = re.compile(r"redshift|ssm-incidents|s3:|transfer:|cognito-idp:|cloudcontrolapi:|lambda:")
"""Takers of roles that only read or write data with them, or that IAM calls otherwise."""


def _launches() -> Iterator[Launch]:
    takers = (taker for taker in ROLE_TAKERS if not _NO_CODE.match(taker))
    without = dict.fromkeys((*_WITHOUT_PATHS, *_BY_OTHER_NAMES, *takers), ())
    for action, paths in (without | _WITH_PATHS).items():
        service = action.partition(":")[0]
        yield Launch(action, _PASSED_TO.get(service, (service,)), paths)


LAUNCHES = tuple(_launches())
"""Permissions that escalate together with `iam:PassRole`."""
