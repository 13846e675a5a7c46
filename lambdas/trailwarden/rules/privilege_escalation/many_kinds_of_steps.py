"""Many different steps towards more permissions within a day.

There are some forty calls that turn some permissions into more. An administrator makes a few of
them; tools that look for a way up try one after the other, most of them in vain.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record

ROUTINE = frozenset(
    {
        "cloudformation:CreateStack",
        "ecs:RegisterTaskDefinition",
        "iam:AddRoleToInstanceProfile",
        "iam:AttachRolePolicy",
        "iam:PutRolePolicy",
        "lambda:AddPermission",
        "lambda:CreateEventSourceMapping",
        "lambda:CreateFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
    }
)
"""Steps that every deployment takes: they count only when refused."""


def detect(event: Event) -> str | None:
    counts = event.denied or (event.succeeded and event.action not in ROUTINE)
    return event.action if counts and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudformation:CreateStack",
        "codebuild:CreateProject",
        "datapipeline:PutPipelineDefinition",
        "ec2:AssociateIamInstanceProfile",
        "ec2:ReplaceIamInstanceProfileAssociation",
        "ecs:RegisterTaskDefinition",
        "glue:CreateDevEndpoint",
        "glue:CreateJob",
        "glue:UpdateDevEndpoint",
        "iam:AddRoleToInstanceProfile",
        "iam:AddUserToGroup",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreatePolicyVersion",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
        "iam:SetDefaultPolicyVersion",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateLoginProfile",
        "lambda:AddPermission",
        "lambda:CreateEventSourceMapping",
        "lambda:CreateFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "ssm:SendCommand",
        "ssm:StartSession",
    ],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098", "T1548"]},
    response="Disable the credentials. Then go through the steps that succeeded: undo each, and "
    "look at what was done with what it gave.",
    false_positives="A deployment of everything by a principal that is not named in "
    "`deploy_roles`; a penetration test.",
    correlation=ValueCount(at_least=7, timespan=timedelta(days=1), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    steps = [
        "iam:AddUserToGroup",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:PutUserPolicy",
        "iam:SetDefaultPolicyVersion",
        "ssm:SendCommand",
    ]
    yield alerts("seven refusals", *(denied(step, mallory) for step in steps))
    some = [record(step, mallory) for step in steps[:3]]
    yield alerts("some succeed", *some, *(denied(step, mallory) for step in steps[3:]))
    yield silent("six steps", *(denied(step, mallory) for step in steps[:6]))
    pipeline = assumed_role("terraform")
    yield silent("a deployment", *(record(step, pipeline) for step in sorted(ROUTINE)))
