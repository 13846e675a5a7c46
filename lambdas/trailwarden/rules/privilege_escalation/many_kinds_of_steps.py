"""Many steps towards more permissions within a day.

Some forty calls turn some permissions into more. An administrator makes a few of them. Tools that
look for a way up try one after the other, mostly in vain.
"""

from trailwarden import DEPLOYMENT, EITHER, Event, Match, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, refused, request
from trailwarden.correlations import DAY, ValueCount, by_actor
from trailwarden.examples import Examples, alerts, silent

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


def detect(event: Event) -> Match | None:
    routine = event.outcome is Outcome.SUCCEEDED and event.action in ROUTINE
    return None if routine else Match(event.action)


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
    exempt=DEPLOYMENT,
    outcome=EITHER,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098", "T1548"]},
    response="Disable the credentials. Then go through the steps that succeeded: undo each, and "
    "look at the uses of its result.",
    false_positives="A principal that is not in `deploy_roles` deploys everything; a penetration "
    "test.",
    correlation=ValueCount(at_least=7, timespan=DAY, group_by=by_actor),
)


def examples() -> Examples:
    steps = [str(event) for event in RULE.events]
    for first in range(0, len(steps), 7):
        seven = (steps + steps)[first : first + 7]
        yield alerts(f"seven refusals from {seven[0]}", *map(refused, seven))
    severe = [step for step in steps if step not in ROUTINE][:7]
    yield alerts("seven that succeed", *map(request, severe))
    yield silent("six steps", *map(refused, steps[:6]))
    yield silent("a deployment", *(request(step, ROLE) for step in sorted(ROUTINE)))
