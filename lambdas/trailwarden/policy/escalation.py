"""Which permissions turn into more: the table, and what of it a policy allows."""

from typing import Any

from trailwarden.policy.document import Statement, statements

ESCALATIONS = frozenset(
    {
        "cloudformation:CreateStack",
        "cloudformation:UpdateStack",
        "codebuild:CreateProject",
        "datapipeline:PutPipelineDefinition",
        "ec2:RunInstances",
        "ecs:RunTask",
        "glue:CreateDevEndpoint",
        "glue:CreateJob",
        "glue:UpdateDevEndpoint",
        "glue:UpdateJob",
        "iam:AddUserToGroup",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreatePolicyVersion",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PassRole",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
        "iam:SetDefaultPolicyVersion",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateLoginProfile",
        "lambda:CreateFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "ssm:SendCommand",
        "ssm:StartSession",
        "sts:AssumeRole",
    }
)
"""Actions that turn some permissions into more: https://pathfinding.cloud/ explains each."""


LAUNCHES = frozenset(
    {
        "cloudformation:CreateStack",
        "codebuild:CreateProject",
        "datapipeline:PutPipelineDefinition",
        "ec2:RunInstances",
        "ecs:RunTask",
        "glue:CreateDevEndpoint",
        "glue:CreateJob",
        "lambda:CreateFunction",
        "sagemaker:CreateNotebookInstance",
    }
)
"""Those of them that start something which runs as a role that is passed to it."""


def escalation_actions(document: Any) -> list[str]:
    """Return the privilege escalation actions that a policy allows on all resources.

    Conditions that limit something, and denials without any, take an action out. Actions that
    escalate only by passing a role count only together with `iam:PassRole`.
    """
    found = list(statements(document))
    allowing = [s for s in found if s.allows and not s.is_conditional]
    denying = [s for s in found if not s.allows and not s.is_conditional]
    allowed = {
        action
        for action in ESCALATIONS
        if any(_covers(s, action) for s in allowing)
        and not any(_covers(s, action) for s in denying)
    }
    return sorted(allowed if "iam:PassRole" in allowed else allowed - LAUNCHES)


def _covers(statement: Statement, action: str) -> bool:
    service = action.partition(":")[0]
    # A role that is assumed or passed is a resource of IAM.
    kind = "iam" if service == "sts" else service
    return statement.covers_action(action) and statement.covers_all_of(kind)
